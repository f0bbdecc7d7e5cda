//! Remote SQL: statements of hosts that run none themselves.

use std::sync::Arc;

use depot::{DatabaseId, View};
use depot_sqlite::{Executed, Rows, Value};
use envoy_protocol::bare::Encode as _;
use envoy_protocol::latest::{
    SqliteBindParamRef, SqliteColumnValueRef, SqliteExecuteResultRef, SqliteQueryResultRef,
    SqliteValueBlobRef, SqliteValueFloat, SqliteValueInteger, SqliteValueTextRef, ToEnvoyRef,
};

use crate::faults::{Faults, Guard};

use super::Inner;
use super::error::Failure;
use super::pages::find_actor;
use super::request::{Job, Request};
use super::v4_table::Generation;

/// Octets of the values of one statement.
const PARAMETERS: usize = 128 << 10;
/// Octets of an answer around its result, at most.
const ANSWER: usize = 64;

/// What a statement answered.
enum Answer {
    Exec(Rows),
    Execute(Executed),
}

impl Inner {
    pub(super) async fn serve_sql(self: &Arc<Self>, job: &Job) {
        match self.run_sql(job).await {
            Ok(answer) => self.answer_sql(job, &answer),
            Err(failure) => self.refuse(job, &failure),
        }
    }

    async fn run_sql(&self, job: &Job) -> Result<Answer, Failure> {
        let (namespace, generation) = match &job.request {
            Request::Exec(request) => {
                let data = &request.get().data;
                (data.namespace_id, data.generation)
            }
            Request::Execute(request) => {
                let data = &request.get().data;
                (data.namespace_id, data.generation)
            }
            Request::Kv(_) | Request::GetPages(_) | Request::Commit(_) => {
                return Err(Failure::NotHeld);
            }
        };
        // The field's name is misleading: it is the name of the namespace that hosts put there.
        let faults = self.config.faults;
        if *namespace != *job.connection.host.namespace && !faults.lack(Guard::Namespaces) {
            return Err(Failure::NotHeld);
        }
        let key: Generation = (job.request.actor_id().into(), generation);
        self.check_sql(job, &key).await?;
        let parameters = match &job.request {
            Request::Execute(request) => parameters(request.get().data.params.unwrap_or_default())?,
            _ => Vec::new(),
        };
        let database = self.executors.acquire(self, &key, &job.connection).await?;
        let answer = match &job.request {
            Request::Execute(request) => {
                let sql = request.get().data.sql;
                database.execute(sql, parameters).await.map(Answer::Execute)
            }
            Request::Exec(request) => {
                let sql = request.get().data.sql;
                database.exec(sql).await.map(Answer::Exec)
            }
            Request::Kv(_) | Request::GetPages(_) | Request::Commit(_) => {
                return Err(Failure::NotHeld);
            }
        };
        self.executors.release(&key);
        if faults.lack(Guard::Transactions) {
            self.executors.forget(&key);
        }
        answer.map_err(Failure::Sql)
    }

    /// A statement that finds all of its pages in a cache asks the depot for nothing, so its generation is checked first.
    async fn check_sql(
        &self,
        job: &Job,
        (actor_id, generation): &Generation,
    ) -> Result<(), Failure> {
        let host = job.connection.host.clone();
        let (actor_id, generation) = (Arc::clone(actor_id), *generation);
        let database = DatabaseId::new(&actor_id)?;
        let check = move |view: &View<'_>| {
            let record = find_actor(view, &host, &actor_id)?;
            let held = record.is_held_by(&host.envoy_key)
                && view.head(&database)?.generation == Some(generation);
            if held { Ok(()) } else { Err(Failure::NotHeld) }
        };
        self.depot.view(check).await
    }

    fn answer_sql(&self, job: &Job, answer: &Answer) {
        let faults = self.config.faults;
        let rows = match answer {
            Answer::Exec(rows) | Answer::Execute(Executed { rows, .. }) => rows,
        };
        let columns: Vec<_> = rows.columns.iter().map(String::as_str).collect();
        let values: Vec<Vec<_>> = rows
            .rows
            .iter()
            .map(|row| {
                row.iter()
                    .map(|value| column_value(value, faults))
                    .collect()
            })
            .collect();
        let rows: Vec<_> = values.iter().map(Vec::as_slice).collect();
        let (columns, rows) = (&columns[..], &rows[..]);
        match answer {
            Answer::Exec(_) => {
                let result = SqliteQueryResultRef { columns, rows };
                let octets = result.encoded_len();
                self.answer_within(job, octets, &job.request.exec_answer(result));
            }
            Answer::Execute(executed) => {
                let counted = !faults.lack(Guard::Changes);
                let changes = if counted { executed.changes } else { 0 };
                let result = SqliteExecuteResultRef {
                    columns,
                    rows,
                    changes: i64::try_from(changes).unwrap_or(i64::MAX),
                    last_insert_row_id: executed.last_insert_rowid,
                };
                let octets = result.encoded_len();
                self.answer_within(job, octets, &job.request.execute_answer(result));
            }
        }
    }

    /// The values of a large answer were refused before this, and what was written with them rolled back. What is left are
    /// the names of columns, which nobody bounds.
    fn answer_within(&self, job: &Job, octets: usize, answer: &ToEnvoyRef<'_>) {
        let octets = octets + ANSWER;
        let limit = self.config.answer_bytes;
        if octets > limit {
            self.refuse(job, &Failure::AnswerTooLarge { octets, limit });
        } else {
            // A host whose answer does not come cannot know whether the statement ran, and says so.
            let _ = self.answer(job, answer);
        }
    }
}

fn parameters(parameters: &[SqliteBindParamRef<'_>]) -> Result<Vec<Value>, Failure> {
    let octets = parameters
        .iter()
        .map(|parameter| match parameter {
            SqliteBindParamRef::SqliteValueNull => 0,
            SqliteBindParamRef::SqliteValueInteger(_) | SqliteBindParamRef::SqliteValueFloat(_) => {
                8
            }
            SqliteBindParamRef::SqliteValueText(text) => text.value.len(),
            SqliteBindParamRef::SqliteValueBlob(blob) => blob.value.len(),
        })
        .fold(0, usize::saturating_add);
    if octets > PARAMETERS {
        return Err(Failure::ParametersTooLarge {
            octets,
            limit: PARAMETERS,
        });
    }
    let value = |parameter: &SqliteBindParamRef<'_>| match parameter {
        SqliteBindParamRef::SqliteValueNull => Value::Null,
        SqliteBindParamRef::SqliteValueInteger(integer) => Value::Integer(integer.value),
        SqliteBindParamRef::SqliteValueFloat(float) => Value::Real(f64::from_be_bytes(float.value)),
        SqliteBindParamRef::SqliteValueText(text) => Value::Text(text.value.to_owned()),
        SqliteBindParamRef::SqliteValueBlob(blob) => Value::Blob(blob.value.to_vec()),
    };
    Ok(parameters.iter().map(value).collect())
}

fn column_value(value: &Value, faults: Faults) -> SqliteColumnValueRef<'_> {
    match value {
        Value::Null => SqliteColumnValueRef::SqliteValueNull,
        Value::Integer(value) => {
            SqliteColumnValueRef::SqliteValueInteger(SqliteValueInteger { value: *value })
        }
        Value::Real(value) => SqliteColumnValueRef::SqliteValueFloat(SqliteValueFloat {
            value: if faults.lack(Guard::FloatOrder) {
                value.to_le_bytes()
            } else {
                value.to_be_bytes()
            },
        }),
        Value::Text(value) => SqliteColumnValueRef::SqliteValueText(SqliteValueTextRef { value }),
        Value::Blob(value) => SqliteColumnValueRef::SqliteValueBlob(SqliteValueBlobRef { value }),
    }
}
