//! What a command would do, changing nothing: `--dry-run`.

use std::collections::BTreeMap;

use rolewright_core::{Advice as _, Ident, tenant::TenantId};
use rolewright_roles::{
    Refusal,
    tenants::{Aim, State, TenantChange, TenantPlan},
};

use sea_orm::{DatabaseConnection, SqlxPostgresConnector};

use super::{
    Ground, Kind, TenantError, Tenants, begin::begin_as, list::Tenant, pending::ask, purge::roles_of,
    switch::ENABLE,
};
use crate::HostMigrations;

impl Tenants<'_> {
    /// What making, upgrading, disabling, enabling or purging would change; changes nothing. An upgrade of no tenant by name is one of all.
    ///
    /// # Errors
    /// What the database said. What stands in a tenant's way is no error, but a refusal in the plan.
    pub async fn plan(&self, kind: Kind, ids: &[TenantId], adopt: bool) -> Result<TenantPlan, TenantError> {
        let all = match kind {
            Kind::Upgrade if ids.is_empty() => self.ground.upgradable().await?,
            _ => ids.to_vec(),
        };
        let aim = match kind {
            Kind::Add => Aim::Present,
            Kind::Upgrade => Aim::Mended,
            Kind::Disable => Aim::Disabled,
            Kind::Enable if self.migrates() => Aim::Reopened,
            Kind::Enable => Aim::Enabled,
            Kind::Purge => Aim::Purging,
        };
        let mut plan = self.ground.planned(&all, aim, adopt).await?;
        let there = self.ground.list(false).await?;
        let whole = there.iter().filter(|one| all.contains(&one.id) && !plan.refused.contains_key(&one.id));
        let whole: Vec<&Tenant> = whole.collect();
        match kind {
            Kind::Add | Kind::Upgrade | Kind::Enable => self.migrations_of(&whole, &mut plan).await?,
            Kind::Purge => self.ground.removal_of(&whole, &mut plan).await?,
            Kind::Disable => {}
        }
        if kind == Kind::Enable {
            for tenant in whole.iter().filter(|tenant| tenant.reopened) {
                if !plan.changes.iter().any(|change| change.role == tenant.role) {
                    plan.changes.push(TenantChange::new(
                        ENABLE,
                        tenant.role.as_str(),
                        &tenant.role,
                        Vec::new(),
                    ));
                }
            }
        }
        Ok(plan)
    }

    /// The migrations that would run in tenants that are there; a tenant that is not yet has none that can be asked for.
    async fn migrations_of(&self, tenants: &[&Tenant], plan: &mut TenantPlan) -> Result<(), TenantError> {
        let folder = self.folder()?;
        let Some(migrations) = self.own(folder.as_ref()) else { return Ok(()) };
        let mut logins = AsTheyAre::default();
        for tenant in tenants {
            // Who is to be mended first cannot be asked as it is, and who is disabled not at all: nobody may be it, and what core would
            // look at as it could run what the tenant wrote.
            let mended = plan.changes.iter().any(|change| {
                MENDS_LOGIN.contains(&change.kind)
                    && (change.role == tenant.role
                        || change.object.split(", ").any(|name| name == tenant.login))
            });
            let login = match tenant.state {
                State::Adding | State::Active if !mended => logins.of(self.ground, tenant).await?,
                State::Purging | State::Purged => continue,
                _ => None,
            };
            let pending = match login {
                Some(pool) => self.pending_of(&pool, tenant, migrations).await,
                None => {
                    let newer = migrations.latest().filter(|latest| tenant.version.as_ref() != Some(latest));
                    Ok(newer.map(|latest| format!("up to {latest}")).into_iter().collect())
                }
            };
            let change = |name: String| TenantChange::new("migrate", name, &tenant.role, Vec::new());
            match pending {
                Ok(pending) => plan.changes.extend(pending.into_iter().map(change)),
                Err(error) if error.is_lost() => return Err(error),
                // The command tells it of this tenant, and goes on with the others.
                Err(error) => plan.refused.entry(tenant.id.clone()).or_default().push(Refusal {
                    role: Some(tenant.role.clone()),
                    kind: "migrations".to_owned(),
                    object: tenant.role.clone(),
                    message: format!("{}: {error}", tenant.id),
                    fix: error.hint().unwrap_or_default(),
                }),
            }
        }
        logins.close().await;
        Ok(())
    }

    async fn pending_of(
        &self,
        pool: &DatabaseConnection,
        tenant: &Tenant,
        migrations: &dyn HostMigrations,
    ) -> Result<Vec<String>, TenantError> {
        let transaction = begin_as(pool, &tenant.role).await?;
        let pending = ask(&transaction, migrations).await?;
        transaction.rollback().await.map_err(TenantError::Migration)?;
        Ok(pending)
    }
}

/// What is told of a refusal that is met when all that the tenant has is gone.
const GOES: &str = "; what the tenant has is dropped before that";

/// The changes without which nobody may be a tenant, or none finds what it has.
const MENDS_LOGIN: [&str; 5] = ["grant-tenant", "alter-login", "set-password", "create-login", "open-schema"];

/// The pools of the module's logins, opened with nothing mended: none where it cannot be logged in as.
#[derive(Default)]
struct AsTheyAre(BTreeMap<u32, Option<DatabaseConnection>>);

impl AsTheyAre {
    async fn of(
        &mut self,
        ground: &Ground,
        tenant: &Tenant,
    ) -> Result<Option<DatabaseConnection>, TenantError> {
        if let Some(known) = self.0.get(&tenant.bucket) {
            return Ok(known.clone());
        }
        let pool = ground.login_as_it_is(tenant.bucket).await?;
        let pool = pool.map(SqlxPostgresConnector::from_sqlx_postgres_pool);
        self.0.insert(tenant.bucket, pool.clone());
        Ok(pool)
    }

    async fn close(&self) {
        for pool in self.0.values().flatten() {
            pool.get_postgres_connection_pool().close().await;
        }
    }
}

impl Ground {
    /// What would be dropped, and what stands in the way of that, at first or in the end.
    async fn removal_of(&self, tenants: &[&Tenant], plan: &mut TenantPlan) -> Result<(), TenantError> {
        let ids: Vec<TenantId> = tenants.iter().map(|tenant| tenant.id.clone()).collect();
        let end = self.rehearsed(&ids).await?;
        for tenant in tenants {
            let (id, role) = (&tenant.id, tenant.role.as_str());
            let mut refused = end.refused.get(id).cloned().unwrap_or_default();
            let refusal = |kind: &str, message: String, fix: String| {
                let (role, object) = (Some(role.to_owned()), role.to_owned());
                Refusal { role, kind: kind.to_owned(), object, message, fix }
            };
            match self.spare_others(id, role).await {
                Ok(()) => {}
                // The command comes to this first.
                Err(error @ TenantError::Needed { .. }) => {
                    let fix = error.hint().unwrap_or_default();
                    refused.insert(0, refusal("needed", error.to_string(), fix));
                }
                Err(error) => return Err(error),
            }
            let roles = match roles_of(&end, role) {
                none if none.is_empty() => vec![role.to_owned()],
                roles => roles,
            };
            if let Some(error) = self.kept_by_others(id, &roles, role).await? {
                refused.push(refusal("holds", error.to_string(), error.hint().unwrap_or_default()));
            }
            // These are met in the end, when all that the tenant has is gone.
            let late = |refusal: &Refusal| ["missing-admin", "holds"].contains(&refusal.kind.as_str());
            let ours = |refusal: &Refusal| refusal.kind == "missing-admin" && refusal.object == role;
            let goes =
                refused.iter().all(late) && (!refused.iter().any(ours) || self.may_become(tenant).await?);
            if goes {
                let name = Ident::new(role).map(|role| role.quoted()).unwrap_or_default();
                let drop = vec![format!("DROP SCHEMA {name} CASCADE")];
                plan.changes.push(TenantChange::new("drop-schema", role, role, drop));
            } else {
                plan.changes.retain(|change| change.role != role);
            }
            if refused.is_empty() {
                plan.changes.extend(end.changes.iter().filter(|change| change.role == role).cloned());
            } else {
                if goes {
                    refused.iter_mut().for_each(|refusal| refusal.message += GOES);
                }
                plan.refused.entry(id.clone()).or_default().append(&mut refused);
            }
        }
        Ok(())
    }
}
