//! What hosts say of their actors, and what the storage refuses them.

use envoy_protocol::latest;

use super::actor::{Happening, Said};
use super::{Effect, Lifecycle};

impl Lifecycle {
    pub(super) fn event(&mut self, envoy: String, event: latest::EventWrapper) {
        let latest::EventWrapper { checkpoint, inner } = event;
        let latest::ActorCheckpoint {
            actor_id,
            generation,
            index,
        } = checkpoint;
        let what = match inner {
            latest::Event::EventActorIntent(intent) => match intent.intent {
                latest::ActorIntent::ActorIntentSleep => Said::WantsSleep,
                latest::ActorIntent::ActorIntentStop => Said::WantsEnd,
            },
            latest::Event::EventActorStateUpdate(update) => match update.state {
                latest::ActorState::ActorStateRunning => Said::Running,
                latest::ActorState::ActorStateStopped(stopped) => {
                    Said::Stopped(match stopped.code {
                        latest::StopCode::Ok => Ok(()),
                        latest::StopCode::Error => Err(stopped.message),
                    })
                }
            },
            latest::Event::EventActorSetAlarm(alarm) => Said::Alarm(alarm.alarm_ts),
        };
        if self.actors.contains_key(&actor_id) {
            let said = Happening::Said {
                envoy,
                generation,
                index,
                what,
            };
            self.happened(&actor_id, said);
        } else {
            // Nobody's: it is dealt with by being ignored.
            let checkpoint = latest::ActorCheckpoint {
                actor_id,
                generation,
                index,
            };
            self.effects
                .push_back(Effect::Applied { envoy, checkpoint });
        }
    }

    /// What a host asked for was refused. Its generation is over, or has been for long.
    pub(super) fn refused(&mut self, envoy: String, actor: &str, generation: u32, what: Happening) {
        let is_current = self
            .actor(actor)
            .is_some_and(|record| record.is_held_by(&envoy) && record.generation == generation);
        if is_current {
            self.happened(actor, what);
        } else {
            let actor = actor.to_owned();
            self.effects.push_back(Effect::StopStale {
                envoy,
                actor,
                generation,
            });
        }
    }
}
