//! One test's database, with its non-superuser core role.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr as _,
};

use rolewright_core::Advice as _;
use sqlx::{
    ConnectOptions as _, PgPool,
    postgres::{PgConnectOptions, PgPoolOptions},
};

use crate::{
    Options, TestkitError, cleanup,
    fixture::{self, Made},
    log,
    server::{Served, Server},
    template::Key,
    url::ServerUrl,
};

/// A fresh database on a real server, owned for the length of one test.
///
/// Dropping it removes the database, its connections included, and every role whose name begins with its prefix. That is best effort: what a
/// killed test leaves behind is removed by a run some hours later.
pub struct Database {
    server: ServerUrl,
    made: Made,
    core: PgPool,
    admin: PgPool,
    log: Option<PathBuf>,
    socket: Option<PathBuf>,
    served: Served,
    gone: bool,
}

impl Database {
    /// A fresh database whose core role has what Rolewright asks for, and no more.
    ///
    /// # Panics
    ///
    /// When there is no server to test on, with the reason; [`try_with`](Self::try_with) returns it instead.
    pub async fn fresh() -> Self {
        Self::with(Options::new()).await
    }

    /// A fresh database whose core role has other rights.
    ///
    /// # Panics
    ///
    /// As [`fresh`](Self::fresh).
    pub async fn with(options: Options) -> Self {
        Self::or_panic(Self::try_with(options).await)
    }

    #[expect(clippy::panic, reason = "without its database a test can only fail, and this says why")]
    pub(crate) fn or_panic(made: Result<Self, TestkitError>) -> Self {
        match made {
            Ok(database) => database,
            Err(error) => {
                let source = std::error::Error::source(&error).map(|s| format!(": {s}")).unwrap_or_default();
                panic!("{error}{source}; hint: {}", error.hint().unwrap_or_default())
            }
        }
    }

    /// A fresh database, or why there is none.
    ///
    /// # Errors
    ///
    /// No server, a URL that is none, or a server that refuses a step.
    pub async fn try_with(options: Options) -> Result<Self, TestkitError> {
        Self::made(options, None).await
    }

    pub(crate) async fn made(options: Options, template: Option<&Key>) -> Result<Self, TestkitError> {
        let shared = Server::shared().await?;
        let (server, log) = (shared.url.clone(), shared.log_file().map(PathBuf::from));
        let (socket, served) = (shared.socket_folder().map(PathBuf::from), shared.served().clone());
        let made = fixture::make(&server, &options, template).await?;
        let core = pool(&server.login(&made.core_role, &made.password, &made.prefix), options.pool_size)?;
        let admin = pool(&server.in_database(&made.prefix), options.pool_size)?;
        Ok(Self { server, made, core, admin, log, socket, served, gone: false })
    }

    /// The core role's URL into this database, password included.
    #[must_use]
    pub fn url(&self) -> String {
        self.server.login(&self.made.core_role, &self.made.password, &self.made.prefix)
    }

    /// The superuser's URL into this database, for fixtures and for looking behind the scenes; never for the code under test.
    #[must_use]
    pub fn admin_url(&self) -> String {
        self.server.in_database(&self.made.prefix)
    }

    /// This test's own prefix, to be used as `app`: every role that begins with it and `_` is removed with the database.
    #[must_use]
    pub fn app(&self) -> String {
        self.made.prefix.clone()
    }

    /// The database's name.
    #[must_use]
    pub fn name(&self) -> String {
        self.made.prefix.clone()
    }

    /// The core role's name.
    #[must_use]
    pub fn core_role(&self) -> String {
        self.made.core_role.clone()
    }

    /// The core role's password, which a test searches for in what should not show it.
    #[must_use]
    pub fn core_password(&self) -> String {
        self.made.password.clone()
    }

    /// A pool logged in as the core role.
    #[must_use]
    pub fn core(&self) -> PgPool {
        self.core.clone()
    }

    /// A pool logged in as the superuser, in this database.
    #[must_use]
    pub fn admin(&self) -> PgPool {
        self.admin.clone()
    }

    /// The server's log file, where it can be read here.
    #[must_use]
    pub fn log_file(&self) -> Option<&Path> {
        self.log.as_deref()
    }

    /// What the server has logged for sessions in this database since it was started; none when nobody knows where it logs, because it is
    /// not the private one and `ROLEWRIGHT_TEST_SERVER_LOG` says nothing.
    ///
    /// `Options::new().setting("log_statement = 'all'")` makes it log every statement.
    ///
    /// # Panics
    ///
    /// When that file cannot be read, or is not the one this server logs to: a search in it would prove nothing.
    #[must_use]
    pub fn server_log(&self) -> Option<String> {
        let file = self.log.as_ref()?;
        let text = log::read(file, &self.admin_url());
        Some(log::entries_of(&Self::log_or_panic(text, file), &self.made.prefix))
    }

    #[expect(
        clippy::panic,
        reason = "a log that cannot be searched must not pass for one with nothing in it"
    )]
    fn log_or_panic(text: Result<String, String>, file: &Path) -> String {
        text.unwrap_or_else(|why| panic!("the server's log {} cannot be searched: {why}", file.display()))
    }

    /// The folder of the server's Unix-domain socket; none when nobody knows it, because the server runs in a container, or is a named
    /// one and `ROLEWRIGHT_TEST_SERVER_SOCKET` says nothing.
    #[must_use]
    pub fn socket_folder(&self) -> Option<PathBuf> {
        self.socket.clone()
    }

    /// What serves it.
    #[must_use]
    pub fn served(&self) -> &Served {
        &self.served
    }

    /// Removes the database and its roles now, rather than when the value goes.
    pub async fn drop(mut self) {
        self.gone = cleanup::remove(&self.server, &self.made.prefix).await.is_ok();
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        if !self.gone {
            cleanup::remove_blocking(self.server.clone(), self.made.prefix.clone());
        }
    }
}

impl fmt::Debug for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Database").field("name", &self.made.prefix).finish_non_exhaustive()
    }
}

fn pool(url: &str, size: u32) -> Result<PgPool, TestkitError> {
    let options = PgConnectOptions::from_str(url).map_err(|_| TestkitError::Url)?.disable_statement_logging();
    Ok(PgPoolOptions::new().max_connections(size).min_connections(0).connect_lazy_with(options))
}
