//! What goes wrong in a fleet, played. The tests judge what came of it: with every guard in its place, and with one left out.

use std::time::Duration;

use envoy_cli::demo::line::{Held, Who};
use envoy_client::{Storage, Version};

use crate::{Answer, World};

impl Overlap {
    /// Whether the write of the stale instance was acknowledged.
    #[must_use]
    pub fn is_stale_ok(&self) -> bool {
        self.stale.as_ref().is_some_and(Answer::is_ok)
    }
}

/// Two instances have written.
#[derive(Debug)]
pub struct Overlap {
    /// What was said to a write of the instance that is there rightfully.
    pub rightful: Answer,
    /// What was said to that of the stale one. None if its generation was over before it took the request.
    pub stale: Option<Answer>,
}

/// A copy of the host keeps running generation 1 of the actor, which has gone to sleep and come back as generation 2. Both
/// write, the stale one first, with a head that is right: only its generation is wrong.
pub async fn overlap_of_generations(world: &mut World) -> Overlap {
    world.copy(Storage::Local).await;
    let generation = world.line.start_copy(&world.actor).await;
    assert_eq!(generation, Some(1), "the copy runs what the host runs");
    world.copy_reads().await;
    world.sleep().await;
    let woken = world.sql("SELECT count(*) FROM ledger").await;
    assert!(woken.is_ok(), "{woken:?}");
    assert_eq!(world.line.generations(&world.actor), [1, 2]);
    Overlap {
        stale: world.copy_writes(66).await,
        rightful: world.write(1).await,
    }
}

/// A copy of the host runs the generation that the host runs, too, and has read the database. The host writes, then the
/// copy.
///
/// A host of v5 says which head it believes in. One of v4 does not, so it is noticed only where the server cannot know what
/// the generation has seen: the answer to the host's write is lost with the connection, and the copy connects in its place.
pub async fn overlap_within_one(world: &mut World) -> Overlap {
    world.copy(Storage::Local).await;
    let generation = world.line.start_copy(&world.actor).await;
    assert_eq!(generation, Some(1), "the copy runs what the host runs");
    world.copy_reads().await;
    if world.version == Version::V5 {
        return Overlap {
            rightful: world.write(1).await,
            stale: world.copy_writes(66).await,
        };
    }
    let stale = async {
        let lost = world.line.lose(&world.actor, Who::Copy).await;
        assert!(lost.is_some(), "no answer was lost");
        let stale = world.copy_writes(66).await;
        world.line.release();
        stale
    };
    let (stale, rightful) = tokio::join!(stale, world.write(1));
    Overlap { rightful, stale }
}

/// The answer to the commit of row 1 is lost with the connection. The gateway sends the request again, as long as there is
/// no answer: what the writers were told is in the journal.
pub async fn lost_answer(world: &World) {
    let lost = world.line.lose(&world.actor, Who::Host);
    let (lost, _) = tokio::join!(lost, world.write(1));
    assert!(lost.is_some(), "no answer was lost");
}

/// The connection ends while a commit is on its way; the host connects again, and rows 2 and 3 are written before and
/// after the commit of row 1 arrives. What the writers were told is in the journal.
pub async fn delayed_commit(world: &World) {
    let delayed = async {
        let delayed = world.line.delay(&world.actor).await;
        assert!(delayed.is_some(), "no commit was delayed");
        let again = world.line.until_connections(2).await;
        assert!(again.is_some(), "the host does not connect again");
    };
    let ((), _) = tokio::join!(delayed, world.write(1));
    let before = world.write(2).await;
    assert!(before.is_ok(), "{before:?}");
    let arrived = world.line.deliver().await;
    assert!(arrived.is_some(), "the commit does not arrive");
    tokio::time::sleep(Duration::from_millis(100)).await;
    let after = world.write(3).await;
    assert!(after.is_ok(), "{after:?}");
}

/// The host runs its SQL at the server, and has written row 1. A copy, which runs its own, writes row 2; then the host writes
/// row 3. What its writers were told is in the journal.
pub async fn overlap_with_remote_sql(world: &mut World) {
    let first = world.write(1).await;
    assert!(first.is_ok(), "{first:?}");
    world.copy(Storage::Local).await;
    let generation = world.line.start_copy(&world.actor).await;
    assert_eq!(generation, Some(1), "the copy runs what the host runs");
    let second = world.copy_writes(2).await;
    assert!(second.as_ref().is_some_and(Answer::is_ok), "{second:?}");
    // Sent again to the next generation, as long as there is no answer.
    let third = world.write(3).await;
    assert!(third.status == 200 || third.status == 503, "{third:?}");
}

/// A copy starts the actor, and before its first statement is through the database has moved on.
///
/// With a copy of v4 the answer to the host's commit is lost then, as in [`overlap_within_one`].
pub async fn fence_at_the_first_operation(world: &mut World) {
    world.copy(Storage::Local).await;
    // More than what comes with the first page.
    let filler = |number: u32| format!("CREATE TABLE filler_{number} (a, b, c, d, e, f, g, h);");
    let many = (0..500).map(filler).collect::<Vec<_>>().concat();
    let made = world.sql(&many).await;
    assert!(made.is_ok(), "{made:?}");
    world.line.hold(Who::Copy, Held::Sql);
    let begun = world.line.begin_copy(&world.actor, 1);
    assert!(begun.is_some(), "there is a generation 1");
    let held = world.line.until_held(1).await;
    assert!(held.is_some(), "the copy does not read");
    if world.version == Version::V5 {
        let written = world.write(1).await;
        assert!(written.is_ok(), "{written:?}");
        world.line.let_go(Who::Copy, Held::Sql);
        return;
    }
    // It is to learn it by its own request, and not be told that its generation is lost.
    world.line.hold(Who::Copy, Held::Commands);
    let stale = async {
        let lost = world.line.lose(&world.actor, Who::Copy).await;
        assert!(lost.is_some(), "no answer was lost");
        world.line.let_go(Who::Copy, Held::Sql);
        // The one if it is fenced, the other if it is not.
        tokio::select! {
            () = world.copy_ended(1) => {}
            _ = world.copys.until("start 1") => {}
        }
        world.line.release();
    };
    tokio::join!(stale, world.write(1));
}
