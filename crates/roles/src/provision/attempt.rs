//! One attempt: one transaction that takes the lock, looks again, applies, proves and commits.

use rolewright_core::KeepRoleSecret;
use sea_orm::DatabaseConnection;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use crate::{Desired, Plan, ProvisionError, inspect::inspect_on, verify::verify_on};

use super::{ProvisionOptions, Provisioned, apply, current, lock, look};

/// How an attempt ended, when it ended without an error.
pub(crate) enum Outcome {
    /// Committed, or found nothing left to do.
    Done,
    /// The lock's holder was ended; try again.
    Again,
}

/// Runs one attempt. Changes and findings are added to `report` only when they are committed.
pub(super) async fn attempt(
    db: &DatabaseConnection,
    desired: &Desired,
    kept: &dyn KeepRoleSecret,
    options: &ProvisionOptions,
    report: &mut Provisioned,
) -> Result<Outcome, ProvisionError> {
    let pool = db.get_postgres_connection_pool();
    let mut connection = pool.acquire().await.map_err(|error| ProvisionError::sql("begin", &error))?;
    let mut transaction = connection
        .begin_with(AssertSqlSafe(begin_sql(options)))
        .await
        .map_err(|error| ProvisionError::sql("begin", &error))?;
    report.attempts += 1;

    match lock::acquire(&mut transaction).await? {
        lock::Waited::Held(waited) => report.waited += waited,
        lock::Waited::TimedOut(waited) => {
            report.waited += waited;
            transaction.rollback().await.map_err(|error| ProvisionError::sql("rollback", &error))?;
            lock::free(&mut connection, &desired.names(), report.waited).await?;
            return Ok(Outcome::Again);
        }
    }
    report.looks += 1;
    let mut now = current(&mut transaction, kept).await?;
    let observed = options.prove(inspect_on(&mut transaction, desired).await?);
    let rotate = options.is_due(&now, &observed.core);
    if rotate {
        now = kept.replace(&mut transaction).await.map_err(ProvisionError::Secret)?;
    }
    let plan = look::plan(desired, &observed, &now, options);
    report.findings.clone_from(&plan.findings);
    report.gifts.clone_from(&plan.gifts);
    if !plan.refusals.is_empty() {
        return Err(ProvisionError::Refused(plan.refusals));
    }
    if plan.is_empty() && !rotate {
        report.secret = Some(now.secret);
        return Ok(Outcome::Done);
    }
    if !observed.server.migrated {
        return Err(ProvisionError::NotMigrated);
    }

    let existing: Vec<String> = observed.roles.keys().cloned().collect();
    let applied = apply::apply(&mut transaction, desired, &existing, &plan.changes, &options.version).await?;
    let verified = verify_on(&mut transaction, desired).await?;
    if verified.violations.iter().any(crate::Violation::is_excess) {
        transaction.rollback().await.map_err(|error| ProvisionError::sql("rollback", &error))?;
        take_only(&mut connection, desired, &existing, &plan, options).await?;
        return Err(ProvisionError::Broken(verified.violations));
    }
    transaction.commit().await.map_err(|error| ProvisionError::sql("commit", &error))?;
    report.changes = applied;
    report.secret = Some(now.secret);
    Ok(Outcome::Done)
}

/// When a role could do too much for a reason that is not ours to mend, nothing is granted; but what the plan takes
/// away is taken, so that one mistake does not protect another.
async fn take_only(
    connection: &mut PgConnection,
    desired: &Desired,
    existing: &[String],
    plan: &Plan,
    options: &ProvisionOptions,
) -> Result<(), ProvisionError> {
    let changes = apply::takings(plan);
    if changes.is_empty() {
        return Ok(());
    }
    let mut transaction = connection
        .begin_with(AssertSqlSafe(begin_sql(options)))
        .await
        .map_err(|error| ProvisionError::sql("begin", &error))?;
    apply::apply(&mut transaction, desired, existing, &changes, &options.version).await?;
    transaction.commit().await.map_err(|error| ProvisionError::sql("commit", &error))
}

/// BEGIN with the transaction's own settings, one message.
pub(crate) fn begin_sql(options: &ProvisionOptions) -> String {
    format!(
        "/* rolewright: provision */ BEGIN; SET LOCAL lock_timeout = {}; SET LOCAL statement_timeout = {}; \
         SET LOCAL idle_in_transaction_session_timeout = 60000; SET LOCAL search_path = ''; \
         SET LOCAL standard_conforming_strings = on; SET LOCAL client_min_messages = error",
        options.lock_timeout.as_millis().max(1),
        options.statement_timeout.as_millis().max(options.lock_timeout.as_millis() + 1000)
    )
}
