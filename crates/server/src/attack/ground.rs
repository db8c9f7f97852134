//! Where an attack takes place: the core connection that looks and puts back, and each role's logins.

use std::{path::Path, sync::Arc, time::Duration};

use rolewright_core::{Ident, Password, connect, settings::RoleSettings, tenant::TenantId};
use rolewright_sessions::{
    Check, OpenRole, RolePool, TenantError,
    tenant::{Directory as _, Reporters as _},
};
use sqlx::{
    Connection, PgConnection, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::time::{sleep, timeout};

use super::{
    AttackError,
    neighbours::Neighbours,
    own::{self, Own},
    server_log::ServerLog,
};
use crate::{app::RoleUnavailable, stages::Provisioned};

/// A provisioned database, and a few core connections of our own.
pub(super) struct Ground<'a> {
    pub(super) provisioned: &'a Provisioned,
    pub(super) core: PgPool,
    pub(super) major: u32,
}

/// One role on that ground.
pub(super) struct Site<'a> {
    pub(super) ground: &'a Ground<'a>,
    /// The connection's name.
    pub(super) connection: String,
    pub(super) role: Ident,
    /// The schemas that it is to read.
    pub(super) schemas: Vec<String>,
    /// What holds its texts: of a role, as it is configured; of a tenant, as its own reports have it.
    held: Held,
    /// The pool of the sandbox: the watchdog, and one session for all reports.
    pub(super) request: OpenRole,
    pub(super) deadline: Duration,
    /// The attack's own schema, while it is there.
    pub(super) own: Option<Arc<Own>>,
}

enum Held {
    Role(Box<RoleSettings>),
    Tenant(Box<Check>, Box<Neighbours>),
}

impl<'a> Ground<'a> {
    pub(super) async fn new(provisioned: &'a Provisioned) -> Result<Self, AttackError> {
        let core = provisioned.core().get_postgres_connection_pool();
        let options = (*core.connect_options()).clone();
        let core = PgPoolOptions::new()
            .max_connections(3)
            .acquire_timeout(Duration::from_secs(10))
            .connect_lazy_with(options);
        let number: i32 = sqlx::query_scalar("SELECT pg_catalog.current_setting('server_version_num')::int")
            .fetch_one(&core)
            .await
            .map_err(AttackError::database("connecting"))?;
        Ok(Self { provisioned, core, major: u32::try_from(number).unwrap_or_default() / 10_000 })
    }

    /// A configured role.
    pub(super) fn site(&'a self, connection: &str, deadline: Duration) -> Result<Site<'a>, AttackError> {
        let all = &self.provisioned.settings().roles;
        let settings = all.get(connection).ok_or_else(|| RoleUnavailable::Unknown {
            name: connection.to_owned(),
            known: all.keys().cloned().collect(),
        })?;
        let mut request =
            self.provisioned.login(connection, settings).ok_or_else(|| unprovisioned(connection))?;
        request.pool.max = 2;
        request.pool.min = 0;
        Ok(Site {
            ground: self,
            connection: connection.to_owned(),
            role: settings.role.clone(),
            schemas: settings.read.iter().map(|read| read.schema.as_str().to_owned()).collect(),
            held: Held::Role(Box::new(settings.clone())),
            request,
            deadline,
            own: None,
        })
    }

    /// A tenant, on the login of its own reports.
    pub(super) async fn tenant(&'a self, id: &str, deadline: Duration) -> Result<Site<'a>, AttackError> {
        let id = TenantId::new(id).map_err(TenantError::Name)?;
        let tenants = self.provisioned.migrated.tenants().ok_or(TenantError::NoModule)?;
        let tenants = tenants.checked_by(&self.provisioned.checker);
        let place =
            tenants.find(&id).await.map_err(|why| TenantError::Unavailable { tenant: id.clone(), why })?;
        let (mut request, check) = tenants.login(&id, &place).await?;
        (request.pool.max, request.pool.min) = (2, 0);
        let neighbours = Neighbours::find(&self.core, &id, place.role.as_str()).await?;
        Ok(Site {
            ground: self,
            connection: request.connection.clone(),
            role: request.role.clone(),
            schemas: vec![place.schema.to_string()],
            held: Held::Tenant(Box::new(check), Box::new(neighbours)),
            request,
            deadline,
            own: None,
        })
    }
}

impl Site<'_> {
    /// Who lives beside it, where it is a tenant.
    pub(super) fn neighbours(&self) -> Option<&Neighbours> {
        match &self.held {
            Held::Role(_) => None,
            Held::Tenant(_, neighbours) => Some(neighbours),
        }
    }

    /// Tells what the role reads of the attack's own schema, now that it is there.
    pub(super) fn read_own(&mut self, own: &Arc<Own>) {
        self.own = Some(Arc::clone(own));
        if let Held::Role(settings) = &mut self.held {
            settings.read.extend(own::reads());
        }
    }

    /// Somebody else's logins in place of the role's.
    pub(super) fn log_in_as(&mut self, (role, password): (Ident, Password)) {
        self.request.role = role.clone();
        self.request.password = password;
        self.role = role;
    }

    /// The login as psql has it, with a deadline of the server's own.
    pub(super) fn login(&self) -> PgConnectOptions {
        let mut server = self.request.server.for_role(self.role.as_str(), &self.request.password);
        server.options = vec![
            ("statement_timeout".to_owned(), format!("{}ms", self.deadline.as_millis())),
            ("client_connection_check_interval".to_owned(), "500ms".to_owned()),
        ];
        connect::options(&server, &server.hosts[0], &self.role)
    }

    /// The sandbox as reports have it.
    pub(super) async fn sandbox(&self) -> Result<RolePool, AttackError> {
        let provisioned = self.ground.provisioned;
        let check = match &self.held {
            Held::Role(settings) => {
                let secret = provisioned.secret().ok_or_else(|| unprovisioned(&self.connection))?;
                provisioned.check(&self.connection, settings, secret).await?
            }
            Held::Tenant(check, _) => (**check).clone(),
        };
        Ok(RolePool::open(&self.request, check).await?)
    }

    /// The server's log, from now on.
    pub(super) async fn server_log(&self, file: &Path) -> Result<ServerLog, AttackError> {
        let prefix: String = sqlx::query_scalar(
            "/* rolewright: attack */ SELECT pg_catalog.current_setting('log_line_prefix')",
        )
        .fetch_one(&self.ground.core)
        .await
        .map_err(AttackError::database("looking for the log's form"))?;
        ServerLog::open(file, self.role.as_str(), &prefix).map_err(|error| AttackError::ServerLog {
            file: file.display().to_string(),
            cause: error.to_string(),
        })
    }

    /// The sessions the role has now.
    pub(super) async fn sessions(&self) -> Result<Vec<i32>, AttackError> {
        let sql = "/* rolewright: attack sessions */ SELECT pid FROM pg_catalog.pg_stat_activity WHERE usename::text = $1";
        sqlx::query_scalar(sql)
            .bind(self.role.as_str())
            .fetch_all(&self.ground.core)
            .await
            .map_err(AttackError::database("looking for sessions"))
    }
}

fn unprovisioned(connection: &str) -> RoleUnavailable {
    let reason = "it has not been provisioned".to_owned();
    RoleUnavailable::Refused { name: connection.to_owned(), reason }
}

/// The backend of a connection.
pub(super) async fn pid(conn: &mut PgConnection) -> Result<i32, sqlx::Error> {
    let row =
        sqlx::raw_sql("/* rolewright: attack */ SELECT pg_catalog.pg_backend_pid()").fetch_one(conn).await?;
    sqlx::Row::try_get(&row, 0)
}

/// Ends a session from outside: as core where it is a member of the role, else as the role itself.
pub(super) async fn end(core: &PgPool, login: &PgConnectOptions, pid: i32) {
    let sql = "/* rolewright: attack */ SELECT pg_catalog.pg_terminate_backend($1)";
    let as_core = sqlx::query(sql).bind(pid).execute(core);
    if matches!(timeout(Duration::from_secs(2), as_core).await, Ok(Ok(_))) {
        return;
    }
    let as_role = async {
        let mut conn = PgConnection::connect_with(login).await?;
        sqlx::query(sql).bind(pid).execute(&mut conn).await?;
        conn.close().await
    };
    if !matches!(timeout(Duration::from_secs(3), as_role).await, Ok(Ok(()))) {
        tracing::warn!(
            pid,
            "a session of an attempt could not be ended; the server will notice that its client is gone"
        );
    }
}

/// Waits until a session is no more, and ends it where it stays.
pub(super) async fn gone(core: &PgPool, login: &PgConnectOptions, pid: i32) {
    let sql =
        "/* rolewright: attack */ SELECT EXISTS (SELECT FROM pg_catalog.pg_stat_activity WHERE pid = $1)";
    for look in 0..400 {
        let there: Result<bool, sqlx::Error> = sqlx::query_scalar(sql).bind(pid).fetch_one(core).await;
        if matches!(there, Ok(false)) {
            return;
        }
        if look % 100 == 60 {
            end(core, login, pid).await;
        }
        sleep(Duration::from_millis(5)).await;
    }
}
