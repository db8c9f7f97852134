//! Disabling and enabling: the row says it, and the login role's membership with it; what is open of a disabled tenant is ended.

use rolewright_core::tenant::TenantId;
use rolewright_roles::{
    Finding,
    tenants::{Aim, State, leaves_open},
};

use super::{Ground, TenantError, Tenants, lock::Held, upgrade::Logins};

impl Tenants<'_> {
    /// Serves one tenant, whatever it is now: the tenant interface asks for that, and what it was then may have changed until its turn came.
    pub(super) async fn serve_one(
        &self,
        id: &TenantId,
        logins: &Logins,
        held: &Held,
    ) -> Result<Vec<String>, TenantError> {
        match self.ground.tenant(id).await {
            Ok(tenant) if tenant.state == State::Disabled => return self.enable_one(id, logins, held).await,
            Ok(_) | Err(TenantError::Unknown(_)) => {}
            Err(error) => return Err(error),
        }
        let mut changes = self.ground.align(id, Aim::Present).await?;
        changes.extend(self.upgrade_one(id, logins, held).await?);
        Ok(changes)
    }

    /// Serves one tenant once it has what the others have got meanwhile. Where that fails, it is refused as before.
    pub(super) async fn enable_one(
        &self,
        id: &TenantId,
        logins: &Logins,
        held: &Held,
    ) -> Result<Vec<String>, TenantError> {
        let was = self.ground.tenant(id).await?.state;
        if !self.migrates() {
            return self.ground.align(id, Aim::Enabled).await;
        }
        let mut changes = self.ground.align(id, Aim::Reopened).await?;
        match self.upgrade_one(id, logins, held).await {
            Ok(applied) => changes.extend(applied),
            Err(error) if was == State::Disabled && !error.is_lost() && held.holds(id).await.is_ok() => {
                return Err(match self.disable_one(id).await {
                    Ok(_) => error,
                    Err(besides) => TenantError::Reopened {
                        id: id.clone(),
                        why: Box::new(error),
                        besides: besides.to_string(),
                    },
                });
            }
            Err(error) => return Err(error),
        }
        Ok(changes)
    }

    /// Refuses one tenant. Where somebody may still be it, that is told as a failure: it is not what was asked for.
    pub(super) async fn disable_one(&self, id: &TenantId) -> Result<Vec<String>, TenantError> {
        let done = self.ground.provision(std::slice::from_ref(id), Aim::Disabled, false).await?;
        if let Some(refused) = Ground::refusals(&done).into_values().next() {
            return Err(refused);
        }
        let mut changes: Vec<String> = done.changes.iter().map(|change| change.kind.to_owned()).collect();
        let findings: Vec<Finding> = done.findings.into_iter().filter(leaves_open).collect();
        let tenant = self.ground.tenant(id).await?;
        let ended = async {
            let reports = self.ground.end_reports(&tenant).await?;
            Ok::<_, TenantError>([reports, self.ground.still(id, &tenant).await?].concat())
        };
        match ended.await {
            Ok(ended) => changes.extend(ended),
            Err(error) if findings.is_empty() || error.is_lost() => return Err(error),
            Err(error) => {
                let besides = Some(error.to_string());
                return Err(TenantError::LeftOpen { id: id.clone(), changes, findings, besides });
            }
        }
        if findings.is_empty() {
            return Ok(changes);
        }
        Err(TenantError::LeftOpen { id: id.clone(), changes, findings, besides: None })
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
