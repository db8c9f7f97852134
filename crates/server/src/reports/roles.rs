//! Where a report's pool comes from: an application that is open, or a command that opens the one role it needs.

use rolewright_sessions::RolePool;

use super::{ReportError, Reports};
use crate::Rolewright;

/// Gives the pool of a connection.
#[async_trait::async_trait]
pub(crate) trait Roles: Send + Sync {
    async fn role(&self, connection: &str) -> Result<RolePool, ReportError>;
}

#[async_trait::async_trait]
impl Roles for Rolewright {
    async fn role(&self, connection: &str) -> Result<RolePool, ReportError> {
        Ok(Self::role(self, connection)?)
    }
}

impl Rolewright {
    /// The stored reports: [`reports`](crate::reports) has an example.
    #[must_use]
    pub fn reports(&self) -> Reports<'_> {
        Reports::new(self.core(), self)
    }
}
