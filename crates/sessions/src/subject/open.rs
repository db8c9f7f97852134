//! What the pool of all subjects is opened with.

use std::{fmt, sync::Arc, time::Duration};

use rolewright_core::{ConnInfo, Ident, settings::PoolSettings};

use super::{Rules, SubjectRoles, directory::Passwords};
use crate::{acting::Open, token::Verifier};

/// A connection that has served so many subjects is replaced.
const MOST_SERVED: u32 = 10_000;

/// Where the pool connects, whose tokens are believed, and within which limits. Its `Debug` leaves out the server's options and every
/// password.
#[derive(Clone)]
pub struct OpenSubjects {
    /// The server and database. Who logs in is `login`, whatever user and password stand here.
    pub server: ConnInfo,
    /// `application_name` of the sessions.
    pub app: Ident,
    /// The role that logs in, and becomes a subject's.
    pub login: Ident,
    /// Where a subject's unqualified names are looked up.
    pub search_path: Vec<Ident>,
    /// Who a token names.
    pub verifier: Arc<Verifier>,
    /// How a subject's database role is chosen.
    pub rules: Rules,
    /// The database roles that there are.
    pub roles: Arc<dyn SubjectRoles>,
    /// How long the answer about a database role is good for. The server refuses a revoked one at once.
    pub fresh: Duration,
    /// The pool's limits. `max` bounds the connections of all subjects together; `min` is not heard.
    pub pool: PoolSettings,
    /// Most transactions of one subject at once.
    pub max_in_flight: u32,
    /// How long one statement of a subject may take.
    pub statement_timeout: Duration,
}

impl From<&OpenSubjects> for Open {
    fn from(open: &OpenSubjects) -> Self {
        Self {
            server: open.server.clone(),
            app: open.app.clone(),
            logins: Arc::new(Passwords(Arc::clone(&open.roles))),
            pool: open.pool,
            max_in_flight: open.max_in_flight,
            max_served: MOST_SERVED,
            statement_timeout: open.statement_timeout,
        }
    }
}

impl fmt::Debug for OpenSubjects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenSubjects")
            .field("app", &self.app)
            .field("login", &self.login)
            .field("rules", &self.rules)
            .field("fresh", &self.fresh)
            .field("pool", &self.pool)
            .field("max_in_flight", &self.max_in_flight)
            .field("statement_timeout", &self.statement_timeout)
            .finish_non_exhaustive()
    }
}
