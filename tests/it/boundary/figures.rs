//! What each boundary costs: a small report on wires of several lengths, and a long one: its first row, its end, and what the server
//! holds meanwhile. The figures are printed; what is asserted of them is what each boundary does with the rows.

use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use futures_util::{StreamExt, pin_mut};
use rolewright_sessions::{Report, RolePool};
use rolewright_testkit::Database;
use tokio::task::JoinHandle;
use tokio_postgres::types::{ToSql, Type};

use super::runner::Runner;
use crate::{
    check::fixture::Ground,
    harness::{
        delay::far,
        form::{either, full},
    },
};

const SMALL: &str = "SELECT id, name, nhi FROM public.patients WHERE id = 2";
const LONG: &str = "SELECT n, hash, part FROM public.long";
const DEADLINE: Duration = Duration::from_secs(300);

/// The most private memory of a role's backends, in kB, and the most bytes of temporary files of the server, while it is looked at.
struct Watch {
    over: Arc<AtomicBool>,
    task: JoinHandle<(u64, i64)>,
}

impl Watch {
    fn start(db: &Database, role: &str) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let (ends, admin, role) = (Arc::clone(&over), db.admin(), role.to_owned());
        let task = tokio::spawn(async move {
            let (mut memory, mut disk) = (0, 0);
            while !ends.load(Ordering::Relaxed) {
                let (files, pids): (i64, Vec<i32>) = sqlx::query_as(
                    "SELECT (SELECT coalesce(sum(size), 0)::bigint FROM pg_ls_tmpdir()), \
                     coalesce((SELECT array_agg(pid) FROM pg_stat_activity WHERE usename = $1), '{}')",
                )
                .bind(&role)
                .fetch_one(&admin)
                .await
                .unwrap();
                disk = disk.max(files);
                memory = pids.into_iter().map(private).max().unwrap_or(0).max(memory);
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
            (memory, disk)
        });
        Self { over, task }
    }

    async fn end(self) -> (u64, i64) {
        self.over.store(true, Ordering::Relaxed);
        self.task.await.unwrap()
    }
}

/// The memory that only this process has; nothing where it cannot be looked at.
fn private(pid: i32) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}

fn middle(mut took: Vec<Duration>) -> Duration {
    took.sort();
    took[took.len() / 2]
}

async fn idle(pool: &RolePool) {
    while pool.size().1 == 0 {
        tokio::time::sleep(Duration::from_micros(200)).await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_small_report() {
    let ground = Ground::new().await;
    let runner = Runner::install(&ground.db, ground.raw.role.as_str(), "public").await;
    println!(
        "a small report: medians. The login's pool checks the text, and looks twice whether the verdict holds; the runner does not"
    );
    println!("round trip gated login     runner");
    for (millis, runs) in [(0, either(3_000, 30)), (1, either(300, 5)), (5, either(100, 3))] {
        let wire = Duration::from_millis(millis);
        let pool = ground.pool(&ground.raw, &far(&ground.db.url(), wire)).await;
        let report = Report::new(SMALL);
        pool.query(&report).await.unwrap().collect().await.unwrap();
        idle(&pool).await;
        let (mut login, mut called) = (Vec::new(), Vec::new());
        for _ in 0..runs {
            let start = Instant::now();
            assert_eq!(pool.query(&report).await.unwrap().collect().await.unwrap().len(), 1);
            login.push(start.elapsed());
            idle(&pool).await;
        }
        let call = runner.by(|url| far(url, wire)).open().await.unwrap();
        for _ in 0..runs {
            let start = Instant::now();
            assert_eq!(call.run(SMALL, DEADLINE).await.unwrap().len(), 1);
            called.push(start.elapsed());
            assert!(call.scrub().await);
        }
        println!("{wire:>10?} {:>11.1?} {:>10.1?}", middle(login), middle(called));
        pool.close().await;
    }
    ground.end().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_long_report() {
    let ground = Ground::new().await;
    let rows = either(1_000_000_usize, 20_000);
    let make = format!(
        "CREATE TABLE public.long AS SELECT n, md5(n::text) AS hash, n / 7.0 AS part FROM generate_series(1, {rows}) n; \
         GRANT SELECT ON public.long TO {{}}_raw; ANALYZE public.long"
    );
    ground.sql(&make).await;
    let runner = Runner::install(&ground.db, ground.raw.role.as_str(), "public").await;
    println!("a report of {rows} rows");
    println!(
        "{:12} {:>10} {:>10} {:>16} {:>16}",
        "boundary", "first row", "all rows", "private memory", "temporary files"
    );
    let line = |name, first: Duration, all: Duration, (memory, disk): (u64, i64)| {
        println!("{name:12} {first:>10.1?} {all:>10.1?} {memory:>13} kB {disk:>14} B");
    };

    let pool = ground.pool(&ground.raw, &ground.db.url()).await;
    // Neither a login nor the check of a new text is part of it.
    pool.verify(&Report::new(LONG)).await.unwrap();
    idle(&pool).await;
    let watch = Watch::start(&ground.db, ground.raw.role.as_str());
    let start = Instant::now();
    let mut result = pool.query(&Report::new(LONG)).await.unwrap();
    let mut seen = result.next_batch().await.unwrap().unwrap().len();
    let first = start.elapsed();
    while let Some(batch) = result.next_batch().await.unwrap() {
        seen += batch.len();
    }
    let all = start.elapsed();
    let held = watch.end().await;
    line("gated login", first, all, held);
    assert_eq!(seen, rows);
    let login_disk = held.1;
    pool.close().await;

    let call = runner.open().await.unwrap();
    call.run(SMALL, DEADLINE).await.unwrap();
    assert!(call.scrub().await);
    let watch = Watch::start(&ground.db, &runner.caller);
    let start = Instant::now();
    call.client.batch_execute("BEGIN READ ONLY; SELECT 1").await.unwrap();
    let values: Vec<(&(dyn ToSql + Sync), Type)> = vec![(&LONG, Type::TEXT)];
    let result = call.client.query_typed_raw(call.sql(), values).await.unwrap();
    pin_mut!(result);
    let mut seen = 0;
    let mut first = Duration::ZERO;
    while let Some(row) = result.next().await {
        row.unwrap();
        seen += 1;
        if seen == 1 {
            first = start.elapsed();
        }
    }
    let all = start.elapsed();
    let held = watch.end().await;
    line("runner", first, all, held);
    assert_eq!(seen, rows);
    if full() {
        assert_eq!(login_disk, 0, "the rows of a cursor are not kept");
        assert!(held.1 > 0, "the runner's rows are all kept before the first is seen");
    }
    ground.end().await;
}
