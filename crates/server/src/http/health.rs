//! `/livez` and `/readyz`, for whoever starts, stops and watches the process. They need no token and tell no secret.

use axum::{Json, Router, extract::State, http::StatusCode, routing::get};

use crate::health::{Health, Report};

/// `/livez` answers 200 while the process lives; `/readyz` answers 200 when work is accepted, else 503, both with the
/// [`Report`] as JSON. An embedding host merges this router into its own.
///
/// ```
/// let routes = rolewright::http::router(rolewright::Health::default());
/// # let _: axum::Router = routes;
/// ```
pub fn router(health: Health) -> Router {
    Router::new().route("/livez", get(livez)).route("/readyz", get(readyz)).with_state(health)
}

async fn livez() -> &'static str {
    "ok\n"
}

async fn readyz(State(health): State<Health>) -> (StatusCode, Json<Report>) {
    let report = health.report();
    let status = if report.ready { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, Json(report))
}
