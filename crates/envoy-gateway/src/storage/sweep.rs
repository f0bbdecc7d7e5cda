//! Removes what destroyed actors have left behind.

use std::ops::{Bound, ControlFlow};

use depot::{Depot, Error, Order, Transaction};

use crate::records;

use super::{kv, kv_request, v4_table};

/// Rows that one transaction removes: others wait for it.
const AT_ONCE: usize = 512;

/// Removes the rows of all actors that are marked as destroyed, and then the marks.
pub(super) async fn sweep(depot: Depot) -> Result<(), Error> {
    while let Some(actor_id) = next_destroyed(&depot).await? {
        while depot
            .transaction(remove_some(actor_id.clone()))
            .await?
            .is_continue()
        {}
    }
    Ok(())
}

async fn next_destroyed(depot: &Depot) -> Result<Option<String>, Error> {
    let read = |view: &depot::View<'_>| {
        let start = records::destroyed_key("");
        let end = kv_request::behind(&start);
        let range = (Bound::Included(&start[..]), kv::below(end.as_deref()));
        let mut first = None;
        view.visit_rows(range, Order::Ascending, |key, _| {
            first = key.get(start.len()..).map(<[u8]>::to_vec);
            ControlFlow::Break(())
        })?;
        Ok::<_, Error>(first)
    };
    let Some(id) = depot.view(read).await? else {
        return Ok(None);
    };
    let id = String::from_utf8(id)
        .map_err(|_| Error::Corrupt("the id of a destroyed actor is no text".to_owned()))?;
    Ok(Some(id))
}

/// Removes some rows of an actor; with the last of them, all that is left of it.
fn remove_some(
    actor_id: String,
) -> impl FnMut(&mut Transaction<'_>) -> Result<ControlFlow<()>, Error> + Send + 'static {
    move |transaction| {
        let prefix = records::kv_prefix(&actor_id);
        let end = kv_request::behind(&prefix);
        let range = (Bound::Included(&prefix[..]), kv::below(end.as_deref()));
        if kv::remove(transaction, range, AT_ONCE)?.is_continue() {
            return Ok(ControlFlow::Continue(()));
        }
        transaction.delete_row(&v4_table::marker_key(&actor_id));
        transaction.delete_row(&records::destroyed_key(&actor_id));
        Ok(ControlFlow::Break(()))
    }
}
