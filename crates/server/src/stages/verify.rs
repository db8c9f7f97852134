//! The sixth stage: the server is asked what every managed role can really do.

use std::collections::BTreeMap;

use rolewright_core::{Advice, Exit, settings::RolesMode};
use rolewright_roles::{ProvisionError, Verified as Rights, Violation};
use tracing::warn;

use super::{Provisioned, Stage, StartError};

/// Roles whose effective rights are what they promise.
#[derive(Debug)]
pub struct Verified {
    pub(crate) provisioned: Provisioned,
    /// Roles that may not be used, by name, with the reason; only where `start.roles = "degraded"`.
    pub(crate) refused: BTreeMap<String, String>,
    /// What each role can read.
    pub rights: Option<Rights>,
}

/// Why the verify stage gave up.
#[derive(Debug, thiserror::Error)]
pub enum VerifyFailed {
    /// A role can do what it must not, or cannot do what it promises.
    #[error("{}", list(.0))]
    Broken(Vec<Violation>),
    /// The server could not be asked.
    #[error(transparent)]
    Database(#[from] ProvisionError),
}

fn list(violations: &[Violation]) -> String {
    violations.iter().map(Violation::message).collect::<Vec<_>>().join("; ")
}

impl Advice for VerifyFailed {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Broken(violations) => {
                let fixes: Vec<&str> = violations.iter().map(|v| v.fix.as_str()).collect();
                Some(if fixes.is_empty() {
                    "run `rolewright verify`".to_owned()
                } else {
                    format!("run {}", fixes.join("; "))
                })
            }
            Self::Database(error) => error.hint(),
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Broken(_) => Exit::Broken,
            Self::Database(error) => error.exit(),
        }
    }
}

impl Provisioned {
    /// What the roles of these connections, or of all, can do beyond their promise.
    ///
    /// # Errors
    /// When the server cannot be asked.
    pub(crate) async fn excesses(&self, connections: &[String]) -> Result<Vec<Violation>, ProvisionError> {
        let rights = rolewright_roles::verify(self.migrated.core(), &self.desired).await?;
        let asked = |role: &str| {
            connections.is_empty()
                || self
                    .desired
                    .roles
                    .get(role)
                    .is_some_and(|desired| connections.contains(&desired.connection))
        };
        Ok(rights.violations.into_iter().filter(|v| v.is_excess() && asked(&v.role)).collect())
    }

    /// Asks the server for every managed role's effective rights, PUBLIC and memberships included.
    ///
    /// # Errors
    /// What is writable or readable that must not be, why, and the statement that mends it.
    pub async fn verify(self) -> Result<Verified, StartError> {
        let run = self.migrated.unlocked.connected.run.clone();
        let degraded = run.settings.start.roles == RolesMode::Degraded;
        let mut refused = self.refused.clone();
        if let Err(error) = &self.outcome {
            for role in self.desired.names() {
                refused.entry(role).or_insert_with(|| error.to_string());
            }
            return Ok(Verified { provisioned: self, refused, rights: None });
        }
        let rights = run
            .stage(Stage::Verify, async {
                let rights = rolewright_roles::verify(self.migrated.core(), &self.desired).await?;
                // A role that was left out before is refused already.
                let broken: Vec<Violation> =
                    rights.violations.iter().filter(|v| !refused.contains_key(&v.role)).cloned().collect();
                if broken.is_empty() || degraded { Ok(rights) } else { Err(VerifyFailed::Broken(broken)) }
            })
            .await?;
        for violation in rights.violations.iter().filter(|violation| violation.is_excess()) {
            let reason = refused.entry(violation.role.clone()).or_default();
            let more = violation.message();
            *reason = if reason.is_empty() { more } else { format!("{reason}; {more}") };
        }
        for (role, reason) in &refused {
            warn!(stage = %Stage::Verify, role, reason, "going on without this role");
        }
        Ok(Verified { provisioned: self, refused, rights: Some(rights) })
    }
}
