//! Results written down as they come: CSV, JSON, NDJSON, or a table for people. Memory does not grow with the rows.

mod csv;
mod json;
mod table;

use std::{fmt, io::Write, str::FromStr};

use rolewright_core::{Advice, Exit};

use crate::{Batch, Column, QueryError, Rows, Truncated};

/// How a result is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Format {
    /// Aligned columns, for people.
    #[default]
    Table,
    /// RFC 4180 with a header; NULL is nothing, the empty string is `""`.
    Csv,
    /// One array of objects.
    Json,
    /// One object a line (ndjson.org).
    Ndjson,
}

/// Why a result could not be written.
#[derive(Debug, thiserror::Error)]
pub enum RenderError {
    /// The report failed.
    #[error(transparent)]
    Query(#[from] QueryError),
    /// The output does not take it.
    #[error("cannot write the result: {0}")]
    Write(#[from] std::io::Error),
    /// There is no such format.
    #[error("`{0}` is not a format")]
    Format(String),
}

impl Advice for RenderError {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Query(error) => error.hint(),
            Self::Write(_) => None,
            Self::Format(_) => Some("use table, csv, json or ndjson".to_owned()),
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Query(error) => error.exit(),
            Self::Write(_) => Exit::Failed,
            Self::Format(_) => Exit::Usage,
        }
    }
}

impl FromStr for Format {
    type Err = RenderError;

    fn from_str(name: &str) -> Result<Self, RenderError> {
        match name {
            "table" => Ok(Self::Table),
            "csv" => Ok(Self::Csv),
            "json" => Ok(Self::Json),
            "ndjson" => Ok(Self::Ndjson),
            other => Err(RenderError::Format(other.to_owned())),
        }
    }
}

/// What was written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    /// Rows.
    pub rows: u64,
    /// Whether, and why, more were left out.
    pub truncated: Option<Truncated>,
}

/// Writes a result of one format, batch by batch.
///
/// ```
/// use rolewright_sessions::{Column, render::{Format, Writer}};
///
/// let columns = [Column { name: "n".into(), type_name: "integer".into(), oid: 23 }];
/// let mut writer = Writer::new(Format::Ndjson, Vec::new(), &columns)?;
/// writer.write(&vec![vec![Some("7".to_owned())]])?;
/// assert_eq!(writer.finish()?, b"{\"n\":7}\n");
/// # Ok::<(), std::io::Error>(())
/// ```
pub struct Writer<W> {
    out: W,
    shape: Shape,
}

enum Shape {
    Table(table::Table),
    Csv,
    Json(json::Objects),
}

impl<W: Write> Writer<W> {
    /// Begins a result.
    ///
    /// # Errors
    /// When the output does not take the header.
    pub fn new(format: Format, mut out: W, columns: &[Column]) -> std::io::Result<Self> {
        let shape = match format {
            Format::Table => Shape::Table(table::Table::new(columns)),
            Format::Csv => {
                csv::record(&mut out, columns.iter().map(|column| Some(column.name.as_str())))?;
                Shape::Csv
            }
            Format::Json => Shape::Json(json::Objects::new(columns, true)),
            Format::Ndjson => Shape::Json(json::Objects::new(columns, false)),
        };
        Ok(Self { out, shape })
    }

    /// Writes some rows.
    ///
    /// # Errors
    /// When the output does not take them.
    pub fn write(&mut self, batch: &Batch) -> std::io::Result<()> {
        for row in batch {
            match &mut self.shape {
                Shape::Table(table) => table.row(&mut self.out, row)?,
                Shape::Csv => csv::record(&mut self.out, row.iter().map(Option::as_deref))?,
                Shape::Json(objects) => objects.row(&mut self.out, row)?,
            }
        }
        Ok(())
    }

    /// Ends the result, and gives the output back.
    ///
    /// # Errors
    /// When the output does not take the rest.
    pub fn finish(mut self) -> std::io::Result<W> {
        match &mut self.shape {
            Shape::Table(table) => table.finish(&mut self.out)?,
            Shape::Csv => {}
            Shape::Json(objects) => objects.finish(&mut self.out)?,
        }
        self.out.flush()?;
        Ok(self.out)
    }
}

impl<W> fmt::Debug for Writer<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Writer").finish_non_exhaustive()
    }
}

/// Writes a whole result as it comes.
///
/// # Errors
/// When the report fails, or the output does not take it; what was written until then stays written.
pub async fn write_all<W: Write>(rows: &mut Rows, format: Format, out: W) -> Result<Written, RenderError> {
    let mut writer = Writer::new(format, out, rows.columns())?;
    let mut written = Written::default();
    while let Some(batch) = rows.next_batch().await? {
        writer.write(&batch)?;
        written.rows += batch.len() as u64;
    }
    writer.finish()?;
    written.truncated = rows.truncated();
    Ok(written)
}

#[cfg(test)]
mod tests;
