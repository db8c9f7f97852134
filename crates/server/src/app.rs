//! What a finished start gives the host: the core pool, and a pool for each role, or the reason why there is none.

use std::{
    collections::BTreeMap,
    sync::{PoisonError, RwLock},
};

use rolewright_core::{Advice, Exit, Settings};
use rolewright_sessions::{RolePool, Subject, SubjectError, Subjects};
use sea_orm::DatabaseConnection;

use crate::{
    health::{Health, RoleHealth},
    stages::{Stage, Verified},
    tenants::{Ground, TenantError, Tenants},
};

/// An application whose roles are in place.
///
/// It is made by [`Verified::open`](crate::stages::Verified::open), the last of the stages.
#[derive(Debug)]
pub struct Rolewright {
    verified: Verified,
    roles: RwLock<BTreeMap<String, Role>>,
    tenants: Option<Ground>,
    acting: Option<rolewright_sessions::Tenants>,
    subjects: Option<Result<Subjects, String>>,
    /// One look at a time.
    pub(crate) reconciling: tokio::sync::Mutex<()>,
}

/// A configured role: open, or refused with the reason.
#[derive(Clone, Debug)]
pub(crate) enum Role {
    Open(RolePool),
    Refused(String),
}

/// Work for a role that is not open is refused; it never falls back to the core connection.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RoleUnavailable {
    /// There is no such connection in the configuration.
    #[error("there is no connection named `{name}`; configured are: {}", known.join(", "))]
    Unknown {
        /// The name asked for.
        name: String,
        /// The names there are.
        known: Vec<String>,
    },
    /// The start went on without it.
    #[error("the connection `{name}` is not open: {reason}")]
    Refused {
        /// The name asked for.
        name: String,
        /// Why it is not open.
        reason: String,
    },
}

impl Advice for RoleUnavailable {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unknown { name, .. } => {
                format!("add a section [roles.{name}], or use one of the configured names")
            }
            Self::Refused { .. } => {
                "run `rolewright doctor`: it names each precondition and its fix".to_owned()
            }
        })
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Unknown { .. } => Exit::Usage,
            Self::Refused { .. } => Exit::NoPermission,
        }
    }
}

impl Rolewright {
    pub(crate) fn new(
        verified: Verified,
        roles: BTreeMap<String, Role>,
        subjects: Option<Result<Subjects, String>>,
    ) -> Self {
        let checker = &verified.provisioned.checker;
        let tenants = verified.provisioned.migrated.tenants().map(|ground| ground.checked_by(checker));
        let app = Self {
            acting: tenants.as_ref().map(|ground| rolewright_sessions::Tenants::open(ground.acting())),
            tenants,
            subjects,
            verified,
            roles: RwLock::new(BTreeMap::new()),
            reconciling: tokio::sync::Mutex::default(),
        };
        app.put(roles);
        app
    }

    /// The core pool, for the application's own stores. Nothing untrusted belongs on it.
    #[must_use]
    pub fn core(&self) -> &DatabaseConnection {
        self.verified.provisioned.migrated.core()
    }

    /// The pool of one configured connection, logged in as its role.
    ///
    /// # Errors
    /// When there is no such connection, or when it is not open; the work is then refused.
    pub fn role(&self, name: &str) -> Result<RolePool, RoleUnavailable> {
        let mut roles = self.roles();
        match roles.remove(name) {
            Some(Role::Open(pool)) => Ok(pool),
            Some(Role::Refused(reason)) => Err(RoleUnavailable::Refused { name: name.to_owned(), reason }),
            None => {
                Err(RoleUnavailable::Unknown { name: name.to_owned(), known: roles.into_keys().collect() })
            }
        }
    }

    /// One tenant of the configured module, to run transactions as. This is the only way to a tenant's rows.
    ///
    /// ```no_run
    /// # async fn example(app: rolewright::Rolewright) -> Result<(), Box<dyn std::error::Error>> {
    /// use sea_orm::ConnectionTrait;
    ///
    /// let diku = app.tenant("diku").await?;
    /// diku.transaction(async |tx| tx.execute_unprepared("UPDATE loan SET seen = true").await).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the id is none, there is no such tenant, or it is not to be worked for.
    pub async fn tenant(
        &self,
        id: impl AsRef<str>,
    ) -> Result<rolewright_sessions::Tenant, rolewright_sessions::TenantError> {
        let acting = self.acting.as_ref().ok_or(rolewright_sessions::TenantError::NoModule)?;
        acting.get(id).await
    }

    /// The subject that a bearer token names, to run transactions as: a database role of its own, for one transaction at a time.
    ///
    /// ```no_run
    /// # async fn example(app: rolewright::Rolewright, token: &str) -> Result<(), Box<dyn std::error::Error>> {
    /// use sea_orm::ConnectionTrait;
    ///
    /// let subject = app.subject(token).await?;
    /// subject.transaction(async |tx| tx.execute_unprepared("UPDATE note SET seen = true").await).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When the token is not believed, or its subject has no database role; [`SubjectError::http_status`] tells what a server answers.
    pub async fn subject(&self, token: &str) -> Result<Subject, SubjectError> {
        match &self.subjects {
            Some(Ok(subjects)) => subjects.verify(token).await,
            Some(Err(why)) => Err(SubjectError::NoAccess(why.clone())),
            None => Err(SubjectError::NoAccess("`access` is not configured".to_owned())),
        }
    }

    /// The tenants of the configured module, to be added, upgraded and removed.
    ///
    /// # Errors
    /// [`TenantError::NoModule`] where there is no `[tenancy]`.
    pub fn tenants(&self) -> Result<Tenants<'_>, TenantError> {
        self.tenants.as_ref().map(Tenants::new).ok_or(TenantError::NoModule)
    }

    /// Every role's state at this moment.
    pub(crate) fn roles(&self) -> BTreeMap<String, Role> {
        self.roles.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Puts the roles' new states in place, and tells the health.
    pub(crate) fn put(&self, roles: BTreeMap<String, Role>) {
        for (connection, role) in &roles {
            let state = match role {
                Role::Open(_) => RoleHealth::Open,
                Role::Refused(reason) => RoleHealth::Refused(reason.clone()),
            };
            self.health().role(connection, state);
        }
        *self.roles.write().unwrap_or_else(PoisonError::into_inner) = roles;
    }

    /// The settings of this start.
    #[must_use]
    pub fn settings(&self) -> &Settings {
        &self.verified.provisioned.migrated.unlocked.connected.run.settings
    }

    /// Its health, to be served or read.
    #[must_use]
    pub fn health(&self) -> &Health {
        &self.verified.provisioned.migrated.unlocked.connected.run.health
    }

    /// What the start found and did, for those who show it.
    #[must_use]
    pub fn verified(&self) -> &Verified {
        &self.verified
    }

    /// Takes no more work, lets what runs finish, and closes every connection.
    pub async fn drain(&self) {
        self.health().enter(Stage::Drain);
        for role in self.roles().into_values() {
            if let Role::Open(pool) = role {
                pool.close().await;
            }
        }
        if let Some(acting) = &self.acting {
            acting.close().await;
        }
        if let Some(Ok(subjects)) = &self.subjects {
            subjects.close().await;
        }
        if let Some(checker) = self.verified.provisioned.checker.get() {
            checker.close().await;
        }
        self.core().get_postgres_connection_pool().close().await;
    }
}
