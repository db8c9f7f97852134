//! Logging in as a role: proved at once, shared while under way, and never remembered when it fails.

use std::time::Duration;

use rolewright_core::{Advice, Exit, Password, conninfo::Host};
use rolewright_sessions::{Checker, Pools, QueryError, Report, RolePool, Why};
use sqlx::AssertSqlSafe;

use super::fixture::{House, PASSWORD, text};

async fn sql(house: &House, sql: String) {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&house.db.admin()).await.unwrap();
}

async fn backends(house: &House) -> i64 {
    sqlx::query_scalar("SELECT count(*) FROM pg_stat_activity WHERE usename = $1")
        .bind(&house.role)
        .fetch_one(&house.db.admin())
        .await
        .unwrap()
}

#[tokio::test]
async fn each_failure_has_its_own_words() {
    let house = House::new().await;
    let role = &house.role;
    let mut wrong = house.open_role();
    wrong.password = Password::new("wr0ng-pass");
    let error = RolePool::open_unchecked(&wrong).await.unwrap_err();
    assert!(error.is_password());
    assert_eq!(error.exit(), Exit::NoPermission);
    assert!(!format!("{error} {error:?} {:?} {wrong:?}", error.hint()).contains("wr0ng"));

    sql(&house, format!("ALTER ROLE {role} CONNECTION LIMIT 0")).await;
    let error = RolePool::open_unchecked(&house.open_role()).await.unwrap_err();
    assert!(matches!(error.why, Why::ConnectionLimit(_)), "{error:?}");
    assert!(error.hint().unwrap().contains("[roles.reporting]"), "{:?}", error.hint());
    let error = Checker::open(&house.checker(0).await).await.unwrap_err();
    assert!(matches!(error.why, Why::ConnectionLimit(_)), "{error:?}");
    let hint = error.hint().unwrap();
    assert!(hint.contains("`database.replicas`") && !hint.contains("[roles."), "{hint}");
    sql(&house, format!("ALTER ROLE {role} CONNECTION LIMIT -1 NOLOGIN")).await;
    let error = RolePool::open_unchecked(&house.open_role()).await.unwrap_err();
    assert!(matches!(error.why, Why::NotAdmitted(_)), "{error:?}");
    sql(&house, format!("ALTER ROLE {role} LOGIN")).await;

    let mut nowhere = house.open_role();
    nowhere.server.database = Some("no_such_database".to_owned());
    assert!(matches!(RolePool::open_unchecked(&nowhere).await.unwrap_err().why, Why::Database(_)));
    nowhere.server.hosts = vec![Host::new("127.0.0.1", 1).unwrap()];
    let error = RolePool::open_unchecked(&nowhere).await.unwrap_err();
    assert!(matches!(error.why, Why::Unreachable(_)), "{error:?}");
    assert_eq!(error.exit(), Exit::Unavailable);
    assert!(RolePool::open_unchecked(&house.open_role()).await.is_ok());
}

#[tokio::test]
async fn a_role_that_would_become_another_is_itself() {
    let house = House::new().await;
    let role = &house.role;
    sql(
        &house,
        format!(
            "CREATE ROLE {role}_more; GRANT {role}_more TO {role}; ALTER ROLE {role} SET role = '{role}_more'"
        ),
    )
    .await;
    let pool = house.pool_of_one().await;
    for _ in 0..2 {
        let got = text(&pool, "select current_user, session_user").await.unwrap();
        assert_eq!(got, [[Some(role.clone()), Some(role.clone())]]);
    }
}

#[tokio::test]
async fn concurrent_opens_log_in_once_and_a_failure_is_tried_again() {
    let house = House::new().await;
    let pools = std::sync::Arc::new(Pools::new());
    let mut wrong = house.open_role();
    wrong.password = Password::new("wrong");
    let check = house.check().await;
    assert!(pools.open(wrong, check.clone()).await.is_err());
    assert!(pools.get("reporting").is_none());
    let callers: Vec<_> = (0..16)
        .map(|_| {
            let (pools, open, check) = (pools.clone(), house.open_role(), check.clone());
            tokio::spawn(async move { pools.open(open, check).await })
        })
        .collect();
    for caller in callers {
        caller.await.unwrap().unwrap();
    }
    assert_eq!(backends(&house).await, 1, "one login proves the pool, and stays as its watchdog");
    assert!(pools.get("reporting").is_some());
    pools.close("reporting").await;
    assert!(pools.get("reporting").is_none());
    let pool = pools.open(house.open_role(), check).await.unwrap();
    assert!(
        text(&pool, "select 1").await.is_err(),
        "no pool but an unchecked one runs a text without its check"
    );
    assert_eq!(text(&pool.unchecked(), "select 1").await.unwrap().len(), 1);
    pools.close_all(Duration::from_secs(5)).await;
}

#[tokio::test]
async fn a_changed_password_is_told_apart_and_can_be_set() {
    let house = House::new().await;
    let pool = house.pool_of_one().await;
    sql(&house, format!("ALTER ROLE {} PASSWORD 'another'", house.role)).await;
    match text(&pool, "select 1").await.unwrap_err() {
        QueryError::Open(error) => assert!(error.is_password()),
        other => panic!("{other:?}"),
    }
    pool.set_password(&Password::new("another"));
    assert_eq!(text(&pool, "select 1").await.unwrap().len(), 1);
    assert!(!format!("{pool:?} {:?}", house.open_role()).contains(PASSWORD));
}

#[tokio::test]
async fn a_busy_pool_says_so_and_a_closed_one_too() {
    let house = House::new().await;
    let mut open = house.open_role();
    open.pool.max = 2;
    open.pool.acquire = Duration::from_secs(3);
    let pool = RolePool::open_unchecked(&open).await.unwrap();
    let running = tokio::spawn({
        let pool = pool.clone();
        async move { text(&pool, "select pg_sleep(15)").await }
    });
    while house.at_work().await == 0 {
        assert!(!running.is_finished());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(pool.query(&Report::new("select 1")).await.unwrap_err(), QueryError::Busy { max: 1 });
    running.abort();
    pool.close().await;
    assert_eq!(pool.query(&Report::new("select 1")).await.unwrap_err(), QueryError::Closed);
}

#[tokio::test]
async fn closing_waits_a_while_and_then_cuts() {
    let house = House::new().await;
    let pools = Pools::new();
    let pool = pools.open(house.open_role(), house.check().await).await.unwrap().unchecked();
    let running = tokio::spawn(async move { text(&pool, "select pg_sleep(15)").await });
    while house.at_work().await == 0 {
        assert!(!running.is_finished());
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let start = std::time::Instant::now();
    pools.close_all(Duration::from_millis(300)).await;
    assert!(start.elapsed() < Duration::from_secs(5));
    assert_eq!(running.await.unwrap().unwrap_err(), QueryError::Closed);
    // The backend has been told to end, and takes its own moment for it.
    while house.at_work().await > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
