//! A row with its version, and the compare-and-swap on it: for reading and rotation, so that a concurrent `set` is
//! never lost.

use sea_orm::{ConnectionTrait, FromQueryResult};

use crate::{
    DatabaseError,
    entity::StoredText,
    sql::{execute, one, statement},
};

/// What is stored under a name.
#[derive(FromQueryResult)]
pub(super) struct Row {
    pub(super) key: String,
    pub(super) value: StoredText,
    /// Which version of the row this is: every update makes another.
    pub(super) version: String,
    /// Whether a re-seal may be tried without ending the caller's transaction.
    pub(super) mendable: bool,
}

pub(super) async fn fetch<C: ConnectionTrait>(c: &C, name: &str) -> Result<Option<Row>, DatabaseError> {
    one(c, "read a secret", statement(include_str!("../sql/fetch_secret.sql"), [name.into()])).await
}

/// What to do when somebody else holds the row.
#[derive(Clone, Copy)]
pub(super) enum Wait {
    /// Leave it: whoever holds it is setting it.
    No,
    /// Wait for them.
    Yes,
}

/// Replaces the row's value if it is still this version; returns whether it was.
pub(super) async fn swap<C: ConnectionTrait>(
    c: &C,
    row: &Row,
    sealed: String,
    wait: Wait,
) -> Result<bool, DatabaseError> {
    let sql = match wait {
        Wait::No => include_str!("../sql/reseal_secret_unless_locked.sql"),
        Wait::Yes => include_str!("../sql/reseal_secret.sql"),
    };
    let values = [row.key.as_str().into(), row.version.as_str().into(), sealed.into()];
    Ok(execute(c, "re-seal a secret", statement(sql, values)).await? > 0)
}
