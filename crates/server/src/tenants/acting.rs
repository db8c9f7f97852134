//! The list of tenants as the pool that acts for them asks for it.

use futures_util::future::{BoxFuture, FutureExt as _};
use rolewright_core::{Ident, Password, tenant::TenantId};
use rolewright_roles::{password, tenants::State};
use rolewright_sessions::tenant::{Directory, OpenTenants, Place, Unavailable};

use super::{Ground, Tenant, TenantError};

impl Ground {
    /// What the pool of all tenants is opened with.
    pub(crate) fn acting(&self) -> OpenTenants {
        let settings = &self.connected.run.settings;
        let mut server = settings.database.clone();
        server.hosts = vec![self.connected.host.clone()];
        OpenTenants {
            server,
            app: settings.app.clone(),
            directory: std::sync::Arc::new(self.clone()),
            fresh: self.tenancy.fresh,
            pool: self.tenancy.pool,
            max_in_flight: self.tenancy.max_in_flight,
            max_tenants: self.tenancy.max_tenants,
            statement_timeout: self.tenancy.statement_timeout,
        }
    }
}

impl Directory for Ground {
    fn find<'a>(&'a self, id: &'a TenantId) -> BoxFuture<'a, Result<Place, Unavailable>> {
        async move {
            match self.tenant(id).await {
                Ok(tenant) => place(&tenant),
                Err(TenantError::Unknown(_)) => Err(Unavailable::Unknown),
                Err(error) => Err(Unavailable::Unread(error.to_string())),
            }
        }
        .boxed()
    }

    fn password<'a>(
        &'a self,
        login: &'a Ident,
        refused: Option<&'a Password>,
    ) -> BoxFuture<'a, Option<Password>> {
        async move {
            let secret = self.role_secret().await.ok()?;
            // The same again would be refused again: it is the database that must be aligned.
            Some(password::derive(&secret, login)).filter(|password| Some(password) != refused)
        }
        .boxed()
    }
}

fn place(tenant: &Tenant) -> Result<Place, Unavailable> {
    let name = |name: &str| Ident::new(name).map_err(|error| Unavailable::Unread(error.to_string()));
    match tenant.state {
        State::Active => {
            let role = name(&tenant.role)?;
            Ok(Place { login: name(&tenant.login)?, schema: role.clone(), role })
        }
        State::Adding => Err(Unavailable::Unfinished("its migrations have not run to their end".to_owned())),
        State::Disabled => Err(Unavailable::Disabled),
        State::Purging | State::Purged => Err(Unavailable::Purged),
    }
}
