//! Time, rows and bytes have an end, and the text cannot move it.

use std::time::{Duration, Instant};

use rolewright_core::{Advice, Exit};
use rolewright_sessions::{Limits, QueryError, Report, Truncated};

use super::fixture::{House, all, text};

fn within(timeout: Duration) -> Limits {
    Limits { timeout: Some(timeout), ..Limits::default() }
}

#[tokio::test]
async fn a_slow_report_ends_on_time_and_the_next_one_runs() {
    let house = House::new().await;
    let pool = house.pool_of_one().await;
    let second = Duration::from_secs(1);
    for sql in [
        "select pg_sleep(1000000)",
        "select count(*) from generate_series(1, 1000000000) a, generate_series(1, 1000000000) b",
        // A statement that lifts the server's timeouts, in a first batch that is quick.
        "select set_config('statement_timeout', '0', true), set_config('client_connection_check_interval', '0', true), \
         case when n > 100 then pg_sleep(1000000) end from generate_series(1, 200) n",
    ] {
        let start = Instant::now();
        let error = all(&pool, &Report::new(sql).limits(within(second))).await.expect_err(sql);
        assert_eq!(error, QueryError::Timeout { after: second }, "{sql}");
        assert_eq!(error.exit(), Exit::DatabaseFailed);
        assert!(start.elapsed() < Duration::from_secs(3), "{sql}: {:?}", start.elapsed());
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert_eq!(house.at_work().await, 0, "{sql}");
        assert_eq!(text(&pool, "select 1").await.unwrap().len(), 1);
    }
}

#[tokio::test]
async fn many_quick_batches_have_one_deadline_together() {
    let house = House::new().await;
    let pool = house.pool_of_one().await;
    let sql = "select n, pg_sleep(0.001) from generate_series(1, 1000000) n";
    let start = Instant::now();
    let error = all(&pool, &Report::new(sql).limits(within(Duration::from_secs(2)))).await.unwrap_err();
    assert!(matches!(error, QueryError::Timeout { .. }), "{error:?}");
    assert!(start.elapsed() < Duration::from_secs(4));
}

#[tokio::test]
async fn rows_and_bytes_are_cut_and_it_is_said() {
    let house = House::new().await;
    let pool = house.pool_of_one().await;
    for (most, truncated) in [(999, true), (1000, false), (1, true), (0, true), (100, true), (5000, false)] {
        let limits = Limits { rows: Some(most), ..Limits::default() };
        let mut rows = pool.query(&Report::new("table visits").limits(limits)).await.unwrap();
        assert_eq!(rows.columns().len(), 3);
        assert_eq!(rows.collect().await.unwrap().len() as u64, most.min(1000));
        assert_eq!(rows.truncated(), truncated.then_some(Truncated::Rows { most }));
    }
    let limits = Limits { bytes: Some(100_000), ..Limits::default() };
    let wide = Report::new("select repeat('x', 1000) from generate_series(1, 100000)").limits(limits);
    let mut rows = pool.query(&wide).await.unwrap();
    assert_eq!(rows.collect().await.unwrap().len(), 100);
    assert_eq!(rows.truncated(), Some(Truncated::Bytes { most: 100_000 }));
    assert_eq!(text(&pool, "select 1").await.unwrap().len(), 1);
}

#[tokio::test]
async fn the_roles_own_limits_are_not_exceeded() {
    let house = House::new().await;
    let mut open = house.open_role();
    open.max_rows = 10;
    open.statement_timeout = Duration::from_millis(500);
    let pool = rolewright_sessions::RolePool::open_unchecked(&open).await.unwrap();
    let limits = Limits { rows: Some(1000), timeout: Some(Duration::from_secs(100)), bytes: None };
    assert_eq!(all(&pool, &Report::new("table visits").limits(limits)).await.unwrap().len(), 10);
    let error = all(&pool, &Report::new("select pg_sleep(60)").limits(limits)).await.unwrap_err();
    assert_eq!(error, QueryError::Timeout { after: Duration::from_millis(500) });
}

#[tokio::test]
async fn a_million_rows_come_in_batches() {
    let house = House::new().await;
    let pool = house.pool_of_one().await;
    let mut rows =
        pool.query(&Report::new("select n, md5(n::text) from generate_series(1, 1000000) n")).await.unwrap();
    let (mut count, mut largest) = (0, 0);
    while let Some(batch) = rows.next_batch().await.unwrap() {
        count += batch.len();
        largest = largest.max(batch.len());
    }
    assert_eq!(count, 1_000_000);
    assert!(largest <= 500, "{largest}");
    assert_eq!(rows.truncated(), None);
}

#[tokio::test]
async fn wide_rows_come_in_small_batches_whoever_reads_slowly() {
    let house = House::new().await;
    let mut open = house.open_role();
    open.statement_timeout = Duration::from_secs(5);
    let pool = rolewright_sessions::RolePool::open_unchecked(&open).await.unwrap();
    let sql = "select repeat('x', 1000000) from generate_series(1, 60)";
    let mut rows = pool.query(&Report::new(sql)).await.unwrap();
    let (mut count, mut largest) = (0, 0);
    while let Some(batch) = rows.next_batch().await.unwrap() {
        count += batch.len();
        largest = largest.max(batch.len());
        tokio::time::sleep(Duration::from_millis(150)).await;
    }
    assert_eq!((count, largest), (60, 1), "nine seconds of reading are not the server's");
}

#[tokio::test]
async fn a_reader_that_pauses_does_not_use_up_the_reports_time() {
    let house = House::new().await;
    let mut open = house.open_role();
    open.statement_timeout = Duration::from_secs(2);
    let pool = rolewright_sessions::RolePool::open_unchecked(&open).await.unwrap();
    // Narrow rows at first, so that more of the wide ones are asked for at once.
    let sql =
        "select repeat('x', case when n < 3000 then 10 else 100000 end) from generate_series(1, 3300) n";
    let mut rows = pool.query(&Report::new(sql)).await.unwrap();
    let mut count = rows.next_batch().await.unwrap().unwrap().len();
    tokio::time::sleep(Duration::from_secs(3)).await;
    while let Some(batch) = rows.next_batch().await.unwrap() {
        count += batch.len();
    }
    assert_eq!(count, 3300);
}

#[tokio::test]
async fn the_servers_own_timeout_is_told_as_a_timeout() {
    let house = House::new().await;
    let pool = house.pool_of_one().await;
    // Each of two statements is within the time that the report has left, as the server counts it.
    let sql = "select set_config('statement_timeout', '300ms', true), n, case when n > 50 then pg_sleep(100) end \
               from generate_series(1, 200) n";
    let error = all(&pool, &Report::new(sql)).await.unwrap_err();
    assert!(matches!(error, QueryError::Timeout { .. }), "{error:?}");
    assert!(error.hint().unwrap().contains("statement_timeout"));
    let cancel = "select n, case when n > 50 then pg_sleep(100) end, pg_cancel_backend(pg_backend_pid()) \
                  from generate_series(1, 200) n";
    let error = all(&pool, &Report::new(cancel)).await.unwrap_err();
    assert!(matches!(&error, QueryError::Database { sqlstate, .. } if sqlstate == "57014"), "{error:?}");
    assert!(error.hint().unwrap().contains("cancelled"), "{:?}", error.hint());
}

#[tokio::test]
async fn a_role_has_a_cap_of_bytes_and_one_field_beyond_it_is_not_copied() {
    let house = House::new().await;
    let mut open = house.open_role();
    open.max_bytes = Some(3_000_000);
    let pool = rolewright_sessions::RolePool::open_unchecked(&open).await.unwrap();
    let limits = Limits { bytes: Some(u64::MAX), ..Limits::default() };
    let wide = Report::new("select repeat('x', 1000000) from generate_series(1, 100)").limits(limits);
    let mut rows = pool.query(&wide).await.unwrap();
    assert_eq!(rows.collect().await.unwrap().len(), 3);
    assert_eq!(rows.truncated(), Some(Truncated::Bytes { most: 3_000_000 }));
    open.max_bytes = None;
    let pool = rolewright_sessions::RolePool::open_unchecked(&open).await.unwrap();
    let huge = Report::new("select repeat('x', 300000000)").limits(limits);
    let mut rows = pool.query(&huge).await.unwrap();
    assert_eq!(rows.collect().await.unwrap().len(), 0);
    assert_eq!(rows.truncated(), Some(Truncated::Bytes { most: rolewright_sessions::DEFAULT_MAX_BYTES }));
    assert_eq!(text(&pool, "select 1").await.unwrap().len(), 1);
}
