//! The marker: the role comment by which an installation knows its own roles.
//!
//! Roles belong to the whole cluster, and two installations may share one. A role whose comment is not ours is never
//! changed until the configuration adopts it by name.

use rolewright_core::Ident;
use uuid::Uuid;

/// What a role that marks itself sets its `application_name` to, a setting that it needs no right for and, as nobody's login, no other
/// use: a comment takes somebody with ADMIN OPTION on it, and the look through all their memberships.
pub(crate) fn setting(installation: Uuid) -> String {
    format!("{NAME}{installation}")
}

/// The name of that setting.
pub(crate) const SETTING: &str = "application_name";

/// The installation that such a setting's value names.
pub(crate) fn of_setting(value: &str) -> Option<Uuid> {
    value.strip_prefix(NAME)?.parse().ok()
}

const NAME: &str = "rolewright ";

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

/// What is said of a role that bears another installation's marker.
pub(crate) fn whose(role: &str, other: Uuid) -> String {
    format!("the role {role} is managed by rolewright installation {other}")
}

/// What can be done where a role bears another installation's marker.
pub(crate) fn of_another(role: &Ident) -> String {
    let role = role.quoted();
    format!(
        "choose another id, or a module of another name; where that installation is gone for good, COMMENT ON ROLE {role} IS NULL, and then --adopt"
    )
}
