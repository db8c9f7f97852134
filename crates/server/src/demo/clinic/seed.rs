//! Loads the clinic's invented data, for the demo and its progress bar: the same rows on every machine, once.

use rolewright_core::{Advice, Exit};
use sqlx::{Connection, PgConnection};

/// One step of the seeding: a label for people, which is also its record in `clinic_seed.steps`, and its SQL.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    /// What is being done, for a progress bar. Never changed: a finished step is known by it.
    pub(crate) label: &'static str,
    /// Statements for one simple-protocol message, inside a transaction.
    pub(crate) sql: &'static str,
}

/// All steps, in their order.
pub(crate) const STEPS: [Step; 12] = [
    Step { label: "keys set aside", sql: include_str!("sql/seed/set_keys_aside.sql") },
    Step { label: "wards and beds", sql: include_str!("sql/seed/insert_places.sql") },
    Step { label: "staff and logins", sql: include_str!("sql/seed/insert_staff.sql") },
    Step { label: "patients", sql: include_str!("sql/seed/insert_patients.sql") },
    Step { label: "encounters", sql: include_str!("sql/seed/insert_encounters.sql") },
    Step { label: "observations", sql: include_str!("sql/seed/insert_observations.sql") },
    Step { label: "treatment and laboratory", sql: include_str!("sql/seed/insert_treatment.sql") },
    Step { label: "invoices and audit trail", sql: include_str!("sql/seed/insert_office.sql") },
    Step { label: "keys checked", sql: include_str!("sql/create_keys.sql") },
    Step { label: "last details", sql: include_str!("sql/seed/finish_rows.sql") },
    Step { label: "statistics", sql: include_str!("sql/seed/analyze_tables.sql") },
    Step { label: "reporting tables", sql: REFRESH },
];

const REFRESH: &str = include_str!("sql/refresh_reporting.sql");
const BEGIN: &str = "/* rolewright demo: seed */ BEGIN";

/// Loads what is not loaded yet, and returns how many steps that took; 0 means that there was nothing to do.
///
/// `progress` is called before each step with its label, the steps done so far and the number of all steps, and once at the
/// end. Each step and its record are one transaction, so a seeding that was killed goes on where it was, and two at once
/// wait for each other. The connection must be that of the tables' owner, and [`ClinicMigrator`](super::ClinicMigrator)
/// must have run.
///
/// # Errors
/// [`SeedError`] names the step that failed; the steps before it are kept.
pub(crate) async fn seed(
    connection: &mut PgConnection,
    mut progress: impl FnMut(&'static str, usize, usize) + Send,
) -> Result<usize, SeedError> {
    let finished: Vec<String> =
        sqlx::query_scalar("/* rolewright demo: read steps */ SELECT label FROM clinic_seed.steps")
            .fetch_all(&mut *connection)
            .await
            .map_err(SeedError::of("look at what is loaded"))?;
    let mut taken = 0;
    for (done, step) in STEPS.iter().enumerate() {
        if finished.iter().any(|label| label == step.label) {
            continue;
        }
        progress(step.label, done, STEPS.len());
        if take(connection, step).await.map_err(SeedError::of(step.label))? {
            taken += 1;
        }
    }
    progress("done", STEPS.len(), STEPS.len());
    Ok(taken)
}

/// Fills the schema `reporting` again from the clinic's tables, as a nightly job of the host would.
///
/// # Errors
/// [`SeedError`], when the connection is not that of the tables' owner or is lost.
pub(crate) async fn refresh(connection: &mut PgConnection) -> Result<(), SeedError> {
    let refreshed = async {
        let mut transaction = connection.begin_with(BEGIN).await?;
        sqlx::raw_sql(REFRESH).execute(&mut *transaction).await?;
        transaction.commit().await
    };
    refreshed.await.map_err(SeedError::of("reporting tables"))
}

/// Does one step, unless another process has just done it. The record comes first: its unique key makes a second process
/// wait here, and then find the step done.
async fn take(connection: &mut PgConnection, step: &Step) -> Result<bool, sqlx::Error> {
    let mut transaction = connection.begin_with(BEGIN).await?;
    let claimed = sqlx::query(
        "/* rolewright demo: record step */ INSERT INTO clinic_seed.steps (label) VALUES ($1) ON CONFLICT DO NOTHING",
    )
    .bind(step.label)
    .execute(&mut *transaction)
    .await?;
    if claimed.rows_affected() == 0 {
        transaction.rollback().await?;
        return Ok(false);
    }
    sqlx::raw_sql(step.sql).execute(&mut *transaction).await?;
    transaction.commit().await?;
    Ok(true)
}

/// A step of the demo's data that failed in the database.
#[derive(Debug, thiserror::Error)]
#[error("the demo's data could not be loaded: step \"{step}\" failed{}", sqlstate(source))]
pub(crate) struct SeedError {
    step: &'static str,
    #[source]
    source: sqlx::Error,
}

impl SeedError {
    fn of(step: &'static str) -> impl FnOnce(sqlx::Error) -> Self {
        move |source| Self { step, source }
    }
}

impl Advice for SeedError {
    fn hint(&self) -> Option<String> {
        Some("run `rolewright demo` again: the steps that were finished are kept".to_owned())
    }

    fn exit(&self) -> Exit {
        match self.source {
            sqlx::Error::Database(_) => Exit::DatabaseFailed,
            _ => Exit::Unavailable,
        }
    }
}

fn sqlstate(error: &sqlx::Error) -> String {
    match error.as_database_error().and_then(|e| e.code()) {
        Some(code) => format!(" with SQLSTATE {code}"),
        None => ", because the connection was lost".to_owned(),
    }
}
