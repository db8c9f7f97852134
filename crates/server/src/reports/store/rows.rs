//! Rows of the tables as the library's values.

use std::time::Duration;

use sqlx::{Row as _, postgres::PgRow, types::Json};

use crate::reports::{Definition, Stamp, State, Summary, Version};

/// A row of `list_versions.sql`, and whether its report was removed.
pub(super) fn version(row: &PgRow) -> Result<(Version, bool), sqlx::Error> {
    let number = number(row.try_get("number")?)?;
    let published = stamp(row, "published_at", "published_by", "published_application")?;
    let state = match (row.try_get::<Option<i32>, _>("published")?, &published) {
        (Some(now), _) if u32::try_from(now) == Ok(number) => State::Published,
        (_, Some(_)) => State::Replaced,
        (_, None) => State::Draft,
    };
    let definition = Definition {
        name: name(row)?,
        title: row.try_get("title")?,
        description: row.try_get("description")?,
        connection: row.try_get("connection")?,
        max_rows: unsigned(row, "max_rows")?,
        timeout: unsigned(row, "timeout_ms")?.map(Duration::from_millis),
        max_bytes: unsigned(row, "max_bytes")?,
        params: row.try_get::<Json<_>, _>("params")?.0,
        text: row.try_get("text")?,
    };
    let made = stamp(row, "made_at", "made_by", "application")?.ok_or(sqlx::Error::RowNotFound)?;
    let removed = row.try_get::<Option<time::OffsetDateTime>, _>("removed_at")?.is_some();
    Ok((Version { definition, number, state, made, published }, removed))
}

/// A row of `list_reports.sql`.
pub(super) fn summary(row: &PgRow) -> Result<Summary, sqlx::Error> {
    Ok(Summary {
        name: name(row)?,
        published: row.try_get::<Option<i32>, _>("published")?.map(number).transpose()?,
        newest: number(row.try_get("number")?)?,
        title: row.try_get("title")?,
        connection: row.try_get("connection")?,
        made: stamp(row, "made_at", "made_by", "application")?.ok_or(sqlx::Error::RowNotFound)?,
        removed_at: row.try_get("removed_at")?,
    })
}

/// A version's number; the tables hold none below 1.
pub(super) fn number(number: i32) -> Result<u32, sqlx::Error> {
    u32::try_from(number).map_err(|error| sqlx::Error::Decode(error.into()))
}

fn name(row: &PgRow) -> Result<crate::reports::ReportName, sqlx::Error> {
    let name: String = row.try_get("name")?;
    name.try_into().map_err(|error: crate::reports::NameError| sqlx::Error::Decode(error.into()))
}

fn unsigned(row: &PgRow, column: &str) -> Result<Option<u64>, sqlx::Error> {
    let value: Option<i64> = row.try_get(column)?;
    value.map(|value| u64::try_from(value).map_err(|error| sqlx::Error::Decode(error.into()))).transpose()
}

fn stamp(row: &PgRow, at: &str, by: &str, application: &str) -> Result<Option<Stamp>, sqlx::Error> {
    let Some(at) = row.try_get(at)? else { return Ok(None) };
    Ok(Some(Stamp { at, by: row.try_get(by)?, application: row.try_get(application)? }))
}
