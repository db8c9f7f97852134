//! What the pool of a module's tenants is opened with.

use std::{fmt, sync::Arc, time::Duration};

use rolewright_core::{ConnInfo, Ident, settings::PoolSettings};

use super::{Directory, OpenReports, directory::Passwords};
use crate::acting::Open;

/// Where the pool connects, and within which limits. Its `Debug` leaves out the server's options and every password.
#[derive(Clone)]
pub struct OpenTenants {
    /// The server and database. Who logs in is the tenant's place's `login`, whatever user and password stand here.
    pub server: ConnInfo,
    /// `application_name` of the sessions.
    pub app: Ident,
    /// The list of tenants.
    pub directory: Arc<dyn Directory>,
    /// How long the list's answer is good for. A tenant that was disabled is refused at the latest after this.
    pub fresh: Duration,
    /// The pool's limits. `max` bounds the connections of all tenants and logins together; `min` is not heard: connections are
    /// made when they are needed.
    pub pool: PoolSettings,
    /// Most transactions of one tenant at once, so that it leaves room for the others.
    pub max_in_flight: u32,
    /// A connection that has served this many tenants is replaced: its backend remembers the tables of each.
    pub max_tenants: u32,
    /// How long one statement of a tenant may take.
    pub statement_timeout: Duration,
    /// What tenants' own reports run on; absent means that they have none.
    pub reports: Option<OpenReports>,
}

impl fmt::Debug for OpenTenants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenTenants")
            .field("app", &self.app)
            .field("fresh", &self.fresh)
            .field("pool", &self.pool)
            .field("max_in_flight", &self.max_in_flight)
            .field("max_tenants", &self.max_tenants)
            .field("statement_timeout", &self.statement_timeout)
            .finish_non_exhaustive()
    }
}

impl From<OpenTenants> for Open {
    fn from(open: OpenTenants) -> Self {
        Self {
            server: open.server,
            app: open.app,
            logins: Arc::new(Passwords(open.directory)),
            pool: open.pool,
            max_in_flight: open.max_in_flight,
            max_served: open.max_tenants,
            statement_timeout: open.statement_timeout,
        }
    }
}
