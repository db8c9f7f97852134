//! What a start would change, without changing it: for `plan`, `check` and `doctor`.

use rolewright_core::{Advice, Exit, RoleSecret};
use rolewright_roles::{AppliedChange, Desired, Finding, Gift, ProvisionError, Refusal};
use rolewright_secrets::SecretError;
use sea_orm::DbErr;
use serde::Serialize;
use uuid::Uuid;

use super::{HostMigrations, Unlocked};
use crate::{
    access,
    consent::Consents,
    tenants::{Givers, TenantError},
};

/// All that differs from the configuration.
#[derive(Clone, Debug, Serialize)]
pub struct Preview {
    /// What would be done, in order.
    pub changes: Vec<PreviewedChange>,
    /// What is reported and left alone.
    pub findings: Vec<Finding>,
    /// What would be refused, and the remedy.
    pub refusals: Vec<Refusal>,
}

/// One thing that would be done, or was.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PreviewedChange {
    /// `migrate`, or the kind of a role's change, such as `grant-select`.
    pub kind: String,
    /// The object it is done to.
    pub object: String,
    /// The role it is done for.
    pub role: Option<String>,
    /// The statement, with secrets left out.
    pub sql: Option<String>,
}

/// Why the database could not be compared with the configuration.
#[derive(Debug, thiserror::Error)]
pub enum PreviewError {
    /// The pending migrations could not be read.
    #[error("the migrations could not be compared: {0}")]
    Migrations(DbErr),
    /// The role secret could not be read.
    #[error(transparent)]
    Secret(#[from] SecretError),
    /// The catalog could not be compared.
    #[error(transparent)]
    Roles(#[from] ProvisionError),
    /// Who made a role of the module's could not be looked for.
    #[error(transparent)]
    Tenants(#[from] Box<TenantError>),
}

impl Advice for PreviewError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Migrations(_) => Some("check that PostgreSQL is up, and run the command again".to_owned()),
            Self::Secret(error) => error.hint(),
            Self::Roles(error) => error.hint(),
            Self::Tenants(error) => error.hint(),
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Migrations(error) if crate::error::is_lost(error) => Exit::Unavailable,
            Self::Migrations(_) => Exit::Failed,
            Self::Secret(error) => error.exit(),
            Self::Roles(error) => error.exit(),
            Self::Tenants(error) => error.exit(),
        }
    }
}

impl Preview {
    /// Whether there is nothing to do, nothing in the way and nothing to decide.
    #[must_use]
    pub fn in_sync(&self) -> bool {
        self.changes.is_empty()
            && self.refusals.is_empty()
            && !self.findings.iter().any(Finding::needs_decision)
    }
}

impl Unlocked {
    /// Compares the database with the configuration, and changes nothing. Whether a role's password is in step is learnt
    /// by logging in, since nobody but a superuser can read it.
    ///
    /// # Errors
    /// When the database does not answer, or a stored secret does not open.
    pub async fn preview(&self, host: &dyn HostMigrations) -> Result<Preview, PreviewError> {
        let pending = self.pending(host).await.map_err(PreviewError::Migrations)?;
        let settings = &self.connected.run.settings;
        let installation = self.installation.as_ref().map_or(Uuid::nil(), |i| i.id);
        let previous = self.installation.as_ref().map_or(&[][..], |one| &one.previous);
        let desired = Desired::new(settings, installation).formerly(previous);
        let secret = self.role_secret().await?;
        let plan = self.plan(&desired, secret.as_ref()).await?;
        let migrated = pending.is_empty();
        let mut changes: Vec<PreviewedChange> = pending.into_iter().map(PreviewedChange::migration).collect();
        if migrated && secret.is_none() {
            changes.push(PreviewedChange::secret());
        }
        changes.extend(plan.changes.iter().map(|change| PreviewedChange {
            kind: change.kind().to_owned(),
            object: change.object(),
            role: Some(change.role().to_string()),
            sql: Some(change.sql()),
        }));
        let (mut findings, mut refusals) = (plan.findings, plan.refusals);
        if let Some(installation) = self.installation.as_ref().filter(|_| !plan.gifts.is_empty()) {
            let givers = Givers { connected: &self.connected, installation };
            for gift in givers.returnable(&plan.gifts).await.map_err(Box::new)? {
                findings.retain(|finding| {
                    !finding.fix.as_deref().is_some_and(|fix| fix.starts_with(&gift.statement))
                });
                changes.push(PreviewedChange::returned(gift));
            }
        }
        findings.extend(rolewright_roles::unmet(&self.connected.core, settings).await?);
        let consent = Consents::of(self).preview().await?;
        changes.extend(consent.changes.iter().map(PreviewedChange::from));
        findings.extend(consent.findings);
        refusals.extend(consent.refused.into_values().flatten());
        if let Some(subjects) = access::preview(self, secret.as_ref()).await? {
            changes.extend(subjects.changes.iter().map(PreviewedChange::from));
            findings.extend(subjects.findings);
            refusals.extend(subjects.refused.into_values().flatten());
        }
        if let Some(secret) = secret.filter(|_| changes.is_empty() && refusals.is_empty()) {
            let refused = self.refused_logins(&desired, &secret).await;
            // Where core may not set one, that is refused.
            let again = self.plan_refused(&desired, &secret, &refused).await?;
            let stands = |role: &str| again.iter().any(|one| one.role.as_deref() == Some(role));
            changes.extend(
                refused.iter().filter(|role| !stands(role)).map(|role| PreviewedChange::password(role)),
            );
            refusals.extend(again);
        }
        Ok(Preview { changes, findings, refusals })
    }
}

/// The kind of a right that is taken back of what a role of the module's gave.
pub(crate) const TAKE_BACK: &str = "take-back";

impl PreviewedChange {
    pub(crate) fn migration(name: String) -> Self {
        Self { kind: "migrate".to_owned(), object: name, role: None, sql: None }
    }

    /// The secret is made by the first provisioning; without it, every password that was set before is lost.
    fn secret() -> Self {
        Self { kind: "create-secret".to_owned(), object: RoleSecret::KEY.to_owned(), role: None, sql: None }
    }

    /// What it is done to, for a person; what is taken back is told by its statement, as one object may have been given in many ways.
    pub(crate) fn told(&self) -> String {
        let statement = self.sql.as_ref().filter(|_| self.kind == TAKE_BACK);
        statement.unwrap_or(&self.object).clone()
    }

    /// What a role of the module's gave away.
    fn returned(gift: &Gift) -> Self {
        Self {
            kind: TAKE_BACK.to_owned(),
            object: gift.object.clone(),
            role: Some(gift.giver.clone()),
            sql: Some(gift.statement.clone()),
        }
    }

    fn password(role: &str) -> Self {
        Self {
            kind: "set-password".to_owned(),
            object: role.to_owned(),
            role: Some(role.to_owned()),
            sql: None,
        }
    }
}

impl From<&AppliedChange> for PreviewedChange {
    fn from(change: &AppliedChange) -> Self {
        Self {
            kind: change.kind.to_owned(),
            object: change.object.clone(),
            role: Some(change.role.clone()),
            sql: Some(change.sql.clone()),
        }
    }
}
