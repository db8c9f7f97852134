//! The tables of stored reports: plain statements on the core connection, each of them by name and bound.

mod read;
mod rows;
mod write;

use sea_orm::DatabaseConnection;
use sqlx::PgPool;

/// The stored reports of one database.
#[derive(Clone, Copy, Debug)]
pub(super) struct Store<'a>(&'a PgPool);

impl<'a> Store<'a> {
    pub(super) fn new(core: &'a DatabaseConnection) -> Self {
        Self(core.get_postgres_connection_pool())
    }
}
