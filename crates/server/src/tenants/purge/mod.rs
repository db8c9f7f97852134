//! Removing a tenant: nobody is it any more; what it made goes in batches, so that no transaction needs a lock on everything; then its
//! schema; its role last.
//!
//! The objects are dropped with the rights of the keeper that made the tenant, which runs nothing that the tenant wrote. Each step
//! looks at what is left, so that it goes on wherever an earlier one was cut off.

mod apart;
mod empty;
mod of_reports;
mod piece;
mod rights;

use rolewright_core::{sqlstate, tenant::TenantId};
use rolewright_roles::{
    ProvisionError, Refusal,
    tenants::{Aim, State, TenantPlan},
};

use super::{Ground, TenantError, Tenants, item::Done, list::Tenant, upgrade::Logins};

impl Tenants<'_> {
    /// Removes one tenant, whose lock is held.
    pub(super) async fn purge_one(&self, id: &TenantId, logins: &Logins) -> Result<Done, TenantError> {
        let ground = self.ground;
        let tenant = ground.tenant(id).await?;
        if tenant.state == State::Purged {
            return Ok(Done::default());
        }
        if tenant.state != State::Purging {
            ground.spare_others(id, &tenant.role).await?;
        }
        let roles = ground.going(id, &tenant).await?;
        let made = ground.made(id, Aim::Purging).await?;
        let Done { changes: taken, findings } = Done::from(made.clone());
        let (mut changes, mut gone) = (Vec::new(), 0);
        if self.has_role(&tenant.role).await? {
            ground.look_again(&tenant, &taken).await;
            changes.extend(ground.end_reports(&tenant, &made).await?);
            changes.extend(ground.still(id, &tenant).await?);
            ground.spare_others(id, &tenant.role).await?;
            ground.may_empty(id).await?;
            gone = self.empty(id, &tenant, logins).await?;
            let more = ground.large_of_reports(&tenant, &roles).await?;
            gone += usize::try_from(more).unwrap_or_default();
            changes.push(format!("{gone} objects dropped"));
        }
        ground.take_rights(&roles, &tenant.role).await?;
        match ground.align(id, Aim::Gone).await {
            Ok(dropped) => changes.extend(dropped.changes),
            Err(TenantError::Roles(ProvisionError::Statement { code, .. }))
                if code == sqlstate::DEPENDENT_OBJECTS =>
            {
                return Err(ground.held(id, &roles, &tenant.role).await?);
            }
            // Who is told that the role stays is told what does not.
            Err(TenantError::Refused(mut refusal)) if gone > 0 => {
                refusal.message += &format!("; {gone} objects that the tenant had were dropped");
                return Err(TenantError::Refused(refusal));
            }
            Err(error) => return Err(error),
        }
        Ok(Done { changes, findings })
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

/// The roles that a plan drops with the tenant of this role: that one, and its reports' login.
pub(super) fn roles_of(plan: &TenantPlan, role: &str) -> Vec<String> {
    let drops = plan
        .changes
        .iter()
        .filter(|change| change.role == role && ["drop-tenant", "drop-reporter"].contains(&change.kind));
    drops.map(|change| change.object.clone()).collect()
}

impl Ground {
    /// The roles that go in the end. Nothing is begun where what the tenant has is not plainly its own, or nobody here may drop it: neither
    /// core nor its keeper, and the module's login may not become it (any more).
    async fn going(&self, id: &TenantId, tenant: &Tenant) -> Result<Vec<String>, TenantError> {
        let mut end = self.rehearsed(std::slice::from_ref(id)).await?;
        let refused = end.refused.remove(id).unwrap_or_default();
        let ours = |refusal: &Refusal| refusal.kind == "missing-admin" && refusal.object == tenant.role;
        // While it is whole, whoever is told what stands in the way may think again.
        let whole = tenant.state != State::Purging;
        if let Some(refusal) = refused.iter().find(|refusal| whole && refusal.kind != "missing-admin") {
            return Err(TenantError::Refused(Box::new(refusal.clone())));
        }
        match refused.into_iter().find(ours) {
            Some(refusal) if !self.may_become(tenant).await? => Err(TenantError::Refused(Box::new(refusal))),
            _ => Ok(roles_of(&end, &tenant.role)),
        }
    }

    pub(in crate::tenants) async fn may_become(&self, tenant: &Tenant) -> Result<bool, TenantError> {
        let sql = "/* rolewright: tenant purge */ SELECT EXISTS (SELECT FROM pg_catalog.pg_roles l, pg_catalog.pg_roles t \
                   WHERE l.rolname = $1 AND t.rolname = $2 AND pg_catalog.pg_has_role(l.oid, t.oid, \
                   CASE WHEN pg_catalog.current_setting('server_version_num')::pg_catalog.int4 < 160000 THEN 'MEMBER' ELSE 'SET' END))";
        sqlx::query_scalar(sql)
            .bind(&tenant.login)
            .bind(&tenant.role)
            .fetch_one(self.core())
            .await
            .map_err(TenantError::sql("look for who may become the tenant"))
    }

    /// Refuses to drop what a tenant has where it is not plainly the tenant's. That core may not drop the role in the end, which an
    /// administrator made, is no reason: it is told then.
    async fn may_empty(&self, id: &TenantId) -> Result<(), TenantError> {
        let plan = self.planned(std::slice::from_ref(id), Aim::Gone, false).await?;
        let refused = plan.refused.into_values().flatten().find(|refusal| refusal.kind != "missing-admin");
        refused.map_or(Ok(()), |refusal| Err(TenantError::Refused(Box::new(refusal))))
    }
}
