//! The server's answer: effective rights of the managed roles, one JSON document.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::{ancestors::Ancestor, computed::Computed, desired::owned};

/// Everything the managed roles can do that matters.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Rights {
    /// The database's name.
    pub database: String,
    /// The roles that exist, by name.
    pub roles: BTreeMap<String, RoleRights>,
    /// Schemas in which a role holds anything, system schemas left out.
    pub schemas: Vec<SchemaRights>,
    /// Relations of schemas that some role is to read, and those elsewhere that a role holds a right on.
    pub relations: Vec<RelationRights>,
    /// The roles whose new relations wait, each with the oids of the relations accepted for it.
    pub accepted: BTreeMap<String, BTreeSet<u32>>,
    /// Functions that run with their owner's rights and that a managed role may execute.
    pub routines: Vec<DefinerRoutine>,
    /// Anything else that a managed role may write to or make objects of.
    pub others: Vec<OtherRight>,
    /// The module that is configured, and the others of which tenants are, or were, made in this database.
    pub modules: Vec<String>,
}

impl Rights {
    /// Whether a role of this name is a module's own.
    pub(super) fn owns(&self, role: &str) -> bool {
        owned(&self.modules, role)
    }
}

/// One role.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct RoleRights {
    /// Attributes it has and should not, such as `SUPERUSER`.
    pub attributes: Vec<String>,
    /// Every role it is a member of, directly or not.
    pub memberships: Vec<String>,
    /// CREATE on the database.
    pub create: bool,
    /// TEMPORARY on the database.
    pub temporary: bool,
}

/// One schema.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct SchemaRights {
    /// Its name.
    pub name: String,
    /// Its owner.
    pub owner: String,
    /// Roles that hold USAGE.
    pub usage: Vec<String>,
    /// Roles that hold CREATE.
    pub create: Vec<String>,
    /// Who holds CREATE by its ACL: role names, and `PUBLIC` as the empty text.
    pub create_acl: Vec<String>,
}

/// One relation.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct RelationRights {
    /// Its oid.
    pub oid: u32,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// `pg_class.relkind`.
    pub kind: char,
    /// Its owner.
    pub owner: String,
    /// Whether core can grant on it.
    pub grantable: bool,
    /// Its columns, fetched only where a pattern speaks of columns.
    pub columns: Vec<String>,
    /// Which of them are computed from which others.
    pub computed: Computed,
    /// A table with row level security that it is a partition or child of, at any depth, where it has none of its own: its own name goes
    /// past that table's policies.
    pub bypasses: Option<String>,
    /// What it is a partition or child of, at any depth: what is denied of these is denied of it.
    pub ancestors: Vec<Ancestor>,
    /// What each role holds that holds anything.
    pub rights: BTreeMap<String, Held>,
    /// Who holds which privilege by its ACL or a column's: `(grantee, privilege)`, `PUBLIC` as the empty text.
    pub acl: Vec<(String, String)>,
}

/// What one role holds on one relation.
#[derive(Clone, Debug, Default, Deserialize, PartialEq, Eq)]
pub struct Held {
    /// SELECT on the whole.
    pub select: bool,
    /// The columns it may read, where it may not read the whole.
    pub columns: Vec<String>,
    /// Every other privilege it holds, on the whole or on any column.
    pub write: Vec<String>,
}

/// A function that runs with its owner's rights.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct DefinerRoutine {
    /// Its name with schema and argument types, as SQL takes it.
    pub identity: String,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its owner.
    pub owner: String,
    /// Whether its `search_path` is pinned.
    pub pinned: bool,
    /// Whether it is VOLATILE, and so may write.
    pub volatile: bool,
    /// Whether it came with an extension.
    pub extension: bool,
    /// Whether everyone may execute it.
    pub public: bool,
    /// The managed roles that may call it.
    pub roles: Vec<String>,
    /// The managed roles that may execute it, but have no USAGE on its schema.
    pub unreachable: Vec<String>,
}

/// A right on an object of another class.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct OtherRight {
    /// The role.
    pub role: String,
    /// What kind of thing it is.
    pub kind: OtherKind,
    /// The object as REVOKE names it; one of several where there are `more`.
    pub object: String,
    /// The privilege, or `OWNER`.
    pub privilege: String,
    /// Whether it comes through `PUBLIC`.
    pub public: bool,
    /// Whether the role can get at it: it has USAGE on the schema, where there is one, and it is no right of everyone in
    /// another database, nor one that a role of the module's gave, which can give anybody some of what it makes.
    pub usable: bool,
    /// How many more objects of this kind there are with the same right.
    pub more: u64,
}

/// The kinds of other objects.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq)]
#[serde(rename_all = "kebab-case")]
pub enum OtherKind {
    /// A large object.
    LargeObject,
    /// All large objects, because `lo_compat_privileges` switches their rights off.
    LoCompat,
    /// A foreign data wrapper, foreign server, tablespace or other database in which something can be made.
    Creates,
    /// How the role logs in to a foreign server.
    UserMapping,
    /// Another database that the role can connect to.
    Connects,
    /// A configuration parameter that only a superuser may set.
    Parameter,
    /// A relation of the system schemas that can be written.
    SystemWrite,
    /// A relation of the system schemas that PostgreSQL shows to nobody.
    SystemRead,
    /// A function that PostgreSQL or its extension lets nobody call.
    Routine,
}
