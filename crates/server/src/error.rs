//! What database errors mean, where the libraries leave it in strings.

use rolewright_core::sqlstate;
use sea_orm::{DbErr, RuntimeErr};

/// Whether the error is of the connection itself: lost, refused, ended by the server, or never had.
pub(crate) fn is_lost(error: &DbErr) -> bool {
    let inner = match error {
        DbErr::ConnectionAcquire(_) => return true,
        DbErr::Exec(RuntimeErr::SqlxError(inner))
        | DbErr::Query(RuntimeErr::SqlxError(inner))
        | DbErr::Conn(RuntimeErr::SqlxError(inner)) => inner,
        _ => return false,
    };
    sqlx_lost(inner)
}

/// The same of the driver's own error.
pub(crate) fn sqlx_lost(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut | sqlx::Error::PoolClosed => true,
        sqlx::Error::Database(error) => error.code().is_some_and(|code| sqlstate::is_lost(&code)),
        _ => false,
    }
}
