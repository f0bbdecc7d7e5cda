//! What a step of the lifecycle writes, as one transaction of the depot.

use bytes::Bytes;
use depot::{DatabaseId, Takeover, Transaction};
use envoy_protocol::{DowngradeError, EncodeAt as _, Version, latest};

use super::actor::{Database, Order, What};
use crate::records::{ActorRecord, RecordError, command_key, destroyed_key, input_key};

/// What is written, all of it or nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Changes {
    /// An actor's next record, and what becomes of its database.
    pub(super) actor: Option<(ActorRecord, Database)>,
    /// What hosts are told of the actor.
    pub(super) orders: Vec<Order>,
    /// Other rows: their next values, none for those that go.
    pub(super) rows: Vec<(Vec<u8>, Option<Bytes>)>,
}

/// Why a step could not be written.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A command that cannot be stored.
    #[error("a command of {actor} cannot be stored: {error}")]
    Command {
        actor: String,
        error: DowngradeError,
    },
    /// Another process allocates generations of this actor, which the lock of the store should make impossible.
    #[error("expected to allocate generation {expected} of {actor}, but found {found}")]
    Overtaken {
        actor: String,
        expected: u64,
        found: u64,
    },
}

impl From<depot::Error> for StoreError {
    fn from(error: depot::Error) -> Self {
        Self::Record(error.into())
    }
}

impl StoreError {
    /// The depot's error, if it is one.
    pub(crate) fn depot(&self) -> Option<&depot::Error> {
        match self {
            Self::Record(RecordError::Depot(error)) => Some(error),
            Self::Record(RecordError::Malformed(_))
            | Self::Command { .. }
            | Self::Overtaken { .. } => None,
        }
    }
}

impl Changes {
    /// Writes it, and says what to tell the hosts once it is durable. Writing it twice is writing it once: where the
    /// answer of the first time was lost.
    pub(crate) fn apply(
        &self,
        transaction: &mut Transaction<'_>,
    ) -> Result<Vec<latest::Command>, StoreError> {
        let commands = self.commands(transaction)?;
        if let Some((record, database)) = &self.actor {
            if ActorRecord::find(&transaction.view(), &record.id)?.as_ref() == Some(record) {
                return Ok(commands);
            }
            change_database(transaction, record, *database)?;
            record.store(transaction)?;
            for (order, command) in self.orders.iter().zip(&commands) {
                let key = command_key(&order.envoy, &record.id, order.generation, order.index);
                transaction.put_row(&key, stored(&record.id, command)?)?;
            }
        }
        for (key, value) in &self.rows {
            match value {
                Some(value) => transaction.put_row(key, value.clone())?,
                None => transaction.delete_row(key),
            }
        }
        Ok(commands)
    }

    fn commands(&self, transaction: &Transaction<'_>) -> Result<Vec<latest::Command>, StoreError> {
        let Some((record, _)) = &self.actor else {
            return Ok(Vec::new());
        };
        let command = |order: &Order| match order.what {
            What::Start => {
                let key = input_key(&record.id);
                // Where an actor is created and started in one step, its input is written by that step, too.
                let written = self.rows.iter().find(|(row, _)| *row == key);
                let input = match written {
                    Some((_, value)) => value.clone(),
                    None => transaction.view().row(&key)?,
                };
                let config = latest::ActorConfig {
                    name: record.name.clone(),
                    key: record.key.clone(),
                    create_ts: record.create_ts,
                    input: input.map(Vec::from),
                };
                Ok(latest::Command::CommandStartActor(
                    latest::CommandStartActor {
                        config,
                        hibernating_requests: Vec::new(),
                        preloaded_kv: None,
                    },
                ))
            }
            What::Stop(reason) => Ok(latest::Command::CommandStopActor(
                latest::CommandStopActor { reason },
            )),
        };
        self.orders.iter().map(command).collect()
    }
}

/// A command as it is stored: with the version of its layout in front.
fn stored(actor: &str, command: &latest::Command) -> Result<Bytes, StoreError> {
    let data = match command {
        latest::Command::CommandStartActor(start) => {
            latest::ActorCommandKeyData::CommandStartActor(start.clone())
        }
        latest::Command::CommandStopActor(stop) => {
            latest::ActorCommandKeyData::CommandStopActor(*stop)
        }
    };
    let failed = |error| StoreError::Command {
        actor: actor.to_owned(),
        error,
    };
    data.to_embedded(Version::LATEST).map_err(failed)
}

fn change_database(
    transaction: &mut Transaction<'_>,
    record: &ActorRecord,
    database: Database,
) -> Result<(), StoreError> {
    let id = DatabaseId::new(&record.id)?;
    match database {
        Database::Stays => {}
        Database::Allocate { seen } => {
            let expected = u64::from(record.generation);
            let found = match transaction.take_over(&id, u64::from(seen))? {
                Takeover::Allocated(allocation) => allocation.generation,
                Takeover::Yielded { to } => to,
            };
            if found != expected {
                let actor = record.id.clone();
                return Err(StoreError::Overtaken {
                    actor,
                    expected,
                    found,
                });
            }
        }
        Database::Release { generation } => transaction.release(&id, u64::from(generation))?,
        Database::Destroy => {
            match transaction.destroy(&id) {
                // It never ran.
                Ok(()) | Err(depot::Error::DatabaseNotFound { .. }) => {}
                Err(error) => return Err(error.into()),
            }
            transaction.put_row(&destroyed_key(&record.id), Bytes::new())?;
        }
    }
    Ok(())
}
