//! The lock of a tenant: whoever works on it holds it, to the end of a transaction of its own. One whose connection is gone is nobody's, so
//! it is asked for before whatever commits, and now and then while the work goes on; and what is asked is never idle for long.

use std::time::{Duration, Instant};

use rolewright_core::tenant::TenantId;
use rolewright_roles::lock_holder;
use sqlx::{AssertSqlSafe, PgConnection, Postgres, Row as _, Transaction};
use tokio::sync::Mutex;

use super::{Ground, TenantError, claim};

/// How long to pause before a lock is tried again.
const PAUSE: Duration = Duration::from_millis(200);

/// How soon it is told who is waited for.
const SOON: Duration = Duration::from_secs(1);

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

    /// Takes the locks of some tenants for a job, or for none (0); those that are not to be had in time are given back, with who holds them.
    /// `waits` is told, once, of each that is waited for.
    ///
    /// They are of a transaction, so that they can neither outlive their connection nor strand behind a transaction pooler.
    pub(super) async fn hold(
        &self,
        job: i64,
        ids: &[TenantId],
        waits: impl Fn(&TenantError),
    ) -> Result<(Held, Vec<TenantError>), TenantError> {
        let failed = TenantError::sql("lock the tenants");
        let begin = AssertSqlSafe(format!("{}; SAVEPOINT locks", self.begin_lock("tenant lock")));
        let mut transaction = self.core().begin_with(begin).await.map_err(&failed)?;
        let sql = "/* rolewright: tenant lock */ SELECT id, key, pg_catalog.pg_try_advisory_xact_lock(key) AS held FROM ( \
                   SELECT id, pg_catalog.hashtextextended('rolewright tenant ' || $1 || ' ' || id, 0) AS key \
                   FROM pg_catalog.unnest($2::text[]) AS id ORDER BY id) AS wanted";
        let ids: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let limit = self.connected.run.settings.start.lock_timeout;
        let started = Instant::now();
        let mut told = false;
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
            if !told && started.elapsed() >= SOON {
                told = true;
                self.busy(&mut transaction, job, left).await?.iter().for_each(&waits);
            }
            // Processes that met once do not meet again.
            let apart = Duration::from_millis(u64::from(std::process::id() % 64));
            tokio::time::sleep((PAUSE + apart).min(limit)).await;
        };
        let busy = self.busy(&mut transaction, job, left).await?;
        Ok((Held(Mutex::new(transaction)), busy))
    }

    /// Who holds the locks of these tenants, by their keys.
    async fn busy(
        &self,
        connection: &mut PgConnection,
        job: i64,
        left: Vec<(String, i64)>,
    ) -> Result<Vec<TenantError>, TenantError> {
        let sql = WORKER.replace("{KEY}", &claim::KEY.replace("$1", "j.id"));
        let mut busy = Vec::new();
        for (id, key) in left {
            let holder = lock_holder(connection, key).await?;
            let mut holder = holder.unwrap_or_else(|| "a process that has ended since".to_owned());
            let worker: Option<(i64, String)> = sqlx::query_as(AssertSqlSafe(sql.as_str()))
                .bind(self.module())
                .bind(&id)
                .bind(job)
                .fetch_optional(&mut *connection)
                .await
                .map_err(TenantError::sql("look for who works on the tenant"))?;
            let job = worker.map(|(job, words)| {
                holder += &format!(" ({words})");
                job
            });
            busy.extend(TenantId::new(id).ok().map(|id| TenantError::Busy { id, holder, job }));
        }
        Ok(busy)
    }
}

/// The job that is at work on the tenant `$2`, and is not `$3`: of those that a process holds, the one that has begun with it first.
const WORKER: &str = "/* rolewright: tenant lock */ SELECT j.id, pg_catalog.format('job %s, %s, since %s UTC', j.id, j.kind, \
    pg_catalog.to_char(pg_catalog.timezone('UTC', i.started_at), 'YYYY-MM-DD HH24:MI:SS')) \
    FROM rolewright.tenant_job_item i JOIN rolewright.tenant_job j ON j.id = i.job_id \
    WHERE j.module = $1 AND i.tenant = $2 AND j.id <> $3 AND i.state = 'running' AND j.finished_at IS NULL \
    AND EXISTS (SELECT FROM pg_catalog.pg_locks l WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 \
    AND l.database = (SELECT d.oid FROM pg_catalog.pg_database d WHERE d.datname = pg_catalog.current_database()) \
    AND (l.classid::bigint << 32) | l.objid::bigint = {KEY}) ORDER BY i.started_at, j.id LIMIT 1";
