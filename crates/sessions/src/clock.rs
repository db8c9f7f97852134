//! The time a report has: what the server spends on it, not what its reader does.

use std::time::{Duration, Instant};

use tokio::time::timeout;

use crate::QueryError;

/// The server's own timeout gets this much longer to end a statement by itself, which keeps the connection.
const GRACE: Duration = Duration::from_millis(500);

pub(crate) struct Clock {
    whole: Duration,
    spent: Duration,
}

impl Clock {
    pub(crate) fn new(whole: Duration) -> Self {
        Self { whole, spent: Duration::ZERO }
    }

    /// Waits for the server, on the report's time.
    pub(crate) async fn run<T>(&mut self, work: impl Future<Output = T>) -> Result<T, QueryError> {
        let start = Instant::now();
        let left = self.whole.saturating_sub(self.spent).saturating_add(GRACE);
        let outcome = timeout(left, work).await;
        self.spent += start.elapsed();
        outcome.map_err(|_| self.elapsed())
    }

    /// The error of a report whose time is up.
    pub(crate) fn elapsed(&self) -> QueryError {
        QueryError::Timeout { after: self.whole }
    }

    /// Whether the time is (nearly) up: tells a timeout from a cancel by someone else, which have one SQLSTATE.
    pub(crate) fn is_up(&self) -> bool {
        self.spent + Duration::from_millis(20) >= self.whole
    }
}
