//! What is to be run in a tenant: asked of notes that are the tenant's own, and rehearsed with nothing changed.

use super::module::{admin, applied, file, migrating};
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
         CREATE POLICY slow ON one_{}.rolewright_migrations USING (pg_sleep(600) IS NULL)",
    )
    .await;
    let words =
        "what is to be run in the tenant cannot be told: query would be affected by row-level security";
    let said = host.run(&["tenant", "upgrade"]).await.fails_in_it(6, words, "a policy on the table dropped");
    assert!(said.out.contains("upgrade: 1 done, 1 failed"), "{}{}", said.out, said.err);
    host.run(&["tenant", "disable", "one"]).await.exit(0);
    host.db.drop().await;
}
