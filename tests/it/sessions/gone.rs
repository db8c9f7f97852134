//! A caller that goes away takes its statement with it.

use std::time::{Duration, Instant};

use rolewright_sessions::Report;

use super::fixture::{House, text};

async fn ends_within_a_second(house: &House) {
    let start = Instant::now();
    while house.at_work().await > 0 {
        assert!(start.elapsed() < Duration::from_secs(1), "the statement still runs");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

async fn runs(house: &House) {
    let start = Instant::now();
    while house.at_work().await == 0 {
        assert!(start.elapsed() < Duration::from_secs(30), "the statement never ran");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    tokio::time::sleep(Duration::from_millis(100)).await;
}

#[tokio::test]
async fn dropping_the_future_ends_the_statement() {
    let house = House::new().await;
    let pool = house.pool_of_one().await;
    for sql in [
        "select pg_sleep(1000000)",
        "select count(*) from generate_series(1, 1000000000) a, generate_series(1, 1000000000) b",
    ] {
        let task = tokio::spawn({
            let pool = pool.clone();
            async move { pool.query(&Report::new(sql)).await.map(drop) }
        });
        runs(&house).await;
        task.abort();
        ends_within_a_second(&house).await;
    }
    assert_eq!(text(&pool, "select 1").await.unwrap().len(), 1);
}

#[tokio::test]
async fn dropping_the_rows_ends_the_statement() {
    let house = House::new().await;
    let pool = house.pool_of_one().await;
    let sql = "select n, case when n > 150 then pg_sleep(1000000) end from generate_series(1, 1000) n";
    let mut rows = pool.query(&Report::new(sql)).await.unwrap();
    assert!(rows.next_batch().await.unwrap().is_some());
    runs(&house).await;
    drop(rows);
    ends_within_a_second(&house).await;
    assert_eq!(text(&pool, "select 1").await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_reader_that_stops_half_way_gives_the_connection_back() {
    let house = House::new().await;
    let pool = house.pool_of_one().await;
    for _ in 0..5 {
        let sql = "select n, repeat('x', 1000) from generate_series(1, 1000000) n";
        let mut rows = pool.query(&Report::new(sql)).await.unwrap();
        assert!(rows.next_batch().await.unwrap().is_some());
    }
    ends_within_a_second(&house).await;
    assert_eq!(text(&pool, "select 1").await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_killed_session_is_reported_as_lost_and_replaced() {
    use rolewright_core::{Advice, Exit};
    let house = House::new().await;
    let pool = house.pool_of_one().await;
    let error = text(&pool, "select pg_terminate_backend(pg_backend_pid()), pg_sleep(5)").await.unwrap_err();
    assert_eq!(error.exit(), Exit::Unavailable, "{error:?}");
    // Every backend of the role, the watchdog's among them.
    let _ =
        text(&pool, "select pg_terminate_backend(pid) from pg_stat_activity where usename = current_user")
            .await;
    assert_eq!(text(&pool, "select 1").await.unwrap().len(), 1);
    let task = tokio::spawn({
        let pool = pool.clone();
        async move { text(&pool, "select pg_sleep(1000000)").await }
    });
    runs(&house).await;
    task.abort();
    ends_within_a_second(&house).await;
}
