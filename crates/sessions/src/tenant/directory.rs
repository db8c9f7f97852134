//! Where tenants are: what the pool has to be told of each, by whoever keeps the list.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use futures_util::future::BoxFuture;
use rolewright_core::{Ident, Password, TenantId};

/// Who acts for a tenant, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The role that logs in: one of the module's own, that may become the tenant's.
    pub login: Ident,
    /// The tenant's role.
    pub role: Ident,
    /// The tenant's schema.
    pub schema: Ident,
}

/// Why nothing can be done for a tenant.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Unavailable {
    /// Nobody added it.
    #[error("there is no such tenant")]
    Unknown,
    /// It is not made yet, or was left half made.
    #[error("it is not ready: {0}")]
    Unfinished(String),
    /// An operator disabled it.
    #[error("it is disabled")]
    Disabled,
    /// It was, or is being, purged.
    #[error("it was purged")]
    Purged,
    /// The list itself cannot be read.
    #[error("the list of tenants cannot be read: {0}")]
    Unread(String),
}

/// The list of tenants, and the passwords of the module's logins.
pub trait Directory: Send + Sync + 'static {
    /// Where a tenant is, or why nothing can be done for it.
    fn find<'a>(&'a self, tenant: &'a TenantId) -> BoxFuture<'a, Result<Place, Unavailable>>;

    /// The password of a login; `refused` is the one that the server has just refused. Nothing means there is none (any more).
    fn password<'a>(
        &'a self,
        login: &'a Ident,
        refused: Option<&'a Password>,
    ) -> BoxFuture<'a, Option<Password>>;
}

/// The directory, asked again only when its answer is older than `fresh`. Only good answers are kept.
pub(super) struct Known {
    source: Arc<dyn Directory>,
    fresh: Duration,
    places: Mutex<HashMap<TenantId, (Instant, Place)>>,
}

impl Known {
    pub(super) fn new(source: Arc<dyn Directory>, fresh: Duration) -> Self {
        Self { source, fresh, places: Mutex::default() }
    }

    pub(super) fn source(&self) -> &dyn Directory {
        &*self.source
    }

    pub(super) async fn find(&self, tenant: &TenantId) -> Result<Place, Unavailable> {
        if let Some((asked, place)) = self.lock().get(tenant)
            && asked.elapsed() < self.fresh
        {
            return Ok(place.clone());
        }
        let asked = Instant::now();
        match self.source.find(tenant).await {
            Ok(place) => {
                self.lock().insert(tenant.clone(), (asked, place.clone()));
                Ok(place)
            }
            Err(why) => {
                self.forget(tenant);
                Err(why)
            }
        }
    }

    pub(super) fn forget(&self, tenant: &TenantId) {
        self.lock().remove(tenant);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<TenantId, (Instant, Place)>> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
