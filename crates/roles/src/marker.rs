//! The marker: the role comment by which an installation knows its own roles.
//!
//! Roles belong to the whole cluster, and two installations may share one. A role whose comment is not ours is never
//! changed until the configuration adopts it by name.

use rolewright_core::Ident;
use uuid::Uuid;

const PREFIX: &str = "managed by rolewright, installation ";

/// The comment our roles carry.
///
/// ```
/// let id = uuid::Uuid::nil();
/// assert_eq!(
///     rolewright_roles::marker::text(id),
///     "managed by rolewright, installation 00000000-0000-0000-0000-000000000000"
/// );
/// ```
#[must_use]
pub fn text(installation: Uuid) -> String {
    format!("{PREFIX}{installation}")
}

/// The installation that a role's comment names, if it is a marker.
#[must_use]
pub fn installation(comment: &str) -> Option<Uuid> {
    comment.strip_prefix(PREFIX)?.parse().ok()
}

/// What can be done where a role bears another installation's marker.
pub(crate) fn of_another(role: &Ident) -> String {
    let role = role.quoted();
    format!(
        "choose another id, or a module of another name; where that installation is gone for good, COMMENT ON ROLE {role} IS NULL, and then --adopt"
    )
}
