//! The pool of one managed role: connections logged in as it, and the only way to run a report.

mod connections;
mod login;

use std::{
    fmt,
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
};

use rolewright_core::{Ident, Password};
use tokio::sync::watch;
use tokio_util::task::TaskTracker;

use crate::{
    OpenError, OpenRole, QueryError, Report, Rows, Verified, Why, memory::Memory, run, session::Session,
    types::TypeNames, verify, watchdog::Watchdog,
};
use connections::Connections;
pub(crate) use connections::Held;
pub(crate) use login::Logins;

/// How often another password is asked for before a report fails: rotations may follow each other closely.
const RENEWALS: usize = 5;

/// Connections that log in as one role. Cheap to clone; all clones are one pool.
///
/// There is no way to get a connection out of it, and no way to run anything on it but a [`Report`].
#[derive(Clone)]
pub struct RolePool(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) open: OpenRole,
    connections: Connections,
    waiting: AtomicU32,
    watchdog: Arc<Watchdog>,
    /// Reports that hold a connection, until it is scrubbed.
    tracker: TaskTracker,
    /// Set when running reports are to end at once.
    pub(crate) cut: watch::Sender<bool>,
    pub(crate) types: TypeNames,
    pub(crate) memory: Memory,
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
        let (logins, link) = Logins::prove(open).await?;
        let logins = Arc::new(logins);
        let types = TypeNames::default();
        if let Err(error) = types.preload(&link.client).await {
            return Err(OpenError::new(open, Why::of_driver(&error)));
        }
        let keep = open.pool.max > 1;
        let connections = Connections::open(Arc::clone(&logins), if keep { open.pool.max - 1 } else { 1 })?;
        Ok(Self(Arc::new(Inner {
            open: open.clone(),
            connections,
            waiting: AtomicU32::new(0),
            watchdog: Arc::new(Watchdog::new(logins, keep.then_some(link))),
            tracker: TaskTracker::new(),
            cut: watch::Sender::new(false),
            types,
            memory: Memory::default(),
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

    /// Looks at a report without running it: its columns, its parameters, and what the planner thinks it costs.
    ///
    /// The parameters' values are not needed, and not looked at.
    ///
    /// # Errors
    /// When the text is refused, a declared type is not the parameter's, or the database fails.
    pub async fn verify(&self, report: &Report) -> Result<Verified, QueryError> {
        verify::verify(&self.0, report).await
    }

    /// Logs in with another password from now on. Connections that are open stay open.
    pub fn set_password(&self, password: &Password) {
        self.0.connections.logins().set_password(password);
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
        self.0.connections.size()
    }

    /// Ends all running reports on the server, and refuses further ones; their readers get [`QueryError::Closed`].
    pub fn cut(&self) {
        self.0.cut.send_replace(true);
    }

    /// Refuses further reports, waits for those that run, and closes all connections. To wait no longer,
    /// [`cut`](Self::cut).
    pub async fn close(&self) {
        self.0.connections.close();
        self.0.tracker.close();
        self.0.tracker.wait().await;
        self.0.watchdog.close().await;
    }
}

impl Inner {
    /// A connection for one report. Where the password is refused, because it was rotated since the pool was opened,
    /// the new one is asked for, and the login tried again.
    pub(crate) async fn session(&self) -> Result<Session, QueryError> {
        let _place = self.queue()?;
        for _ in 0..RENEWALS {
            let refused = self.connections.logins().password();
            match self.try_session().await {
                Err(QueryError::Open(error)) if error.is_password() => {
                    let Some(renew) = &self.open.renew else { return Err(error.into()) };
                    let Some(password) = renew(refused).await else { return Err(error.into()) };
                    self.connections.logins().set_password(&password);
                }
                outcome => return outcome,
            }
        }
        self.try_session().await
    }

    async fn try_session(&self) -> Result<Session, QueryError> {
        let held = self.connections.get().await?;
        Ok(Session::new(held, Arc::clone(&self.watchdog), self.tracker.token()))
    }

    /// A place in the queue, unless it is full.
    fn queue(&self) -> Result<Place<'_>, QueryError> {
        let place = Place(&self.waiting);
        let waiting = self.waiting.fetch_add(1, Ordering::Relaxed);
        let idle = u32::try_from(self.connections.free()).unwrap_or(u32::MAX);
        if waiting >= self.open.max_queue.saturating_add(idle) {
            return Err(QueryError::Queue { waiting });
        }
        Ok(place)
    }
}

/// One who waits for a connection.
struct Place<'a>(&'a AtomicU32);

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl fmt::Debug for RolePool {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RolePool")
            .field("connection", &self.0.open.connection)
            .field("role", &self.0.open.role)
            .finish_non_exhaustive()
    }
}
