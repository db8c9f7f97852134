//! What the driver, or the ORM, said of a statement, as a failure of ours.

use rolewright_core::sqlstate;
use sea_orm::{DbErr, RuntimeErr};

use super::TenantError;
use crate::stages::lock::sqlstate_of;

impl TenantError {
    /// What the driver said of one of our own statements.
    pub(super) fn sql(label: &'static str) -> impl Fn(sqlx::Error) -> Self {
        move |error| {
            let code =
                error.as_database_error().and_then(|error| error.code()).unwrap_or_default().into_owned();
            let message = match &error {
                // The text of a configuration error may quote a URL.
                sqlx::Error::Configuration(_) => "the connection's configuration was refused".to_owned(),
                sqlx::Error::Database(error) => error.message().to_owned(),
                sqlx::Error::PoolTimedOut => "the pool had none free in time".to_owned(),
                other => other.to_string(),
            };
            match code.as_str() {
                // A column that is not there is one that a later migration adds.
                sqlstate::UNDEFINED_COLUMN => Self::NotMigrated,
                sqlstate::UNDEFINED_TABLE if message.contains("rolewright.") => Self::NotMigrated,
                sqlstate::READ_ONLY => Self::ReadOnly { label, message },
                sqlstate::TOO_MANY_CONNECTIONS => Self::Crowded { label, message },
                sqlstate::OUT_OF_MEMORY => Self::NoLocks { label, message },
                sqlstate::INSUFFICIENT_PRIVILEGE => Self::Denied { label, message },
                _ if matches!(error, sqlx::Error::PoolTimedOut) => Self::Crowded { label, message },
                _ => Self::Database { label, message, lost: crate::error::sqlx_lost(&error) },
            }
        }
    }

    /// What the ORM said of one of our own statements.
    pub(super) fn db(label: &'static str) -> impl Fn(DbErr) -> Self {
        move |error| match sqlstate_of(&error).as_deref() {
            Some(sqlstate::OUT_OF_MEMORY) => Self::NoLocks { label, message: plain(&error) },
            Some(sqlstate::INSUFFICIENT_PRIVILEGE) => Self::Denied { label, message: plain(&error) },
            // Of the module's own login, not of core: the others go on.
            _ => Self::Database { label, message: plain(&error), lost: false },
        }
    }
}

/// What the server said, with its code, without the names of the layers it came through.
pub(super) fn plain(error: &DbErr) -> String {
    match error {
        DbErr::Exec(RuntimeErr::SqlxError(inner))
        | DbErr::Query(RuntimeErr::SqlxError(inner))
        | DbErr::Conn(RuntimeErr::SqlxError(inner)) => match inner.as_database_error() {
            Some(said) => match said.code() {
                Some(code) => format!("{} ({code})", said.message()),
                None => said.message().to_owned(),
            },
            None => inner.to_string(),
        },
        DbErr::Custom(text) | DbErr::Migration(text) => text.clone(),
        other => other.to_string(),
    }
}
