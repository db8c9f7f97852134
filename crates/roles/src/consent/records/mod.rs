//! What is said of records: for whom, with what effect, from when until when; and what follows from it.

mod error;
mod explain;
mod list;
mod missing;
mod say;

use std::fmt;

use rolewright_core::Ident;
use sea_orm::DatabaseConnection;
use serde::Serialize;
use time::OffsetDateTime;

use super::Wanted;

pub use error::ConsentError;
pub use explain::{Explained, Why};

/// The records of one kind.
#[derive(Clone, Copy, Debug)]
pub struct Records<'a> {
    pub(super) db: &'a DatabaseConnection,
    pub(super) wanted: &'a Wanted,
    pub(super) name: &'a str,
}

/// What is said of a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Effect {
    /// It is hidden, whatever else is said.
    Revoke,
    /// It is not hidden any more; and visible, where records are hidden by default.
    Allow,
}

/// Whom something is said for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Whom {
    /// Everybody but superusers and those with BYPASSRLS; the application itself among them.
    Everybody,
    /// Whoever has this database role's rights.
    Role(Ident),
    /// This subject of tokens.
    Subject(String),
}

/// One thing to say of records.
#[derive(Clone, Debug)]
pub struct Saying {
    /// What.
    pub effect: Effect,
    /// For whom.
    pub whom: Whom,
    /// From when on; absent means now.
    pub from: Option<OffsetDateTime>,
    /// Until when; absent means for good.
    pub until: Option<OffsetDateTime>,
    /// Why.
    pub reason: Option<String>,
    /// Who says it; absent means the database role that writes it down.
    pub by: Option<String>,
}

/// One thing that was said. As JSON: `{"id","record","whom","effect","from","until","reason","by","at"}`, times in RFC 3339.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Said {
    /// Its number.
    pub id: i64,
    /// The record's key.
    pub record: String,
    /// For whom, as `everybody`, `database-role:NAME` or `subject:NAME`.
    pub whom: String,
    /// `revoke` or `allow`.
    pub effect: String,
    /// From when on.
    #[serde(with = "time::serde::rfc3339")]
    pub from: OffsetDateTime,
    /// Until when; absent means for good.
    #[serde(with = "time::serde::rfc3339::option")]
    pub until: Option<OffsetDateTime>,
    /// Why.
    pub reason: Option<String>,
    /// Who said it.
    pub by: String,
    /// When it was written down.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
}

/// A record that was opened all the same.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Opening {
    /// Its number.
    pub id: i64,
    /// The record's key.
    pub record: String,
    /// The database role it was opened for.
    pub role: String,
    /// The subject that role acted for, as the application said.
    pub subject: Option<String>,
    /// Why.
    pub reason: String,
    /// When.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// Until when.
    #[serde(with = "time::serde::rfc3339")]
    pub until: OffsetDateTime,
    /// Who was logged in.
    pub login: String,
    /// From where; absent for a unix socket.
    pub from: Option<String>,
}

impl<'a> Records<'a> {
    /// The records of one of the configured kinds.
    ///
    /// # Errors
    /// [`ConsentError::NoKind`] where there is none of this name.
    pub fn of(db: &'a DatabaseConnection, wanted: &'a Wanted, name: &str) -> Result<Self, ConsentError> {
        match wanted.kinds.get_key_value(name) {
            Some((name, _)) => Ok(Self { db, wanted, name }),
            None => Err(ConsentError::NoKind {
                name: name.to_owned(),
                known: wanted.kinds.keys().cloned().collect(),
            }),
        }
    }
}

impl Effect {
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Revoke => "revoke",
            Self::Allow => "allow",
        }
    }
}

impl Whom {
    /// As the columns `role` and `subject`.
    pub(super) fn columns(&self) -> (Option<&str>, Option<&str>) {
        match self {
            Self::Everybody => (None, None),
            Self::Role(role) => (Some(role.as_str()), None),
            Self::Subject(subject) => (None, Some(subject)),
        }
    }

    pub(super) fn written(role: Option<String>, subject: Option<String>) -> String {
        match (role, subject) {
            (Some(role), _) => format!("database-role:{role}"),
            (_, Some(subject)) => format!("subject:{subject}"),
            _ => "everybody".to_owned(),
        }
    }
}

impl fmt::Display for Whom {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (role, subject) = self.columns();
        f.write_str(&Self::written(role.map(str::to_owned), subject.map(str::to_owned)))
    }
}
