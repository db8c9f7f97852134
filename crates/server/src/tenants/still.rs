//! What is still open of a tenant that was taken from the login: waited for, and then ended, so that nothing of it is committed any more.
//!
//! The server does not tell as whom a session acts. So it is judged by what it shows: by its name, which `rolewright tenant url` gives to a
//! session that is the tenant from its beginning, and by the tables whose locks its transaction holds. One that holds those of another
//! tenant alone is left in peace; any other that holds none of a tenant's is ended, since it has done nothing yet. A name spares nobody: each session,
//! and so any text of the module's, gives itself the one it likes.

use std::time::{Duration, Instant};

use rolewright_core::{Ident, tenant::TenantId};
use sqlx::{AssertSqlSafe, Connection as _};

use super::{Ground, TenantError, list::Tenant};

/// How long a transaction may take to come to its end by itself; and, once it is ended, its session to be gone.
const GRACE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(100);

/// How long a session may take to put together which roles it may become: what is changed meanwhile is lost on it.
const READING: Duration = Duration::from_millis(50);

/// The name of the sessions of a program that runs a tenant's migrations.
pub(super) fn migrating(role: &str) -> String {
    let name = format!("m:{role}");
    // The server keeps no more of it, and all of a name is ASCII.
    name.chars().take(63).collect()
}

/// The login's sessions, and the transactions that are open in them by their numbers: neither the server's clock nor `track_activities` has a
/// say in what is older than this.
const NOW: &str = "/* rolewright: tenant sessions */
    SELECT coalesce(pg_catalog.array_agg(a.pid), '{}'), coalesce(pg_catalog.array_agg(v.virtualxid) FILTER (WHERE v.pid IS NOT NULL), '{}')
    FROM pg_catalog.pg_stat_activity a
    LEFT JOIN pg_catalog.pg_locks v ON v.pid = a.pid AND v.locktype = 'virtualxid' AND v.virtualxid = v.virtualtransaction
    WHERE a.usename = session_user AND a.datname = pg_catalog.current_database()";

/// Those of the sessions `$6`, or of the transactions `$2`, that are still there and may be the tenant `$1`; they are ended where `$3`. Another
/// tenant's schema bears a name like `$5`, and is one that the login may act in: what a transaction reads in a schema that all share says
/// nothing about whom.
const STILL: &str = "/* rolewright: tenant sessions */
    SELECT pg_catalog.format('process %s, application %s', a.pid, coalesce(nullif(a.application_name, ''), '?')) AS who,
        CASE WHEN $3 THEN pg_catalog.pg_terminate_backend(a.pid) END AS ended
    FROM pg_catalog.pg_stat_activity a
    WHERE a.usename = session_user AND a.datname = pg_catalog.current_database() AND a.pid <> pg_catalog.pg_backend_pid()
      AND (a.pid = ANY ($6) AND a.application_name IN ($1, $4) OR EXISTS (
        SELECT FROM pg_catalog.pg_locks v WHERE v.pid = a.pid AND v.locktype = 'virtualxid' AND v.virtualxid = v.virtualtransaction
          AND v.virtualxid = ANY ($2)) AND (
        SELECT coalesce(pg_catalog.bool_or(n.nspname = $1), true) FROM pg_catalog.pg_locks l
        JOIN pg_catalog.pg_class c ON c.oid = l.relation JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        JOIN pg_catalog.pg_roles r ON r.oid = n.nspowner AND (n.nspname = $1 OR r.rolname = n.nspname AND n.nspname ~ $5
            AND pg_catalog.pg_has_role(session_user, r.oid, 'MEMBER'))
        WHERE l.pid = a.pid AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database())))
    ORDER BY a.pid";

/// The sessions of such a program, ended.
const ENDED: &str = "/* rolewright: tenant sessions */
    SELECT pg_catalog.count(pg_catalog.pg_terminate_backend(a.pid)) FROM pg_catalog.pg_stat_activity a
    WHERE a.usename = session_user AND a.datname = pg_catalog.current_database() AND a.application_name = $1";

impl Ground {
    /// Ends what a program of a process that was killed still does in a tenant's schema, whose lock is ours.
    pub(super) async fn end_migrating(&self, tenant: &Tenant) -> Result<(), TenantError> {
        let failed = TenantError::sql("look for migrations that are still at work");
        let mut login = self.one_login(tenant.bucket).await?;
        let started = Instant::now();
        loop {
            let open: i64 = sqlx::query_scalar(ENDED)
                .bind(migrating(&tenant.role))
                .fetch_one(&mut login)
                .await
                .map_err(&failed)?;
            if open == 0 || started.elapsed() >= 2 * GRACE {
                // It has told what it was asked.
                let _ = login.close().await;
                return if open == 0 {
                    Ok(())
                } else {
                    Err(TenantError::Open {
                        id: tenant.id.clone(),
                        who: format!("application {}", migrating(&tenant.role)),
                    })
                };
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Changes a role, to what it is already, a moment after its membership was taken from the login: a session that was putting together the
    /// list of the roles it may become just when that was committed would keep the tenant in it until the next such change. Where it
    /// cannot be done nothing is lost but that.
    pub(super) async fn look_again(&self, tenant: &Tenant, changes: &[String]) {
        if !changes.iter().any(|kind| kind == "revoke-tenant") {
            return;
        }
        tokio::time::sleep(READING).await;
        let Some(keeper) = tenant.keeper.clone().and_then(|keeper| Ident::new(keeper).ok()) else { return };
        let Ok(role) = Ident::new(tenant.role.clone()) else { return };
        let (keeper, role) = (keeper.quoted(), role.quoted());
        let sql = format!(
            "/* rolewright: tenant sessions */ BEGIN; SET LOCAL lock_timeout = '1s'; SET LOCAL ROLE {keeper}; ALTER ROLE {role} NOINHERIT; COMMIT"
        );
        let changed = async {
            let mut connection = self.core().acquire().await?;
            let changed = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *connection).await;
            if changed.is_err() {
                sqlx::raw_sql("ROLLBACK").execute(&mut *connection).await?;
            }
            changed
        };
        if let Err(error) = changed.await {
            tracing::debug!(tenant = %tenant.id, %error, "sessions were not told to look again");
        }
    }

    /// Sees to it that nothing of a tenant that can no longer be begun is still open; says what was ended.
    ///
    /// It logs in as the module, which may see and end its own sessions.
    pub(super) async fn still(&self, id: &TenantId, tenant: &Tenant) -> Result<Vec<String>, TenantError> {
        let failed = TenantError::sql("look for open transactions of the tenant");
        let mut login = self.one_login(tenant.bucket).await?;
        let (sessions, transactions): (Vec<i32>, Vec<String>) =
            sqlx::query_as(NOW).fetch_one(&mut login).await.map_err(&failed)?;
        let started = Instant::now();
        // The module's name, as its roles bear it, has nothing in it that an expression would read otherwise.
        let alike = tenant.role.replacen(id.as_str(), "^[a-z][a-z0-9]*", 1) + "$";
        let mut told: Vec<String> = Vec::new();
        let outcome = loop {
            let late = started.elapsed() >= GRACE;
            let open: Vec<(String, Option<bool>)> = sqlx::query_as(STILL)
                .bind(&tenant.role)
                .bind(&transactions)
                .bind(late)
                .bind(migrating(&tenant.role))
                .bind(&alike)
                .bind(&sessions)
                .fetch_all(&mut login)
                .await
                .map_err(&failed)?;
            if open.is_empty() {
                break Ok(told.iter().map(|who| format!("ended {who}")).collect());
            }
            if late {
                told = open.into_iter().map(|(who, _)| who).chain(told).collect();
                told.sort();
                told.dedup();
            }
            if started.elapsed() >= 2 * GRACE {
                break Err(TenantError::Open { id: id.clone(), who: told.join("; ") });
            }
            tokio::time::sleep(PAUSE).await;
        };
        // It has told what it was asked.
        let _ = login.close().await;
        outcome
    }
}
