//! What has been taken from the server and not yet been handed on, against the limits.

use std::collections::VecDeque;

use sqlx::{Column as _, Row as _, ValueRef, postgres::PgColumn, postgres::PgRow};
use tokio::sync::mpsc::error::TrySendError;

use super::Sender;
use crate::{
    Batch, Column, QueryError, Row, Truncated,
    rows::News,
    types::{TypeName, TypeNames},
};

/// Rows of the first FETCH, so that something is seen early; each next asks for at most this many times more, because
/// nothing is known of the rows to come; and the most of any.
const FIRST_FETCH: u64 = 10;
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

/// Columns' names and their types' OIDs.
pub(super) type Described = Vec<(String, u32)>;

/// Whether to go on reading.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Next {
    Read,
    Stop,
}

pub(super) struct Taken<'a> {
    sender: &'a Sender,
    types: &'a TypeNames,
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
    /// Whether the reader knows the columns; if not, what is known of them.
    told: bool,
    described: Option<Described>,
    truncated: Option<Truncated>,
}

impl<'a> Taken<'a> {
    pub(super) fn new(sender: &'a Sender, types: &'a TypeNames, most_rows: u64, most_bytes: u64) -> Self {
        Self {
            sender,
            types,
            most_rows,
            most_bytes,
            rows: 0,
            bytes: 0,
            before: (0, 0),
            next: FIRST_FETCH,
            batch: Batch::new(),
            batch_bytes: 0,
            ahead: VecDeque::new(),
            ahead_bytes: 0,
            told: false,
            described: None,
            truncated: None,
        }
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
    pub(super) async fn take(&mut self, row: PgRow) -> Result<Next, QueryError> {
        if !self.told && self.described.is_none() {
            self.describe(&row).await?;
        }
        if self.rows == self.most_rows {
            self.truncated = Some(Truncated::Rows { most: self.most_rows });
            return Ok(Next::Read);
        }
        let bytes = bytes(&row)?;
        if bytes > self.most_bytes - self.bytes {
            // Before anything of it is copied.
            self.truncated = Some(Truncated::Bytes { most: self.most_bytes });
            return Ok(Next::Stop);
        }
        let cells = cells(&row)?;
        drop(row);
        self.rows += 1;
        self.bytes += bytes;
        self.batch_bytes += bytes;
        self.batch.push(cells);
        if self.batch.len() >= BATCH_ROWS || self.batch_bytes >= BATCH_BYTES {
            self.fill();
            self.offer().await?;
        }
        Ok(Next::Read)
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
        if !self.told {
            if self.ahead_bytes < AHEAD_BYTES {
                return Ok(());
            }
            // A type's name is not known yet, and this is too much to keep until it can be asked for.
            self.tell_columns_without_names().await?;
        }
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

    async fn describe(&mut self, row: &PgRow) -> Result<(), QueryError> {
        let described: Described = row.columns().iter().map(column).collect();
        let oids: Vec<u32> = described.iter().map(|(_, oid)| *oid).collect();
        match self.types.known(&oids) {
            Some(names) => self.tell_columns(named(&described, &names)).await,
            None => {
                self.described = Some(described);
                Ok(())
            }
        }
    }

    /// Whether the reader still has to be told the columns, and what is known of them.
    pub(super) fn unnamed(&mut self) -> Option<Option<Described>> {
        (!self.told).then(|| self.described.take())
    }

    pub(super) async fn tell_columns(&mut self, columns: Vec<Column>) -> Result<(), QueryError> {
        self.told = true;
        self.tell(News::Columns(columns)).await
    }

    /// Tells the columns with their types' numbers, unless they have been told.
    pub(super) async fn tell_columns_without_names(&mut self) -> Result<(), QueryError> {
        let Some(described) = self.described.take() else { return Ok(()) };
        let column = |(name, oid)| Column { name, type_name: format!("type {oid}"), oid };
        self.tell_columns(described.into_iter().map(column).collect()).await
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

pub(super) fn column(column: &PgColumn) -> (String, u32) {
    (column.name().to_owned(), column.type_info().oid().map_or(0, |oid| oid.0))
}

/// Columns with the names of their types, which are in the same order.
pub(super) fn named(described: &[(String, u32)], names: &[TypeName]) -> Vec<Column> {
    let column = |((name, oid), known): (&(String, u32), &TypeName)| Column {
        name: name.clone(),
        type_name: known.display.clone(),
        oid: *oid,
    };
    described.iter().zip(names).map(column).collect()
}

fn bytes_of(batch: &Batch) -> u64 {
    batch.iter().flatten().flatten().map(|cell| cell.len() as u64).sum()
}

/// The bytes of a row's values, where they lie.
fn bytes(row: &PgRow) -> Result<u64, QueryError> {
    let mut bytes = 0;
    for index in 0..row.columns().len() {
        let value = row.try_get_raw(index).map_err(QueryError::of_driver)?;
        if !value.is_null() {
            bytes += value.as_bytes().map_err(|_| QueryError::Encoding { column: index + 1 })?.len() as u64;
        }
    }
    Ok(bytes)
}

/// A row's values as the server wrote them.
fn cells(row: &PgRow) -> Result<Row, QueryError> {
    let mut cells = Row::with_capacity(row.columns().len());
    for index in 0..row.columns().len() {
        let value = row.try_get_raw(index).map_err(QueryError::of_driver)?;
        cells.push(if value.is_null() {
            None
        } else {
            let text = value.as_str().map_err(|_| QueryError::Encoding { column: index + 1 })?;
            Some(text.to_owned())
        });
    }
    Ok(cells)
}
