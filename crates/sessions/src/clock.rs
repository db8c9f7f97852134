//! The time a report has: what the server spends on it, not what its reader does.

use std::time::{Duration, Instant};

use tokio::time::timeout;

use crate::QueryError;

/// The server's own timeout gets this much longer to end a statement by itself, which keeps the connection.
const GRACE: Duration = Duration::from_millis(500);

pub(crate) struct Clock {
    whole: Duration,
    spent: Duration,
    /// When the statement that runs now was sent: the server's own timeout counts from there.
    sent: Instant,
}

impl Clock {
    pub(crate) fn new(whole: Duration) -> Self {
        Self { whole, spent: Duration::ZERO, sent: Instant::now() }
    }

    /// A statement is sent now.
    pub(crate) fn send(&mut self) {
        self.sent = Instant::now();
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

    /// Whether the time is (nearly) up, as we count it or as the server does, for which a statement lasts until its
    /// last row is sent: tells a timeout from a cancel by someone else, which have one SQLSTATE.
    pub(crate) fn is_up(&self) -> bool {
        let nearly = Duration::from_millis(20);
        self.spent + nearly >= self.whole || self.sent.elapsed() + nearly >= self.whole
    }
}
