//! One look at the catalogs: one query, one JSON document, one [`Observed`].

use sea_orm::DatabaseConnection;
use sqlx::PgConnection;

use crate::{
    Desired, Observed, ProvisionError,
    ask::{Argument, ask},
};

/// Reads from the catalogs all that [`diff`](crate::diff()) needs to know. Takes no lock and changes nothing.
///
/// # Errors
/// What the server or the connection said.
pub async fn inspect(db: &DatabaseConnection, desired: &Desired) -> Result<Observed, ProvisionError> {
    let mut connection = db
        .get_postgres_connection_pool()
        .acquire()
        .await
        .map_err(|error| ProvisionError::sql("inspect", &error))?;
    inspect_on(&mut connection, desired).await
}

/// The same on a connection, whose transaction may hold the lock.
pub(crate) async fn inspect_on(
    connection: &mut PgConnection,
    desired: &Desired,
) -> Result<Observed, ProvisionError> {
    let (roles, creators, schemas) = (desired.names(), desired.creators(), desired.schemas());
    ask(
        connection,
        "inspect",
        include_str!("sql/inspect_catalog.sql"),
        &[
            ("roles", Argument::Names(&roles)),
            ("creators", Argument::Names(&creators)),
            ("schemas", Argument::Names(&schemas)),
            ("columns", Argument::Flag(desired.needs_columns())),
        ],
    )
    .await
}
