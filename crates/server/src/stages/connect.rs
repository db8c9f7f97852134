//! The second stage: one plain connection with a short timeout, and the pool that follows it.

use rolewright_core::{
    Advice, Exit,
    connect::{self, ConnectError, ServerFacts},
    conninfo::Host,
    headroom::{Headroom, HeadroomError},
    settings::{PoolSettings, Settings},
};
use sea_orm::{DatabaseConnection, SqlxPostgresConnector};
use sqlx::{
    Connection,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tracing::warn;

use super::{Configured, Run, Stage, StartError};

/// A server that answered, and what this connection is there.
#[derive(Clone, Debug)]
pub struct Connected {
    pub(crate) run: Run,
    pub(crate) host: Host,
    pub(crate) server: ServerFacts,
    pub(crate) core: DatabaseConnection,
}

/// Why the connect stage gave up.
#[derive(Debug, thiserror::Error)]
enum CannotConnect {
    #[error(transparent)]
    Connection(#[from] ConnectError),
    #[error(transparent)]
    Headroom(#[from] HeadroomError),
}

impl Advice for CannotConnect {
    fn hint(&self) -> Option<String> {
        match self {
            Self::Connection(error) => error.hint(),
            Self::Headroom(error) => error.hint(),
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Connection(error) => error.exit(),
            Self::Headroom(error) => error.exit(),
        }
    }
}

impl Configured {
    /// Connects once, plainly, learns who and where we are, checks that all pools fit the server, and makes the core pool.
    ///
    /// # Errors
    /// In under five seconds, each in its own words: refused, unknown host, wrong password, no such database, no room.
    pub async fn connect(self) -> Result<Connected, StartError> {
        let run = self.run;
        let (host, server, core) = run.clone().stage(Stage::Connect, plain(&run)).await?;
        Ok(Connected { run, host, server, core })
    }
}

async fn plain(run: &Run) -> Result<(Host, ServerFacts, DatabaseConnection), CannotConnect> {
    let settings = &run.settings;
    let connected = connect::connect(&settings.database, &settings.app).await?;
    let (host, server) = (connected.host, connected.server);
    // A connection that served its purpose; failing to say goodbye changes nothing.
    let _ = connected.connection.close().await;
    if let Some(warning) = Headroom::of(settings, server.limits())?.warning() {
        warn!(stage = %Stage::Connect, "{warning}");
    }
    let options = connect::options(&settings.database, &host, &settings.app);
    let most = most(settings, &server);
    Ok((host, server, core_pool(options, &settings.pool, most)))
}

/// How many connections the core pool may have. One more than the CONNECTION LIMIT of the role, or of the database, is never to be had: who waits
/// for a free one has it sooner than who asks the server until the time is over. The locks of tenants' jobs have connections besides, one for
/// two of the pool's; in the same database the module's login has as many again, and others have theirs.
fn most(settings: &Settings, server: &ServerFacts) -> u32 {
    let of_role = server.connection_limit.map(|limit| match settings.tenancy {
        Some(_) => limit.saturating_mul(2).saturating_add(1) / 3,
        None => limit,
    });
    let of_database = server.database_connection_limit.map(|limit| match settings.tenancy {
        Some(_) => (limit / 3).max(if limit > 3 { 2 } else { 1 }),
        None => limit,
    });
    let limits = of_role.into_iter().chain(of_database).map(|limit| limit.max(1));
    limits.fold(settings.pool.max, u32::min)
}

/// The core pool: lazy, so that its first connection is made where it is first needed.
fn core_pool(options: PgConnectOptions, limits: &PoolSettings, most: u32) -> DatabaseConnection {
    let pool = PgPoolOptions::new()
        .max_connections(most)
        .min_connections(limits.min.min(most))
        .acquire_timeout(limits.acquire)
        .idle_timeout(limits.idle)
        .max_lifetime(limits.max_lifetime)
        .connect_lazy_with(options);
    SqlxPostgresConnector::from_sqlx_postgres_pool(pool)
}

impl Connected {
    /// What was learnt about the server and about our rights there.
    #[must_use]
    pub fn server(&self) -> &ServerFacts {
        &self.server
    }

    /// The settings this start was configured with.
    #[must_use]
    pub fn settings(&self) -> &rolewright_core::Settings {
        &self.run.settings
    }

    /// The core pool. Nothing untrusted belongs on it.
    #[must_use]
    pub fn core(&self) -> &DatabaseConnection {
        &self.core
    }
}
