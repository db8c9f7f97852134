//! What `/livez`, `/readyz` and embedding hosts are told: the stage, since when, and why not ready.

use std::{
    collections::BTreeMap,
    sync::Arc,
    time::{Duration, SystemTime},
};

use serde::Serialize;
use time::OffsetDateTime;
use tokio::sync::watch;

use crate::stages::Stage;

/// A shared view of the start's progress; cheap to clone, readable without waiting.
///
/// ```
/// use rolewright::{Health, Stage};
///
/// let health = Health::default();
/// assert_eq!(health.report().stage, Stage::Configure);
/// assert!(!health.report().ready);
/// ```
#[derive(Clone, Debug)]
pub struct Health(Arc<watch::Sender<Report>>);

/// One moment's state. As JSON it is the body of `/readyz`.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// Whether work is accepted.
    pub ready: bool,
    /// The stage the process is in.
    pub stage: Stage,
    /// When it entered this stage.
    #[serde(with = "time::serde::rfc3339")]
    pub since: OffsetDateTime,
    /// Why it is not ready, or what it does without; never a secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Each configured role's state.
    pub roles: BTreeMap<String, RoleHealth>,
    /// The stages gone through, with their durations.
    pub stages: Vec<Timing>,
}

/// A role's state, by its connection's name.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(tag = "state", content = "reason", rename_all = "lowercase")]
pub enum RoleHealth {
    /// Its pool is open.
    Open,
    /// Its work is refused, for this reason.
    Refused(String),
}

/// How long a stage took.
#[derive(Clone, Debug, Serialize)]
pub struct Timing {
    /// The stage.
    pub stage: Stage,
    /// Its duration in milliseconds.
    pub duration_ms: u64,
}

impl Default for Health {
    fn default() -> Self {
        let report = Report {
            ready: false,
            stage: Stage::Configure,
            since: SystemTime::now().into(),
            reason: None,
            roles: BTreeMap::new(),
            stages: Vec::new(),
        };
        Self(Arc::new(watch::Sender::new(report)))
    }
}

impl Health {
    /// The state at this moment.
    #[must_use]
    pub fn report(&self) -> Report {
        self.0.borrow().clone()
    }

    pub(crate) fn enter(&self, stage: Stage) {
        self.0.send_modify(|report| {
            report.stage = stage;
            report.since = SystemTime::now().into();
            report.ready = stage == Stage::Serve;
        });
    }

    pub(crate) fn finished(&self, stage: Stage, took: Duration) {
        let duration_ms = u64::try_from(took.as_millis()).unwrap_or(u64::MAX);
        self.0.send_modify(|report| report.stages.push(Timing { stage, duration_ms }));
    }

    pub(crate) fn role(&self, connection: &str, state: RoleHealth) {
        self.0.send_modify(|report| {
            report.roles.insert(connection.to_owned(), state);
        });
    }

    /// Not ready for this reason, or ready again; only once all stages are behind.
    pub(crate) fn trouble(&self, reason: Option<String>) {
        self.0.send_if_modified(|report| {
            let ready = reason.is_none() && report.stage == Stage::Serve;
            let changed = report.reason != reason || report.ready != ready;
            report.ready = ready;
            report.reason = reason;
            changed
        });
    }
}
