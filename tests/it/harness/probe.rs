//! A second session that asks the server, in a tight loop, whether a managed role has what it must never have.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

use sqlx::{Connection, PgConnection};
use tokio::task::JoinHandle;

use crate::{harness::form::either, server::cli::Host};

/// Asks for the two roles of [`Host`]'s configuration, as far as they exist: any write on anything, any column of what is denied or
/// outside of `read`, CREATE anywhere. Rights of PUBLIC and of memberships count; USAGE of the schema is not asked for, so this is
/// stricter than what a login would meet. The table `public.drifted` may be written: the tests' own drift does that.
const SQL: &str = "/* probe */
    WITH role AS (
        SELECT oid, rolname, rolname = $1 || '_raw' AS raw FROM pg_roles WHERE rolname IN ($1 || '_raw', $1 || '_reporting')
    ), relation AS (
        SELECT c.oid, n.nspname, c.relname, c.relkind FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname IN ('public', 'reporting', 'rolewright') AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S')
    )
    SELECT format('%s writes %s.%s', rolname, nspname, relname) FROM role, relation
    WHERE relkind <> 'S' AND relname <> 'drifted'
      AND (has_table_privilege(role.oid, relation.oid, 'INSERT, UPDATE, DELETE, TRUNCATE, REFERENCES, TRIGGER')
        OR has_any_column_privilege(role.oid, relation.oid, 'INSERT, UPDATE, REFERENCES'))
    UNION ALL
    SELECT format('%s advances %s.%s', rolname, nspname, relname) FROM role, relation
    WHERE relkind = 'S' AND has_sequence_privilege(role.oid, relation.oid, 'USAGE, UPDATE')
    UNION ALL
    SELECT format('%s reads %s.%s', rolname, nspname, relname) FROM role, relation
    WHERE relkind <> 'S' AND (nspname <> CASE WHEN raw THEN 'public' ELSE 'reporting' END OR raw AND right(relname, 7) = '_tokens')
      AND has_any_column_privilege(role.oid, relation.oid, 'SELECT')
    UNION ALL
    SELECT format('%s reads public.users.password', rolname) FROM role, relation
    JOIN pg_attribute a ON a.attrelid = relation.oid AND a.attname = 'password'
    WHERE raw AND nspname = 'public' AND relname = 'users' AND has_column_privilege(role.oid, relation.oid, a.attnum, 'SELECT')
    UNION ALL
    SELECT format('%s creates in %s', rolname, nspname) FROM role, pg_namespace n
    WHERE nspname IN ('public', 'reporting', 'rolewright') AND has_schema_privilege(role.oid, n.oid, 'CREATE')
    UNION ALL
    SELECT format('%s creates schemas', rolname) FROM role WHERE has_database_privilege(role.oid, current_database(), 'CREATE')
    UNION ALL
    SELECT format('%s is more than a login', rolname) FROM pg_roles JOIN role USING (rolname)
    WHERE rolsuper OR rolreplication OR rolbypassrls";

/// A running probe of one database.
pub(crate) struct Probe {
    stop: Arc<AtomicBool>,
    probes: Arc<AtomicU64>,
    seen: Arc<Mutex<Vec<String>>>,
    task: JoinHandle<()>,
}

impl Probe {
    /// Waits until it has asked so many more times.
    pub(crate) async fn ask_again(&self, times: u64) {
        let enough = self.probes.load(Ordering::SeqCst) + times;
        while self.probes.load(Ordering::SeqCst) < enough {
            assert!(!self.task.is_finished(), "the probe has ended");
            tokio::time::sleep(Duration::from_millis(3)).await;
        }
    }

    /// Begins to ask.
    pub(crate) async fn start(host: &Host) -> Self {
        let (url, app) = (host.db.admin_url(), host.db.app());
        let (stop, probes, seen): (Arc<AtomicBool>, Arc<AtomicU64>, Arc<Mutex<Vec<String>>>) =
            Default::default();
        let mut connection = PgConnection::connect(&url).await.unwrap();
        let task = tokio::spawn({
            let (stop, probes, seen) = (Arc::clone(&stop), Arc::clone(&probes), Arc::clone(&seen));
            async move {
                while !stop.load(Ordering::SeqCst) {
                    match ask(&mut connection, &app).await {
                        Ok(found) => seen.lock().unwrap().extend(found),
                        // What vanished between the catalog's snapshot and the question answers nothing.
                        Err(sqlx::Error::Database(error)) if gone(error.code().as_deref()) => continue,
                        Err(error) => panic!("the probe cannot ask: {error}"),
                    }
                    probes.fetch_add(1, Ordering::SeqCst);
                    // In a sample, other tests run at the same time and want the machine too.
                    tokio::time::sleep(either(Duration::ZERO, Duration::from_millis(3))).await;
                }
            }
        });
        Self { stop, probes, seen, task }
    }

    /// Stops asking; gives how often it asked and what it saw.
    pub(crate) async fn stop(self) -> (u64, Vec<String>) {
        self.stop.store(true, Ordering::SeqCst);
        self.task.await.unwrap();
        let mut seen = self.seen.lock().unwrap().clone();
        seen.sort();
        seen.dedup();
        (self.probes.load(Ordering::SeqCst), seen)
    }
}

/// Asks once, on a session of its own.
pub(crate) async fn once(host: &Host) -> Vec<String> {
    let mut connection = PgConnection::connect(&host.db.admin_url()).await.unwrap();
    ask(&mut connection, &host.db.app()).await.unwrap()
}

async fn ask(connection: &mut PgConnection, app: &str) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar(SQL).bind(app).fetch_all(connection).await
}

fn gone(code: Option<&str>) -> bool {
    matches!(code, Some("XX000" | "42704" | "42P01"))
}
