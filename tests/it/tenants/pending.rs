//! What is to be run in a tenant: asked of notes that are the tenant's own, and rehearsed with nothing changed.

use super::module::{admin, applied, file, migrating, number};
use crate::server::cli::Host;

async fn with_two() -> Host {
    let host = applied().await;
    migrating(&host);
    host.run(&["tenant", "add", "one", "two"]).await.exit(0);
    file(&host, "002_more.sql", "CREATE TABLE more (id int)");
    host
}

/// It keeps neither the others waiting, nor itself from being disabled.
#[tokio::test]
async fn a_policy_of_the_tenants_on_its_notes_runs_for_nobody() {
    let host = with_two().await;
    admin(
        &host,
        "SET ROLE one_{}; ALTER TABLE one_{}.rolewright_migrations ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY; \
         CREATE POLICY slow ON one_{}.rolewright_migrations USING (pg_sleep(600) IS NULL); RESET ROLE",
    )
    .await;
    let words =
        "what is to be run in the tenant cannot be told: query would be affected by row-level security";
    let said = host.run(&["tenant", "upgrade", "--dry-run"]).await.exit(6);
    assert!(said.out.contains(words) && said.out.contains("migrate: 002_more.sql"), "{}", said.out);
    let said = host.run(&["tenant", "upgrade"]).await.fails_in_it(6, words, "a policy on the table dropped");
    assert!(said.out.contains("upgrade: 1 done, 1 failed"), "{}{}", said.out, said.err);
    host.run(&["tenant", "disable", "one"]).await.exit(0);
    host.db.drop().await;
}

#[tokio::test]
async fn one_that_cannot_be_asked_for_leaves_the_others_in_the_rehearsal() {
    let host = with_two().await;
    admin(&host, "UPDATE one_{}.rolewright_migrations SET hash = 'other'").await;
    let said = host.run(&["tenant", "upgrade", "--dry-run"]).await.exit(6);
    assert!(said.out.contains("one: ") && said.out.contains("001_wards.sql was changed"), "{}", said.out);
    assert!(said.out.contains("migrate: 002_more.sql"), "{}", said.out);
    let json = host.run(&["tenant", "upgrade", "--dry-run", "--format", "json"]).await.exit(6).json();
    assert_eq!(json["refused"]["one"][0]["kind"], "migrations", "{json}");
    let said = host.run(&["tenant", "upgrade"]).await.exit(6);
    assert!(said.out.contains("upgrade: 1 done, 1 failed"), "{}", said.out);
    assert!(!said.err.contains("rolled back"), "{}", said.err);
    // By whom, and where to look for it again.
    assert!(
        said.err.contains("error: one: ") && said.out.contains("1 failed (job "),
        "{}{}",
        said.out,
        said.err
    );
    host.db.drop().await;
}

#[tokio::test]
async fn a_rehearsal_mends_nothing() {
    let host = with_two().await;
    let kept = "SELECT hashtext(rolpassword || rolcanlogin)::bigint FROM pg_authid WHERE rolname = '_1_{}'";
    for spoilt in [
        "ALTER ROLE _1_{} PASSWORD 'other'",
        "ALTER ROLE _1_{} NOLOGIN",
        "DO $$ BEGIN EXECUTE format('REVOKE one_{} FROM _1_{} GRANTED BY %s', (SELECT grantor::regrole FROM pg_auth_members \
           WHERE roleid = 'one_{}'::regrole AND member = '_1_{}'::regrole)); END $$",
    ] {
        admin(&host, spoilt).await;
        let before = number(&host, kept).await;
        let said = host.run(&["tenant", "upgrade", "one", "--dry-run"]).await.exit(0);
        assert!(said.out.contains("migrate: up to 002_more.sql"), "{spoilt}: {}", said.out);
        assert_eq!(number(&host, kept).await, before, "{spoilt}");
        host.run(&["tenant", "upgrade", "two"]).await.exit(0);
        admin(
            &host,
            "DROP TABLE two_{}.more; DELETE FROM two_{}.rolewright_migrations WHERE name <> '001_wards.sql'",
        )
        .await;
    }
    host.run(&["tenant", "upgrade"]).await.exit(0);
    host.db.drop().await;
}
