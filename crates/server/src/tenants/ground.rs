//! What the work for tenants stands on: the core pool, the secrets and the module.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use rolewright_core::{Ident, RoleSecret, settings::TenancySettings, tenant::TenantId};
use rolewright_roles::{
    Finding, ProvisionOptions, Refusal,
    tenants::{self, Aim, Derived, TenantPlan, TenantsProvisioned, UNKNOWN_PASSWORD, Wanted},
};
use rolewright_secrets::{Installation, SecretStore};
use rolewright_sessions::Checker;
use sqlx::{AssertSqlSafe, PgPool};
use tokio::sync::OnceCell;
use uuid::Uuid;

use super::TenantError;
use crate::stages::{Connected, Unlocked};

/// What the work for tenants stands on.
#[derive(Clone, Debug)]
pub(crate) struct Ground {
    pub(super) connected: Connected,
    pub(super) store: SecretStore,
    installation: Uuid,
    previous: Vec<Uuid>,
    pub(super) tenancy: TenancySettings,
    derived: Arc<Derived>,
    /// Who looks at the texts of tenants' own reports; logged in when the first of them runs.
    pub(super) checker: Arc<OnceCell<Checker>>,
}

impl Ground {
    pub(crate) fn new(
        connected: &Connected,
        store: SecretStore,
        installation: &Installation,
    ) -> Result<Self, TenantError> {
        let tenancy = connected.run.settings.tenancy.clone().ok_or(TenantError::NoModule)?;
        let (derived, checker) = (Arc::default(), Arc::default());
        let (installation, previous) = (installation.id, installation.previous.clone());
        Ok(Self { connected: connected.clone(), store, installation, previous, tenancy, derived, checker })
    }

    /// The same with the checker that there is already, or will be.
    pub(crate) fn checked_by(self, checker: &Arc<OnceCell<Checker>>) -> Self {
        Self { checker: Arc::clone(checker), ..self }
    }

    /// The same from a start that went no further than the unlock stage.
    pub(crate) fn of(unlocked: &Unlocked) -> Result<Self, TenantError> {
        let installation = unlocked.installation.as_ref().ok_or(TenantError::NotMigrated)?;
        let store = unlocked.store().ok_or(TenantError::NotMigrated)?;
        Self::new(&unlocked.connected, store, installation)
    }

    pub(super) fn core(&self) -> &PgPool {
        self.connected.core.get_postgres_connection_pool()
    }

    /// Whether the database is there.
    pub(super) async fn answers(&self) -> bool {
        sqlx::raw_sql("/* rolewright: tenant job */ SELECT 1").execute(self.core()).await.is_ok()
    }

    pub(super) fn module(&self) -> &str {
        self.tenancy.module.as_str()
    }

    pub(super) fn wanted(&self, ids: &[TenantId], aim: Aim, adopt: bool) -> Wanted {
        let settings = &self.connected.run.settings;
        let mut taken: Vec<String> = settings.roles.values().map(|role| role.role.to_string()).collect();
        taken.push(settings.sandbox.checker.to_string());
        taken.push(self.connected.server.user.clone());
        Wanted {
            installation: self.installation,
            previous: self.previous.clone(),
            module: self.tenancy.module.clone(),
            bucket: self.tenancy.bucket,
            adopt,
            taken,
            proved: BTreeSet::new(),
            refused: Vec::new(),
            derived: Arc::clone(&self.derived),
            aims: ids.iter().map(|id| (id.clone(), aim)).collect(),
            logins: Vec::new(),
            reports: self.reporting(),
            rehearsal: false,
        }
    }

    pub(super) async fn planned(
        &self,
        ids: &[TenantId],
        aim: Aim,
        adopt: bool,
    ) -> Result<TenantPlan, TenantError> {
        Ok(tenants::plan(&self.connected.core, &self.wanted(ids, aim, adopt), &self.store).await?)
    }

    /// What would be done to remove these, once nothing is left of what they have.
    pub(super) async fn rehearsed(&self, ids: &[TenantId]) -> Result<TenantPlan, TenantError> {
        let wanted = Wanted { rehearsal: true, ..self.wanted(ids, Aim::Gone, false) };
        Ok(tenants::plan(&self.connected.core, &wanted, &self.store).await?)
    }

    /// Makes a batch what is wanted of it. Where a login role's password is not known, a login proves it.
    pub(super) async fn provision(
        &self,
        ids: &[TenantId],
        aim: Aim,
        adopt: bool,
    ) -> Result<TenantsProvisioned, TenantError> {
        let mut wanted = self.wanted(ids, aim, adopt);
        let mut tried = BTreeSet::new();
        loop {
            let done = self.send(&wanted).await?;
            let refused = done.refused.iter().flat_map(|(id, why)| why.iter().map(move |why| (id, why)));
            let unknown = refused.filter(|(_, refusal)| refusal.kind == UNKNOWN_PASSWORD);
            let unknown: BTreeMap<String, TenantId> =
                unknown.map(|(id, refusal)| (refusal.object.clone(), id.clone())).collect();
            let mut proved = false;
            for (role, id) in unknown.into_iter().filter_map(|(role, id)| Some((Ident::new(role).ok()?, id)))
            {
                let reports = role.as_str().starts_with("_r_");
                let life = if reports { self.life(&id).await? } else { None };
                if tried.insert(role.to_string()) && self.logs_in(&role, life).await? {
                    proved = true;
                    match wanted.reports.as_mut().filter(|_| reports) {
                        Some(reports) => reports.proved.insert(role),
                        None => wanted.proved.insert(role),
                    };
                }
            }
            if !proved {
                return Ok(done);
            }
        }
    }

    /// Sets a login role's password again: it was refused, though it seemed to be in step.
    pub(super) async fn realign(&self, login: &Ident) -> Result<(), TenantError> {
        let number =
            login.as_str().trim_start_matches('_').split('_').next().and_then(|digits| digits.parse().ok());
        let logins = number.into_iter().collect();
        let wanted = Wanted { logins, refused: vec![login.clone()], ..self.wanted(&[], Aim::Present, false) };
        self.send_and_log(&wanted).await.map(|_| ())
    }

    /// Sees to it that one login role is as it should be, but for its password, which was not refused.
    pub(super) async fn align_login(&self, bucket: u32) -> Result<(), TenantError> {
        let wanted = Wanted { logins: vec![bucket], ..self.wanted(&[], Aim::Present, false) };
        self.send_and_log(&wanted).await.map(|_| ())
    }

    /// Sees to it that the login roles have the passwords that derive from the secret as it is now. What was found is the caller's to tell.
    pub(crate) async fn align_logins(&self) -> Result<TenantsProvisioned, TenantError> {
        let sql = "/* rolewright: tenant logins */ SELECT number FROM rolewright.tenant_holder \
                   WHERE module = $1 AND kind = 'login' ORDER BY number";
        let numbers: Vec<i32> = sqlx::query_scalar(sql)
            .bind(self.module())
            .fetch_all(self.core())
            .await
            .map_err(TenantError::sql("list the login roles"))?;
        let logins = numbers.into_iter().filter_map(|number| u32::try_from(number).ok()).collect();
        let mut wanted = Wanted { logins, ..self.wanted(&[], Aim::Present, false) };
        let mut done = self.send(&wanted).await?;
        // What an administrator has set since is known once a login has proved it.
        for finding in done.findings.iter().filter(|finding| finding.kind == UNKNOWN_PASSWORD) {
            if let Ok(role) = Ident::new(&finding.object)
                && self.logs_in(&role, None).await?
            {
                wanted.proved.insert(role);
            }
        }
        if !wanted.proved.is_empty() {
            done = self.send(&wanted).await?;
        }
        Ok(done)
    }

    pub(super) async fn send(&self, wanted: &Wanted) -> Result<TenantsProvisioned, TenantError> {
        let options = ProvisionOptions {
            lock_timeout: self.connected.run.settings.start.lock_timeout,
            ..ProvisionOptions::default()
        };
        Ok(tenants::provision(&self.connected.core, wanted, &self.store, &options).await?)
    }

    /// What was found where nobody is told of it otherwise, with a statement that can be taken from the log as it is.
    pub(super) fn log(finding: &Finding) {
        tracing::warn!("{}; fix: {}", finding.message, finding.fix.as_deref().unwrap_or("none"));
    }

    pub(super) async fn send_and_log(&self, wanted: &Wanted) -> Result<TenantsProvisioned, TenantError> {
        let done = self.send(wanted).await?;
        done.findings.iter().for_each(Self::log);
        Ok(done)
    }

    /// What core, or a keeper, may not do about the module's roles.
    pub(crate) async fn standing(&self) -> Result<Option<Finding>, TenantError> {
        Ok(tenants::standing(&self.connected.core, &self.tenancy.module).await?)
    }

    /// The roles of tenants, and the logins of their reports, that somebody gave another name, by the tenants' ids.
    pub(crate) async fn renamed(&self) -> Result<BTreeMap<String, Vec<Finding>>, TenantError> {
        Ok(tenants::renamed(&self.connected.core, &self.tenancy.module).await?)
    }

    /// The secret that passwords derive from, as it is now.
    pub(super) async fn role_secret(&self) -> Result<RoleSecret, TenantError> {
        Ok(self.store.role_secret(&self.connected.core).await?)
    }

    /// Runs one of our own statements, with a list of ids.
    pub(super) async fn update(
        &self,
        label: &'static str,
        sql: String,
        ids: &[TenantId],
    ) -> Result<(), TenantError> {
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        sqlx::query(AssertSqlSafe(sql))
            .bind(self.module())
            .bind(ids)
            .execute(self.core())
            .await
            .map_err(TenantError::sql(label))?;
        Ok(())
    }

    /// What was refused of a batch, tenant by tenant.
    pub(super) fn refusals(done: &TenantsProvisioned) -> BTreeMap<TenantId, TenantError> {
        // What an administrator runs for the same reason is told at once.
        let first = |why: &Vec<Refusal>| {
            let mut first = why.first().cloned()?;
            let alike =
                why.iter().skip(1).filter(|other| other.kind == "missing-admin" && other.kind == first.kind);
            let more: String = alike.map(|other| format!("; {}", other.fix)).collect();
            first.fix += &more;
            Some(first)
        };
        done.refused
            .iter()
            .filter_map(|(id, why)| Some((id.clone(), TenantError::Refused(Box::new(first(why)?)))))
            .collect()
    }
}
