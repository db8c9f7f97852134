//! The HTTP side of `serve`: health from the first moment on, and administrative calls for who brings the token.
//!
//! | call | answers |
//! |---|---|
//! | `GET /livez` | 200 while the process lives |
//! | `GET /readyz` | 200 when work is accepted, else 503; the [`Report`](crate::Report) as JSON |
//! | `POST /_/tenant`, `GET` and `DELETE /_/tenant/{id}` | the tenant interface of a gateway ([`tenants`]) |
//! | `POST /v1/provision` | what [`Rolewright::provision`](crate::Rolewright::provision) found and did ([`Reconciled`](crate::Reconciled)) |
//!
//! A request whose body does not come within thirty seconds is answered 408, in the form of its interface's other failures; a connection on which no
//! head of a request comes for 75 seconds is closed.
//!
//! Administrative calls bring `Authorization: Bearer TOKEN`. What fails is answered as `{"error","hint"}`. An embedding host
//! merges these routers into its own.

mod admin;
mod answer;
mod bearer;
mod body;
mod health;
mod listen;
mod provision;
mod shared;
mod tenant;

pub use admin::{Started, admin};
pub use health::router;
pub(crate) use listen::listen;
pub(crate) use tenant::take_up;
pub use tenant::{Caller, tenants};

use axum::Router;
use rolewright_core::settings::HttpSettings;

use crate::Health;

/// Everything `serve` answers. Calls that the settings do not open are not found.
pub(crate) fn all(health: &Health, started: &Started, settings: &HttpSettings) -> Router {
    let mut routes = router(health.clone());
    if let Some(token) = &settings.admin_token {
        routes = routes.merge(admin(health.clone(), started.clone(), token));
    }
    if let Some(caller) = Caller::of(settings) {
        routes = routes.merge(tenants(health.clone(), started.clone(), caller, None));
    }
    routes.fallback(answer::not_found)
}
