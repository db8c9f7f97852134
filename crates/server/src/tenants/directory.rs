//! The list of tenants as the pool of tenants' transactions asks for it.

use futures_util::{FutureExt as _, future::BoxFuture};
use rolewright_core::{Advice as _, Ident, Password, tenant::TenantId};
use rolewright_roles::{password, tenants::State};
use rolewright_sessions::tenant::{Directory, Place, Unavailable};

use super::{Ground, Served, TenantError};

impl Directory for Ground {
    fn find<'a>(&'a self, tenant: &'a TenantId) -> BoxFuture<'a, Result<Place, Unavailable>> {
        async move {
            let found = match self.told(self.tenant(tenant).await).await {
                Ok(found) => found,
                Err(TenantError::Unknown(_)) => return Err(Unavailable::Unknown),
                Err(error) => {
                    let hint = Served(&error).hint().map(|hint| format!("; {hint}")).unwrap_or_default();
                    return Err(Unavailable::Unread(format!("{error}{hint}")));
                }
            };
            match found.state {
                State::Active => {}
                State::Adding if found.reopened => return Err(Unavailable::Disabled),
                State::Adding => {
                    return Err(Unavailable::Unfinished(format!(
                        "`rolewright tenant add {tenant}` finishes it"
                    )));
                }
                State::Disabled => return Err(Unavailable::Disabled),
                State::Purging | State::Purged => return Err(Unavailable::Purged),
            }
            let role = Ident::new(found.role).map_err(|error| Unavailable::Unread(error.to_string()))?;
            Ok(Place { login: self.tenancy.module.login(found.bucket), schema: role.clone(), role })
        }
        .boxed()
    }

    fn password<'a>(
        &'a self,
        login: &'a Ident,
        refused: Option<&'a Password>,
    ) -> BoxFuture<'a, Option<Password>> {
        async move {
            let secret = self.store.existing_role_secret(&self.connected.core).await.ok()??;
            let current = password::derive(&secret, login);
            if refused.is_some_and(|refused| *refused == current) {
                // Somebody changed it on the server.
                tracing::warn!(role = %login, "the password was changed by somebody else; setting it again");
                self.realign(login).await.ok()?;
            }
            Some(current)
        }
        .boxed()
    }
}
