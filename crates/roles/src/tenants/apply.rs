//! Sends a plan for tenants: its changes, the rows that record them, and the rows that say where each tenant stands.

use std::collections::BTreeMap;

use sqlx::PgConnection;

use super::{
    State, TenantPlan, Wanted,
    change::{NewRow, Number},
};
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
            let sql = log::fingerprint_sql(role.as_str(), &credential.fingerprint);
            statements.push(Labelled { sql, label: format!("remember the password of {role}") });
        }
        let record = log::record(change.kind, &change.object, &change.role, &change.sql, version);
        statements.push(Labelled { sql: record, label: format!("record {label}") });
        statements.push(Labelled { sql: log::MARK_SQL.to_owned(), label: "mark".to_owned() });
    }
    statements.extend(plan.rows.iter().map(|row| write(wanted, row)));
    statements.extend(places(wanted, plan));
    send_all(connection, &statements).await
}

/// A tenant's row. One that was refused and is half made again has had something, whatever was run in it: by that it is known.
fn write(wanted: &Wanted, row: &NewRow) -> Labelled {
    let module = literal(wanted.module.as_str());
    let keeper = row.keeper.map_or_else(|| "NULL".to_owned(), |number| number.to_string());
    let (id, role, bucket) = (literal(row.id.as_str()), literal(row.role.as_str()), row.bucket);
    let number = match row.number {
        Number::OfItsName => format!(
            "coalesce((SELECT r.oid FROM pg_catalog.pg_roles r WHERE r.rolname OPERATOR(pg_catalog.=) {role}), 0)"
        ),
        Number::Is(number) => format!("{number}::pg_catalog.oid"),
        Number::Stays => "0".to_owned(),
    };
    let sql = format!(
        "INSERT INTO rolewright.tenant AS t (module, id, role, role_oid, bucket, keeper, state) \
         SELECT {module}, {id}, {role}, {number}, {bucket}, {keeper}, {state} \
         ON CONFLICT (module, id) DO UPDATE SET role_oid = CASE excluded.role_oid WHEN 0 THEN t.role_oid ELSE excluded.role_oid END, \
         bucket = excluded.bucket, keeper = excluded.keeper, state = excluded.state, changed_at = pg_catalog.clock_timestamp(), \
         life = CASE excluded.state WHEN 'purged' THEN pg_catalog.gen_random_uuid() ELSE t.life END, \
         version = CASE t.state WHEN 'purged' THEN NULL ELSE t.version END, \
         upgraded_at = CASE WHEN t.state OPERATOR(pg_catalog.=) 'purged' THEN NULL \
         WHEN t.state OPERATOR(pg_catalog.=) 'disabled' AND excluded.state OPERATOR(pg_catalog.=) 'adding' \
         THEN coalesce(t.upgraded_at, t.added_at) ELSE t.upgraded_at END, \
         added_at = CASE t.state WHEN 'purged' THEN pg_catalog.clock_timestamp() ELSE t.added_at END",
        state = literal(row.state.as_str()),
    );
    Labelled { sql, label: format!("record the tenant {}", row.id) }
}

/// The places that holders count, each holder's at once: a version of its row for every tenant would have to be read past by each look.
fn places(wanted: &Wanted, plan: &TenantPlan) -> Vec<Labelled> {
    let mut counts: BTreeMap<(&str, u32), i64> = BTreeMap::new();
    for row in &plan.rows {
        let now = (row.state != State::Purged).then_some((row.bucket, row.keeper));
        if now == row.leaves {
            continue;
        }
        for (held, sign) in [(row.leaves, -1), (now, 1)] {
            let (login, keeper) = held.map_or((None, None), |(bucket, keeper)| (Some(bucket), keeper));
            for (kind, number) in [("login", login), ("keeper", keeper)] {
                if let Some(number) = number {
                    *counts.entry((kind, number)).or_default() += sign;
                }
            }
        }
    }
    let module = literal(wanted.module.as_str());
    let count = |((kind, number), by): ((&str, u32), i64)| {
        let sql = format!(
            "INSERT INTO rolewright.tenant_holder AS h (module, kind, number, used) VALUES ({module}, '{kind}', {number}, {first}) \
             ON CONFLICT (module, kind, number) DO UPDATE SET used = greatest(0, h.used + ({by}))",
            first = by.max(0)
        );
        Labelled { sql, label: format!("record the places of {kind} {number}") }
    };
    counts.into_iter().map(count).collect()
}

/// A label that is one line in an error, however many tenants a change makes.
fn short(object: &str) -> String {
    match object.split_once(", ") {
        Some((first, rest)) => format!("{first} and {} more", rest.split(", ").count()),
        None => object.to_owned(),
    }
}
