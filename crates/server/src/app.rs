//! What a finished start gives the host: the core pool, and a pool for each role, or the reason why there is none.

use std::collections::BTreeMap;

use rolewright_core::{Advice, Exit, Settings};
use rolewright_sessions::RolePool;
use sea_orm::DatabaseConnection;

use crate::{
    health::Health,
    stages::{Stage, Verified},
};

/// An application whose roles are in place.
///
/// It is made by [`Verified::open`](crate::stages::Verified::open), the last of the stages.
#[derive(Debug)]
pub struct Rolewright {
    verified: Verified,
    roles: BTreeMap<String, Role>,
}

/// A configured role: open, or refused with the reason.
#[derive(Debug)]
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
    pub(crate) fn new(verified: Verified, roles: BTreeMap<String, Role>) -> Self {
        Self { verified, roles }
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
        match self.roles.get(name) {
            Some(Role::Open(pool)) => Ok(pool.clone()),
            Some(Role::Refused(reason)) => {
                Err(RoleUnavailable::Refused { name: name.to_owned(), reason: reason.clone() })
            }
            None => Err(RoleUnavailable::Unknown {
                name: name.to_owned(),
                known: self.roles.keys().cloned().collect(),
            }),
        }
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
        for role in self.roles.values() {
            if let Role::Open(pool) = role {
                pool.close().await;
            }
        }
        self.core().get_postgres_connection_pool().close().await;
    }
}
