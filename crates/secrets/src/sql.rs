//! Builds the statements of this crate: for the store, the installation and the guard, so that each begins with its
//! sender and none carries a clear value.

use sea_orm::{ConnectionTrait, DbBackend, FromQueryResult, QueryResult, Statement, Value};

use crate::DatabaseError;

/// The table's name, for [`exists`].
pub(crate) const SECRETS: &str = "rolewright.local_system_secrets";

pub(crate) fn statement(sql: impl Into<String>, values: impl IntoIterator<Item = Value>) -> Statement {
    Statement::from_sql_and_values(DbBackend::Postgres, sql, values)
}

/// Runs a statement, and returns how many rows it changed.
pub(crate) async fn execute<C: ConnectionTrait>(
    c: &C,
    label: &'static str,
    statement: Statement,
) -> Result<u64, DatabaseError> {
    let done = c.execute_raw(statement).await.map_err(|error| DatabaseError::new(label, &error))?;
    Ok(done.rows_affected())
}

pub(crate) async fn one<C: ConnectionTrait, T: FromQueryResult>(
    c: &C,
    label: &'static str,
    statement: Statement,
) -> Result<Option<T>, DatabaseError> {
    let row = c.query_one_raw(statement).await.map_err(|error| DatabaseError::new(label, &error))?;
    row.map(|row| read(&row, label)).transpose()
}

pub(crate) async fn all<C: ConnectionTrait, T: FromQueryResult>(
    c: &C,
    label: &'static str,
    statement: Statement,
) -> Result<Vec<T>, DatabaseError> {
    let rows = c.query_all_raw(statement).await.map_err(|error| DatabaseError::new(label, &error))?;
    rows.iter().map(|row| read(row, label)).collect()
}

/// Whether there is a table of this name; asking for its rows instead would end the caller's transaction.
pub(crate) async fn exists<C: ConnectionTrait>(c: &C, table: &str) -> Result<bool, DatabaseError> {
    #[derive(FromQueryResult)]
    struct Found {
        found: bool,
    }
    let sql = "/* rolewright: secret exists */ SELECT pg_catalog.to_regclass($1) IS NOT NULL AS found";
    let row: Option<Found> =
        one(c, "look for the tables of Rolewright", statement(sql, [table.into()])).await?;
    Ok(row.is_some_and(|row| row.found))
}

fn read<T: FromQueryResult>(row: &QueryResult, label: &'static str) -> Result<T, DatabaseError> {
    T::from_query_result(row, "").map_err(|error| DatabaseError::new(label, &error))
}
