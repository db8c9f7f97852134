//! A tenant that was refused, and that a killed enable has left open, though no job will go on with it: it is refused again.

use rolewright_core::tenant::TenantId;

use super::{Ground, Item, JobReport, Kind, TenantError, Tenants};

impl Tenants<'_> {
    /// Why nothing more is done for a tenant of a job that is stopped. What the job had opened of it is refused again.
    pub(super) async fn stopped_for_good(&self, id: &TenantId) -> TenantError {
        let why = TenantError::Stopped(id.clone());
        match self.ground.hold(0, std::slice::from_ref(id), |busy| self.waits(busy)).await {
            // Whoever works on it brings it to an end.
            Ok((_, busy)) if !busy.is_empty() => why,
            Ok((held, _)) => {
                let close = async { Ok(self.closed_again(id, why).await) };
                held.during(id, close).await.unwrap_or_else(|lost| lost)
            }
            Err(besides) => {
                let besides = besides.to_string();
                TenantError::Reopened { id: id.clone(), why: Box::new(why), besides }
            }
        }
    }

    /// Refuses all that were left so: their jobs were stopped, or a later one took their place. Nothing where there are none.
    pub(super) async fn close_stranded(&self) -> Result<Option<JobReport>, TenantError> {
        let mut items = Vec::new();
        for id in self.ground.stranded().await? {
            let (held, busy) =
                self.ground.hold(0, std::slice::from_ref(&id), |busy| self.waits(busy)).await?;
            // Somebody may have come to it meanwhile.
            if self.stops() || !busy.is_empty() || !self.ground.stranded().await?.contains(&id) {
                continue;
            }
            match held.during(&id, self.disable_one(&id)).await {
                Err(error) if error.is_lost() => return Err(error),
                outcome => items.push(Item::new(&id, outcome)),
            }
        }
        self.told(&items);
        Ok((!items.is_empty()).then(|| JobReport::new(None, Kind::Disable, items)))
    }
}

impl Ground {
    /// Tenants that are being enabled by nobody: no job that is not at its end has to do with them.
    async fn stranded(&self) -> Result<Vec<TenantId>, TenantError> {
        let sql = "/* rolewright: tenant jobs */ SELECT t.id FROM rolewright.tenant t \
                   WHERE t.module = $1 AND t.state = 'adding' AND t.upgraded_at IS NOT NULL AND NOT EXISTS ( \
                   SELECT FROM rolewright.tenant_job_item i JOIN rolewright.tenant_job j ON j.id = i.job_id \
                   WHERE j.module = t.module AND i.tenant = t.id AND i.state IN ('waiting', 'running') AND j.finished_at IS NULL) ORDER BY t.id";
        let ids: Vec<String> = sqlx::query_scalar(sql)
            .bind(self.module())
            .fetch_all(self.core())
            .await
            .map_err(TenantError::sql("look for tenants that were left open"))?;
        Ok(ids.into_iter().filter_map(|id| TenantId::new(id).ok()).collect())
    }
}
