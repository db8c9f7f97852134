//! The fifth stage: the roles become what the configuration says.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::{Arc, Mutex, PoisonError},
};

use rolewright_core::{RoleSecret, Settings, settings::RolesMode};
use rolewright_roles::{
    AppliedChange, Desired, Finding, ProvisionError, ProvisionOptions, UNKNOWN_PASSWORD,
    room::RoomProvisioned,
};
use rolewright_sessions::Checker;
use tokio::sync::OnceCell;
use tracing::{info, warn};

use super::{Migrated, Stage, StartError, prove};
use crate::{
    access::Access,
    tenants::{Givers, Ground, TenantError},
};

/// Roles that are as configured, or, where `start.roles = "degraded"`, the reason why they are not.
#[derive(Debug)]
pub struct Provisioned {
    pub(crate) migrated: Migrated,
    pub(crate) desired: Desired,
    /// What was changed and found, or why nothing could be.
    pub outcome: Result<rolewright_roles::Provisioned, ProvisionError>,
    /// Roles that stand in their own way, by name, with the reason; only where `start.roles = "degraded"`.
    pub(crate) refused: BTreeMap<String, String>,
    /// Passwords that had to be set again because their logins were refused.
    pub(crate) realigned: Realigned,
    /// Who looks at the texts of reports; logged in when the first role is opened.
    pub(crate) checker: Arc<OnceCell<Checker>>,
}

/// Changes made by whoever found a password refused: the open stage, and pools later on.
pub(crate) type Realigned = Arc<Mutex<Vec<AppliedChange>>>;

impl Provisioned {
    /// Every change made since the start began to provision, those included that a refused login asked for.
    #[must_use]
    pub fn changes(&self) -> Vec<AppliedChange> {
        let mut changes = self.outcome.as_ref().map(|done| done.changes.clone()).unwrap_or_default();
        changes.extend(self.realigned.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned());
        changes
    }

    /// The settings of this start.
    pub(crate) fn settings(&self) -> &Settings {
        &self.migrated.unlocked.connected.run.settings
    }

    /// The core pool.
    pub(crate) fn core(&self) -> &sea_orm::DatabaseConnection {
        self.migrated.core()
    }

    /// Who core is on the server.
    pub(crate) fn core_role(&self) -> &str {
        &self.migrated.unlocked.connected.server.user
    }

    /// The secret the passwords derive from now, where provisioning succeeded.
    pub(crate) fn secret(&self) -> Option<&RoleSecret> {
        self.outcome.as_ref().ok().and_then(|done| done.secret.as_ref())
    }
}

impl Migrated {
    /// Looks, and where anything differs, changes it in one transaction under the lock.
    ///
    /// # Errors
    /// The statement's label, its SQLSTATE and the remedy; nothing of a failed change is kept. Where roles may be
    /// degraded, a failure is kept in [`Provisioned::outcome`] instead.
    pub async fn provision(self) -> Result<Provisioned, StartError> {
        let run = self.unlocked.connected.run.clone();
        let desired = self.desired();
        let degraded = run.settings.start.roles == RolesMode::Degraded;
        let (outcome, refused) = run
            .stage(Stage::Provision, async {
                let consent = self.align_consent().await?;
                match self.align_what_may(&desired).await {
                    (Err(error), _) if !degraded => Err(error),
                    (mut outcome, refused) => {
                        if let Ok(done) = &mut outcome {
                            done.changes.splice(0..0, consent.changes);
                            done.findings.extend(consent.findings);
                        }
                        Ok((outcome, refused))
                    }
                }
            })
            .await?;
        let mut outcome = outcome;
        if let Ok(done) = &mut outcome {
            self.align_logins().await.map_err(|cause| StartError::new(Stage::Provision, cause))?;
            let subjects = self.align_subjects().await;
            let subjects = subjects.map_err(|cause| StartError::new(Stage::Provision, cause))?;
            done.changes.extend(subjects.changes);
            done.findings.extend(subjects.findings);
        }
        match &outcome {
            Ok(done) => {
                info!(stage = %Stage::Provision, changes = done.changes.len(), "roles are as configured");
                for finding in &done.findings {
                    warn!(stage = %Stage::Provision, fix = finding.fix, "{}", finding.message);
                }
            }
            Err(error) => warn!(stage = %Stage::Provision, %error, "going on without roles"),
        }
        Ok(Provisioned {
            migrated: self,
            desired,
            outcome,
            refused,
            realigned: Realigned::default(),
            checker: Arc::default(),
        })
    }

    /// Makes a new secret, and from it new passwords for every managed role. What core may not set is told.
    ///
    /// # Errors
    /// As [`provision`](Self::provision). The secret and the passwords that core may set change in one transaction, or neither does.
    pub async fn rotate_roles(&self) -> Result<Rotated, StartError> {
        let run = &self.unlocked.connected.run;
        let desired = self.desired();
        let align = Align { rotate: true, ..Align::default() };
        let done = run.stage(Stage::Provision, self.align(&desired, align)).await?;
        let mut findings = done.findings;
        let failed = |cause| StartError::new(Stage::Provision, cause);
        findings.extend(self.aligned_logins().await.map_err(failed)?);
        self.align_subjects().await.map_err(|cause| StartError::new(Stage::Provision, cause))?;
        findings.retain(|finding| finding.kind == UNKNOWN_PASSWORD);
        let reports = run.settings.tenancy.as_ref().is_some_and(|tenancy| tenancy.reports.is_some());
        findings.extend(reports.then(|| self.logins_of_reports()).filter(|_| !findings.is_empty()));
        // A role that is made by the same change has its first password.
        let is_new = |change: &&AppliedChange| matches!(change.kind, "set-password" | "create-role");
        Ok(Rotated { changed: done.changes.iter().filter(is_new).count(), findings })
    }

    fn logins_of_reports(&self) -> Finding {
        let core = self.unlocked.connected.server.user.as_str();
        Finding {
            role: None,
            kind: UNKNOWN_PASSWORD.to_owned(),
            object: "tenancy.reports".to_owned(),
            message: format!(
                "the logins of tenants' reports have the passwords that they had, and {core} may not set all of them"
            ),
            fix: Some("rolewright tenant upgrade, which sets each, or tells its statement".to_owned()),
        }
    }

    /// The module's login roles get the passwords that derive from the secret as it is now, where there are tenants.
    pub(crate) async fn align_logins(&self) -> Result<(), TenantError> {
        for finding in self.aligned_logins().await? {
            warn!(stage = %Stage::Provision, fix = finding.fix, "{}", finding.message);
        }
        Ok(())
    }

    /// The same, with what core may not do about one.
    async fn aligned_logins(&self) -> Result<Vec<Finding>, TenantError> {
        let Some(ground) = self.tenants() else { return Ok(Vec::new()) };
        ground.align_logins().await.map(|done| done.findings)
    }

    /// The login and the roles of subjects become what the settings ask for, where there are any. One that stands in its own way ends
    /// the start, or, where roles may be degraded, has no role.
    pub(crate) async fn align_subjects(&self) -> Result<RoomProvisioned, ProvisionError> {
        let Some(access) = self.access() else { return Ok(RoomProvisioned::default()) };
        let done = access.provision().await?;
        if self.unlocked.connected.run.settings.start.roles == RolesMode::Required && !done.refused.is_empty()
        {
            return Err(ProvisionError::Refused(done.refused.into_values().flatten().collect()));
        }
        for refusal in done.refused.values().flatten() {
            warn!(stage = %Stage::Provision, fix = refusal.fix, "{}", refusal.message);
        }
        Ok(done)
    }

    /// What the work for subjects stands on, where there are any.
    pub(crate) fn access(&self) -> Option<Access> {
        Access::new(&self.unlocked.connected, self.store.clone(), self.installation.id)
    }

    /// What the work for tenants stands on, where a module is configured.
    pub(crate) fn tenants(&self) -> Option<Ground> {
        Ground::new(&self.unlocked.connected, self.store.clone(), &self.installation).ok()
    }

    /// What is configured, for this installation.
    pub(crate) fn desired(&self) -> Desired {
        let settings = &self.unlocked.connected.run.settings;
        Desired::new(settings, self.installation.id).formerly(&self.installation.previous)
    }

    /// The core pool.
    pub(crate) fn core(&self) -> &sea_orm::DatabaseConnection {
        &self.unlocked.connected.core
    }

    /// Makes the roles as desired. Where roles may be degraded, one that stands in its own way is left out and named with
    /// the reason, and the others are made.
    pub(crate) async fn align_what_may(
        &self,
        desired: &Desired,
    ) -> (Result<rolewright_roles::Provisioned, ProvisionError>, BTreeMap<String, String>) {
        let outcome = self.aligned(desired).await;
        let degraded = self.unlocked.connected.run.settings.start.roles == RolesMode::Degraded;
        let refused: BTreeMap<String, String> = match &outcome {
            Err(ProvisionError::Refused(refusals)) if degraded => refusals
                .iter()
                .filter_map(|refusal| Some((refusal.role.clone()?, refusal.message.clone())))
                .collect(),
            _ => BTreeMap::new(),
        };
        if refused.is_empty() || refused.len() == desired.roles.len() {
            return (outcome, refused);
        }
        let rest = desired.without(refused.keys().map(String::as_str));
        (self.aligned(&rest).await, refused)
    }

    /// The same for all of them; what roles of the module's gave away is taken back then.
    async fn aligned(&self, desired: &Desired) -> Result<rolewright_roles::Provisioned, ProvisionError> {
        let mut done = self.align(desired, Align::default()).await?;
        if !done.gifts.is_empty() {
            let (connected, installation) = (&self.unlocked.connected, &self.installation);
            let taken = Givers { connected, installation }.take_back(&done.gifts).await;
            let is_taken = |fix: &str| taken.iter().any(|change| fix.starts_with(&change.sql));
            done.findings.retain(|finding| !finding.fix.as_deref().is_some_and(is_taken));
            done.changes.extend(taken);
        }
        Ok(done)
    }

    /// Makes the roles as desired.
    pub(crate) async fn align(
        &self,
        desired: &Desired,
        align: Align,
    ) -> Result<rolewright_roles::Provisioned, ProvisionError> {
        let connected = &self.unlocked.connected;
        let settings = &connected.run.settings;
        let mut options = ProvisionOptions {
            lock_timeout: settings.start.lock_timeout,
            rotate: align.rotate,
            rotate_after: settings.start.rotate_roles_after,
            force_unless_set_since: align.refused,
            ..ProvisionOptions::default()
        };
        let mut tried = BTreeSet::new();
        loop {
            let refusals =
                match rolewright_roles::provision(self.core(), desired, &self.store, &options).await {
                    Err(ProvisionError::Refused(refusals)) => refusals,
                    done => return done,
                };
            let secret = self.store.existing_role_secret(self.core()).await.ok().flatten();
            let proved = match &secret {
                Some(secret) => prove::proved(connected, secret, &refusals, &mut tried).await,
                None => BTreeMap::new(),
            };
            if proved.is_empty() {
                return Err(ProvisionError::Refused(refusals));
            }
            options.proved.extend(proved);
        }
    }
}

/// What a new secret has changed.
#[derive(Debug)]
pub struct Rotated {
    /// How many roles have a new password.
    pub changed: usize,
    /// Those whose password core may not set, each with the statement.
    pub findings: Vec<Finding>,
}

/// What is asked of provisioning besides the desired state.
#[derive(Debug, Default)]
pub(crate) struct Align {
    /// A new secret, and new passwords with it.
    pub(crate) rotate: bool,
    /// Roles whose login was refused although everything seemed in step, and when their passwords had last been set.
    pub(crate) refused: BTreeMap<String, Option<String>>,
}
