//! The lock of a tenant: whoever works on it holds it, to the end of a transaction of its own.

use std::time::{Duration, Instant};

use rolewright_core::tenant::TenantId;
use rolewright_roles::lock_holder;
use sqlx::{Postgres, Row as _, Transaction};

use super::{Ground, TenantError};

/// How long to pause before a lock is tried again.
const PAUSE: Duration = Duration::from_millis(200);

/// Locks that are held until this is dropped, or its connection ends.
pub(super) struct Held(#[expect(dead_code, reason = "it is held, not used")] Transaction<'static, Postgres>);

impl Ground {
    /// Takes the locks of some tenants; those that are not to be had in time are given back, with who holds them.
    ///
    /// They are of a transaction, so that they can neither outlive their connection nor strand behind a transaction pooler.
    pub(super) async fn hold(&self, ids: &[TenantId]) -> Result<(Held, Vec<TenantError>), TenantError> {
        let failed = TenantError::sql("lock the tenants");
        let begin = "/* rolewright: tenant lock */ BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0";
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
        Ok((Held(transaction), busy))
    }
}
