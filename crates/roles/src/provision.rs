//! The one writer: looks, plans, and only where something differs takes the lock, looks again and applies, all in one
//! transaction that is proved before it is committed.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use rolewright_core::{Ident, KeepRoleSecret, Kept, RoleSecret};
use sea_orm::DatabaseConnection;
use serde::Serialize;
use sqlx::PgConnection;

use crate::{
    Desired, Finding, Gift, Observed, Plan, ProvisionError, diff, inspect, observed::Core, password,
};

pub(crate) mod apply;
pub(crate) mod attempt;
pub(crate) mod lock;
mod look;
pub(crate) mod retry;

pub use lock::{LOCK_KEY, lock_holder};

/// How provisioning behaves.
#[derive(Clone, Debug)]
pub struct ProvisionOptions {
    /// How long to wait for another process that provisions.
    pub lock_timeout: Duration,
    /// How long any one statement may take.
    pub statement_timeout: Duration,
    /// Roles whose password is set again although its fingerprint is in step: their login was refused.
    pub force_password: BTreeSet<String>,
    /// The same, but only if nobody has set it since: for each role the time of the last setting, as
    /// [`password_last_set`] gave it before the login that was refused.
    pub force_unless_set_since: BTreeMap<String, Option<String>>,
    /// Roles, by name, that were just logged in as with the password of this fingerprint: where core may not set their passwords,
    /// an administrator did.
    pub proved: BTreeMap<String, String>,
    /// Whether to put a new secret in the place of the old one, and with it new passwords. Those that core may not set are told as
    /// findings.
    pub rotate: bool,
    /// The age from which on the secret is replaced without being asked, where core may set passwords; absent means never.
    pub rotate_after: Option<Duration>,
    /// What the audit table calls the program that applied a change.
    pub version: String,
}

impl Default for ProvisionOptions {
    fn default() -> Self {
        Self {
            lock_timeout: Duration::from_secs(30),
            statement_timeout: Duration::from_secs(60),
            force_password: BTreeSet::new(),
            force_unless_set_since: BTreeMap::new(),
            proved: BTreeMap::new(),
            rotate: false,
            rotate_after: None,
            version: concat!("rolewright ", env!("CARGO_PKG_VERSION")).to_owned(),
        }
    }
}

impl ProvisionOptions {
    /// Whether the secret is older than it may become.
    fn is_old(&self, kept: &Kept) -> bool {
        self.rotate_after.is_some_and(|limit| kept.age > limit)
    }

    /// Whether the secret is to be replaced now: where an administrator sets the passwords, not by its age alone.
    fn is_due(&self, kept: &Kept, core: &Core) -> bool {
        self.rotate || self.is_old(kept) && (core.superuser || core.createrole)
    }

    /// The catalogs with what a login has proved.
    fn prove(&self, mut observed: Observed) -> Observed {
        for (role, fingerprint) in &self.proved {
            if let Some(found) = observed.roles.get_mut(role) {
                found.proved = Some(fingerprint.clone());
            }
        }
        observed
    }

    /// The roles whose password is to be set whatever its fingerprint says.
    fn forced(&self, observed: &Observed) -> BTreeSet<String> {
        let since = self.force_unless_set_since.iter().filter(|(role, before)| {
            observed.roles.get(*role).is_some_and(|found| found.password_set == **before)
        });
        self.force_password.iter().chain(since.map(|(role, _)| role)).cloned().collect()
    }
}

/// What provisioning did.
#[derive(Clone, Debug, Default, Serialize)]
pub struct Provisioned {
    /// The changes applied, in order; empty when there was nothing to change.
    pub changes: Vec<AppliedChange>,
    /// What did not stop the rest, and should be known.
    pub findings: Vec<Finding>,
    /// What the module's own roles gave away, each among the findings too.
    #[serde(skip)]
    pub gifts: Vec<Gift>,
    /// How often the catalogs were read.
    pub looks: u32,
    /// How often the transaction was begun; 0 when in sync.
    pub attempts: u32,
    /// How long the lock was waited for, all attempts together.
    pub waited: Duration,
    /// The secret the passwords derive from now.
    #[serde(skip)]
    pub secret: Option<RoleSecret>,
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
    plan_with(db, desired, secret, &ProvisionOptions::default()).await
}

/// The same with passwords that a login has proved, or disproved.
///
/// # Errors
/// As [`plan`].
pub async fn plan_with(
    db: &DatabaseConnection,
    desired: &Desired,
    secret: Option<&RoleSecret>,
    options: &ProvisionOptions,
) -> Result<Plan, ProvisionError> {
    let credentials = secret.map(|secret| password::credentials(secret, desired)).unwrap_or_default();
    let observed = options.prove(inspect(db, desired).await?);
    Ok(diff(desired, &observed, &credentials, &options.forced(&observed)))
}

/// Makes the database as desired, and proves it.
///
/// In sync it is two queries, for the secret and for the catalogs: no lock, no DDL. Else one transaction under an advisory lock: look again, apply in batches,
/// record, ask for effective rights, commit. The secret is read again under the lock, so that a process that looked with
/// an old one cannot set old passwords; a rotation replaces it there, in the same transaction as the passwords. Races over catalog rows are retried, looking again each time.
///
/// # Errors
/// [`ProvisionError::Refused`] when something stands in the way, [`ProvisionError::Broken`] when a role could do too
/// much afterwards, [`ProvisionError::Busy`] when the lock was not to be had; nothing is granted in any of them.
pub async fn provision(
    db: &DatabaseConnection,
    desired: &Desired,
    kept: &dyn KeepRoleSecret,
    options: &ProvisionOptions,
) -> Result<Provisioned, ProvisionError> {
    retry::until_done(db, desired, kept, options).await
}

/// When Rolewright last set a role's password, in PostgreSQL's words; nothing where it never did.
///
/// # Errors
/// What the server or the connection said.
pub async fn password_last_set(
    db: &DatabaseConnection,
    role: &Ident,
) -> Result<Option<String>, ProvisionError> {
    let sql = "/* rolewright: password last set */ SELECT set_at::text FROM rolewright.role_fingerprint WHERE role = $1";
    sqlx::query_scalar(sql)
        .bind(role.as_str())
        .fetch_optional(db.get_postgres_connection_pool())
        .await
        .map_err(|error| ProvisionError::sql("read when the password was set", &error))
}

/// The secret as it is kept now, read on the connection of the look or of the transaction.
pub(crate) async fn current(
    connection: &mut PgConnection,
    kept: &dyn KeepRoleSecret,
) -> Result<Kept, ProvisionError> {
    kept.current(connection).await.map_err(ProvisionError::Secret)
}
