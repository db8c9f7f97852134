//! What the configuration asks for, as plain values: the planner's first input.

use std::collections::BTreeMap;

use rolewright_core::{
    Ident, Settings,
    pattern::{Deny, Read},
    settings::{FutureTables, NewTables, RoleSettings},
    tenant::{Module, TenantId},
};
use uuid::Uuid;

mod checker;
mod denied;
mod keys;
pub(crate) mod settings;

/// The schema in which the checker makes the functions that it rolls back.
pub const SCRATCH_SCHEMA: &str = "rolewright_check";

/// What a managed role is for.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Purpose {
    /// It reads what it is told to, and runs reports.
    #[default]
    Read,
    /// It parses the texts of reports and runs none: it sees the schemas that the others read, reads no relation, and makes
    /// objects in the scratch schema only.
    Check,
}

/// All managed roles of one installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Desired {
    /// The installation's id, which the roles' marker carries.
    pub installation: Uuid,
    /// The ids it had before its database was moved: a role whose marker carries one is its own.
    pub previous: Vec<Uuid>,
    /// The module whose tenants live in the same database, where there is one.
    pub module: Option<Module>,
    /// The roles by their names in PostgreSQL; the order in which they are touched.
    pub roles: BTreeMap<String, DesiredRole>,
}

/// One managed read role.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DesiredRole {
    /// Its name in PostgreSQL.
    pub name: Ident,
    /// What it is for.
    pub purpose: Purpose,
    /// The connection's name, `NAME` of `[roles.NAME]`; of the checker, `sandbox.checker`.
    pub connection: String,
    /// What it may read.
    pub read: Vec<Read>,
    /// What it may not read, whatever `read` says, with the partitions and children that have it.
    pub deny: Vec<Deny>,
    /// Persisted settings of the role, by name; the values as `ALTER ROLE … SET` takes them.
    pub settings: BTreeMap<String, String>,
    /// Where its unqualified names are looked up, without the `pg_temp` that always ends the list.
    pub search_path: Vec<Ident>,
    /// `CONNECTION LIMIT`.
    pub conn_limit: i32,
    /// Roles, besides core, whose future tables count.
    pub creators: Vec<Ident>,
    /// When tables made later become readable.
    pub future_tables: FutureTables,
    /// Whether a relation never seen before is read, or waits until it is accepted.
    pub new_tables: NewTables,
    /// Functions that run with their owner's rights and that it may call.
    pub definer_functions: Vec<Read>,
    /// Take over a role of this name that is not ours.
    pub adopt: bool,
}

/// Whether a role bears the name of a tenant of one of the modules, of the login of a tenant's reports, or of a login of the module's.
pub(crate) fn owned(modules: &[String], role: &str) -> bool {
    modules.iter().any(|module| {
        let Some(name) = role.strip_suffix(module.as_str()).and_then(|head| head.strip_suffix('_')) else {
            return false;
        };
        let number = name.strip_prefix('_').and_then(|digits| digits.parse::<u32>().ok());
        number.is_some() || TenantId::new(name.strip_prefix("_r_").unwrap_or(name)).is_ok()
    })
}

impl Desired {
    /// The roles that `settings` ask for, and the checker where there is any.
    #[must_use]
    pub fn new(settings: &Settings, installation: Uuid) -> Self {
        let mut roles: BTreeMap<String, DesiredRole> = settings
            .roles
            .iter()
            .map(|(connection, role)| (role.role.as_str().to_owned(), DesiredRole::new(connection, role)))
            .collect();
        let tenants = settings.tenancy.as_ref().is_some_and(|tenancy| tenancy.reports.is_some());
        if !roles.is_empty() || tenants {
            let checker = DesiredRole::checker(&settings.sandbox, settings.replicas, roles.values());
            roles.insert(checker.name.as_str().to_owned(), checker);
        }
        let module = settings.tenancy.as_ref().map(|tenancy| tenancy.module.clone());
        Self { installation, previous: Vec::new(), module, roles }
    }

    /// The same of an installation that had these ids before its database was moved.
    #[must_use]
    pub fn formerly(self, previous: &[Uuid]) -> Self {
        Self { previous: previous.to_vec(), ..self }
    }

    /// The same without some roles: what may still be provided when those are refused.
    #[must_use]
    pub fn without<'a>(&self, refused: impl IntoIterator<Item = &'a str>) -> Self {
        let mut rest = self.clone();
        for role in refused {
            rest.roles.remove(role);
        }
        rest
    }

    /// The module that is configured, and the others whose tenants live in the same database.
    pub(crate) fn modules(&self, others: &[String]) -> Vec<String> {
        self.module.iter().map(ToString::to_string).chain(others.iter().cloned()).collect()
    }

    /// The names of all roles, sorted.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        self.roles.keys().cloned().collect()
    }

    /// All creators that any role names, sorted.
    #[must_use]
    pub fn creators(&self) -> Vec<String> {
        let mut all: Vec<String> = self
            .roles
            .values()
            .flat_map(|role| &role.creators)
            .map(|name| name.as_str().to_owned())
            .collect();
        all.sort();
        all.dedup();
        all
    }

    /// All schemas that any role reads, sorted.
    #[must_use]
    pub fn schemas(&self) -> Vec<String> {
        let mut all: Vec<String> = self
            .roles
            .values()
            .flat_map(|role| &role.read)
            .map(|read| read.schema.as_str().to_owned())
            .chain(self.has_checker().then(|| SCRATCH_SCHEMA.to_owned()))
            .collect();
        all.sort();
        all.dedup();
        all
    }

    /// Whether one of the roles is the checker.
    #[must_use]
    pub fn has_checker(&self) -> bool {
        self.roles.values().any(DesiredRole::is_checker)
    }

    /// Whether new relations of any role wait to be accepted.
    #[must_use]
    pub fn holds(&self) -> bool {
        self.roles.values().any(|role| role.new_tables == NewTables::Hold)
    }

    /// Whether any pattern speaks of columns, so that their names are worth fetching.
    #[must_use]
    pub fn needs_columns(&self) -> bool {
        self.roles.values().flat_map(|role| &role.deny).any(|deny| deny.column.is_some())
    }
}

impl DesiredRole {
    /// The role that `[roles.NAME]` asks for.
    #[must_use]
    pub fn new(connection: &str, role: &RoleSettings) -> Self {
        Self {
            name: role.role.clone(),
            purpose: Purpose::Read,
            connection: connection.to_owned(),
            read: role.read.clone(),
            deny: role.deny.clone(),
            settings: settings::persisted(role.statement_timeout),
            search_path: role.search_path.clone(),
            conn_limit: i32::try_from(role.max_connections).unwrap_or(i32::MAX),
            creators: role.creators.clone(),
            future_tables: role.future_tables,
            new_tables: role.new_tables,
            definer_functions: role.definer_functions.clone(),
            adopt: role.adopt,
        }
    }

    /// The schemas on which it holds USAGE, sorted.
    #[must_use]
    pub fn uses(&self) -> Vec<&str> {
        let scratch = self.is_checker().then_some(SCRATCH_SCHEMA);
        let mut all: Vec<&str> = self.read.iter().map(|read| read.schema.as_str()).chain(scratch).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Whether `read` asks for anything in this schema.
    #[must_use]
    pub fn reads_schema(&self, schema: &str) -> bool {
        self.read.iter().any(|read| read.schema.as_str() == schema)
    }

    /// Whether `read` asks for the whole of this schema, so that its future tables can be promised.
    #[must_use]
    pub fn reads_whole_schema(&self, schema: &str) -> bool {
        self.read.iter().any(|read| read.schema.as_str() == schema && read.table.is_none())
    }

    /// Whether `read` asks for this relation, before `deny` is heard.
    #[must_use]
    pub fn asks_for(&self, schema: &str, table: &str) -> bool {
        !self.is_checker()
            && self.read.iter().any(|read| {
                read.schema.as_str() == schema && read.table.as_ref().is_none_or(|glob| glob.matches(table))
            })
    }

    /// Whether `read` covers a relation that goes past row level security, and does not name it in full: then it stays closed.
    #[must_use]
    pub fn withholds(&self, schema: &str, table: &str, bypasses: Option<&str>) -> bool {
        bypasses.is_some()
            && self.asks_for(schema, table)
            && !self.read.iter().any(|read| read.names_table(schema, table))
    }

    /// Whether it may call this function, though that runs with its owner's rights.
    #[must_use]
    pub fn may_call_definer(&self, schema: &str, function: &str) -> bool {
        self.definer_functions.iter().any(|listed| listed.covers_table(schema, function))
    }
}
