//! What being a tenant costs: a small transaction as one, against the same on a bare connection that is nobody's but its own. The
//! figures are printed, as ratios within one run; nothing is asserted of them but the rows.

use std::time::{Duration, Instant};

use rolewright_core::ConnInfo;
use rolewright_sessions::{TenantTransaction, Tenants};
use sea_orm::ConnectionTrait as _;
use sqlx::{Connection as _, PgConnection};

use super::fixture::{Module, value};
use crate::harness::{delay::far, form::either};

fn median(mut took: Vec<Duration>) -> Duration {
    took.sort();
    took[took.len() / 2]
}

async fn compare(module: &Module, round_trip: Duration, runs: usize) {
    let url = far(&module.db.admin_url(), round_trip);
    let mut bare = PgConnection::connect(&url).await.unwrap();
    let path = sqlx::AssertSqlSafe(format!("SET search_path = {}, pg_temp", module.role("diku")));
    sqlx::raw_sql(path).execute(&mut bare).await.unwrap();
    let mut plain = Vec::new();
    for _ in 0..runs {
        let start = Instant::now();
        sqlx::raw_sql("BEGIN").execute(&mut bare).await.unwrap();
        let owner: String = sqlx::query_scalar("SELECT owner FROM item").fetch_one(&mut bare).await.unwrap();
        sqlx::raw_sql("COMMIT").execute(&mut bare).await.unwrap();
        plain.push(start.elapsed());
        assert_eq!(owner, "diku");
    }
    let mut options = module.options(8);
    (options.server, _) = ConnInfo::parse(&url).unwrap();
    let tenants = Tenants::open(options);
    let diku = tenants.get("diku").await.unwrap();
    let work = async |tx: &TenantTransaction| value(tx, "SELECT owner FROM item").await;
    let (mut first, mut warm) = (Duration::ZERO, Vec::new());
    for run in 0..runs + runs / 10 {
        let start = Instant::now();
        assert_eq!(diku.transaction(work).await.unwrap(), "diku");
        if run == 0 {
            first = start.elapsed();
        } else if run >= runs / 10 {
            warm.push(start.elapsed());
        }
        // The scrub is not the caller's to wait for, so it is let finish.
        tokio::time::sleep(Duration::from_millis(2) + round_trip * 3).await;
    }
    // Another tenant each time, as many as fit no session.
    let mut switched = Vec::new();
    for run in 0..runs {
        let tenant = tenants.get(format!("t{}", run % 20)).await.unwrap();
        let start = Instant::now();
        tenant.transaction(async |tx| tx.execute_unprepared("SELECT owner FROM item").await).await.unwrap();
        switched.push(start.elapsed());
        tokio::time::sleep(Duration::from_millis(2) + round_trip * 3).await;
    }
    let (plain, warm, switched) = (median(plain), median(warm), median(switched));
    let ratio = |took: Duration| took.as_secs_f64() / plain.as_secs_f64();
    println!(
        "round trip {round_trip:?}: plain {plain:?}, as the same tenant {warm:?} ({:.2}), as another each time {switched:?} ({:.2}), \
         with the login {first:?}",
        ratio(warm),
        ratio(switched)
    );
    tenants.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_being_a_tenant() {
    let names: Vec<String> = (0..20).map(|number| format!("t{number}")).collect();
    let module =
        Module::of(&["diku"].into_iter().chain(names.iter().map(String::as_str)).collect::<Vec<_>>()).await;
    for round_trip in [0, 1, 5].map(Duration::from_millis) {
        compare(&module, round_trip, either(400, 20)).await;
    }
}
