//! The settings as they are written: every key optional, nothing checked but its type.
//!
//! The JSON schema of the file, the list of known keys and the types that are asked for all come from here; the doc
//! comments are the schema's descriptions.

use std::{borrow::Cow, collections::BTreeMap};

use schemars::JsonSchema;
use serde::Deserialize;

use super::{
    ConsentDefault, Exposure, FutureTables, NewTables, RolesMode, TenantCalls, access_raw::RawAccess,
};

/// The file `rolewright.toml`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct Raw {
    /// The prefix of role names, and the `application_name`; by default the database's name.
    pub(super) app: Option<String>,
    /// The core connection, used where `DATABASE_URL` is unset.
    pub(super) database: RawDatabase,
    /// The keys of the local secrets.
    pub(super) crypto: RawCrypto,
    /// The migrate stage.
    pub(super) migrate: RawMigrate,
    /// How a start behaves.
    pub(super) start: RawStart,
    /// The managed read roles, by the connection's name.
    pub(super) roles: BTreeMap<String, RawRole>,
    /// How the texts of reports are checked before they run.
    pub(super) sandbox: RawSandbox,
    /// A module and its tenants.
    pub(super) tenancy: RawTenancy,
    /// Subjects that bring a token, and the database roles they act as.
    pub(super) access: RawAccess,
    /// The records that may be withdrawn, by a name for each kind of them.
    pub(super) consent: BTreeMap<String, RawConsent>,
    /// The HTTP side of `serve`.
    pub(super) http: RawHttp,
}

/// The records of one kind, and the tables that show them.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct RawConsent {
    /// The table that has one row a record, and its key: `schema.table(column)`.
    pub(super) root: Option<String>,
    /// The tables whose rows belong to a record: `schema.table(column)` where the column has the record's key, or
    /// `schema.table(column) -> schema.table(column)` where it leads to another of them.
    pub(super) children: Vec<String>,
    /// Tables that carry the key and show nothing of a person: `schema.table`.
    pub(super) except: Vec<String>,
    /// What a record is that nobody has said anything of: visible (`allow`, the default) or hidden (`deny`).
    pub(super) default: Option<ConsentDefault>,
    /// The database roles that may open one record for a reason, until a time.
    pub(super) break_glass: Vec<String>,
}

/// The core connection.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct RawDatabase {
    /// A host name, an address, or the directory of a unix socket; by default `localhost`.
    pub(super) host: Option<String>,
    /// The port; by default 5432.
    pub(super) port: Option<u16>,
    /// The database; by default the user's name.
    pub(super) name: Option<String>,
    /// The core role; by default the operating system's user.
    pub(super) username: Option<String>,
    /// Its password.
    pub(super) password: Option<String>,
    /// A file whose content is its password.
    pub(super) password_file: Option<String>,
    /// libpq's `sslmode`: disable, allow, prefer, require, verify-ca or verify-full; by default prefer.
    pub(super) ssl_mode: Option<String>,
    /// The file of root certificates that the server's is checked against.
    pub(super) ssl_root_cert: Option<String>,
    /// The client's certificate.
    pub(super) ssl_cert: Option<String>,
    /// The client's key.
    pub(super) ssl_key: Option<String>,
    /// The `application_name`; by default `app`.
    pub(super) application_name: Option<String>,
    /// How long one connection attempt may take.
    pub(super) connect_timeout: Option<RawDuration>,
    /// How many processes like this one run at once; by default 1.
    pub(super) replicas: Option<u32>,
    /// The core pool.
    pub(super) pool: RawPool,
}

/// A pool's limits.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct RawPool {
    /// Most connections.
    pub(super) max: Option<u32>,
    /// Connections kept open when idle.
    pub(super) min: Option<u32>,
    /// An idle connection is closed after this; 0 means never.
    pub(super) idle: Option<RawDuration>,
    /// How long a caller waits for a connection.
    pub(super) acquire: Option<RawDuration>,
    /// A connection is replaced after this; 0 means never.
    pub(super) max_lifetime: Option<RawDuration>,
}

/// The keys of the local secrets.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct RawCrypto {
    /// The file of the key ring; `CRYPTO_KEY_FILE` wins.
    pub(super) key_file: Option<String>,
    /// Accept a key file that others may read; never in production.
    pub(super) allow_readable_key_file: Option<bool>,
    /// What to do when a trigger or publication would carry sealed values out.
    pub(super) exposure: Option<Exposure>,
}

/// The migrate stage.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct RawMigrate {
    /// Whether a start applies pending migrations; by default true.
    pub(super) on_start: Option<bool>,
    /// The host's own migrations, as a program and its arguments.
    pub(super) command: Option<Vec<String>>,
}

/// How a start behaves.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct RawStart {
    /// Whether the application may go on without its roles.
    pub(super) roles: Option<RolesMode>,
    /// How long to wait for another process that provisions or migrates; by default 30 seconds.
    pub(super) lock_timeout: Option<RawDuration>,
    /// How often a running process looks whether the roles are still as configured; by default 60 seconds, 0 is never.
    pub(super) reconcile: Option<RawDuration>,
    /// The age at which the secret behind the roles' passwords is replaced, such as `90 days`; by default never.
    pub(super) rotate_roles_after: Option<RawDuration>,
}

/// One managed read role.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct RawRole {
    /// The role's name in PostgreSQL; by default the app's name, an underscore and the connection's name.
    pub(super) role: Option<String>,
    /// What it may read: `schema`, or `schema.table` where the table is a glob.
    pub(super) read: Vec<String>,
    /// What it may not, nor of partitions and children: `schema.table` or `schema.table.column`, each part a glob.
    pub(super) deny: Vec<String>,
    /// The schemas its unqualified names are looked up in; by default those of `read`.
    pub(super) search_path: Option<Vec<String>>,
    /// When tables made later become readable.
    pub(super) future_tables: Option<FutureTables>,
    /// Whether a relation never seen before is read like the others, or waits until it is accepted; by default grant.
    pub(super) new_tables: Option<NewTables>,
    /// Functions that run with their owner's rights and that it may call: `schema`, or `schema.function` where the
    /// function is a glob. It grants nothing; any other such function that it could call is a broken promise. Reports
    /// call one only where `functions` lists it too.
    pub(super) definer_functions: Vec<String>,
    /// User-made functions that its reports may call: `schema`, or `schema.function` where the function is a glob; by
    /// default none. It grants nothing.
    pub(super) functions: Vec<String>,
    /// Roles, besides core, whose future tables count.
    pub(super) creators: Vec<String>,
    /// Take over a role of this name that Rolewright did not make.
    pub(super) adopt: Option<bool>,
    /// A statement is ended after this; by default 60 seconds.
    pub(super) statement_timeout: Option<RawDuration>,
    /// The role's CONNECTION LIMIT across all replicas; by default 5.
    pub(super) max_connections: Option<u32>,
    /// Most rows of one report; by default 1,000,000.
    pub(super) max_rows: Option<u64>,
    /// Most bytes of values of one report, in their text form; by default 268435456 (256 MiB).
    pub(super) max_bytes: Option<u64>,
    /// Most reports of one process that wait for a connection; one more is refused at once; by default 100.
    pub(super) max_queue: Option<u32>,
    /// This process's pool for the role.
    pub(super) pool: RawPool,
}

/// How the texts of reports are checked before they run.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct RawSandbox {
    /// The role whose connections parse the texts of reports; by default the app's name and `_checker`.
    pub(super) checker: Option<String>,
    /// Take over a role of that name that Rolewright did not make.
    pub(super) adopt: Option<bool>,
}

/// A module and its tenants.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct RawTenancy {
    /// The module's name, part of every tenant's role; by default there are no tenants.
    pub(super) module: Option<String>,
    /// How many tenants share one login role of the module; by default 500.
    pub(super) bucket: Option<u32>,
    /// How many tenants are upgraded at once; by default 4.
    pub(super) parallel: Option<u32>,
    /// Most transactions of one tenant at once; by default half of the pool.
    pub(super) max_in_flight: Option<u32>,
    /// A connection that has served this many tenants is replaced; by default 200.
    pub(super) max_tenants: Option<u32>,
    /// A statement of a tenant is ended after this; by default 60s.
    pub(super) statement_timeout: Option<RawDuration>,
    /// How long a process may go on with what it knows of a tenant; by default 5s.
    pub(super) fresh: Option<RawDuration>,
    /// The connections of all tenants together.
    pub(super) pool: RawPool,
    /// The module's migrations of one tenant.
    pub(super) migrate: RawTenantMigrate,
    /// Reports that tenants write themselves.
    pub(super) reports: RawTenantReports,
}

/// Reports that tenants write themselves, each on a login of that tenant's own; there are none unless `max_connections` is set.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct RawTenantReports {
    /// The connections of all tenants' reports together, of one process; by default tenants have no reports of their own.
    pub(super) max_connections: Option<u32>,
    /// The connections of one tenant's reports; by default 3, at least 2.
    pub(super) per_tenant: Option<u32>,
    /// A tenant's report is ended after this; by default 60s.
    pub(super) statement_timeout: Option<RawDuration>,
    /// Most rows of one report; by default 1,000,000.
    pub(super) max_rows: Option<u64>,
    /// Most bytes of values of one report; by default 256 MiB.
    pub(super) max_bytes: Option<u64>,
}

/// The module's migrations of one tenant, run as that tenant.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct RawTenantMigrate {
    /// A program and its arguments; it finds the tenant's connection in `DATABASE_URL`.
    pub(super) command: Option<Vec<String>>,
    /// A folder whose `.sql` files are run in the order of their names, each once.
    pub(super) folder: Option<String>,
}

/// The HTTP side of `serve`.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub(super) struct RawHttp {
    /// The address and port to listen on; by default 127.0.0.1:7040.
    pub(super) listen: Option<String>,
    /// The bearer token, of at least 32 characters, that administrative calls must bring; by default there are no such
    /// calls.
    pub(super) admin_token: Option<String>,
    /// A file whose content is that token; only its owner may be able to read it.
    pub(super) admin_token_file: Option<String>,
    /// Who may add, upgrade, disable and purge tenants by `/_/tenant`: nobody (`off`, the default), who brings the admin
    /// token (`token`), or whoever reaches the address (`gateway`), which must then be only the gateway.
    pub(super) tenants: Option<TenantCalls>,
}

/// A time, as `"60s"` or as whole milliseconds.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(super) enum RawDuration {
    /// Whole milliseconds.
    Milliseconds(u64),
    /// A number and a unit.
    Text(String),
}

impl JsonSchema for RawDuration {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Duration".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        schemars::json_schema!({ "type": ["string", "integer"], "minimum": 0, "format": "duration" })
    }
}
