//! How many connections core may have, where that is what stops a command: told at once, with the statement that raises it.

use std::time::{Duration, Instant};

use super::module::{admin, applied, file, migrating, number};
use crate::server::cli::Host;

/// Waits until the server has noticed that core's sessions have ended.
async fn alone(host: &Host) {
    let core = format!("SELECT count(*) FROM pg_stat_activity WHERE usename = '{}'", host.db.core_role());
    while number(host, &core).await > 0 {
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[tokio::test]
async fn a_job_takes_three_connections_and_fewer_are_told_as_that() {
    let host = applied().await;
    migrating(&host);
    host.run(&["tenant", "add", "one", "two", "three"]).await.exit(0);
    file(&host, "002_beds.sql", "CREATE TABLE beds (id int)");
    let core = host.db.core_role();
    for limit in [1, 2] {
        admin(&host, &format!("ALTER ROLE {core} CONNECTION LIMIT {limit}")).await;
        let started = Instant::now();
        // What takes one after the other has it.
        for line in [&["tenant", "list"][..], &["tenant", "upgrade", "--dry-run"], &["apply"], &["verify"]] {
            alone(&host).await;
            host.run(line).await.exit(0);
        }
        for line in [&["tenant", "upgrade"][..], &["tenant", "disable", "one"]] {
            alone(&host).await;
            host.run(line).await.fails(
                69,
                &format!("{core} may have {limit} connections at once (its CONNECTION LIMIT), and a job of tenants takes at least 3"),
                &format!("ALTER ROLE \"{core}\" CONNECTION LIMIT"),
            );
        }
        assert!(started.elapsed() < Duration::from_secs(20), "{:?}", started.elapsed());
    }
    // So many are enough, one tenant after the other.
    admin(&host, &format!("ALTER ROLE {core} CONNECTION LIMIT 3")).await;
    for line in [
        &["tenant", "upgrade"][..],
        &["tenant", "disable", "one"],
        &["tenant", "enable", "one"],
        &["tenant", "purge", "three", "--yes"],
        &["tenant", "add", "four", "five"],
    ] {
        alone(&host).await;
        host.run(line).await.exit(0);
    }
    host.db.drop().await;
}

/// The limit that all who are in the database share.
#[tokio::test]
async fn the_databases_own_limit_is_told_too() {
    let host = applied().await;
    migrating(&host);
    host.run(&["tenant", "add", "one"]).await.exit(0);
    let database: String =
        sqlx::query_scalar("SELECT current_database()::text").fetch_one(&host.db.admin()).await.unwrap();
    admin(&host, &format!("ALTER DATABASE \"{database}\" CONNECTION LIMIT 3")).await;
    let words = format!(
        "the database {database} may have 3 connections at once (its CONNECTION LIMIT), and a job of tenants takes at least 4"
    );
    let fix = format!("ALTER DATABASE \"{database}\" CONNECTION LIMIT");
    for line in [&["tenant", "disable", "one"][..], &["tenant", "upgrade"]] {
        alone(&host).await;
        host.run(line).await.fails(69, &words, &fix);
    }
    // What this test itself has open there counts.
    admin(&host, &format!("ALTER DATABASE \"{database}\" CONNECTION LIMIT 6")).await;
    for line in [&["tenant", "disable", "one"][..], &["tenant", "enable", "one"], &["tenant", "add", "two"]] {
        alone(&host).await;
        host.run(line).await.exit(0);
    }
    host.db.drop().await;
}
