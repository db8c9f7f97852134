//! Accepting relations that wait: the decision that `new_tables = "hold"` asks for.

use std::collections::BTreeSet;

use rolewright_core::{pattern::Read, settings::NewTables};
use sea_orm::DatabaseConnection;
use sqlx::{AssertSqlSafe, Connection as _};

use crate::{
    Change, Desired, DesiredRole, Observed, ProvisionError, Refusal, inspect::inspect_on, log,
    observed::Relation,
};

/// Accepts the relations that match, so that the next [`provision`](crate::provision()) makes them readable for the role;
/// gives the names of those that were not accepted before.
///
/// `role` is the connection's name or the role's in PostgreSQL. A pattern is `schema.table`, where the table may be a
/// glob, or a whole `schema`. What `deny` matches may be accepted and stays denied. The decision is kept by oid: a
/// relation that is dropped and made again waits again. `version` is what the audit table calls the program.
///
/// # Errors
/// [`ProvisionError::Refused`] when there is no such role, when its new relations do not wait, when it was not provided
/// yet, or when a pattern matches no relation that `read` asks for; then nothing is accepted. Else what the server or the connection said.
pub async fn accept(
    db: &DatabaseConnection,
    desired: &Desired,
    role: &str,
    relations: &[Read],
    version: &str,
) -> Result<Vec<String>, ProvisionError> {
    let failed = |error| ProvisionError::sql("accept", &error);
    let mut connection = db.get_postgres_connection_pool().acquire().await.map_err(failed)?;
    let mut transaction = connection
        .begin_with("/* rolewright: accept */ BEGIN; SET LOCAL search_path = ''; SET LOCAL standard_conforming_strings = on")
        .await
        .map_err(failed)?;
    let observed = inspect_on(&mut transaction, desired).await?;
    let chosen = choose(desired, &observed, role, relations)
        .map_err(|refusal| ProvisionError::Refused(vec![refusal]))?;
    let Some(change) = chosen else { return Ok(Vec::new()) };
    let sql = format!(
        "{};\n/* rolewright: accept */ {};\n{}",
        log::MARK_SQL,
        change.sql(),
        log::record_sql(&change, version)
    );
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut *transaction).await.map_err(failed)?;
    transaction.commit().await.map_err(failed)?;
    match change {
        Change::Accept { relations, .. } => Ok(relations),
        _ => Ok(Vec::new()),
    }
}

/// What is to be remembered; nothing where all of it is accepted already.
fn choose(
    desired: &Desired,
    observed: &Observed,
    role: &str,
    patterns: &[Read],
) -> Result<Option<Change>, Refusal> {
    let role = find(desired, role)?;
    let name = role.name.as_str();
    let refuse = |kind: &str, object: &str, message: String, fix: String| {
        Err(Refusal {
            role: Some(name.to_owned()),
            kind: kind.to_owned(),
            object: object.to_owned(),
            message,
            fix,
        })
    };
    if role.new_tables != NewTables::Hold {
        let message = format!("new tables of role {name} do not wait to be accepted");
        return refuse(
            "not-held",
            name,
            message,
            format!("set roles.{}.new_tables = \"hold\"", role.connection),
        );
    }
    let Some(accepted) = observed.accepted.get(name) else {
        let message = format!("role {name} was not provided yet, and what is present then is accepted");
        return refuse("not-provided", name, message, "rolewright apply".to_owned());
    };
    let mut found: BTreeSet<(String, u32)> = BTreeSet::new();
    for pattern in patterns {
        let matching: Vec<&Relation> = observed
            .relations
            .iter()
            .filter(|one| !one.is_sequence() && role.asks_for(&one.schema, &one.name))
            .filter(|one| pattern.covers_table(&one.schema, &one.name))
            .collect();
        if matching.is_empty() {
            let glob = pattern.table.as_ref().map(|glob| format!(".{}", glob.as_str())).unwrap_or_default();
            let object = format!("{}{glob}", pattern.schema);
            let message =
                format!("no relation that roles.{}.read asks for matches {object}", role.connection);
            return refuse("no-such-relation", &object, message, "rolewright check".to_owned());
        }
        let new = matching.into_iter().filter(|one| !accepted.contains(&one.oid));
        found.extend(new.map(|one| (format!("{}.{}", one.schema, one.name), one.oid)));
    }
    let (relations, oids): (Vec<String>, Vec<u32>) = found.into_iter().unzip();
    Ok((!oids.is_empty()).then(|| Change::Accept { role: name.to_owned(), relations, oids }))
}

fn find<'a>(desired: &'a Desired, role: &str) -> Result<&'a DesiredRole, Refusal> {
    let by_name = |one: &&DesiredRole| one.connection == role || one.name.as_str() == role;
    desired.roles.values().find(by_name).ok_or_else(|| {
        let known = desired.roles.values().filter(|one| !one.is_checker());
        let known: Vec<&str> = known.map(|one| one.connection.as_str()).collect();
        Refusal {
            role: None,
            kind: "unknown-role".to_owned(),
            object: role.to_owned(),
            message: format!("no role {role} is configured"),
            fix: format!("name one of: {}", known.join(", ")),
        }
    })
}
