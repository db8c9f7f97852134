//! What became of single tenants: each one's part of a job, and its last.

use rolewright_core::tenant::TenantId;
use serde::Serialize;
use sqlx::{AssertSqlSafe, Row as _, postgres::PgRow};
use time::OffsetDateTime;

use super::{Ground, Item, TenantError, Tenants, job::REPLACED};

/// One tenant's part of a job.
#[derive(Clone, Debug, Serialize)]
pub struct JobItem {
    /// The job's number.
    pub job: i64,
    /// What it does.
    pub kind: String,
    /// The tenant.
    pub tenant: String,
    /// `waiting`, `running`, `done` or `failed`.
    pub state: String,
    /// What was changed, or why it failed and what mends that.
    pub detail: Option<String>,
    /// When it ended; not yet where there is none.
    #[serde(with = "time::serde::rfc3339::option")]
    pub finished_at: Option<OffsetDateTime>,
}

const ITEMS: &str = "/* rolewright: tenant jobs */ SELECT i.job_id, j.kind, i.tenant, i.state, nullif(i.detail, '') AS detail, i.finished_at \
    FROM rolewright.tenant_job_item i JOIN rolewright.tenant_job j ON j.id = i.job_id WHERE j.module = $1 AND ";

impl Tenants<'_> {
    /// Every tenant of a job, those that failed first; none where there is no such job.
    ///
    /// # Errors
    /// What the database said.
    pub async fn job(&self, job: i64) -> Result<Vec<JobItem>, TenantError> {
        let sql = format!("{ITEMS} i.job_id = $2 ORDER BY i.state <> 'failed', i.tenant");
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(self.ground.module()).bind(job);
        self.ground.items(rows).await
    }

    /// The tenants of a job whose turn never came, as somebody asked for something else: nobody was told of them.
    pub(super) async fn replaced(&self, job: i64) -> Result<Vec<Item>, TenantError> {
        let items = self.job(job).await?.into_iter().filter(|item| item.detail.as_deref() == Some(REPLACED));
        let ids = items.filter_map(|item| TenantId::new(item.tenant).ok());
        Ok(ids.map(|id| Item::new(&id, Err(TenantError::Superseded(id.clone())))).collect())
    }

    /// A tenant's part of the last job that was about it.
    ///
    /// # Errors
    /// What the database said.
    pub async fn last(&self, id: &TenantId) -> Result<Option<JobItem>, TenantError> {
        let sql = format!("{ITEMS} i.tenant = $2 ORDER BY i.job_id DESC LIMIT 1");
        let rows = sqlx::query(AssertSqlSafe(sql)).bind(self.ground.module()).bind(id.as_str());
        Ok(self.ground.items(rows).await?.pop())
    }
}

impl Ground {
    async fn items(
        &self,
        rows: sqlx::query::Query<'_, sqlx::Postgres, sqlx::postgres::PgArguments>,
    ) -> Result<Vec<JobItem>, TenantError> {
        let failed = TenantError::sql("look for what became of the tenants");
        let rows = rows.fetch_all(self.core()).await.map_err(&failed)?;
        rows.iter().map(read).collect::<Result<_, _>>().map_err(failed)
    }
}

fn read(row: &PgRow) -> Result<JobItem, sqlx::Error> {
    Ok(JobItem {
        job: row.try_get("job_id")?,
        kind: row.try_get("kind")?,
        tenant: row.try_get("tenant")?,
        state: row.try_get("state")?,
        detail: row.try_get("detail")?,
        finished_at: row.try_get("finished_at")?,
    })
}
