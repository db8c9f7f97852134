//! The HTTP side of `serve`: health from the first moment on, and administrative calls for who brings the token.
//!
//! | call | answers |
//! |---|---|
//! | `GET /livez` | 200 while the process lives |
//! | `GET /readyz` | 200 when work is accepted, else 503; the [`Report`](crate::Report) as JSON |
//! | `POST /v1/provision` | what [`Rolewright::provision`](crate::Rolewright::provision) found and did ([`Reconciled`](crate::Reconciled)) |
//!
//! Administrative calls bring `Authorization: Bearer TOKEN`. What fails is answered as `{"error","hint"}`. An embedding host
//! merges these routers into its own.

mod admin;
mod answer;
mod bearer;
mod health;
mod provision;
mod shared;

pub use admin::{Started, admin};
pub use health::router;

use axum::Router;
use rolewright_core::Password;

use crate::Health;

/// Everything `serve` answers. Without a token there are no administrative calls: they are not found.
pub(crate) fn all(health: Health, started: Started, token: Option<&Password>) -> Router {
    let routes = router(health.clone());
    let routes = match token {
        Some(token) => routes.merge(admin(health, started, token)),
        None => routes,
    };
    routes.fallback(answer::not_found)
}
