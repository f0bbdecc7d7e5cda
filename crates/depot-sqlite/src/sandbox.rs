//! What statements that others wrote may not do.
//!
//! A statement can reach what is outside of its database through ATTACH, VACUUM INTO, extensions and some pragmas; and
//! it can pull the ground from under the VFS with others. An authorizer refuses them when a statement is prepared. The
//! VFS has one file and no other (see [`crate::ffi::vfs`]), so what would slip through had nothing to open.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use rusqlite::config::DbConfig;
use rusqlite::hooks::{AuthAction, AuthContext, Authorization};
use rusqlite::limits::Limit;
use rusqlite::{Connection, ffi};

use crate::config::Limits;
use crate::gate::{Gate, lock};

/// Pragmas that work on this database alone, and that the VFS does not depend on. What is not in here is refused, an
/// unknown one too: a later SQLite may know it.
const ALLOWED: &[&str] = &[
    "analysis_limit",
    "application_id",
    "auto_vacuum",
    "automatic_index",
    "busy_timeout",
    "cache_size",
    "case_sensitive_like",
    "cell_size_check",
    "collation_list",
    "compile_options",
    "count_changes",
    "data_version",
    "database_list",
    "defer_foreign_keys",
    "empty_result_callbacks",
    "encoding",
    "foreign_key_check",
    "foreign_key_list",
    "foreign_keys",
    "freelist_count",
    "full_column_names",
    "function_list",
    "ignore_check_constraints",
    "incremental_vacuum",
    "index_info",
    "index_list",
    "index_xinfo",
    "integrity_check",
    "legacy_alter_table",
    "max_page_count",
    "module_list",
    "optimize",
    "page_count",
    "pragma_list",
    "query_only",
    "quick_check",
    "read_uncommitted",
    "recursive_triggers",
    "reverse_unordered_selects",
    "schema_version",
    "secure_delete",
    "short_column_names",
    "shrink_memory",
    "table_info",
    "table_list",
    "table_xinfo",
    "user_version",
];

/// Pragmas that may be read, but not set: the VFS, or the bounds of the database, depend on them.
const PINNED: &[&str] = &[
    "cache_spill",
    "journal_mode",
    "journal_size_limit",
    "locking_mode",
    "mmap_size",
    "page_size",
    "synchronous",
    "temp_store",
    "threads",
    "trusted_schema",
    "writable_schema",
];

/// Instructions of SQLite's virtual machine between two looks at the clock.
const INSTRUCTIONS: i32 = 1000;

/// What the callbacks of a connection and the thread that runs its statements tell each other.
#[derive(Default)]
pub(crate) struct Watch {
    /// When the statement that runs has to end.
    deadline: Mutex<Option<Instant>>,
    /// Whether the running statement is a VACUUM, which copies the database into a temporary one that it attaches.
    vacuum: AtomicBool,
    /// What the authorizer refused last.
    denied: Mutex<Option<String>>,
}

impl Watch {
    pub(crate) fn set_deadline(&self, deadline: Option<Instant>) {
        *lock(&self.deadline) = deadline;
    }

    pub(crate) fn set_vacuum(&self, vacuum: bool) {
        self.vacuum.store(vacuum, Ordering::Relaxed);
    }

    pub(crate) fn take_denied(&self) -> Option<String> {
        lock(&self.denied).take()
    }

    fn is_late(&self) -> bool {
        lock(&self.deadline).is_some_and(|deadline| Instant::now() >= deadline)
    }
}

/// Puts a connection under the limits.
pub(crate) fn confine(
    connection: &mut Connection,
    limits: &Limits,
    gate: Arc<Gate>,
    watch: &Arc<Watch>,
) -> rusqlite::Result<()> {
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_DEFENSIVE, true)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_ATTACH_CREATE, false)?;
    connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_ATTACH_WRITE, false)?;
    connection.set_limit(Limit::SQLITE_LIMIT_ATTACHED, 0)?;
    connection.set_limit(Limit::SQLITE_LIMIT_WORKER_THREADS, 0)?;
    if let Some(octets) = limits.value {
        let octets = i32::try_from(octets).unwrap_or(i32::MAX);
        connection.set_limit(Limit::SQLITE_LIMIT_LENGTH, octets)?;
        connection.set_limit(Limit::SQLITE_LIMIT_SQL_LENGTH, octets)?;
    }
    let guard = Arc::clone(watch);
    connection.authorizer(Some(move |context: AuthContext<'_>| {
        match refused(&context.action, &guard) {
            Some(what) => {
                *lock(&guard.denied) = Some(what);
                Authorization::Deny
            }
            None => Authorization::Allow,
        }
    }))?;
    let watch = Arc::clone(watch);
    connection.progress_handler(
        INSTRUCTIONS,
        Some(move || !gate.is_open() || watch.is_late()),
    )
}

/// Lets a VACUUM attach the temporary database that it works in, or forbids it again.
pub(crate) fn allow_vacuum(
    connection: &Connection,
    watch: &Watch,
    allow: bool,
) -> rusqlite::Result<()> {
    watch.set_vacuum(allow);
    connection
        .set_limit(Limit::SQLITE_LIMIT_ATTACHED, i32::from(allow))
        .map(drop)
}

/// Whether the first word of a statement is VACUUM.
pub(crate) fn is_vacuum(statement: &str) -> bool {
    let mut rest = statement;
    loop {
        rest = rest
            .trim_start_matches(|c: char| c.is_ascii_whitespace() || c == ';' || c == '\u{feff}');
        if let Some(comment) = rest.strip_prefix("--") {
            rest = comment.split_once('\n').map_or("", |(_, rest)| rest);
        } else if let Some(comment) = rest.strip_prefix("/*") {
            rest = comment.split_once("*/").map_or("", |(_, rest)| rest);
        } else {
            break;
        }
    }
    let word = rest.split(|c: char| !c.is_ascii_alphabetic()).next();
    word.is_some_and(|word| word.eq_ignore_ascii_case("vacuum"))
}

/// What an action is called, if it is refused.
fn refused(action: &AuthAction<'_>, watch: &Watch) -> Option<String> {
    match action {
        // The one of VACUUM has no name: it is in memory. With INTO it has one.
        AuthAction::Attach { filename: "" } if watch.vacuum.load(Ordering::Relaxed) => None,
        AuthAction::Attach { .. } if watch.vacuum.load(Ordering::Relaxed) => {
            Some("VACUUM INTO".to_owned())
        }
        // Unknown where the name is an expression, not a literal.
        AuthAction::Attach { .. }
        | AuthAction::Unknown {
            code: ffi::SQLITE_ATTACH,
            ..
        } => Some("ATTACH".to_owned()),
        AuthAction::Detach { .. }
        | AuthAction::Unknown {
            code: ffi::SQLITE_DETACH,
            ..
        } => Some("DETACH".to_owned()),
        AuthAction::Function { function_name }
            if function_name.eq_ignore_ascii_case("load_extension") =>
        {
            Some("load_extension".to_owned())
        }
        AuthAction::Pragma {
            pragma_name,
            pragma_value,
        } => {
            let is_in = |names: &[&str]| {
                names
                    .iter()
                    .any(|name| name.eq_ignore_ascii_case(pragma_name))
            };
            let allowed = is_in(ALLOWED) || pragma_value.is_none() && is_in(PINNED);
            (!allowed).then(|| format!("PRAGMA {}", pragma_name.to_ascii_lowercase()))
        }
        AuthAction::Unknown { code, .. } => Some(format!("action {code}")),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_a_vacuum_by_its_first_word() {
        for sql in [
            "VACUUM",
            " vacuum;",
            "-- a\n/* b */ ;Vacuum main",
            "vacuum INTO 'x'",
        ] {
            assert!(is_vacuum(sql), "{sql}");
        }
        for sql in [
            "",
            "SELECT 'vacuum'",
            "-- vacuum",
            "/* vacuum",
            "vacuums",
            "EXPLAIN VACUUM",
            "ATTACH '' AS vacuum",
        ] {
            assert!(!is_vacuum(sql), "{sql}");
        }
    }

    #[test]
    fn no_pragma_is_both_free_and_pinned() {
        assert!(PINNED.iter().all(|name| !ALLOWED.contains(name)));
        assert!(ALLOWED.is_sorted() && PINNED.is_sorted());
    }
}
