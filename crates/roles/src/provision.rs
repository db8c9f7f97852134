//! The one writer: looks, plans, and only where something differs takes the lock, looks again and applies, all in one
//! transaction that is proved before it is committed.

use std::{collections::BTreeSet, time::Duration};

use rolewright_core::RoleSecret;
use sea_orm::DatabaseConnection;
use serde::Serialize;

use crate::{Desired, Finding, Plan, ProvisionError, diff, inspect, password};

mod apply;
mod attempt;
mod lock;
mod retry;

pub use lock::LOCK_KEY;

/// How provisioning behaves.
#[derive(Clone, Debug)]
pub struct ProvisionOptions {
    /// How long to wait for another process that provisions.
    pub lock_timeout: Duration,
    /// How long any one statement may take.
    pub statement_timeout: Duration,
    /// Roles whose password is set again although its fingerprint is in step: their login was refused.
    pub force_password: BTreeSet<String>,
    /// What the audit table calls the program that applied a change.
    pub version: String,
}

impl Default for ProvisionOptions {
    fn default() -> Self {
        Self {
            lock_timeout: Duration::from_secs(30),
            statement_timeout: Duration::from_secs(60),
            force_password: BTreeSet::new(),
            version: concat!("rolewright ", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

/// What provisioning did.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Provisioned {
    /// The changes applied, in order; empty when there was nothing to change.
    pub changes: Vec<AppliedChange>,
    /// What did not stop the rest, and should be known.
    pub findings: Vec<Finding>,
    /// How often the catalogs were read.
    pub looks: u32,
    /// How often the transaction was begun; 0 when in sync.
    pub attempts: u32,
    /// How long the lock was waited for, all attempts together.
    pub waited: Duration,
}

/// One change that was applied, without any secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AppliedChange {
    /// Its kind.
    pub kind: &'static str,
    /// Its object.
    pub object: String,
    /// The managed role.
    pub role: String,
    /// The statement, any verifier as `***`.
    pub sql: String,
}

/// What [`provision`] would do; changes nothing and takes no lock.
///
/// Without the secret (not made yet, or not to be opened) the plan cannot tell whether a password is in step and says
/// nothing of it.
///
/// # Errors
/// What the server or the connection said. What stands in the way is no error here but a refusal in the plan.
pub async fn plan(
    db: &DatabaseConnection,
    desired: &Desired,
    secret: Option<&RoleSecret>,
) -> Result<Plan, ProvisionError> {
    let credentials = secret.map(|secret| password::credentials(secret, desired)).unwrap_or_default();
    let observed = inspect(db, desired).await?;
    Ok(diff(desired, &observed, &credentials, &BTreeSet::new()))
}

/// Makes the database as desired, and proves it.
///
/// In sync it is one query: no lock, no DDL. Else one transaction under an advisory lock: look again, apply in batches,
/// record, ask for effective rights, commit. Races over catalog rows are retried, looking again each time.
///
/// # Errors
/// [`ProvisionError::Refused`] when something stands in the way, [`ProvisionError::Broken`] when a role could do too
/// much afterwards, [`ProvisionError::Busy`] when the lock was not to be had; nothing is granted in any of them.
pub async fn provision(
    db: &DatabaseConnection,
    desired: &Desired,
    secret: &RoleSecret,
    options: &ProvisionOptions,
) -> Result<Provisioned, ProvisionError> {
    retry::until_done(db, desired, &password::credentials(secret, desired), options).await
}
