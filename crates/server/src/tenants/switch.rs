//! Disabling and enabling: the row says it, and the login role's membership with it; what is open of a disabled tenant is ended.

use rolewright_core::tenant::TenantId;
use rolewright_roles::tenants::Aim;

use super::{Ground, Kind, TenantError, Tenants, upgrade::Logins};

impl Tenants<'_> {
    /// Disables or enables one tenant, whose lock is held.
    pub(super) async fn switch(
        &self,
        kind: Kind,
        id: &TenantId,
        logins: &Logins,
    ) -> Result<Vec<String>, TenantError> {
        if kind == Kind::Enable && self.migrates() {
            // It is served once it has what the others have got meanwhile.
            let mut changes = self.ground.align(id, Aim::Reopened).await?;
            changes.extend(self.upgrade_one(id, logins).await?);
            return Ok(changes);
        }
        if kind == Kind::Enable {
            return self.ground.align(id, Aim::Enabled).await;
        }
        let mut changes = self.ground.align(id, Aim::Disabled).await?;
        let tenant = self.ground.tenant(id).await?;
        changes.extend(self.ground.end_reports(&tenant).await?);
        changes.extend(self.ground.still(id, &tenant).await?);
        Ok(changes)
    }
}

impl Ground {
    /// Makes one tenant what is wanted of it; gives the kinds of what was changed.
    pub(super) async fn align(&self, id: &TenantId, aim: Aim) -> Result<Vec<String>, TenantError> {
        let done = self.provision(std::slice::from_ref(id), aim, false).await?;
        match Self::refusals(&done).into_values().next() {
            Some(refused) => Err(refused),
            None => Ok(done.changes.iter().map(|change| change.kind.to_owned()).collect()),
        }
    }
}
