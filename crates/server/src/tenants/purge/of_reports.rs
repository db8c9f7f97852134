//! What the login of a tenant's reports has made for itself: large objects, which are in no schema. They go some hundreds in each transaction,
//! as those of the tenant do: all at once, with the role, may be more than the server has locks for.

use rolewright_core::Ident;

use super::super::{Ground, TenantError, list::Tenant, membership};
use super::empty::ROUNDS;

/// How many a role has.
const LEFT: &str = "/* rolewright: tenant purge */ SELECT pg_catalog.count(*) FROM pg_catalog.pg_largeobject_metadata m \
    JOIN pg_catalog.pg_roles r ON r.oid = m.lomowner WHERE r.rolname = $1";

impl Ground {
    /// Drops those of each such login among the roles that go, whatever it is called; gives how many. What nobody here may drop is told in
    /// the end.
    pub(super) async fn large_of_reports(
        &self,
        tenant: &Tenant,
        roles: &[String],
    ) -> Result<i64, TenantError> {
        let core = self.connected.server.user.clone();
        let Ok(maker) = Ident::new(tenant.keeper.clone().unwrap_or(core)) else { return Ok(0) };
        let mut gone = 0;
        for role in roles.iter().filter(|role| **role != tenant.role) {
            if let Ok(reporter) = Ident::new(role.clone()) {
                gone += self.large_of(tenant, &reporter, &maker).await?;
            }
        }
        Ok(gone)
    }

    async fn large_of(&self, tenant: &Tenant, reporter: &Ident, maker: &Ident) -> Result<i64, TenantError> {
        let drop = format!(
            "SELECT pg_catalog.count(pg_catalog.lo_unlink(o.oid)) FROM (SELECT m.oid FROM pg_catalog.pg_largeobject_metadata m \
             WHERE m.lomowner = (SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname = E'{}') LIMIT 500) o",
            reporter.as_str().replace('\\', "\\\\").replace('\'', "''")
        );
        let limit = self.connected.run.settings.start.lock_timeout;
        let first = self.large_left(reporter).await?;
        let mut left = first;
        for _ in 0..ROUNDS {
            if left == 0 {
                break;
            }
            if let Err(error) =
                membership::with_rights_of(&self.connected, reporter, maker, &drop, limit).await
            {
                tracing::debug!(tenant = %tenant.id, %error, "large objects of its reports' login stay");
                break;
            }
            left = self.large_left(reporter).await?;
        }
        Ok(first - left)
    }

    async fn large_left(&self, role: &Ident) -> Result<i64, TenantError> {
        sqlx::query_scalar(LEFT)
            .bind(role.as_str())
            .fetch_one(self.core())
            .await
            .map_err(TenantError::sql("look for large objects of the tenant's reports"))
    }
}
