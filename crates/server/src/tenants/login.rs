//! How a job logs in as the module: with nothing of what the login or the database keeps, and once more where its password was changed.

use std::time::Duration;

use rolewright_core::{ConnInfo, Ident, Password, connect, sqlstate};
use rolewright_roles::password;
use sqlx::{
    Connection as _, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use uuid::Uuid;

use super::{Ground, TenantError};

/// How long a connection of a job rests before it is closed.
const REST: Duration = Duration::from_secs(1);

/// What a session of a job begins with, whatever `ALTER ROLE` or `ALTER DATABASE … SET` says: any text of the module may set for its own
/// login what stops every tenant of the bucket. An administrator's word for a database keeps the application's sessions, not the jobs.
const OURS: [(&str, &str); 6] = [
    ("statement_timeout", "0"),
    ("idle_in_transaction_session_timeout", "0"),
    ("idle_session_timeout", "0"),
    // What a process that was killed has begun ends, and waits for no lock.
    ("client_connection_check_interval", "500ms"),
    ("default_transaction_read_only", "off"),
    ("role", "none"),
];

impl Ground {
    /// With the password of this one of the role's lives; a login of the module's own has but one.
    pub(super) async fn login_options(
        &self,
        role: &Ident,
        life: Option<Uuid>,
    ) -> Result<PgConnectOptions, TenantError> {
        let secret = self.role_secret().await?;
        let settings = &self.connected.run.settings;
        let info = settings.database.for_role(role.as_str(), &password::derive_in(&secret, role, life));
        // Before 17 the server knows no such parameter, and refuses the login.
        let newer = self.connected.server.version_num >= 170_000;
        let newer = newer.then_some(("transaction_timeout", "0"));
        // Who holds a lock for ever must neither keep a tenant from being disabled, nor all others from their turn.
        let limit = settings.start.lock_timeout.as_millis().max(1).to_string();
        let options = connect::options(&info, &self.connected.host, &settings.app);
        Ok(options.options(OURS.into_iter().chain(newer).chain([("lock_timeout", limit.as_str())])))
    }

    /// Whether its password is the derived one, which a login proves.
    pub(super) async fn logs_in(&self, role: &Ident, life: Option<Uuid>) -> Result<bool, TenantError> {
        Ok(match PgConnection::connect_with(&self.login_options(role, life).await?).await {
            Ok(connection) => {
                // It has proved what it was made for.
                let _ = connection.close().await;
                true
            }
            Err(_) => false,
        })
    }

    /// A pool of a few connections logged in as the module, for a bucket.
    pub(super) async fn login(&self, bucket: u32, connections: u32) -> Result<PgPool, TenantError> {
        // One tenant's work leaves nothing for the next one's; and what rests is closed, so that the login roles of many tenants, which
        // are worked on one after the other, do not add up.
        let scrubbed = PgPoolOptions::new().max_connections(connections).idle_timeout(REST).after_release(
            |connection, _| Box::pin(async { Ok(rolewright_sessions::tenant::clean(connection).await) }),
        );
        self.log_in(bucket, |options| scrubbed.clone().connect_with(options)).await
    }

    /// The same of one connection, for a look that changes nothing: none where it cannot be logged in as.
    pub(super) async fn login_as_it_is(&self, bucket: u32) -> Result<Option<PgPool>, TenantError> {
        let options = self.login_options(&self.tenancy.module.login(bucket), None).await?;
        Ok(PgPoolOptions::new().max_connections(1).connect_with(options).await.ok())
    }

    /// One connection of a bucket's login role, which sees and ends that role's sessions.
    pub(super) async fn one_login(&self, bucket: u32) -> Result<PgConnection, TenantError> {
        self.log_in(bucket, async |options| PgConnection::connect_with(&options).await).await
    }

    /// Logs in; where the password is refused, or the role may not log in or connect, though both seemed to be in step, once more after it was set
    /// again.
    async fn log_in<T, F>(
        &self,
        bucket: u32,
        connect: impl Fn(PgConnectOptions) -> F,
    ) -> Result<T, TenantError>
    where
        F: Future<Output = Result<T, sqlx::Error>>,
    {
        let role = self.tenancy.module.login(bucket);
        let mut outcome = connect(self.login_options(&role, None).await?).await;
        let mended = match outcome.as_ref().err().map(code).as_deref() {
            Some(sqlstate::INVALID_PASSWORD) => self.realign(&role).await.map(|()| true)?,
            Some(sqlstate::INVALID_AUTHORIZATION | sqlstate::INSUFFICIENT_PRIVILEGE) => {
                self.align_login(bucket).await.map(|()| true)?
            }
            _ => false,
        };
        if mended {
            outcome = connect(self.login_options(&role, None).await?).await;
        }
        outcome.map_err(|error| TenantError::Login {
            role: role.to_string(),
            message: error
                .as_database_error()
                .map_or_else(|| "no answer".to_owned(), |error| error.message().to_owned()),
            code: code(&error),
        })
    }

    /// The URL of the module's login role, and of what it acts as where that is given, with the name that its sessions bear.
    pub(crate) async fn url(
        &self,
        bucket: u32,
        acting: Option<(&Ident, &str)>,
    ) -> Result<Password, TenantError> {
        Ok(self.info(bucket, acting).await?.to_url())
    }

    /// The same in its parts.
    pub(super) async fn info(
        &self,
        bucket: u32,
        acting: Option<(&Ident, &str)>,
    ) -> Result<ConnInfo, TenantError> {
        let role = self.tenancy.module.login(bucket);
        let secret = self.role_secret().await?;
        let mut info =
            self.connected.run.settings.database.for_role(role.as_str(), &password::derive(&secret, &role));
        info.hosts = vec![self.connected.host.clone()];
        if let Some((acting, name)) = acting {
            // By its name such a session is known again, when the tenant is disabled.
            info.application_name = Some(name.to_owned());
            info.options.push(("role".to_owned(), acting.to_string()));
            info.options.push(("search_path".to_owned(), format!("{},pg_temp", acting.quoted())));
        }
        Ok(info)
    }
}

/// The SQLSTATE of what the server said; empty where it said nothing.
fn code(error: &sqlx::Error) -> String {
    error.as_database_error().and_then(|error| error.code()).unwrap_or_default().into_owned()
}
