//! What it takes to act as somebody, and what the pool is opened with.

use std::{sync::Arc, time::Duration};

use futures_util::future::BoxFuture;
use rolewright_core::{ConnInfo, Ident, Password, settings::PoolSettings};

/// As whom a transaction acts, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Part {
    /// The role that logs in, and that may become the other.
    pub(crate) login: Ident,
    /// The role that it becomes.
    pub(crate) role: Ident,
    /// Where unqualified names are looked up; `pg_temp` comes last.
    pub(crate) search_path: Vec<Ident>,
}

/// Settings that a transaction is told, by their names: for the database's own policies and triggers.
pub(crate) type Told = Arc<[(&'static str, Arc<str>)]>;

/// The passwords of logins.
pub(crate) trait Logins: Send + Sync + 'static {
    /// The password of a login; `refused` is the one that the server has just refused. Nothing means there is none (any more).
    fn password<'a>(
        &'a self,
        login: &'a Ident,
        refused: Option<&'a Password>,
    ) -> BoxFuture<'a, Option<Password>>;
}

/// Where the pool connects, and within which limits.
pub(crate) struct Open {
    /// The server and database. Who logs in is a part's `login`, whatever user and password stand here.
    pub(crate) server: ConnInfo,
    /// `application_name` of the sessions.
    pub(crate) app: Ident,
    /// Who knows the passwords.
    pub(crate) logins: Arc<dyn Logins>,
    /// `max` bounds the connections of all; `min` is not heard.
    pub(crate) pool: PoolSettings,
    /// Most transactions of one who is acted as, at once.
    pub(crate) max_in_flight: u32,
    /// A connection that has served so many is replaced: its backend remembers the tables of each.
    pub(crate) max_served: u32,
    /// How long one statement may take.
    pub(crate) statement_timeout: Duration,
}
