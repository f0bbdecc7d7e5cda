//! What must hold.

use std::time::Duration;

use super::gateway::Commanded;
use super::pair::Pair;
use super::user::Outcome;

impl Pair {
    /// At every step.
    pub(super) fn check(&mut self) {
        self.check_closes();
        self.check_requests();
        for (actor, running) in &self.user.running {
            let applied = self.gateway.applied.get(actor).map_or(0, Vec::len);
            let log = self.user.log.get(actor).map_or(0, Vec::len);
            assert!(
                applied <= log,
                "expected only what happened, in {running:?}"
            );
        }
        let overdue = self
            .user
            .requests
            .values()
            .find(|asked| asked.deadline < self.now);
        assert!(
            self.terminal.is_some() || overdue.is_none(),
            "expected every request to end within its bound, but found {overdue:?}"
        );
        for (request, asked) in &self.user.requests {
            assert!(
                self.terminal.is_none(),
                "expected {request:?} to end before the host, but found {asked:?}"
            );
        }
    }

    pub(super) fn is_settled(&self) -> bool {
        self.unsettled().is_empty()
    }

    pub(super) fn unsettled(&self) -> String {
        if !self.user.requests.is_empty() {
            return format!("requests {:?}", self.user.requests);
        }
        if self
            .user
            .running
            .values()
            .any(|running| running.undecided.is_some())
        {
            return "an undecided commit".to_owned();
        }
        for (key, log) in &self.user.log {
            let applied = self.gateway.applied.get(key).map_or(0, Vec::len);
            let later = self
                .gateway
                .actors
                .iter()
                .any(|actor| actor.id == key.0 && actor.generation > key.1);
            if applied < log.len() && !later {
                return format!("{applied} of {} events of {key:?}", log.len());
            }
        }
        for (key, kind) in &self.gateway.commands {
            let over = !self.user.running.contains_key(&(key.0.clone(), key.1))
                && self.user.log.contains_key(&(key.0.clone(), key.1));
            if !self.user.handled.contains_key(key) && (*kind == Commanded::Start || !over) {
                return format!("{kind:?} {key:?}");
            }
        }
        String::new()
    }

    /// What is over is forgotten at both ends, after some connections that tell nothing new.
    pub(super) fn forgets(&mut self) {
        for _ in 0..4 {
            self.cut(0, 0, 0, 0);
            self.pass(Duration::from_secs(100));
            if self.terminal.is_some() {
                return;
            }
        }
        let live = self.user.running.len();
        let stats = self.host.stats();
        assert_eq!(
            stats.generations, live,
            "expected the host to remember what runs, and nothing else"
        );
        let log: usize = self
            .user
            .running
            .keys()
            .map(|key| self.user.log.get(key).map_or(0, Vec::len))
            .sum();
        assert!(stats.unacknowledged_events <= log);
        let current = self.lines.iter_mut().find(|line| line.current);
        let Some(server) = current.and_then(|line| line.server.as_mut()) else {
            panic!("expected a connection");
        };
        for (actor, generation) in &self.given_up {
            server.forget(actor, *generation);
        }
        let remembered = server.state().generations();
        assert!(
            remembered <= live,
            "expected the server to remember what runs, and nothing else, but found {:?}",
            server.state()
        );
    }

    pub(super) fn check_outcomes(&self) {
        let rival = self.gateway.actors.iter().any(|actor| actor.database.rival);
        for (number, outcome) in &self.user.outcomes {
            let times = self.gateway.executed.get(number).copied().unwrap_or(0);
            let fits = match outcome {
                Outcome::Done => times == 1 || (rival && times == 0),
                Outcome::NotDone => times == 0,
                Outcome::Unknown => times <= 1,
            };
            assert!(
                fits,
                "expected {outcome:?}, but found request {number} carried out {times} times"
            );
        }
    }
}
