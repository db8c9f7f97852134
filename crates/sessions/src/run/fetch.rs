//! Reading the cursor: FETCH by FETCH over the simple protocol, in which every type comes in its text form.

use futures_util::StreamExt;
use sqlx::{AssertSqlSafe, Either, Executor, SqlSafeStr, Statement};

use super::{
    Run,
    taken::{Described, Next, Taken, column, named},
};
use crate::{Column, QueryError, Refusal, rows::News};

/// `read_only_sql_transaction`.
const READ_ONLY: &str = "25006";

impl Run<'_> {
    /// Reads the cursor to its end or to a limit.
    pub(super) async fn fetch(&mut self, most_rows: u64, most_bytes: u64) -> Result<(), QueryError> {
        let mut taken = Taken::new(self.sender, &self.inner.types, most_rows, most_bytes);
        loop {
            let asked = taken.next_size();
            let got = self.fetch_some(asked, &mut taken).await?;
            taken.fetched();
            if let Some(unnamed) = taken.unnamed() {
                let described = match unnamed {
                    Some(described) => described,
                    None => self.describe_empty().await?,
                };
                let columns = self.look_up(described).await?;
                taken.tell_columns(columns).await?;
            }
            taken.flush().await?;
            if let Some(truncated) = taken.truncated() {
                return taken.tell(News::Truncated(truncated)).await;
            }
            if got < asked {
                return Ok(());
            }
        }
    }

    /// One FETCH: how many rows came.
    async fn fetch_some(&mut self, asked: u64, taken: &mut Taken<'_>) -> Result<u64, QueryError> {
        let sql = format!("/* rolewright: report */ FETCH FORWARD {asked} FROM rolewright_report");
        self.clock.send();
        let mut stream = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_many(self.session.work()?);
        let mut got = 0;
        let ended = loop {
            match self.clock.run(stream.next()).await? {
                None => break Ok(()),
                Some(Err(error)) => break Err(error),
                Some(Ok(Either::Left(_))) => {}
                Some(Ok(Either::Right(row))) => {
                    got += 1;
                    if taken.take(row).await? == Next::Stop {
                        // What is still on its way is not worth reading: the session stays busy and is ended.
                        drop(stream);
                        taken.tell_columns_without_names().await?;
                        return Ok(got);
                    }
                }
            }
        };
        drop(stream);
        match self.settle(ended).map_err(QueryError::of_driver) {
            Ok(()) => Ok(got),
            Err(QueryError::Database { sqlstate, message, .. }) if sqlstate == READ_ONLY => {
                Err(Refusal::Writes { message }.into())
            }
            Err(error) => Err(self.timeouts(error)),
        }
    }

    /// Columns with the names of their types.
    async fn look_up(&mut self, described: Described) -> Result<Vec<Column>, QueryError> {
        let oids: Vec<u32> = described.iter().map(|(_, oid)| *oid).collect();
        let outcome = self.clock.run(self.inner.types.look_up(self.session.work()?, &oids)).await?;
        let names = self.settle(outcome).map_err(QueryError::of_driver)?;
        Ok(named(&described, &names))
    }

    /// The columns of a result without rows: the driver tells them only of a statement that is prepared.
    async fn describe_empty(&mut self) -> Result<Described, QueryError> {
        let sql = "/* rolewright: report */ FETCH FORWARD 0 FROM rolewright_report".into_sql_str();
        let outcome = self.clock.run(self.session.work()?.prepare(sql)).await?;
        match self.settle(outcome) {
            Ok(statement) => Ok(statement.columns().iter().map(column).collect()),
            // The driver does not know every kind of type (multiranges); the result is empty all the same.
            Err(sqlx::Error::ColumnDecode { .. } | sqlx::Error::Decode(_) | sqlx::Error::Protocol(_)) => {
                self.session.rest();
                Ok(Vec::new())
            }
            Err(error) => Err(QueryError::of_driver(error)),
        }
    }
}
