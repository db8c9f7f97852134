//! What the tables and the catalogs say of a batch of tenants, as plain values.

use std::collections::BTreeMap;

use serde::Deserialize;
use uuid::Uuid;

use super::State;
use crate::{marker, observed::Setting};

/// What `rolewright.tenant` and `rolewright.tenant_holder` say.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Rows {
    /// The rows of the wanted tenants, by id.
    pub(super) tenants: BTreeMap<String, Row>,
    /// Keepers with room, lowest number first.
    pub(super) keepers: Vec<Room>,
    /// Login roles with room, lowest number first.
    pub(super) logins: Vec<Room>,
    /// The highest number of a keeper.
    pub(super) last_keeper: u32,
    /// The highest number of a login role.
    pub(super) last_login: u32,
}

/// A tenant's row.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Row {
    pub(super) role_oid: u32,
    pub(super) bucket: u32,
    pub(super) keeper: Option<u32>,
    pub(super) state: State,
    /// Whether the module's migrations have run in it once, or it was refused and is being enabled.
    #[serde(default)]
    pub(super) migrated: bool,
    /// Which life of its id it is; the first has none.
    #[serde(default)]
    pub(super) life: Option<Uuid>,
}

impl Row {
    /// Whether it never had anything in it: it has not been served yet.
    pub(super) fn is_new(&self) -> bool {
        self.state == State::Adding && !self.migrated
    }

    /// Whether it was refused and is being enabled, or whoever was at that was killed: until it is served it counts as refused.
    pub(super) fn is_reopened(&self) -> bool {
        self.state == State::Adding && self.migrated
    }
}

/// A holder with room for more.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Room {
    pub(super) number: u32,
    pub(super) used: u32,
}

/// What the catalogs say.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Observed {
    pub(super) version: i32,
    pub(super) recovery: bool,
    pub(super) database: String,
    /// Whether everyone may connect to it.
    #[serde(default)]
    pub(super) open: bool,
    pub(super) core: Core,
    /// Roles by name: the tenants', and the module's own.
    pub(super) roles: BTreeMap<String, Role>,
    /// The owner of each tenant's schema, by the schema's name.
    pub(super) schemas: BTreeMap<String, String>,
    /// The schemas whose owner has taken rights on them from itself.
    #[serde(default)]
    pub(super) closed: Vec<String>,
    /// Who is a member of the tenants' roles, and what these are members of.
    pub(super) memberships: Vec<Membership>,
    /// What the login roles are members of and is no tenant, by the rows of `rolewright.tenant`.
    #[serde(default)]
    pub(super) astray: Vec<Membership>,
    /// What was given to the login roles last, by role.
    pub(super) fingerprints: BTreeMap<String, String>,
    /// The keepers' functions, by name.
    pub(super) functions: BTreeMap<String, Function>,
    /// A keeper that may make others members of the keepers' group, and that core may act as; nobody's before 16.
    #[serde(default)]
    pub(super) granter: Option<String>,
}

/// Core itself.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Core {
    pub(super) name: String,
    pub(super) superuser: bool,
    pub(super) createrole: bool,
    /// Whether it may give CREATE on the database away.
    pub(super) may_grant_create: bool,
    /// Whether it may give CONNECT to it away.
    #[serde(default)]
    pub(super) may_grant_connect: bool,
}

/// A role.
#[derive(Clone, Debug, Default, Deserialize)]
pub(super) struct Role {
    pub(super) oid: u32,
    pub(super) login: bool,
    pub(super) inherit: bool,
    pub(super) superuser: bool,
    pub(super) createrole: bool,
    pub(super) createdb: bool,
    pub(super) replication: bool,
    pub(super) bypassrls: bool,
    pub(super) comment: Option<String>,
    /// Whether a row of `rolewright.tenant` has both its name and its number.
    #[serde(default)]
    pub(super) recorded: bool,
    /// What it is remembered as, where that is the login of a tenant's reports, and it bears another name now.
    #[serde(default)]
    pub(super) once: Option<String>,
    /// The schemas of tenants that it was let into; looked for where it bears no mark.
    #[serde(default)]
    pub(super) enters: Vec<String>,
    /// What it owns outside of the schema of its name, the first few; looked for where it is no tenant's yet, and where it is purged.
    #[serde(default)]
    pub(super) outside: Option<String>,
    /// What it keeps by `ALTER ROLE … SET`.
    #[serde(default)]
    pub(super) settings: Vec<Setting>,
    /// How many connections it may have; -1 for any number.
    #[serde(default)]
    pub(super) limit: i32,
    /// Whether its password is good for a time only.
    #[serde(default)]
    pub(super) expires: bool,
    /// Whether it may connect to the database; asked of logins only.
    #[serde(default)]
    pub(super) connects: bool,
    /// Whether something on the database was given to itself.
    #[serde(default)]
    pub(super) granted: bool,
    /// Whether core itself has ADMIN OPTION on it.
    pub(super) admin: bool,
    /// Whether core may act as it; asked of keepers only.
    #[serde(default)]
    pub(super) acts: bool,
    /// Whether it may create schemas in the database; asked of keepers and their group only.
    pub(super) may_create: bool,
}

/// A membership; before 16 `inherit` and `set` are nobody's, and NULL.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub(super) struct Membership {
    pub(super) role: String,
    pub(super) member: String,
    pub(super) grantor: String,
    pub(super) admin: bool,
    /// Whether what it is a member of is a superuser.
    #[serde(default)]
    pub(super) superuser: bool,
    pub(super) inherit: Option<bool>,
    pub(super) set: Option<bool>,
}

/// A keeper's function.
#[derive(Clone, Debug, Deserialize)]
pub(super) struct Function {
    pub(super) owner: String,
    pub(super) source: String,
    pub(super) definer: bool,
    pub(super) config: Vec<String>,
    /// Who may call it besides its owner; `public` for everyone.
    pub(super) callers: Vec<String>,
}

impl Role {
    /// The installation whose marker it bears, as its comment or as a setting.
    pub(super) fn installation(&self) -> Option<Uuid> {
        let setting = || {
            let everywhere = self.settings.iter().filter(|setting| setting.database.is_none());
            everywhere
                .filter(|setting| setting.name == marker::SETTING)
                .find_map(|setting| marker::of_setting(&setting.value))
        };
        let comment = || self.comment.as_deref().and_then(marker::installation);
        // A keeper made before 16 keeps its comment, and from 16 on marks itself. Nobody else's setting says more than the comment: it is
        // the role's own to make.
        if self.createrole { setting().or_else(comment) } else { comment().or_else(setting) }
    }
}

impl Observed {
    /// Whether this is 16 or later, where CREATEROLE alone gives no right over other roles.
    pub(super) fn is_strict(&self) -> bool {
        self.version >= 160_000
    }

    /// Whether core may change this role by itself.
    pub(super) fn may_alter(&self, role: &Role) -> bool {
        self.core.superuser || self.core.createrole && (!self.is_strict() || role.admin)
    }
}
