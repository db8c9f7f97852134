//! Why a single value of the settings cannot be, though it has the right type.

use std::io;

use super::Algorithm;
use crate::{
    Advice,
    conninfo::{PoolError, UrlError},
    ident::IdentError,
    pattern::PatternError,
    secret_file::SecretFileError,
    tenant::NameError,
};

/// Why a value cannot be.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are the names that the messages repeat")]
pub enum Problem {
    /// Zero would switch off what must not be.
    #[error("0 is not allowed")]
    Zero,
    /// Greater than PostgreSQL takes.
    #[error("more than {most} is not allowed")]
    TooMuch { most: u64 },
    /// Not a time.
    #[error("not a time")]
    Time,
    /// Not a name.
    #[error("{0}")]
    Name(IdentError),
    /// Not the name of a module.
    #[error("{0}")]
    Module(NameError),
    /// Keys of tenants, and no module.
    #[error("no module is named")]
    NoModule,
    /// Calls that ask for a token, and none to ask for.
    #[error("there is no token that its callers could bring")]
    NoToken,
    /// Keys of tenants' reports, and not the one that asks for them.
    #[error("it is not set, and other keys of tenants' reports are")]
    NoTenantReports,
    /// Too small a number.
    #[error("it is less than {least}")]
    TooFew {
        /// The least it may be.
        least: u32,
    },
    /// Two ways to migrate, of which only one can be meant.
    #[error("`folder` is given too, and only one of them can be meant")]
    TwoWays,
    /// Subjects, and no keys to know them by.
    #[error("none of `jwks_file`, `jwks_url` and `hs256_key_file` is given")]
    NoKeys,
    /// Two sources of keys, of which only one can be meant.
    #[error("several of `jwks_file`, `jwks_url` and `hs256_key_file` are given")]
    TwoKeys,
    /// An address whose answer anybody on the way could change.
    #[error("it is neither https nor on this machine, or has a user in it")]
    UnsafeUrl,
    /// An algorithm that these keys are not for.
    #[error("{algorithm} is not for keys of this kind")]
    OtherKeys { algorithm: Algorithm },
    /// A subject could be named like a role.
    #[error("it and `access.subject_prefix` do not tell subjects and roles apart")]
    SamePrefix,
    /// A name that stands twice in a list.
    #[error("`{name}` is named twice")]
    Twice { name: String },
    /// Groups of a role that no token may ask for.
    #[error("`{role}` is not among `access.roles`")]
    NoSuchRole { role: String },
    /// Not a pattern.
    #[error("{0}")]
    Pattern(PatternError),
    /// The pool's limits contradict each other.
    #[error("{0}")]
    Pool(PoolError),
    /// Not a host, port or TLS mode.
    #[error("{0}")]
    Connection(UrlError),
    /// Not an address and port.
    #[error("not an address and port")]
    Address,
    /// Nothing in it.
    #[error("it is empty")]
    Empty,
    /// The secret's file cannot be read.
    #[error("the file cannot be read: {0}")]
    SecretFile(io::ErrorKind),
    /// The secret's file is no file of a secret.
    #[error("the file is {what}")]
    NoSecretFile { what: &'static str },
    /// The secret's file is open to other users.
    #[error("the file is open to other users (mode {mode:04o})")]
    OpenToOthers { mode: u32 },
    /// A file of keys that others could exchange.
    #[error("other users may write the file (mode {mode:04o})")]
    WritableByOthers { mode: u32 },
    /// A token that does not fit into a request.
    #[error("a token has no other characters than a-z, A-Z, 0-9 and -._~+/=")]
    Token,
    /// A token that could be guessed.
    #[error("a token has at least {least} characters")]
    ShortToken { least: usize },
    /// The connection's name would be awkward in keys and commands.
    #[error(
        "a connection's name has other characters than a-z, 0-9, `_` and `-`, or does not begin with a letter"
    )]
    ConnectionName,
    /// PostgreSQL keeps the name for itself.
    #[error("PostgreSQL keeps the role name `{role}` for itself")]
    ReservedRole { role: String },
    /// The managed role would be the core role.
    #[error("`{role}` is the core role itself")]
    CoreRole { role: String },
    /// The managed role would be one of those that the module's tenants have.
    #[error(
        "the names of `tenancy.module`'s own roles are like `{role}`: they begin with `_` and end with `_{module}`"
    )]
    TenantsRole { role: String, module: String },
    /// Two connections would share one role.
    #[error("`roles.{other}` has the role `{role}` too")]
    SameRole { role: String, other: String },
    /// Everybody reads the system's catalogs already.
    #[error("every role may read `{schema}` anyway")]
    SystemSchema { schema: String },
    /// Rolewright's own schema holds the sealed secrets.
    #[error("schema `{schema}` is Rolewright's own, and never readable")]
    OwnSchema { schema: String },
    /// The name of a kind of records would not fit into its policies' names.
    #[error("a kind of records has another name than a letter and a-z, 0-9 and `_`, at most {most} of them")]
    ConsentName { most: usize },
    /// A kind of records, and no table of them.
    #[error("it is not given")]
    NoRoot,
    /// Not a column of a table.
    #[error("`{written}` is not a column of a table")]
    KeyColumn { written: String },
    /// Not a table.
    #[error("`{written}` is not a table")]
    TableName { written: String },
    /// A table of the system's, or of ours.
    #[error("`{table}` is not a table of the application's")]
    NotTheirs { table: String },
    /// A way that does not lead to the record's key.
    #[error("`{table}`, to which it leads, does not lead to the record")]
    LeadsNowhere { table: String },
    /// A table born denied would be readable until the next provisioning.
    #[error("a table made later in `{schema}` would be readable although `{deny}` denies it")]
    ImmediatelyDenied { schema: String, deny: String },
    /// Default privileges cannot be limited to a glob.
    #[error("default privileges cover the whole schema, and `{read}` only some of its tables")]
    ImmediatelyGlob { read: String },
    /// A table that waits to be accepted cannot be readable from birth.
    #[error("a new table cannot both wait to be accepted and be readable from birth")]
    HeldImmediately,
    /// PostgreSQL takes it for the schema of whoever is logged in, quoted or not.
    #[error("`$user` in a search path is not a schema, but the one named like whoever looks")]
    UserSchema,
    /// The pool could never be filled.
    #[error("more than the role's `max_connections`, {limit}")]
    OverLimit { limit: u32 },
}

impl Problem {
    /// The fix, given the full name of the key.
    pub(super) fn hint(&self, key: &str) -> Option<String> {
        Some(match self {
            Self::Zero => format!("set `{key}` to more than 0"),
            Self::TooMuch { most } => format!("set `{key}` to {most} or less"),
            Self::Time => format!("write `{key}` as \"60s\", \"5m\" or \"1h 30m\", or as whole milliseconds"),
            Self::Name(error) => return error.hint(),
            Self::Module(error) => return error.hint(),
            Self::NoModule => format!("set `{key}`, or leave the section out"),
            Self::NoToken => "set `http.admin_token_file`".to_owned(),
            Self::NoTenantReports => format!("set `{key}`, or leave the section out"),
            Self::TooFew { least } => format!("set `{key}` to at least {least}"),
            Self::TwoWays => format!("leave `{key}` or the folder out"),
            Self::NoKeys => "set `access.jwt.jwks_file` or `jwks_url` to the issuer's public keys".to_owned(),
            Self::TwoKeys => "keep one of them".to_owned(),
            Self::UnsafeUrl => format!("write `{key}` as \"https://id.example.org/jwks.json\""),
            Self::OtherKeys { .. } => {
                "HS256 goes with `access.jwt.hs256_key_file`, and every other one with a key set".to_owned()
            }
            Self::SamePrefix => format!("set `{key}` to a beginning that no subject's role has"),
            Self::Twice { .. } => format!("name it once in `{key}`"),
            Self::NoSuchRole { role } => format!("add `{role}` to `access.roles`, or remove `{key}`"),
            Self::Pattern(error) => return error.hint(),
            Self::Pool(error) => match error {
                PoolError::Zero { parameter } => format!("set `{key}.{parameter}` to more than 0"),
                PoolError::MinOverMax { .. } => format!("lower `{key}.min` or raise `{key}.max`"),
            },
            Self::Connection(UrlError::Value { expected, .. }) => format!("set `{key}` to {expected}"),
            Self::Connection(_) => format!("set `{key}` to a host name, an address, or a socket's directory"),
            Self::Address => format!("write `{key}` as \"127.0.0.1:7040\""),
            Self::Empty => format!("give `{key}` a value, or leave it out"),
            Self::SecretFile(_) => {
                format!("correct `{key}`, or make the file readable for this process as UTF-8 text")
            }
            Self::NoSecretFile { .. } => {
                format!("name a regular file in `{key}`, with nothing in it but the secret")
            }
            Self::OpenToOthers { .. } => format!("run `chmod 600` on the file that `{key}` names"),
            Self::WritableByOthers { .. } => format!("run `chmod go-w` on the file that `{key}` names"),
            Self::Token | Self::ShortToken { .. } => {
                format!("make one for `{key}` with `openssl rand -base64 32`")
            }
            Self::ConnectionName => "rename it, as in `[roles.reporting]`; `role` may be any name".into(),
            Self::ReservedRole { .. }
            | Self::CoreRole { .. }
            | Self::SameRole { .. }
            | Self::TenantsRole { .. } => {
                format!("set `{key}` to a name of its own")
            }
            Self::UserSchema => format!("name the schema itself in `{key}`"),
            Self::SystemSchema { .. } | Self::OwnSchema { .. } | Self::NotTheirs { .. } => {
                format!("remove it from `{key}`")
            }
            Self::ImmediatelyDenied { .. } | Self::ImmediatelyGlob { .. } => {
                format!("set `{key} = \"on-provision\"`")
            }
            Self::ConsentName { .. } => "rename it, as in `[consent.ehr]`".to_owned(),
            Self::NoRoot => format!("set `{key}`, as in \"ehr.ehr(id)\", or leave the section out"),
            Self::KeyColumn { .. } => {
                "write \"schema.table(column)\", or \"schema.table(column) -> schema.table(column)\""
                    .to_owned()
            }
            Self::TableName { .. } => "write \"schema.table\"".to_owned(),
            Self::LeadsNowhere { table } => {
                format!("add `{table}` to `{key}`, with the column that has the key or leads to it")
            }
            Self::HeldImmediately => {
                format!("set `{}.future_tables = \"on-provision\"`", key.trim_end_matches(".new_tables"))
            }
            Self::OverLimit { .. } => format!("lower `{key}`, or raise the role's `max_connections`"),
        })
    }
}

impl From<SecretFileError> for Problem {
    fn from(error: SecretFileError) -> Self {
        match error {
            SecretFileError::Missing => Self::SecretFile(io::ErrorKind::NotFound),
            SecretFileError::Unreadable(cause) => Self::SecretFile(cause.kind()),
            SecretFileError::ReadableByOthers(mode) => Self::OpenToOthers { mode },
            SecretFileError::WritableByOthers(mode) => Self::WritableByOthers { mode },
            SecretFileError::IsDirectory => Self::NoSecretFile { what: "a directory" },
            SecretFileError::NotRegular(what) => Self::NoSecretFile { what },
            SecretFileError::TooBig => Self::NoSecretFile { what: "too large for a secret" },
        }
    }
}
