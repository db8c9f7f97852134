//! The tenant interface of a gateway: a module's tenants enabled, upgraded, disabled and purged by HTTP.
//!
//! This is the interface `_tenant` 2.0 as FOLIO's Okapi drives it (Okapi guide, "Tenant Interface"): `POST /_/tenant` begins a job and
//! answers 201 with its `Location`, `GET` there tells how far it has come and waits for it where asked to, `DELETE` forgets it. The
//! tenant comes in `X-Okapi-Tenant` alone; there is no default. Failures are plain text.

mod attributes;
mod header;
mod job;

use std::{
    sync::{Arc, OnceLock},
    time::Duration,
};

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request, State},
    middleware::{self, Next},
    response::Response,
    routing::{any, get, post},
};
use rolewright_core::{
    Password,
    settings::{HttpSettings, TenantCalls},
};
use tokio::{sync::Semaphore, time::MissedTickBehavior};
use tracing::warn;

use super::{admin::Started, bearer};
use crate::{Health, HostMigrations, Rolewright};

/// How often it is looked whether jobs were left.
const MINUTE: Duration = Duration::from_secs(60);
/// More than a list of parameters needs.
const LIMIT: usize = 65_536;

/// Who may call.
#[derive(Clone, Debug)]
pub enum Caller {
    /// Who brings this token.
    Token(Password),
    /// Whoever reaches the address: a gateway that brings no token of ours, and nothing else.
    Gateway,
}

impl Caller {
    pub(super) fn of(settings: &HttpSettings) -> Option<Self> {
        match (settings.tenants, &settings.admin_token) {
            (TenantCalls::Token, Some(token)) => Some(Self::Token(token.clone())),
            (TenantCalls::Gateway, _) => Some(Self::Gateway),
            // Without a token to ask for there is nobody to answer.
            (TenantCalls::Off | TenantCalls::Token, _) => None,
        }
    }
}

/// What the calls share.
#[derive(Clone)]
struct Calls {
    health: Health,
    started: Started,
    caller: Caller,
    migrations: Option<Arc<dyn HostMigrations>>,
    /// Room for as many jobs as the core pool has connections for.
    room: Arc<OnceLock<Semaphore>>,
}

/// `POST /_/tenant`, `GET` and `DELETE /_/tenant/{id}`. An embedding host merges this router into its own, with the module's own
/// migrations where it has any.
///
/// ```
/// use rolewright::{Health, core::Password, http::{Caller, Started, tenants}};
///
/// let (health, started) = (Health::default(), Started::default());
/// let caller = Caller::Token(Password::new("wrFy2zBTQ8yaeVQ2bXEsVbYbXBcWpqgQ"));
/// let routes = tenants(health, started.clone(), caller, None);
/// // … and when the start has finished: started.tell(std::sync::Arc::new(app));
/// # let _: axum::Router = routes;
/// ```
pub fn tenants(
    health: Health,
    started: Started,
    caller: Caller,
    migrations: Option<Arc<dyn HostMigrations>>,
) -> Router {
    let calls = Calls { health, started, caller, migrations, room: Arc::default() };
    let guarded = || middleware::from_fn_with_state(calls.clone(), guard);
    let paths = Router::new()
        .route("/", post(job::begin))
        .route("/{id}", get(job::look).delete(job::forget))
        .method_not_allowed_fallback(job::no_method)
        .fallback(job::no_path)
        .layer(DefaultBodyLimit::max(LIMIT))
        .layer(guarded())
        .with_state(calls.clone());
    // What is below is answered in the interface's own form, also where a slash is all that there is.
    Router::new().nest("/_/tenant", paths).route("/_/tenant/", any(job::no_path).layer(guarded()))
}

/// No call is looked at before its token is.
async fn guard(State(calls): State<Calls>, request: Request, next: Next) -> Response {
    if let Caller::Token(token) = &calls.caller
        && let Err(refused) = bearer::check(request.headers(), token)
    {
        return refused.into_text();
    }
    next.run(request).await
}

/// Goes on with what was asked of a process that has ended since, or that lost the database meanwhile; now, and once a minute.
pub(crate) async fn take_up(app: Arc<Rolewright>) {
    let Ok(tenants) = app.tenants() else { return };
    let mut minutes = tokio::time::interval(MINUTE);
    minutes.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        minutes.tick().await;
        if let Err(error) = tenants.take_up().await {
            warn!(%error, "jobs of tenants that were left could not be gone on with; tried again in a minute");
        }
    }
}
