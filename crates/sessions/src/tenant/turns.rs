//! Fairness: how many transactions of one tenant are in flight at once.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, Weak},
};

use rolewright_core::TenantId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// The turns of all tenants; those of a tenant that has nothing in flight take no room.
#[derive(Debug)]
pub(super) struct Turns {
    limit: u32,
    tenants: Mutex<HashMap<TenantId, Weak<Semaphore>>>,
}

impl Turns {
    pub(super) fn new(limit: u32) -> Self {
        Self { limit: limit.max(1), tenants: Mutex::default() }
    }

    pub(super) fn limit(&self) -> u32 {
        self.limit
    }

    /// Waits for a turn of this tenant's, first come, first served.
    pub(super) async fn take(&self, tenant: &TenantId) -> Option<OwnedSemaphorePermit> {
        self.of(tenant).acquire_owned().await.ok()
    }

    fn of(&self, tenant: &TenantId) -> Arc<Semaphore> {
        let mut tenants = self.tenants.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(turns) = tenants.get(tenant).and_then(Weak::upgrade) {
            return turns;
        }
        if tenants.len() == tenants.capacity() {
            tenants.retain(|_, turns| turns.strong_count() > 0);
        }
        let turns = Arc::new(Semaphore::new(self.limit as usize));
        tenants.insert(tenant.clone(), Arc::downgrade(&turns));
        turns
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn each_tenant_has_its_own() {
        let turns = Turns::new(1);
        let (a, b) = (TenantId::new("a").unwrap(), TenantId::new("b").unwrap());
        let first = turns.take(&a).await.unwrap();
        let _other = turns.take(&b).await.unwrap();
        let second = turns.take(&a);
        tokio::pin!(second);
        assert!(futures_util::poll!(&mut second).is_pending());
        drop(first);
        drop(second.await.unwrap());
    }

    #[tokio::test]
    async fn a_tenant_without_work_takes_no_room() {
        let turns = Turns::new(1);
        for number in 0..10_000 {
            drop(turns.take(&TenantId::new(format!("t{number}")).unwrap()).await.unwrap());
        }
        assert!(turns.tenants.lock().unwrap().len() < 1000);
    }
}
