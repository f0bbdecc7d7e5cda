//! How cases say what they expect.

use std::fmt::Debug;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::{Result, ensure};

/// Checks that two values are the same.
pub(crate) fn same<T: Debug + PartialEq<E> + ?Sized, E: Debug + ?Sized>(
    what: &str,
    found: &T,
    expected: &E,
) -> Result<()> {
    ensure!(
        found == expected,
        "{what}: expected {expected:?}, but found {found:?}"
    );
    Ok(())
}

/// Checks that a text holds another.
pub(crate) fn contains(what: &str, found: &str, expected: &str) -> Result<()> {
    ensure!(
        found.contains(expected),
        "{what}: expected `{expected}` in it, but found `{found}`"
    );
    Ok(())
}

/// Milliseconds since 1970, now.
pub(crate) fn now_ms() -> Result<i64> {
    let now = SystemTime::now().duration_since(UNIX_EPOCH)?;
    Ok(i64::try_from(now.as_millis())?)
}
