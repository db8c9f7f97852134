//! The lock of a tenant: whoever works on it holds it, to the end of a transaction of its own. One whose connection is gone is nobody's, so
//! it is asked for before whatever commits, and now and then while the work goes on; and what is asked is never idle for long.

use std::time::{Duration, Instant};

use rolewright_core::tenant::TenantId;
use rolewright_roles::lock_holder;
use sqlx::{AssertSqlSafe, PgConnection, Postgres, Row as _, Transaction};
use tokio::sync::Mutex;

use super::{Ground, TenantError};

/// How long to pause before a lock is tried again.
const PAUSE: Duration = Duration::from_millis(200);

/// How often a lock's connection is asked while the work goes on: more often than anything ends one that is idle.
const PULSE: Duration = Duration::from_secs(15);
/// How long it may take to answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Locks that are held until this is dropped, or its connection ends.
pub(super) struct Held(Mutex<Transaction<'static, Postgres>>);

impl Held {
    /// Whether a tenant's lock is still ours: its connection may have been cut, and somebody else be at work on the tenant.
    pub(super) async fn holds(&self, id: &TenantId) -> Result<(), TenantError> {
        let mut transaction = self.0.lock().await;
        let lost = |why| TenantError::LostLock { id: id.clone(), why };
        alive(&mut transaction, "/* rolewright: tenant lock */ SELECT 1").await.map_err(lost)
    }

    /// Does some work for a tenant, and leaves it as it is where the lock is lost meanwhile.
    pub(super) async fn during<D>(
        &self,
        id: &TenantId,
        work: impl Future<Output = Result<D, TenantError>>,
    ) -> Result<D, TenantError> {
        while_held(|| self.holds(id), work).await
    }
}

/// Does some work for as long as a lock is held, which is asked for now and then; where it is lost the work is left as it is.
pub(super) async fn while_held<D, H>(
    holds: impl Fn() -> H,
    work: impl Future<Output = Result<D, TenantError>>,
) -> Result<D, TenantError>
where
    H: Future<Output = Result<(), TenantError>>,
{
    let lost = async {
        loop {
            tokio::time::sleep(PULSE).await;
            if let Err(lost) = holds().await {
                break lost;
            }
        }
    };
    tokio::select! {
        done = work => done,
        lost = lost => Err(lost),
    }
}

/// Asks a connection that holds a lock whether it is there; why not, where it is not.
pub(super) async fn alive(connection: &mut PgConnection, sql: &'static str) -> Result<(), String> {
    answer(sqlx::raw_sql(sql).execute(connection)).await.map(|_| ())
}

/// What a connection that holds a lock says; why it says nothing, where it does not.
pub(super) async fn answer<T>(asked: impl Future<Output = Result<T, sqlx::Error>>) -> Result<T, String> {
    match tokio::time::timeout(PATIENCE, asked).await {
        Ok(Ok(said)) => Ok(said),
        Ok(Err(error)) => {
            Err(error.as_database_error().map_or_else(|| error.to_string(), |said| said.message().to_owned()))
        }
        Err(_) => Err("its connection does not answer".to_owned()),
    }
}

impl Ground {
    /// What begins a transaction that holds a lock for as long as the work takes: no limit of the server's ends it.
    pub(super) fn begin_lock(&self, label: &str) -> String {
        // Before 17 the server knows no such parameter.
        let newer = if self.connected.server.version_num >= 170_000 {
            "; SET LOCAL transaction_timeout = 0"
        } else {
            ""
        };
        format!("/* rolewright: {label} */ BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0{newer}")
    }

    /// Takes the locks of some tenants; those that are not to be had in time are given back, with who holds them.
    ///
    /// They are of a transaction, so that they can neither outlive their connection nor strand behind a transaction pooler.
    pub(super) async fn hold(&self, ids: &[TenantId]) -> Result<(Held, Vec<TenantError>), TenantError> {
        let failed = TenantError::sql("lock the tenants");
        let begin = AssertSqlSafe(self.begin_lock("tenant lock"));
        let mut transaction = self.core().begin_with(begin).await.map_err(&failed)?;
        let sql = "/* rolewright: tenant lock */ SELECT id, key, pg_catalog.pg_try_advisory_xact_lock(key) AS held FROM ( \
                   SELECT id, pg_catalog.hashtextextended('rolewright tenant ' || $1 || ' ' || id, 0) AS key \
                   FROM pg_catalog.unnest($2::text[]) AS id ORDER BY id) AS wanted";
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let limit = self.connected.run.settings.start.lock_timeout;
        let started = Instant::now();
        sqlx::raw_sql("SAVEPOINT locks").execute(&mut *transaction).await.map_err(&failed)?;
        let left = loop {
            let rows = sqlx::query(sql)
                .bind(self.module())
                .bind(&ids)
                .fetch_all(&mut *transaction)
                .await
                .map_err(&failed)?;
            let mut left: Vec<(String, i64)> = Vec::new();
            for row in &rows {
                if !row.try_get::<bool, _>("held").map_err(&failed)? {
                    left.push((row.try_get("id").map_err(&failed)?, row.try_get("key").map_err(&failed)?));
                }
            }
            if left.is_empty() || started.elapsed() >= limit {
                break left;
            }
            // All or none while we wait: two that each hold what the other wants would wait for ever.
            sqlx::raw_sql("ROLLBACK TO locks").execute(&mut *transaction).await.map_err(&failed)?;
            // Processes that met once do not meet again.
            let apart = Duration::from_millis(u64::from(std::process::id() % 64));
            tokio::time::sleep((PAUSE + apart).min(limit)).await;
        };
        let mut busy = Vec::new();
        for (id, key) in left {
            let holder = lock_holder(&mut transaction, key).await?;
            let holder = holder.unwrap_or_else(|| "a process that has ended since".to_owned());
            busy.extend(TenantId::new(id).ok().map(|id| TenantError::Busy { id, holder }));
        }
        Ok((Held(Mutex::new(transaction)), busy))
    }
}
