//! Where tenants' own reports run: a pool for each tenant that runs any, logged in as that tenant's own role, and all of them within
//! one number of connections. The pool that rested the longest makes room for the next tenant's.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError, Weak},
    time::Duration,
};

use futures_util::future::{BoxFuture, join_all};
use rolewright_core::TenantId;
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore},
    time::{Instant, sleep, timeout},
};

use super::{Place, TenantError, TenantQueryError};
use crate::{Check, OpenRole, QueryError, RolePool, flight::Flights};

/// How soon it is looked again for a pool that came to rest.
const PAUSE: Duration = Duration::from_millis(25);

/// How tenants' own reports log in, each tenant's as a role of its own.
pub trait Reporters: Send + Sync + 'static {
    /// What a tenant's pool is opened with, and what its texts are held against.
    fn login<'a>(
        &'a self,
        tenant: &'a TenantId,
        place: &'a Place,
    ) -> BoxFuture<'a, Result<(OpenRole, Check), TenantQueryError>>;
}

/// What tenants' own reports run on, and within which limits.
#[derive(Clone)]
pub struct OpenReports {
    /// How each tenant's reports log in.
    pub logins: Arc<dyn Reporters>,
    /// The connections of all tenants' reports together.
    pub max_connections: u32,
    /// The connections of one tenant's: what [`Reporters::login`] gives may not ask for more.
    pub per_tenant: u32,
    /// A tenant's connections are closed when nothing ran on them for this long; absent means when another tenant needs the room.
    pub idle: Option<Duration>,
    /// How long a report waits for room.
    pub acquire: Duration,
}

pub(super) struct Desk(Arc<Inner>);

struct Inner {
    open: OpenReports,
    pools: Flights<Arc<Seated>, TenantQueryError>,
    /// Room for so many pools.
    room: Arc<Semaphore>,
}

/// A tenant's pool, and the room it takes for as long as it is there.
struct Seated {
    pool: RolePool,
    used: Mutex<Instant>,
    _room: OwnedSemaphorePermit,
}

impl Desk {
    pub(super) fn new(open: OpenReports) -> Self {
        let room = (open.max_connections / open.per_tenant.max(1)).max(1) as usize;
        let idle = open.idle;
        let inner = Arc::new(Inner { open, pools: Flights::new(), room: Arc::new(Semaphore::new(room)) });
        if let Some(idle) = idle {
            tokio::spawn(tidy(Arc::downgrade(&inner), idle));
        }
        Self(inner)
    }

    /// Does some work on a tenant's pool, opened if it is not. One that was closed to make room is opened again.
    pub(super) async fn run<T>(
        &self,
        tenant: &TenantId,
        place: &Place,
        work: impl AsyncFn(&RolePool) -> Result<T, QueryError>,
    ) -> Result<T, TenantQueryError> {
        let mut again = true;
        loop {
            let seated = self.seated(tenant, place).await?;
            match work(&seated.pool).await {
                Err(QueryError::Closed) if again && !self.0.room.is_closed() => again = false,
                outcome => return Ok(outcome?),
            }
        }
    }

    async fn seated(&self, tenant: &TenantId, place: &Place) -> Result<Arc<Seated>, TenantQueryError> {
        let make = || {
            let (inner, tenant, place) = (Arc::clone(&self.0), tenant.clone(), place.clone());
            async move { inner.sit_down(&tenant, &place).await }
        };
        let seated = self.0.pools.get_or_make(tenant.as_str(), make).await?;
        seated.touch();
        Ok(seated)
    }

    /// Ends a tenant's reports and closes its connections, if it has any.
    pub(super) fn forget(&self, tenant: &TenantId) {
        if let Some(seated) = self.0.pools.remove(tenant.as_str()) {
            seated.pool.cut();
            tokio::spawn(async move { seated.pool.close().await });
        }
    }

    /// Takes no more reports, waits for those that run, and closes every connection.
    pub(super) async fn close(&self) {
        self.0.room.close();
        let all = self.0.pools.drain();
        join_all(all.iter().map(|seated| seated.pool.close())).await;
    }
}

impl Inner {
    async fn sit_down(&self, tenant: &TenantId, place: &Place) -> Result<Arc<Seated>, TenantQueryError> {
        let room = self.room().await?;
        let (mut open, check) = self.open.logins.login(tenant, place).await?;
        open.pool.max = open.pool.max.min(self.open.per_tenant);
        let pool = RolePool::open(&open, check).await.map_err(QueryError::Open)?;
        Ok(Arc::new(Seated { pool, used: Mutex::new(Instant::now()), _room: room }))
    }

    /// Room for one more pool: free, or of the one that rested the longest, or waited for.
    async fn room(&self) -> Result<OwnedSemaphorePermit, TenantError> {
        let (begun, patience) = (Instant::now(), self.open.acquire);
        loop {
            if let Ok(room) = Arc::clone(&self.room).try_acquire_owned() {
                return Ok(room);
            }
            let resting = self.pools.made().into_iter().filter(|(_, seated)| seated.rests());
            if let Some((name, _)) = resting.max_by_key(|(_, seated)| seated.unused_for())
                && let Some(seated) = self.pools.remove(&name)
            {
                seated.pool.close().await;
                continue;
            }
            match timeout(PAUSE, Arc::clone(&self.room).acquire_owned()).await {
                Ok(Ok(room)) => return Ok(room),
                Ok(Err(_)) => return Err(TenantError::Closed),
                Err(_) if begun.elapsed() >= patience => {
                    return Err(TenantError::ReportsFull {
                        max: self.open.max_connections,
                        waited: patience,
                    });
                }
                Err(_) => {}
            }
        }
    }
}

impl Seated {
    fn touch(&self) {
        *self.used.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now();
    }

    fn unused_for(&self) -> Duration {
        self.used.lock().unwrap_or_else(PoisonError::into_inner).elapsed()
    }

    /// Whether nothing runs on it.
    fn rests(&self) -> bool {
        let (open, idle) = self.pool.size();
        open as usize == idle
    }
}

/// Closes the pools that nobody used for a while, as long as there is a desk.
async fn tidy(inner: Weak<Inner>, idle: Duration) {
    loop {
        sleep((idle / 2).max(Duration::from_millis(50))).await;
        let Some(inner) = inner.upgrade() else { return };
        for (name, seated) in inner.pools.made() {
            if seated.rests() && seated.unused_for() > idle {
                inner.pools.remove(&name);
                seated.pool.close().await;
            }
        }
    }
}

impl fmt::Debug for OpenReports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OpenReports")
            .field("max_connections", &self.max_connections)
            .field("per_tenant", &self.per_tenant)
            .field("idle", &self.idle)
            .field("acquire", &self.acquire)
            .finish_non_exhaustive()
    }
}
