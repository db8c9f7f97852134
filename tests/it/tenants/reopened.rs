//! A tenant whose enable was cut short: it has the rights that its migrations need, and counts as disabled until they have run.

use std::time::Duration;

use super::module::{admin, applied, configure, file, number};
use crate::server::cli::Host;

/// Who may be the tenant: the module's login, and its reports' own.
const OPEN: &str = "SELECT (SELECT count(*) FROM pg_auth_members m WHERE m.roleid = 'one_{}'::regrole AND m.member = '_1_{}'::regrole) \
    + (SELECT count(*) FROM pg_roles WHERE rolname = '_r_one_{}' AND rolcanlogin)";

async fn with_one() -> Host {
    let host = applied().await;
    configure(&host, "[tenancy.migrate]\nfolder = \"migrations\"\n[tenancy.reports]\nmax_connections = 4");
    std::fs::create_dir_all(host.folder.path().join("migrations")).unwrap();
    file(&host, "001_wards.sql", "CREATE TABLE wards (id int)");
    host.run(&["apply"]).await.exit(0);
    host.run(&["tenant", "add", "one"]).await.exit(0);
    host
}

/// Kills an enable in the middle of its migration.
async fn killed(host: &Host) {
    host.run(&["tenant", "disable", "one"]).await.exit(0);
    file(host, "002_late.sql", "SELECT pg_catalog.pg_sleep(60)");
    let mut child = host.command(&["tenant", "enable", "one"]).spawn().unwrap();
    let asleep =
        "SELECT count(*) FROM pg_stat_activity WHERE usename = '_1_{}' AND query LIKE '%pg_sleep(60)%'";
    while number(host, asleep).await == 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(number(host, OPEN).await, 2);
}

async fn one(host: &Host) -> serde_json::Value {
    host.run(&["tenant", "show", "one", "--format", "json"]).await.exit(0).json()
}

#[tokio::test]
async fn one_that_cannot_be_enabled_is_refused_again_whoever_had_begun() {
    let host = with_one().await;
    for line in [&["tenant", "resume"][..], &["tenant", "enable", "one"]] {
        killed(&host).await;
        file(&host, "002_late.sql", "SELECT 1 / 0");
        host.run(line).await.fails_in_it(6, "division by zero", "mend the migration");
        assert_eq!(number(&host, OPEN).await, 0);
        assert_eq!(one(&host).await["state"], "disabled");
    }
    killed(&host).await;
    file(&host, "002_late.sql", "SELECT 1");
    host.run(&["tenant", "resume"]).await.exit(0);
    let now = one(&host).await;
    assert!(now["state"] == "active" && now["reopened"] == false, "{now}");
    host.db.drop().await;
}

/// What is done is told beforehand, though nothing is lacking.
#[tokio::test]
async fn an_enable_of_one_that_lacks_nothing_says_what_it_does() {
    let host = with_one().await;
    killed(&host).await;
    std::fs::remove_file(host.folder.path().join("migrations/002_late.sql")).unwrap();
    let line = ["tenant", "enable", "one"];
    let said = host.run(&[&line[..], &["--dry-run"]].concat()).await.exit(0);
    assert!(said.out.contains("enable-tenant: one_") && !said.out.contains("nothing"), "{}", said.out);
    let said = host.run(&line).await.exit(0);
    assert!(said.out.contains("one: enable-tenant"), "{}", said.out);
    assert_eq!(one(&host).await["state"], "active");
    let said = host.run(&[&line[..], &["--dry-run"]].concat()).await.exit(0);
    assert!(said.out.contains("nothing to change"), "{}", said.out);
    host.db.drop().await;
}

#[tokio::test]
async fn nothing_but_an_enable_serves_it() {
    let host = with_one().await;
    killed(&host).await;
    file(&host, "002_late.sql", "SELECT 1");
    let now = one(&host).await;
    assert!(now["state"] == "adding" && now["reopened"] == true, "{now}");
    for line in [&["tenant", "list"][..], &["tenant", "show", "one"]] {
        let said = host.run(line).await.exit(0);
        assert!(said.out.contains("adding (being enabled)"), "{}", said.out);
    }
    let said = host.run(&["tenant", "upgrade"]).await.exit(0);
    assert!(!said.out.contains("one:"), "{}", said.out);
    for line in [
        &["tenant", "upgrade", "one"][..],
        &["tenant", "add", "one"],
        &["tenant", "upgrade", "one", "--dry-run"],
    ] {
        let said = host.run(line).await.exit(64);
        let words = said.out + &said.err;
        assert!(words.contains("was disabled, and is not enabled yet"), "{words}");
        assert!(words.contains("rolewright tenant enable one"), "{words}");
    }
    let as_it = ["query", "--as", "tenant:one", "SELECT 1"];
    host.run(&as_it).await.fails(5, "is disabled", "tenant enable one");
    host.run(&["tenant", "url", "one"]).await.fails(64, "the tenant one is disabled", "tenant enable one");
    assert_eq!(one(&host).await["state"], "adding");
    // Without migrations it needs none.
    configure(&host, "");
    host.run(&["tenant", "enable", "one"]).await.exit(0);
    assert_eq!(one(&host).await["state"], "active");
    host.db.drop().await;
}

/// It was half made when it was disabled: nothing was ever run in it, and it is refused all the same.
#[tokio::test]
async fn one_that_was_never_whole_is_no_other() {
    let host = with_one().await;
    admin(&host, "UPDATE rolewright.tenant SET state = 'adding', version = NULL, upgraded_at = NULL").await;
    killed(&host).await;
    host.run(&["tenant", "upgrade"]).await.exit(0);
    file(&host, "002_late.sql", "SELECT 1 / 0");
    host.run(&["tenant", "resume"]).await.fails_in_it(6, "division by zero", "mend the migration");
    assert_eq!(number(&host, OPEN).await, 0);
    host.db.drop().await;
}

/// Whoever stops what was to enable it takes it for refused.
#[tokio::test]
async fn one_whose_enable_is_stopped_is_refused_again() {
    let host = with_one().await;
    killed(&host).await;
    let job = number(&host, "SELECT max(id) FROM rolewright.tenant_job").await.to_string();
    let stop = ["tenant", "jobs", &job, "--stop", "--format", "json"];
    // Until the server has noticed that its process is gone, that seems to be at work.
    while !host.run(&stop).await.exit(0).json()["held_by"].is_null() {
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(one(&host).await["state"], "disabled");
    assert_eq!(number(&host, OPEN).await, 0);
    host.db.drop().await;
}

#[tokio::test]
async fn one_whose_enable_nobody_goes_on_with_is_refused_by_a_resume() {
    let host = with_one().await;
    killed(&host).await;
    // It takes the place of the enable.
    host.run(&["tenant", "add", "one"]).await.exit(64);
    let said = host.run(&["tenant", "resume"]).await.exit(1);
    assert!(said.out.contains("one: revoke-tenant") && said.out.contains("disable: 1 done"), "{}", said.out);
    assert_eq!(one(&host).await["state"], "disabled");
    assert_eq!(number(&host, OPEN).await, 0);
    let said = host.run(&["tenant", "resume"]).await.exit(0);
    assert!(said.err.contains("every job has finished"), "{}", said.err);
    host.db.drop().await;
}

#[tokio::test]
async fn one_that_is_not_there_is_not_to_be_disabled() {
    let host = with_one().await;
    let said = host.run(&["tenant", "enable", "nosuch"]).await;
    let said = said.fails_in_it(64, "there is no tenant nosuch", "tenant add nosuch");
    assert!(!said.err.contains("disable"), "{}", said.err);
    host.db.drop().await;
}
