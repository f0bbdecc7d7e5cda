//! How a generation stops: the order of the steps, which is load-bearing.
//!
//! # Asked to
//! 1. No more requests are taken; those that are being handled are waited for. They still have everything.
//! 2. The actor's own last words ([`Actor::sleep`](crate::Actor::sleep) or [`destroy`](crate::Actor::destroy)), which
//!    may read and write the database.
//! 3. The final state is saved: behind the last words, which may have set it, and before the database closes.
//! 4. The database and the context close for good: whatever outlives the actor can do nothing from here on.
//! 5. What is left is freed, all of it at the same time.
//! 6. Stopped(OK) is reported.
//!
//! If the database ends in any of the first three, or the generation is given up, it is a failure from there on.
//!
//! # After a failure
//! A generation that was fenced, superseded, lost, or whose code failed may not write another word.
//!
//! 1. The database and the context close. (Where the server gave the generation up by a command, a statement that is under
//!    way has a moment for its own answer: it says why, if the server refused that statement.) No last words, no state is saved, and alarms that were not sent are taken back; the
//!    alarm that is set stays.
//! 2. What is left is freed, all of it at the same time. Requests that are being handled see their operations fail and get a
//!    moment to answer.
//! 3. Stopped(ERROR) is reported, with the first message there was, and nothing else: an intent to stop, or Stopped(OK), would
//!    destroy the actor.
//!
//! Each step is bounded.

use std::sync::Arc;
use std::time::Duration;

use depot_sqlite::Ending;
use envoy_protocol::latest;

use crate::Bounds;
use crate::actor::AnyActor;
use crate::failure::Failure;
use crate::life::{Asked, Life};
use crate::task::Task;

/// How long an answer may take that was overtaken by a command.
const ANSWER: Duration = Duration::from_millis(250);
/// Octets of a message, at most.
const MESSAGE: usize = 1024;

/// Stops a generation that was asked to.
pub(crate) async fn asked(
    life: &mut Life,
    asked: Asked,
) -> Result<latest::ActorStateStopped, Failure> {
    let bounds = bounds(life);
    life.finish_work(bounds.requests).await?;

    let mut wrong = None;
    if let Some(actor) = life.actor.clone() {
        let words = Task::spawn(async move {
            match asked {
                Asked::Sleep => actor.sleep().await,
                Asked::Destroy => actor.destroy().await,
            }
            .map_err(|error| format!("the actor did not stop well: {error}"))
        });
        wrong = match life.stopping(bounds.hook, words).await? {
            Some(Ok(Ok(()))) => None,
            Some(Ok(Err(error)) | Err(error)) => Some(error),
            None => Some(format!(
                "expected the actor to stop within {:?}, but it did not",
                bounds.hook
            )),
        };
    }

    if asked == Asked::Sleep {
        let state = life.context.state().clone();
        let saved = life.stopping(bounds.save, async move { state.flush().await });
        match saved.await? {
            Some(Ok(())) => {}
            Some(Err(error)) => {
                wrong.get_or_insert(format!("the final state is not saved: {error}"));
            }
            None => {
                wrong.get_or_insert(format!(
                    "expected the final state to be saved within {:?}",
                    bounds.save
                ));
            }
        }
    }
    if let Some(ending) = life.context.sql().ending() {
        return Err(Failure::of(&ending));
    }

    let freed = life.context.sql().close();
    life.context.inner().gate.close(None);
    free(life, bounds, Duration::ZERO, freed).await;
    Ok(match wrong {
        None => latest::ActorStateStopped {
            code: latest::StopCode::Ok,
            message: None,
        },
        Some(message) => {
            tracing::warn!(
                actor = life.context.actor_id(),
                message,
                "an actor stopped with an error"
            );
            error(&message)
        }
    })
}

/// Stops a generation that may do nothing more.
pub(crate) async fn failed(life: &mut Life, failure: Failure) -> latest::ActorStateStopped {
    let bounds = bounds(life);
    let sql = life.context.sql();
    if failure.overtakes {
        // All but the database, whose statement that is under way gets its own answer.
        life.context.close_failed(None);
        sql.settle(ANSWER).await;
    }
    // The first message wins: that of the database, if it ended before the rest.
    let ending = sql
        .ending()
        .unwrap_or_else(|| Arc::new(Ending::Superseded(failure.error.clone())));
    sql.supersede(ending.error().clone());
    let freed = sql.close();
    life.context.close_failed(Some(Arc::clone(&ending)));
    let (actor, generation) = (life.context.actor_id(), life.context.generation());
    if failure.expected {
        tracing::info!(actor, generation, error = %ending.error(), "an actor was stopped");
    } else {
        tracing::error!(actor, generation, error = %ending.error(), "an actor failed");
    }
    free(life, bounds, bounds.failed_requests, freed).await;
    #[cfg(feature = "faults")]
    if life.shared.link.without_stop_codes {
        return latest::ActorStateStopped {
            code: latest::StopCode::Ok,
            message: None,
        };
    }
    error(&ending.to_string())
}

/// Frees what a generation had. The steps know nothing of each other, and run at the same time.
async fn free(life: &mut Life, bounds: Bounds, work: Duration, sql: impl Future<Output = ()>) {
    life.shut();
    let actor = life.actor.take();
    let id = life.context.actor_id().to_owned();
    tokio::join!(
        life.end_work(work),
        within(bounds.teardown, &id, "its database", sql),
        within(bounds.teardown, &id, "what it was", drop_actor(actor)),
    );
}

/// Drops the actor where a panic of it harms nobody.
async fn drop_actor(actor: Option<Arc<dyn AnyActor>>) {
    if let Err(panic) = Task::spawn(async move { drop(actor) }).await {
        tracing::warn!(panic, "an actor could not be dropped");
    }
}

async fn within(bound: Duration, actor: &str, what: &str, step: impl Future<Output = ()>) {
    if tokio::time::timeout(bound, step).await.is_err() {
        tracing::warn!(
            actor,
            what,
            ?bound,
            "an actor has stopped, and not all is free in time"
        );
    }
}

fn bounds(life: &Life) -> Bounds {
    life.kind
        .as_ref()
        .map_or(Bounds::DEFAULT, |kind| kind.options.bounds)
}

fn error(message: &str) -> latest::ActorStateStopped {
    let end = message.floor_char_boundary(MESSAGE);
    latest::ActorStateStopped {
        code: latest::StopCode::Error,
        message: Some(message[..end].to_owned()),
    }
}
