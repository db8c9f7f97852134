//! What being a subject costs: no round trip; and the figures of a small transaction as one, against the same on a bare connection of
//! its own. These are printed, as ratios within one run; nothing is asserted of them but the rows.

use std::time::{Duration, Instant};

use rolewright_core::ConnInfo;
use rolewright_sessions::{SubjectTransaction, Subjects};
use sea_orm::ConnectionTrait as _;
use serde_json::json;
use sqlx::{Connection as _, PgConnection};

use super::fixture::{Clinic, token, value};
use crate::harness::{
    delay::far,
    form::either,
    proxy::{Proxy, upstream},
};

#[tokio::test]
async fn it_is_no_round_trip() {
    let clinic = Clinic::of(&["alice"]).await;
    let url = clinic.db.admin_url();
    let proxy = Proxy::watching(&upstream(&url));
    let mut options = clinic.options(1).await;
    (options.server, _) = ConnInfo::parse(&proxy.url(&url)).unwrap();
    let alice = Subjects::open(options).verify(&token("alice", json!({}))).await.unwrap();
    let started = async |_: &SubjectTransaction| Ok::<_, sea_orm::DbErr>(proxy.round_trips());
    alice.transaction(started).await.unwrap();
    let first = alice.transaction(started).await.unwrap();
    let second = alice.transaction(started).await.unwrap();
    // As of a tenant: COMMIT, the scrub and DEALLOCATE behind the caller's back, and BEGIN with all that it sets.
    assert_eq!(second - first, 4);
}

fn median(mut took: Vec<Duration>) -> Duration {
    took.sort();
    took[took.len() / 2]
}

async fn compare(clinic: &Clinic, round_trip: Duration, runs: usize) {
    const BODY: &str = "SELECT body FROM note WHERE owner = 'alice'";
    let url = far(&clinic.db.admin_url(), round_trip);
    let mut bare = PgConnection::connect(&url).await.unwrap();
    let mut plain = Vec::new();
    for _ in 0..runs {
        let start = Instant::now();
        sqlx::raw_sql("BEGIN").execute(&mut bare).await.unwrap();
        let body: String = sqlx::query_scalar(BODY).fetch_one(&mut bare).await.unwrap();
        sqlx::raw_sql("COMMIT").execute(&mut bare).await.unwrap();
        plain.push(start.elapsed());
        assert_eq!(body, "first");
    }
    let mut options = clinic.options(8).await;
    (options.server, _) = ConnInfo::parse(&url).unwrap();
    let subjects = Subjects::open(options);
    // As a request does it: the token first, which is known from its second time on.
    let alice = token("alice", json!({ "roles": ["nurse"], "name": "Alice", "ward": 3 }));
    let work = async |tx: &SubjectTransaction| value(tx, BODY).await;
    let mut warm = Vec::new();
    for run in 0..runs + runs / 10 {
        let start = Instant::now();
        let subject = subjects.verify(&alice).await.unwrap();
        assert_eq!(subject.transaction(work).await.unwrap(), "first");
        if run >= runs / 10 {
            warm.push(start.elapsed());
        }
        // The scrub is not the caller's to wait for, so it is let finish.
        tokio::time::sleep(Duration::from_millis(2) + round_trip * 3).await;
    }
    // Another subject each time, with a token that nobody has seen.
    let mut switched = Vec::new();
    for run in 0..runs {
        let given = token(&format!("s{}", run % 20), json!({ "run": run }));
        let start = Instant::now();
        let subject = subjects.verify(&given).await.unwrap();
        subject.transaction(async |tx| tx.execute_unprepared("SELECT body FROM note").await).await.unwrap();
        switched.push(start.elapsed());
        tokio::time::sleep(Duration::from_millis(2) + round_trip * 3).await;
    }
    let (plain, warm, switched) = (median(plain), median(warm), median(switched));
    let ratio = |took: Duration| took.as_secs_f64() / plain.as_secs_f64();
    println!(
        "round trip {round_trip:?}: plain {plain:?}, as the same subject {warm:?} ({:.2}), as another each time {switched:?} ({:.2})",
        ratio(warm),
        ratio(switched)
    );
    subjects.close().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_being_a_subject() {
    let names: Vec<String> = (0..20).map(|number| format!("s{number}")).collect();
    let all: Vec<&str> = ["alice"].into_iter().chain(names.iter().map(String::as_str)).collect();
    let clinic = Clinic::of(&all).await;
    for round_trip in [0, 1, 5].map(Duration::from_millis) {
        compare(&clinic, round_trip, either(400, 20)).await;
    }
}
