//! What a job has come to, tenant by tenant.

use std::fmt;

use rolewright_core::{Advice, Exit, tenant::TenantId};
use rolewright_roles::{Finding, tenants::TenantsProvisioned};
use serde::Serialize;

use super::TenantError;

/// What a job does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// Makes tenants, or mends them.
    Add,
    /// Runs the module's migrations.
    Upgrade,
    /// Refuses tenants.
    Disable,
    /// Serves them again.
    Enable,
    /// Removes them.
    Purge,
}

impl Kind {
    /// The word that the table and the command have for it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Add => "add",
            Self::Upgrade => "upgrade",
            Self::Disable => "disable",
            Self::Enable => "enable",
            Self::Purge => "purge",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        [Self::Add, Self::Upgrade, Self::Disable, Self::Enable, Self::Purge]
            .into_iter()
            .find(|kind| kind.as_str() == word)
    }
}

impl fmt::Display for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// A job that has run.
#[derive(Debug, Serialize)]
pub struct JobReport {
    /// Its number in `rolewright.tenant_job`; none where there was nothing to do.
    pub job: Option<i64>,
    /// What it did.
    pub kind: Kind,
    /// Each tenant, in the order of their ids.
    pub tenants: Vec<Item>,
    /// Who is at work on it, where that is another process, to which it is left.
    pub held_by: Option<String>,
    /// Why it could not be gone on with, where it could not.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
    /// The fix.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hint: Option<String>,
    /// The exit code of that.
    #[serde(skip)]
    pub exit: Option<Exit>,
}

/// One tenant of a job.
#[derive(Clone, Debug, Serialize)]
pub struct Item {
    /// The tenant.
    pub id: TenantId,
    /// What was changed: kinds of changes, names of migrations, counts of what was dropped; nothing where it was so already.
    pub changes: Vec<String>,
    /// What was found besides, each with the statement that mends it; of one that failed, what leaves it open though it is refused.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub findings: Vec<Finding>,
    /// Why it failed, where it did.
    pub error: Option<String>,
    /// The fix.
    pub hint: Option<String>,
    /// Whether it has not failed but waits: whoever went on with its job had enough, and the next one goes on.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub waits: bool,
    /// The exit code of that failure.
    #[serde(skip)]
    pub exit: Option<Exit>,
}

/// What was done for one tenant, and what was found.
#[derive(Debug, Default)]
pub(super) struct Done {
    pub(super) changes: Vec<String>,
    pub(super) findings: Vec<Finding>,
}

impl From<Vec<String>> for Done {
    fn from(changes: Vec<String>) -> Self {
        Self { changes, ..Self::default() }
    }
}

impl From<TenantsProvisioned> for Done {
    fn from(done: TenantsProvisioned) -> Self {
        let changes = done.changes.iter().map(|change| change.kind.to_owned()).collect();
        Self { changes, findings: done.findings }
    }
}

impl Item {
    pub(super) fn new(id: &TenantId, outcome: Result<Done, TenantError>) -> Self {
        let (Done { changes, findings }, error) = match outcome {
            Ok(done) => (done, None),
            Err(error) => match &error {
                TenantError::LeftOpen { changes, findings, .. } => {
                    (Done { changes: changes.clone(), findings: findings.clone() }, Some(error))
                }
                _ => (Done::default(), Some(error)),
            },
        };
        Self {
            id: id.clone(),
            changes,
            findings,
            waits: matches!(error, Some(TenantError::Waits { .. })),
            hint: error.as_ref().and_then(Advice::hint),
            exit: error.as_ref().map(Advice::exit),
            error: error.map(|error| error.to_string()),
        }
    }

    /// What is kept of it in the table.
    pub(super) fn detail(&self) -> String {
        match (&self.error, &self.hint) {
            (Some(error), Some(hint)) => format!("{error}; {hint}"),
            (Some(error), None) => error.clone(),
            (None, _) => self.changes.join(", "),
        }
    }
}

impl JobReport {
    pub(super) fn new(job: Option<i64>, kind: Kind, tenants: Vec<Item>) -> Self {
        Self { job, kind, tenants, held_by: None, error: None, hint: None, exit: None }
    }

    /// One that could not be gone on with.
    pub(super) fn failed(job: i64, kind: Kind, error: &TenantError) -> Self {
        let (hint, exit) = (error.hint(), Some(error.exit()));
        Self { error: Some(error.to_string()), hint, exit, ..Self::new(Some(job), kind, Vec::new()) }
    }

    /// Success, or the code of the first failure; one that was stopped says so before all else.
    #[must_use]
    pub fn exit(&self) -> Exit {
        let mut exits = self.exit.into_iter().chain(self.tenants.iter().filter_map(|item| item.exit));
        let first = exits.next().unwrap_or(Exit::Ok);
        if exits.any(|exit| exit == Exit::Stopped) { Exit::Stopped } else { first }
    }
}
