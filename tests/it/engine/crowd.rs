//! Many processes at once, and a database whose catalogs are never at rest: for the tests of concurrency.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use futures_util::future::join_all;
use sqlx::{AssertSqlSafe, Connection, PgConnection};
use tokio::task::JoinHandle;

use crate::server::cli::{Host, Said};

/// Starts `each` processes of every host at once; gives what they said, host by host. They have time to connect: on a small
/// machine, so many of them wait for each other before the server hears of them.
pub(super) async fn apply_at_once(hosts: &[Host], each: usize) -> Vec<Vec<Said>> {
    let starts = hosts.iter().map(|host| async move {
        let url = host.db.url();
        let url = format!("{url}{}connect_timeout=60", if url.contains('?') { '&' } else { '?' });
        let env = [("DATABASE_URL", url.as_str())];
        join_all((0..each).map(|_| host.run_with(&["apply", "--format", "json"], "", &env))).await
    });
    join_all(starts).await
}

/// The changes a process says it made, its migrations apart.
pub(super) fn changes(said: &Said) -> u64 {
    let applied = said.json();
    applied["changes"].as_array().unwrap().iter().filter(|change| change["kind"] != "migrate").count() as u64
}

/// How many changes the audit table of this host's database has.
pub(super) async fn logged(host: &Host) -> u64 {
    let there: bool = sqlx::query_scalar("SELECT to_regclass('rolewright.provision_log') IS NOT NULL")
        .fetch_one(&host.db.admin())
        .await
        .unwrap();
    if !there {
        return 0;
    }
    let count: i64 = sqlx::query_scalar("SELECT count(*) FROM rolewright.provision_log")
        .fetch_one(&host.db.admin())
        .await
        .unwrap();
    u64::try_from(count).unwrap()
}

/// Runs SQL as the superuser in this host's database; `{}` stands for the prefix, `{core}` for the core role.
pub(super) async fn admin(host: &Host, sql: &str) {
    let sql = sql.replace("{core}", &host.db.core_role()).replace("{}", &host.db.app());
    // The fixture's statement meets the same catalog races as the product's, and must not be what fails.
    for attempt in 0.. {
        match sqlx::raw_sql(AssertSqlSafe(sql.clone())).execute(&host.db.admin()).await {
            Ok(_) => return,
            Err(error) if attempt < 20 && error.to_string().contains("concurrently") => {}
            Err(error) => panic!("{sql}: {error}"),
        }
    }
}

/// A session that makes and drops tables and grants, and vacuums the catalogs, as a busy autovacuum does.
pub(super) struct Churn {
    stop: Arc<AtomicBool>,
    task: Option<JoinHandle<u64>>,
}

/// A test that fails ends its churn too, which would keep its runtime for ever.
impl Drop for Churn {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::SeqCst);
    }
}

impl Churn {
    /// Begins in the database of this host, in a schema that no managed role reads.
    pub(super) async fn start(host: &Host) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let mut connection = PgConnection::connect(&host.db.admin_url()).await.unwrap();
        sqlx::raw_sql("CREATE SCHEMA churn").execute(&mut connection).await.unwrap();
        let ended = Arc::clone(&stop);
        let task = tokio::spawn(async move {
            let mut rounds = 0;
            while !ended.load(Ordering::SeqCst) {
                let tables = "DO $$ BEGIN FOR n IN 1..20 LOOP \
                    EXECUTE format('CREATE TABLE churn.t%s (a int PRIMARY KEY, b text)', n); \
                    EXECUTE format('GRANT SELECT ON churn.t%s TO pg_monitor', n); END LOOP; \
                    FOR n IN 1..20 LOOP EXECUTE format('DROP TABLE churn.t%s', n); END LOOP; END $$";
                let vacuum = "VACUUM ANALYZE pg_class, pg_namespace, pg_authid, pg_auth_members, pg_default_acl, \
                    pg_shdescription, pg_db_role_setting, pg_attribute, pg_database";
                for sql in [tables, vacuum] {
                    // Another database's churn may hold a shared catalog; that is what this is for.
                    let _ = sqlx::raw_sql(sql).execute(&mut connection).await;
                }
                rounds += 1;
            }
            rounds
        });
        Self { stop, task: Some(task) }
    }

    /// Stops; gives how many rounds it made.
    pub(super) async fn stop(mut self) -> u64 {
        self.stop.store(true, Ordering::SeqCst);
        self.task.take().unwrap().await.unwrap()
    }
}
