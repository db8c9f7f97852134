//! Jobs of long ago are forgotten, with what hangs on them: a nightly upgrade of ten thousand tenants would leave millions of lines a year.

use sqlx::AssertSqlSafe;

use super::{Ground, TenantError};

/// How long a job is kept after its end.
const KEPT: &str = "90 days";
/// How many are forgotten in one statement.
const SOME: u64 = 20;

/// Whether the job before `$2` was begun on an earlier day: each day's first job tidies, so that no other has the work.
const FIRST: &str = "coalesce((SELECT p.started_at < pg_catalog.date_trunc('day', pg_catalog.now()) FROM rolewright.tenant_job p \
    WHERE p.module = $1 AND p.id < $2 ORDER BY p.id DESC LIMIT 1), false)";

/// Whether the job `j` is the last of a tenant that is there, of which nothing else would tell what became of it.
const LAST: &str = "EXISTS (SELECT FROM rolewright.tenant_job_item i \
    JOIN rolewright.tenant t ON t.module = j.module AND t.id = i.tenant AND t.state <> 'purged' \
    WHERE i.job_id = j.id AND NOT EXISTS (SELECT FROM rolewright.tenant_job_item n JOIN rolewright.tenant_job k ON k.id = n.job_id \
        WHERE k.module = j.module AND n.tenant = i.tenant AND n.job_id > j.id))";

impl Ground {
    /// Forgets what ended long ago, when this job is the first of its day. That it cannot be done keeps no job from its work.
    pub(super) async fn tidy_jobs(&self, job: i64) {
        let sql = format!(
            "/* rolewright: tenant job */ DELETE FROM rolewright.tenant_job WHERE {FIRST} AND id IN ( \
             SELECT j.id FROM rolewright.tenant_job j WHERE j.module = $1 \
             AND j.finished_at < pg_catalog.clock_timestamp() - interval '{KEPT}' AND NOT {LAST} \
             ORDER BY j.id LIMIT {SOME} FOR UPDATE OF j SKIP LOCKED)"
        );
        loop {
            let query = sqlx::query(AssertSqlSafe(sql.clone())).bind(self.module()).bind(job);
            match query.execute(self.core()).await.map_err(TenantError::sql("forget jobs of long ago")) {
                Ok(gone) if gone.rows_affected() == SOME => {}
                Ok(_) => return,
                Err(error) => return tracing::warn!(%error, "the next day's first job tries it again"),
            }
        }
    }
}
