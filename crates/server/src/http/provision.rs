//! `POST /v1/provision`: looks again now, for who has made tables that reports are to read.

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use tracing::info;

use super::{admin::Admin, answer::Failed};

/// Answers 200 with [`Reconciled`](crate::Reconciled) as JSON: `changes` that were made, connections that are `refused` now with
/// their reasons, `findings` that are left alone, and `violations`.
///
/// 409 when something stands in the way that somebody must mend, 503 when the database does not answer, another process holds the
/// lock for too long, or the start has not finished. What could not be mended is then as it was.
pub(super) async fn provision(State(admin): State<Admin>, body: Bytes) -> Response {
    match look(&admin, &body).await {
        Ok(response) => response,
        Err(failed) => failed.into_response(),
    }
}

async fn look(admin: &Admin, body: &[u8]) -> Result<Response, Failed> {
    if !matches!(body.trim_ascii(), b"" | b"{}") {
        return Err(Failed::new(
            StatusCode::BAD_REQUEST,
            "this call takes no parameters",
            "send no body, or {}",
        ));
    }
    let app = admin.app()?;
    info!("looking again, as an administrative call asks");
    let outcome = admin.look.look(&app).await.ok_or_else(|| {
        let hint = "read this process's log, and call again";
        Failed::new(StatusCode::INTERNAL_SERVER_ERROR, "the look gave up unexpectedly", hint)
    })?;
    match &*outcome {
        Ok(done) => Ok(Json(done).into_response()),
        Err(error) => Err(Failed::from(error)),
    }
}
