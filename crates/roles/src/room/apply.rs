//! The one writer of the rooms: looks, plans, and only where something differs takes the lock, looks again and applies.

use std::{collections::BTreeMap, future::Future};

use sea_orm::DatabaseConnection;
use serde::Serialize;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

use super::RoomPlan;
use crate::{
    AppliedChange, Finding, ProvisionError, ProvisionOptions, Refusal, log,
    provision::{
        apply::{Labelled, send_all},
        attempt::{Outcome, begin_sql},
        lock,
        retry::Patience,
    },
};

/// Something that is planned by one look at the catalogs.
pub(crate) trait Room: Sync {
    /// What its statements are marked with.
    const NAME: &'static str;

    /// Roles that have no business with the lock; one of theirs that holds it is ended.
    fn managed(&self) -> &[String];

    /// Looks and plans, on a connection whose transaction may hold the lock. Changes nothing.
    fn planned(
        &self,
        connection: &mut PgConnection,
    ) -> impl Future<Output = Result<RoomPlan, ProvisionError>> + Send;
}

/// What was done in a room.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RoomProvisioned {
    /// The changes that were applied, in order; empty when there was nothing to change.
    pub changes: Vec<AppliedChange>,
    /// What did not stop the rest, and should be known.
    pub findings: Vec<Finding>,
    /// Who or what stands in its own way, and was left as it is.
    pub refused: BTreeMap<String, Vec<Refusal>>,
    /// How often the transaction was begun; 0 when in sync.
    pub attempts: u32,
}

/// Makes a room what is wanted of it, in one transaction. In sync it is a look: no lock, no DDL.
pub(crate) async fn provision(
    db: &DatabaseConnection,
    room: &impl Room,
    options: &ProvisionOptions,
) -> Result<RoomProvisioned, ProvisionError> {
    let pool = db.get_postgres_connection_pool();
    let mut connection = pool.acquire().await.map_err(|error| ProvisionError::sql("look", &error))?;
    let seen = room.planned(&mut connection).await?;
    drop(connection);
    if seen.is_empty() {
        return Ok(report(seen, 0));
    }
    let mut patience = Patience::new(options);
    let mut done = None;
    let mut attempts = 0;
    while patience.lasts() {
        attempts += 1;
        let outcome = attempt(db, room, options, &mut done).await;
        if patience.done(outcome).await? {
            return Ok(report(done.unwrap_or_default(), attempts));
        }
    }
    Err(patience.gave_up())
}

fn report(plan: RoomPlan, attempts: u32) -> RoomProvisioned {
    let RoomPlan { changes, findings, refused, .. } = plan;
    RoomProvisioned { changes, findings, refused, attempts }
}

async fn attempt<R: Room>(
    db: &DatabaseConnection,
    room: &R,
    options: &ProvisionOptions,
    done: &mut Option<RoomPlan>,
) -> Result<Outcome, ProvisionError> {
    let sql = |label: &'static str| move |error: sqlx::Error| ProvisionError::sql(label, &error);
    let mut connection = db.get_postgres_connection_pool().acquire().await.map_err(sql("begin"))?;
    let mut transaction =
        connection.begin_with(AssertSqlSafe(begin_sql(options))).await.map_err(sql("begin"))?;
    if let lock::Waited::TimedOut(waited) = lock::acquire(&mut transaction).await? {
        transaction.rollback().await.map_err(sql("rollback"))?;
        lock::free(&mut connection, room.managed(), waited).await?;
        return Ok(Outcome::Again);
    }
    let plan = room.planned(&mut transaction).await?;
    send_all(&mut transaction, &statements(R::NAME, &plan, &options.version)?).await?;
    transaction.commit().await.map_err(sql("commit"))?;
    *done = Some(plan);
    Ok(Outcome::Done)
}

/// The plan's statements, each with the row that records it.
pub(crate) fn statements(
    name: &str,
    plan: &RoomPlan,
    version: &str,
) -> Result<Vec<Labelled>, ProvisionError> {
    let mark = || Labelled { sql: log::MARK_SQL.to_owned(), label: "mark".to_owned() };
    let mut all = vec![mark()];
    for (change, step) in plan.changes.iter().zip(&plan.steps) {
        let label = format!("{} {}", change.kind, change.object);
        let parts = step.secret_sql().ok_or_else(|| ProvisionError::Verifier(change.role.clone()))?;
        all.extend(
            parts.into_iter().map(|part| Labelled {
                sql: format!("/* rolewright: {name} */ {part}"),
                label: label.clone(),
            }),
        );
        if let Some((role, credential)) = &step.credential {
            let sql = log::fingerprint_sql(role.as_str(), &credential.fingerprint);
            all.push(Labelled { sql, label: format!("remember the password of {role}") });
        }
        let record = log::record(change.kind, &change.object, &change.role, &change.sql, version);
        all.push(Labelled { sql: record, label: format!("record {label}") });
        all.push(mark());
    }
    Ok(all)
}
