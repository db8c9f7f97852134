//! What a tenant costs, among few and among many. The figures are printed; nothing is asserted of them.

use std::time::{Duration, Instant};

use rolewright_roles::tenants::Aim;
use sqlx::{AssertSqlSafe, Connection};

use super::fixture::House;
use crate::harness::form::either;

fn ms(took: Duration) -> String {
    format!("{:.2}", took.as_secs_f64() * 1000.0)
}

/// Adds tenants from this number on, in one batch; how long that took.
async fn add(house: &House, from: usize, count: usize) -> Duration {
    let ids: Vec<String> = (from..from + count).map(|n| format!("t{n}")).collect();
    let aims: Vec<(&str, Aim)> = ids.iter().map(|id| (id.as_str(), Aim::Present)).collect();
    let start = Instant::now();
    house.done(&aims).await;
    start.elapsed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_one_more_tenant() {
    let house = House::new().await;
    let sizes: &[usize] = either(&[10, 100, 1_000, 10_000], &[20, 60]);
    let version: String =
        sqlx::query_scalar("SHOW server_version").fetch_one(&house.db.core()).await.unwrap();
    println!("PostgreSQL {version}; milliseconds");
    println!("tenants  a batch of 50, each  single  in sync, 50  single  first SET ROLE, then  sessions");
    let mut now = 0;
    for size in sizes {
        let mut batches = Vec::new();
        while now < *size {
            let count = 50.min(size - now);
            batches.push(add(&house, now, count).await / u32::try_from(count).unwrap());
            now += count;
        }
        let last = &batches[batches.len().saturating_sub(10)..];
        let each = last.iter().sum::<Duration>() / u32::try_from(last.len()).unwrap();
        let mut singles = Vec::new();
        for _ in 0..5 {
            singles.push(add(&house, now, 1).await);
            now += 1;
        }
        singles.sort();
        let (sync, alone) =
            (add(&house, now - 50.min(now), 50.min(now)).await, add(&house, now - 1, 1).await);
        let bucket = u32::try_from((now - 1) / 500 + 1).unwrap();
        let mut module = house.login(bucket).await;
        let role = house.role(&format!("t{}", now - 1));
        let mut acts = Vec::new();
        for _ in 0..2 {
            let begin = format!("BEGIN; SET LOCAL ROLE {role}; SET LOCAL search_path = {role}, pg_temp");
            let start = Instant::now();
            sqlx::raw_sql(AssertSqlSafe(begin)).execute(&mut module).await.unwrap();
            acts.push(start.elapsed());
            sqlx::raw_sql("ROLLBACK").execute(&mut module).await.unwrap();
        }
        module.close().await.unwrap();
        let sessions: i64 = sqlx::query_scalar("SELECT count(*) FROM pg_stat_activity WHERE usename = $1")
            .bind(house.db.core_role())
            .fetch_one(&house.db.admin())
            .await
            .unwrap();
        println!(
            "{now:>7}  {:>19}  {:>6}  {:>11}  {:>6}  {:>14}, {:>4}  {sessions:>8}",
            ms(each),
            ms(singles[2]),
            ms(sync),
            ms(alone),
            ms(acts[0]),
            ms(acts[1])
        );
    }
    house.db.drop().await;
}
