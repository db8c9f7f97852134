//! Logging in as the role, with the password that is right now.

use std::{
    fmt,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use rolewright_core::Password;
use tokio::time::timeout;
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::{
    OpenError, OpenRole, Why, startup,
    wire::{self, Link, Login},
};

/// How long one login may take, unless `connect_timeout` asks for more.
const PATIENCE: Duration = Duration::from_secs(5);

/// Makes connections of one role.
pub(crate) struct Logins {
    open: OpenRole,
    tls: MakeRustlsConnect,
    /// Whether the server knows the settings of version 14 and later.
    modern: bool,
    password: Mutex<Password>,
}

impl Logins {
    /// Logs in once, and learns what the server knows.
    pub(crate) async fn prove(open: &OpenRole) -> Result<(Self, Link), OpenError> {
        let tls = wire::tls(&open.server).map_err(|why| OpenError::new(open, Why::Unreachable(why)))?;
        let password = Mutex::new(open.password.clone());
        let mut logins = Self { open: open.clone(), tls, modern: true, password };
        let link = match logins.log_in().await {
            // A server before 14, or a platform without the check of the client's connection.
            Err(OpenError { why: Why::Server { sqlstate, .. }, .. })
                if matches!(sqlstate.as_str(), "22023" | "42704") =>
            {
                logins.modern = false;
                logins.log_in().await
            }
            outcome => outcome,
        }?;
        Ok((logins, link))
    }

    /// Logs in, and sees to it that the session is the role's and nobody else's.
    pub(crate) async fn log_in(&self) -> Result<Link, OpenError> {
        let fail = |why| OpenError::new(&self.open, why);
        let settings = startup::settings(&self.open, self.modern);
        let config = wire::config(&self.open.server, &self.open.role, &self.password(), &settings);
        let login = Login { config, tls: self.tls.clone() };
        let patience = self.open.server.connect_timeout.map_or(PATIENCE, |asked| asked.max(PATIENCE));
        match timeout(patience, Link::open(&login)).await {
            Ok(Ok(link)) => {
                let role = self.open.role.as_str();
                let other = [&link.who.0, &link.who.1].into_iter().find(|name| *name != role).cloned();
                other.map_or(Ok(link), |other| Err(fail(Why::SomeoneElse(other))))
            }
            Ok(Err(error)) => Err(fail(Why::of_driver(&error))),
            Err(_) => Err(fail(Why::Unreachable(format!("no answer within {} s", patience.as_secs())))),
        }
    }

    pub(crate) fn open(&self) -> &OpenRole {
        &self.open
    }

    pub(crate) fn password(&self) -> Password {
        self.password.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(crate) fn set_password(&self, password: &Password) {
        *self.password.lock().unwrap_or_else(PoisonError::into_inner) = password.clone();
    }
}

impl fmt::Debug for Logins {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Logins").field("open", &self.open).finish_non_exhaustive()
    }
}
