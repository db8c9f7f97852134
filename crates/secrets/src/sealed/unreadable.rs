//! Why a stored value does not open: for the store's errors, which add the value's name and the remedy.

use crate::KeyId;

/// Why a stored value does not open.
///
/// Tampered with, truncated, and moved from another name or installation are deliberately one and the same answer: a
/// finer one would tell an attacker how near a forgery came.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unreadable {
    /// It is sealed under a key that is not in the ring.
    #[error("it is sealed under key {id}, and the key file holds {}", listed(have))]
    WrongKey {
        /// The key that opens it.
        id: KeyId,
        /// The keys of the ring.
        have: Vec<KeyId>,
    },
    /// It is in the older form, which names no key, and no key of the ring opens it.
    #[error("it is in the older form S1, and none of the keys of the key file opens it ({})", listed(have))]
    Older {
        /// The keys of the ring.
        have: Vec<KeyId>,
    },
    /// It is not what was once sealed for this name and installation.
    #[error("it is damaged, or it was sealed for another name or installation")]
    Damaged,
    /// It was sealed by a version of Rolewright that knows more forms than this one.
    #[error("it is sealed in the form {version}, which this version does not know")]
    UnknownVersion {
        /// The form's tag.
        version: String,
    },
}

impl Unreadable {
    /// Whether the fault is the value's own, so that no other key would help; otherwise a key is missing.
    #[must_use]
    pub fn is_damage(&self) -> bool {
        matches!(self, Self::Damaged | Self::UnknownVersion { .. })
    }
}

fn listed(ids: &[KeyId]) -> String {
    ids.iter().map(KeyId::to_string).collect::<Vec<_>>().join(", ")
}
