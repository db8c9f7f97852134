//! One connection of the module's, and whom it has served.

use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

use rolewright_core::{Ident, TenantId};
use sqlx::{Connection as _, PgConnection};

use crate::tenant::{OpenTenants, clean};

/// A connection, who is logged in, and what it remembers.
pub(in crate::tenant) struct Seat {
    pub(in crate::tenant) connection: PgConnection,
    login: Ident,
    /// Whose prepared statements it holds.
    tenant: Option<TenantId>,
    /// Whom it served last, and whether that was twice in a row.
    last: Option<TenantId>,
    again: bool,
    /// Whose tables its backend remembers.
    served: HashSet<TenantId>,
    born: Instant,
    since: Instant,
}

impl Seat {
    pub(super) fn new(connection: PgConnection, login: Ident) -> Self {
        let now = Instant::now();
        let (tenant, last, served) = (None, None, HashSet::new());
        Self { connection, login, tenant, last, again: false, served, born: now, since: now }
    }

    pub(super) fn login(&self) -> &Ident {
        &self.login
    }

    pub(super) fn tenant(&self) -> Option<&TenantId> {
        self.tenant.as_ref()
    }

    /// Whether it served this tenant last.
    pub(super) fn served_last(&self, tenant: &TenantId) -> bool {
        self.last.as_ref() == Some(tenant)
    }

    /// Whether it served one tenant twice in a row, who may well come back.
    pub(super) fn is_favourite(&self) -> bool {
        self.again
    }

    pub(super) fn since(&self) -> Instant {
        self.since
    }

    pub(super) fn is_of_another(&self, tenant: &TenantId) -> bool {
        self.tenant.as_ref().is_some_and(|last| last != tenant)
    }

    pub(super) fn serve(&mut self, tenant: &TenantId) {
        self.again = self.served_last(tenant);
        self.tenant = Some(tenant.clone());
        self.last.clone_from(&self.tenant);
        self.served.insert(tenant.clone());
    }

    pub(super) fn rest(&mut self) {
        self.since = Instant::now();
    }

    /// Whether it is to be replaced: for its age, or for the many tenants whose tables its backend remembers.
    pub(super) fn is_worn(&self, open: &OpenTenants) -> bool {
        self.served.len() >= open.max_tenants as usize
            || open.pool.max_lifetime.is_some_and(|limit| self.born.elapsed() > limit)
    }

    /// Undoes what work left in the session; `false` means it is to be thrown away.
    pub(super) async fn scrub(&mut self) -> bool {
        clean::scrub(&mut self.connection).await
    }

    /// Drops what was prepared for its tenant; `false` means it is to be thrown away.
    pub(super) async fn forget(&mut self) -> bool {
        self.tenant = None;
        clean::forget(&mut self.connection).await
    }

    /// Says goodbye, briefly: a server that does not listen needs none.
    pub(super) async fn close(self) {
        let _ = tokio::time::timeout(Duration::from_secs(1), self.connection.close()).await;
    }
}
