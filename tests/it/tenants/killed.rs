//! The process killed, and its connections cut, at statements of an add, an upgrade and a purge: what is left is gone on with.

use super::module::{applied, file, listed, migrating, number};
use crate::{
    harness::{
        form::points,
        victim::{BLOWS, count, strike},
    },
    server::cli::Host,
};

/// Strikes at some statements of a command; after each, `resume` and the same command again end well, and the end is the same.
async fn everywhere(
    host: &Host,
    what: &str,
    args: impl Fn(usize) -> Vec<String>,
    prepare: impl AsyncFn(usize),
    last: impl AsyncFn(usize),
) {
    prepare(0).await;
    let words = args(0);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let statements = count(host, &words).await;
    last(0).await;
    let mut struck = 0;
    for (nth, at) in points(statements, 5).into_iter().enumerate() {
        let round = nth + 1;
        prepare(round).await;
        let words = args(round);
        let words: Vec<&str> = words.iter().map(String::as_str).collect();
        let blow = BLOWS[nth % BLOWS.len()];
        let ended = strike(host, &words, at, blow).await;
        struck += u32::from(ended.struck);
        host.run(&["tenant", "resume"]).await.exit(0);
        host.run(&words).await.exit(0);
        last(round).await;
    }
    println!("{what}: {statements} statements, struck at {struck} of them");
    assert!(struck > 0, "{what}: no blow fell");
}

fn ids(round: usize) -> Vec<String> {
    ["a", "b", "c"].map(|letter| format!("{letter}{round}")).to_vec()
}

fn words(first: &[&str], round: usize, last: &[&str]) -> Vec<String> {
    let mut words: Vec<String> = first.iter().map(ToString::to_string).collect();
    words.extend(ids(round));
    words.extend(last.iter().map(ToString::to_string));
    words
}

/// The three tenants of a round are in this state, and counted where they belong.
async fn are(host: &Host, round: usize, state: &str, version: Option<&str>) {
    let listed = listed(host).await;
    for id in ids(round) {
        let (_, now, at) = listed.iter().find(|(one, ..)| *one == id).unwrap();
        assert_eq!(now, state, "{id}");
        assert!(version.is_none_or(|version| at == version), "{id}: {at}");
    }
    let wrong = "SELECT count(*) FROM rolewright.tenant_holder h WHERE used <> (SELECT count(*) FROM rolewright.tenant t \
                 WHERE t.state <> 'purged' AND CASE h.kind WHEN 'login' THEN t.bucket ELSE t.keeper END = h.number)";
    assert_eq!(number(host, wrong).await, 0);
    let left = "SELECT count(*) FROM rolewright.tenant_job WHERE finished_at IS NULL";
    assert_eq!(number(host, left).await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_tenants_are_added() {
    let host = applied().await;
    migrating(&host);
    let add = |round| words(&["tenant", "add"], round, &[]);
    everywhere(
        &host,
        "add",
        add,
        async |_| {},
        async |round| are(&host, round, "active", Some("001_wards.sql")).await,
    )
    .await;
    host.db.drop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_tenants_are_upgraded() {
    let host = applied().await;
    migrating(&host);
    host.run(&["tenant", "add", "a0", "b0", "c0"]).await.exit(0);
    let upgrade = |_| words(&["tenant", "upgrade"], 0, &[]);
    let prepare = async |round: usize| {
        file(&host, &format!("1{round:02}.sql"), &format!("CREATE TABLE n{round} (a int)"))
    };
    let last = async |round: usize| are(&host, 0, "active", Some(&format!("1{round:02}.sql"))).await;
    everywhere(&host, "upgrade", upgrade, prepare, last).await;
    host.db.drop().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn while_tenants_are_purged() {
    let host = applied().await;
    migrating(&host);
    let purge = |round| words(&["tenant", "purge"], round, &["--yes"]);
    let prepare = async |round: usize| {
        let words = words(&["tenant", "add"], round, &[]);
        host.run(&words.iter().map(String::as_str).collect::<Vec<_>>()).await.exit(0);
    };
    let last = async |round: usize| {
        are(&host, round, "purged", None).await;
        let left = format!(
            "SELECT count(*) FROM pg_roles, pg_namespace WHERE 'a{round}_{{}}' IN (rolname, nspname)"
        );
        assert_eq!(number(&host, &left).await, 0);
    };
    everywhere(&host, "purge", purge, prepare, last).await;
    host.db.drop().await;
}
