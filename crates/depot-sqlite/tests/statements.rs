//! What `exec` and `execute` make of their statements.

mod support;

use depot_sqlite::{Error, RequestError, Value};
use support::{Sql as _, Store, wait};

#[test]
fn exec_answers_the_last_rows_that_there_are() {
    let database = Store::new().database();
    let rows = database
        .sql("CREATE TABLE t (a, b); INSERT INTO t VALUES (1, 'x'), (2, NULL); SELECT 9; SELECT a, b AS c FROM t; DELETE FROM t; SELECT * FROM t;")
        .unwrap();
    assert_eq!(rows.columns, ["a", "c"]);
    assert_eq!(
        rows.rows,
        [
            [Value::Integer(1), Value::from("x")],
            [Value::Integer(2), Value::Null]
        ]
    );
}

#[test]
fn exec_of_a_select_without_rows_names_its_columns() {
    let database = Store::new().database();
    let rows = database.sql("SELECT 1 AS a, 2 AS b WHERE 0").unwrap();
    assert_eq!(rows.columns, ["a", "b"]);
    assert!(rows.rows.is_empty());
}

#[test]
fn exec_of_nothing_is_nothing() {
    let database = Store::new().database();
    for sql in ["", "  ", ";", "-- only this", "/* and */ ; /* that */"] {
        let rows = database.sql(sql).unwrap();
        assert!(rows.columns.is_empty() && rows.rows.is_empty(), "{sql}");
    }
}

#[test]
fn exec_stops_at_the_first_statement_that_fails() {
    let database = Store::new().database();
    let error = database.sql("CREATE TABLE t (v); INSERT INTO t VALUES (1); INSERT INTO missing VALUES (1); DELETE FROM t").unwrap_err();
    assert_eq!(
        (error.group(), error.code()),
        ("sqlite", "statement_failed")
    );
    assert!(
        error.to_string().contains("no such table: missing"),
        "{error}"
    );
    assert_eq!(database.value("SELECT count(*) FROM t"), Value::Integer(1));
}

#[test]
fn execute_takes_a_single_statement() {
    let database = Store::new().database();
    database
        .run("SELECT 1; -- and a comment", Vec::new())
        .unwrap();
    let error = database.run("SELECT 1; SELECT 2", Vec::new()).unwrap_err();
    assert!(matches!(
        error,
        Error::Request(RequestError::SecondStatement)
    ));
    let error = database.run(" -- nothing", Vec::new()).unwrap_err();
    assert!(matches!(error, Error::Request(RequestError::NoStatement)));
    // Not even the first of two runs.
    database.sql("CREATE TABLE t (v)").unwrap();
    database
        .run(
            "INSERT INTO t VALUES (1); INSERT INTO t VALUES (2)",
            Vec::new(),
        )
        .unwrap_err();
    assert_eq!(database.value("SELECT count(*) FROM t"), Value::Integer(0));
}

#[test]
fn parameters_without_a_value_are_null_and_values_without_a_parameter_an_error() {
    let database = Store::new().database();
    let row = database
        .run("SELECT ?, ?2, :c", vec![Value::Integer(1)])
        .unwrap()
        .rows
        .rows
        .remove(0);
    assert_eq!(row, [Value::Integer(1), Value::Null, Value::Null]);
    let error = database
        .run("SELECT ?", vec![Value::Null, Value::Null])
        .unwrap_err();
    assert!(matches!(
        error,
        Error::Request(RequestError::TooManyValues {
            parameters: 1,
            values: 2
        })
    ));
}

#[test]
fn values_come_back_as_they_went_in() {
    let database = Store::new().database();
    database.sql("CREATE TABLE t (v)").unwrap();
    let values = [
        Value::Null,
        Value::Integer(i64::MIN),
        Value::Integer(i64::MAX),
        Value::Real(f64::MIN_POSITIVE),
        Value::Real(f64::from_bits(1)),
        Value::Real(0.1 + 0.2),
        Value::Real(f64::INFINITY),
        Value::Real(f64::NEG_INFINITY),
        Value::Real(1e300),
        Value::from(""),
        Value::from("with a \0 in it, \u{1f600}"),
        Value::Blob(Vec::new()),
        Value::Blob((0..=255).collect()),
    ];
    for value in values {
        let row = database
            .run("INSERT INTO t VALUES (?) RETURNING v", vec![value.clone()])
            .unwrap()
            .rows
            .rows
            .remove(0)
            .remove(0);
        match (&value, &row) {
            (Value::Real(sent), Value::Real(back)) => assert_eq!(sent.to_bits(), back.to_bits()),
            _ => assert_eq!(value, row),
        }
    }
}

#[test]
fn not_a_number_is_null() {
    let database = Store::new().database();
    let row = database
        .run("SELECT ?", vec![Value::Real(f64::NAN)])
        .unwrap()
        .rows
        .rows
        .remove(0);
    assert_eq!(row, [Value::Null]);
}

#[test]
fn changes_and_the_last_rowid_are_those_of_the_last_statement_that_changed_something() {
    let database = Store::new().database();
    let executed = database.run("CREATE TABLE t (v)", Vec::new()).unwrap();
    assert_eq!((executed.changes, executed.last_insert_rowid), (0, None));
    let executed = database
        .run("INSERT INTO t VALUES (1), (2)", Vec::new())
        .unwrap();
    assert_eq!((executed.changes, executed.last_insert_rowid), (2, Some(2)));
    let executed = database.run("SELECT 1", Vec::new()).unwrap();
    assert_eq!((executed.changes, executed.last_insert_rowid), (2, Some(2)));
    let executed = database
        .run("UPDATE t SET v = 3 WHERE v > 9", Vec::new())
        .unwrap();
    assert_eq!((executed.changes, executed.last_insert_rowid), (0, None));
}

#[test]
fn sql_with_nul_is_refused_where_it_is() {
    let database = Store::new().database();
    let sql = "SELECT 1;\0DROP TABLE t";
    assert!(matches!(
        database.sql(sql),
        Err(Error::Request(RequestError::Nul { offset: 9 }))
    ));
    assert!(matches!(
        database.run(sql, Vec::new()),
        Err(Error::Request(RequestError::Nul { offset: 9 }))
    ));
}

#[test]
fn text_that_is_no_utf_8_is_an_error_that_names_its_place() {
    let database = Store::new().database();
    let error = database
        .sql("SELECT 1 AS a, 'fine' AS b UNION ALL SELECT 2, CAST(x'ff00' AS TEXT)")
        .unwrap_err();
    assert!(
        matches!(&error, Error::Request(RequestError::NotUtf8 { row: 1, column }) if column == "b"),
        "{error}"
    );
    assert_eq!(
        database.value("SELECT CAST(x'ff00' AS BLOB)"),
        Value::Blob(vec![0xff, 0])
    );
}

#[test]
fn a_syntax_error_tells_where() {
    let database = Store::new().database();
    let error = database.sql("SELECT 1 FORM t").unwrap_err();
    let Error::Sql { code, message } = error else {
        panic!("{error}")
    };
    assert_eq!(code, 1);
    assert!(
        message.contains("syntax error") && message.contains("octet"),
        "{message}"
    );
}

#[test]
fn a_constraint_has_its_extended_code() {
    let database = Store::new().database();
    database
        .sql("CREATE TABLE t (v UNIQUE); INSERT INTO t VALUES (1)")
        .unwrap();
    let error = database.sql("INSERT INTO t VALUES (1)").unwrap_err();
    assert!(matches!(error, Error::Sql { code: 2067, .. }), "{error:?}");
}

#[test]
fn a_transaction_goes_on_over_several_calls() {
    let database = Store::new().database();
    database.sql("CREATE TABLE t (v)").unwrap();
    database.run("BEGIN", Vec::new()).unwrap();
    database
        .run("INSERT INTO t VALUES (?)", vec![Value::Integer(1)])
        .unwrap();
    database
        .sql("SAVEPOINT s; INSERT INTO t VALUES (2); ROLLBACK TO s")
        .unwrap();
    database.run("COMMIT", Vec::new()).unwrap();
    assert_eq!(
        database.value("SELECT group_concat(v) FROM t"),
        Value::from("1")
    );
    wait(database.close());
}

#[test]
fn temporary_tables_sorters_and_full_text_work_without_a_file() {
    let store = Store::new();
    let database = store.database();
    database
        .sql(
            "CREATE TEMP TABLE x (v); WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 20000)
             INSERT INTO x SELECT randomblob(100) FROM n; SELECT count(*) FROM (SELECT DISTINCT v FROM x ORDER BY v DESC)",
        )
        .unwrap();
    assert_eq!(store.head(), 0, "a temporary table is nobody's commit");
    database.sql("CREATE VIRTUAL TABLE f USING fts5 (body); INSERT INTO f VALUES ('the quick brown fox')").unwrap();
    assert_eq!(
        database.value("SELECT body FROM f WHERE f MATCH 'quick'"),
        Value::from("the quick brown fox")
    );
    store.assert_whole();
}
