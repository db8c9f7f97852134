//! The pool of one managed role: connections logged in as it, and the only way to run a report.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rolewright_core::{Ident, Password};
use sqlx::{
    Connection, PgConnection, PgPool, Row,
    postgres::{PgConnectOptions, PgPoolOptions},
};
use tokio::{sync::watch, time::timeout};

use crate::{
    OpenError, OpenRole, QueryError, Report, Rows, Why, run, scrub::scrub, session::Session, startup,
    types::TypeNames, watchdog::Watchdog,
};

/// How long the login that proves a pool may take.
const LOGIN_PATIENCE: Duration = Duration::from_secs(5);

/// How often another password is asked for before a report fails: rotations may follow each other closely.
const RENEWALS: usize = 5;

/// Connections that log in as one role. Cheap to clone; all clones are one pool.
///
/// There is no way to get a connection out of it, and no way to run anything on it but a [`Report`].
#[derive(Clone)]
pub struct RolePool(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) open: OpenRole,
    pool: PgPool,
    reports: u32,
    modern: bool,
    login: Mutex<Login>,
    watchdog: Arc<Watchdog>,
    /// Set when running reports are to end at once.
    pub(crate) cut: watch::Sender<bool>,
    pub(crate) types: TypeNames,
}

/// What the next connection logs in with.
#[derive(Clone)]
struct Login {
    options: PgConnectOptions,
    password: Password,
}

impl RolePool {
    /// Logs in as the role once, and opens the pool.
    ///
    /// That first connection is kept as the watchdog's, which ends reports that will not end by themselves; it is one
    /// of the pool's `max`. Where `max` is 1, the watchdog has to log in when it is needed.
    ///
    /// # Errors
    /// When the role cannot log in, or the session acts as someone else.
    pub async fn open(open: &OpenRole) -> Result<Self, OpenError> {
        let mut open = open.clone();
        for _ in 0..RENEWALS {
            match Self::try_open(&open).await {
                Err(error) if error.is_password() => {
                    let Some(renew) = &open.renew else { return Err(error) };
                    let Some(password) = renew(open.password.clone()).await else { return Err(error) };
                    open.password = password;
                }
                outcome => return outcome,
            }
        }
        Self::try_open(&open).await
    }

    async fn try_open(open: &OpenRole) -> Result<Self, OpenError> {
        let mut modern = true;
        let proof = match log_in(open, &startup::options(open, modern)).await {
            // A server before 14, or a platform without the check of the client's connection.
            Err(OpenError { why: Why::Server { sqlstate, .. }, .. })
                if matches!(sqlstate.as_str(), "22023" | "42704") =>
            {
                modern = false;
                log_in(open, &startup::options(open, modern)).await
            }
            outcome => outcome,
        };
        let mut conn = proof?;
        let types = TypeNames::default();
        if let Err(error) = types.preload(&mut conn).await {
            return Err(OpenError::new(open, Why::of_driver(&error)));
        }
        let options = startup::options(open, modern);
        let keep = open.pool.max > 1;
        let reports = if keep { open.pool.max - 1 } else { 1 };
        let pool = PgPoolOptions::new()
            .max_connections(reports)
            .min_connections(open.pool.min.min(reports))
            .idle_timeout(open.pool.idle)
            .max_lifetime(open.pool.max_lifetime)
            .acquire_timeout(open.pool.acquire)
            .after_release(|conn, _| Box::pin(async move { Ok(scrub(conn).await) }))
            .connect_lazy_with(options.clone());
        Ok(Self(Arc::new(Inner {
            open: open.clone(),
            pool,
            reports,
            modern,
            watchdog: Arc::new(Watchdog::new(options.clone(), conn, keep)),
            login: Mutex::new(Login { options, password: open.password.clone() }),
            cut: watch::Sender::new(false),
            types,
        })))
    }

    /// Runs a report: returns with its columns, and the rows follow.
    ///
    /// Nothing of the text has run when it is refused. When this future or the [`Rows`] are dropped, the statement is
    /// ended on the server.
    ///
    /// # Errors
    /// When the text is refused, the parameters do not fit, or the database fails.
    pub async fn query(&self, report: &Report) -> Result<Rows, QueryError> {
        Rows::start(run::start(Arc::clone(&self.0), report.clone())).await
    }

    /// Logs in with another password from now on. Connections that are open stay open.
    pub fn set_password(&self, password: &Password) {
        self.0.set_password(password);
    }

    /// The role that logs in.
    #[must_use]
    pub fn role(&self) -> &Ident {
        &self.0.open.role
    }

    /// The connection's name in the configuration.
    #[must_use]
    pub fn connection(&self) -> &str {
        &self.0.open.connection
    }

    /// Connections that are open for reports, and how many of these are idle.
    #[must_use]
    pub fn size(&self) -> (u32, usize) {
        (self.0.pool.size(), self.0.pool.num_idle())
    }

    /// Ends all running reports on the server, and refuses further ones; their readers get [`QueryError::Closed`].
    pub fn cut(&self) {
        self.0.cut.send_replace(true);
    }

    /// Refuses further reports, waits for those that run, and closes all connections. To wait no longer,
    /// [`cut`](Self::cut).
    pub async fn close(&self) {
        self.0.pool.close().await;
        self.0.watchdog.close().await;
    }
}

impl Inner {
    /// A connection for one report. Where the password is refused, because it was rotated since the pool was opened,
    /// the new one is asked for, and the login tried again.
    pub(crate) async fn session(&self) -> Result<Session, QueryError> {
        for _ in 0..RENEWALS {
            let refused = self.login().password;
            match self.try_session().await {
                Err(QueryError::Open(error)) if error.is_password() => {
                    let Some(renew) = &self.open.renew else { return Err(error.into()) };
                    let Some(password) = renew(refused).await else { return Err(error.into()) };
                    self.set_password(&password);
                }
                outcome => return outcome,
            }
        }
        self.try_session().await
    }

    fn login(&self) -> Login {
        self.login.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn set_password(&self, password: &Password) {
        let mut login = self.login.lock().unwrap_or_else(PoisonError::into_inner);
        login.options = login.options.clone().password(password.expose());
        login.password = password.clone();
        self.pool.set_connect_options(login.options.clone());
        self.watchdog.set_options(login.options.clone());
    }

    async fn try_session(&self) -> Result<Session, QueryError> {
        match self.pool.acquire().await {
            Ok(conn) => Ok(Session::new(conn, Arc::clone(&self.watchdog))),
            // The pool also waits for a server that does not answer; then the login says why.
            Err(sqlx::Error::PoolTimedOut) if self.pool.size() < self.reports => {
                log_in(&self.open, &self.login().options).await?;
                Err(QueryError::Busy { max: self.reports })
            }
            Err(sqlx::Error::PoolTimedOut) => Err(QueryError::Busy { max: self.reports }),
            Err(sqlx::Error::PoolClosed) => Err(QueryError::Closed),
            Err(error) => Err(OpenError::new(&self.open, Why::of_driver(&error)).into()),
        }
    }
}

async fn log_in(open: &OpenRole, options: &PgConnectOptions) -> Result<PgConnection, OpenError> {
    let work = async {
        let mut conn = PgConnection::connect_with(options).await?;
        let who = "/* rolewright: open */ SELECT CURRENT_USER::text, SESSION_USER::text";
        let row = sqlx::raw_sql(who).fetch_one(&mut conn).await?;
        Ok::<_, sqlx::Error>((conn, row.try_get::<String, _>(0)?, row.try_get::<String, _>(1)?))
    };
    match timeout(LOGIN_PATIENCE, work).await {
        Ok(Ok((conn, current, session))) => {
            let role = open.role.as_str();
            match [current, session].into_iter().find(|name| name != role) {
                None => Ok(conn),
                Some(other) => Err(OpenError::new(open, Why::SomeoneElse(other))),
            }
        }
        Ok(Err(error)) => Err(OpenError::new(open, Why::of_driver(&error))),
        Err(_) => {
            let why = format!("no answer within {} s", LOGIN_PATIENCE.as_secs());
            Err(OpenError::new(open, Why::Unreachable(why)))
        }
    }
}

impl fmt::Debug for RolePool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RolePool")
            .field("connection", &self.0.open.connection)
            .field("role", &self.0.open.role)
            .field("modern", &self.0.modern)
            .finish_non_exhaustive()
    }
}
