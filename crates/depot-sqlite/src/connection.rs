//! One connection to one database, on the thread that calls it.

use std::sync::Arc;

use rusqlite::fallible_iterator::FallibleIterator as _;
use rusqlite::types::ValueRef;
use rusqlite::{Batch, OpenFlags, Row, Statement, ffi};

use crate::config::Config;
use crate::error::{Error, LimitError, RequestError};
use crate::ffi::{heap, vfs};
use crate::gate::{Gate, lock};
use crate::sandbox::{self, Watch};
use crate::source::AnySource;
use crate::storage::Storage;
use crate::value::{Executed, Rows, Value};

pub(crate) struct Connection {
    /// Dropped first: it closes its file, which is in `registration`.
    sqlite: rusqlite::Connection,
    registration: vfs::Registration,
    watch: Arc<Watch>,
    gate: Arc<Gate>,
    config: Arc<Config>,
}

/// What an answer may still take.
struct Room {
    rows: usize,
    octets: usize,
}

impl Connection {
    /// Reads what is needed to begin, and opens the database. The heap of this thread is the database's from now on.
    pub(crate) fn open(
        source: Arc<dyn AnySource>,
        gate: Arc<Gate>,
        config: Arc<Config>,
    ) -> Result<Self, Error> {
        if let Some(limit) = config.limits.heap {
            heap::install()?;
            heap::bound(limit);
        }
        let storage = Storage::open(source, Arc::clone(&gate), Arc::clone(&config))?;
        let registration = vfs::Registration::new(storage, Arc::clone(&gate))?;
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let sqlite =
            rusqlite::Connection::open_with_flags_and_vfs(vfs::PATH, flags, registration.name());
        let mut connection = match sqlite {
            Ok(sqlite) => Self {
                sqlite,
                registration,
                watch: Arc::default(),
                gate,
                config,
            },
            Err(error) => {
                return Err(lock(registration.storage())
                    .take_failure()
                    .unwrap_or_else(|| sql_error(&error)));
            }
        };
        connection
            .set_up()
            .map_err(|error| connection.error(&error))?;
        Ok(connection)
    }

    fn set_up(&mut self) -> rusqlite::Result<()> {
        // A journal in memory is what makes the commit one step: nothing of it is left when the commit is decided. What
        // is temporary stays in memory too, where it counts as heap. Without spilling, all of a transaction does.
        self.sqlite.execute_batch(
            "PRAGMA locking_mode = NORMAL; PRAGMA temp_store = MEMORY; PRAGMA mmap_size = 0; PRAGMA cache_spill = OFF;",
        )?;
        let mode: String = self
            .sqlite
            .query_row("PRAGMA journal_mode = MEMORY", [], |row| row.get(0))?;
        debug_assert_eq!(mode, "memory");
        sandbox::confine(
            &mut self.sqlite,
            &self.config.limits,
            Arc::clone(&self.gate),
            &self.watch,
        )
    }

    /// Runs any number of statements, and answers the rows of the last one that returned any.
    pub(crate) fn exec(&mut self, sql: &str) -> Result<Rows, Error> {
        self.check(sql)?;
        let mut room = self.room();
        let mut last = Rows::default();
        let mut batch = Batch::new(&self.sqlite, sql);
        loop {
            self.begin();
            let Some(mut statement) = batch.next().map_err(|error| self.error(&error))? else {
                return Ok(last);
            };
            let rows = self.run(&mut statement, sql, &mut room)?;
            // A COMMIT ends a database that finds the fence; so does the end of the statement that finds it.
            self.after(statement)?;
            if !rows.rows.is_empty() || last.rows.is_empty() && !rows.columns.is_empty() {
                last = rows;
            }
        }
    }

    /// Runs one statement.
    pub(crate) fn execute(&mut self, sql: &str, parameters: &[Value]) -> Result<Executed, Error> {
        self.check(sql)?;
        self.begin();
        let mut batch = Batch::new(&self.sqlite, sql);
        let Some(mut statement) = batch.next().map_err(|error| self.error(&error))? else {
            return Err(RequestError::NoStatement.into());
        };
        if batch.next().map_err(|error| self.error(&error))?.is_some() {
            return Err(RequestError::SecondStatement.into());
        }
        if parameters.len() > statement.parameter_count() {
            return Err(RequestError::TooManyValues {
                parameters: statement.parameter_count(),
                values: parameters.len(),
            }
            .into());
        }
        for (place, value) in parameters.iter().enumerate() {
            statement
                .raw_bind_parameter(place + 1, value)
                .map_err(|error| self.error(&error))?;
        }
        let mut room = self.room();
        let rows = self.run(&mut statement, sql, &mut room)?;
        self.after(statement)?;
        let changes = self.sqlite.changes();
        Ok(Executed {
            rows,
            changes,
            last_insert_rowid: (changes > 0).then(|| self.sqlite.last_insert_rowid()),
        })
    }

    /// Whether a transaction was begun and has not ended.
    pub(crate) fn is_in_transaction(&self) -> bool {
        !self.sqlite.is_autocommit()
    }

    fn check(&self, sql: &str) -> Result<(), Error> {
        self.gate.check()?;
        if let Some(limit) = self.config.limits.value
            && sql.len() > limit
        {
            return Err(LimitError::Value { limit }.into());
        }
        match sql.bytes().position(|octet| octet == 0) {
            Some(offset) => Err(RequestError::Nul { offset }.into()),
            None => Ok(()),
        }
    }

    fn room(&self) -> Room {
        Room {
            rows: self.config.limits.rows.unwrap_or(usize::MAX),
            octets: self.config.limits.octets.unwrap_or(usize::MAX),
        }
    }

    /// Before a statement is prepared.
    fn begin(&self) {
        let deadline = self.config.limits.deadline();
        self.watch.set_deadline(deadline);
        self.watch.take_denied();
        heap::take_refused();
        lock(self.registration.storage()).begin_statement(deadline);
    }

    /// After a statement that succeeded: what ended the database during it counts all the same. So does a read that failed
    /// in a statement that only reads: `PRAGMA integrity_check` takes the page for a damaged one and goes on.
    fn after(&self, statement: Statement<'_>) -> Result<(), Error> {
        let reads = statement.readonly();
        // Its transaction ends here, if it is not one of several.
        drop(statement);
        let open = self.gate.is_open();
        if open && !reads {
            return Ok(());
        }
        match lock(self.registration.storage()).take_failure() {
            Some(failure) => Err(failure),
            None => self.gate.check(),
        }
    }

    fn run(
        &self,
        statement: &mut Statement<'_>,
        request: &str,
        room: &mut Room,
    ) -> Result<Rows, Error> {
        // Only a statement of a request with that word can be one, and only then is its text looked at.
        let vacuum = statement.column_count() == 0
            && contains_vacuum(request)
            && statement
                .expanded_sql()
                .is_some_and(|sql| sandbox::is_vacuum(&sql));
        if !vacuum {
            return self.collect(statement, room);
        }
        sandbox::allow_vacuum(&self.sqlite, &self.watch, true)
            .map_err(|error| self.error(&error))?;
        let result = self.collect(statement, room);
        sandbox::allow_vacuum(&self.sqlite, &self.watch, false)
            .map_err(|error| self.error(&error))?;
        result
    }

    fn collect(&self, statement: &mut Statement<'_>, room: &mut Room) -> Result<Rows, Error> {
        let writes = !statement.readonly();
        let mut collected = Rows {
            columns: statement.column_names().map(ToOwned::to_owned).collect(),
            rows: Vec::new(),
        };
        let mut rows = statement.raw_query();
        while let Some(row) = rows.next().map_err(|error| self.error(&error))? {
            if let Err(error) = self.take(row, &mut collected, room) {
                if writes {
                    // The changes of a statement with RETURNING are made by now, and would be kept if it were just left.
                    self.sqlite.get_interrupt_handle().interrupt();
                    while let Ok(Some(_)) = rows.next() {}
                }
                return Err(error);
            }
        }
        Ok(collected)
    }

    /// Adds a row to an answer, if there is room for it.
    fn take(&self, row: &Row<'_>, collected: &mut Rows, room: &mut Room) -> Result<(), Error> {
        // A statement without columns returns no rows.
        if collected.columns.is_empty() {
            return Ok(());
        }
        if room.rows == 0 {
            let limit = self.config.limits.rows.unwrap_or(usize::MAX);
            return Err(LimitError::Rows { limit }.into());
        }
        room.rows -= 1;
        let mut values = Vec::with_capacity(collected.columns.len());
        for (place, column) in collected.columns.iter().enumerate() {
            let value = row.get_ref(place).map_err(|error| self.error(&error))?;
            let Some(left) = room.octets.checked_sub(octets(value)) else {
                let limit = self.config.limits.octets.unwrap_or(usize::MAX);
                return Err(LimitError::Octets { limit }.into());
            };
            room.octets = left;
            values.push(owned(value).ok_or_else(|| RequestError::NotUtf8 {
                row: collected.rows.len(),
                column: column.clone(),
            })?);
        }
        collected.rows.push(values);
        Ok(())
    }

    /// What an error of SQLite is to the user: where there is one, the failure below it.
    fn error(&self, error: &rusqlite::Error) -> Error {
        let failure = lock(self.registration.storage()).take_failure();
        if let Some(failure) = failure {
            // A statement that fails so while it runs takes its transaction with it. One that fails while it is prepared,
            // for which SQLite may read the schema, does not, and what comes next would be part of a transaction that
            // its user believes to be over.
            if !self.sqlite.is_autocommit() {
                // There is nothing to do where even this fails: what was written never leaves the process.
                let _ = self.sqlite.execute_batch("ROLLBACK");
            }
            return failure;
        }
        let code = error.sqlite_extended_error_code();
        let limits = &self.config.limits;
        match code.map(|code| code & 0xff) {
            Some(ffi::SQLITE_NOMEM) if heap::take_refused() => LimitError::Heap {
                limit: limits.heap.unwrap_or(usize::MAX),
            }
            .into(),
            Some(ffi::SQLITE_INTERRUPT) => self.gate.check().err().unwrap_or_else(|| {
                let limit = limits.time.unwrap_or_default();
                LimitError::Time { limit }.into()
            }),
            Some(ffi::SQLITE_TOOBIG) => LimitError::Value {
                limit: limits.value.unwrap_or(1_000_000_000),
            }
            .into(),
            Some(ffi::SQLITE_AUTH) => Error::Denied {
                what: self
                    .watch
                    .take_denied()
                    .unwrap_or_else(|| "this statement".to_owned()),
            },
            // The statement within a VACUUM was refused, and VACUUM says so in words.
            _ => match self.watch.take_denied() {
                Some(what) => Error::Denied { what },
                None => sql_error(error),
            },
        }
    }
}

fn sql_error(error: &rusqlite::Error) -> Error {
    match error {
        rusqlite::Error::SqliteFailure(error, message) => Error::Sql {
            code: error.extended_code,
            message: message.clone().unwrap_or_else(|| error.to_string()),
        },
        rusqlite::Error::SqlInputError {
            error, msg, offset, ..
        } => Error::Sql {
            code: error.extended_code,
            message: format!("{msg} at octet {offset}"),
        },
        error => Error::Sql {
            code: ffi::SQLITE_ERROR,
            message: error.to_string(),
        },
    }
}

fn contains_vacuum(sql: &str) -> bool {
    const WORD: &[u8] = b"vacuum";
    sql.as_bytes()
        .windows(WORD.len())
        .any(|part| part.eq_ignore_ascii_case(WORD))
}

/// What a value takes in an answer: its octets, and 8 for a value that has none.
fn octets(value: ValueRef<'_>) -> usize {
    match value {
        ValueRef::Text(octets) | ValueRef::Blob(octets) => octets.len().saturating_add(8),
        _ => 8,
    }
}

fn owned(value: ValueRef<'_>) -> Option<Value> {
    Some(match value {
        ValueRef::Null => Value::Null,
        ValueRef::Integer(number) => Value::Integer(number),
        ValueRef::Real(number) => Value::Real(number),
        ValueRef::Text(text) => Value::Text(std::str::from_utf8(text).ok()?.to_owned()),
        ValueRef::Blob(octets) => Value::Blob(octets.to_vec()),
    })
}
