//! The sixth stage: the server is asked what every managed role can really do.

use rolewright_core::{Advice, Exit, settings::RolesMode};
use rolewright_roles::{ProvisionError, Verified as Rights, Violation};
use tracing::warn;

use super::{Provisioned, Stage, StartError};

/// Roles whose effective rights are what they promise.
#[derive(Debug)]
pub struct Verified {
    pub(crate) provisioned: Provisioned,
    /// Why the roles may not be used, where `start.roles = "degraded"`.
    pub(crate) refused: Option<String>,
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
    /// Asks the server for every managed role's effective rights, PUBLIC and memberships included.
    ///
    /// # Errors
    /// What is writable or readable that must not be, why, and the statement that mends it.
    pub async fn verify(self) -> Result<Verified, StartError> {
        let run = self.migrated.unlocked.connected.run.clone();
        let degraded = run.settings.start.roles == RolesMode::Degraded;
        if let Err(error) = &self.outcome {
            let refused = Some(error.to_string());
            return Ok(Verified { provisioned: self, refused, rights: None });
        }
        let (rights, refused) = run
            .stage(Stage::Verify, async {
                let rights = rolewright_roles::verify(self.migrated.core(), &self.desired).await?;
                match VerifyFailed::Broken(rights.violations.clone()) {
                    VerifyFailed::Broken(violations) if violations.is_empty() => Ok((Some(rights), None)),
                    broken if degraded => Ok((Some(rights), Some(broken.to_string()))),
                    broken => Err(broken),
                }
            })
            .await?;
        if let Some(reason) = &refused {
            warn!(stage = %Stage::Verify, reason, "going on without roles");
        }
        Ok(Verified { provisioned: self, refused, rights })
    }
}
