//! One connection, and whom it has served.

use std::{
    collections::HashSet,
    sync::Arc,
    time::{Duration, Instant},
};

use rolewright_core::Ident;
use sqlx::{Connection as _, PgConnection};

use crate::acting::{Key, Open, clean};

/// A connection, who is logged in, and what it remembers.
pub(in crate::acting) struct Seat {
    pub(in crate::acting) connection: PgConnection,
    login: Ident,
    /// Whose prepared statements it holds.
    remembers: Option<Key>,
    /// Whom it served last, and whether that was twice in a row.
    last: Option<Key>,
    again: bool,
    /// Whose tables its backend remembers.
    served: HashSet<Key>,
    born: Instant,
    since: Instant,
}

impl Seat {
    pub(super) fn new(connection: PgConnection, login: Ident) -> Self {
        let now = Instant::now();
        let (remembers, last, served) = (None, None, HashSet::new());
        Self { connection, login, remembers, last, again: false, served, born: now, since: now }
    }

    pub(super) fn login(&self) -> &Ident {
        &self.login
    }

    pub(super) fn remembers(&self) -> Option<&Key> {
        self.remembers.as_ref()
    }

    /// Whether it served this one last.
    pub(super) fn served_last(&self, key: &Key) -> bool {
        self.last.as_ref() == Some(key)
    }

    /// Whether it served one twice in a row, who may well come back.
    pub(super) fn is_favourite(&self) -> bool {
        self.again
    }

    pub(super) fn since(&self) -> Instant {
        self.since
    }

    pub(super) fn is_of_another(&self, key: &Key) -> bool {
        self.remembers.as_ref().is_some_and(|last| last != key)
    }

    pub(super) fn serve(&mut self, key: &Key) {
        self.again = self.served_last(key);
        self.remembers = Some(Arc::clone(key));
        self.last.clone_from(&self.remembers);
        self.served.insert(Arc::clone(key));
    }

    pub(super) fn rest(&mut self) {
        self.since = Instant::now();
    }

    /// Whether it is to be replaced: for its age, or for the many whose tables its backend remembers.
    pub(super) fn is_worn(&self, open: &Open) -> bool {
        self.served.len() >= open.max_served as usize
            || open.pool.max_lifetime.is_some_and(|limit| self.born.elapsed() > limit)
    }

    /// Undoes what work left in the session; `false` means it is to be thrown away.
    pub(super) async fn scrub(&mut self) -> bool {
        clean::scrub(&mut self.connection).await
    }

    /// Drops what was prepared for whom it served; `false` means it is to be thrown away.
    pub(super) async fn forget(&mut self) -> bool {
        self.remembers = None;
        clean::forget(&mut self.connection).await
    }

    /// Says goodbye, briefly: a server that does not listen needs none.
    pub(super) async fn close(self) {
        let _ = tokio::time::timeout(Duration::from_secs(1), self.connection.close()).await;
    }
}
