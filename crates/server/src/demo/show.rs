//! What the demo prints of a start: stages, rights, reports, refused escapes.

use std::{collections::BTreeMap, io};

use rolewright_core::Advice;
use rolewright_roles::matrix::Cell;
use rolewright_sessions::{Report, render};
use sea_orm::{ConnectionTrait, Statement};

use super::clinic;
use crate::{
    Rolewright,
    cli::{Failure, Terminal},
    reports::Which,
};

pub(super) fn start(terminal: &Terminal, app: &Rolewright, steps: usize) {
    terminal.line("");
    terminal.line("The stages");
    terminal.table(
        &["stage", "took"],
        app.health()
            .report()
            .stages
            .iter()
            .map(|t| vec![t.stage.to_string(), format!("{} ms", t.duration_ms)]),
    );
    if steps > 0 {
        terminal.line(format_args!(
            "(the clinic's data was loaded in {steps} steps between migrate and provision)"
        ));
    }
}

/// What each role may read: the server's own answer, by schema.
pub(super) async fn rights(terminal: &Terminal, app: &Rolewright) -> Result<(), Failure> {
    let matrix = rolewright_roles::matrix(app.core(), &app.verified().provisioned.desired).await?;
    terminal.line("");
    terminal.line("What each role may read, as the server says");
    let mut rows = Vec::new();
    for (column, role) in matrix.roles.iter().enumerate() {
        for schema in matrix.schemas() {
            let cells = || {
                matrix
                    .rows
                    .iter()
                    .filter(|row| row.schema == schema)
                    .map(|row| (&row.relation, &row.cells[column]))
            };
            let whole = cells().filter(|(_, cell)| matches!(cell, Cell::Read)).count();
            let named = |what: fn(&Cell) -> bool| {
                let names = cells().filter(|(_, cell)| what(cell)).map(|(name, _)| name.as_str());
                names.collect::<Vec<_>>().join(", ")
            };
            let in_part = named(|cell| matches!(cell, Cell::Columns(_)));
            let denied = named(|cell| matches!(cell, Cell::Denied));
            if whole > 0 || !in_part.is_empty() || !denied.is_empty() {
                rows.push(vec![role.clone(), schema.to_owned(), whole.to_string(), in_part, denied]);
            }
        }
    }
    terminal.table(&["role", "schema", "tables it reads", "some columns of", "denied"], rows);
    Ok(())
}

pub(super) async fn reports(terminal: &Terminal, app: &Rolewright) -> Result<(), Failure> {
    for report in &clinic::REPORTS {
        let pool = app.role(report.connection)?;
        terminal.line("");
        terminal.line(format_args!("Report \"{}\", as {}", report.name, pool.role()));
        let bind = |asked: Report, (name, value): &(&'static str, &'static str)| asked.bind(*name, *value);
        let asked = report.parameters.iter().fold(Report::new(report.sql), bind);
        let mut rows = pool.query(&asked).await?;
        render::write_all(&mut rows, render::Format::Table, io::stdout().lock()).await?;
    }
    Ok(())
}

/// The first report is stored, published and run by its name, as `rolewright report` does it.
pub(super) async fn stored(terminal: &Terminal, app: &Rolewright) -> Result<(), Failure> {
    let report = clinic::stored()?;
    let reports = app.reports();
    let saved = reports.save(&report, true).await?;
    terminal.line("");
    terminal.line(format_args!(
        "Report \"{}\", version {}, stored and run by its name",
        report.name, saved.number
    ));
    let mut rows = reports.run(&report.name, Which::Published, BTreeMap::new()).await?;
    render::write_all(&mut rows, render::Format::Table, io::stdout().lock()).await?;
    terminal.line("");
    terminal.line("The stored reports, as `rolewright report list` shows them");
    let number = |number: Option<u32>| number.map(|number| number.to_string()).unwrap_or_default();
    terminal.table(
        &["name", "published", "connection", "title"],
        reports.list().await?.into_iter().map(|report| {
            vec![report.name.to_string(), number(report.published), report.connection, report.title]
        }),
    );
    Ok(())
}

/// Every escape is tried for real; the patients are counted before and after.
pub(super) async fn escapes(terminal: &Terminal, app: &Rolewright) -> Result<(), Failure> {
    let before = patients(app).await?;
    let mut rows = Vec::new();
    for escape in &clinic::ESCAPES {
        let pool = app.role(escape.connection)?;
        let outcome = match pool.query(&Report::new(escape.sql)).await {
            Ok(mut rows) => match rows.collect().await {
                Ok(_) => "NOT REFUSED".to_owned(),
                Err(error) => reason(&error),
            },
            Err(error) => reason(&error),
        };
        rows.push(vec![escape.title.to_owned(), pool.role().to_string(), outcome]);
    }
    terminal.line("");
    terminal.line("Escapes that were tried, and what stopped them");
    terminal.table(&["attempt", "as", "refused because"], rows);
    terminal.line(format_args!("Patients before: {before}, after: {}", patients(app).await?));
    Ok(())
}

fn reason(error: &impl Advice) -> String {
    error.to_string()
}

async fn patients(app: &Rolewright) -> Result<i64, Failure> {
    let sql = "/* rolewright demo: count */ SELECT count(*) AS n FROM public.patients";
    let statement = Statement::from_string(app.core().get_database_backend(), sql);
    let row = app.core().query_one_raw(statement).await.map_err(|error| Failure::database(&error))?;
    Ok(row.and_then(|row| row.try_get("", "n").ok()).unwrap_or(-1))
}

pub(super) fn changes(terminal: &Terminal, app: &Rolewright, steps: usize) {
    let provisioned = &app.verified().provisioned;
    let roles = provisioned.changes().len();
    let migrations = provisioned.migrated.applied.len();
    terminal.line("");
    terminal.line(if roles + migrations + steps == 0 {
        "Nothing changed: the database was as configured already.".to_owned()
    } else {
        format!("{migrations} migrations applied, {steps} steps of data loaded, {roles} changes made to roles. Run it again: nothing will change.")
    });
}
