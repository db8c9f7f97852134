//! What the pool that acts for tenants is opened with.

use std::sync::Arc;

use rolewright_sessions::tenant::OpenTenants;

use super::Ground;

impl Ground {
    /// What the pool of all tenants is opened with.
    pub(crate) fn acting(&self) -> OpenTenants {
        let settings = &self.connected.run.settings;
        let mut server = settings.database.clone();
        server.hosts = vec![self.connected.host.clone()];
        OpenTenants {
            server,
            app: settings.app.clone(),
            directory: Arc::new(self.clone()),
            fresh: self.tenancy.fresh,
            pool: self.tenancy.pool,
            max_in_flight: self.tenancy.max_in_flight,
            max_tenants: self.tenancy.max_tenants,
            statement_timeout: self.tenancy.statement_timeout,
            reports: self.desk(),
        }
    }
}
