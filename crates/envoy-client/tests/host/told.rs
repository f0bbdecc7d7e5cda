//! What a host tells its server, and waiting for it.

use std::time::Duration;

use envoy_protocol::latest;
use tokio::sync::mpsc;

/// No step of a test takes longer.
const PATIENCE: Duration = Duration::from_mins(1);

/// The events of the host, in their order.
pub(crate) struct Told(pub(crate) mpsc::UnboundedReceiver<latest::EventWrapper>);

impl Told {
    /// The next event of the host.
    pub(crate) async fn next(&mut self) -> (String, u32, latest::Event) {
        let event = within("an event", self.0.recv())
            .await
            .expect("the server is there");
        let checkpoint = event.checkpoint;
        (checkpoint.actor_id, checkpoint.generation, event.inner)
    }

    /// Waits for the news that a generation runs.
    pub(crate) async fn running(&mut self, actor: &str, generation: u32) {
        let (found, of, event) = self.next().await;
        assert_eq!((found.as_str(), of), (actor, generation), "{event:?}");
        assert_eq!(event, state(latest::ActorState::ActorStateRunning));
    }

    /// Waits for the news that a generation has stopped, which has to be the next there is, and gives its error.
    pub(crate) async fn stopped(&mut self, actor: &str, generation: u32) -> Option<String> {
        let (found, of, event) = self.next().await;
        assert_eq!((found.as_str(), of), (actor, generation), "{event:?}");
        let latest::Event::EventActorStateUpdate(latest::EventActorStateUpdate {
            state: latest::ActorState::ActorStateStopped(stopped),
        }) = event
        else {
            panic!("expected the end of {actor}, but found {event:?}");
        };
        match stopped.code {
            latest::StopCode::Ok => {
                assert_eq!(stopped.message, None);
                None
            }
            latest::StopCode::Error => Some(stopped.message.expect("an error has a message")),
        }
    }

    /// That nothing is told for a while.
    pub(crate) async fn silent(&mut self, time: Duration) {
        let told = tokio::time::timeout(time, self.0.recv()).await;
        assert!(told.is_err(), "expected no event, but found {told:?}");
    }
}

pub(crate) fn state(state: latest::ActorState) -> latest::Event {
    latest::Event::EventActorStateUpdate(latest::EventActorStateUpdate { state })
}

/// Waits for something that has to happen.
pub(crate) async fn within<T>(what: &str, wait: impl Future<Output = T>) -> T {
    let waited = tokio::time::timeout(PATIENCE, wait).await;
    waited.unwrap_or_else(|_| panic!("expected {what} within {PATIENCE:?}, but found none"))
}

/// Asks until something holds.
pub(crate) async fn until(what: &str, holds: impl Fn() -> bool) {
    within(what, async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    })
    .await;
}
