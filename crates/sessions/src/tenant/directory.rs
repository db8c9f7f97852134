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
    places: Mutex<Places>,
}

#[derive(Default)]
struct Places {
    known: HashMap<TenantId, (Instant, Place)>,
    /// How often something was forgotten: an answer that was asked for before is not kept after.
    forgotten: u64,
}

impl Known {
    pub(super) fn new(source: Arc<dyn Directory>, fresh: Duration) -> Self {
        Self { source, fresh, places: Mutex::default() }
    }

    pub(super) fn source(&self) -> &dyn Directory {
        &*self.source
    }

    pub(super) async fn find(&self, tenant: &TenantId) -> Result<Place, Unavailable> {
        let forgotten = {
            let places = self.lock();
            match places.known.get(tenant) {
                Some((asked, place)) if asked.elapsed() < self.fresh => return Ok(place.clone()),
                _ => places.forgotten,
            }
        };
        let asked = Instant::now();
        match self.source.find(tenant).await {
            Ok(place) => {
                let mut places = self.lock();
                if places.forgotten == forgotten {
                    places.known.insert(tenant.clone(), (asked, place.clone()));
                }
                Ok(place)
            }
            Err(why) => {
                self.forget(tenant);
                Err(why)
            }
        }
    }

    pub(super) fn forget(&self, tenant: &TenantId) {
        let mut places = self.lock();
        places.forgotten += 1;
        places.known.remove(tenant);
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Places> {
        self.places.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;
    use tokio::sync::Semaphore;

    use super::*;

    /// A list that answers when it is let.
    struct Slow(Semaphore);

    impl Directory for Slow {
        fn find<'a>(&'a self, _: &'a TenantId) -> BoxFuture<'a, Result<Place, Unavailable>> {
            let ident = || Ident::new("a").unwrap();
            async move {
                self.0.acquire().await.unwrap().forget();
                Ok(Place { login: ident(), role: ident(), schema: ident() })
            }
            .boxed()
        }

        fn password<'a>(&'a self, _: &'a Ident, _: Option<&'a Password>) -> BoxFuture<'a, Option<Password>> {
            async { None }.boxed()
        }
    }

    #[tokio::test]
    async fn what_is_forgotten_while_it_is_asked_for_is_asked_again() {
        let slow = Arc::new(Slow(Semaphore::new(0)));
        let known = Known::new(slow.clone(), Duration::from_secs(60));
        let tenant = TenantId::new("a").unwrap();
        {
            let asked = known.find(&tenant);
            tokio::pin!(asked);
            assert!(futures_util::poll!(&mut asked).is_pending());
            known.forget(&tenant);
            slow.0.add_permits(1);
            asked.await.unwrap();
        }
        assert!(known.find(&tenant).now_or_never().is_none(), "the old answer was kept");
        slow.0.add_permits(1);
        known.find(&tenant).await.unwrap();
        assert!(known.find(&tenant).now_or_never().is_some());
    }
}
