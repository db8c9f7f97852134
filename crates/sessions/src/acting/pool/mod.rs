//! The connections of all who are acted as: at most so many, whoever is logged in on them.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, Weak},
    time::{Duration, Instant},
};

use rolewright_core::Ident;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use self::idle::Idle;
pub(super) use self::seat::Seat;
use super::{Key, Open, Trouble};

mod idle;
mod login;
mod seat;

/// The pool. A permit is a connection that is in use, or being scrubbed.
pub(super) struct Seats {
    open: Open,
    permits: Arc<Semaphore>,
    idle: Mutex<Idle>,
}

/// A connection in use. Dropped without being [given back](Taken::give_back), it is closed.
pub(super) struct Taken {
    pub(super) seat: Seat,
    pool: Arc<Seats>,
    permit: OwnedSemaphorePermit,
}

impl Seats {
    pub(super) fn new(open: Open) -> Arc<Self> {
        let permits = Arc::new(Semaphore::new(open.pool.max.max(1) as usize));
        let seats = Arc::new(Self { open, permits, idle: Mutex::default() });
        tokio::spawn(reap(Arc::downgrade(&seats)));
        seats
    }

    pub(super) fn open(&self) -> &Open {
        &self.open
    }

    /// A connection for this one: the one that served it last if it is free, else any of its login's, else a new one.
    /// `fresh` asks for a new one.
    pub(super) async fn take(
        self: &Arc<Self>,
        key: &Key,
        login: &Ident,
        fresh: bool,
    ) -> Result<Taken, Trouble> {
        let permit = self.permits.clone().acquire_owned().await.map_err(|_| Trouble::Closed)?;
        let found = if fresh { None } else { self.lock().pick(key, login) };
        let seat = match found {
            Some(seat) => seat,
            None => {
                self.make_room();
                login::log_in(&self.open, login).await?
            }
        };
        let mut taken = Taken { seat, pool: Arc::clone(self), permit };
        if taken.seat.is_of_another(key) && !taken.seat.forget().await {
            // It went while it was idle: nothing of this one has reached it.
            self.make_room();
            taken.seat = login::log_in(&self.open, login).await?;
        }
        taken.seat.serve(key);
        Ok(taken)
    }

    /// No more work. What is open may come to its end, for as long as anybody would wait for a connection; then idle
    /// connections are closed, and any others when they come back.
    pub(super) async fn close(&self) {
        let all = self.permits.acquire_many(self.open.pool.max.max(1));
        drop(tokio::time::timeout(self.open.pool.acquire, all).await);
        self.permits.close();
        let idle = self.lock().drain();
        for seat in idle {
            seat.close().await;
        }
    }

    /// Whoever holds a permit may have a connection; so as many idle ones may stay as there are permits left.
    fn make_room(&self) {
        let surplus = self.lock().shrink(self.permits.available_permits());
        close_all(surplus);
    }

    fn lock(&self) -> MutexGuard<'_, Idle> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Taken {
    /// Scrubs the connection off the caller's path and gives it back, its transaction having ended.
    pub(super) fn give_back(self) {
        let Self { mut seat, pool, permit } = self;
        tokio::spawn(async move {
            let as_new = seat.scrub().await && (seat.is_favourite() || seat.forget().await);
            if pool.permits.is_closed() || !as_new || seat.is_worn(&pool.open) {
                seat.close().await;
                return;
            }
            // At most half of the connections remember whom they served; the rest are ready for anybody.
            let warm = pool.open.pool.max as usize / 2;
            let coldest = pool.lock().put(seat, warm);
            if let Some(mut coldest) = coldest
                && coldest.forget().await
            {
                pool.lock().put(coldest, usize::MAX);
            }
            drop(permit);
            if pool.permits.is_closed() {
                pool.close().await;
            }
        });
    }
}

/// Closes what has been idle for too long, as long as the pool lives.
async fn reap(pool: Weak<Seats>) {
    loop {
        tokio::time::sleep(Duration::from_secs(10)).await;
        let Some(pool) = pool.upgrade() else { return };
        if let Some(limit) = pool.open.pool.idle {
            let stale = pool.lock().stale(Instant::now(), limit);
            close_all(stale);
        }
    }
}

fn close_all(seats: Vec<Seat>) {
    for seat in seats {
        tokio::spawn(seat.close());
    }
}
