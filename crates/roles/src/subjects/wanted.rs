//! What is asked for: a login, and the roles that it may become, each in its groups.

use std::collections::BTreeMap;

use rolewright_core::{Ident, settings::AccessSettings};
use uuid::Uuid;

/// The login and the roles of subjects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The installation's id, which the roles' marker carries.
    pub installation: Uuid,
    /// The role that logs in.
    pub login: Ident,
    /// Whether the login's password is set again although it seems to be in step: it was refused.
    pub login_refused: bool,
    /// The roles that subjects act as, and the groups that carry the privileges of each.
    pub roles: BTreeMap<Ident, Vec<Ident>>,
    /// What may be ours and no longer wanted: a role by its name.
    pub others: Vec<Ident>,
    /// The same: roles by the beginnings of their names.
    pub prefixes: Vec<String>,
    /// Names that none of them may have: the managed roles, and core's.
    pub taken: Vec<String>,
}

impl Wanted {
    /// What the settings ask for.
    #[must_use]
    pub fn new(access: &AccessSettings, installation: Uuid, taken: Vec<String>) -> Self {
        let mut roles = BTreeMap::new();
        // The settings have been checked to make names.
        let mut add = |name: String, groups: Vec<Ident>| {
            if let Ok(name) = Ident::new(name) {
                roles.insert(name, groups);
            }
        };
        if access.db_role {
            for subject in &access.subjects {
                add(format!("{}{subject}", access.subject_prefix), access.groups.clone());
            }
            for role in &access.roles {
                let own = access.role_groups.get(role).cloned().unwrap_or_default();
                let groups = access.groups.iter().cloned().chain(own).collect();
                add(format!("{}{role}", access.role_prefix), groups);
            }
        } else {
            add(access.shared_role.to_string(), access.groups.clone());
        }
        Self {
            installation,
            login: access.login.clone(),
            login_refused: false,
            roles,
            others: vec![access.shared_role.clone()],
            prefixes: vec![access.subject_prefix.clone(), access.role_prefix.clone()],
            taken,
        }
    }

    /// All groups that any of them is in, sorted.
    pub(super) fn groups(&self) -> Vec<String> {
        let mut all: Vec<String> = self.roles.values().flatten().map(ToString::to_string).collect();
        all.sort();
        all.dedup();
        all
    }
}
