//! The audit table: every change that was applied, by whom, from where and how long it took; no secret.

use sea_orm::DatabaseConnection;
use serde::Serialize;
use sqlx::{Row as _, postgres::PgRow};
use time::OffsetDateTime;

use crate::ProvisionError;

/// One change as it was applied.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct LogEntry {
    /// Its number.
    pub id: i64,
    /// When it was applied.
    #[serde(with = "time::serde::rfc3339")]
    pub at: OffsetDateTime,
    /// The kind of change.
    pub kind: String,
    /// The object.
    pub object: String,
    /// The managed role; several are joined with a comma.
    pub role: String,
    /// The statement, any verifier as `***`.
    pub statement: String,
    /// Who applied it.
    pub session_user: String,
    /// From where; absent for a unix socket.
    pub client_addr: Option<String>,
    /// By which application.
    pub application_name: String,
    /// By which version of this crate, or what the caller named.
    pub version: String,
    /// How long the statement took, in microseconds.
    pub duration_us: i64,
}

/// The last changes, newest first.
///
/// # Errors
/// [`ProvisionError::NotMigrated`] before the first migration; else what the server or the connection said.
pub async fn log(db: &DatabaseConnection, limit: u32) -> Result<Vec<LogEntry>, ProvisionError> {
    let rows = sqlx::query(include_str!("sql/list_provision_log.sql"))
        .bind(i64::from(limit))
        .fetch_all(db.get_postgres_connection_pool())
        .await;
    rows.and_then(|rows| rows.iter().map(LogEntry::from_row).collect()).map_err(|error| {
        match ProvisionError::sql("log", &error) {
            ProvisionError::Statement { code, .. } if code == rolewright_core::sqlstate::UNDEFINED_TABLE => {
                ProvisionError::NotMigrated
            }
            other => other,
        }
    })
}

impl LogEntry {
    fn from_row(row: &PgRow) -> Result<Self, sqlx::Error> {
        Ok(Self {
            id: row.try_get("id")?,
            at: row.try_get("at")?,
            kind: row.try_get("kind")?,
            object: row.try_get("object")?,
            role: row.try_get("role")?,
            statement: row.try_get("statement")?,
            session_user: row.try_get("session_user")?,
            client_addr: row.try_get("client_addr")?,
            application_name: row.try_get("application_name")?,
            version: row.try_get("version")?,
            duration_us: row.try_get("duration_us")?,
        })
    }
}

/// The row that records one applied change, as a statement of the same batch.
pub(crate) fn record_sql(change: &crate::Change, version: &str) -> String {
    record(change.kind(), &change.object(), &change.role(), &change.sql(), version)
}

/// The same of a change in its parts; the statement has no secret in it.
pub(crate) fn record(kind: &str, object: &str, role: &str, statement: &str, version: &str) -> String {
    use crate::quote::literal;
    format!(
        "INSERT INTO rolewright.provision_log (kind, object, role, statement, version, duration_us) VALUES \
         ({}, {}, {}, {}, {}, 1000000 * pg_catalog.date_part('epoch', pg_catalog.clock_timestamp() \
         - pg_catalog.current_setting('rolewright.mark')::pg_catalog.timestamptz))",
        literal(kind),
        literal(object),
        literal(role),
        literal(statement),
        literal(version)
    )
}

/// Sets the clock from which the next change's duration counts.
pub(crate) const MARK_SQL: &str =
    "SELECT pg_catalog.set_config('rolewright.mark', pg_catalog.clock_timestamp()::text, true)";

/// The row that says which password a role has now.
pub(crate) fn fingerprint_sql(role: &str, fingerprint: &str) -> String {
    use crate::quote::literal;
    format!(
        "INSERT INTO rolewright.role_fingerprint (role, role_oid, fingerprint) \
         SELECT rolname, oid, {} FROM pg_catalog.pg_roles WHERE rolname OPERATOR(pg_catalog.=) {} \
         ON CONFLICT (role) DO UPDATE SET role_oid = excluded.role_oid, fingerprint = excluded.fingerprint, \
         set_at = pg_catalog.clock_timestamp()",
        literal(fingerprint),
        literal(role)
    )
}
