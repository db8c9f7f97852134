//! Removing a tenant: nobody is it any more; what it made goes in batches, so that no transaction needs a lock on everything; then its
//! schema; its role last.
//!
//! The objects are dropped with the rights of the keeper that made the tenant, which runs nothing that the tenant wrote. Each step
//! looks at what is left, so that it goes on wherever an earlier one was cut off.

mod empty;
mod rights;

use rolewright_core::{sqlstate, tenant::TenantId};
use rolewright_roles::ProvisionError;
use rolewright_roles::tenants::{Aim, State};

use super::{Ground, TenantError, Tenants, upgrade::Logins};

impl Tenants<'_> {
    /// Removes one tenant, whose lock is held.
    pub(super) async fn purge_one(&self, id: &TenantId, logins: &Logins) -> Result<Vec<String>, TenantError> {
        let ground = self.ground;
        let tenant = ground.tenant(id).await?;
        if tenant.state == State::Purged {
            return Ok(Vec::new());
        }
        if tenant.state != State::Purging {
            // While it is whole: whoever is told what stands in the way may think again.
            ground.spare_others(id, &tenant.role).await?;
        }
        ground.align(id, Aim::Purging).await?;
        let mut changes = Vec::new();
        if self.has_role(&tenant.role).await? {
            changes.extend(ground.end_reports(&tenant).await?);
            changes.extend(ground.still(id, &tenant).await?);
            ground.spare_others(id, &tenant.role).await?;
            ground.may_empty(id).await?;
            let dropped = self.empty(id, &tenant, logins).await?;
            changes.push(format!("{dropped} objects dropped"));
            ground.take_rights(&tenant.role).await?;
        }
        match ground.align(id, Aim::Gone).await {
            Ok(dropped) => changes.extend(dropped),
            Err(TenantError::Roles(ProvisionError::Statement { code, .. }))
                if code == sqlstate::DEPENDENT_OBJECTS =>
            {
                return Err(ground.held(id, &tenant.role).await?);
            }
            Err(error) => return Err(error),
        }
        Ok(changes)
    }

    async fn has_role(&self, role: &str) -> Result<bool, TenantError> {
        let sql = "/* rolewright: tenant purge */ SELECT EXISTS (SELECT FROM pg_catalog.pg_roles WHERE rolname = $1)";
        sqlx::query_scalar(sql)
            .bind(role)
            .fetch_one(self.ground.core())
            .await
            .map_err(TenantError::sql("look for the tenant's role"))
    }
}

impl Ground {
    /// Refuses to drop what a tenant has where it is not plainly the tenant's. That core may not drop the role in the end, which an
    /// administrator made, is no reason: it is told then.
    async fn may_empty(&self, id: &TenantId) -> Result<(), TenantError> {
        let plan = self.planned(std::slice::from_ref(id), Aim::Gone, false).await?;
        let refused = plan.refused.into_values().flatten().find(|refusal| refusal.kind != "missing-admin");
        refused.map_or(Ok(()), |refusal| Err(TenantError::Refused(Box::new(refusal))))
    }
}
