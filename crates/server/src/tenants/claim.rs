//! The lock of a job: the process that works on it holds it from before the job can be seen to its end, so that whoever goes on with
//! jobs that were cut short takes over only what nobody works on.

use std::time::{Duration, Instant};

use rolewright_roles::lock_holder;
use sqlx::{Connection as _, PgConnection, Row as _};
use tokio::sync::Mutex;

use super::{
    Ground, TenantError,
    halt::HALTED,
    lock::{alive, answer, while_held},
};

/// How long to pause before the lock is tried again.
const PAUSE: Duration = Duration::from_millis(100);

/// The lock's key, of the job `$1`.
pub(super) const KEY: &str = "pg_catalog.hashtextextended('rolewright tenant job ' || $1::bigint, 0)";

/// A job that is ours until this is dropped, or its connection ends.
#[derive(Debug)]
pub(super) struct Claim {
    job: i64,
    connection: Mutex<PgConnection>,
}

impl Ground {
    /// Takes a job's lock; the words for who holds it, where that is still somebody else after `wait`.
    ///
    /// It is of a transaction on a connection that is nobody else's: the pool has as many as before, and neither can a pooler between
    /// us and the server give the lock to another, nor can it outlive the process.
    pub(super) async fn claim(&self, job: i64, wait: Duration) -> Result<Result<Claim, String>, TenantError> {
        let failed = TenantError::sql("lock the job");
        let options = self.core().connect_options();
        let mut connection = PgConnection::connect_with(&options).await.map_err(&failed)?;
        let begin = sqlx::AssertSqlSafe(self.begin_lock("tenant job lock"));
        sqlx::raw_sql(begin).execute(&mut connection).await.map_err(&failed)?;
        let sql = format!(
            "/* rolewright: tenant job lock */ SELECT {KEY} AS key, pg_catalog.pg_try_advisory_xact_lock({KEY}) AS held"
        );
        let started = Instant::now();
        loop {
            let row = sqlx::query(sqlx::AssertSqlSafe(sql.as_str()))
                .bind(job)
                .fetch_one(&mut connection)
                .await
                .map_err(&failed)?;
            if row.try_get::<bool, _>("held").map_err(&failed)? {
                return Ok(Ok(Claim { job, connection: Mutex::new(connection) }));
            }
            if started.elapsed() < wait {
                tokio::time::sleep(PAUSE).await;
                continue;
            }
            if let Some(holder) = lock_holder(&mut connection, row.try_get("key").map_err(&failed)?).await? {
                return Ok(Err(holder));
            }
        }
    }
}

impl Claim {
    /// Whether the job is still ours: its connection may have been cut, and somebody else be going on with it.
    pub(super) async fn holds(&self) -> Result<(), TenantError> {
        let mut connection = self.connection.lock().await;
        alive(&mut connection, "/* rolewright: tenant job lock */ SELECT 1").await.map_err(lost)
    }

    /// The same; and whether somebody has had enough of it meanwhile.
    pub(super) async fn halted(&self) -> Result<bool, TenantError> {
        let mut connection = self.connection.lock().await;
        answer(sqlx::query_scalar(HALTED).bind(self.job).fetch_one(&mut *connection)).await.map_err(lost)
    }

    /// Does the job's work, and leaves it where the lock is lost meanwhile.
    pub(super) async fn during(
        &self,
        work: impl Future<Output = Result<(), TenantError>>,
    ) -> Result<(), TenantError> {
        while_held(|| self.holds(), work).await
    }

    /// Gives the job back.
    pub(super) async fn free(self) {
        // A connection that does not say goodbye ends all the same.
        let _ = self.connection.into_inner().close().await;
    }
}

/// Whatever is the matter with that connection, the lock can no longer be relied on.
fn lost(message: String) -> TenantError {
    TenantError::Database { label: "keep the job's lock", message, lost: true }
}
