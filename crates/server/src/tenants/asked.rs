//! What the tenant interface is asked: kept under a number of its caller's, and done by the same jobs as everything else.

use rolewright_core::tenant::TenantId;
use rolewright_roles::tenants::State;
use serde_json::Value;
use sqlx::{AssertSqlSafe, Row as _};
use uuid::Uuid;

use super::{Ground, Item, Kind, TenantError, Tenants, claim::Claim, job::Left};

/// Whether a request `r`, whose tenant's part of its job is `i`, has come to its end.
const ENDED: &str = "i.state IN ('done', 'failed')";
/// How long one that has ended is kept for a caller that never deletes it.
const KEPT: &str = "30 days";

/// What can be asked for one tenant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ask {
    /// That it is served, with the module's newest migrations: made, mended or enabled, as it needs.
    Present,
    /// That it is refused; what it has stays.
    Disabled,
    /// That nothing of it is left.
    Purged,
}

/// What became of a request so far.
#[derive(Clone, Debug, PartialEq)]
pub struct Asked {
    /// Its number.
    pub id: Uuid,
    /// The tenant.
    pub tenant: TenantId,
    /// What was asked, as it came.
    pub attributes: Value,
    /// Whether it has ended.
    pub complete: bool,
    /// Why it failed, where it did.
    pub error: Option<String>,
    /// What was done.
    pub messages: Vec<String>,
}

/// A request, to be kept with its first job.
pub(super) struct Request<'a> {
    /// Its number.
    pub(super) id: Uuid,
    /// What was asked, as it came.
    pub(super) attributes: &'a Value,
}

/// A request whose work is to be done.
pub(crate) struct Begun {
    pub(crate) id: Uuid,
    tenant: TenantId,
    job: i64,
    claim: Claim,
    kind: Kind,
}

impl Tenants<'_> {
    /// Keeps a request and its job; [`carry_out`](Self::carry_out) does the work.
    ///
    /// # Errors
    /// Where this cannot be asked of a tenant in its state, or the database failed.
    pub(crate) async fn ask(
        &self,
        tenant: &TenantId,
        ask: Ask,
        attributes: &Value,
    ) -> Result<Begun, TenantError> {
        let request = Request { id: Uuid::new_v4(), attributes };
        let kept = async {
            let kind = self.ground.kind(tenant, ask).await?;
            self.ground.tidy().await?;
            let one = std::slice::from_ref(tenant);
            let (job, claim) = self.ground.start(kind, one, false, Some(&request)).await?;
            Ok(Begun { id: request.id, tenant: tenant.clone(), job, claim, kind })
        };
        self.ground.told(kept.await).await
    }

    /// Does what was asked. Whatever stands in its way is kept with its job, so that nobody waits for its end in vain.
    ///
    /// # Errors
    /// When the database is gone: what is left is [taken up](Self::take_up) when it is back.
    pub(crate) async fn carry_out(&self, begun: Begun) -> Result<(), TenantError> {
        let Begun { tenant, job, claim, kind, .. } = begun;
        let outcome = self.run_or_note(&claim, job, kind, &tenant).await;
        claim.free().await;
        self.ground.told(outcome).await
    }

    /// Runs a job of one tenant; what ends the whole of it, such as somebody who holds the provisioning lock, is that tenant's failure.
    async fn run_or_note(
        &self,
        claim: &Claim,
        job: i64,
        kind: Kind,
        tenant: &TenantId,
    ) -> Result<(), TenantError> {
        match self
            .run(
                claim,
                Left { job, kind, adopt: false, asked: true, resumed: false, ids: vec![tenant.clone()] },
            )
            .await
        {
            Err(error) if !error.is_lost() => {
                self.ground.ended(job, &[Item::new(tenant, Err(error))]).await?;
                self.ground.finish(job).await
            }
            outcome => outcome.map(|_| ()),
        }
    }

    /// Goes on with what the interface was asked of a process that has ended since. What a command has left is its user's to go on with.
    ///
    /// # Errors
    /// As [`carry_out`](Self::carry_out).
    pub(crate) async fn take_up(&self) -> Result<(), TenantError> {
        let all = self.ground.unfinished(None).await?;
        for report in self.go_on_with(all.into_iter().filter(|left| left.asked).collect()).await? {
            if let (Some(job), Some(error)) = (report.job, &report.error) {
                tracing::warn!(
                    job,
                    error,
                    "a job of tenants could not be gone on with; tried again in a minute"
                );
            }
        }
        self.close_stranded().await?;
        Ok(())
    }

    /// A request of this tenant; nothing where there is none of this number.
    ///
    /// # Errors
    /// What the database said.
    pub async fn asked(&self, tenant: &TenantId, id: Uuid) -> Result<Option<Asked>, TenantError> {
        let failed = TenantError::sql("look for the request");
        let sql = format!(
            "/* rolewright: tenant request */ SELECT r.attributes, i.state, coalesce(i.detail, '') AS detail, \
                   {ENDED} AS complete \
                   FROM rolewright.tenant_request r \
                   JOIN rolewright.tenant_job_item i ON i.job_id = r.job_id AND i.tenant = r.tenant \
                   WHERE r.module = $1 AND r.tenant = $2 AND r.id = $3"
        );
        let row = sqlx::query(AssertSqlSafe(sql))
            .bind(self.ground.module())
            .bind(tenant.as_str())
            .bind(id)
            .fetch_optional(self.ground.core())
            .await;
        let row = self.ground.told(row.map_err(&failed)).await?;
        let Some(row) = row else { return Ok(None) };
        let read = || -> Result<Asked, sqlx::Error> {
            let (state, detail): (&str, String) = (row.try_get("state")?, row.try_get("detail")?);
            let (error, messages) = match state {
                "failed" => (Some(detail), Vec::new()),
                _ => (None, if detail.is_empty() { Vec::new() } else { vec![detail] }),
            };
            let (attributes, complete) = (row.try_get("attributes")?, row.try_get("complete")?);
            Ok(Asked { id, tenant: tenant.clone(), attributes, complete, error, messages })
        };
        read().map(Some).map_err(failed)
    }

    /// Forgets a request that has ended; its jobs stay. Says whether there was one.
    ///
    /// # Errors
    /// What the database said.
    pub async fn forget(&self, tenant: &TenantId, id: Uuid) -> Result<bool, TenantError> {
        let sql = format!(
            "/* rolewright: tenant request */ DELETE FROM rolewright.tenant_request r \
                   USING rolewright.tenant_job_item i WHERE i.job_id = r.job_id AND i.tenant = r.tenant \
                   AND {ENDED} AND r.module = $1 AND r.tenant = $2 AND r.id = $3"
        );
        let gone = sqlx::query(AssertSqlSafe(sql))
            .bind(self.ground.module())
            .bind(tenant.as_str())
            .bind(id)
            .execute(self.ground.core())
            .await;
        let gone = self.ground.told(gone.map_err(TenantError::sql("forget the request"))).await?;
        Ok(gone.rows_affected() > 0)
    }
}

impl Ground {
    /// What the job is called, by the tenant's state as it is asked; what it does goes by the state when its turn has come.
    async fn kind(&self, id: &TenantId, ask: Ask) -> Result<Kind, TenantError> {
        let state = match self.tenant(id).await {
            Ok(tenant) if tenant.reopened => Some(State::Disabled),
            Ok(tenant) => Some(tenant.state),
            Err(TenantError::Unknown(_)) => None,
            Err(error) => return Err(error),
        };
        match (ask, state) {
            (Ask::Present, Some(State::Purging)) => Err(TenantError::Purging(id.clone())),
            (Ask::Present, Some(State::Disabled)) => Ok(Kind::Enable),
            (Ask::Present, _) => Ok(Kind::Add),
            (Ask::Disabled | Ask::Purged, None) => Err(TenantError::Unknown(id.clone())),
            (Ask::Disabled, _) => Ok(Kind::Disable),
            (Ask::Purged, _) => Ok(Kind::Purge),
        }
    }

    /// Forgets requests whose end nobody has asked for, nor deleted them, in [`KEPT`]; their jobs stay.
    async fn tidy(&self) -> Result<(), TenantError> {
        let sql = format!(
            "/* rolewright: tenant request */ DELETE FROM rolewright.tenant_request r USING rolewright.tenant_job_item i \
             WHERE i.job_id = r.job_id AND i.tenant = r.tenant AND r.module = $1 AND {ENDED} \
             AND i.finished_at < pg_catalog.clock_timestamp() - interval '{KEPT}'"
        );
        let tidied = sqlx::query(AssertSqlSafe(sql)).bind(self.module()).execute(self.core()).await;
        tidied.map(|_| ()).map_err(TenantError::sql("tidy the requests"))
    }
}
