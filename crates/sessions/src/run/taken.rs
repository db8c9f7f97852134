//! What has been taken from the server and not yet been handed on, against the limits.

use sqlx::{Column as _, Row as _, ValueRef, postgres::PgColumn, postgres::PgRow};

use super::Sender;
use crate::{
    Batch, Column, QueryError, Row, Truncated,
    rows::News,
    types::{TypeName, TypeNames},
};

/// Rows of the first FETCH, so that something is seen early, and the fewest and most of all others.
const FIRST_FETCH: u64 = 100;
const LEAST: u64 = 50;
const MOST: u64 = 5_000;
/// Bytes a FETCH aims at: one that its reader takes long to read is a statement that takes long.
const FETCH_BYTES: u64 = 4 << 20;
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
    most_bytes: Option<u64>,
    rows: u64,
    bytes: u64,
    batch: Batch,
    batch_bytes: u64,
    /// Whether the reader knows the columns; if not, what is known of them.
    told: bool,
    described: Option<Described>,
    truncated: Option<Truncated>,
}

impl<'a> Taken<'a> {
    pub(super) fn new(
        sender: &'a Sender,
        types: &'a TypeNames,
        most_rows: u64,
        most_bytes: Option<u64>,
    ) -> Self {
        Self {
            sender,
            types,
            most_rows,
            most_bytes,
            rows: 0,
            bytes: 0,
            batch: Batch::new(),
            batch_bytes: 0,
            told: false,
            described: None,
            truncated: None,
        }
    }

    /// How many rows to ask for: one more than the limit leaves, to learn whether there are more.
    pub(super) fn next_size(&self) -> u64 {
        let size = match self.bytes.checked_div(self.rows) {
            None => FIRST_FETCH,
            Some(average) => (FETCH_BYTES / average.max(1)).clamp(LEAST, MOST),
        };
        size.min((self.most_rows - self.rows).saturating_add(1))
    }

    /// Takes one row, and hands a full batch on.
    pub(super) async fn take(&mut self, row: &PgRow) -> Result<Next, QueryError> {
        if !self.told && self.described.is_none() {
            self.describe(row).await?;
        }
        if self.rows == self.most_rows {
            self.truncated = Some(Truncated::Rows { most: self.most_rows });
            return Ok(Next::Read);
        }
        let (cells, bytes) = cells(row)?;
        if let Some(most) = self.most_bytes.filter(|most| self.bytes + bytes > *most) {
            self.truncated = Some(Truncated::Bytes { most });
            return Ok(Next::Stop);
        }
        self.rows += 1;
        self.bytes += bytes;
        self.batch_bytes += bytes;
        self.batch.push(cells);
        if self.batch.len() >= BATCH_ROWS || self.batch_bytes >= BATCH_BYTES {
            // Where a type's name is not known yet, this is too much to keep until it can be asked for.
            self.tell_columns_without_names().await?;
            self.flush().await?;
        }
        Ok(Next::Read)
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

    /// Hands on what is there.
    pub(super) async fn flush(&mut self) -> Result<(), QueryError> {
        self.batch_bytes = 0;
        if self.batch.is_empty() {
            return Ok(());
        }
        let batch = std::mem::take(&mut self.batch);
        self.tell(News::Rows(batch)).await
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

/// A row's values as the server wrote them, and their bytes.
fn cells(row: &PgRow) -> Result<(Row, u64), QueryError> {
    let mut cells = Row::with_capacity(row.columns().len());
    let mut bytes = 0;
    for index in 0..row.columns().len() {
        let value = row.try_get_raw(index).map_err(QueryError::of_driver)?;
        cells.push(if value.is_null() {
            None
        } else {
            let text = value.as_str().map_err(|_| QueryError::Encoding { column: index + 1 })?;
            bytes += text.len() as u64;
            Some(text.to_owned())
        });
    }
    Ok((cells, bytes))
}
