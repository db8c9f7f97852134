//! Two hundred reports at once on five connections: each gets its own result or is told that too many wait, and nothing stays behind.

use std::time::Duration;

use rolewright_sessions::{QueryError, Report, RolePool};
use sqlx::AssertSqlSafe;

use crate::check::fixture::Ground;

const REPORTS: i32 = 200;

/// What a report's reader may see in the end.
#[derive(Debug, PartialEq, Eq)]
enum End {
    Right,
    TooMany,
}

/// One of four kinds: a remembered text with a value of its own, a text of its own, one that fails, and one whose reader goes away.
async fn one(pool: RolePool, n: i32) -> End {
    let endless = "SELECT :n::int + 0 * generate_series(1, 100000000), repeat('x', 1000)";
    let report = match n % 4 {
        0 => "SELECT :n::int * g, repeat('x', 1000) FROM generate_series(1, 1500) g",
        1 => "SELECT 1 / (g - 300 + 0 * :n::int) FROM generate_series(1, 1000) g",
        2 => &format!("SELECT {n} * id, name, :n::int FROM patients ORDER BY id"),
        _ => endless,
    };
    let report = Report::new(report).bind("n", n);
    let mut rows = match pool.query(&report).await {
        Ok(rows) => rows,
        Err(QueryError::Queue { .. }) => return End::TooMany,
        Err(QueryError::Database { sqlstate, .. }) if n % 4 == 1 && sqlstate == "22012" => return End::Right,
        Err(error) => panic!("{n}: {error:?}"),
    };
    if n % 4 == 3 {
        let first = rows.next_batch().await.unwrap().unwrap();
        assert_eq!(first[0][0], Some(n.to_string()));
        return End::Right;
    }
    let got = rows.collect().await;
    if n % 4 == 1 {
        assert!(
            matches!(&got, Err(QueryError::Database { sqlstate, .. }) if sqlstate == "22012"),
            "{n}: {got:?}"
        );
        return End::Right;
    }
    let firsts: Vec<String> = got.unwrap().into_iter().map(|row| row[0].clone().unwrap()).collect();
    let most = if n % 4 == 0 { 1500 } else { 3 };
    assert_eq!(firsts, (1..=most).map(|g| (n * g).to_string()).collect::<Vec<_>>(), "{n}");
    End::Right
}

/// How many of the role's sessions there are, how many are in a transaction, and how many locks they hold.
async fn left(ground: &Ground) -> (i64, i64, i64) {
    let sql = format!(
        "SELECT count(*), count(*) FILTER (WHERE state <> 'idle' OR xact_start IS NOT NULL), \
                (SELECT count(*) FROM pg_locks WHERE pid IN (SELECT pid FROM pg_stat_activity WHERE usename = '{0}')) \
         FROM pg_stat_activity WHERE usename = '{0}'",
        ground.raw.role
    );
    sqlx::query_as(AssertSqlSafe(sql)).fetch_one(&ground.db.admin()).await.unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_reports_share_five_connections() {
    let ground = Ground::new().await;
    // The server does not let in one more than that either.
    ground.sql("ALTER ROLE {}_raw CONNECTION LIMIT 5").await;
    let mut open = ground.open(&ground.raw, &ground.db.url());
    (open.pool.max, open.max_queue, open.pool.acquire) = (5, 80, Duration::from_secs(120));
    let pool = RolePool::open(&open, ground.check_of(&ground.raw)).await.unwrap();
    for _ in 0..2 {
        let tasks: Vec<_> = (0..REPORTS).map(|n| tokio::spawn(one(pool.clone(), n))).collect();
        let mut right = 0;
        for task in tasks {
            right += i32::from(task.await.unwrap() == End::Right);
        }
        assert!(right >= 80, "as many as may wait are served: {right}");
        assert!(pool.size().0 <= 4, "{:?}", pool.size());
        // The scrubs follow the last rows.
        while pool.size().0 as usize != pool.size().1 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let (sessions, busy, locks) = left(&ground).await;
        assert!(sessions <= 5 && busy == 0 && locks == 0, "{sessions} {busy} {locks}");
        assert_eq!(one(pool.clone(), 4).await, End::Right);
    }
    pool.close().await;
    while left(&ground).await.0 > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    ground.end().await;
}
