//! What the sandbox costs: a small report against the same statement on a bare connection, the guard by itself, and a long
//! report's memory. The figures are printed, as ratios within one run; nothing is asserted of them but the rows.

use std::time::{Duration, Instant};

use rolewright_sessions::{
    Report,
    render::{Format, write_all},
};
use sqlx::{Connection, PgConnection};

use super::fixture::Ground;
use crate::harness::{delay::far, form::either};

const SQL: &str = "SELECT id, name, nhi FROM public.patients WHERE id = 2";

/// The middle of so many runs, after some that do not count.
async fn median(runs: usize, mut run: impl AsyncFnMut()) -> Duration {
    let mut took = Vec::new();
    for number in 0..runs + runs / 10 {
        let start = Instant::now();
        run().await;
        if number >= runs / 10 {
            took.push(start.elapsed());
        }
    }
    took.sort();
    took[took.len() / 2]
}

/// The same report in three ways, by way of the same wire.
async fn compare(ground: &Ground, round_trip: Duration, runs: usize) {
    let url = far(&ground.db.url(), round_trip);
    let mut bare = PgConnection::connect(&url).await.unwrap();
    let pool = ground.pool(&ground.raw, &url).await;
    let bare_took = median(runs, async || {
        assert_eq!(sqlx::query(SQL).fetch_all(&mut bare).await.unwrap().len(), 1);
    })
    .await;
    let five_took = median(runs, async || {
        for sql in ["BEGIN", "SET TRANSACTION READ ONLY", "SELECT 1"] {
            sqlx::raw_sql(sql).execute(&mut bare).await.unwrap();
        }
        assert_eq!(sqlx::query(SQL).persistent(false).fetch_all(&mut bare).await.unwrap().len(), 1);
        sqlx::raw_sql("COMMIT").execute(&mut bare).await.unwrap();
    })
    .await;
    let report = Report::new(SQL);
    // The clean-up is not the caller's to wait for, so it is let finish between two runs.
    let mut took = Vec::new();
    for _ in 0..runs {
        let start = Instant::now();
        assert_eq!(pool.query(&report).await.unwrap().collect().await.unwrap().len(), 1);
        took.push(start.elapsed());
        while pool.size().1 == 0 {
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
    }
    took.sort();
    let sandbox = took[took.len() / 2];
    let back_to_back = median(runs, async || {
        assert_eq!(pool.query(&report).await.unwrap().collect().await.unwrap().len(), 1);
    })
    .await;
    let ratio = |to: Duration| sandbox.as_secs_f64() / to.as_secs_f64();
    println!(
        "{round_trip:>10?} {bare_took:>10.1?} {five_took:>10.1?} {sandbox:>10.1?} {back_to_back:>16.1?} {:>8.2} {:>8.2}",
        ratio(bare_took),
        ratio(five_took)
    );
    pool.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_report() {
    let ground = Ground::new().await;
    let tables = either(1_000, 10);
    let make = format!(
        "DO $$ BEGIN FOR n IN 1..{tables} LOOP EXECUTE format('CREATE TABLE public.t%s (a int)', n); END LOOP; END $$"
    );
    ground.sql(&make).await;
    println!(
        "a small report, {tables} tables: medians, and the sandbox's ratios to a bare prepared statement and to five round trips"
    );
    println!("round trip       bare       five    sandbox one after other     bare     five");
    for (millis, runs) in [(0, either(3_000, 30)), (1, either(300, 5)), (5, either(100, 3))] {
        compare(&ground, Duration::from_millis(millis), runs).await;
    }
    let path = [rolewright_core::Ident::new("public").unwrap()];
    let guard = ground.checker.check_text(SQL, &[], &path, &ground.raw).await.unwrap().guard;
    let runs = either(3_000, 30);
    let guard_took = median(runs, async || assert!(ground.checker.still_holds(&guard).await.unwrap())).await;
    let check_took = median(runs.min(300), async || {
        ground.checker.check_text(SQL, &[], &path, &ground.raw).await.unwrap();
    })
    .await;
    println!("the guard alone, unprepared, {guard_took:?}; a check {check_took:?}");
    ground.end().await;
}

/// The most memory this process has had so far, in kB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_report() {
    let ground = Ground::new().await;
    let pool = ground.pool(&ground.raw, &ground.db.url()).await;
    let mut said = String::new();
    for rows in [either(100_000_u64, 10_000), either(10_000_000, 100_000)] {
        let text =
            format!("SELECT n, md5(n::text) AS hash, n / 7.0 AS part FROM generate_series(1, {rows}) n");
        let start = Instant::now();
        let mut result = pool.query(&Report::new(text)).await.unwrap();
        let first = start.elapsed();
        let written = write_all(&mut result, Format::Csv, std::io::sink()).await.unwrap();
        assert_eq!((written.rows, written.truncated), (rows, None));
        said += &format!(
            "; {rows} rows: first after {first:?}, all after {:?}, peak {} kB",
            start.elapsed(),
            peak()
        );
    }
    println!("a long report to CSV{said}");
    pool.close().await;
    ground.end().await;
}
