//! Sends a plan for tenants: its changes, the rows that record them, and the rows that say where each tenant stands.

use sqlx::PgConnection;

use super::{TenantPlan, Wanted, change::NewRow};
use crate::{
    ProvisionError, log,
    provision::apply::{Labelled, send_all},
    quote::literal,
};

/// Applies the plan in the transaction that is open on the connection.
pub(super) async fn apply(
    connection: &mut PgConnection,
    wanted: &Wanted,
    plan: &TenantPlan,
    version: &str,
) -> Result<(), ProvisionError> {
    let mut statements = vec![Labelled { sql: log::MARK_SQL.to_owned(), label: "mark".to_owned() }];
    for change in &plan.changes {
        let label = format!("{} {}", change.kind, short(&change.object));
        let parts = change.secret_sql().ok_or_else(|| ProvisionError::Verifier(change.role.clone()))?;
        statements.extend(parts.into_iter().map(|part| {
            let sql = format!("/* rolewright: tenants */ {part}");
            Labelled { sql, label: label.clone() }
        }));
        if let Some((role, credential)) = &change.credential {
            let sql = log::fingerprint_sql(role, &credential.fingerprint);
            statements.push(Labelled { sql, label: format!("remember the password of {role}") });
        }
        let record = log::record(change.kind, &change.object, &change.role, &change.sql, version);
        statements.push(Labelled { sql: record, label: format!("record {label}") });
        statements.push(Labelled { sql: log::MARK_SQL.to_owned(), label: "mark".to_owned() });
    }
    for row in &plan.rows {
        statements.extend(write(wanted, row));
    }
    send_all(connection, &statements).await
}

/// A tenant's row, and the places that its holders count.
fn write(wanted: &Wanted, row: &NewRow) -> Vec<Labelled> {
    let module = literal(wanted.module.as_str());
    let keeper = row.keeper.map_or_else(|| "NULL".to_owned(), |number| number.to_string());
    let gone = row.state == super::State::Purged;
    let (id, role, bucket) = (literal(row.id.as_str()), literal(row.role.as_str()), row.bucket);
    let upsert = format!(
        "INSERT INTO rolewright.tenant AS t (module, id, role, role_oid, bucket, keeper, state) \
         SELECT {module}, {id}, {role}, coalesce((SELECT r.oid FROM pg_catalog.pg_roles r \
         WHERE r.rolname OPERATOR(pg_catalog.=) {role}), 0), {bucket}, {keeper}, {state} \
         ON CONFLICT (module, id) DO UPDATE SET role_oid = CASE excluded.role_oid WHEN 0 THEN t.role_oid ELSE excluded.role_oid END, \
         bucket = excluded.bucket, keeper = excluded.keeper, state = excluded.state, changed_at = pg_catalog.clock_timestamp(), \
         version = CASE t.state WHEN 'purged' THEN NULL ELSE t.version END, \
         added_at = CASE t.state WHEN 'purged' THEN pg_catalog.clock_timestamp() ELSE t.added_at END",
        state = literal(row.state.as_str()),
    );
    let mut all = vec![Labelled { sql: upsert, label: format!("record the tenant {}", row.id) }];
    let now = (!gone).then_some((row.bucket, row.keeper));
    if now != row.leaves {
        let places = |held: Option<(u32, Option<u32>)>, sign: i32| {
            let (login, keeper) = held.map_or((None, None), |(bucket, keeper)| (Some(bucket), keeper));
            [("login", login), ("keeper", keeper)]
                .into_iter()
                .filter_map(move |(kind, number)| Some((kind, number?, sign)))
        };
        for (kind, number, sign) in places(row.leaves, -1).chain(places(now, 1)) {
            let sql = format!(
                "INSERT INTO rolewright.tenant_holder AS h (module, kind, number, used) VALUES ({module}, '{kind}', {number}, {first}) \
                 ON CONFLICT (module, kind, number) DO UPDATE SET used = greatest(0, h.used + ({sign}))",
                first = sign.max(0)
            );
            all.push(Labelled { sql, label: format!("record the place of {}", row.id) });
        }
    }
    all
}

/// A label that is one line in an error, however many tenants a change makes.
fn short(object: &str) -> String {
    match object.split_once(", ") {
        Some((first, rest)) => format!("{first} and {} more", rest.split(", ").count()),
        None => object.to_owned(),
    }
}
