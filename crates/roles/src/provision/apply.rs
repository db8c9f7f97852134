//! Sends a plan's changes, in batches of the simple protocol, with the rows that record them.

use futures_util::StreamExt as _;
use sqlx::{AssertSqlSafe, Either, PgConnection};

use crate::{
    Change, Desired, Plan, ProvisionError, log, marker, password::Credential, quote, quote::literal,
};

use super::AppliedChange;

/// How large a message may grow before the next one is begun.
const BATCH_BYTES: usize = 100_000;

/// One statement, and what to call it when it fails.
pub(crate) struct Labelled {
    pub(crate) sql: String,
    pub(crate) label: String,
}

/// Applies the changes in order, in the transaction that is open on the connection.
pub(super) async fn apply(
    connection: &mut PgConnection,
    desired: &Desired,
    existing: &[String],
    changes: &[Change],
    version: &str,
) -> Result<Vec<AppliedChange>, ProvisionError> {
    let mut statements = preamble(desired, existing, changes);
    for change in changes {
        push_change(&mut statements, change, version)?;
    }
    send_all(connection, &statements).await?;
    Ok(changes.iter().map(AppliedChange::from).collect())
}

/// Sends statements in messages of a bounded size.
pub(crate) async fn send_all(
    connection: &mut PgConnection,
    statements: &[Labelled],
) -> Result<(), ProvisionError> {
    let mut batch: Vec<&Labelled> = Vec::new();
    let mut bytes = 0;
    for statement in statements {
        if bytes + statement.sql.len() > BATCH_BYTES && !batch.is_empty() {
            send(connection, &batch).await?;
            batch.clear();
            bytes = 0;
        }
        bytes += statement.sql.len();
        batch.push(statement);
    }
    send(connection, &batch).await
}

/// The marker set once more on every role that is touched and exists. It changes nothing, but it takes the lock on a
/// row that all databases of the cluster share, and so makes provisioners of other databases wait for their turn.
fn preamble(desired: &Desired, existing: &[String], changes: &[Change]) -> Vec<Labelled> {
    let touched = |name: &String| {
        changes.iter().any(|change| {
            matches!(
                change,
                Change::AlterRole { role, .. }
                | Change::SetPassword { role, .. }
                | Change::Set { role, .. }
                | Change::Reset { role, .. }
                | Change::GrantMembership { role, .. } if role == name
            )
        })
    };
    existing
        .iter()
        .filter(|name| touched(name))
        .map(|role| Labelled {
            sql: format!(
                "/* rolewright: apply */ COMMENT ON ROLE {} IS {}",
                quote::ident(role),
                literal(&marker::text(desired.installation))
            ),
            label: format!("comment {role}"),
        })
        .chain(std::iter::once(Labelled { sql: log::MARK_SQL.to_owned(), label: "mark".to_owned() }))
        .collect()
}

fn push_change(statements: &mut Vec<Labelled>, change: &Change, version: &str) -> Result<(), ProvisionError> {
    let sql = change.secret_sql().ok_or_else(|| ProvisionError::Verifier(change.role()))?;
    statements.push(Labelled { sql: format!("/* rolewright: apply */ {sql}"), label: change.label() });
    if let Some((role, credential)) = credential(change) {
        statements.push(Labelled {
            sql: log::fingerprint_sql(role, &credential.fingerprint),
            label: format!("remember the password of {role}"),
        });
    }
    statements.push(Labelled {
        sql: log::record_sql(change, version),
        label: format!("record {}", change.label()),
    });
    statements.push(Labelled { sql: log::MARK_SQL.to_owned(), label: "mark".to_owned() });
    Ok(())
}

fn credential(change: &Change) -> Option<(&str, &Credential)> {
    match change {
        Change::CreateRole { role, credential: Some(credential), .. }
        | Change::SetPassword { role, credential } => Some((role, credential)),
        _ => None,
    }
}

/// Sends one message and counts the statements that were done, so that a failure is named by its own label.
async fn send(connection: &mut PgConnection, batch: &[&Labelled]) -> Result<(), ProvisionError> {
    let sql: Vec<&str> = batch.iter().map(|statement| statement.sql.as_str()).collect();
    let mut results = sqlx::raw_sql(AssertSqlSafe(sql.join(";\n"))).fetch_many(connection);
    let mut done = 0;
    while let Some(result) = results.next().await {
        match result {
            Ok(Either::Left(_)) => done += 1,
            Ok(Either::Right(_)) => {}
            Err(error) => {
                let label = batch.get(done).map_or("apply", |statement| statement.label.as_str());
                return Err(ProvisionError::sql(label, &error));
            }
        }
    }
    Ok(())
}

impl From<&Change> for AppliedChange {
    fn from(change: &Change) -> Self {
        Self { kind: change.kind(), object: change.object(), role: change.role(), sql: change.sql() }
    }
}

/// The part of a plan that only takes away.
pub(super) fn takings(plan: &Plan) -> Vec<Change> {
    plan.changes.iter().filter(|change| change.only_takes()).cloned().collect()
}
