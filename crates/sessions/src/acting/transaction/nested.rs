//! Transactions within a transaction: savepoints, acting as the same.

use std::{pin::Pin, sync::Arc};

use async_trait::async_trait;
use sea_orm::{
    AccessMode, DbErr, IsolationLevel, TransactionError, TransactionOptions, TransactionSession,
    TransactionTrait,
};
use sqlx::{AssertSqlSafe, Executor as _};

use super::{Shared, Transaction, executor::exec, savepoints};
use crate::acting::inside;

/// The work that sea-orm hands to a nested transaction.
type Work<'c, T, E> = Pin<Box<dyn Future<Output = Result<T, E>> + Send + 'c>>;

#[async_trait]
impl<W: Clone + Send + Sync> TransactionTrait for Transaction<W> {
    type Transaction = Self;

    async fn begin(&self) -> Result<Self, DbErr> {
        Self::nest(&self.who, &self.shared, self.savepoint).await
    }

    /// A savepoint has the isolation and access of its transaction, so asking for others is refused.
    async fn begin_with_config(
        &self,
        isolation_level: Option<IsolationLevel>,
        access_mode: Option<AccessMode>,
    ) -> Result<Self, DbErr> {
        self.begin_with_options(TransactionOptions { isolation_level, access_mode, ..Default::default() })
            .await
    }

    async fn begin_with_options(&self, options: TransactionOptions) -> Result<Self, DbErr> {
        if options.isolation_level.is_some() || options.access_mode.is_some() {
            let why = "a nested transaction has the isolation level and access mode of the one around it";
            return Err(DbErr::Custom(why.to_owned()));
        }
        self.begin().await
    }

    async fn transaction<F, T, E>(&self, work: F) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(&'c Self) -> Work<'c, T, E> + Send,
        T: Send,
        E: std::fmt::Display + std::fmt::Debug + Send,
    {
        self.transaction_with_config(work, None, None).await
    }

    async fn transaction_with_config<F, T, E>(
        &self,
        work: F,
        isolation_level: Option<IsolationLevel>,
        access_mode: Option<AccessMode>,
    ) -> Result<T, TransactionError<E>>
    where
        F: for<'c> FnOnce(&'c Self) -> Work<'c, T, E> + Send,
        T: Send,
        E: std::fmt::Display + std::fmt::Debug + Send,
    {
        let nested = self
            .begin_with_config(isolation_level, access_mode)
            .await
            .map_err(TransactionError::Connection)?;
        match inside::nested(&nested, work(&nested)).await {
            Ok(done) => nested.commit().await.map(|()| done).map_err(TransactionError::Connection),
            Err(error) => {
                nested.rollback().await.map_err(TransactionError::Connection)?;
                Err(TransactionError::Transaction(error))
            }
        }
    }
}

#[async_trait]
impl<W: Send + Sync> TransactionSession for Transaction<W> {
    /// Keeps what was done since the savepoint. The transaction itself is committed by the work's returning `Ok`.
    async fn commit(self) -> Result<(), DbErr> {
        self.close(savepoints::release).await
    }

    /// Undoes what was done since the savepoint. The transaction itself is rolled back by the work's returning `Err`.
    async fn rollback(self) -> Result<(), DbErr> {
        self.close(savepoints::back_to).await
    }
}

impl<W> Transaction<W> {
    /// Begins one within a savepoint, or within the transaction itself.
    pub(in crate::acting) async fn nest(
        who: &W,
        shared: &Arc<Shared>,
        within: Option<u32>,
    ) -> Result<Self, DbErr>
    where
        W: Clone,
    {
        let mut seat = shared.seat(within).await?;
        let number = shared.savepoints.next();
        seat.connection.execute(AssertSqlSafe(savepoints::set(number))).await.map_err(exec)?;
        shared.savepoints.opened(number);
        Ok(Self { who: who.clone(), savepoint: Some(number), shared: Arc::clone(shared) })
    }

    async fn close(self, how: fn(u32) -> String) -> Result<(), DbErr> {
        let Some(savepoint) = self.savepoint else {
            let why = "the transaction itself is ended by what its work returns";
            return Err(DbErr::Custom(why.to_owned()));
        };
        let mut seat = self.shared.seat(self.savepoint).await?;
        seat.connection.execute(AssertSqlSafe(how(savepoint))).await.map_err(exec)?;
        self.shared.savepoints.ended(savepoint);
        Ok(())
    }
}
