//! The settings as the rest of the program sees them: checked, typed, with every default filled in.

use std::{collections::BTreeMap, net::SocketAddr, path::PathBuf, time::Duration};

use super::{AccessSettings, ConsentSettings};
use crate::{
    ConnInfo, Ident, Password,
    pattern::{Deny, Read},
    tenant::Module,
};

/// Everything that is configured.
#[derive(Clone, Debug)]
pub struct Settings {
    /// `app`: the prefix of role names, and the `application_name`.
    pub app: Ident,
    /// `DATABASE_URL`, or `[database]` as a whole.
    pub database: ConnInfo,
    /// The core pool's limits.
    pub pool: PoolSettings,
    /// `database.replicas`: how many processes like this one run at once, for the headroom.
    pub replicas: u32,
    /// `[crypto]`.
    pub crypto: CryptoSettings,
    /// `[migrate]`.
    pub migrate: MigrateSettings,
    /// `[start]`.
    pub start: StartSettings,
    /// `[roles.NAME]`, by the connection's name.
    pub roles: BTreeMap<String, RoleSettings>,
    /// `[sandbox]`.
    pub sandbox: SandboxSettings,
    /// `[tenancy]`, where a module is named.
    pub tenancy: Option<TenancySettings>,
    /// `[access]`, where there is one.
    pub access: Option<AccessSettings>,
    /// `[consent.NAME]`, by the name of the kind of records.
    pub consent: BTreeMap<String, ConsentSettings>,
    /// `[http]`.
    pub http: HttpSettings,
}

/// A pool's limits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolSettings {
    /// Most connections.
    pub max: u32,
    /// Connections kept open when idle.
    pub min: u32,
    /// An idle connection is closed after this.
    pub idle: Option<Duration>,
    /// How long a caller waits for a connection.
    pub acquire: Duration,
    /// A connection is replaced after this.
    pub max_lifetime: Option<Duration>,
}

/// Where the keys of the local secrets are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CryptoSettings {
    /// `crypto.key_file`, or `CRYPTO_KEY_FILE`, which wins.
    pub key_file: Option<PathBuf>,
    /// `crypto.allow_readable_key_file`: accept a key file that others may read. Never in production.
    pub allow_readable_key_file: bool,
    /// `crypto.exposure`: what to do when a trigger or publication would carry sealed values out.
    pub exposure: Exposure,
}

/// What a start does when the secrets table is exposed to replication or change logs.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Exposure {
    /// Gives up.
    #[default]
    Refuse,
    /// Goes on, and says so.
    Warn,
}

/// The migrate stage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MigrateSettings {
    /// Whether a start applies pending migrations, or refuses when there are some.
    pub on_start: bool,
    /// The host's own migrations, as a program and its arguments; no shell is involved.
    pub command: Option<Vec<String>>,
}

/// How a start treats roles it cannot provide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StartSettings {
    /// `start.roles`.
    pub roles: RolesMode,
    /// `start.lock_timeout`: how long to wait for another process that provisions or migrates.
    pub lock_timeout: Duration,
    /// `start.reconcile`: how often a running process looks whether the roles are still as configured; absent means
    /// never.
    pub reconcile: Option<Duration>,
    /// `start.rotate_roles_after`: the age at which the secret behind the roles' passwords is replaced; absent means
    /// only on demand.
    pub rotate_roles_after: Option<Duration>,
}

/// Whether the application may go on without its roles.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum RolesMode {
    /// A role that cannot be provided ends the start.
    #[default]
    Required,
    /// The application goes on; work for that role is refused with the reason, never run as core.
    Degraded,
}

/// One managed read role, `[roles.NAME]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RoleSettings {
    /// The role's name in PostgreSQL; by default `<app>_<NAME>`.
    pub role: Ident,
    /// What it may read.
    pub read: Vec<Read>,
    /// What it may not, whatever `read` says, with the partitions and children that have it.
    pub deny: Vec<Deny>,
    /// The schemas its unqualified names are looked up in; by default those of `read`.
    pub search_path: Vec<Ident>,
    /// When tables made later become readable.
    pub future_tables: FutureTables,
    /// Whether a relation never seen before is read like the others, or waits until it is accepted.
    pub new_tables: NewTables,
    /// Functions that run with their owner's rights and that it may call, as patterns of `schema` or `schema.function`.
    pub definer_functions: Vec<Read>,
    /// User-made functions that its reports may call, as patterns of `schema` or `schema.function`.
    pub functions: Vec<Read>,
    /// Roles, besides core, whose future tables count.
    pub creators: Vec<Ident>,
    /// Take over a role of this name that Rolewright did not make.
    pub adopt: bool,
    /// A statement is ended after this.
    pub statement_timeout: Duration,
    /// The role's CONNECTION LIMIT across all replicas.
    pub max_connections: u32,
    /// Most rows of one report.
    pub max_rows: u64,
    /// Most bytes of values of one report, in their text form.
    pub max_bytes: u64,
    /// Most reports of one process that wait for a connection; one more is refused at once.
    pub max_queue: u32,
    /// This process's pool for the role; its `max` is at most `max_connections`.
    pub pool: PoolSettings,
}

/// When a table that does not exist yet becomes readable.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "kebab-case")]
pub enum FutureTables {
    /// From birth, by default privileges. Refused where a `deny` pattern could match in the same schema.
    Immediately,
    /// At the next provisioning.
    #[default]
    OnProvision,
}

/// What becomes of a relation that was never seen before and that `read` asks for.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum NewTables {
    /// It is read like the others.
    #[default]
    Grant,
    /// It is unreadable until it is accepted by name, and `check` names it. What is present when the role is first
    /// provided so is accepted. Refused together with `future_tables = "immediately"`.
    Hold,
}

/// How the texts of reports are checked before they run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SandboxSettings {
    /// The role whose connections parse the texts of reports; by default `<app>_checker`.
    pub checker: Ident,
    /// `sandbox.adopt`: take over a role of that name that Rolewright did not make.
    pub adopt: bool,
}

impl SandboxSettings {
    /// How many connections each process may open as the checker.
    pub const CONNECTIONS: u32 = 2;
}

/// A module and its tenants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TenancySettings {
    /// The module, whose name is part of every tenant's role.
    pub module: Module,
    /// How many tenants share one login role of the module.
    pub bucket: u32,
    /// How many tenants are upgraded at once.
    pub parallel: u32,
    /// Most transactions of one tenant at once.
    pub max_in_flight: u32,
    /// A connection that has served this many tenants is replaced: its backend remembers the tables of each.
    pub max_tenants: u32,
    /// A statement of a tenant is ended after this.
    pub statement_timeout: Duration,
    /// How long a process may go on with what it knows of a tenant.
    pub fresh: Duration,
    /// `[tenancy.pool]`: the connections of all tenants together.
    pub pool: PoolSettings,
    /// `tenancy.migrate.command`: the module's migrations of one tenant, as a program and its arguments; no shell is involved.
    pub migrate_command: Option<Vec<String>>,
    /// `tenancy.migrate.folder`: a folder whose `.sql` files, in the order of their names, are the migrations of one tenant.
    pub migrate_folder: Option<PathBuf>,
    /// `[tenancy.reports]`: what tenants may write themselves; absent means that they may not.
    pub reports: Option<TenantReportsSettings>,
}

/// The reports that tenants write themselves, each on a login of that tenant's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TenantReportsSettings {
    /// The connections of all tenants' reports together, of one process.
    pub max_connections: u32,
    /// The connections of one tenant's, the one among them that ends what will not end by itself; at least 2.
    pub per_tenant: u32,
    /// A report of a tenant is ended after this.
    pub statement_timeout: Duration,
    /// Most rows of one report.
    pub max_rows: u64,
    /// Most bytes of values of one report.
    pub max_bytes: u64,
}

/// The HTTP side of `serve`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HttpSettings {
    /// Where `/livez` and `/readyz` answer, and the administrative calls.
    pub listen: SocketAddr,
    /// `http.admin_token`, or the content of `http.admin_token_file`: what administrative calls must bring; absent means
    /// that there are none.
    pub admin_token: Option<Password>,
    /// `http.tenants`: who may add, upgrade, disable and purge tenants by `/_/tenant`.
    pub tenants: TenantCalls,
}

/// Who may add, upgrade, disable and purge tenants by HTTP.
#[derive(
    Clone, Copy, Debug, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize, schemars::JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum TenantCalls {
    /// Nobody: there are no such calls.
    #[default]
    Off,
    /// Who brings the admin token.
    Token,
    /// Whoever reaches the address, because a gateway that brings no token of ours is all that does.
    Gateway,
}
