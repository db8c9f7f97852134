//! The entrance: a tenant by its id, and its transactions.

use std::{fmt, sync::Arc};

use rolewright_core::TenantId;

use super::{
    Access, Directory, OpenTenants, Place, TenantError, TenantTransaction, TransactionError, desk::Desk,
};
use crate::acting::{Actor, Failed, House, Key, Known, Part, Told, Trouble, act};

/// All tenants of a module, over one pool. Cheap to clone.
#[derive(Clone)]
pub struct Tenants(Arc<Module>);

pub(super) struct Module {
    /// Where tenants' own reports run.
    pub(super) desk: Option<Desk>,
    house: Arc<House>,
    directory: Arc<dyn Directory>,
    known: Known<TenantId, Place>,
}

/// One tenant that there is. It is the only way to a connection, and what it opens is this tenant's.
#[derive(Clone)]
pub struct Tenant {
    id: TenantId,
    key: Key,
    told: Told,
    pub(super) module: Arc<Module>,
}

impl Tenants {
    /// Opens the pool; it connects when it is first used. Must be called within a tokio runtime.
    #[must_use]
    pub fn open(open: OpenTenants) -> Self {
        let (directory, known) = (Arc::clone(&open.directory), Known::new(open.fresh));
        let desk = open.reports.clone().map(Desk::new);
        Self(Arc::new(Module { desk, house: House::open(open.into()), directory, known }))
    }

    /// The tenant of this id.
    ///
    /// # Errors
    /// When the id is none, or there is no such tenant, or it is not to be worked for. There is no default tenant.
    pub async fn get(&self, id: impl AsRef<str>) -> Result<Tenant, TenantError> {
        let id = TenantId::new(id.as_ref())?;
        self.0.place(&id).await?;
        Ok(Tenant { key: id.as_str().into(), told: Told::default(), id, module: Arc::clone(&self.0) })
    }

    /// Forgets what is known of a tenant, so that the list is asked before its next transaction.
    pub fn forget(&self, id: &TenantId) {
        self.0.known.forget(id);
    }

    /// Closes the pools. Reports and transactions that are open come to their end; none that is asked for from here on begins.
    pub async fn close(&self) {
        if let Some(desk) = &self.0.desk {
            desk.close().await;
        }
        self.0.house.close().await;
    }
}

impl Tenant {
    /// Its id.
    #[must_use]
    pub fn id(&self) -> &TenantId {
        &self.id
    }

    /// Runs `work` in a transaction of this tenant's: committed when it returns `Ok`, rolled back when it returns `Err`, panics
    /// or is dropped.
    ///
    /// Called inside of this tenant's own transaction it is a savepoint of that one; inside of another tenant's it is refused.
    ///
    /// # Errors
    /// The work's own, or why the transaction did not begin or was not committed.
    pub async fn transaction<T, E>(
        &self,
        work: impl AsyncFnOnce(&TenantTransaction) -> Result<T, E>,
    ) -> Result<T, TransactionError<E>> {
        self.transaction_with(Access::default(), work).await
    }

    /// The same with an access mode or isolation level of its own, which a nested transaction cannot have.
    ///
    /// # Errors
    /// As [`transaction`](Self::transaction).
    pub async fn transaction_with<T, E>(
        &self,
        access: Access,
        work: impl AsyncFnOnce(&TenantTransaction) -> Result<T, E>,
    ) -> Result<T, TransactionError<E>> {
        act(&self.module.house, self, access, work).await.map_err(|failed| match failed {
            Failed::Refused(error) => TransactionError::Tenant(error),
            Failed::Work(error) => TransactionError::Work(error),
        })
    }
}

impl Actor for Tenant {
    type Who = TenantId;
    type Refusal = TenantError;

    fn who(&self) -> &TenantId {
        &self.id
    }

    fn key(&self) -> &Key {
        &self.key
    }

    fn told(&self) -> &Told {
        &self.told
    }

    async fn part(&self) -> Result<Part, TenantError> {
        let Place { login, role, schema } = self.module.place(&self.id).await?;
        Ok(Part { login, role, search_path: vec![schema] })
    }

    fn forget(&self) {
        self.module.known.forget(&self.id);
    }

    fn refusal(&self, trouble: Trouble) -> TenantError {
        TenantError::of(trouble, &self.id)
    }
}

impl Module {
    pub(super) async fn place(&self, tenant: &TenantId) -> Result<Place, TenantError> {
        let found = self.known.find(tenant, self.directory.find(tenant)).await;
        found.map_err(|why| TenantError::Unavailable { tenant: tenant.clone(), why })
    }
}

impl fmt::Debug for Tenants {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenants").finish_non_exhaustive()
    }
}

impl fmt::Debug for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tenant").field("id", &self.id).finish_non_exhaustive()
    }
}
