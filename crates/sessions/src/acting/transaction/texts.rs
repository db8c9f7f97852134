//! Rows in PostgreSQL's text form, as they are printed: of our own statements only, since they go as simple messages.

use sea_orm::DbErr;
use sqlx::{
    AssertSqlSafe, Column as _, Executor as _, Row as _, SqlSafeStr, Statement as _, TypeInfo as _,
    ValueRef as _,
};

use super::{
    Transaction,
    executor::{exec, queried},
};
use crate::{Batch, Column};

impl<W> Transaction<W> {
    /// The columns of a statement's rows.
    pub(crate) async fn columns(&self, sql: &str) -> Result<Vec<Column>, DbErr> {
        let mut seat = self.seat().await?;
        let prepared = seat
            .connection
            .prepare(SqlSafeStr::into_sql_str(AssertSqlSafe(sql.to_owned())))
            .await
            .map_err(exec)?;
        let column = |column: &sqlx::postgres::PgColumn| Column {
            name: column.name().to_owned(),
            type_name: column.type_info().name().to_lowercase(),
            oid: column.type_info().oid().map_or(0, |oid| oid.0),
        };
        Ok(prepared.columns().iter().map(column).collect())
    }

    /// A statement's rows.
    pub(crate) async fn texts(&self, sql: &str) -> Result<Batch, DbErr> {
        let mut seat = self.seat().await?;
        let rows =
            sqlx::raw_sql(AssertSqlSafe(sql)).fetch_all(&mut seat.connection).await.map_err(queried)?;
        let text = |row: &sqlx::postgres::PgRow, index| {
            let value = row.try_get_raw(index).map_err(queried)?;
            if value.is_null() {
                return Ok(None);
            }
            let text = value.as_str().map_err(|error| DbErr::Custom(error.to_string()))?;
            Ok(Some(text.to_owned()))
        };
        rows.iter().map(|row| (0..row.len()).map(|index| text(row, index)).collect()).collect()
    }
}
