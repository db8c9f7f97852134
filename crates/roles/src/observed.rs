//! What the catalogs say, as plain values: the planner's second input, one JSON document made by the server.
//!
//! The document comes normalised: an absent ACL is `acldefault`, the owner's own entries are left out, and of all
//! grantees only managed roles and `PUBLIC` appear.

use std::collections::{BTreeMap, BTreeSet};

use serde::Deserialize;

use crate::{ancestors::Ancestor, computed::Computed};

mod rest;

pub use rest::{DefaultAcl, Definer, Other, PolicyReads, Shows};

/// The catalogs at one moment.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Observed {
    /// The server.
    pub server: Server,
    /// The role we are.
    pub core: Core,
    /// The desired roles that exist, by name.
    pub roles: BTreeMap<String, Role>,
    /// The creators the configuration names, and whether core may act for them; absent from the map: there is none.
    pub creators: BTreeMap<String, Creator>,
    /// The schemas that `read` names and that exist, and others in which a managed role holds a right or everyone may
    /// create objects; by name.
    pub schemas: BTreeMap<String, Schema>,
    /// Relations of those schemas, and others on which a managed role or `PUBLIC` holds a right.
    pub relations: Vec<Relation>,
    /// Rights of managed roles on objects of every other class.
    pub others: Vec<Other>,
    /// Default privileges that name a managed role or `PUBLIC`.
    pub defaults: Vec<DefaultAcl>,
    /// Which relation shows rows of which other: views, materialized views, and parents of an inheritance tree.
    pub shows: Vec<Shows>,
    /// What policies on those relations read, by which managed roles are held to rows.
    pub policies: Vec<PolicyReads>,
    /// Functions that everyone may call, that run with their owner's rights, and that may write; extensions' left out.
    pub definers: Vec<Definer>,
    /// The managed roles whose new relations wait, each with the oids of the relations accepted for it.
    pub accepted: BTreeMap<String, BTreeSet<u32>>,
    /// The modules of which tenants are, or were, made in this database.
    pub modules: Vec<String>,
}

/// The server and the database.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Server {
    /// `server_version_num`, such as 150018.
    pub version: u32,
    /// Whether it is a standby, or still recovering.
    pub recovery: bool,
    /// The database's name.
    pub database: String,
    /// Whether our own tables are there.
    pub migrated: bool,
    /// Whether everyone may connect to the database, as PostgreSQL lets them unless somebody took it away.
    pub public_connect: bool,
    /// Whether everyone may create schemas in the database.
    pub public_create: bool,
    /// Whether core may grant CONNECT on the database.
    pub connect_grantable: bool,
}

/// The role we are connected as.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Core {
    /// Its name.
    pub name: String,
    /// SUPERUSER.
    pub superuser: bool,
    /// CREATEROLE.
    pub createrole: bool,
    /// CREATEDB.
    pub createdb: bool,
    /// REPLICATION.
    pub replication: bool,
    /// BYPASSRLS.
    pub bypassrls: bool,
}

/// A managed role as it is.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Role {
    /// Its oid, which tells it from a later role of the same name.
    pub oid: u32,
    /// SUPERUSER.
    pub superuser: bool,
    /// CREATEROLE.
    pub createrole: bool,
    /// CREATEDB.
    pub createdb: bool,
    /// LOGIN.
    pub login: bool,
    /// INHERIT.
    pub inherit: bool,
    /// REPLICATION.
    pub replication: bool,
    /// BYPASSRLS.
    pub bypassrls: bool,
    /// CONNECTION LIMIT; −1 is none.
    pub conn_limit: i32,
    /// VALID UNTIL, where it is set and not infinity.
    pub valid_until: Option<String>,
    /// The role's comment.
    pub comment: Option<String>,
    /// Whether core may act on it with ADMIN OPTION.
    pub admin: bool,
    /// Whether core has its rights by membership, and so sees its queries and may end its backends.
    pub held: bool,
    /// Persisted settings.
    pub settings: Vec<Setting>,
    /// Roles it is a member of.
    pub member_of: Vec<Membership>,
    /// Roles, core left out, that are members of it.
    pub members: Vec<Membership>,
    /// What it owns, in every database of the cluster.
    pub owned: Vec<Owned>,
    /// Other databases in which it holds rights.
    pub elsewhere: Vec<String>,
    /// When Rolewright last set its password, in PostgreSQL's words.
    pub password_set: Option<String>,
    /// The fingerprint kept for this very role (name and oid).
    pub fingerprint: Option<String>,
    /// The fingerprint of the password that it was just logged in with; no catalog tells it.
    #[serde(default)]
    pub proved: Option<String>,
}

/// One persisted setting.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Setting {
    /// The database it is for; absent means all.
    pub database: Option<String>,
    /// Its name.
    pub name: String,
    /// Its value, as stored.
    pub value: String,
    /// Whether core may reset it by name.
    pub resettable: bool,
}

/// One membership, seen from one side.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Membership {
    /// The role on the other side.
    pub role: String,
    /// Who granted it.
    pub grantor: String,
    /// Whether core may revoke it.
    pub revocable: bool,
}

/// Something a managed role owns.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Owned {
    /// The database, or nothing for an object of the whole cluster.
    pub database: Option<String>,
    /// How many objects there.
    pub count: i64,
    /// One of them, where it is in this database.
    pub example: Option<String>,
}

/// A creator.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Creator {
    /// Whether core has its rights by membership.
    pub member: bool,
}

/// A schema.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Schema {
    /// Its owner.
    pub owner: String,
    /// Whether core may grant USAGE on it.
    pub grantable: bool,
    /// Rights of managed roles and `PUBLIC`.
    pub acl: Vec<AclItem>,
}

/// A relation: table, partitioned table, view, materialized view, foreign table or sequence.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Relation {
    /// Its oid, which tells it from a later relation of the same name.
    pub oid: u32,
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// `pg_class.relkind`.
    pub kind: char,
    /// Its owner.
    pub owner: String,
    /// Whether core may grant SELECT on it.
    pub grantable: bool,
    /// Its columns, fetched only where a pattern speaks of columns.
    pub columns: Vec<String>,
    /// Which of them are computed from which others.
    pub computed: Computed,
    /// Whether row level security is enabled on it.
    pub secured: bool,
    /// A table with row level security that it is a partition or child of, at any depth, where it has none of its own: its own name goes
    /// past that table's policies.
    pub bypasses: Option<String>,
    /// What it is a partition or child of, at any depth: what is denied of these is denied of it.
    pub ancestors: Vec<Ancestor>,
    /// Rights of managed roles and `PUBLIC` on the whole relation.
    pub acl: Vec<AclItem>,
    /// Rights of managed roles and `PUBLIC` on single columns.
    pub column_acl: Vec<ColumnAcl>,
}

/// One right of one grantee from one grantor.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct AclItem {
    /// The managed role; absent means `PUBLIC`.
    pub grantee: Option<String>,
    /// The privilege, as `aclexplode` names it.
    pub privilege: String,
    /// WITH GRANT OPTION.
    pub grantable: bool,
    /// Who granted it.
    pub grantor: String,
    /// Whether core may revoke it.
    pub revocable: bool,
}

/// One right on one column.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct ColumnAcl {
    /// The column.
    pub column: String,
    /// The right.
    #[serde(flatten)]
    pub item: AclItem,
}

impl AclItem {
    /// Whether it is this role's.
    #[must_use]
    pub fn is_for(&self, role: &str) -> bool {
        self.grantee.as_deref() == Some(role)
    }
}

impl Relation {
    /// The privileges a role holds on the whole relation.
    pub fn held_by<'a>(&'a self, role: &'a str) -> impl Iterator<Item = &'a AclItem> {
        self.acl.iter().filter(move |item| item.is_for(role))
    }

    /// Whether a role holds SELECT on the whole relation.
    #[must_use]
    pub fn selects(&self, role: &str) -> bool {
        self.held_by(role).any(|item| item.privilege == "SELECT")
    }

    /// The columns on which a role holds SELECT alone.
    #[must_use]
    pub fn selected_columns(&self, role: &str) -> BTreeSet<&str> {
        self.column_acl
            .iter()
            .filter(|acl| acl.item.is_for(role) && acl.item.privilege == "SELECT")
            .map(|acl| acl.column.as_str())
            .collect()
    }

    /// Whether it is a sequence, on which reading is a right of another kind.
    #[must_use]
    pub fn is_sequence(&self) -> bool {
        self.kind == 'S'
    }
}
