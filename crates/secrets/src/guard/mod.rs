//! Finds what would carry sealed values out of their table, or let anyone but the owner at them: for the start, which
//! refuses, and for `doctor`, which prints the SQL that mends it.

mod finding;

pub use finding::{Exposed, Finding, FindingKind};
use sea_orm::{ConnectionTrait, FromQueryResult};

use crate::{
    DatabaseError,
    sql::{all, statement},
};

#[derive(FromQueryResult)]
struct Row {
    kind: String,
    object: String,
    detail: String,
    mend: String,
}

/// Everything that exposes the table of secrets; empty where nothing does, or there is no table. It only reads, in one
/// statement.
///
/// # Errors
/// When the database fails.
pub async fn exposures<C: ConnectionTrait>(c: &C) -> Result<Vec<Finding>, DatabaseError> {
    let sql = include_str!("../sql/inspect_exposures.sql");
    let rows: Vec<Row> = all(c, "look for what exposes the secrets", statement(sql, [])).await?;
    Ok(rows.into_iter().filter_map(|row| Finding::new(&row.kind, row.object, row.detail, row.mend)).collect())
}
