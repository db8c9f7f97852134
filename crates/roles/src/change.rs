//! One change of a plan: a plain value that knows its kind, its object and its role, and that SQL is rendered from.

use crate::password::Credential;

mod effect;
mod parts;

use parts::several;
pub use parts::{Attribute, Target, Value};

/// One change. Its `Debug` shows no verifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Makes the role, with every attribute spelled out.
    CreateRole {
        /// The role.
        role: String,
        /// Its CONNECTION LIMIT.
        conn_limit: i32,
        /// Its password; absent only in a plan made without the secret.
        credential: Option<Credential>,
    },
    /// Sets attributes that differ.
    AlterRole {
        /// The role.
        role: String,
        /// What to set.
        attributes: Vec<Attribute>,
    },
    /// Sets the role's password to the derived one.
    SetPassword {
        /// The role.
        role: String,
        /// The password.
        credential: Credential,
    },
    /// Remembers the role's password, which an administrator set and a login has proved, as the derived one.
    KnowPassword {
        /// The role.
        role: String,
        /// The password.
        credential: Credential,
    },
    /// Sets the role's comment, the marker.
    Comment {
        /// The role.
        role: String,
        /// The marker.
        text: String,
    },
    /// Persists a setting.
    Set {
        /// The role.
        role: String,
        /// The setting.
        name: String,
        /// Its value.
        value: Value,
    },
    /// Takes a persisted setting away.
    Reset {
        /// The role.
        role: String,
        /// The setting.
        name: String,
        /// The database it is for; absent means all.
        database: Option<String>,
    },
    /// Makes core a member of the role, so that it may see its queries and end its backends.
    GrantMembership {
        /// The managed role.
        role: String,
        /// Core.
        member: String,
        /// Whether to say INHERIT and SET (16 and later).
        options: bool,
    },
    /// Ends a membership.
    RevokeMembership {
        /// The managed role the plan is about.
        about: String,
        /// The role whose rights the member loses.
        role: String,
        /// The member.
        member: String,
        /// Who granted it, where that must be said (16 and later).
        grantor: Option<String>,
    },
    /// CONNECT on the database.
    GrantConnect {
        /// The database.
        database: String,
        /// The roles.
        roles: Vec<String>,
    },
    /// Makes the schema in which the checker works.
    CreateSchema {
        /// The schema.
        schema: String,
        /// The checker.
        role: String,
    },
    /// USAGE on a schema.
    GrantSchema {
        /// The schema.
        schema: String,
        /// The roles.
        roles: Vec<String>,
    },
    /// CREATE on the schema in which the checker works.
    GrantCreate {
        /// The schema.
        schema: String,
        /// The checker.
        role: String,
    },
    /// SELECT on whole relations of one schema.
    GrantSelect {
        /// The schema.
        schema: String,
        /// The relations.
        tables: Vec<String>,
        /// The roles.
        roles: Vec<String>,
    },
    /// SELECT on columns of one relation.
    GrantColumns {
        /// The schema.
        schema: String,
        /// The relation.
        table: String,
        /// The columns.
        columns: Vec<String>,
        /// The role.
        role: String,
    },
    /// SELECT on tables that do not exist yet.
    GrantDefault {
        /// Whose tables; absent means core's own.
        creator: Option<String>,
        /// In which schema.
        schema: String,
        /// The roles.
        roles: Vec<String>,
    },
    /// From here on new relations wait for this role; those that are present are accepted.
    BeginHold {
        /// The role.
        role: String,
        /// The oids of the relations that are present.
        present: Vec<u32>,
    },
    /// Forgets what was accepted for the role, whose new relations no longer wait.
    EndHold {
        /// The role.
        role: String,
    },
    /// Accepts relations that wait.
    Accept {
        /// The role.
        role: String,
        /// The relations, as `schema.name`, for people.
        relations: Vec<String>,
        /// Their oids.
        oids: Vec<u32>,
    },
    /// Takes rights on existing objects away.
    Revoke {
        /// What from.
        target: Target,
        /// Which, as PostgreSQL names them.
        privileges: Vec<String>,
        /// Only the option to grant them on.
        option_only: bool,
        /// Also what the role granted on.
        cascade: bool,
        /// The role.
        role: String,
    },
    /// Takes default privileges away.
    RevokeDefault {
        /// Whose objects.
        creator: String,
        /// In which schema; absent means everywhere.
        schema: Option<String>,
        /// `TABLES`, `SEQUENCES`, `ROUTINES`, `TYPES`, `SCHEMAS` or `LARGE OBJECTS`.
        class: &'static str,
        /// Which privileges.
        privileges: Vec<String>,
        /// Only the option to grant them on.
        option_only: bool,
        /// The role.
        role: String,
    },
}

impl Change {
    /// What kind of change it is, a word of the public interface.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Self::CreateRole { .. } => "create-role",
            Self::AlterRole { .. } => "alter-role",
            Self::SetPassword { .. } => "set-password",
            Self::KnowPassword { .. } => "know-password",
            Self::Comment { .. } => "comment",
            Self::Set { .. } => "set",
            Self::Reset { .. } => "reset",
            Self::GrantMembership { .. } => "grant-membership",
            Self::RevokeMembership { .. } => "revoke-membership",
            Self::GrantConnect { .. } => "grant-connect",
            Self::CreateSchema { .. } => "create-schema",
            Self::GrantSchema { .. } => "grant-schema",
            Self::GrantCreate { .. } => "grant-create",
            Self::GrantSelect { .. } => "grant-select",
            Self::GrantColumns { .. } => "grant-columns",
            Self::GrantDefault { .. } => "default-privileges",
            Self::BeginHold { .. } => "begin-hold",
            Self::EndHold { .. } => "end-hold",
            Self::Accept { .. } => "accept",
            Self::Revoke { .. } => "revoke",
            Self::RevokeDefault { .. } => "revoke-default",
        }
    }

    /// The object it changes, for people.
    #[must_use]
    pub fn object(&self) -> String {
        match self {
            Self::CreateRole { role, .. }
            | Self::AlterRole { role, .. }
            | Self::SetPassword { role, .. }
            | Self::KnowPassword { role, .. }
            | Self::Comment { role, .. }
            | Self::BeginHold { role, .. }
            | Self::EndHold { role } => role.clone(),
            Self::Accept { relations, .. } => relations.join(", "),
            Self::Set { role, name, .. } | Self::Reset { role, name, database: None } => {
                format!("{role}.{name}")
            }
            Self::Reset { role, name, database: Some(database) } => format!("{role}.{name} in {database}"),
            Self::GrantMembership { role, .. } | Self::RevokeMembership { role, .. } => role.clone(),
            Self::GrantConnect { database, .. } => database.clone(),
            Self::CreateSchema { schema, .. }
            | Self::GrantSchema { schema, .. }
            | Self::GrantCreate { schema, .. } => schema.clone(),
            Self::GrantSelect { schema, tables, .. } => several(schema, tables),
            Self::GrantColumns { schema, table, columns, .. } => {
                format!("{schema}.{table} ({})", columns.join(", "))
            }
            Self::GrantDefault { creator, schema, .. } => match creator {
                Some(creator) => format!("{schema}.* of {creator}"),
                None => format!("{schema}.*"),
            },
            Self::Revoke { target, .. } => target.to_string(),
            Self::RevokeDefault { creator, schema, class, .. } => {
                format!(
                    "future {} of {creator} in {}",
                    class.to_lowercase(),
                    schema.as_deref().unwrap_or("any schema")
                )
            }
        }
    }

    /// The managed role it is about; several are joined with a comma.
    #[must_use]
    pub fn role(&self) -> String {
        match self {
            Self::CreateRole { role, .. }
            | Self::AlterRole { role, .. }
            | Self::SetPassword { role, .. }
            | Self::KnowPassword { role, .. }
            | Self::Comment { role, .. }
            | Self::Set { role, .. }
            | Self::Reset { role, .. }
            | Self::GrantMembership { role, .. }
            | Self::RevokeMembership { about: role, .. }
            | Self::CreateSchema { role, .. }
            | Self::GrantCreate { role, .. }
            | Self::GrantColumns { role, .. }
            | Self::BeginHold { role, .. }
            | Self::EndHold { role }
            | Self::Accept { role, .. }
            | Self::Revoke { role, .. }
            | Self::RevokeDefault { role, .. } => role.clone(),
            Self::GrantConnect { roles, .. }
            | Self::GrantSchema { roles, .. }
            | Self::GrantSelect { roles, .. }
            | Self::GrantDefault { roles, .. } => roles.join(", "),
        }
    }

    /// Kind and object: what errors and the audit table call it.
    #[must_use]
    pub fn label(&self) -> String {
        format!("{} {}", self.kind(), self.object())
    }
}
