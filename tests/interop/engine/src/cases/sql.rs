//! SQL that the engine runs for a host that has no SQLite of its own.

use anyhow::{Result, bail};
use envoy_protocol::latest::{
    SqliteBindParam, SqliteColumnValue, SqliteErrorResponse, SqliteExecResponse,
    SqliteExecuteResponse, SqliteExecuteResult, SqliteGetPagesRequest, SqliteGetPagesResponse,
    SqliteQueryResult, SqliteValueBlob, SqliteValueFloat, SqliteValueInteger, SqliteValueText,
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
