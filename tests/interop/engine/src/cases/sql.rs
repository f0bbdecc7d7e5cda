//! SQL that the engine runs for a host that has no SQLite of its own.

use anyhow::{Result, bail};
use envoy_protocol::latest::{
    SqliteBindParam, SqliteColumnValue, SqliteErrorResponse, SqliteExecResponse,
    SqliteExecuteResponse, SqliteExecuteResult, SqliteGetPagesRequest, SqliteGetPagesResponse,
    SqliteQueryResult, SqliteValueBlob, SqliteValueFloat, SqliteValueInteger, SqliteValueText,
    StopActorReason,
};

use crate::api::PATIENCE;
use crate::case::Context;
use crate::check::same;
use crate::host::{Actor, Host};

/// Several statements at once: what the last one returns comes back, and what they wrote is in the pages.
pub(super) async fn exec(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let script = "create table t(id integer primary key, v); insert into t(v) values ('a'), (x'00ff'), (1.5), (null); \
                  select id, v from t order by id";
    let found = executed(&mut host, &actor, script).await?;
    same("columns", &found.columns, &["id", "v"])?;
    let values: Vec<_> = found.rows.iter().map(|row| row[1].clone()).collect();
    same(
        "values",
        &values,
        &[
            text("a"),
            blob(&[0, 255]),
            float(1.5),
            SqliteColumnValue::SqliteValueNull,
        ],
    )?;
    let empty = executed(&mut host, &actor, "delete from t where id > 4").await?;
    same("rows", &empty.rows.len(), &0)?;
    // What the engine's SQLite wrote is a database that a host can read.
    let head = host
        .read(SqliteGetPagesRequest {
            actor_id: actor.id.clone(),
            pgnos: vec![1],
            expected_generation: Some(actor.database()),
            expected_head_txid: None,
        })
        .await?;
    let SqliteGetPagesResponse::SqliteGetPagesOk(head) = head else {
        bail!("expected page 1, but found {head:?}");
    };
    let header = head.pages.first().and_then(|page| page.bytes.as_deref());
    same(
        "header",
        &header.and_then(|page| page.get(..16)),
        &Some(b"SQLite format 3\0".as_slice()),
    )?;
    // The next generation reads what this one wrote.
    host.crashed(&actor, "enough")?;
    context
        .api
        .actor_with(&actor.id, "sleep_ts", PATIENCE)
        .await?;
    let (next, _) = super::lifecycle::wake(&context, &mut host, &actor).await?;
    let counted = executed(&mut host, &next, "select count(*) from t").await?;
    same(
        "rows in the next generation",
        &counted.rows,
        &[[integer(4)]],
    )?;
    Ok("last statement's rows; the pages are a database; generation 2 reads them".to_owned())
}

/// One statement with parameters of every kind, and what it changed.
pub(super) async fn execute(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    executed(
        &mut host,
        &actor,
        "create table t(id integer primary key, a, b, c, d, e)",
    )
    .await?;
    // A negative number whose octets are not the same from behind.
    let number = -1234.5678_f64;
    let params = vec![
        SqliteBindParam::SqliteValueInteger(SqliteValueInteger { value: i64::MIN }),
        SqliteBindParam::SqliteValueFloat(SqliteValueFloat {
            value: number.to_be_bytes(),
        }),
        SqliteBindParam::SqliteValueText(SqliteValueText {
            value: "ä\0😀".to_owned(),
        }),
        SqliteBindParam::SqliteValueBlob(SqliteValueBlob {
            value: vec![1, 0, 2],
        }),
        SqliteBindParam::SqliteValueNull,
    ];
    let insert = "insert into t(a, b, c, d, e) values (?, ?, ?, ?, ?)";
    let inserted = done(&mut host, &actor, insert, Some(params)).await?;
    same("changes", &inserted.changes, &1)?;
    same("row id", &inserted.last_insert_row_id, &Some(1))?;
    let select = "select a, b, c, d, e, b < -1234.5, typeof(b) from t where id = ?";
    let one = vec![SqliteBindParam::SqliteValueInteger(SqliteValueInteger {
        value: 1,
    })];
    let found = done(&mut host, &actor, select, Some(one)).await?;
    let row = vec![
        integer(i64::MIN),
        float(number),
        text("ä\0😀"),
        blob(&[1, 0, 2]),
        SqliteColumnValue::SqliteValueNull,
        integer(1),
        text("real"),
    ];
    same("row", &found.rows, &[row])?;
    // A parameter that is not given is null.
    let none = done(&mut host, &actor, "select ? is null", None).await?;
    same("missing parameter", &none.rows, &[[integer(1)]])?;
    Ok("integers, floats from the big end, text, blobs, null; changes and row ids".to_owned())
}

/// What SQLite or the engine refuses is an answer, with SQLite's words.
pub(super) async fn errors(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let exec = async |host: &mut Host, actor: &Actor, sql: &str| match host.exec(actor, sql).await?
    {
        SqliteExecResponse::SqliteErrorResponse(error) => Ok(error),
        ok @ SqliteExecResponse::SqliteExecOk(_) => bail!("expected an error, but found {ok:?}"),
    };
    let check = |error: &SqliteErrorResponse, code: (&str, &str), message: &str| {
        let (group, code) = context.differs(
            "errors of SQL have codes, not core.internal_error",
            ("core", "internal_error"),
            code,
        );
        super::is_error(context.version, error, group, code, message)
    };
    let failed = ("sqlite", "statement_failed");
    executed(&mut host, &actor, "create table t(id integer primary key)").await?;
    let error = exec(&mut host, &actor, "selec 1").await?;
    check(&error, failed, "near \"selec\": syntax error")?;
    for (sql, params, code, message) in [
        (
            "insert into t values (1), (1)",
            0,
            failed,
            "UNIQUE constraint failed: t.id",
        ),
        (
            "select 1; select 2",
            0,
            ("sqlite", "invalid_request"),
            context.differs(
                "texts that no host reads are the gateway's own",
                "sqlite execute only supports a single statement",
                "expected a single statement, but found another behind it",
            ),
        ),
        (
            "select ?",
            2,
            ("sqlite", "invalid_request"),
            context.differs(
                "texts that no host reads are the gateway's own",
                "column index out of range",
                "expected at most 1 values, but found 2",
            ),
        ),
    ] {
        let params = vec![SqliteBindParam::SqliteValueNull; params];
        match host.execute(&actor, sql, Some(params)).await? {
            SqliteExecuteResponse::SqliteErrorResponse(error) => check(&error, code, message)?,
            ok @ SqliteExecuteResponse::SqliteExecuteOk(_) => {
                bail!("expected an error for `{sql}`, but found {ok:?}")
            }
        }
    }
    let stranger = Actor {
        generation: actor.generation + 1,
        ..actor.clone()
    };
    let error = exec(&mut host, &stranger, "select 1").await?;
    check(
        &error,
        ("depot", "generation_mismatch"),
        "actor does not exist",
    )?;
    Ok("syntax, constraint, several statements, too many parameters, wrong generation".to_owned())
}

/// A transaction over several requests: what was rolled back is gone, what was committed is there.
pub(super) async fn transactions(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    executed(&mut host, &actor, "create table t(v)").await?;
    for (end, expected) in [("rollback", 0), ("commit", 2)] {
        done(&mut host, &actor, "begin", None).await?;
        for _ in 0..2 {
            done(&mut host, &actor, "insert into t values (1)", None).await?;
        }
        let inside = done(&mut host, &actor, "select count(*) from t", None).await?;
        same("rows inside", &inside.rows, &[[integer(2)]])?;
        done(&mut host, &actor, end, None).await?;
        let after = executed(&mut host, &actor, "select count(*) from t").await?;
        same(end, &after.rows, &[[integer(expected)]])?;
    }
    // A statement that fails takes back itself, and nothing else.
    done(&mut host, &actor, "begin", None).await?;
    done(&mut host, &actor, "insert into t values (3)", None).await?;
    let failed = host
        .execute(&actor, "insert into nowhere values (1)", None)
        .await?;
    if let SqliteExecuteResponse::SqliteExecuteOk(ok) = failed {
        bail!("expected an error, but found {ok:?}");
    }
    done(&mut host, &actor, "commit", None).await?;
    let after = executed(&mut host, &actor, "select count(*) from t").await?;
    same("rows after an error", &after.rows, &[[integer(3)]])?;
    Ok(
        "begin, insert, rollback: nothing; commit: all; an error in between takes back only itself"
            .to_owned(),
    )
}

/// The forms that answers have.
pub(super) async fn shapes(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    let found = executed(&mut host, &actor, "select 1 as a, 2 as a, 3").await?;
    same("columns", &found.columns, &["a", "a", "3"])?;
    same("row", &found.rows, &[[integer(1), integer(2), integer(3)]])?;
    let empty = executed(&mut host, &actor, "select 1 as a where 0").await?;
    same("columns of no rows", &empty.columns, &["a"])?;
    same("no rows", &empty.rows.len(), &0)?;
    let nothing = executed(&mut host, &actor, "").await?;
    same("columns of nothing", &nothing.columns.len(), &0)?;
    let made = done(
        &mut host,
        &actor,
        "create table t(id integer primary key, v)",
        None,
    )
    .await?;
    same("columns of a table", &made.columns.len(), &0)?;
    let sql = "insert into t(v) values (1), (2), (3)";
    let inserted = done(&mut host, &actor, sql, None).await?;
    same(
        "changes",
        &(inserted.changes, inserted.last_insert_row_id),
        &(3, Some(3)),
    )?;
    let updated = done(
        &mut host,
        &actor,
        "update t set v = v + 1 where id > 1",
        None,
    )
    .await?;
    same("changes of an update", &updated.changes, &2)?;
    let sql = "delete from t where id = 1 returning id, v";
    let deleted = done(&mut host, &actor, sql, None).await?;
    same("columns returned", &deleted.columns, &["id", "v"])?;
    same("row returned", &deleted.rows, &[[integer(1), integer(1)]])?;
    let large = executed(
        &mut host,
        &actor,
        "select length(zeroblob(1000000)), hex(zeroblob(2))",
    )
    .await?;
    same("large", &large.rows, &[[integer(1_000_000), text("0000")]])?;
    Ok(
        "columns of one name, no rows, no statement, changes of each kind, rows returned"
            .to_owned(),
    )
}

/// A database is asked for by the name of its namespace.
pub(super) async fn namespaces(context: Context) -> Result<String> {
    let (mut host, actor) = context.running().await?;
    executed(&mut host, &actor, "create table t(v)").await?;
    let error = host.exec_in("nowhere", &actor, "select * from t").await?;
    let SqliteExecResponse::SqliteErrorResponse(error) = error else {
        bail!("expected an error, but found {error:?}");
    };
    let (code, message) = context.differs(
        "what is in no namespace is told as that",
        (("core", "internal_error"), "actor does not exist"),
        (("depot", "generation_mismatch"), "actor does not exist"),
    );
    super::is_error(context.version, &error, code.0, code.1, message)?;
    if context.is_gateway("a host that asks for what it does not hold is told that it lost it") {
        host.stop(&actor, StopActorReason::Lost).await?;
    } else {
        executed(&mut host, &actor, "select * from t").await?;
    }
    Ok(format!("another one: {}", error.message))
}

/// Rows that `exec` returned.
pub(super) async fn executed(
    host: &mut Host,
    actor: &Actor,
    sql: &str,
) -> Result<SqliteQueryResult> {
    match host.exec(actor, sql).await? {
        SqliteExecResponse::SqliteExecOk(ok) => Ok(ok.result),
        SqliteExecResponse::SqliteErrorResponse(error) => {
            bail!("expected rows for `{sql}`, but found {error:?}")
        }
    }
}

/// What `execute` did.
async fn done(
    host: &mut Host,
    actor: &Actor,
    sql: &str,
    params: Option<Vec<SqliteBindParam>>,
) -> Result<SqliteExecuteResult> {
    match host.execute(actor, sql, params).await? {
        SqliteExecuteResponse::SqliteExecuteOk(ok) => Ok(ok.result),
        SqliteExecuteResponse::SqliteErrorResponse(error) => {
            bail!("expected rows for `{sql}`, but found {error:?}")
        }
    }
}

pub(super) fn integer(value: i64) -> SqliteColumnValue {
    SqliteColumnValue::SqliteValueInteger(SqliteValueInteger { value })
}

fn float(value: f64) -> SqliteColumnValue {
    SqliteColumnValue::SqliteValueFloat(SqliteValueFloat {
        value: value.to_be_bytes(),
    })
}

fn text(value: &str) -> SqliteColumnValue {
    SqliteColumnValue::SqliteValueText(SqliteValueText {
        value: value.to_owned(),
    })
}

fn blob(value: &[u8]) -> SqliteColumnValue {
    SqliteColumnValue::SqliteValueBlob(SqliteValueBlob {
        value: value.to_vec(),
    })
}
