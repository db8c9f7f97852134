//! Reading the cursor: FETCH by FETCH over the simple protocol, in which every type comes in its text form.

use futures_util::StreamExt;
use tokio_postgres::{Error, SimpleQueryMessage, SimpleQueryStream};

use super::{
    Run,
    taken::{Next, Taken},
};
use crate::{QueryError, Refusal, rows::News};

/// `read_only_sql_transaction`.
const READ_ONLY: &str = "25006";

/// A FETCH of so many rows.
pub(super) fn sql(rows: u64) -> String {
    format!("/* rolewright: report */ FETCH FORWARD {rows} FROM rolewright_report")
}

impl Run<'_> {
    /// Reads the cursor to its end or to a limit; the first answers are on their way already.
    pub(super) async fn fetch(
        &mut self,
        first: [(u64, Result<SimpleQueryStream, Error>); 2],
        taken: &mut Taken<'_>,
    ) -> Result<(), QueryError> {
        let mut sent = first.into_iter();
        loop {
            let (asked, stream) = match sent.next() {
                Some((0, _)) => continue,
                Some(sent) => sent,
                None => {
                    let asked = taken.next_size();
                    let sql = sql(asked);
                    self.clock.send();
                    let stream = self.clock.run(self.session.work()?.simple_query_raw(&sql)).await?;
                    (asked, stream)
                }
            };
            // Several answers are under way at once, so it is this one that the session is busy with now.
            self.session.wait();
            let got = self.take(stream, taken).await?;
            taken.begin().await?;
            taken.fetched();
            if got < asked || taken.truncated().is_some() {
                break;
            }
            if sent.len() == 0 {
                taken.flush().await?;
            }
        }
        taken.flush().await?;
        match taken.truncated() {
            Some(truncated) => taken.tell(News::Truncated(truncated)).await,
            None => Ok(()),
        }
    }

    /// The answer to one FETCH: how many rows came.
    async fn take(
        &mut self,
        stream: Result<SimpleQueryStream, Error>,
        taken: &mut Taken<'_>,
    ) -> Result<u64, QueryError> {
        let mut got = 0;
        let ended = match stream {
            Err(error) => Err(error),
            Ok(stream) => {
                let mut stream = std::pin::pin!(stream);
                loop {
                    match self.clock.run(stream.next()).await? {
                        None => break Ok(()),
                        Some(Err(error)) => break Err(error),
                        Some(Ok(SimpleQueryMessage::Row(row))) => {
                            got += 1;
                            if taken.take(&row).await? == Next::Stop {
                                // What is still on its way is not worth reading: the session stays busy and is ended.
                                return Ok(got);
                            }
                        }
                        Some(Ok(_)) => {}
                    }
                }
            }
        };
        match self.settle(ended).map_err(|error| QueryError::of_driver(&error)) {
            Ok(()) => Ok(got),
            Err(QueryError::Database { sqlstate, message, .. }) if sqlstate == READ_ONLY => {
                Err(Refusal::Writes { message }.into())
            }
            Err(error) => Err(self.timeouts(error)),
        }
    }
}
