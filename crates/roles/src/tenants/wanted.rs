//! What is asked for: some tenants of one module, and what shall become of each.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    sync::Arc,
    time::Duration,
};

use rolewright_core::{
    Ident,
    tenant::{Module, TenantId},
};
use serde::Serialize;
use uuid::Uuid;

use super::Derived;

/// Tenants of one module, and what shall become of them.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The installation's id, which the roles' marker carries.
    pub installation: Uuid,
    /// The ids it had before its database was moved: a role whose marker carries one is its own, and gets the new one.
    pub previous: Vec<Uuid>,
    /// The module.
    pub module: Module,
    /// How many tenants share one login role.
    pub bucket: u32,
    /// Take over roles, and login roles, of these names that are not ours.
    pub adopt: bool,
    /// Names of roles that no tenant may have: the managed roles, and core's.
    pub taken: Vec<String>,
    /// Login roles whose password was proved by a login, so that it need not be set to be known.
    pub proved: BTreeSet<Ident>,
    /// Login roles whose password is set again although it seems to be in step: their login was refused.
    pub refused: Vec<Ident>,
    /// The credentials that were derived before.
    pub derived: Arc<Derived>,
    /// What shall become of each tenant.
    pub aims: BTreeMap<TenantId, Aim>,
    /// Login roles to be looked at besides those of the tenants, by number.
    pub logins: Vec<u32>,
    /// Whether tenants have a login for their own reports, and what it may; absent means that they have none.
    pub reports: Option<Reporting>,
    /// Plan a tenant's end as if it was being purged already: what a preview asks.
    pub rehearsal: bool,
}

impl Wanted {
    /// Whether a role with this installation's marker is ours.
    pub(super) fn is_ours(&self, mark: Uuid) -> bool {
        mark == self.installation || self.previous.contains(&mark)
    }
}

/// What the logins of tenants' own reports are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reporting {
    /// How many connections each may have.
    pub connections: i32,
    /// How long one statement may take, where the session says nothing else.
    pub statement_timeout: Duration,
    /// Those whose password was proved by a login, so that it need not be set to be known.
    pub proved: BTreeSet<Ident>,
}

/// What shall become of a tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Aim {
    /// It is there, with a role and a schema; what differs is mended.
    Present,
    /// As it is there, what differs is mended; one that is not there is refused.
    Mended,
    /// It is refused: its state says so, and the login role is no member of its role.
    Disabled,
    /// It is there again after it was disabled.
    Enabled,
    /// The same, but for its migrations: until they have run it is half made.
    Reopened,
    /// Its objects may be removed; it is refused from now on.
    Purging,
    /// Its role is removed. Its objects must be gone.
    Gone,
}

impl Aim {
    /// Whether the tenant is not served from then on.
    pub(super) fn leaves(self) -> bool {
        matches!(self, Self::Disabled | Self::Purging | Self::Gone)
    }
}

/// Where a tenant stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// Role and schema are there, and the module's migrations have not run yet.
    Adding,
    /// It is served.
    Active,
    /// It is refused until it is enabled.
    Disabled,
    /// Its objects are being removed.
    Purging,
    /// It was removed.
    Purged,
}

impl State {
    /// Whether nobody is served as it from then on: whatever else is the matter with it, that must not wait.
    pub(super) fn is_leaving(self) -> bool {
        matches!(self, Self::Disabled | Self::Purging)
    }

    /// The word that the table has for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Adding => "adding",
            Self::Active => "active",
            Self::Disabled => "disabled",
            Self::Purging => "purging",
            Self::Purged => "purged",
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}
