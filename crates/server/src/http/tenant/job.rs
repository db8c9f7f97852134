//! A job as the gateway sees it: begun, asked for, forgotten.

use std::{sync::Arc, time::Duration};

use axum::{
    Json,
    body::Bytes,
    extract::{
        FromRequest as _, Path, Query, Request, State,
        rejection::{PathRejection, QueryRejection},
    },
    http::{HeaderMap, StatusCode, header::LOCATION},
    response::{IntoResponse, Response},
};
use rolewright_core::TenantId;
use serde::{Deserialize, Serialize};
use tokio::{
    sync::{Semaphore, oneshot},
    time::{Instant, timeout},
};
use tracing::{info, warn};
use uuid::Uuid;

use super::{Calls, attributes::Attributes, header};
use crate::{
    Rolewright,
    http::{answer::Failed, body::in_time},
    tenants::{Ask, Asked, Served, Tenants},
};

/// How long a caller may wait in one call.
const MOST: Duration = Duration::from_secs(60);
/// How long a job waits for room before it is begun.
const PATIENCE: Duration = Duration::from_secs(20);
/// How soon a job is looked at again while somebody waits for it, and how seldom in the end.
const PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// A job, in the words of the interface.
#[derive(Serialize)]
struct Job {
    id: Uuid,
    tenant: String,
    #[serde(rename = "tenantAttributes")]
    attributes: serde_json::Value,
    complete: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    error: Option<String>,
    messages: Vec<String>,
}

impl From<Asked> for Job {
    fn from(asked: Asked) -> Self {
        let Asked { id, tenant, attributes, complete, error, messages } = asked;
        Self { id, tenant: tenant.to_string(), attributes, complete, error, messages }
    }
}

/// `?wait=` of a look, in milliseconds.
#[derive(Deserialize)]
pub(super) struct Waiting {
    #[serde(default)]
    wait: Option<String>,
}

/// Answers 201, the job and its `Location`; the work goes on when the caller goes away, at whatever moment.
pub(super) async fn begin(State(calls): State<Calls>, headers: HeaderMap, request: Request) -> Response {
    let begun = async {
        // Also where what it says is refused: whoever still sends it would not hear why.
        let body = in_time(Bytes::from_request(request, &())).await?;
        let tenant = header::tenant(&headers)?;
        let body = body.map_err(|refused| {
            let hint = "the interface's parameters are a few lines; what is large belongs in the module's own migrations";
            Failed::new(refused.status(), refused.body_text(), hint)
        })?;
        let attributes = Attributes::read(&body)?;
        let app = calls.app()?;
        let ask = attributes.ask(calls.tenants(&app)?.module())?;
        // Not with the call, which ends with its caller: a job would be left that nobody works on.
        let (told, first) = oneshot::channel();
        tokio::spawn(carry_out(calls, app, tenant, ask, attributes, told));
        let asked = first.await.unwrap_or_else(|_| Err(interrupted()))?;
        let location = [(LOCATION, format!("/_/tenant/{}", asked.id))];
        Ok((StatusCode::CREATED, location, Json(Job::from(asked))).into_response())
    };
    begun.await.unwrap_or_else(Failed::into_text)
}

/// Waits for room, keeps what is asked, tells how it begins, and does it.
async fn carry_out(
    calls: Calls,
    app: Arc<Rolewright>,
    tenant: TenantId,
    ask: Ask,
    attributes: Attributes,
    told: oneshot::Sender<Result<Asked, Failed>>,
) {
    let Ok(tenants) = calls.tenants(&app) else { return };
    // Each job needs connections of its own: too many at once would wait for one another's.
    let room = calls.room.get_or_init(|| Semaphore::new(tenants.at_once()));
    let Ok(Ok(_room)) = timeout(PATIENCE, room.acquire()).await else { return drop(told.send(Err(busy()))) };
    let kept = serde_json::to_value(&attributes).unwrap_or_default();
    let begun = match tenants.ask(&tenant, ask, &kept).await {
        Ok(begun) => begun,
        Err(error) => return drop(told.send(Err(Failed::from(&Served(&error))))),
    };
    let id = begun.id;
    info!(%tenant, ?ask, request = %id, "begun, as the tenant interface asks");
    let _ = told.send(find(tenants, &tenant, id).await);
    if let Err(error) = tenants.carry_out(begun).await {
        warn!(%tenant, request = %id, %error, "what was asked could not be carried out");
    }
}

fn busy() -> Failed {
    let hint = "send it again, or raise `database.pool.max` and `tenancy.parallel`";
    Failed::new(StatusCode::SERVICE_UNAVAILABLE, "as many jobs as there is room for are at work", hint)
}

fn interrupted() -> Failed {
    let hint = "look whether the job has begun before this is sent again";
    Failed::new(StatusCode::INTERNAL_SERVER_ERROR, "the call was interrupted while its job began", hint)
}

/// Answers 200 and the job, at once or, with `wait`, when it has ended or that many milliseconds are over.
pub(super) async fn look(
    State(calls): State<Calls>,
    headers: HeaderMap,
    id: Result<Path<String>, PathRejection>,
    waiting: Result<Query<Waiting>, QueryRejection>,
) -> Response {
    let looked = async {
        let tenant = header::tenant(&headers)?;
        let (id, wait) = (number(id)?, time(waiting)?);
        let app = calls.app()?;
        let until = Instant::now() + wait;
        let mut pause = PAUSE;
        loop {
            let asked = find(calls.tenants(&app)?, &tenant, id).await?;
            if asked.complete || Instant::now() >= until {
                return Ok(Json(Job::from(asked)).into_response());
            }
            tokio::time::sleep_until((Instant::now() + pause).min(until)).await;
            pause = (pause * 3 / 2).min(LONGEST_PAUSE);
        }
    };
    looked.await.unwrap_or_else(Failed::into_text)
}

/// Answers 204 and forgets the job; 409 while it runs.
pub(super) async fn forget(
    State(calls): State<Calls>,
    headers: HeaderMap,
    id: Result<Path<String>, PathRejection>,
) -> Response {
    let forgotten = async {
        let tenant = header::tenant(&headers)?;
        let id = number(id)?;
        let app = calls.app()?;
        let tenants = calls.tenants(&app)?;
        if tenants.forget(&tenant, id).await.map_err(|error| Failed::from(&Served(&error)))? {
            return Ok(StatusCode::NO_CONTENT.into_response());
        }
        find(tenants, &tenant, id).await?;
        Err(Failed::new(StatusCode::CONFLICT, "the job has not ended", "wait for it: GET it with `?wait=`"))
    };
    forgotten.await.unwrap_or_else(Failed::into_text)
}

impl Calls {
    fn app(&self) -> Result<Arc<Rolewright>, Failed> {
        self.started.app(&self.health)
    }

    fn tenants<'a>(&'a self, app: &'a Rolewright) -> Result<Tenants<'a>, Failed> {
        let tenants = app.tenants().map_err(|error| Failed::from(&Served(&error)))?;
        Ok(match &self.migrations {
            Some(migrations) => tenants.migrations(&**migrations),
            None => tenants,
        })
    }
}

fn time(waiting: Result<Query<Waiting>, QueryRejection>) -> Result<Duration, Failed> {
    let wrong = |_| {
        let error = "`wait` is no number of milliseconds, or there twice";
        Failed::new(StatusCode::BAD_REQUEST, error, "such as `?wait=5000`")
    };
    let Some(wait) = waiting.map_err(|_| ()).map_err(wrong)?.0.wait else { return Ok(Duration::ZERO) };
    let wait = wait.parse().map(Duration::from_millis).map_err(|_| ()).map_err(wrong)?;
    Ok(wait.min(MOST))
}

fn number(id: Result<Path<String>, PathRejection>) -> Result<Uuid, Failed> {
    let hint = "take the job's `Location` as it was given";
    id.ok()
        .and_then(|Path(id)| Uuid::parse_str(&id).ok())
        .ok_or_else(|| Failed::new(StatusCode::BAD_REQUEST, "the number of the job is no UUID", hint))
}

/// What the interface has.
const CALLS: &str = "POST /_/tenant begins a job; GET and DELETE of its `Location` look at it and forget it";

/// Another method than the interface has.
pub(super) async fn no_method() -> Response {
    Failed::new(StatusCode::METHOD_NOT_ALLOWED, "the tenant interface has no such method here", CALLS)
        .into_text()
}

/// A path below `/_/tenant` that the interface does not have, such as one that ends with a slash.
pub(super) async fn no_path() -> Response {
    Failed::new(StatusCode::NOT_FOUND, "the tenant interface has nothing at this path", CALLS).into_text()
}

/// The job of this tenant's. That of another is not told from one that does not exist.
async fn find(tenants: Tenants<'_>, tenant: &TenantId, id: Uuid) -> Result<Asked, Failed> {
    tenants.asked(tenant, id).await.map_err(|error| Failed::from(&Served(&error)))?.ok_or_else(|| {
        let hint = "its jobs are known by the `Location` that began them, until they are deleted";
        Failed::new(StatusCode::NOT_FOUND, format!("the tenant {tenant} has no such job"), hint)
    })
}
