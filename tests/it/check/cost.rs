//! What the sandbox costs: a small report against the same statement on a bare connection, the guard by itself, and a long
//! report's memory. The figures are printed, as ratios within one run; nothing is asserted of them but the rows.

use std::time::{Duration, Instant};

use rolewright_sessions::{
    Report,
    render::{Format, write_all},
};
use sqlx::{Connection, PgConnection};

use super::fixture::Ground;
use crate::harness::form::either;

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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_report() {
    let runs = either(3_000, 30);
    let ground = Ground::new().await;
    let tables = either(1_000, 10);
    let make = format!(
        "DO $$ BEGIN FOR n IN 1..{tables} LOOP EXECUTE format('CREATE TABLE public.t%s (a int)', n); END LOOP; END $$"
    );
    ground.sql(&make).await;
    let mut bare = PgConnection::connect(&ground.db.url()).await.unwrap();
    let pool = ground.pool(&ground.raw, &ground.db.url()).await;
    let report = Report::new(SQL);
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
    let path = [rolewright_core::Ident::new("public").unwrap()];
    let guard = ground.checker.check_text(SQL, &[], &path, &ground.raw).await.unwrap().guard.unwrap();
    let guard_took = median(runs, async || assert!(ground.checker.still_holds(&guard).await.unwrap())).await;
    let check_took = median(runs.min(300), async || {
        ground.checker.check_text(SQL, &[], &path, &ground.raw).await.unwrap();
    })
    .await;
    let ratio = |took: Duration, to: Duration| took.as_secs_f64() / to.as_secs_f64();
    println!(
        "a small report, {tables} tables: bare {bare_took:?}; in five round trips {five_took:?}; sandbox {sandbox:?} \
         ({:.2} of bare, {:.2} of five), one after the other {back_to_back:?}; the guard alone, unprepared, {guard_took:?}; \
         a check {check_took:?}",
        ratio(sandbox, bare_took),
        ratio(sandbox, five_took),
    );
    pool.close().await;
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
