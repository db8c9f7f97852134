//! What has been taken from the server and not yet been handed on, against the limits.

use std::collections::VecDeque;

use tokio::sync::mpsc::error::TrySendError;
use tokio_postgres::SimpleQueryRow;

use super::Sender;
use crate::{Batch, Column, QueryError, Row, Truncated, rows::News};

/// The first row is asked for alone, so that something is seen early; with it leaves a FETCH of so many more, so that a
/// small report is whole in one round trip. Each later FETCH asks for at most this many times more, because nothing is known of
/// the rows to come; and the most of any.
const FIRST_FETCH: u64 = 1;
const SECOND_FETCH: u64 = 99;
const GROWTH: u64 = 8;
const MOST: u64 = 5_000;
/// Bytes a FETCH aims at.
const FETCH_BYTES: u64 = 1 << 20;
/// Bytes that are taken in without waiting for the reader, so that a FETCH ends when the server is done with it, and
/// not when its reader is. Beyond them, the server has to wait.
const AHEAD_BYTES: u64 = 8 * FETCH_BYTES;
/// A batch is handed on when it has this many rows or bytes.
const BATCH_ROWS: usize = 500;
const BATCH_BYTES: u64 = 256 << 10;

/// Whether to go on reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Read,
    Stop,
}

pub(super) struct Taken<'a> {
    sender: &'a Sender,
    most_rows: u64,
    most_bytes: u64,
    rows: u64,
    bytes: u64,
    /// Rows and bytes before the latest FETCH, and how many rows the next may ask for.
    before: (u64, u64),
    next: u64,
    batch: Batch,
    batch_bytes: u64,
    /// Full batches that the reader has not yet had room for.
    ahead: VecDeque<Batch>,
    ahead_bytes: u64,
    /// What the reader has not been told yet: it hears of a report when the first row is there, or when there is none.
    columns: Option<Vec<Column>>,
    truncated: Option<Truncated>,
}

impl<'a> Taken<'a> {
    pub(super) fn new(sender: &'a Sender, columns: Vec<Column>, most_rows: u64, most_bytes: u64) -> Self {
        Self {
            sender,
            most_rows,
            most_bytes,
            rows: 0,
            bytes: 0,
            before: (0, 0),
            next: SECOND_FETCH,
            batch: Batch::new(),
            batch_bytes: 0,
            ahead: VecDeque::new(),
            ahead_bytes: 0,
            columns: Some(columns),
            truncated: None,
        }
    }

    /// How many rows the first two FETCHes ask for, which leave together: one more than the limit, in all.
    pub(super) fn first_sizes(&self) -> (u64, u64) {
        let most = self.most_rows.saturating_add(1);
        (FIRST_FETCH, SECOND_FETCH.min(most - FIRST_FETCH))
    }

    /// How many rows to ask for: one more than the limit leaves, to learn whether there are more.
    pub(super) fn next_size(&self) -> u64 {
        self.next.min((self.most_rows - self.rows).saturating_add(1))
    }

    /// A FETCH has ended: its rows tell how many to ask for next.
    pub(super) fn fetched(&mut self) {
        let (rows, bytes) = (self.rows - self.before.0, self.bytes - self.before.1);
        self.before = (self.rows, self.bytes);
        let average = (bytes / rows.max(1)).max(self.bytes / self.rows.max(1)).max(1);
        self.next = (FETCH_BYTES / average).min(self.next.saturating_mul(GROWTH)).clamp(1, MOST);
    }

    /// Takes one row, and hands a full batch on.
    pub(super) async fn take(&mut self, row: &SimpleQueryRow) -> Result<Next, QueryError> {
        self.begin().await?;
        if self.rows == self.most_rows {
            self.truncated = Some(Truncated::Rows { most: self.most_rows });
            return Ok(Next::Read);
        }
        let bytes = bytes(row)?;
        if bytes > self.most_bytes - self.bytes {
            // Before anything of it is copied.
            self.truncated = Some(Truncated::Bytes { most: self.most_bytes });
            return Ok(Next::Stop);
        }
        self.batch.push(cells(row)?);
        self.rows += 1;
        self.bytes += bytes;
        self.batch_bytes += bytes;
        if self.batch.len() >= BATCH_ROWS || self.batch_bytes >= BATCH_BYTES {
            self.fill();
            self.offer().await?;
        }
        Ok(Next::Read)
    }

    /// Tells the reader the columns, once.
    pub(super) async fn begin(&mut self) -> Result<(), QueryError> {
        match self.columns.take() {
            Some(columns) => self.tell(News::Columns(columns)).await,
            None => Ok(()),
        }
    }

    /// Puts the batch to those that are full.
    fn fill(&mut self) {
        if !self.batch.is_empty() {
            self.ahead_bytes += self.batch_bytes;
            self.batch_bytes = 0;
            self.ahead.push_back(std::mem::take(&mut self.batch));
        }
    }

    /// Hands on what the reader has room for, and waits for it only where too much has come together.
    async fn offer(&mut self) -> Result<(), QueryError> {
        while let Some(batch) = self.ahead.pop_front() {
            match self.sender.try_send(Ok(News::Rows(batch))) {
                Ok(()) => {}
                Err(TrySendError::Closed(_)) => return Err(QueryError::Closed),
                Err(TrySendError::Full(news)) => {
                    let Ok(News::Rows(batch)) = news else { return Err(QueryError::Closed) };
                    if self.ahead_bytes < AHEAD_BYTES {
                        self.ahead.push_front(batch);
                        break;
                    }
                    self.ahead_bytes = self.ahead.iter().map(bytes_of).sum();
                    self.tell(News::Rows(batch)).await?;
                }
            }
        }
        self.ahead_bytes = self.ahead.iter().map(bytes_of).sum();
        Ok(())
    }

    /// Hands on what is there, however long the reader takes.
    pub(super) async fn flush(&mut self) -> Result<(), QueryError> {
        self.fill();
        self.ahead_bytes = 0;
        while let Some(batch) = self.ahead.pop_front() {
            self.tell(News::Rows(batch)).await?;
        }
        Ok(())
    }

    pub(super) fn truncated(&self) -> Option<Truncated> {
        self.truncated
    }

    pub(super) async fn tell(&self, news: News) -> Result<(), QueryError> {
        self.sender.send(Ok(news)).await.map_err(|_| QueryError::Closed)
    }
}

fn bytes_of(batch: &Batch) -> u64 {
    batch.iter().flatten().flatten().map(|cell| cell.len() as u64).sum()
}

/// The bytes of a row's values, where they lie.
fn bytes(row: &SimpleQueryRow) -> Result<u64, QueryError> {
    (0..row.len()).map(|index| Ok(cell(row, index)?.map_or(0, |text| text.len() as u64))).sum()
}

/// A row's values as the server wrote them.
fn cells(row: &SimpleQueryRow) -> Result<Row, QueryError> {
    (0..row.len()).map(|index| Ok(cell(row, index)?.map(str::to_owned))).collect()
}

fn cell(row: &SimpleQueryRow, index: usize) -> Result<Option<&str>, QueryError> {
    row.try_get(index).map_err(|_| QueryError::Encoding { column: index + 1 })
}
