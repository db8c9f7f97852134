//! Saving, publishing, removing: each in one transaction that begins by locking the report's row.

use sqlx::{PgConnection, PgPool, Postgres, Row as _, Transaction, postgres::PgRow, types::Json};

use super::{Store, rows};
use crate::reports::{Definition, ReportError, ReportName};

/// What saving has come to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stored {
    pub(crate) number: u32,
    /// Whether this is a version that was not there before.
    pub(crate) new: bool,
    /// Whether it was made the published one just now.
    pub(crate) published: bool,
}

/// A report's row, locked by this transaction.
struct Locked {
    id: i64,
    published: Option<u32>,
    removed: bool,
}

impl Store<'_> {
    /// Adds a version, unless the newest says the same; and publishes it, if asked.
    pub(crate) async fn save(&self, report: &Definition, publish: bool) -> Result<Stored, ReportError> {
        self.transaction("save the report", async |transaction| {
            let locked = lock_or_make(transaction, &report.name).await?;
            let newest = if locked.removed { None } else { newest(transaction, &report.name).await? };
            let same = newest.filter(|(known, _)| known == report).map(|(_, number)| number);
            let number = match same {
                Some(number) => number,
                None => insert(transaction, locked.id, report).await?,
            };
            let published = publish && locked.published != Some(number);
            if published {
                point(transaction, locked.id, number).await?;
            }
            Ok(Ok(Stored { number, new: same.is_none(), published }))
        })
        .await
    }

    /// Makes a version the published one, if `seen` still is; says whether it was not before.
    pub(crate) async fn publish(
        &self,
        name: &ReportName,
        number: u32,
        seen: Option<u32>,
    ) -> Result<bool, ReportError> {
        self.transaction("publish the report", async |transaction| {
            let Some(locked) = lock(transaction, name).await? else {
                return Ok(Err(ReportError::Unknown(name.clone())));
            };
            Ok(match locked {
                Locked { removed: true, .. } => Err(ReportError::Removed(name.clone())),
                Locked { published, .. } if published == Some(number) => Ok(false),
                Locked { published: Some(theirs), .. } if seen != Some(theirs) => {
                    Err(ReportError::Overtaken { name: name.clone(), theirs })
                }
                Locked { id, .. } => {
                    point(transaction, id, number).await?;
                    Ok(true)
                }
            })
        })
        .await
    }

    /// Hides a report; its history stays.
    pub(crate) async fn remove(&self, name: &ReportName) -> Result<(), ReportError> {
        self.transaction("remove the report", async |transaction| {
            let Some(locked) = lock(transaction, name).await? else {
                return Ok(Err(ReportError::Unknown(name.clone())));
            };
            if locked.removed {
                return Ok(Err(ReportError::Removed(name.clone())));
            }
            let sql = "/* rolewright: report remove */ UPDATE rolewright.report \
                       SET published = NULL, removed_at = pg_catalog.clock_timestamp(), removed_by = session_user WHERE id = $1";
            sqlx::query(sql).bind(locked.id).execute(transaction).await?;
            Ok(Ok(()))
        })
        .await
    }

    /// Deletes a report with its history, removed before or not.
    pub(crate) async fn purge(&self, name: &ReportName) -> Result<(), ReportError> {
        self.transaction("purge the report", async |transaction| {
            let Some(locked) = lock(transaction, name).await? else {
                return Ok(Err(ReportError::Unknown(name.clone())));
            };
            let sql = "/* rolewright: report purge */ DELETE FROM rolewright.report WHERE id = $1";
            sqlx::query(sql).bind(locked.id).execute(transaction).await?;
            Ok(Ok(()))
        })
        .await
    }

    /// Commits where the work succeeds; else everything of it is undone.
    async fn transaction<T>(
        &self,
        label: &'static str,
        work: impl AsyncFnOnce(&mut PgConnection) -> Result<Result<T, ReportError>, sqlx::Error>,
    ) -> Result<T, ReportError> {
        let failed = |error: sqlx::Error| ReportError::sql(label, &error);
        let mut transaction = begin(self.0).await.map_err(failed)?;
        let done = work(&mut transaction).await.map_err(failed)??;
        transaction.commit().await.map_err(failed)?;
        Ok(done)
    }
}

async fn begin(pool: &PgPool) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    pool.begin_with("/* rolewright: report */ BEGIN ISOLATION LEVEL READ COMMITTED").await
}

async fn lock(connection: &mut PgConnection, name: &ReportName) -> Result<Option<Locked>, sqlx::Error> {
    let sql = "/* rolewright: report lock */ SELECT id, published, removed_at IS NOT NULL AS removed \
               FROM rolewright.report WHERE name = $1 FOR UPDATE";
    let row = sqlx::query(sql).bind(name.as_str()).fetch_optional(connection).await?;
    row.as_ref().map(locked).transpose()
}

/// Locks the row, which is made where there is none, and brings a removed report back.
async fn lock_or_make(connection: &mut PgConnection, name: &ReportName) -> Result<Locked, sqlx::Error> {
    let make = "/* rolewright: report make */ INSERT INTO rolewright.report (name) VALUES ($1) ON CONFLICT (name) DO NOTHING";
    loop {
        if let Some(locked) = lock(connection, name).await? {
            if locked.removed {
                let sql = "/* rolewright: report return */ UPDATE rolewright.report \
                           SET removed_at = NULL, removed_by = NULL WHERE id = $1";
                sqlx::query(sql).bind(locked.id).execute(&mut *connection).await?;
            }
            return Ok(locked);
        }
        // Whoever else makes it now is waited for; should it be purged again before we lock it, we make it.
        sqlx::query(make).bind(name.as_str()).execute(&mut *connection).await?;
    }
}

fn locked(row: &PgRow) -> Result<Locked, sqlx::Error> {
    Ok(Locked {
        id: row.try_get("id")?,
        published: row.try_get::<Option<i32>, _>("published")?.map(rows::number).transpose()?,
        removed: row.try_get("removed")?,
    })
}

async fn newest(
    connection: &mut PgConnection,
    name: &ReportName,
) -> Result<Option<(Definition, u32)>, sqlx::Error> {
    let row = sqlx::query(include_str!("list_versions.sql"))
        .bind(name.as_str())
        .bind(None::<i32>)
        .bind(false)
        .bind(1_i64)
        .fetch_optional(connection)
        .await?;
    let version = row.as_ref().map(rows::version).transpose()?;
    Ok(version.map(|(version, _)| (version.definition, version.number)))
}

async fn insert(connection: &mut PgConnection, id: i64, report: &Definition) -> Result<u32, sqlx::Error> {
    // The definition has been checked: its limits fit.
    let signed = |limit: Option<u64>| limit.map(|limit| i64::try_from(limit).unwrap_or(i64::MAX));
    let timeout = report.timeout.map(|time| i64::try_from(time.as_millis()).unwrap_or(i64::MAX));
    let number: i32 = sqlx::query_scalar(include_str!("insert_version.sql"))
        .bind(id)
        .bind(&report.title)
        .bind(&report.description)
        .bind(&report.connection)
        .bind(&report.text)
        .bind(Json(&report.params))
        .bind(signed(report.max_rows))
        .bind(timeout)
        .bind(signed(report.max_bytes))
        .fetch_one(connection)
        .await?;
    rows::number(number)
}

/// Makes a version the published one, and notes that it was.
async fn point(connection: &mut PgConnection, id: i64, number: u32) -> Result<(), sqlx::Error> {
    let number = i32::try_from(number).unwrap_or(i32::MAX);
    let point = "/* rolewright: report publish */ UPDATE rolewright.report SET published = $2 WHERE id = $1";
    sqlx::query(point).bind(id).bind(number).execute(&mut *connection).await?;
    let note = "/* rolewright: report publish */ INSERT INTO rolewright.report_publication (report_id, number) VALUES ($1, $2)";
    sqlx::query(note).bind(id).bind(number).execute(connection).await?;
    Ok(())
}
