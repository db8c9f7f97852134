//! Jobs as they are kept: what was asked, and how far each tenant has come.

use std::time::Duration;

use rolewright_core::tenant::TenantId;
use serde::Serialize;
use sqlx::{AssertSqlSafe, Row as _};
use time::OffsetDateTime;

use super::{
    Ground, Item, Kind, TenantError,
    asked::Request,
    claim::{self, Claim},
    patience::patiently,
};

/// What became of a tenant for which something else was asked before its turn came.
pub(super) const REPLACED: &str = "a later job took its place";
/// The same where that was the same: it is done by the later job.
const AGAIN: &str = "the same was asked again";

/// A job that did not finish, with the tenants that are left.
pub(super) struct Left {
    pub(super) job: i64,
    pub(super) kind: Kind,
    pub(super) adopt: bool,
    /// Whether the tenant interface was asked for it.
    pub(super) asked: bool,
    /// Whether it was cut short before: whoever goes on with it and has enough leaves the rest to the next.
    pub(super) resumed: bool,
    pub(super) ids: Vec<TenantId>,
}

impl Left {
    /// What becomes of a tenant whose turn does not come.
    pub(super) fn stopped(&self, id: &TenantId, halted: bool) -> TenantError {
        match (halted, self.resumed) {
            (false, true) => TenantError::Waits { id: id.clone(), job: self.job },
            _ => TenantError::Stopped(id.clone()),
        }
    }
}

/// A job in one line.
#[derive(Clone, Debug, Serialize)]
pub struct JobSummary {
    /// Its number.
    pub id: i64,
    /// What it does.
    pub kind: String,
    /// When it was begun.
    #[serde(with = "time::serde::rfc3339")]
    pub started_at: OffsetDateTime,
    /// When it ended; not yet, or its process was killed, where there is none.
    #[serde(with = "time::serde::rfc3339::option")]
    pub finished_at: Option<OffsetDateTime>,
    /// By whom.
    pub started_by: String,
    /// When it was told to stop, where it was.
    #[serde(with = "time::serde::rfc3339::option", skip_serializing_if = "Option::is_none")]
    pub stopped_at: Option<OffsetDateTime>,
    /// Tenants that are done.
    pub done: i64,
    /// Tenants that failed.
    pub failed: i64,
    /// Tenants that wait, or are being worked on.
    pub left: i64,
}

impl Ground {
    /// Begins a job. Nothing is written before it is kept, so a server that takes no changes says so here.
    pub(super) async fn start(
        &self,
        kind: Kind,
        ids: &[TenantId],
        adopt: bool,
        request: Option<&Request<'_>>,
    ) -> Result<(i64, Claim), TenantError> {
        self.room()?;
        let outcome = self.keep(kind, ids, adopt, request).await;
        let sql = "/* rolewright: tenant job */ SELECT pg_catalog.pg_is_in_recovery()";
        match outcome {
            Err(TenantError::ReadOnly { .. })
                if sqlx::query_scalar(sql)
                    .fetch_one(self.core())
                    .await
                    .map_err(TenantError::sql("look what the server is"))? =>
            {
                Err(TenantError::Standby)
            }
            outcome => outcome,
        }
    }

    /// Keeps a new job, which is ours before anybody can see it, and with it, in the same statement, what was asked for where it comes
    /// from the tenant interface: neither is kept without the other.
    async fn keep(
        &self,
        kind: Kind,
        ids: &[TenantId],
        adopt: bool,
        request: Option<&Request<'_>>,
    ) -> Result<(i64, Claim), TenantError> {
        let failed = TenantError::sql("keep the job");
        let next = "/* rolewright: tenant job */ SELECT pg_catalog.nextval(pg_catalog.pg_get_serial_sequence('rolewright.tenant_job', 'id'))";
        let job: i64 = sqlx::query_scalar(next).fetch_one(self.core()).await.map_err(&failed)?;
        // A number that was just given out is nobody's.
        let claim = self.claim(job, Duration::ZERO).await?;
        let claim = claim.map_err(|holder| TenantError::JobHeld { job, holder })?;
        let sql = "/* rolewright: tenant job */ WITH job AS ( \
                   INSERT INTO rolewright.tenant_job (id, module, kind, adopt) OVERRIDING SYSTEM VALUE VALUES ($5, $1, $2, $3) RETURNING id), \
                   request AS (INSERT INTO rolewright.tenant_request (id, module, tenant, attributes, job_id) \
                   SELECT $6, $1, $4[1], $7, job.id FROM job WHERE $6 IS NOT NULL) \
                   INSERT INTO rolewright.tenant_job_item (job_id, tenant) SELECT job.id, one FROM job, pg_catalog.unnest($4::text[]) AS one";
        let names: Vec<String> = ids.iter().map(ToString::to_string).collect();
        // Whoever is told that this failed must not find it done all the same by whoever goes on with jobs.
        let mut transaction = self.core().begin().await.map_err(&failed)?;
        sqlx::query(sql)
            .bind(self.module())
            .bind(kind.as_str())
            .bind(adopt)
            .bind(&names)
            .bind(job)
            .bind(request.map(|request| request.id))
            .bind(request.map(|request| request.attributes))
            .execute(&mut *transaction)
            .await
            .map_err(&failed)?;
        sqlx::query(AssertSqlSafe(replacing(job, false)))
            .bind(self.module())
            .bind(&names)
            .execute(&mut *transaction)
            .await
            .map_err(TenantError::sql("replace older jobs"))?;
        transaction.commit().await.map_err(&failed)?;
        self.tidy_jobs(job).await;
        Ok((job, claim))
    }

    /// Notes that some tenants of a job are being worked on.
    pub(super) async fn begun(&self, job: i64, ids: &[TenantId]) -> Result<(), TenantError> {
        let sql = format!(
            "/* rolewright: tenant job */ UPDATE rolewright.tenant_job_item SET state = 'running', detail = NULL, \
             started_at = pg_catalog.clock_timestamp(), finished_at = NULL \
             WHERE job_id = {job} AND $1 <> '' AND tenant = ANY ($2) AND state IN ('waiting', 'running')"
        );
        patiently(|| self.update("note the job's progress", sql.clone(), ids)).await
    }

    /// Which of these tenants, whose locks are ours, this job still has to do with: a later one may have taken its place. An older one's
    /// is taken. And whether the job is to stop.
    pub(super) async fn open(
        &self,
        job: i64,
        ids: &[TenantId],
    ) -> Result<(Vec<TenantId>, bool), TenantError> {
        let sql = "/* rolewright: tenant job */ SELECT i.tenant, j.stopped_at IS NOT NULL FROM rolewright.tenant_job_item i \
                   JOIN rolewright.tenant_job j ON j.id = i.job_id \
                   WHERE i.job_id = $1 AND i.tenant = ANY ($2) AND i.state IN ('waiting', 'running')";
        let names: Vec<String> = ids.iter().map(ToString::to_string).collect();
        let rows: Vec<(String, bool)> = sqlx::query_as(sql)
            .bind(job)
            .bind(names)
            .fetch_all(self.core())
            .await
            .map_err(TenantError::sql("look for the job"))?;
        let halted = rows.iter().any(|(_, halted)| *halted);
        let open: Vec<TenantId> =
            ids.iter().filter(|id| rows.iter().any(|(one, _)| *one == id.as_str())).cloned().collect();
        self.update("replace older jobs", replacing(job, true), &open).await?;
        Ok((open, halted))
    }

    /// Notes what some tenants of a job have come to; of those that wait, nothing.
    pub(super) async fn ended(&self, job: i64, items: &[Item]) -> Result<(), TenantError> {
        let items: Vec<&Item> = items.iter().filter(|item| !item.waits).collect();
        let sql = format!(
            "/* rolewright: tenant job */ UPDATE rolewright.tenant_job_item i SET state = n.state, detail = n.detail, \
             finished_at = pg_catalog.clock_timestamp() \
             FROM ROWS FROM (pg_catalog.unnest($1::text[]), pg_catalog.unnest($2::text[]), pg_catalog.unnest($3::text[])) AS n (tenant, state, detail) \
             WHERE i.job_id = {job} AND i.tenant = n.tenant AND i.state <> 'done'"
        );
        let ids: Vec<String> = items.iter().map(|item| item.id.to_string()).collect();
        let state = |item: &&Item| if item.error.is_some() { "failed" } else { "done" };
        let states: Vec<&str> = items.iter().map(state).collect();
        let details: Vec<String> = items.iter().map(|item| item.detail()).collect();
        patiently(|| async {
            let query = sqlx::query(AssertSqlSafe(sql.clone())).bind(&ids).bind(&states).bind(&details);
            let noted = query.execute(self.core()).await;
            noted.map(|_| ()).map_err(TenantError::sql("note the job's progress"))
        })
        .await
    }

    /// Notes that a job is at its end.
    pub(super) async fn finish(&self, job: i64) -> Result<(), TenantError> {
        let sql = "/* rolewright: tenant job */ UPDATE rolewright.tenant_job SET finished_at = pg_catalog.clock_timestamp() WHERE id = $1 \
                   AND NOT EXISTS (SELECT FROM rolewright.tenant_job_item WHERE job_id = $1 AND state IN ('waiting', 'running'))";
        sqlx::query(sql).bind(job).execute(self.core()).await.map_err(TenantError::sql("finish the job"))?;
        Ok(())
    }

    /// The jobs that did not finish, oldest first; or only one of them.
    pub(super) async fn unfinished(&self, job: Option<i64>) -> Result<Vec<Left>, TenantError> {
        let failed = TenantError::sql("list the unfinished jobs");
        let sql = "/* rolewright: tenant jobs */ SELECT j.id, j.kind, j.adopt, \
                   EXISTS (SELECT FROM rolewright.tenant_request r WHERE r.job_id = j.id) AS asked, pg_catalog.array_agg(i.tenant ORDER BY i.tenant) \
                   FILTER (WHERE i.state IN ('waiting', 'running')) AS left FROM rolewright.tenant_job j \
                   JOIN rolewright.tenant_job_item i ON i.job_id = j.id \
                   WHERE j.module = $1 AND j.finished_at IS NULL AND j.id = coalesce($2, j.id) GROUP BY j.id ORDER BY j.id";
        let rows =
            sqlx::query(sql).bind(self.module()).bind(job).fetch_all(self.core()).await.map_err(&failed)?;
        rows.iter()
            .map(|row| {
                let names: Option<Vec<String>> = row.try_get("left")?;
                let kind: String = row.try_get("kind")?;
                Ok(Left {
                    job: row.try_get("id")?,
                    kind: Kind::parse(&kind).ok_or(sqlx::Error::RowNotFound)?,
                    adopt: row.try_get("adopt")?,
                    asked: row.try_get("asked")?,
                    resumed: true,
                    ids: names
                        .unwrap_or_default()
                        .into_iter()
                        .filter_map(|id| TenantId::new(id).ok())
                        .collect(),
                })
            })
            .collect::<Result<_, sqlx::Error>>()
            .map_err(failed)
    }

    /// The last jobs, newest first.
    pub(super) async fn jobs(&self, limit: u32) -> Result<Vec<JobSummary>, TenantError> {
        let failed = TenantError::sql("list the jobs");
        let sql = "/* rolewright: tenant jobs */ SELECT j.id, j.kind, j.started_at, j.finished_at, j.started_by, j.stopped_at, \
                   count(*) FILTER (WHERE i.state = 'done') AS done, count(*) FILTER (WHERE i.state = 'failed') AS failed, \
                   count(*) FILTER (WHERE i.state IN ('waiting', 'running')) AS left \
                   FROM (SELECT * FROM rolewright.tenant_job WHERE module = $1 ORDER BY id DESC LIMIT $2) j \
                   JOIN rolewright.tenant_job_item i ON i.job_id = j.id \
                   GROUP BY j.id, j.kind, j.started_at, j.finished_at, j.started_by, j.stopped_at ORDER BY j.id DESC";
        let rows = sqlx::query(sql)
            .bind(self.module())
            .bind(i64::from(limit))
            .fetch_all(self.core())
            .await
            .map_err(&failed)?;
        rows.iter()
            .map(|row| {
                Ok(JobSummary {
                    id: row.try_get("id")?,
                    kind: row.try_get("kind")?,
                    started_at: row.try_get("started_at")?,
                    finished_at: row.try_get("finished_at")?,
                    started_by: row.try_get("started_by")?,
                    stopped_at: row.try_get("stopped_at")?,
                    done: row.try_get("done")?,
                    failed: row.try_get("failed")?,
                    left: row.try_get("left")?,
                })
            })
            .collect::<Result<_, sqlx::Error>>()
            .map_err(failed)
    }
}

/// What older jobs have left to do for the tenants `$2` is not gone on with: the newer word counts. An upgrade says nothing against what is
/// anything else. What a process is at work on is left to it where it is the same work, or where the tenants' locks are not ours yet.
fn replacing(job: i64, locked: bool) -> String {
    let key = claim::KEY.replace("$1", "j.id");
    format!(
        "/* rolewright: tenant job */ UPDATE rolewright.tenant_job_item i SET state = 'failed', \
         detail = CASE j.kind WHEN n.kind THEN '{AGAIN}' ELSE '{REPLACED}' END, \
         finished_at = pg_catalog.clock_timestamp() FROM rolewright.tenant_job j, rolewright.tenant_job n \
         WHERE j.id = i.job_id AND j.module = $1 AND j.id < {job} AND n.id = {job} AND j.finished_at IS NULL AND i.tenant = ANY ($2) \
         AND i.state IN ('waiting', 'running') AND (n.kind <> 'upgrade' OR j.kind = 'upgrade') \
         AND (pg_catalog.pg_try_advisory_xact_lock({key}) OR j.kind <> n.kind AND (i.state = 'waiting' OR {locked}))"
    )
}
