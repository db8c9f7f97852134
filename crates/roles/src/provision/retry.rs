//! The loop around the attempts: look without the lock, and try again where another session changed the same rows.

use std::time::{Duration, Instant};

use rolewright_core::{KeepRoleSecret, RoleSecret, sqlstate};
use sea_orm::DatabaseConnection;

use crate::{Desired, Plan, ProvisionError, inspect::inspect_on};

use super::{
    ProvisionOptions, Provisioned,
    attempt::{Outcome, attempt},
    current, look,
};

/// How often a race is tried again before giving up.
const ATTEMPTS: u32 = 40;
/// How long attempts may go on, besides the time for three waits for a lock.
const PATIENCE: Duration = Duration::from_secs(60);
/// The longest pause between two attempts.
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// Looks, and attempts until it is done, refused, or failed for good.
pub(super) async fn until_done(
    db: &DatabaseConnection,
    desired: &Desired,
    kept: &dyn KeepRoleSecret,
    options: &ProvisionOptions,
) -> Result<Provisioned, ProvisionError> {
    let mut report = Provisioned { looks: 1, ..Provisioned::default() };
    let (plan, secret) = first_look(db, desired, kept, options).await?;
    if !plan.refusals.is_empty() {
        return Err(ProvisionError::Refused(plan.refusals));
    }
    report.findings = plan.findings;
    report.gifts = plan.gifts;
    if plan.changes.is_empty()
        && !options.rotate
        && let Some(secret) = secret
    {
        report.secret = Some(secret);
        return Ok(report);
    }
    let mut patience = Patience::new(options);
    while patience.lasts() {
        let outcome = attempt(db, desired, kept, options, &mut report).await;
        if patience.done(outcome).await? {
            return Ok(report);
        }
    }
    Err(patience.gave_up())
}

/// How often, and for how long, what other sessions spoilt is tried again.
pub(crate) struct Patience {
    started: Instant,
    limit: Duration,
    attempts: u32,
    /// What failed last, and how.
    last: (String, String),
}

impl Patience {
    pub(crate) fn new(options: &ProvisionOptions) -> Self {
        let limit = PATIENCE + 3 * options.lock_timeout;
        Self { started: Instant::now(), limit, attempts: 0, last: (String::new(), String::new()) }
    }

    /// Whether another attempt may be made.
    pub(crate) fn lasts(&self) -> bool {
        self.attempts < ATTEMPTS && self.started.elapsed() < self.limit
    }

    /// Whether an attempt did its work. After a race it pauses first; any other failure is given back.
    pub(crate) async fn done(
        &mut self,
        outcome: Result<Outcome, ProvisionError>,
    ) -> Result<bool, ProvisionError> {
        self.attempts += 1;
        match outcome {
            Ok(Outcome::Done) => return Ok(true),
            Ok(Outcome::Again) => {}
            Err(ProvisionError::Statement { label, code, message }) => {
                if !is_race(&label, &code, &message) {
                    return Err(ProvisionError::Statement { label, code, message });
                }
                tracing::debug!(%label, %code, attempt = self.attempts, "another session changed the same rows");
                self.last = (label, code);
            }
            Err(other) => return Err(other),
        }
        tokio::time::sleep(pause(self.attempts)).await;
        Ok(false)
    }

    /// What to say when it does not last any longer.
    pub(crate) fn gave_up(self) -> ProvisionError {
        let (label, code) = self.last;
        ProvisionError::Contended { attempts: self.attempts, label, code }
    }
}

/// Looks without the lock. The secret is given back only where it may stay: not where it is too old.
async fn first_look(
    db: &DatabaseConnection,
    desired: &Desired,
    kept: &dyn KeepRoleSecret,
    options: &ProvisionOptions,
) -> Result<(Plan, Option<RoleSecret>), ProvisionError> {
    let mut connection = db
        .get_postgres_connection_pool()
        .acquire()
        .await
        .map_err(|error| ProvisionError::sql("look", &error))?;
    let kept = current(&mut connection, kept).await?;
    let observed = options.prove(inspect_on(&mut connection, desired).await?);
    let plan = look::plan(desired, &observed, &kept, options);
    let fresh = !options.is_due(&kept, &observed.core);
    Ok((plan, fresh.then_some(kept.secret)))
}

/// Whether a failure is a race over catalog rows, which ends well when tried again.
fn is_race(label: &str, code: &str, message: &str) -> bool {
    match code {
        sqlstate::DUPLICATE_OBJECT
        | sqlstate::DEADLOCK_DETECTED
        | sqlstate::SERIALIZATION_FAILURE
        | sqlstate::LOCK_NOT_AVAILABLE => true,
        // A role, schema or table that went away since the look.
        sqlstate::UNDEFINED_OBJECT | "3F000" => true,
        sqlstate::UNDEFINED_TABLE => !label.starts_with("remember") && !label.starts_with("record"),
        sqlstate::UNIQUE_VIOLATION => [
            "pg_authid_",
            "pg_auth_members_",
            "pg_default_acl_",
            "pg_namespace_",
            "pg_db_role_setting_",
            "pg_shdescription_",
        ]
        .iter()
        .any(|index| message.contains(index)),
        sqlstate::INTERNAL_ERROR => {
            message.contains("concurrently updated")
                || message.contains("concurrently deleted")
                || message.contains("cache lookup failed")
        }
        _ => false,
    }
}

/// A pause that grows to a bound, with jitter, so that those who met once do not meet again.
fn pause(attempt: u32) -> Duration {
    let mut bytes = [0_u8; 2];
    // Without randomness the pause is merely the same for all.
    let jitter = getrandom::fill(&mut bytes).map_or(1.0, |()| f64::from(u16::from_le_bytes(bytes)) / 65536.0);
    let base = Duration::from_millis(10) * 2_u32.saturating_pow(attempt.min(6));
    base.min(LONGEST_PAUSE).mul_f64(0.5 + jitter)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn only_races_are_tried_again() {
        assert!(is_race("create-role x", "42710", ""));
        assert!(is_race("alter-role x", "XX000", "tuple concurrently updated"));
        assert!(is_race(
            "create-role x",
            "23505",
            r#"duplicate key value violates unique constraint "pg_authid_rolname_index""#
        ));
        assert!(!is_race("x", "XX000", "something else"));
        assert!(!is_race("x", "42501", "permission denied"));
        assert!(!is_race("record x", "42P01", ""));
        let pauses: BTreeSet<Duration> = (0..20).map(|_| pause(3)).collect();
        assert!(pauses.len() > 1 && pauses.iter().all(|pause| *pause <= LONGEST_PAUSE * 2));
    }
}
