//! The database roles of subjects as the pool of subjects' transactions asks for them.

use futures_util::{FutureExt as _, future::BoxFuture};
use rolewright_core::{Ident, Password};
use rolewright_roles::{marker, password};
use rolewright_sessions::subject::{Standing, SubjectRoles};

use super::Access;

/// Whether the login may become a role; before 16 every member may. No name in it is the caller's text: both are bound.
const STANDING: &str = "/* rolewright: standing of a subject */ \
    SELECT EXISTS (SELECT FROM pg_catalog.pg_auth_members m JOIN pg_catalog.pg_roles l ON l.oid = m.member \
                   WHERE m.roleid = r.oid AND l.rolname = $2 \
                     AND coalesce((pg_catalog.to_jsonb(m) ->> 'set_option')::pg_catalog.bool, true)) \
    FROM pg_catalog.pg_roles r WHERE r.rolname = $1 AND pg_catalog.shobj_description(r.oid, 'pg_authid') = $3";

impl SubjectRoles for Access {
    fn standing<'a>(&'a self, role: &'a Ident) -> BoxFuture<'a, Result<Standing, String>> {
        async move {
            let found: Result<Option<bool>, sqlx::Error> = sqlx::query_scalar(STANDING)
                .bind(role.as_str())
                .bind(self.settings.login.as_str())
                .bind(marker::text(self.installation))
                .fetch_optional(self.connected.core.get_postgres_connection_pool())
                .await;
            match found {
                Ok(Some(true)) => Ok(Standing::Provisioned),
                Ok(Some(false)) => Ok(Standing::Revoked),
                Ok(None) => Ok(Standing::Unknown),
                Err(error) => Err(error.as_database_error().map_or_else(
                    || "the core connection is away".to_owned(),
                    |said| said.message().to_owned(),
                )),
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
            let secret = self.store.existing_role_secret(&self.connected.core).await.ok()??;
            let current = password::derive(&secret, login);
            if refused.is_some_and(|refused| *refused == current) {
                // Somebody changed it on the server.
                tracing::warn!(role = %login, "the password was changed by somebody else; setting it again");
                self.realign().await.ok()?;
            }
            Some(current)
        }
        .boxed()
    }
}
