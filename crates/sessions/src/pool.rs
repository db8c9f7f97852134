//! The pool of one managed role: connections logged in as it, and the only way to run a report.

mod connections;
mod login;
mod sessions;

use std::{fmt, sync::Arc};

use rolewright_core::{Ident, Password};
use tokio::sync::watch;

use crate::{Check, OpenError, OpenRole, QueryError, Report, Rows, Verified, memory::Memory, run, verify};
pub(crate) use connections::{Connections, Held};
pub(crate) use login::Logins;
pub(crate) use sessions::Sessions;

/// Connections that log in as one role. Cheap to clone; all clones are one pool.
///
/// There is no way to get a connection out of it, and no way to run anything on it but a [`Report`].
#[derive(Clone)]
pub struct RolePool(Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) open: OpenRole,
    /// What holds each text against the role's rights before it runs; absent in [`RolePool::unchecked`] alone.
    pub(crate) check: Option<Check>,
    pub(crate) sessions: Arc<Sessions>,
    /// Set when running reports are to end at once.
    pub(crate) cut: watch::Sender<bool>,
    pub(crate) memory: Memory,
}

impl RolePool {
    /// Logs in as the role once, and opens the pool. Each text is checked before it runs.
    ///
    /// That first connection is kept as the watchdog's, which ends reports that will not end by themselves; it is one
    /// of the pool's `max`. Where `max` is 1, the watchdog has to log in when it is needed.
    ///
    /// # Errors
    /// When the role cannot log in, or the session acts as someone else.
    pub async fn open(open: &OpenRole, check: Check) -> Result<Self, OpenError> {
        Self::with(open, Some(check)).await
    }

    /// The same without the check, for tests of the boundary alone. Reports of people do not belong here.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    #[doc(hidden)]
    pub async fn open_unchecked(open: &OpenRole) -> Result<Self, OpenError> {
        Self::with(open, None).await
    }

    async fn with(open: &OpenRole, check: Option<Check>) -> Result<Self, OpenError> {
        let sessions = Sessions::open(open).await?;
        Ok(Self(Arc::new(Inner {
            open: open.clone(),
            check,
            sessions: Arc::new(sessions),
            cut: watch::Sender::new(false),
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
    /// The parameters' values are not needed; those that are given are read as their types, as the defaults of a stored report are.
    ///
    /// # Errors
    /// When the text is refused, a declared type is not the parameter's, a value is not of its type, or the database fails.
    pub async fn verify(&self, report: &Report) -> Result<Verified, QueryError> {
        verify::verify(&self.0, report).await
    }

    /// The same sessions with the check of texts switched off: for `attack`, which asks each session what a text left in
    /// it, and tries how far the boundary holds alone. Reports of people do not belong here.
    #[doc(hidden)]
    #[must_use]
    pub fn unchecked(&self) -> Self {
        Self(Arc::new(Inner {
            open: self.0.open.clone(),
            check: None,
            sessions: Arc::clone(&self.0.sessions),
            cut: self.0.cut.clone(),
            memory: Memory::default(),
        }))
    }

    /// Logs in with another password from now on. Connections that are open stay open.
    pub fn set_password(&self, password: &Password) {
        self.0.sessions.connections().logins().set_password(password);
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
        self.0.sessions.connections().size()
    }

    /// Ends all running reports on the server, and refuses further ones; their readers get [`QueryError::Closed`].
    pub fn cut(&self) {
        self.0.cut.send_replace(true);
    }

    /// Refuses further reports, waits for those that run, and closes all connections. To wait no longer,
    /// [`cut`](Self::cut).
    pub async fn close(&self) {
        self.0.sessions.close().await;
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
