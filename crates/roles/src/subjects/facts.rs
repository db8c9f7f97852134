//! What the catalogs say of subjects' roles, as plain values.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What the catalogs say.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Observed {
    pub(super) version: i32,
    pub(super) recovery: bool,
    pub(super) database: String,
    pub(super) core: Core,
    /// The login, the wanted roles, and those of ours that are wanted no more.
    pub(super) roles: BTreeMap<String, Role>,
    /// The groups that there are.
    pub(super) groups: BTreeMap<String, Group>,
    /// Who is a member of these roles, and what these are members of.
    pub(super) memberships: Vec<Membership>,
}

/// Core itself.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Core {
    pub(super) name: String,
    pub(super) superuser: bool,
    pub(super) createrole: bool,
}

/// A role.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Role {
    pub(super) login: bool,
    pub(super) inherit: bool,
    pub(super) superuser: bool,
    pub(super) createrole: bool,
    pub(super) createdb: bool,
    pub(super) replication: bool,
    pub(super) bypassrls: bool,
    pub(super) comment: Option<String>,
    /// Whether core itself has ADMIN OPTION on it.
    pub(super) admin: bool,
    /// Whether it may connect to this database.
    pub(super) connects: bool,
    /// What was given to it last.
    pub(super) fingerprint: Option<String>,
}

/// A group.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Group {
    /// Whether core has ADMIN OPTION on it.
    pub(super) admin: bool,
    /// Roles of administrators that it is, or is a member of.
    pub(super) reaches: Vec<String>,
    /// Tables with policies that do not bind it, since it has their owner's rights.
    pub(super) unbound: Vec<String>,
}

/// A membership; before 16 `inherit` and `set` are nobody's, and NULL.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Membership {
    pub(super) role: String,
    pub(super) member: String,
    pub(super) grantor: String,
    pub(super) admin: bool,
    pub(super) inherit: Option<bool>,
    pub(super) set: Option<bool>,
}

impl Observed {
    /// Whether this is 16 or later, where CREATEROLE alone gives no right over other roles.
    pub(super) fn is_strict(&self) -> bool {
        self.version >= 160_000
    }

    /// Whether core may make roles.
    pub(super) fn may_create(&self) -> bool {
        self.core.superuser || self.core.createrole
    }

    /// Whether core may change this role by itself.
    pub(super) fn may_alter(&self, role: &Role) -> bool {
        self.core.superuser || self.core.createrole && (!self.is_strict() || role.admin)
    }

    /// Whether core may make others members of this group.
    pub(super) fn may_grant(&self, group: &Group) -> bool {
        self.core.superuser || group.admin || self.core.createrole && !self.is_strict()
    }
}

impl Role {
    /// The word of an attribute that core cannot take from it; from 16 on CREATEDB is taken only by those who have it.
    pub(super) fn too_much(&self, observed: &Observed) -> Option<&'static str> {
        let createdb = self.createdb && observed.is_strict() && !observed.core.superuser;
        [
            (self.superuser, "SUPERUSER"),
            (self.replication, "REPLICATION"),
            (self.bypassrls, "BYPASSRLS"),
            (createdb, "CREATEDB"),
        ]
        .into_iter()
        .find_map(|(has, word)| has.then_some(word))
    }
}
