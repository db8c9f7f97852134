//! sea-orm's statements on a transaction.

use std::sync::atomic::Ordering;

use async_trait::async_trait;
use sea_orm::{ConnectionTrait, DbBackend, DbErr, ExecResult, QueryResult, RuntimeErr, Statement, Values};
use sea_query_sqlx::SqlxValues;
use sqlx::{
    AssertSqlSafe, Executor as _, Postgres,
    postgres::{PgQueryResult, PgRow},
    query::Query,
};
use tokio::sync::{MappedMutexGuard, MutexGuard};

use super::{Shared, Transaction};
use crate::acting::pool::Seat;

impl Shared {
    /// The connection, after whatever was left open is rolled back; for nobody but the innermost that is open.
    pub(super) async fn seat(&self, asking: Option<u32>) -> Result<MappedMutexGuard<'_, Seat>, DbErr> {
        if self.reading.load(Ordering::Relaxed) {
            let why = "the transaction cannot be used: rows of it are still being streamed";
            return Err(DbErr::Custom(why.to_owned()));
        }
        let taken = self.connection.lock().await;
        let ended = |_| DbErr::Custom("the transaction has ended".to_owned());
        let mut seat =
            MutexGuard::try_map(taken, |taken| taken.as_mut().map(|taken| &mut taken.seat)).map_err(ended)?;
        self.settle(&mut seat.connection).await.map_err(exec)?;
        if self.savepoints.innermost() == asking {
            return Ok(seat);
        }
        let why = "the transaction cannot be used: it has ended, or one that is nested in it is open";
        Err(DbErr::Custom(why.to_owned()))
    }
}

impl<W> Transaction<W> {
    pub(super) async fn seat(&self) -> Result<MappedMutexGuard<'_, Seat>, DbErr> {
        self.shared.seat(self.savepoint).await
    }
}

#[async_trait]
impl<W: Send + Sync> ConnectionTrait for Transaction<W> {
    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    async fn execute_raw(&self, statement: Statement) -> Result<ExecResult, DbErr> {
        let mut seat = self.seat().await?;
        let done: PgQueryResult = seat.connection.execute(query(&statement)).await.map_err(exec)?;
        Ok(done.into())
    }

    async fn execute_unprepared(&self, sql: &str) -> Result<ExecResult, DbErr> {
        let mut seat = self.seat().await?;
        let done: PgQueryResult = seat.connection.execute(AssertSqlSafe(sql)).await.map_err(exec)?;
        Ok(done.into())
    }

    async fn query_one_raw(&self, statement: Statement) -> Result<Option<QueryResult>, DbErr> {
        let mut seat = self.seat().await?;
        let row: Option<PgRow> = seat.connection.fetch_optional(query(&statement)).await.map_err(queried)?;
        Ok(row.map(Into::into))
    }

    async fn query_all_raw(&self, statement: Statement) -> Result<Vec<QueryResult>, DbErr> {
        let mut seat = self.seat().await?;
        let rows: Vec<PgRow> = seat.connection.fetch_all(query(&statement)).await.map_err(queried)?;
        Ok(rows.into_iter().map(Into::into).collect())
    }
}

/// The statement as the driver takes it, its values bound.
pub(super) fn query(statement: &Statement) -> Query<'_, Postgres, SqlxValues> {
    let values = statement.values.clone().unwrap_or_else(|| Values(Vec::new()));
    sqlx::query_with(AssertSqlSafe(statement.sql.as_str()), SqlxValues(values))
}

/// The driver's error as sea-orm wraps those of statements that return no rows.
pub(super) fn exec(error: sqlx::Error) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(error.into()))
}

/// The driver's error as sea-orm wraps those of queries.
pub(super) fn queried(error: sqlx::Error) -> DbErr {
    DbErr::Query(RuntimeErr::SqlxError(error.into()))
}
