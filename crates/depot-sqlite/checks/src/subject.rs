//! The databases that are compared.

use depot::{DatabaseId, Depot};
use depot_sqlite::{Config, Database, Error, RequestError, Value};
use rusqlite::types::ValueRef;

use crate::adapter::DepotSource;

/// What a statement came to: the names of the columns and the rows, or what the error says.
pub(crate) type Outcome = Result<(Vec<String>, Vec<Vec<Value>>), String>;

/// A database on a depot that is opened, in its next generation.
pub(crate) fn open(depot: &Depot, id: &DatabaseId) -> anyhow::Result<Database> {
    let source = DepotSource::allocate(depot, id)?;
    let mut config = Config::new(id.as_str());
    config.limits.time = None;
    config.limits.rows = None;
    config.limits.octets = None;
    // Small, so that pages are read again and again.
    config.cache = 64;
    let database = Database::new(source, config);
    pollster::block_on(database.open())?;
    Ok(database)
}

/// Runs one statement over depot-sqlite.
pub(crate) fn ours(database: &Database, sql: &str) -> Outcome {
    match pollster::block_on(database.execute(sql, Vec::new())) {
        Ok(executed) => Ok((executed.rows.columns, executed.rows.rows)),
        Err(Error::Sql { message, .. }) => Err(message),
        Err(error) => Err(format!("{}.{}: {error}", error.group(), error.code())),
    }
}

/// Runs one statement over plain SQLite.
pub(crate) fn plain(connection: &rusqlite::Connection, sql: &str) -> Outcome {
    run_plain(connection, sql).map_err(|failure| match failure {
        Failure::Sqlite(rusqlite::Error::SqliteFailure(_, Some(message))) => message,
        Failure::Sqlite(rusqlite::Error::SqlInputError { msg, offset, .. }) => {
            format!("{msg} at octet {offset}")
        }
        Failure::Sqlite(error) => error.to_string(),
        Failure::NotUtf8(error) => format!("sqlite.invalid_request: {error}"),
    })
}

enum Failure {
    Sqlite(rusqlite::Error),
    NotUtf8(RequestError),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Sqlite(error)
    }
}

fn run_plain(
    connection: &rusqlite::Connection,
    sql: &str,
) -> Result<(Vec<String>, Vec<Vec<Value>>), Failure> {
    let mut statement = connection.prepare(sql)?;
    let writes = !statement.readonly();
    let columns: Vec<String> = statement.column_names().map(ToOwned::to_owned).collect();
    let mut rows = statement.raw_query();
    let mut collected: Vec<Vec<Value>> = Vec::new();
    while let Some(row) = rows.next()? {
        let mut values = Vec::new();
        for (place, column) in columns.iter().enumerate() {
            let Some(value) = owned(row.get_ref(place)?) else {
                if writes {
                    // As depot-sqlite has it: a statement that fails leaves nothing.
                    connection.get_interrupt_handle().interrupt();
                    while let Ok(Some(_)) = rows.next() {}
                }
                let column = column.clone();
                return Err(Failure::NotUtf8(RequestError::NotUtf8 {
                    row: collected.len(),
                    column,
                }));
            };
            values.push(value);
        }
        if !columns.is_empty() {
            collected.push(values);
        }
    }
    Ok((columns, collected))
}

fn owned(value: ValueRef<'_>) -> Option<Value> {
    Some(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(text) => Value::Text(String::from_utf8(text.to_vec()).ok()?),
        ValueRef::Blob(octets) => Value::Blob(octets.to_vec()),
    })
}
