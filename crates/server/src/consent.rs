//! Consent as the host uses it: records of the configured kinds are revoked and restored, and what hides one is told.

use std::sync::Arc;

use rolewright_core::{Advice, Exit, Ident, Settings};
use rolewright_roles::{
    ProvisionError, ProvisionOptions,
    consent::{self, ConsentError, Explained, Records, Wanted, Whom},
    room::{RoomPlan, RoomProvisioned},
};
use sea_orm::DatabaseConnection;
use tracing::warn;
use uuid::Uuid;

use crate::{
    Rolewright,
    stages::{Migrated, Stage, Unlocked},
};

/// The records that may be withdrawn, as configured in `[consent.NAME]`.
#[derive(Clone, Debug)]
pub struct Consents {
    db: DatabaseConnection,
    settings: Arc<Settings>,
    wanted: Wanted,
}

/// Whom a question is about, or something is said for, as it is written: `role:NAME` is the NAME of `[roles.NAME]`, `subject:NAME` a
/// subject of tokens, `database-role:NAME` any role of the database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Principal {
    /// A managed role, by its connection's name.
    Role(String),
    /// A subject of tokens.
    Subject(String),
    /// A role of the database.
    DatabaseRole(Ident),
}

/// There is nobody of this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NobodyError {
    /// No `[roles.NAME]`.
    #[error("there is no connection named `{name}`; configured are: {}", known.join(", "))]
    Role {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// No `[access]`, so that nobody is a subject.
    #[error("`{0}` cannot be a subject, since `access` is not configured")]
    Subject(String),
    /// A subject without a database role.
    #[error("the subject `{0}` has no database role")]
    NoRole(String),
}

impl Advice for NobodyError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Role { name, .. } => {
                format!("add a section [roles.{name}], or use one of the configured names")
            }
            Self::Subject(_) => "configure [access], or name a database-role:NAME".to_owned(),
            Self::NoRole(name) => {
                format!(
                    "add \"{name}\" to access.subjects, or ask for the database-role:NAME that it acts as"
                )
            }
        })
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }
}

impl std::str::FromStr for Principal {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("role", name)) if !name.is_empty() => Ok(Self::Role(name.to_owned())),
            Some(("subject", name)) if !name.is_empty() => Ok(Self::Subject(name.to_owned())),
            Some(("database-role", name)) => {
                Ident::new(name).map(Self::DatabaseRole).map_err(|error| error.to_string())
            }
            _ => Err(
                "expected role:NAME, the NAME of a section [roles.NAME], subject:NAME, or database-role:NAME"
                    .to_owned(),
            ),
        }
    }
}

impl Consents {
    pub(crate) fn of(unlocked: &Unlocked) -> Self {
        let installation = unlocked.installation.as_ref().map_or(Uuid::nil(), |one| one.id);
        Self::new(unlocked, installation)
    }

    pub(crate) fn new(unlocked: &Unlocked, installation: Uuid) -> Self {
        let connected = &unlocked.connected;
        let settings = connected.run.settings.clone();
        let wanted = Wanted::new(&settings, installation);
        Self { db: connected.core.clone(), settings, wanted }
    }

    /// The names of the configured kinds.
    pub fn kinds(&self) -> impl Iterator<Item = &str> {
        self.wanted.kinds.keys().map(String::as_str)
    }

    /// The records of one kind, such as `ehr` of `[consent.ehr]`.
    ///
    /// # Errors
    /// [`ConsentError::NoKind`] where it is not configured.
    pub fn records(&self, kind: &str) -> Result<Records<'_>, ConsentError> {
        Records::of(&self.db, &self.wanted, kind)
    }

    /// Whom something is said for.
    ///
    /// # Errors
    /// Where there is nobody of the name.
    pub fn whom(&self, principal: &Principal) -> Result<Whom, NobodyError> {
        Ok(match principal {
            Principal::Role(name) => Whom::Role(self.connection(name)?),
            Principal::DatabaseRole(role) => Whom::Role(role.clone()),
            Principal::Subject(name) if self.settings.access.is_none() => {
                return Err(NobodyError::Subject(name.clone()));
            }
            Principal::Subject(name) => Whom::Subject(name.clone()),
        })
    }

    /// Whether somebody sees a record now, and what decides it.
    ///
    /// # Errors
    /// [`Explain::Nobody`] where there is nobody of the name; else as [`Records::explain`].
    pub async fn explain(
        &self,
        kind: &str,
        record: &str,
        principal: &Principal,
    ) -> Result<Explained, Explain> {
        let records = self.records(kind)?;
        let explained = match principal {
            Principal::Role(name) => records.explain(record, &self.connection(name)?, None, None).await,
            Principal::DatabaseRole(role) => records.explain(record, role, None, None).await,
            Principal::Subject(name) => {
                let access =
                    self.settings.access.as_ref().ok_or_else(|| NobodyError::Subject(name.clone()))?;
                let role = match access.db_role {
                    true if !access.subjects.contains(name) => {
                        return Err(NobodyError::NoRole(name.clone()).into());
                    }
                    true => Ident::new(format!("{}{name}", access.subject_prefix)),
                    false => Ok(access.shared_role.clone()),
                };
                let role = role.map_err(|_| NobodyError::NoRole(name.clone()))?;
                records.explain(record, &role, Some(&access.login), Some(name)).await
            }
        };
        Ok(explained?)
    }

    fn connection(&self, name: &str) -> Result<Ident, NobodyError> {
        let roles = &self.settings.roles;
        roles.get(name).map(|role| role.role.clone()).ok_or_else(|| NobodyError::Role {
            name: name.to_owned(),
            known: roles.keys().cloned().collect(),
        })
    }

    pub(crate) async fn provision(&self) -> Result<RoomProvisioned, ProvisionError> {
        // In sync without any kind is no round trip.
        if self.wanted.kinds.is_empty() {
            return Ok(RoomProvisioned::default());
        }
        consent::provision(&self.db, &self.wanted, &self.options()).await
    }

    pub(crate) async fn preview(&self) -> Result<RoomPlan, ProvisionError> {
        consent::plan(&self.db, &self.wanted).await
    }

    /// How policies are made.
    #[must_use]
    pub fn options(&self) -> ProvisionOptions {
        ProvisionOptions { lock_timeout: self.settings.start.lock_timeout, ..ProvisionOptions::default() }
    }
}

/// Why it was not told whether somebody sees a record.
#[derive(Debug, thiserror::Error)]
pub enum Explain {
    /// There is nobody of this name.
    #[error(transparent)]
    Nobody(#[from] NobodyError),
    /// The question has no answer, or the server gave none.
    #[error(transparent)]
    Consent(#[from] ConsentError),
}

impl Advice for Explain {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Nobody(error) => error.hint(),
            Self::Consent(error) => error.hint(),
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Nobody(error) => error.exit(),
            Self::Consent(error) => error.exit(),
        }
    }
}

impl Migrated {
    /// The policies of consent become what the settings ask for, before any role is opened. What stands in the way of one ends the start,
    /// whatever `start.roles` says: roles may be missing, and what a person has withdrawn may not be shown.
    pub(crate) async fn align_consent(&self) -> Result<RoomProvisioned, ProvisionError> {
        let done = Consents::new(&self.unlocked, self.installation.id).provision().await?;
        if done.refused.is_empty() {
            return Ok(done);
        }
        for refusal in done.refused.values().flatten() {
            warn!(stage = %Stage::Provision, fix = refusal.fix, "{}", refusal.message);
        }
        Err(ProvisionError::Refused(done.refused.into_values().flatten().collect()))
    }
}

impl Rolewright {
    /// The records that may be withdrawn: to be revoked, restored and asked after.
    ///
    /// ```no_run
    /// # async fn example(app: rolewright::Rolewright) -> Result<(), Box<dyn std::error::Error>> {
    /// use rolewright::roles::consent::{Effect, Saying, Whom};
    ///
    /// let said = Saying {
    ///     effect: Effect::Revoke,
    ///     whom: Whom::Everybody,
    ///     from: None,
    ///     until: None,
    ///     reason: Some("by letter of 3 May".to_owned()),
    ///     by: Some("front desk".to_owned()),
    /// };
    /// let consent = app.consent();
    /// consent.records("ehr")?.say(&["9b2f7f7e-0f1c-4a39-9d0c-0a4b5f6c7d8e".to_owned()], &said, &|_| {}).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn consent(&self) -> Consents {
        let migrated = &self.verified().provisioned.migrated;
        Consents::new(&migrated.unlocked, migrated.installation.id)
    }
}
