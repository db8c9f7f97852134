//! What the ORM said of a statement, as a failure of ours.

use rolewright_core::sqlstate;
use sea_orm::{DbErr, RuntimeErr};

use super::TenantError;
use crate::stages::lock::sqlstate_of;

impl TenantError {
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
