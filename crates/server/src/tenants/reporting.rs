//! Tenants' own reports: what the tenant opens to their login, and how that logs in.
//!
//! The login is made with the tenant. What it may read is granted by the tenant itself, which owns it, after its migrations: so core needs
//! no right on anything of a tenant's, and roles that an administrator made are served in the same way.

use std::sync::Arc;

use futures_util::{FutureExt as _, future::BoxFuture};
use rolewright_core::{
    Ident, Password,
    pattern::{Deny, Read},
    settings::PoolSettings,
    tenant::TenantId,
};
use rolewright_roles::{
    password,
    tenants::{Aim, Reporting, Wanted},
};
use rolewright_sessions::{
    Check, OpenRole, Policy, QueryError, Renew, TenantError as Unserved, TenantQueryError,
    tenant::{OpenReports, Place, Reporters},
};
use sea_orm::{ConnectionTrait as _, DatabaseConnection, Statement};
use uuid::Uuid;

use super::{Ground, TenantError, begin::begin_as, list::Tenant};
use crate::stages::{open_checker, open_server};

/// How many reports of one tenant wait for a connection; one more is refused at once.
const MAX_QUEUE: u32 = 100;

/// What of a tenant's schema its reports cannot read yet. `$1` is the schema, and its owner; `$2` the login, `$3` the checker, which may not be there.
const CLOSED: &str = "/* rolewright: tenant reports */
    SELECT pg_catalog.has_schema_privilege($2::pg_catalog.name, n.oid, 'USAGE')
       AND pg_catalog.has_schema_privilege(c.oid, n.oid, 'USAGE') AS uses,
       c.oid IS NOT NULL AS checked,
        EXISTS (SELECT FROM pg_catalog.pg_default_acl d, pg_catalog.aclexplode(d.defaclacl) a
            WHERE d.defaclrole = n.nspowner AND d.defaclnamespace = n.oid AND d.defaclobjtype = 'r' AND a.privilege_type = 'SELECT'
              AND a.grantee = (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = $2::pg_catalog.name)) AS future,
        (SELECT pg_catalog.string_agg(pg_catalog.format('%I.%I', n.nspname, t.relname), ', ' ORDER BY t.oid)
            FROM pg_catalog.pg_class t
            WHERE t.relnamespace = n.oid AND t.relkind IN ('r', 'p', 'v', 'm', 'f') AND t.relowner = n.nspowner
              AND NOT pg_catalog.has_table_privilege($2::pg_catalog.name, t.oid, 'SELECT')) AS tables
    FROM pg_catalog.pg_namespace n LEFT JOIN pg_catalog.pg_roles c ON c.rolname = $3::pg_catalog.name
    WHERE n.nspname = $1::pg_catalog.name";

impl Ground {
    /// What the logins of tenants' own reports are, where there are any. Each process may open as many connections as one tenant may
    /// have, and while processes are replaced there are twice as many of them.
    pub(super) fn reporting(&self) -> Option<Reporting> {
        let reports = self.tenancy.reports?;
        let processes = self.connected.run.settings.replicas.saturating_mul(2);
        Some(Reporting {
            connections: i32::try_from(reports.per_tenant.saturating_mul(processes)).unwrap_or(i32::MAX),
            statement_timeout: reports.statement_timeout,
            ..Reporting::default()
        })
    }

    /// What tenants' own reports run on.
    pub(super) fn desk(&self) -> Option<OpenReports> {
        let reports = self.tenancy.reports?;
        Some(OpenReports {
            logins: Arc::new(self.clone()),
            max_connections: reports.max_connections,
            per_tenant: reports.per_tenant,
            idle: self.tenancy.pool.idle,
            acquire: self.tenancy.pool.acquire,
        })
    }

    /// Grants, as the tenant, what its reports read: all tables and views that it has, and will have. Nothing that the tenant made is
    /// looked up by name.
    pub(super) async fn open_to_reports(
        &self,
        pool: &DatabaseConnection,
        tenant: &Tenant,
    ) -> Result<Option<String>, TenantError> {
        let failed = TenantError::db("open the schema to the tenant's reports");
        let reporter = self
            .tenancy
            .module
            .reporter(&tenant.id)
            .map_err(|error| TenantError::Command(error.to_string()))?;
        let checker = &self.connected.run.settings.sandbox.checker;
        let transaction = begin_as(pool, &tenant.role).await?;
        transaction.execute_unprepared("SET LOCAL search_path = ''").await.map_err(&failed)?;
        let values = [tenant.role.as_str().into(), reporter.as_str().into(), checker.as_str().into()];
        let look = Statement::from_sql_and_values(transaction.get_database_backend(), CLOSED, values);
        let Some(row) = transaction.query_one_raw(look).await.map_err(&failed)? else { return Ok(None) };
        if !row.try_get::<bool>("", "checked").map_err(&failed)? {
            return Err(TenantError::NoChecker(checker.to_string()));
        }
        let (uses, future): (bool, bool) =
            (row.try_get("", "uses").map_err(&failed)?, row.try_get("", "future").map_err(&failed)?);
        let tables: Option<String> = row.try_get("", "tables").map_err(&failed)?;
        let schema = Ident::new(tenant.role.as_str()).map(|role| role.quoted()).unwrap_or_default();
        let (login, checker) = (reporter.quoted(), checker.quoted());
        let mut grants = Vec::new();
        if !uses {
            grants.push(format!("GRANT USAGE ON SCHEMA {schema} TO {login}, {checker}"));
        }
        if !future {
            grants.push(format!(
                "ALTER DEFAULT PRIVILEGES IN SCHEMA {schema} GRANT SELECT ON TABLES TO {login}"
            ));
        }
        grants.extend(tables.map(|tables| format!("GRANT SELECT ON TABLE {tables} TO {login}")));
        if grants.is_empty() {
            transaction.rollback().await.map_err(&failed)?;
            return Ok(None);
        }
        let sql = format!("/* rolewright: tenant reports */ {}", grants.join("; "));
        transaction.execute_unprepared(&sql).await.map_err(&failed)?;
        transaction.commit().await.map_err(&failed)?;
        Ok(Some("open-to-reports".to_owned()))
    }

    /// Closes the checker's connections, where it was logged in for this alone.
    pub(crate) async fn close(&self) {
        if let Some(checker) = self.checker.get() {
            checker.close().await;
        }
    }

    /// The URL of the login of a tenant's own reports.
    pub(crate) async fn report_url(&self, tenant: &TenantId) -> Result<Password, TenantError> {
        let role =
            self.tenancy.module.reporter(tenant).map_err(|error| TenantError::Command(error.to_string()))?;
        let (secret, life) = (self.role_secret().await?, self.life(tenant).await?);
        Ok(open_server(&self.connected, &role, &password::derive_in(&secret, &role, life)).to_url())
    }

    /// Whether there is a login of a tenant's own reports.
    pub(crate) async fn has_reporter(&self, tenant: &TenantId) -> Result<bool, TenantError> {
        let role =
            self.tenancy.module.reporter(tenant).map_err(|error| TenantError::Command(error.to_string()))?;
        let sql =
            "/* rolewright: tenant url */ SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = $1)";
        let asked = sqlx::query_scalar(sql).bind(role.as_str()).fetch_one(self.core());
        asked.await.map_err(TenantError::sql("look for the login of the tenant's reports"))
    }

    /// Which life of its id a tenant is: what was given out for one that was purged opens nothing of the next.
    pub(super) async fn life(&self, tenant: &TenantId) -> Result<Option<Uuid>, TenantError> {
        match self.tenant(tenant).await {
            Ok(tenant) => Ok(tenant.life),
            Err(TenantError::Unknown(_)) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The password that a refused login has now; set again where it is the one that was refused.
    async fn renewed(&self, role: &Ident, of: Option<&TenantId>, refused: &Password) -> Option<Password> {
        let secret = self.store.existing_role_secret(&self.connected.core).await.ok()??;
        let life = match of {
            Some(tenant) => self.life(tenant).await.ok()?,
            None => None,
        };
        let current = password::derive_in(&secret, role, life);
        if let Some(tenant) = of {
            // A secret that was changed reaches a tenant's login when it is next needed, or with the next upgrade.
            let again = if current == *refused { vec![role.clone()] } else { Vec::new() };
            let wanted =
                Wanted { refused: again, ..self.wanted(std::slice::from_ref(tenant), Aim::Mended, false) };
            let done = self.send_and_log(&wanted).await.ok()?;
            if !done.refused.is_empty() {
                return None;
            }
        } else if current == *refused {
            return None;
        }
        Some(current)
    }

    fn renew(&self, role: &Ident, of: Option<&TenantId>) -> Renew {
        let (ground, role, of) = (self.clone(), role.clone(), of.cloned());
        Arc::new(move |refused| {
            let (ground, role, of) = (ground.clone(), role.clone(), of.clone());
            async move { ground.renewed(&role, of.as_ref(), &refused).await }.boxed()
        })
    }
}

impl Reporters for Ground {
    fn login<'a>(
        &'a self,
        tenant: &'a TenantId,
        place: &'a Place,
    ) -> BoxFuture<'a, Result<(OpenRole, Check), TenantQueryError>> {
        async move {
            let reports = self.tenancy.reports.ok_or(Unserved::NoReports)?;
            let role = self.tenancy.module.reporter(tenant).map_err(Unserved::Name)?;
            let unread = |why: String| Unserved::Login { login: role.clone(), why };
            let secret = self
                .store
                .existing_role_secret(&self.connected.core)
                .await
                .map_err(|error| unread(error.to_string()))?
                .ok_or_else(|| unread("it has never been provisioned".to_owned()))?;
            let connection = format!("tenant:{tenant}");
            let life = self.life(tenant).await.map_err(|error| unread(error.to_string()))?;
            let password = password::derive_in(&secret, &role, life);
            let open = OpenRole {
                connection: connection.clone(),
                server: open_server(&self.connected, &role, &password),
                role: role.clone(),
                password,
                search_path: vec![place.schema.clone()],
                statement_timeout: reports.statement_timeout,
                max_rows: reports.max_rows,
                max_queue: MAX_QUEUE,
                max_bytes: Some(reports.max_bytes),
                renew: Some(self.renew(&role, Some(tenant))),
                pool: PoolSettings { max: reports.per_tenant, min: 0, ..self.tenancy.pool },
            };
            let checker = &self.connected.run.settings.sandbox.checker;
            let log_in =
                async || open_checker(&self.connected, &secret, Some(self.renew(checker, None))).await;
            let checker = self.checker.get_or_try_init(log_in).await.map_err(QueryError::Open)?.clone();
            let policy = Policy {
                connection,
                role,
                read: vec![Read::schema(place.schema.clone())],
                deny: vec![Deny::always()],
                functions: Vec::new(),
                definer_functions: Vec::new(),
            };
            Ok((open, Check { checker, policy }))
        }
        .boxed()
    }
}
