//! A report's result as it comes: columns first, then batches of rows, in PostgreSQL's text form.

use std::fmt;

use futures_util::{Stream, stream};
use tokio::sync::mpsc;

use crate::QueryError;

/// One row: each value in the text form of its type's output function, `None` for NULL.
pub type Row = Vec<Option<String>>;

/// Some rows, in their order.
pub type Batch = Vec<Row>;

/// A column of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name; several columns may share one.
    pub name: String,
    /// Its type in PostgreSQL's words, such as `timestamp with time zone`; of a domain, the type below it.
    pub type_name: String,
    /// Its type's OID.
    pub oid: u32,
}

/// Why a result ends before its time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Truncated {
    /// There are more rows than the limit.
    Rows {
        /// The limit.
        most: u64,
    },
    /// The values have more bytes than the limit.
    Bytes {
        /// The limit.
        most: u64,
    },
}

impl fmt::Display for Truncated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Rows { most } => write!(f, "the result has more than {most} rows; the rest is left out"),
            Self::Bytes { most } => write!(f, "the result has more than {most} bytes; the rest is left out"),
        }
    }
}

/// What a running report sends to whoever reads it.
pub(crate) enum News {
    Columns(Vec<Column>),
    Rows(Batch),
    Truncated(Truncated),
    /// There is no more. Without it, the result is not whole.
    End,
}

/// A running report. Dropping it cancels what still runs on the server.
///
/// At most a few batches wait in memory; the server is read from only as fast as this is.
pub struct Rows {
    columns: Vec<Column>,
    truncated: Option<Truncated>,
    ended: bool,
    news: mpsc::Receiver<Result<News, QueryError>>,
}

impl Rows {
    /// Waits for a report's columns.
    pub(crate) async fn start(
        mut news: mpsc::Receiver<Result<News, QueryError>>,
    ) -> Result<Self, QueryError> {
        match news.recv().await {
            Some(Ok(News::Columns(columns))) => Ok(Self { columns, truncated: None, ended: false, news }),
            Some(Err(error)) => Err(error),
            _ => Err(QueryError::Lost { cause: "the report's task has ended".to_owned() }),
        }
    }

    /// The columns, known before the first row.
    #[must_use]
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The next rows; `None` at the end.
    ///
    /// # Errors
    /// When the query fails, its time is up or its session is lost. No rows come after that.
    pub async fn next_batch(&mut self) -> Result<Option<Batch>, QueryError> {
        while !self.ended {
            match self.news.recv().await {
                Some(Ok(News::Rows(batch))) => return Ok(Some(batch)),
                Some(Ok(News::Truncated(truncated))) => self.truncated = Some(truncated),
                Some(Ok(News::Columns(_))) => {}
                Some(Ok(News::End)) => self.ended = true,
                Some(Err(error)) => return Err(error),
                None => return Err(QueryError::Lost { cause: "the report's task has ended".to_owned() }),
            }
        }
        Ok(None)
    }

    /// Whether, and why, rows were left out. Known once [`next_batch`](Self::next_batch) has returned `None`.
    #[must_use]
    pub fn truncated(&self) -> Option<Truncated> {
        self.truncated
    }

    /// All that is left, in memory.
    ///
    /// # Errors
    /// As [`next_batch`](Self::next_batch).
    pub async fn collect(&mut self) -> Result<Batch, QueryError> {
        let mut all = Batch::new();
        while let Some(batch) = self.next_batch().await? {
            all.extend(batch);
        }
        Ok(all)
    }

    /// The batches as a stream, which ends after the first error.
    pub fn into_stream(self) -> impl Stream<Item = Result<Batch, QueryError>> + Send {
        stream::unfold(Some(self), |rows| async {
            let mut rows = rows?;
            match rows.next_batch().await {
                Ok(Some(batch)) => Some((Ok(batch), Some(rows))),
                Ok(None) => None,
                Err(error) => Some((Err(error), None)),
            }
        })
    }
}

impl fmt::Debug for Rows {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Rows")
            .field("columns", &self.columns)
            .field("truncated", &self.truncated)
            .finish_non_exhaustive()
    }
}
