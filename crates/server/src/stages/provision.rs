//! The fifth stage: the roles become what the configuration says.

use std::collections::BTreeSet;

use rolewright_core::{Advice, Exit, RoleSecret, settings::RolesMode};
use rolewright_roles::{Desired, ProvisionError, ProvisionOptions};
use rolewright_secrets::SecretError;
use tracing::{info, warn};

use super::{Migrated, Stage, StartError};

/// Roles that are as configured, or, where `start.roles = "degraded"`, the reason why they are not.
#[derive(Debug)]
pub struct Provisioned {
    pub(crate) migrated: Migrated,
    pub(crate) desired: Desired,
    pub(crate) secret: RoleSecret,
    /// What was changed and found, or why nothing could be.
    pub outcome: Result<rolewright_roles::Provisioned, ProvisionError>,
}

/// Why the provision stage gave up.
#[derive(Debug, thiserror::Error)]
enum CannotProvision {
    #[error(transparent)]
    Secret(#[from] SecretError),
    #[error(transparent)]
    Roles(#[from] ProvisionError),
}

impl Advice for CannotProvision {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Secret(error) => error.hint(),
            Self::Roles(error) => error.hint(),
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Secret(error) => error.exit(),
            Self::Roles(error) => error.exit(),
        }
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
        let desired = Desired::new(&run.settings, self.installation.id);
        let degraded = run.settings.start.roles == RolesMode::Degraded;
        let (secret, outcome) = run
            .stage(Stage::Provision, async {
                let secret = self.store.role_secret(self.core()).await?;
                let outcome = self.align(&desired, &secret, BTreeSet::new()).await;
                match outcome {
                    Err(error) if !degraded => Err(CannotProvision::Roles(error)),
                    outcome => Ok((secret, outcome)),
                }
            })
            .await?;
        match &outcome {
            Ok(done) => {
                info!(stage = %Stage::Provision, changes = done.changes.len(), "roles are as configured");
                for finding in &done.findings {
                    warn!(stage = %Stage::Provision, fix = finding.fix, "{}", finding.message);
                }
            }
            Err(error) => warn!(stage = %Stage::Provision, %error, "going on without roles"),
        }
        Ok(Provisioned { migrated: self, desired, secret, outcome })
    }

    /// Makes a new secret, and from it new passwords for every managed role; returns how many were changed.
    ///
    /// # Errors
    /// As [`provision`](Self::provision). Killed in between, the next start aligns the passwords.
    pub async fn rotate_roles(&self) -> Result<usize, StartError> {
        let run = &self.unlocked.connected.run;
        let desired = Desired::new(&run.settings, self.installation.id);
        run.stage(Stage::Provision, async {
            let secret = self.store.replace_role_secret(self.core()).await?;
            let done = self.align(&desired, &secret, BTreeSet::new()).await?;
            let passwords = done.changes.iter().filter(|change| change.kind == "set-password");
            Ok::<_, CannotProvision>(passwords.count())
        })
        .await
    }

    /// The core pool.
    pub(crate) fn core(&self) -> &sea_orm::DatabaseConnection {
        &self.unlocked.connected.core
    }

    pub(crate) async fn align(
        &self,
        desired: &Desired,
        secret: &RoleSecret,
        force_password: BTreeSet<String>,
    ) -> Result<rolewright_roles::Provisioned, ProvisionError> {
        let options = ProvisionOptions {
            lock_timeout: self.unlocked.connected.run.settings.start.lock_timeout,
            force_password,
            ..ProvisionOptions::default()
        };
        rolewright_roles::provision(self.core(), desired, secret, &options).await
    }
}
