//! The flow of one transaction: a turn, a connection, BEGIN as somebody, the work, and its end.

use std::{fmt, sync::Arc};

use rolewright_core::sqlstate;
use tokio::time::Instant;

use super::{
    Access, Key, Open, Part, Told, Transaction, Trouble,
    inside::{self, Inside},
    messages::{Frame, SETTLED},
    pool::{Seats, Taken},
    send::{code, is_lost, roll_back, send, told},
    transaction::{Ending, Shared},
    turns::Turns,
};

/// The connections, and whose turn it is.
pub(crate) struct House {
    seats: Arc<Seats>,
    turns: Turns,
}

/// Somebody who may be acted as.
pub(crate) trait Actor: Sync {
    /// Whose a transaction is, as its work sees it.
    type Who: Clone + fmt::Debug + Send + Sync + 'static;
    /// Why there is none.
    type Refusal: Send;

    /// Whose it is.
    fn who(&self) -> &Self::Who;
    /// The same among all who share the connections.
    fn key(&self) -> &Key;
    /// What its transactions are told.
    fn told(&self) -> &Told;
    /// As whom it acts, if it may now.
    fn part(&self) -> impl Future<Output = Result<Part, Self::Refusal>> + Send;
    /// What is known about it may be out of date.
    fn forget(&self);
    /// What stood in the way, in words.
    fn refusal(&self, trouble: Trouble) -> Self::Refusal;
}

/// How a transaction ended that was not committed.
pub(crate) enum Failed<E, R> {
    /// It did not begin, or was not committed.
    Refused(R),
    /// The work gave up.
    Work(E),
}

impl House {
    /// Opens the pool; it connects when it is first used. Must be called within a tokio runtime.
    pub(crate) fn open(open: Open) -> Arc<Self> {
        let turns = Turns::new(open.max_in_flight);
        Arc::new(Self { seats: Seats::new(open), turns })
    }

    /// Closes the pool. What is open comes to its end.
    pub(crate) async fn close(&self) {
        self.seats.close().await;
    }
}

/// Runs `work` in a transaction as somebody: committed when it returns `Ok`, rolled back when it returns `Err`, panics or is dropped.
/// Inside of a transaction of the same it is a savepoint of that one; inside of another's it is refused.
pub(crate) async fn act<A: Actor, T, E>(
    house: &Arc<House>,
    actor: &A,
    access: Access,
    work: impl AsyncFnOnce(&Transaction<A::Who>) -> Result<T, E>,
) -> Result<T, Failed<E, A::Refusal>> {
    match inside::around() {
        None => outermost(house, actor, access, work).await,
        Some(around) if around.is(actor.key(), actor.told(), house) && access == Access::default() => {
            nested(actor, around, work).await
        }
        Some(around) => {
            Err(Failed::Refused(actor.refusal(Trouble::Inside { inside: around.key.to_string() })))
        }
    }
}

async fn outermost<A: Actor, T, E>(
    house: &Arc<House>,
    actor: &A,
    access: Access,
    work: impl AsyncFnOnce(&Transaction<A::Who>) -> Result<T, E>,
) -> Result<T, Failed<E, A::Refusal>> {
    let refuse = |trouble| Failed::Refused(actor.refusal(trouble));
    let limits = house.seats.open();
    let (begun, waited) = (Instant::now(), limits.pool.acquire);
    let turn = tokio::time::timeout(waited, house.turns.take(actor.key())).await;
    let _turn = turn.map_err(|_| refuse(Trouble::Busy { limit: house.turns.limit(), waited }))?;
    let part = actor.part().await.map_err(Failed::Refused)?;
    let frame = Frame::new(&part, actor.told());
    let taken = tokio::time::timeout_at(begun + waited, begin(house, actor, &part, &frame, access)).await;
    let taken = taken
        .map_err(|_| refuse(Trouble::Full { max: limits.pool.max, waited }))?
        .map_err(Failed::Refused)?;

    let shared = Shared::new(taken);
    let (key, told) = (Arc::clone(actor.key()), Arc::clone(actor.told()));
    let around = Inside { key, told, house: Arc::clone(house), shared: Arc::clone(&shared), savepoint: None };
    let transaction = Transaction::new(actor.who().clone(), Arc::clone(&shared));
    let _ending = Ending(Arc::clone(&shared));
    let outcome = Box::pin(inside::within(around, work(&transaction))).await;
    drop(transaction);
    let taken = shared.end().await;
    match outcome {
        Ok(done) => commit(taken, &frame).await.map(|()| done).map_err(refuse),
        Err(error) => {
            give_up(taken, &frame).await;
            Err(Failed::Work(error))
        }
    }
}

/// A connection on which the transaction has begun. One that went while it was idle is no loss: nothing was sent on it.
async fn begin<A: Actor>(
    house: &Arc<House>,
    actor: &A,
    part: &Part,
    frame: &Frame<'_>,
    access: Access,
) -> Result<Taken, A::Refusal> {
    let begin = frame.begin(access, house.seats.open().statement_timeout);
    let mut fresh = false;
    loop {
        let taken = house.seats.take(actor.key(), &part.login, fresh).await;
        let mut taken = taken.map_err(|trouble| actor.refusal(trouble))?;
        match send(&mut taken.seat.connection, &begin).await {
            Ok(()) => return Ok(taken),
            Err((_, error)) if is_lost(&error) && !fresh => fresh = true,
            Err((_, error)) => {
                drop(taken);
                refused(actor, part, &error, fresh).await?;
                fresh = true;
            }
        }
    }
}

/// Why the server does not let the transaction begin: mostly because what is known has changed meanwhile. Where it has not, the session
/// may be older than its login, which was made anew, and a new one is worth a try.
async fn refused<A: Actor>(
    actor: &A,
    part: &Part,
    error: &sqlx::Error,
    fresh: bool,
) -> Result<(), A::Refusal> {
    actor.forget();
    if actor.part().await? == *part && !fresh {
        return Ok(());
    }
    let (sqlstate, message) = told(error);
    Err(actor.refusal(Trouble::Begin { sqlstate, message }))
}

/// Commits if the transaction is still whose it was.
async fn commit(taken: Option<Taken>, frame: &Frame<'_>) -> Result<(), Trouble> {
    let Some(mut taken) = taken else { return Err(Trouble::Aborted) };
    match send(&mut taken.seat.connection, &frame.commit()).await {
        Ok(()) => {
            taken.give_back();
            Ok(())
        }
        Err((0, error)) if code(&error).as_deref() == Some(sqlstate::IN_FAILED_TRANSACTION) => {
            roll_back(Some(taken)).await;
            Err(Trouble::Aborted)
        }
        // The question was answered with no: whoever did that may have done more, so the connection goes too.
        Err((SETTLED, error)) if code(&error).as_deref() == Some(sqlstate::DIVISION_BY_ZERO) => {
            Err(Trouble::Tampered)
        }
        Err((_, error)) if is_lost(&error) => Err(Trouble::Lost),
        Err((_, error)) => {
            let (sqlstate, message) = told(&error);
            roll_back(Some(taken)).await;
            Err(Trouble::Commit { sqlstate, message })
        }
    }
}

/// A savepoint in the transaction around.
async fn nested<A: Actor, T, E>(
    actor: &A,
    around: Inside,
    work: impl AsyncFnOnce(&Transaction<A::Who>) -> Result<T, E>,
) -> Result<T, Failed<E, A::Refusal>> {
    use sea_orm::TransactionSession as _;
    let failed = |error: sea_orm::DbErr| Failed::Refused(actor.refusal(Trouble::Nested(error.to_string())));
    let nested = Transaction::nest(actor.who(), &around.shared, around.savepoint).await.map_err(failed)?;
    // On the heap, lest every level make the futures around it larger.
    match Box::pin(inside::nested(&nested, work(&nested))).await {
        Ok(done) => nested.commit().await.map(|()| done).map_err(failed),
        Err(error) => {
            // What cannot be rolled back now is before the next statement, or with the whole.
            let _ = nested.rollback().await;
            Err(Failed::Work(error))
        }
    }
}

/// Rolls back what the work gave up, and closes the connection if it no longer is whose it was.
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
