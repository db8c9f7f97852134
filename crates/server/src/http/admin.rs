//! The administrative calls: a token first, then a small body, then an application that has started.

use std::sync::{Arc, OnceLock};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{Request, State},
    http::StatusCode,
    middleware::{self, Next},
    response::{IntoResponse, Response},
    routing::post,
};
use rolewright_core::Password;

use super::{
    answer::{self, Failed},
    bearer, body, provision,
    shared::Shared,
};
use crate::{Health, Rolewright, stages::Stage};

/// More than any call needs.
const LIMIT: usize = 4096;

/// The application, from the moment its start has finished; cheap to clone.
///
/// The routes are served from the first moment on, and answer that the start has not finished until it is told.
#[derive(Clone, Debug, Default)]
pub struct Started(Arc<OnceLock<Arc<Rolewright>>>);

impl Started {
    /// From now on calls reach this application. The first that is told stays.
    pub fn tell(&self, app: Arc<Rolewright>) {
        let _ = self.0.set(app);
    }

    /// The application, or the stage that keeps it.
    pub(super) fn app(&self, health: &Health) -> Result<Arc<Rolewright>, Failed> {
        let stage = health.report().stage;
        self.0.get().filter(|_| stage != Stage::Drain).cloned().ok_or_else(|| Failed::not_ready(stage))
    }
}

/// What the calls share.
#[derive(Clone)]
pub(super) struct Admin {
    health: Health,
    started: Started,
    token: Password,
    pub(super) look: Shared,
}

impl Admin {
    /// The application, or the stage that keeps it.
    pub(super) fn app(&self) -> Result<Arc<Rolewright>, Failed> {
        self.started.app(&self.health)
    }
}

/// `POST /v1/provision`, for who brings this token. An embedding host merges this router into its own.
///
/// ```
/// use rolewright::{Health, core::Password, http::{Started, admin}};
///
/// let (health, started) = (Health::default(), Started::default());
/// let routes = admin(health, started.clone(), &Password::new("wrFy2zBTQ8yaeVQ2bXEsVbYbXBcWpqgQ"));
/// // … and when the start has finished: started.tell(std::sync::Arc::new(app));
/// # let _: axum::Router = routes;
/// ```
pub fn admin(health: Health, started: Started, token: &Password) -> Router {
    let admin = Admin { health, started, token: token.clone(), look: Shared::default() };
    Router::new()
        .route("/v1/provision", post(provision::provision).fallback(answer::only_post))
        .layer(middleware::from_fn_with_state(admin.clone(), guard))
        .with_state(admin)
}

/// No call is looked at before its token is, and none has more of a body than is read here.
async fn guard(State(admin): State<Admin>, request: Request, next: Next) -> Response {
    if let Err(refused) = bearer::check(request.headers(), &admin.token) {
        return refused.into_response();
    }
    let (head, body) = request.into_parts();
    let read = match body::in_time(to_bytes(body, LIMIT)).await {
        Ok(read) => read,
        Err(late) => return late.into_response(),
    };
    let Ok(bytes) = read else {
        let error = format!("the body is larger than {LIMIT} bytes, or ended early");
        return Failed::new(StatusCode::PAYLOAD_TOO_LARGE, error, "send no body").into_response();
    };
    next.run(Request::from_parts(head, Body::from(bytes))).await
}
