//! The time that a request's body may take, so that nobody holds a connection, and what waits for it, by sending nothing.

use std::time::Duration;

use axum::http::StatusCode;

use super::answer::Failed;

/// The bodies of all calls are a few lines.
const TIME: Duration = Duration::from_secs(30);

/// What reading a body gives, where it comes in time.
pub(super) async fn in_time<T>(read: impl Future<Output = T>) -> Result<T, Failed> {
    let late = |_| {
        let error = format!("the body of the request did not come within {} seconds", TIME.as_secs());
        let hint = "send as many bytes as its Content-Length says";
        Failed::new(StatusCode::REQUEST_TIMEOUT, error, hint)
    };
    tokio::time::timeout(TIME, read).await.map_err(late)
}
