//! Which changes only take rights away, and so are right whatever else is wrong.

use super::{Attribute, Change};

impl Change {
    /// Whether it only takes away, so that it may be applied even when something else is wrong.
    #[must_use]
    pub fn only_takes(&self) -> bool {
        match self {
            Self::RevokeMembership { .. }
            | Self::Revoke { .. }
            | Self::RevokeDefault { .. }
            | Self::Reset { .. } => true,
            Self::AlterRole { attributes, .. } => {
                !attributes.iter().any(|one| matches!(one, Attribute::Login | Attribute::NeverExpires))
            }
            _ => false,
        }
    }
}
