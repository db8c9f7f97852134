//! Patience with a server whose memory for locks somebody's transaction has taken up: it comes free when that ends.

use std::{future::Future, time::Duration};

use super::TenantError;

const TIMES: u32 = 25;
const PAUSE: Duration = Duration::from_millis(200);

/// Does it again where the server had no room for its locks, for some seconds.
pub(super) async fn patiently<F>(what: impl Fn() -> F) -> Result<(), TenantError>
where
    F: Future<Output = Result<(), TenantError>>,
{
    for _ in 0..TIMES {
        match what().await {
            Err(TenantError::NoLocks { .. }) => tokio::time::sleep(PAUSE).await,
            outcome => return outcome,
        }
    }
    what().await
}
