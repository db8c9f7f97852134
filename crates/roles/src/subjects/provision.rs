//! The one writer for subjects: looks, plans, and only where something differs takes the lock, looks again and applies.

use std::collections::BTreeMap;

use rolewright_core::{KeepRoleSecret, RoleSecret};
use sea_orm::DatabaseConnection;
use serde::Serialize;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::{SubjectPlan, Wanted, diff::diff, look::look};
use crate::{
    AppliedChange, Finding, ProvisionError, ProvisionOptions, Refusal, log, password,
    provision::{
        apply::{Labelled, send_all},
        attempt::{Outcome, begin_sql},
        current, lock,
        retry::Patience,
    },
};

/// What was done for subjects.
#[derive(Clone, Debug, Default, Serialize)]
pub struct SubjectsProvisioned {
    /// The changes that were applied, in order; empty when there was nothing to change.
    pub changes: Vec<AppliedChange>,
    /// What did not stop the rest, and should be known.
    pub findings: Vec<Finding>,
    /// The roles that stand in their own way; nothing of them was changed. Where it is the login, nothing at all was.
    pub refused: BTreeMap<String, Vec<Refusal>>,
    /// How often the transaction was begun; 0 when in sync.
    pub attempts: u32,
}

/// What [`provision`] would do; changes nothing and takes no lock. Without the secret nothing is known of the login's password, and it
/// is planned to be set.
///
/// # Errors
/// What the server or the connection said. What stands in a role's way is no error, but a refusal in the plan.
pub async fn plan(
    db: &DatabaseConnection,
    wanted: &Wanted,
    secret: Option<&RoleSecret>,
) -> Result<SubjectPlan, ProvisionError> {
    let pool = db.get_postgres_connection_pool();
    let mut connection = pool.acquire().await.map_err(|error| ProvisionError::sql("look", &error))?;
    let observed = match look(&mut connection, wanted, true).await {
        Err(ProvisionError::NotMigrated) => look(&mut connection, wanted, false).await,
        looked => looked,
    }?;
    // The plan is shown, and never sent.
    let nobody = RoleSecret::new([0; 32]);
    Ok(diff(wanted, &observed, &password::credential(secret.unwrap_or(&nobody), &wanted.login)))
}

/// Makes the login and the roles of subjects what is wanted of them, in one transaction. In sync it is a look: no lock, no DDL.
///
/// # Errors
/// [`ProvisionError::Busy`] when the lock was not to be had; else what the server or the connection said. Nothing is changed then.
pub async fn provision(
    db: &DatabaseConnection,
    wanted: &Wanted,
    kept: &dyn KeepRoleSecret,
    options: &ProvisionOptions,
) -> Result<SubjectsProvisioned, ProvisionError> {
    let pool = db.get_postgres_connection_pool();
    let mut connection = pool.acquire().await.map_err(|error| ProvisionError::sql("look", &error))?;
    let seen = planned(&mut connection, wanted, kept).await?;
    drop(connection);
    if seen.is_empty() {
        return Ok(report(seen, 0));
    }
    let mut patience = Patience::new(options);
    let mut done = None;
    let mut attempts = 0;
    while patience.lasts() {
        attempts += 1;
        let outcome = attempt(db, wanted, kept, options, &mut done).await;
        if patience.done(outcome).await? {
            return Ok(report(done.unwrap_or_default(), attempts));
        }
    }
    Err(patience.gave_up())
}

fn report(plan: SubjectPlan, attempts: u32) -> SubjectsProvisioned {
    let SubjectPlan { changes, findings, refused, .. } = plan;
    SubjectsProvisioned { changes, findings, refused, attempts }
}

async fn attempt(
    db: &DatabaseConnection,
    wanted: &Wanted,
    kept: &dyn KeepRoleSecret,
    options: &ProvisionOptions,
    done: &mut Option<SubjectPlan>,
) -> Result<Outcome, ProvisionError> {
    let sql = |label: &'static str| move |error: sqlx::Error| ProvisionError::sql(label, &error);
    let mut connection = db.get_postgres_connection_pool().acquire().await.map_err(sql("begin"))?;
    let mut transaction =
        connection.begin_with(AssertSqlSafe(begin_sql(options))).await.map_err(sql("begin"))?;
    if let lock::Waited::TimedOut(waited) = lock::acquire(&mut transaction).await? {
        transaction.rollback().await.map_err(sql("rollback"))?;
        lock::free(&mut connection, &wanted.taken, waited).await?;
        return Ok(Outcome::Again);
    }
    let plan = planned(&mut transaction, wanted, kept).await?;
    send_all(&mut transaction, &statements(&plan, &options.version)?).await?;
    transaction.commit().await.map_err(sql("commit"))?;
    *done = Some(plan);
    Ok(Outcome::Done)
}

async fn planned(
    connection: &mut PgConnection,
    wanted: &Wanted,
    kept: &dyn KeepRoleSecret,
) -> Result<SubjectPlan, ProvisionError> {
    let observed = look(connection, wanted, true).await?;
    let secret = current(connection, kept).await?.secret;
    Ok(diff(wanted, &observed, &password::credential(&secret, &wanted.login)))
}

/// The plan's statements, each with the row that records it.
fn statements(plan: &SubjectPlan, version: &str) -> Result<Vec<Labelled>, ProvisionError> {
    let mark = || Labelled { sql: log::MARK_SQL.to_owned(), label: "mark".to_owned() };
    let mut all = vec![mark()];
    for (change, step) in plan.changes.iter().zip(&plan.steps) {
        let label = format!("{} {}", change.kind, change.object);
        let parts = step.secret_sql().ok_or_else(|| ProvisionError::Verifier(change.role.clone()))?;
        all.extend(parts.into_iter().map(|part| Labelled {
            sql: format!("/* rolewright: subjects */ {part}"),
            label: label.clone(),
        }));
        if let Some((role, credential)) = &step.credential {
            let sql = log::fingerprint_sql(role, &credential.fingerprint);
            all.push(Labelled { sql, label: format!("remember the password of {role}") });
        }
        let record = log::record(change.kind, &change.object, &change.role, &change.sql, version);
        all.push(Labelled { sql: record, label: format!("record {label}") });
        all.push(mark());
    }
    Ok(all)
}
