//! The proof after every apply: what each managed role can really do, asked of the server, against its promise.
//!
//! The server answers with `has_*_privilege`, which counts `PUBLIC`, memberships and ownership; a statement that
//! "succeeded" proves nothing, because a REVOKE one may not do is only a warning.

use std::collections::BTreeMap;

use sea_orm::DatabaseConnection;
use serde::Serialize;
use sqlx::{PgConnection, Postgres, pool::PoolConnection};

use crate::{
    Desired, ProvisionError,
    ask::{Argument, ask},
};

mod judge;
mod notes;
mod others;
mod rights;
mod why;

pub use rights::{
    DefinerRoutine, Held, OtherKind, OtherRight, RelationRights, Rights, RoleRights, SchemaRights,
};
pub use why::Why;

/// What was proved, or disproved.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Verified {
    /// What breaks a promise, sorted by role.
    pub violations: Vec<Violation>,
    /// What breaks none and deserves a look, such as definer functions a role may call. For people: [`notes`](Self::notes).
    pub warnings: Vec<Violation>,
    /// The relations each role can read, wholly or in part.
    pub readable: BTreeMap<String, Vec<String>>,
}

/// One broken promise.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Violation {
    /// The managed role.
    pub role: String,
    /// What kind of thing it is.
    pub kind: ViolationKind,
    /// The object.
    pub object: String,
    /// The rights in question, as PostgreSQL names them.
    pub rights: Vec<String>,
    /// Where they come from.
    pub why: Why,
    /// The statement that mends it.
    pub fix: String,
}

/// The kinds of broken promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ViolationKind {
    /// The role is missing.
    MissingRole,
    /// The role has an attribute that gives it more.
    Attribute,
    /// The role is member of another.
    Membership,
    /// A denied table or column is readable.
    DeniedReadable,
    /// Something can be written.
    Writable,
    /// Objects can be made.
    Creates,
    /// Something is readable that `read` does not ask for.
    UnaskedReadable,
    /// Something that `read` asks for is not readable.
    PromisedUnreadable,
    /// A relation that was not accepted yet is readable.
    HeldReadable,
    /// A partition or child is readable past the row level security of the table that it is of.
    BypassesPolicies,
    /// A function that runs with its owner's rights can be called.
    DefinerRoutine,
    /// A function can be called that PostgreSQL, or its extension, lets nobody call.
    PrivilegedRoutine,
    /// A configuration parameter can be set that only a superuser may set.
    Parameter,
    /// Another database of the cluster can be connected to.
    Connects,
    /// The role has a login to a foreign server.
    UserMapping,
    /// Temporary tables can be made in the database.
    Temporary,
}

impl ViolationKind {
    /// The word of the public interface.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::MissingRole => "missing-role",
            Self::Attribute => "attribute",
            Self::Membership => "membership",
            Self::DeniedReadable => "denied-readable",
            Self::Writable => "writable",
            Self::Creates => "creates",
            Self::UnaskedReadable => "unasked-readable",
            Self::PromisedUnreadable => "promised-unreadable",
            Self::HeldReadable => "held-readable",
            Self::BypassesPolicies => "bypasses-policies",
            Self::DefinerRoutine => "definer-routine",
            Self::PrivilegedRoutine => "privileged-routine",
            Self::Parameter => "parameter",
            Self::Connects => "connects",
            Self::UserMapping => "user-mapping",
            Self::Temporary => "temporary",
        }
    }
}

impl Violation {
    /// Whether the role can do too much, rather than too little.
    #[must_use]
    pub fn is_excess(&self) -> bool {
        !matches!(self.kind, ViolationKind::PromisedUnreadable | ViolationKind::MissingRole)
    }

    /// The violation as a sentence without a full stop.
    #[must_use]
    pub fn message(&self) -> String {
        let Self { role, object, .. } = self;
        let rights = self.rights.join(", ");
        let what = match self.kind {
            ViolationKind::MissingRole => return format!("role {role} does not exist"),
            ViolationKind::Attribute => format!("role {role} has {rights}"),
            ViolationKind::Membership => format!("role {role} is a member of {object}"),
            ViolationKind::DeniedReadable => format!("role {role} can read {object}, which is denied"),
            ViolationKind::Writable => format!("role {role} has {rights} on {object}"),
            ViolationKind::Creates => format!("role {role} can create objects in {object} ({rights})"),
            ViolationKind::UnaskedReadable => {
                format!("role {role} can read {object}, which `read` does not ask for")
            }
            ViolationKind::PromisedUnreadable => return format!("role {role} cannot read {object}"),
            ViolationKind::HeldReadable => {
                format!("role {role} can read {object}, which is new and not accepted for it")
            }
            ViolationKind::BypassesPolicies => {
                format!(
                    "role {role} can read {object}, past the row level security of the table that it is a partition or child of"
                )
            }
            ViolationKind::PrivilegedRoutine => {
                format!("role {role} may call {object}, which only a superuser should")
            }
            ViolationKind::Parameter => format!("role {role} has {rights} on {object}"),
            ViolationKind::Connects => format!("role {role} can connect to {object}"),
            ViolationKind::UserMapping => format!("role {role} has the {object}"),
            ViolationKind::DefinerRoutine => {
                format!("role {role} may call {object}, which runs with its owner's rights")
            }
            ViolationKind::Temporary => format!("role {role} can make temporary tables in {object}"),
        };
        format!("{what} ({})", self.why)
    }
}

/// Asks the server for the effective rights of every desired role and holds them against the promise.
///
/// # Errors
/// What the server or the connection said. A broken promise is not an error but a [`Violation`].
pub async fn verify(db: &DatabaseConnection, desired: &Desired) -> Result<Verified, ProvisionError> {
    let mut connection = acquire(db).await?;
    verify_on(&mut connection, desired).await
}

/// The effective rights themselves, with every relation, whether anybody may read it or not.
///
/// # Errors
/// What the server or the connection said.
pub async fn rights(db: &DatabaseConnection, desired: &Desired) -> Result<Rights, ProvisionError> {
    fetch_rights(&mut *acquire(db).await?, desired, true).await
}

/// The same on a connection whose transaction has uncommitted changes.
pub(crate) async fn verify_on(
    connection: &mut PgConnection,
    desired: &Desired,
) -> Result<Verified, ProvisionError> {
    Ok(judge::judge(desired, &fetch_rights(connection, desired, false).await?))
}

async fn acquire(db: &DatabaseConnection) -> Result<PoolConnection<Postgres>, ProvisionError> {
    let pool = db.get_postgres_connection_pool();
    pool.acquire().await.map_err(|error| ProvisionError::sql("verify", &error))
}

/// `every` relation, or those alone that a promise speaks of or a role holds a right on.
async fn fetch_rights(
    connection: &mut PgConnection,
    desired: &Desired,
    every: bool,
) -> Result<Rights, ProvisionError> {
    let (roles, schemas) = (desired.names(), desired.schemas());
    let module: Vec<String> = desired.module.iter().map(ToString::to_string).collect();
    ask(
        connection,
        "verify",
        include_str!("sql/verify_rights.sql"),
        &[
            ("roles", Argument::Names(&roles)),
            ("columns", Argument::Flag(desired.needs_columns())),
            ("held", Argument::Flag(desired.holds())),
            ("schemas", Argument::Names(&schemas)),
            ("module", Argument::Names(&module)),
            ("every", Argument::Flag(every)),
        ],
    )
    .await
}
