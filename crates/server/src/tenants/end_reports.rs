//! What still runs as the login of a disabled tenant's reports is ended: it reads only, so nothing is waited for. Of a tenant that is served only
//! that which rests in a migration's way.

use std::time::{Duration, Instant};

use rolewright_core::Ident;
use rolewright_roles::tenants::{self, TenantsProvisioned};
use sqlx::AssertSqlSafe;

use super::{Ground, TenantError, list::Tenant};

/// How long its sessions may take to be gone.
const GRACE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(50);

/// How many sessions the login `$1` has, whether `$2` is a role that may be become and made the login, and whether this is 16 or later,
/// where that must be known.
const OPEN: &str = "/* rolewright: tenant reports */
    SELECT (SELECT pg_catalog.count(*) FROM pg_catalog.pg_stat_activity a WHERE a.usename = $1::pg_catalog.name),
        EXISTS (SELECT FROM pg_catalog.pg_roles k WHERE k.rolname = $2::pg_catalog.name AND (v.num < 160000 OR EXISTS (
            SELECT FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles r ON r.oid = m.roleid
            WHERE m.member = k.oid AND m.admin_option AND r.rolname = $1::pg_catalog.name))),
        v.num >= 160000, session_user::pg_catalog.text
    FROM (SELECT pg_catalog.current_setting('server_version_num')::pg_catalog.int4 AS num) v";

/// The sessions of a tenant's reports.
struct Sessions {
    open: i64,
    /// Who made their login; core where there is none.
    keeper: Option<Ident>,
    strict: bool,
    core: String,
}

impl Ground {
    /// Ends what is open as the login of this tenant's reports, which can no longer log in; says how much that was. It may have been given
    /// another name.
    pub(super) async fn end_reports(
        &self,
        tenant: &Tenant,
        done: &TenantsProvisioned,
    ) -> Result<Vec<String>, TenantError> {
        let mut told = Vec::new();
        for reporter in done.reporters.get(&tenant.id).into_iter().flatten() {
            told.extend(self.end_reports_as(reporter, tenant).await?);
        }
        Ok(told)
    }

    async fn end_reports_as(&self, reporter: &Ident, tenant: &Tenant) -> Result<Option<String>, TenantError> {
        let failed = TenantError::sql("end the tenant's reports");
        let (begun, mut ended) = (Instant::now(), 0);
        loop {
            let Sessions { open, keeper, strict, core } = self.report_sessions(reporter, tenant).await?;
            if open == 0 {
                return Ok((ended > 0).then(|| format!("ended {ended} of its reports' sessions")));
            }
            if begun.elapsed() >= GRACE {
                let who = format!("{open} of its reports' sessions, as {reporter}");
                return Err(TenantError::Open { id: tenant.id.clone(), who });
            }
            if ended == 0 {
                let sql = tenants::end_reports(reporter, keeper.as_ref(), &core, strict);
                ended = self.counted(&sql).await.map_err(&failed)?;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    /// Ends the sessions of this tenant's reports that hold locks on what it has, and have done nothing for a second: a migration waited for
    /// them in vain. What runs is left to its end. Says how many that were.
    pub(super) async fn end_idle_reports(&self, tenant: &Tenant) -> Result<Option<String>, TenantError> {
        let names = self.tenancy.module.reporter(&tenant.id).ok().zip(Ident::new(tenant.role.as_str()).ok());
        let Some((reporter, schema)) = names else { return Ok(None) };
        let Sessions { open, keeper, strict, core } = self.report_sessions(&reporter, tenant).await?;
        if open == 0 {
            return Ok(None);
        }
        let sql = tenants::end_idle_reports(&reporter, &schema, keeper.as_ref(), &core, strict);
        let ended = self.counted(&sql).await.map_err(TenantError::sql("end the tenant's idle reports"))?;
        Ok((ended > 0)
            .then(|| format!("ended {ended} of its reports' sessions, which were idle in a transaction")))
    }

    /// What its login has open, and who may end that.
    async fn report_sessions(&self, reporter: &Ident, tenant: &Tenant) -> Result<Sessions, TenantError> {
        let keeper = tenant.keeper.clone().and_then(|keeper| Ident::new(keeper).ok());
        let (open, made, strict, core): (i64, bool, bool, String) = sqlx::query_as(OPEN)
            .bind(reporter.as_str())
            .bind(keeper.as_ref().map(Ident::as_str))
            .fetch_one(self.core())
            .await
            .map_err(TenantError::sql("look for sessions of the tenant's reports"))?;
        Ok(Sessions { open, keeper: keeper.filter(|_| made), strict, core })
    }

    /// Runs the statements in one transaction; what the one that counts gives.
    async fn counted(&self, statements: &[String]) -> Result<i64, sqlx::Error> {
        let mut transaction = self.core().begin().await?;
        let mut count = 0;
        for statement in statements {
            let sql = AssertSqlSafe(format!("/* rolewright: tenant reports */ {statement}"));
            if statement.starts_with("SELECT") {
                count = sqlx::query_scalar(sql).fetch_one(&mut *transaction).await?;
            } else {
                sqlx::raw_sql(sql).execute(&mut *transaction).await?;
            }
        }
        transaction.commit().await?;
        Ok(count)
    }
}
