//! What a failed call is answered: the cause, the hint, and nothing secret.

use axum::{
    Json,
    http::{HeaderName, Method, StatusCode, header},
    response::{IntoResponse, Response},
};
use rolewright_core::{Advice, Exit};
use serde::Serialize;

use crate::stages::Stage;

/// A failure, as `{"error","hint"}`; where the start has not finished also its `stage`.
#[derive(Debug, Serialize)]
pub(super) struct Failed {
    #[serde(skip)]
    status: StatusCode,
    error: String,
    hint: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    stage: Option<Stage>,
    #[serde(skip)]
    header: Option<(HeaderName, &'static str)>,
}

impl Failed {
    pub(super) fn new(status: StatusCode, error: impl Into<String>, hint: impl Into<String>) -> Self {
        Self { status, error: error.into(), hint: Some(hint.into()), stage: None, header: None }
    }

    /// The caller did not show that it may call (RFC 6750, section 3).
    pub(super) fn unauthorized(error: &str, challenge: &'static str) -> Self {
        let hint = "send `Authorization: Bearer TOKEN` with the token of `http.admin_token` or `http.admin_token_file`";
        let header = Some((header::WWW_AUTHENTICATE, challenge));
        Self { header, ..Self::new(StatusCode::UNAUTHORIZED, error, hint) }
    }

    /// The start has not come so far yet, or the process is ending.
    pub(super) fn not_ready(stage: Stage) -> Self {
        let error = match stage {
            Stage::Drain => "the process is ending and takes no more work".to_owned(),
            _ => format!("the start has not finished: it is in the stage {stage}"),
        };
        let hint = "call again when /readyz answers 200; it tells the stage, and what keeps the start";
        let header = Some((header::RETRY_AFTER, "1"));
        Self { stage: Some(stage), header, ..Self::new(StatusCode::SERVICE_UNAVAILABLE, error, hint) }
    }
}

impl<E: Advice> From<&E> for Failed {
    /// What stands in the way and must be mended by somebody is a conflict; what may pass is unavailable.
    fn from(error: &E) -> Self {
        let status = match error.exit() {
            Exit::NoPermission | Exit::Broken => StatusCode::CONFLICT,
            Exit::Usage => StatusCode::BAD_REQUEST,
            Exit::Unavailable => StatusCode::SERVICE_UNAVAILABLE,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Self { status, error: error.to_string(), hint: error.hint(), stage: None, header: None }
    }
}

impl Failed {
    /// The same as plain text, for callers that expect no JSON of a failure.
    pub(super) fn into_text(mut self) -> Response {
        let (status, header) = (self.status, self.header.take());
        let hint = self.hint.map(|hint| format!("{hint}\n")).unwrap_or_default();
        (status, header.map(|header| [header]), format!("{}\n{hint}", self.error)).into_response()
    }
}

impl IntoResponse for Failed {
    fn into_response(mut self) -> Response {
        let (status, header) = (self.status, self.header.take());
        (status, header.map(|header| [header]), Json(self)).into_response()
    }
}

pub(super) async fn not_found() -> Failed {
    let hint = "GET /livez and /readyz are here; POST /v1/provision is where an admin token is configured";
    Failed::new(StatusCode::NOT_FOUND, "there is nothing at this path", hint)
}

pub(super) async fn only_post(method: Method) -> Failed {
    let error = format!("{method} is not what this path is for");
    let header = Some((header::ALLOW, "POST"));
    Failed { header, ..Failed::new(StatusCode::METHOD_NOT_ALLOWED, error, "use POST") }
}
