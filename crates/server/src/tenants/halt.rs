//! A job that somebody else is to stop: that is kept with it, and whoever works on it begins nothing more.

use std::time::Duration;

use serde::Serialize;
use sqlx::Row as _;

use super::{Ground, Item, JobItem, Kind, TenantError, Tenants};

/// A job that was told to stop.
#[derive(Clone, Debug, Serialize)]
pub struct Halted {
    /// Its number.
    pub job: i64,
    /// Who is at work on it: what that has begun comes to its end, and then the job does. Where nobody is, it has ended.
    pub held_by: Option<String>,
    /// Every tenant of the job, as it is now.
    pub tenants: Vec<JobItem>,
}

impl Tenants<'_> {
    /// Stops a job that waits or is at work, in whatever process: what is at work comes to its end, and what is not begun is never done
    /// by anybody. It is kept, and told, as failed.
    ///
    /// # Errors
    /// [`TenantError::NoJob`] and [`TenantError::JobEnded`] where there is nothing to stop; else what the database said.
    pub async fn halt(&self, job: i64) -> Result<Halted, TenantError> {
        self.ground.note_stop(job).await?;
        let held_by = match self.ground.claim(job, Duration::ZERO).await? {
            // Its process was killed, or has ended just now.
            Ok(claim) => {
                let end = async {
                    let left = self.ground.unfinished(Some(job)).await?.pop();
                    let mut items = Vec::new();
                    for id in left.iter().flat_map(|left| &left.ids) {
                        // Nothing else leaves a tenant open that is to be refused.
                        let enables = left.as_ref().is_some_and(|left| left.kind == Kind::Enable);
                        let why = match enables {
                            true => self.stopped_for_good(id).await,
                            false => TenantError::Stopped(id.clone()),
                        };
                        items.push(Item::new(id, Err(why)));
                    }
                    self.ground.ended(job, &items).await?;
                    self.ground.finish(job).await
                };
                claim.during(end).await?;
                claim.free().await;
                None
            }
            Err(holder) => Some(holder),
        };
        Ok(Halted { job, held_by, tenants: self.job(job).await? })
    }
}

impl Ground {
    /// Keeps it that a job is to stop.
    async fn note_stop(&self, job: i64) -> Result<(), TenantError> {
        let failed = TenantError::sql("stop the job");
        let sql = "/* rolewright: tenant job */ WITH stopped AS (UPDATE rolewright.tenant_job \
                   SET stopped_at = coalesce(stopped_at, pg_catalog.clock_timestamp()) WHERE module = $1 AND id = $2 AND finished_at IS NULL \
                   RETURNING id) SELECT EXISTS (SELECT FROM rolewright.tenant_job WHERE module = $1 AND id = $2) AS known, \
                   EXISTS (SELECT FROM stopped) AS stopped";
        let row =
            sqlx::query(sql).bind(self.module()).bind(job).fetch_one(self.core()).await.map_err(&failed)?;
        match (row.try_get("known").map_err(&failed)?, row.try_get("stopped").map_err(&failed)?) {
            (false, _) => Err(TenantError::NoJob(job)),
            (true, false) => Err(TenantError::JobEnded(job)),
            (true, true) => Ok(()),
        }
    }

    /// Whether a job is to stop.
    pub(super) async fn halted(&self, job: i64) -> Result<bool, TenantError> {
        let ask = sqlx::query_scalar(HALTED).bind(job).fetch_one(self.core());
        ask.await.map_err(TenantError::sql("look whether the job is to stop"))
    }
}

/// Whether the job `$1` is to stop.
pub(super) const HALTED: &str = "/* rolewright: tenant job */ SELECT EXISTS (SELECT FROM rolewright.tenant_job WHERE id = $1 AND stopped_at IS NOT NULL)";
