//! The values of keys that nobody sets.

use std::{net::SocketAddr, time::Duration};

use super::PoolSettings;

/// The core pool.
pub(super) const POOL: PoolSettings = PoolSettings {
    max: 10,
    min: 0,
    idle: Some(Duration::from_secs(10 * 60)),
    acquire: Duration::from_secs(30),
    max_lifetime: Some(Duration::from_secs(30 * 60)),
};
pub(super) const REPLICAS: u32 = 1;
pub(super) const LOCK_TIMEOUT: Duration = Duration::from_secs(30);
pub(super) const RECONCILE: Duration = Duration::from_secs(60);
pub(super) const STATEMENT_TIMEOUT: Duration = Duration::from_secs(60);
pub(super) const MAX_CONNECTIONS: u32 = 5;
pub(super) const MAX_ROWS: u64 = 1_000_000;
pub(super) const MAX_BYTES: u64 = 256 << 20;
pub(super) const MAX_QUEUE: u32 = 100;

pub(super) const BUCKET: u32 = 500;
pub(super) const PARALLEL: u32 = 4;
pub(super) const MAX_TENANTS: u32 = 200;
/// Two reports at once, and what ends them.
pub(super) const REPORTS_PER_TENANT: u32 = 3;
/// How much an issuer's clock may differ from ours.
pub(super) const SKEW: Duration = Duration::from_secs(30);
pub(super) const KEYS_RELOAD: Duration = Duration::from_secs(60);
pub(super) const TOKENS: u32 = 1000;
pub(super) const FRESH: Duration = Duration::from_secs(5);

/// Loopback only: nothing is shown to the network unless told so.
pub(super) fn listen() -> SocketAddr {
    SocketAddr::from(([127, 0, 0, 1], 7040))
}
