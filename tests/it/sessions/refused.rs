//! Texts that are not one read-only query are refused, and leave nothing behind.

use rolewright_core::{Advice, Exit};
use rolewright_sessions::{QueryError, Refusal, Report};

use super::fixture::{House, text};

/// Refused by the gate, before anything has run.
const REFUSED: &[&str] = &[
    "select 1; select 2",
    "select 1; drop table reporting.visits",
    "select 1; commit; drop table reporting.visits",
    "; select 1; select 2",
    "COMMIT",
    "COMMIT; SELECT 1",
    "commit;",
    "ROLLBACK",
    "BEGIN",
    "SAVEPOINT a",
    "SET statement_timeout = 0",
    "SET SESSION AUTHORIZATION postgres",
    "SET LOCAL transaction_read_only = off",
    "SET TRANSACTION READ WRITE",
    "RESET ROLE",
    "RESET ALL",
    "DISCARD ALL",
    "DO $$ begin commit; end $$",
    "EXPLAIN select 1",
    "EXPLAIN ANALYZE select pg_sleep(0)",
    "UPDATE reporting.visits SET ward = 'x' RETURNING id",
    "INSERT INTO reporting.visits VALUES (-1) RETURNING id",
    "DELETE FROM reporting.visits RETURNING id",
    "MERGE INTO reporting.visits v USING reporting.visits w ON v.id = w.id WHEN MATCHED THEN DELETE",
    "TRUNCATE reporting.visits",
    "WITH x AS (DELETE FROM reporting.visits RETURNING id) SELECT * FROM x",
    "WITH x AS (UPDATE reporting.visits SET ward = '' RETURNING id) SELECT * FROM x",
    "WITH x AS (INSERT INTO reporting.visits VALUES (-2) RETURNING id) TABLE x",
    "WITH x AS (SELECT 1) DELETE FROM reporting.visits",
    "SELECT 1 AS a INTO stolen",
    "SELECT 1 AS a INTO TEMP stolen",
    "CREATE TABLE t (a int)",
    "CREATE TEMP TABLE t (a int)",
    "CREATE TABLE t AS SELECT 1",
    "ALTER ROLE CURRENT_USER PASSWORD 'x'",
    "GRANT SELECT ON reporting.visits TO PUBLIC",
    "COPY (select 1) TO PROGRAM 'true'",
    "COPY reporting.visits TO STDOUT",
    "LISTEN a",
    "UNLISTEN *",
    "NOTIFY a",
    "PREPARE p AS SELECT 1",
    "EXECUTE p",
    "DEALLOCATE ALL",
    "CALL p()",
    "LOCK TABLE reporting.visits",
    "DECLARE c CURSOR FOR SELECT 1",
    "FETCH ALL FROM rolewright_report",
    "MOVE ALL FROM rolewright_report",
    "CLOSE ALL",
    "VACUUM",
    "ANALYZE",
    "CHECKPOINT",
    "REFRESH MATERIALIZED VIEW m",
    "REINDEX DATABASE x",
    "LOAD 'x'",
    "SHOW ALL",
    "IMPORT FOREIGN SCHEMA a FROM SERVER b INTO c",
    "/* unbalanced select 1",
    "select 1 /* unbalanced",
    "select 1 -- a comment\n; delete from reporting.visits",
    "select 1 /* ; */ ; /* */ commit",
    "/**/ commit /**/",
    "-- select 1\ncommit",
    "select 1) to stdout --",
    "select 1); drop table reporting.visits; --",
    ") select 1",
    "'",
    "select 'a",
    "select $$ a",
    "select $a$ $b$",
    "select E'\\'",
    "select \"a",
    "select U&'\\00",
    "",
    "   \n\t",
    ";",
    "-- only this",
    "/* only this */",
    "select $1",
    "select 1 as \"a\" $2",
    "select '\0'",
    "not a statement",
    "WITH HOLD FOR SELECT 1",
    "CURSOR FOR SELECT 1",
];

#[tokio::test]
async fn each_is_refused_and_the_database_is_unchanged() {
    let house = House::new().await;
    let pool = house.pool_of_one().await;
    let before = house.fingerprint().await;
    for sql in REFUSED {
        let error = text(&pool, sql).await.expect_err(sql);
        assert!(matches!(error, QueryError::Refused(_)), "{sql:?}: {error:?}");
        assert_eq!(error.exit(), Exit::Refused, "{sql:?}");
        assert!(error.hint().is_some(), "{sql:?}");
    }
    assert_eq!(house.fingerprint().await, before);
    assert_eq!(text(&pool, "select count(*) from visits").await.unwrap(), [[Some("1000".to_owned())]]);
}

#[tokio::test]
async fn refusals_say_what_is_wrong_and_where() {
    let house = House::new().await;
    let pool = house.pool_of_one().await;
    for (sql, words) in [
        ("select 1; select 2", "several statements"),
        ("  /* a */ update visits set id = 1", "this text is UPDATE"),
        ("set role none", "this text is SET"),
        ("with x as (delete from visits returning *) select * from x", "change data in WITH"),
        ("select 1 into x", "SELECT INTO"),
        ("select * into temp table x from visits", "SELECT INTO"),
        ("select * from (with x as (delete from visits returning *) table x) y", "top level"),
        ("select 1 union select 2 for update", "FOR UPDATE"),
        ("select :a,\n  , 1", "line 2, column 3"),
        ("select $1", "line 1, column 8"),
    ] {
        let error = pool.query(&Report::new(sql).bind("a", 1)).await.map(drop);
        let error = match error {
            Err(QueryError::Parameter(_)) => pool.query(&Report::new(sql)).await.map(drop),
            other => other,
        };
        let message = error.expect_err(sql).to_string();
        assert!(message.contains(words), "{sql:?}: {message}");
    }
}

/// What the gate lets through because it is a query, the read-only transaction and the role's rights still stop.
#[tokio::test]
async fn queries_that_would_write_or_lock_fail() {
    let house = House::new().await;
    let pool = house.pool_of_one().await;
    let before = house.fingerprint().await;
    for sql in [
        "select * from visits for update",
        "select * from visits for share",
        "select write_visit()",
        "select make_temp()",
        "select set_config('transaction_read_only', 'off', true)",
        "select set_config('role', 'postgres', false)",
        "select set_config('session_authorization', 'postgres', false)",
        "select * from public.secrets",
        "select pg_read_file('/etc/passwd')",
        "select nextval('reporting.none')",
        "select lo_import('/etc/passwd')",
        "select pg_reload_conf()",
        "select query_to_xml('delete from visits returning id', true, false, '')",
        "select query_to_xml('set role none', true, false, '')",
        "select query_to_xml('commit', true, false, '')",
        "select * from visits for no key update skip locked",
    ] {
        let error = text(&pool, sql).await.expect_err(sql);
        assert!(
            matches!(
                error,
                QueryError::Database { .. }
                    | QueryError::Refused(Refusal::Writes { .. } | Refusal::Denied(_))
            ),
            "{sql}: {error:?}"
        );
    }
    // Large objects can be made on PostgreSQL 14 and 15 in a read-only transaction; the rollback takes them back.
    let _ = text(&pool, "select lo_create(0), lo_from_bytea(0, 'x')").await;
    text(&pool, "select 1").await.unwrap();
    let writes = text(&pool, "select write_visit()").await.unwrap_err();
    assert!(matches!(writes, QueryError::Refused(Refusal::Writes { .. })), "{writes:?}");
    assert_eq!(house.fingerprint().await, before);
}

#[tokio::test]
async fn queries_of_every_form_run() {
    let house = House::new().await;
    let pool = house.pool_of_one().await;
    for (sql, rows) in [
        ("select 1", 1),
        ("select 1;", 1),
        ("select 1 -- the end", 1),
        ("/* a /* b */ */ select 1 /* c */ ; ", 1),
        ("values (1), (2)", 2),
        ("table visits", 1000),
        ("(select 1) union all (select 2)", 2),
        ("with recursive n(i) as (select 1 union all select i + 1 from n where i < 9) select * from n", 9),
        ("select * from visits limit 0", 0),
        ("select ';', 'commit; drop', $$ ; $$, \"ward\" from visits where id = 1", 1),
        ("select from visits", 1000),
    ] {
        assert_eq!(text(&pool, sql).await.expect(sql).len(), rows, "{sql}");
    }
}
