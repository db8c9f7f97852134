//! The entrance: a tenant by its id, and its transactions.

use std::{fmt, sync::Arc};

use futures_util::StreamExt as _;
use rolewright_core::{TenantId, sqlstate};
use sqlx::{AssertSqlSafe, Either, PgConnection};
use tokio::time::Instant;

use super::{
    Access, OpenTenants, Place, TenantError, TenantTransaction, TransactionError,
    desk::Desk,
    directory::Known,
    inside::{self, Inside},
    messages::Frame,
    pool::{Seats, Taken},
    transaction::{Ending, Shared},
    turns::Turns,
};

/// All tenants of a module, over one pool. Cheap to clone.
#[derive(Clone)]
pub struct Tenants(Arc<House>);

pub(super) struct House {
    /// Where tenants' own reports run.
    pub(super) desk: Option<Desk>,
    known: Arc<Known>,
    seats: Arc<Seats>,
    turns: Turns,
}

/// One tenant that there is. It is the only way to a connection, and what it opens is this tenant's.
#[derive(Clone)]
pub struct Tenant {
    id: TenantId,
    pub(super) house: Arc<House>,
}

impl Tenants {
    /// Opens the pool; it connects when it is first used. Must be called within a tokio runtime.
    #[must_use]
    pub fn open(open: OpenTenants) -> Self {
        let known = Arc::new(Known::new(Arc::clone(&open.directory), open.fresh));
        let desk = open.reports.clone().map(Desk::new);
        let turns = Turns::new(open.max_in_flight);
        let seats = Seats::new(open, Arc::clone(&known));
        Self(Arc::new(House { desk, known, seats, turns }))
    }

    /// The tenant of this id.
    ///
    /// # Errors
    /// When the id is none, or there is no such tenant, or it is not to be worked for. There is no default tenant.
    pub async fn get(&self, id: impl AsRef<str>) -> Result<Tenant, TenantError> {
        let id = TenantId::new(id.as_ref())?;
        self.0.place(&id).await?;
        Ok(Tenant { id, house: Arc::clone(&self.0) })
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
        self.0.seats.close().await;
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
        match inside::around() {
            None => self.outermost(access, work).await,
            Some(around) if around.is(&self.id, &self.house) && access == Access::default() => {
                nested(around, work).await
            }
            Some(around) => Err(TenantError::Inside { inside: around.tenant, asked: self.id.clone() }.into()),
        }
    }

    async fn outermost<T, E>(
        &self,
        access: Access,
        work: impl AsyncFnOnce(&TenantTransaction) -> Result<T, E>,
    ) -> Result<T, TransactionError<E>> {
        let limits = self.house.seats.open();
        let (begun, patience) = (Instant::now(), limits.pool.acquire);
        let turn = tokio::time::timeout(patience, self.house.turns.take(&self.id)).await;
        let _turn = turn.map_err(|_| TenantError::Busy {
            tenant: self.id.clone(),
            limit: self.house.turns.limit(),
            waited: patience,
        })?;
        let place = self.house.place(&self.id).await?;
        let frame = Frame::new(&place);
        let taken = tokio::time::timeout_at(begun + patience, self.begin(&place, &frame, access));
        let taken =
            taken.await.map_err(|_| TenantError::Full { max: limits.pool.max, waited: patience })??;

        let shared = Shared::new(taken);
        let house = Arc::clone(&self.house);
        let around = Inside { tenant: self.id.clone(), house, shared: Arc::clone(&shared), savepoint: None };
        let transaction = TenantTransaction::new(self.id.clone(), Arc::clone(&shared));
        let _ending = Ending(Arc::clone(&shared));
        let outcome = Box::pin(inside::within(around, work(&transaction))).await;
        drop(transaction);
        let taken = shared.end().await;
        match outcome {
            Ok(done) => self.commit(taken, &frame).await.map(|()| done).map_err(Into::into),
            Err(error) => {
                give_up(taken, &frame).await;
                Err(TransactionError::Work(error))
            }
        }
    }

    /// A connection on which this tenant's transaction has begun. One that went while it was idle is no loss: nothing was
    /// sent on it.
    async fn begin(&self, place: &Place, frame: &Frame<'_>, access: Access) -> Result<Taken, TenantError> {
        let begin = frame.begin(access, self.house.seats.open().statement_timeout);
        let mut fresh = false;
        loop {
            let mut taken = self.house.seats.take(&self.id, place, fresh).await?;
            match send(&mut taken.seat.connection, &begin).await {
                Ok(()) => return Ok(taken),
                Err((_, error)) if is_lost(&error) && !fresh => fresh = true,
                Err((_, error)) => return Err(self.refused(taken, &error).await),
            }
        }
    }

    /// Why the server does not let the transaction begin: mostly because the list has changed meanwhile.
    async fn refused(&self, taken: Taken, error: &sqlx::Error) -> TenantError {
        roll_back(Some(taken)).await;
        self.house.known.forget(&self.id);
        if let Err(error) = self.house.place(&self.id).await {
            return error;
        }
        let (sqlstate, message) = told(error);
        TenantError::Begin { tenant: self.id.clone(), sqlstate, message }
    }

    /// Commits if the transaction is still the tenant's own.
    async fn commit(&self, taken: Option<Taken>, frame: &Frame<'_>) -> Result<(), TenantError> {
        let tenant = || self.id.clone();
        let Some(mut taken) = taken else { return Err(TenantError::Aborted(tenant())) };
        match send(&mut taken.seat.connection, &frame.commit()).await {
            Ok(()) => {
                taken.give_back();
                Ok(())
            }
            Err((0, error)) if code(&error).as_deref() == Some(sqlstate::IN_FAILED_TRANSACTION) => {
                roll_back(Some(taken)).await;
                Err(TenantError::Aborted(tenant()))
            }
            // The question was answered with no: whoever did that may have done more, so the connection goes too.
            Err((1, error)) if code(&error).as_deref() == Some(sqlstate::DIVISION_BY_ZERO) => {
                Err(TenantError::Tampered(tenant()))
            }
            Err((_, error)) if is_lost(&error) => Err(TenantError::Lost(tenant())),
            Err((_, error)) => {
                let (sqlstate, message) = told(&error);
                roll_back(Some(taken)).await;
                Err(TenantError::Commit { tenant: tenant(), sqlstate, message })
            }
        }
    }
}

impl House {
    pub(super) async fn place(&self, tenant: &TenantId) -> Result<Place, TenantError> {
        let found = self.known.find(tenant).await;
        found.map_err(|why| TenantError::Unavailable { tenant: tenant.clone(), why })
    }
}

/// A savepoint in the transaction around.
async fn nested<T, E>(
    around: Inside,
    work: impl AsyncFnOnce(&TenantTransaction) -> Result<T, E>,
) -> Result<T, TransactionError<E>> {
    use sea_orm::TransactionSession as _;
    let failed = |error: sea_orm::DbErr| TenantError::Nested {
        tenant: around.tenant.clone(),
        message: error.to_string(),
    };
    let nested = TenantTransaction::nest(&around.tenant, &around.shared, around.savepoint);
    let nested = nested.await.map_err(failed)?;
    // On the heap, lest every level make the futures around it larger.
    match Box::pin(inside::nested(&nested, work(&nested))).await {
        Ok(done) => nested.commit().await.map(|()| done).map_err(|error| failed(error).into()),
        Err(error) => {
            // What cannot be rolled back now is before the next statement, or with the whole.
            let _ = nested.rollback().await;
            Err(TransactionError::Work(error))
        }
    }
}

/// Rolls back what the work gave up, and closes the connection if it no longer is the tenant's.
async fn give_up(taken: Option<Taken>, frame: &Frame<'_>) {
    let Some(mut taken) = taken else { return };
    match send(&mut taken.seat.connection, &frame.roll_back()).await {
        Ok(()) => taken.give_back(),
        // It cannot be asked after a statement that failed.
        Err((0, error)) if code(&error).as_deref() == Some(sqlstate::IN_FAILED_TRANSACTION) => {
            roll_back(Some(taken)).await;
        }
        Err(_) => {}
    }
}

/// Rolls back and gives the connection back, or closes it where that fails.
async fn roll_back(taken: Option<Taken>) {
    if let Some(mut taken) = taken
        && send(&mut taken.seat.connection, "ROLLBACK").await.is_ok()
    {
        taken.give_back();
    }
}

/// Sends one message; a failure comes with the number of statements that were done before it.
async fn send(connection: &mut PgConnection, message: &str) -> Result<(), (usize, sqlx::Error)> {
    let mut results = sqlx::raw_sql(AssertSqlSafe(message)).fetch_many(connection);
    let mut done = 0;
    while let Some(result) = results.next().await {
        match result {
            Ok(Either::Left(_)) => done += 1,
            Ok(Either::Right(_)) => {}
            Err(error) => return Err((done, error)),
        }
    }
    Ok(())
}

fn code(error: &sqlx::Error) -> Option<String> {
    Some(error.as_database_error()?.code()?.into_owned())
}

/// Whether the connection is gone: the server ended it, or it broke.
fn is_lost(error: &sqlx::Error) -> bool {
    match code(error).as_deref() {
        Some(code) => code.starts_with("57P") || code.starts_with("08"),
        None => true,
    }
}

fn told(error: &sqlx::Error) -> (String, String) {
    let message =
        error.as_database_error().map_or_else(|| error.to_string(), |said| said.message().to_owned());
    (code(error).unwrap_or_default(), message)
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
