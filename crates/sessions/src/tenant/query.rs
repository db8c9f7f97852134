//! A tenant's own reports: texts that the tenant wrote, through the sandbox, logged in as a role of that tenant's own.

use super::{Tenant, TenantError, TenantQueryError};
use crate::{Report, Rows, Verified};

impl Tenant {
    /// Runs a report that this tenant wrote, on a login that reads this tenant's schema and nothing else. It is checked, read-only and
    /// bounded as every report is, and sees nothing of the transaction that may be open around it.
    ///
    /// # Errors
    /// When the tenant is not to be worked for, or has no reports of its own; the refusal of the text; what the database said.
    pub async fn query(&self, report: &Report) -> Result<Rows, TenantQueryError> {
        let (desk, place) = self.desk().await?;
        desk.run(self.id(), &place, async |pool| pool.query(report).await).await
    }

    /// Looks at such a report without running it.
    ///
    /// # Errors
    /// As [`query`](Self::query).
    pub async fn verify(&self, report: &Report) -> Result<Verified, TenantQueryError> {
        let (desk, place) = self.desk().await?;
        desk.run(self.id(), &place, async |pool| pool.verify(report).await).await
    }

    /// Where its reports run. Those of one that is not served any more are ended.
    async fn desk(&self) -> Result<(&super::desk::Desk, super::Place), TenantError> {
        let desk = self.module.desk.as_ref().ok_or(TenantError::NoReports)?;
        let place = self.module.place(self.id()).await;
        if matches!(place, Err(TenantError::Unavailable { .. })) {
            desk.forget(self.id());
        }
        Ok((desk, place?))
    }
}
