//! What is asked of every token, besides a signature.

use std::time::Duration;

use rolewright_core::settings::{Algorithm, JwtSettings};

/// Whose tokens are believed, and when.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The algorithms that are taken, whatever a key could do.
    pub algorithms: Vec<Algorithm>,
    /// Who must have issued it; absent means anybody who has one of the keys.
    pub issuer: Option<String>,
    /// Whom it must be for, one of these; where there is none, a token that is for somebody is refused.
    pub audience: Vec<String>,
    /// The claim that lists roles.
    pub roles_claim: String,
    /// How much the issuer's clock may differ from ours.
    pub skew: Duration,
}

impl Default for Policy {
    fn default() -> Self {
        Self {
            algorithms: vec![Algorithm::Rs256],
            issuer: None,
            audience: Vec::new(),
            roles_claim: "roles".to_owned(),
            skew: Duration::from_secs(30),
        }
    }
}

impl From<&JwtSettings> for Policy {
    fn from(settings: &JwtSettings) -> Self {
        Self {
            algorithms: settings.algorithms.clone(),
            issuer: settings.issuer.clone(),
            audience: settings.audience.clone(),
            roles_claim: settings.roles_claim.clone(),
            skew: settings.skew,
        }
    }
}

impl Policy {
    /// The skew in whole seconds.
    pub(super) fn seconds(&self) -> i64 {
        i64::try_from(self.skew.as_secs()).unwrap_or(i64::MAX)
    }
}
