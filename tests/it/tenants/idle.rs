//! Sessions of a tenant's reports that rest with locks: a migration does not give up for them, and ends none that is not in its way.

use std::time::Duration;

use sqlx::{Connection as _, PgConnection};

use super::{
    module::{configure, file, number},
    reporting::wards,
};
use crate::server::cli::Host;

async fn log_in(host: &Host, id: &str, first: &'static str) -> PgConnection {
    let url = host.run(&["tenant", "url", id, "--reports"]).await.exit(0).out;
    let mut session = PgConnection::connect(url.trim()).await.unwrap();
    sqlx::raw_sql(first).execute(&mut session).await.unwrap();
    session
}

async fn lives(session: &mut PgConnection) -> bool {
    sqlx::raw_sql("SELECT 1").execute(session).await.is_ok()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_migration_goes_past_what_is_idle_in_a_transaction_and_waits_for_what_runs() {
    let host = wards().await;
    let keys = "[tenancy.migrate]\nfolder = \"migrations\"\n[tenancy.reports]\nmax_connections = 6\n[start]\nlock_timeout = \"2s\"";
    configure(&host, keys);
    host.run(&["tenant", "add", "one", "two"]).await.exit(0);
    let reads = "BEGIN; SELECT count(*) FROM ward";
    let mut in_the_way = log_in(&host, "one", reads).await;
    let mut resting = log_in(&host, "one", "SELECT count(*) FROM ward").await;
    let mut without_locks = log_in(&host, "one", "BEGIN; SELECT 1").await;
    // Nothing is to be migrated: nobody is in the way of anything.
    host.run(&["tenant", "upgrade"]).await.exit(0);
    assert!(lives(&mut in_the_way).await);
    file(&host, "002_more.sql", "ALTER TABLE ward ADD more int");
    let mut others = log_in(&host, "two", "SET search_path = ''; BEGIN; SELECT 1").await;
    let said = host.run(&["tenant", "upgrade"]).await.exit(0);
    let told = "one: ended 1 of its reports' sessions, which were idle in a transaction, 002_more.sql";
    assert!(said.out.contains(told) && said.out.contains("two: 002_more.sql"), "{}", said.out);
    assert!(!lives(&mut in_the_way).await);
    assert!(lives(&mut resting).await && lives(&mut without_locks).await && lives(&mut others).await);
    // Whoever ended them is no member of the login any more.
    let members = "SELECT count(*) FROM pg_auth_members m JOIN pg_roles r ON r.oid = m.roleid \
                   WHERE r.rolname = '_r_one_{}' AND (NOT m.admin_option OR m.grantor = m.member)";
    assert_eq!(number(&host, members).await, 0);

    let mut running = log_in(&host, "one", "SELECT 1").await;
    let runs = tokio::spawn(async move {
        sqlx::raw_sql("SELECT pg_sleep(6) FROM ward").execute(&mut running).await.map(|_| ())
    });
    tokio::time::sleep(Duration::from_millis(300)).await;
    file(&host, "003_more.sql", "ALTER TABLE ward ADD most int");
    let said = host.run(&["tenant", "upgrade"]).await;
    let said = said.fails_in_it(6, "what the tenant has is locked by process", "start.lock_timeout");
    assert!(said.out.contains("upgrade: 1 done, 1 failed"), "{}", said.out);
    runs.await.unwrap().unwrap();
    host.run(&["tenant", "upgrade"]).await.exit(0);
    host.db.drop().await;
}
