//! Storage errors and values of the wire as those of depot-sqlite: the one place where one becomes the other.

use std::borrow::Cow;

use depot_sqlite::{ErrorKind, Executed, RequestError as InvalidRequest, Rows, SourceError, Value};
use envoy_protocol::latest;
use envoy_protocol::session::fence::{self, Heads};
use envoy_protocol::session::{RequestError, SendError};

use latest::SqliteColumnValueRef as Column;

/// What a server of any version says of a generation that is not the current one.
const NO_ACTOR: &str = "actor does not exist";
/// What a server says of a database that nothing was committed to, where its version has no codes.
const NO_DATABASE: [&str; 2] = [
    "sqlite database was not found in this bucket branch",
    "sqlite meta missing for get_pages",
];
/// What an engine's text begins with where a statement failed, and not its storage.
const STATEMENT: [&str; 3] = [
    "failed to prepare sqlite",
    "failed to step sqlite",
    "failed to bind sqlite",
];

/// Whether an error says nothing but its message: it came from a server of version 4, or from somewhere deep inside.
fn is_bare(error: &latest::SqliteErrorResponse) -> bool {
    (error.group.as_str(), error.code.as_str()) == ("core", "internal_error")
}

/// Whether the server says that nothing was ever committed, in the words of a version without codes.
pub(super) fn is_missing_without_code(error: &latest::SqliteErrorResponse) -> bool {
    is_bare(error) && NO_DATABASE.iter().any(|text| error.message.contains(text))
}

/// An error of the server.
pub(super) fn error(error: latest::SqliteErrorResponse) -> SourceError {
    let latest::SqliteErrorResponse {
        group,
        code,
        message,
    } = error;
    let kind = match (group.as_str(), code.as_str()) {
        (group, code) if fence::is_head_fence_mismatch(group, code) => ErrorKind::HeadMismatch {
            actual: Heads::parse(&message).map(|heads| heads.actual),
        },
        ("depot", "database_not_found" | "meta_missing") => ErrorKind::MissingDatabase,
        ("depot" | "sqlite", "generation_mismatch" | "superseded") => ErrorKind::Superseded,
        (_, _) if message == NO_ACTOR || message.ends_with(": actor does not exist") => {
            ErrorKind::Superseded
        }
        ("depot", "storage_full") => ErrorKind::Full,
        // Of the request itself: so it decides the attempts before, too.
        ("depot", "quota_exceeded" | "commit_too_large" | "invalid_page")
        | ("sqlite", "invalid_request") => ErrorKind::Refused,
        // Nothing was done by this request, whatever became of one before.
        _ => ErrorKind::Transient,
    };
    SourceError::new(kind, group, code, message)
}

/// The session did not take a request: it was not sent.
pub(super) fn not_taken(error: &SendError) -> SourceError {
    let (kind, group, code) = match error {
        SendError::TooLarge { .. } => (ErrorKind::Refused, "sqlite", "too_large"),
        SendError::QueueFull { .. } => (ErrorKind::Transient, "actor", "overloaded"),
        SendError::Closed => (ErrorKind::Transient, "sqlite", "disconnected"),
        _ => (ErrorKind::Transient, "sqlite", "not_sent"),
    };
    SourceError::new(kind, group, code, error.to_string())
}

/// The session did not take a commit. One that is too large is refused as a server would refuse it.
pub(super) fn commit_not_taken(error: &SendError) -> SourceError {
    match error {
        SendError::TooLarge { .. } => SourceError::new(
            ErrorKind::Refused,
            "depot",
            "commit_too_large",
            error.to_string(),
        ),
        error => not_taken(error),
    }
}

/// A request was not answered. `kind` is what that means for what was asked for.
pub(super) fn unanswered(kind: ErrorKind, error: &RequestError) -> SourceError {
    SourceError::new(
        kind,
        "sqlite",
        crate::error::unanswered(error),
        error.to_string(),
    )
}

/// The session is gone, and nobody will answer.
pub(super) fn abandoned(kind: ErrorKind) -> SourceError {
    SourceError::new(
        kind,
        "sqlite",
        "disconnected",
        "expected an answer, but the host has ended",
    )
}

/// An error of SQL that was run by the server.
pub(super) fn statement_error(wire: latest::SqliteErrorResponse) -> depot_sqlite::Error {
    let statement = STATEMENT
        .iter()
        .any(|prefix| wire.message.starts_with(prefix));
    match (wire.group.as_str(), wire.code.as_str()) {
        ("sqlite", "statement_failed") => sql(wire.message),
        ("core", "internal_error") if statement => {
            // The words in front say in which function of the engine it happened.
            let message = wire
                .message
                .split_once(": ")
                .map(|(_, rest)| rest.to_owned());
            sql(message.unwrap_or(wire.message))
        }
        ("core", "internal_error")
            if wire.message == "sqlite execute only supports a single statement" =>
        {
            InvalidRequest::SecondStatement.into()
        }
        _ => depot_sqlite::Error::Source(error(wire)),
    }
}

fn sql(message: String) -> depot_sqlite::Error {
    /// SQLite's generic code: which it was does not come over the wire.
    const SQLITE_ERROR: i32 = 1;
    depot_sqlite::Error::Sql {
        code: SQLITE_ERROR,
        message,
    }
}

pub(super) fn rows(columns: &[&str], rows: &[&[Column<'_>]]) -> Rows {
    Rows {
        columns: columns.iter().map(|&column| column.to_owned()).collect(),
        rows: rows
            .iter()
            .map(|row| row.iter().map(value).collect())
            .collect(),
    }
}

pub(super) fn executed(result: &latest::SqliteExecuteResultRef<'_>) -> Executed {
    let latest::SqliteExecuteResultRef {
        columns,
        rows: found,
        changes,
        last_insert_row_id,
    } = *result;
    Executed {
        rows: rows(columns, found),
        changes: u64::try_from(changes).unwrap_or(0),
        last_insert_rowid: last_insert_row_id,
    }
}

fn value(column: &Column<'_>) -> Value {
    match column {
        Column::SqliteValueNull => Value::Null,
        Column::SqliteValueInteger(integer) => Value::Integer(integer.value),
        // A float's octets begin with the sign: not as BARE has floats.
        Column::SqliteValueFloat(float) => Value::Real(f64::from_be_bytes(float.value)),
        Column::SqliteValueText(text) => Value::Text(text.value.to_owned()),
        Column::SqliteValueBlob(blob) => Value::Blob(blob.value.to_vec()),
    }
}

pub(super) fn parameter(value: &Value) -> latest::SqliteBindParamRef<'_> {
    use latest::SqliteBindParamRef as Param;
    match value {
        Value::Null => Param::SqliteValueNull,
        Value::Integer(value) => {
            Param::SqliteValueInteger(latest::SqliteValueInteger { value: *value })
        }
        Value::Real(value) => Param::SqliteValueFloat(latest::SqliteValueFloat {
            value: value.to_be_bytes(),
        }),
        Value::Text(value) => Param::SqliteValueText(latest::SqliteValueTextRef { value }),
        Value::Blob(value) => Param::SqliteValueBlob(latest::SqliteValueBlobRef { value }),
    }
}

/// An error that this host makes itself, about the generation and not about one request.
pub(crate) fn own(
    kind: ErrorKind,
    code: &'static str,
    message: impl Into<Cow<'static, str>>,
) -> SourceError {
    SourceError::new(kind, "actor", code, message.into().into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wire(group: &str, code: &str, message: &str) -> latest::SqliteErrorResponse {
        latest::SqliteErrorResponse {
            group: group.to_owned(),
            code: code.to_owned(),
            message: message.to_owned(),
        }
    }

    #[test]
    fn only_group_and_code_make_a_fence() {
        let text = "transaction failed: sqlite head fence mismatch: expected head txid 42, current head txid 1";
        let fenced = error(wire("depot", "head_fence_mismatch", text));
        assert_eq!(fenced.kind(), ErrorKind::HeadMismatch { actual: Some(1) });
        assert_eq!(
            (fenced.group(), fenced.code(), fenced.message()),
            ("depot", "head_fence_mismatch", text)
        );
        let legacy = error(wire("core", "internal_error", text));
        assert_eq!(legacy.kind(), ErrorKind::Transient);
    }

    #[test]
    fn a_wrong_generation_is_superseded_and_never_an_empty_database() {
        for refusal in [
            wire("core", "internal_error", "actor does not exist"),
            wire(
                "depot",
                "generation_mismatch",
                "expected generation 1 to be active, but found 2",
            ),
        ] {
            assert!(!is_missing_without_code(&refusal));
            assert_eq!(error(refusal).kind(), ErrorKind::Superseded);
        }
    }

    #[test]
    fn a_missing_database_is_known_by_its_code_or_where_there_is_none_by_its_text() {
        let text = "transaction failed: sqlite database was not found in this bucket branch";
        let coded = wire("depot", "database_not_found", text);
        assert!(!is_missing_without_code(&coded));
        assert_eq!(error(coded).kind(), ErrorKind::MissingDatabase);
        assert!(is_missing_without_code(&wire(
            "core",
            "internal_error",
            text
        )));
    }

    #[test]
    fn what_a_statement_did_wrong_is_told_as_the_local_database_does() {
        let syntax = "failed to prepare sqlite exec statement: near \"selec\": syntax error";
        let error = statement_error(wire("core", "internal_error", syntax));
        assert_eq!(
            (error.group(), error.code()),
            ("sqlite", "statement_failed")
        );
        assert_eq!(error.to_string(), "near \"selec\": syntax error");
        let two = "sqlite execute only supports a single statement";
        let error = statement_error(wire("core", "internal_error", two));
        assert_eq!((error.group(), error.code()), ("sqlite", "invalid_request"));
    }

    #[test]
    fn values_keep_all_their_bits() {
        for value in [
            Value::Null,
            Value::Integer(i64::MIN),
            Value::Real(-0.1),
            Value::Text("a\0b".to_owned()),
            Value::Blob(vec![0, 255]),
        ] {
            let column = match parameter(&value) {
                latest::SqliteBindParamRef::SqliteValueNull => Column::SqliteValueNull,
                latest::SqliteBindParamRef::SqliteValueInteger(v) => Column::SqliteValueInteger(v),
                latest::SqliteBindParamRef::SqliteValueFloat(v) => Column::SqliteValueFloat(v),
                latest::SqliteBindParamRef::SqliteValueText(v) => Column::SqliteValueText(v),
                latest::SqliteBindParamRef::SqliteValueBlob(v) => Column::SqliteValueBlob(v),
            };
            assert_eq!(super::value(&column), value);
        }
    }
}
