//! What the host keeps of an actor, and an actor of itself: rows of a table in the actor's own database, so that they are
//! behind its fence.

use std::sync::Arc;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use depot_sqlite::Value;

use crate::link::lock;
use crate::{Error, Sql};

const CREATE: &str =
    "CREATE TABLE IF NOT EXISTS _envoy_state (name TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID";
const EXISTS: &str = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = '_envoy_state'";
const LOAD: &str = "SELECT value FROM _envoy_state WHERE name = ?";
const SAVE: &str = "INSERT INTO _envoy_state (name, value) VALUES (?, ?) \
                    ON CONFLICT (name) DO UPDATE SET value = excluded.value";
const REMOVE: &str = "DELETE FROM _envoy_state WHERE name = ?";

/// The row of the user.
const USER: &str = "state";
/// The row of the alarm, in milliseconds since 1970.
const ALARM: &str = "alarm";

/// A value that an actor keeps of itself: octets, in the table `_envoy_state` of its own database.
///
/// For actors that have no need of tables of their own. What is [`set`](Self::set) is saved when the actor stops as it
/// was asked to; what must not be lost by a crash is to be [saved](Self::save) at once.
#[derive(Clone, Debug)]
pub struct State(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    sql: Sql,
    /// Whether the table is there: nobody removes it while this generation lives.
    exists: AtomicBool,
    /// What was set and not saved.
    unsaved: Mutex<Option<Vec<u8>>>,
}

impl State {
    pub(crate) fn new(sql: Sql) -> Self {
        Self(Arc::new(Shared {
            sql,
            exists: AtomicBool::new(false),
            unsaved: Mutex::default(),
        }))
    }

    /// The value that was set last, in this generation or an earlier one.
    pub async fn load(&self) -> Result<Option<Vec<u8>>, Error> {
        let unsaved = lock(&self.0.unsaved).clone();
        match unsaved {
            Some(value) => Ok(Some(value)),
            None => match self.row(USER).await? {
                Some(Value::Blob(value)) => Ok(Some(value)),
                _ => Ok(None),
            },
        }
    }

    /// Sets the value, to be saved at a stop.
    pub fn set(&self, value: impl Into<Vec<u8>>) {
        *lock(&self.0.unsaved) = Some(value.into());
    }

    /// Sets the value and saves it: it is durable when this resolves.
    pub async fn save(&self, value: impl Into<Vec<u8>>) -> Result<(), Error> {
        self.set(value);
        self.flush().await
    }

    /// Saves what was set and not saved yet.
    pub async fn flush(&self) -> Result<(), Error> {
        let Some(value) = lock(&self.0.unsaved).clone() else {
            return Ok(());
        };
        self.put(USER, Value::Blob(value.clone())).await?;
        let mut unsaved = lock(&self.0.unsaved);
        // What was set meanwhile is not saved.
        if unsaved.as_ref() == Some(&value) {
            *unsaved = None;
        }
        Ok(())
    }

    /// The alarm that is set, in milliseconds since 1970.
    pub(crate) async fn alarm(&self) -> Result<Option<i64>, Error> {
        match self.row(ALARM).await? {
            Some(Value::Integer(time)) => Ok(Some(time)),
            _ => Ok(None),
        }
    }

    pub(crate) async fn set_alarm(&self, time: Option<i64>) -> Result<(), Error> {
        if !self.0.sql.is_available() {
            return Ok(());
        }
        match time {
            Some(time) => self.put(ALARM, Value::Integer(time)).await,
            None if self.exists().await? => {
                self.0.sql.execute(REMOVE, [ALARM.into()]).await?;
                Ok(())
            }
            None => Ok(()),
        }
    }

    async fn row(&self, name: &'static str) -> Result<Option<Value>, Error> {
        if !self.exists().await? {
            return Ok(None);
        }
        let found = self.0.sql.execute(LOAD, [name.into()]).await?;
        Ok(found.rows.rows.into_iter().flatten().next())
    }

    async fn put(&self, name: &'static str, value: Value) -> Result<(), Error> {
        if !self.exists().await? {
            self.0.sql.exec(CREATE).await?;
            self.0.exists.store(true, Ordering::Relaxed);
        }
        self.0.sql.execute(SAVE, [name.into(), value]).await?;
        Ok(())
    }

    async fn exists(&self) -> Result<bool, Error> {
        if !self.0.sql.is_available() {
            return Ok(false);
        }
        if self.0.exists.load(Ordering::Relaxed) {
            return Ok(true);
        }
        let exists = !self.0.sql.exec(EXISTS).await?.rows.is_empty();
        if exists {
            self.0.exists.store(true, Ordering::Relaxed);
        }
        Ok(exists)
    }
}
