//! What is open of a tenant when it is disabled: nothing of it is committed afterwards, and nobody else is met.

use rolewright_testkit::Database;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection, postgres::PgConnectOptions};

use super::module::{admin, applied, migrating, number};
use crate::server::cli::Host;

/// A session of the module's, as any program may open it.
async fn session(host: &Host, id: &str, own: bool) -> PgConnection {
    let url = host.run(&["tenant", "url", id]).await.exit(0).out.trim().to_owned();
    let options: PgConnectOptions = url.parse().unwrap();
    let options = if own { options } else { options.options([("role", "none")]).application_name("other") };
    PgConnection::connect_with(&options).await.unwrap()
}

async fn run(session: &mut PgConnection, db: &Database, sql: &str) -> Result<(), sqlx::Error> {
    let sql = sql.replace("{}", &db.app());
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(session).await.map(|_| ())
}

#[tokio::test]
async fn nothing_is_committed_after_a_tenant_was_disabled() {
    let host = applied().await;
    migrating(&host);
    host.run(&["tenant", "add", "diku", "oslo"]).await.exit(0);
    let begin = "BEGIN; SET LOCAL ROLE diku_{}";
    let write = "INSERT INTO diku_{}.wards VALUES (1, 'late')";
    let mut wrote = session(&host, "diku", false).await;
    run(&mut wrote, &host.db, &format!("{begin}; {write}")).await.unwrap();
    let mut fresh = session(&host, "diku", false).await;
    run(&mut fresh, &host.db, begin).await.unwrap();
    let mut idle = session(&host, "diku", true).await;
    let mut other = session(&host, "oslo", false).await;
    run(&mut other, &host.db, "BEGIN; SET LOCAL ROLE oslo_{}; INSERT INTO oslo_{}.wards VALUES (1, 'mine')")
        .await
        .unwrap();
    let mut rests = session(&host, "oslo", true).await;

    let said = host.run(&["tenant", "disable", "diku"]).await.exit(0);
    assert_eq!(said.out.matches("ended process").count(), 3, "{}", said.out);
    run(&mut wrote, &host.db, "COMMIT").await.unwrap_err();
    run(&mut fresh, &host.db, &format!("{write}; COMMIT")).await.unwrap_err();
    run(&mut idle, &host.db, write).await.unwrap_err();
    assert_eq!(number(&host, "SELECT count(*) FROM diku_{}.wards").await, 0);
    run(&mut other, &host.db, "COMMIT").await.unwrap();
    run(&mut rests, &host.db, "INSERT INTO wards VALUES (2, 'mine')").await.unwrap();
    assert_eq!(number(&host, "SELECT count(*) FROM oslo_{}.wards").await, 2);
    let said = host.run(&["tenant", "disable", "diku"]).await.exit(0);
    assert!(said.out.contains("diku: nothing to change"), "{}", said.out);
    host.db.drop().await;
}

/// When a transaction began is kept nowhere then.
#[tokio::test]
async fn one_whose_activities_are_not_tracked_is_ended() {
    let host = applied().await;
    migrating(&host);
    host.run(&["tenant", "add", "diku"]).await.exit(0);
    admin(&host, "ALTER DATABASE \"{}\" SET track_activities = off").await;
    let mut late = session(&host, "diku", false).await;
    run(&mut late, &host.db, "BEGIN; SET LOCAL ROLE diku_{}; SELECT count(*) FROM diku_{}.wards")
        .await
        .unwrap();
    let said = host.run(&["tenant", "disable", "diku"]).await.exit(0);
    assert_eq!(said.out.matches("ended process").count(), 1, "{}", said.out);
    run(&mut late, &host.db, "INSERT INTO diku_{}.wards VALUES (1, 'late'); COMMIT").await.unwrap_err();
    assert_eq!(number(&host, "SELECT count(*) FROM diku_{}.wards").await, 0);
    host.db.drop().await;
}

/// Reading what all share makes nobody another tenant.
#[tokio::test]
async fn one_that_has_read_a_shared_schema_only_is_ended() {
    let host = applied().await;
    migrating(&host);
    host.run(&["tenant", "add", "diku"]).await.exit(0);
    admin(
        &host,
        "CREATE ROLE {}_shared; CREATE ROLE shared_{}; CREATE SCHEMA {}_shared AUTHORIZATION {}_shared; CREATE SCHEMA shared_{} AUTHORIZATION shared_{}; \
         CREATE TABLE {}_shared.ref (a int); CREATE TABLE shared_{}.ref (a int); GRANT USAGE ON SCHEMA {}_shared, shared_{} TO PUBLIC; \
         GRANT SELECT ON {}_shared.ref, shared_{}.ref TO PUBLIC",
    )
    .await;
    for shared in ["{}_shared", "shared_{}"] {
        let mut late = session(&host, "diku", false).await;
        let begin = format!("BEGIN; SET LOCAL ROLE diku_{{}}; SELECT count(*) FROM {shared}.ref");
        run(&mut late, &host.db, &begin).await.unwrap();
        let said = host.run(&["tenant", "disable", "diku"]).await.exit(0);
        assert_eq!(said.out.matches("ended process").count(), 1, "{shared}: {}", said.out);
        run(&mut late, &host.db, "INSERT INTO diku_{}.wards VALUES (1, 'late'); COMMIT").await.unwrap_err();
        host.run(&["tenant", "enable", "diku"]).await.exit(0);
    }
    assert_eq!(number(&host, "SELECT count(*) FROM diku_{}.wards").await, 0);
    host.db.drop().await;
}
