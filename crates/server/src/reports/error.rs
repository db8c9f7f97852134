//! Why a stored report was not saved, found, published or run.

use rolewright_core::{Advice, Exit, sqlstate};
use rolewright_sessions::{ParameterError, QueryError, TenantError};

use super::{DefinitionError, NameError, ReportName, file::FileError};
use crate::RoleUnavailable;

/// What went wrong with a stored report. Never contains a value of a parameter, nor a secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReportError {
    /// The name cannot name a report.
    #[error(transparent)]
    Name(#[from] NameError),
    /// The definition breaks a rule of its own.
    #[error(transparent)]
    Definition(#[from] DefinitionError),
    /// A file is not a report's.
    #[error(transparent)]
    File(#[from] FileError),
    /// There is no report of this name.
    #[error("there is no report named `{0}`")]
    Unknown(ReportName),
    /// There was one, and it was removed.
    #[error("the report `{0}` was removed")]
    Removed(ReportName),
    /// The report has no version of this number.
    #[error("the report `{name}` has no version {number}; its newest is {newest}")]
    NoVersion {
        /// The report.
        name: ReportName,
        /// The version asked for.
        number: u32,
        /// The newest there is.
        newest: u32,
    },
    /// No version of it is published.
    #[error("no version of the report `{0}` is published")]
    NotPublished(ReportName),
    /// Its newest version is the published one.
    #[error("the report `{0}` has no draft: its newest version is the published one")]
    NoDraft(ReportName),
    /// Another process published a version in the meantime.
    #[error(
        "another process published version {theirs} of the report `{name}` in the meantime, and it stays"
    )]
    Overtaken {
        /// The report.
        name: ReportName,
        /// The version that is published now.
        theirs: u32,
    },
    /// The database does not take the text: nothing of it has run.
    #[error("the text of the report `{name}` does not pass: {cause}")]
    Refused {
        /// The report.
        name: ReportName,
        /// What the sandbox or the server said.
        cause: QueryError,
    },
    /// A declared type is not the one the query gives the parameter.
    #[error("the report `{name}` declares `:{parameter}` as {declared}, and its query takes {told}")]
    Mismatch {
        /// The report.
        name: ReportName,
        /// The parameter.
        parameter: String,
        /// Its declared type.
        declared: String,
        /// The type the server tells from its place.
        told: String,
    },
    /// A declared parameter does not occur in the text.
    #[error("the report `{name}` declares `:{parameter}`, and its query does not use it")]
    Unused {
        /// The report.
        name: ReportName,
        /// The parameter.
        parameter: String,
    },
    /// The connection it runs on is not configured, or not open.
    #[error(transparent)]
    Role(#[from] RoleUnavailable),
    /// The tenant is not to be worked for, or has no login for reports.
    #[error(transparent)]
    Tenant(#[from] TenantError),
    /// The connection it runs on could not be opened for this one piece of work.
    #[error("{message}")]
    NotOpened {
        /// The cause.
        message: String,
        /// The fix.
        hint: Option<String>,
        /// The exit code of the cause.
        exit: Exit,
    },
    /// The values given to a run do not fit the parameters.
    #[error(transparent)]
    Parameter(#[from] ParameterError),
    /// The run was refused, or failed.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The tables of stored reports are missing.
    #[error("the tables of stored reports are missing")]
    NotMigrated,
    /// The database refused or failed.
    #[error("{label} failed: {message}")]
    Database {
        /// What was being done.
        label: &'static str,
        /// What the server or the driver said.
        message: String,
        /// Whether the connection was lost.
        lost: bool,
    },
}

impl ReportError {
    /// What the driver said of one of our own statements.
    pub(super) fn sql(label: &'static str, error: &sqlx::Error) -> Self {
        match error {
            sqlx::Error::Database(error) if error.code().as_deref() == Some(sqlstate::UNDEFINED_TABLE) => {
                Self::NotMigrated
            }
            sqlx::Error::Database(error) => {
                let lost = error.code().is_some_and(|code| code.starts_with("57P") || code.starts_with("08"));
                Self::Database { label, message: error.message().to_owned(), lost }
            }
            // The text of a configuration error may quote a URL.
            sqlx::Error::Configuration(_) => Self::Database {
                label,
                message: "the connection's configuration was refused".to_owned(),
                lost: true,
            },
            other => Self::Database { label, message: other.to_string(), lost: true },
        }
    }
}

impl Advice for ReportError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Name(_) => Some("call it like `daily-admissions`".to_owned()),
            Self::Definition(_) => Some("docs/reports.md says what each key takes".to_owned()),
            Self::File(error) => error.hint(),
            Self::Unknown(_) => Some("`rolewright report list` names those there are".to_owned()),
            Self::Removed(name) => Some(format!(
                "`rolewright report list --removed` shows it; `report add {name}` or `report import` brings it back"
            )),
            Self::NoVersion { name, .. } => {
                Some(format!("`rolewright report show {name} --history` lists its versions"))
            }
            Self::NotPublished(name) => {
                Some(format!("`rolewright report publish {name}`, or run its newest version with --draft"))
            }
            Self::NoDraft(_) => Some("leave --draft out".to_owned()),
            Self::Overtaken { name, .. } => Some(format!(
                "look at it (`rolewright report show {name}`), and publish again if yours shall run"
            )),
            Self::Refused { cause, .. } => cause.hint(),
            Self::Mismatch { parameter, told, .. } => Some(format!(
                "declare it as {told}, or say the declared type in the query: `CAST(:{parameter} AS …)`"
            )),
            Self::Unused { parameter, .. } => {
                Some(format!("use `:{parameter}` in the query, or leave its declaration out"))
            }
            Self::Role(error) => error.hint(),
            Self::Tenant(error) => error.hint(),
            Self::NotOpened { hint, .. } => hint.clone(),
            Self::Parameter(error) => error.hint(),
            Self::Query(error) => error.hint(),
            Self::NotMigrated => Some("run `rolewright apply`".to_owned()),
            Self::Database { lost: true, .. } => {
                Some("check that PostgreSQL is up, and run the command again".to_owned())
            }
            Self::Database { .. } => None,
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Refused { cause, .. } => match cause.exit() {
                Exit::DatabaseFailed => Exit::Refused,
                other => other,
            },
            Self::Mismatch { .. } | Self::Unused { .. } => Exit::Refused,
            Self::Overtaken { .. } => Exit::Failed,
            Self::Role(error) => error.exit(),
            Self::Tenant(error) => error.exit(),
            Self::NotOpened { exit, .. } => *exit,
            Self::Parameter(error) => error.exit(),
            Self::Query(error) => error.exit(),
            Self::NotMigrated => Exit::Config,
            Self::Database { lost: true, .. } => Exit::Unavailable,
            Self::Database { .. } => Exit::Failed,
            _ => Exit::Usage,
        }
    }
}
