//! What was said and what was opened, newest first.

use sqlx::{Row as _, postgres::PgRow};

use super::{ConsentError, Opening, Records, Said, Whom};

impl Said {
    pub(super) fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            record: row.try_get("record")?,
            whom: Whom::written(row.try_get("role")?, row.try_get("subject")?),
            effect: row.try_get("effect")?,
            from: row.try_get("starts")?,
            until: row.try_get("ends")?,
            reason: row.try_get("reason")?,
            by: row.try_get("said_by")?,
            at: row.try_get("said_at")?,
        })
    }
}

/// The columns of [`Said`], of a saying `s`.
pub(super) const COLUMNS: &str = "s.id, s.record, s.role, s.subject, s.effect, s.starts, nullif(s.ends, 'infinity') AS ends, s.reason, s.said_by, s.said_at";

impl Records<'_> {
    /// The last things that were said, of one record or of all.
    ///
    /// # Errors
    /// What the server or the connection said.
    pub async fn said(&self, record: Option<&str>, limit: u32) -> Result<Vec<Said>, ConsentError> {
        let sql = format!(
            "/* rolewright: consent */ SELECT {COLUMNS} FROM rolewright_consent.saying s WHERE s.kind = $1 \
             AND ($2 IS NULL OR s.record = rolewright_consent.canonical($1, $2)) ORDER BY s.id DESC LIMIT $3"
        );
        let rows = sqlx::query(sqlx::AssertSqlSafe(sql))
            .bind(self.name)
            .bind(record)
            .bind(i64::from(limit))
            .fetch_all(self.db.get_postgres_connection_pool())
            .await;
        let rows = rows.and_then(|rows| rows.iter().map(Said::from_row).collect());
        rows.map_err(|error| ConsentError::sql("list", self.name, &error))
    }

    /// The last records that were opened all the same.
    ///
    /// # Errors
    /// What the server or the connection said.
    pub async fn opened(&self, limit: u32) -> Result<Vec<Opening>, ConsentError> {
        let sql = "/* rolewright: consent */ SELECT o.id, o.record, o.role, o.subject, o.reason, o.opened_at, o.ends, \
                   o.session_user_name, pg_catalog.host(o.client_addr) AS client FROM rolewright_consent.opening o \
                   WHERE o.kind = $1 ORDER BY o.id DESC LIMIT $2";
        let read = |row: &PgRow| {
            Ok(Opening {
                id: row.try_get("id")?,
                record: row.try_get("record")?,
                role: row.try_get("role")?,
                subject: row.try_get("subject")?,
                reason: row.try_get("reason")?,
                at: row.try_get("opened_at")?,
                until: row.try_get("ends")?,
                login: row.try_get("session_user_name")?,
                from: row.try_get("client")?,
            })
        };
        let rows = sqlx::query(sql)
            .bind(self.name)
            .bind(i64::from(limit))
            .fetch_all(self.db.get_postgres_connection_pool())
            .await;
        let rows = rows.and_then(|rows| rows.iter().map(read).collect());
        rows.map_err(|error| ConsentError::sql("list", self.name, &error))
    }
}
