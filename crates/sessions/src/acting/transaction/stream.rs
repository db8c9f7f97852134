//! Rows of a transaction as they come.

use std::{pin::Pin, sync::atomic::Ordering};

use async_stream::stream;
use futures_util::{StreamExt as _, stream::BoxStream};
use sea_orm::{DbBackend, DbErr, QueryResult, Statement, StreamTrait};
use sqlx::Executor as _;

use super::{
    Shared, Transaction,
    executor::{queried, query},
};

/// Rows are read as they are asked for. While the stream is there, every other statement of the transaction is refused. Once it is
/// dropped, read to its end or not, the transaction goes on; the next statement first reads past what was left.
impl<W: Send + Sync + 'static> StreamTrait for Transaction<W> {
    type Stream<'a> = BoxStream<'a, Result<QueryResult, DbErr>>;

    fn get_database_backend(&self) -> DbBackend {
        DbBackend::Postgres
    }

    fn stream_raw<'a>(
        &'a self,
        statement: Statement,
    ) -> Pin<Box<dyn Future<Output = Result<Self::Stream<'a>, DbErr>> + 'a + Send>> {
        Box::pin(async move {
            let mut seat = self.seat().await?;
            let reading = Reading::of(&self.shared);
            let rows = stream! {
                let _reading = reading;
                let mut rows = seat.connection.fetch(query(&statement));
                while let Some(row) = rows.next().await {
                    yield row.map(Into::into).map_err(queried);
                }
            };
            Ok(rows.boxed())
        })
    }
}

/// A stream that is there. Whoever waited for its end while holding it would wait for ever.
struct Reading<'a>(&'a Shared);

impl<'a> Reading<'a> {
    fn of(shared: &'a Shared) -> Self {
        shared.reading.store(true, Ordering::Relaxed);
        Self(shared)
    }
}

impl Drop for Reading<'_> {
    fn drop(&mut self) {
        self.0.reading.store(false, Ordering::Relaxed);
    }
}
