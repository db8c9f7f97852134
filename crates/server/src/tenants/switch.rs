//! Disabling and enabling: the row says it, and the login role's membership with it; what is open of a disabled tenant is ended.

use rolewright_core::tenant::TenantId;
use rolewright_roles::{
    Finding,
    tenants::{Aim, State, TenantsProvisioned, leaves_open},
};

use super::{Ground, TenantError, Tenants, item::Done, lock::Held, upgrade::Logins};

/// The change of one that is served from then on, and lacks nothing.
pub(super) const ENABLE: &str = "enable-tenant";

impl Tenants<'_> {
    /// Serves one tenant, whatever it is now: the tenant interface asks for that, and what it was then may have changed until its turn came.
    pub(super) async fn serve_one(
        &self,
        id: &TenantId,
        logins: &Logins,
        held: &Held,
    ) -> Result<Done, TenantError> {
        match self.ground.tenant(id).await {
            Ok(tenant) if tenant.state == State::Disabled || tenant.reopened => {
                return self.enable_one(id, logins, held).await;
            }
            Ok(_) | Err(TenantError::Unknown(_)) => {}
            Err(error) => return Err(error),
        }
        let mut done = self.ground.align(id, Aim::Present).await?;
        done.changes.extend(self.upgrade_one(id, logins, held).await?);
        Ok(done)
    }

    /// Serves one tenant once it has what the others have got meanwhile. Where that fails, it is refused as before, whoever had begun to enable it.
    pub(super) async fn enable_one(
        &self,
        id: &TenantId,
        logins: &Logins,
        held: &Held,
    ) -> Result<Done, TenantError> {
        let reopened = self.ground.tenant(id).await.is_ok_and(|tenant| tenant.reopened);
        let enable = async {
            if !self.migrates() {
                return self.ground.align(id, Aim::Enabled).await;
            }
            let mut done = self.ground.align(id, Aim::Reopened).await?;
            done.changes.extend(self.upgrade_one(id, logins, held).await?);
            Ok(done)
        };
        match enable.await {
            // All was there, and it is served all the same from now on.
            Ok(mut done) if reopened && done.changes.is_empty() => {
                done.changes.push(ENABLE.to_owned());
                Ok(done)
            }
            Err(error) if !error.is_lost() && held.holds(id).await.is_ok() => {
                Err(self.closed_again(id, error).await)
            }
            outcome => outcome,
        }
    }

    /// Refuses one that was to be enabled and is not; gives why.
    pub(super) async fn closed_again(&self, id: &TenantId, why: TenantError) -> TenantError {
        let close = async {
            match self.ground.tenant(id).await {
                Ok(tenant) if tenant.reopened => self.disable_one(id).await.map(|_| ()),
                // Of one that is not there nothing is open.
                Ok(_) | Err(TenantError::Unknown(_)) => Ok(()),
                Err(error) => Err(error),
            }
        };
        match close.await {
            Ok(()) => why,
            Err(besides) => {
                let besides = besides.to_string();
                TenantError::Reopened { id: id.clone(), why: Box::new(why), besides }
            }
        }
    }

    /// Refuses one tenant. Where somebody may still be it, that is told as a failure: it is not what was asked for.
    pub(super) async fn disable_one(&self, id: &TenantId) -> Result<Done, TenantError> {
        let made = self.ground.made(id, Aim::Disabled).await?;
        let done = Done::from(made.clone());
        let mut changes = done.changes;
        let findings: Vec<Finding> = done.findings.iter().filter(|one| leaves_open(one)).cloned().collect();
        let tenant = self.ground.tenant(id).await?;
        let ended = async {
            self.ground.look_again(&tenant, &changes).await;
            let reports = self.ground.end_reports(&tenant, &made).await?;
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
            return Ok(Done { changes, findings: done.findings });
        }
        Err(TenantError::LeftOpen { id: id.clone(), changes, findings, besides: None })
    }
}

impl Ground {
    /// Makes one tenant what is wanted of it; gives the kinds of what was changed, and what was found.
    pub(super) async fn align(&self, id: &TenantId, aim: Aim) -> Result<Done, TenantError> {
        self.made(id, aim).await.map(Done::from)
    }

    /// The same with all that is known of it then.
    pub(super) async fn made(&self, id: &TenantId, aim: Aim) -> Result<TenantsProvisioned, TenantError> {
        let done = self.provision(std::slice::from_ref(id), aim, false).await?;
        match Self::refusals(&done).into_values().next() {
            Some(refused) => Err(refused),
            None => Ok(done),
        }
    }
}
