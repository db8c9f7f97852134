//! Nothing of one report reaches the next, though both have the same connection.

use rolewright_sessions::Report;

use super::fixture::{House, text, value};

#[tokio::test]
async fn settings_locks_and_temporary_tables_do_not_survive() {
    let house = House::new().await;
    let pool = house.pool_of_one().await;
    let one = async |sql: &str| value(&pool, &Report::new(sql)).await.unwrap().unwrap_or_default();
    let settings = "select current_setting('search_path') || current_setting('statement_timeout') || \
                    current_setting('transaction_read_only') || current_setting('datestyle') || \
                    coalesce(current_setting('a.b', true), '') || current_user || session_user";
    let (pid, before) = (one("select pg_backend_pid()").await, one(settings).await);
    for sql in [
        "select set_config('search_path', 'public', false), set_config('statement_timeout', '0', false), \
                set_config('datestyle', 'German', false), set_config('a.b', 'x', false), \
                set_config('default_transaction_read_only', 'off', false)",
        "select pg_advisory_lock(1), pg_advisory_lock_shared(2), pg_try_advisory_lock(3)",
        "select pg_notify('a', 'b')",
    ] {
        text(&pool, sql).await.unwrap_or_else(|e| panic!("{sql}: {e}"));
    }
    assert!(text(&pool, "select make_temp()").await.is_err());
    assert_eq!(one(settings).await, before);
    assert_eq!(
        one("select count(*) from pg_locks where locktype = 'advisory' and pid = pg_backend_pid()").await,
        "0"
    );
    assert_eq!(one("select count(*) from visits").await, "1000");
    assert_eq!(one("select count(*) from pg_cursors").await, "1");
    assert_eq!(
        one("select pg_backend_pid()").await,
        pid,
        "the connection was not reused, so this proves nothing"
    );
}

/// What a session keeps for good, such as the kinds of rows that texts make, ends with it.
#[tokio::test]
async fn a_connection_serves_so_many_reports() {
    let house = House::new().await;
    let pool = house.pool_of_one().await;
    let mut pids = std::collections::BTreeSet::new();
    for _ in 0..300 {
        pids.insert(value(&pool, &Report::new("select pg_backend_pid()")).await.unwrap());
    }
    assert_eq!(pids.len(), 2);
}

#[tokio::test]
async fn persisted_settings_of_the_role_do_not_count() {
    let house = House::new().await;
    let sql = format!(
        "ALTER ROLE {0} SET default_transaction_read_only = off; ALTER ROLE {0} SET search_path = public;
         ALTER ROLE {0} SET statement_timeout = 0; ALTER ROLE {0} SET standard_conforming_strings = off",
        house.role
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&house.db.admin()).await.unwrap();
    let pool = house.pool_of_one().await;
    for _ in 0..2 {
        let sql = "select current_setting('default_transaction_read_only') || ' ' || current_setting('search_path') \
                   || ' ' || current_setting('statement_timeout') || ' ' || current_setting('standard_conforming_strings')";
        let got = value(&pool, &Report::new(sql)).await.unwrap().unwrap();
        assert_eq!(got, "on \"reporting\", pg_temp 20s on");
    }
}
