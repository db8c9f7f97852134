//! What shows records beside the policies: named, with the fix, and left to whoever runs the database.

use std::collections::BTreeSet;

use super::{Wanted, facts::Observed};
use crate::room::RoomPlan;

/// The kinds of findings that somebody must decide on: rows of a withdrawn record may be shown.
pub const NEED_DECISION: [&str; 5] =
    ["uncovered-table", "copied-records", "owner-rights-view", "shared-link", "missing-role"];

pub(super) fn find(wanted: &Wanted, observed: &Observed, plan: &mut RoomPlan) {
    carriers(wanted, observed, plan);
    views(wanted, observed, plan);
    shared(wanted, observed, plan);
    for role in &observed.unbound {
        let message = format!("the role {role} has BYPASSRLS, and sees every record");
        plan.tell(
            "bypassrls",
            role,
            message,
            format!("ALTER ROLE {} NOBYPASSRLS", crate::quote::ident(role)),
        );
    }
    for role in &observed.nobody {
        let message =
            format!("what was said for the role {role} holds for nobody, since there is no such role");
        let fix = "say it again for the role that it was meant for, or rename that one back".to_owned();
        plan.tell("missing-role", role, message, fix);
    }
    left(observed, plan);
}

/// Policies that nobody wants any more go on hiding; only somebody who means it takes them away.
pub(super) fn left(observed: &Observed, plan: &mut RoomPlan) {
    for left in &observed.left {
        let (policy, table) = (crate::quote::ident(&left.policy), &left.table);
        let message =
            format!("the policy {} on {table} is not configured any more, and still hides rows", left.policy);
        plan.tell("left-policy", table, message, format!("DROP POLICY {policy} ON {table}"));
    }
}

/// Tables that carry the key, by a foreign key or by its name and type.
fn carriers(wanted: &Wanted, observed: &Observed, plan: &mut RoomPlan) {
    for carrier in &observed.carriers {
        let object = format!("{}.{}", carrier.schema, carrier.name);
        for (name, kind) in &wanted.kinds {
            if is_excepted(kind, &carrier.schema, &carrier.name) {
                continue;
            }
            let root = &kind.tables[0].key;
            let types = observed.table(root.table.schema.as_str(), root.table.table.as_str());
            let root_type = types.and_then(|table| table.columns.get(root.column.as_str()));
            let written = match &carrier.refers {
                Some((schema, table)) => {
                    let same = |one: &&super::Table| {
                        one.key.table.schema.as_str() == schema && one.key.table.table.as_str() == table
                    };
                    match kind.tables.iter().position(|one| same(&one)) {
                        Some(0) => format!("{object}({})", carrier.column),
                        Some(_) => format!("{object}({}) -> {schema}.{table}(…)", carrier.column),
                        None => continue,
                    }
                }
                None => {
                    let named = |table: &super::Table| {
                        table.through.is_none() && table.key.column.as_str() == carrier.column
                    };
                    let same_type = root_type.is_some_and(|root| root.type_name == carrier.type_name);
                    if !same_type || !kind.tables.iter().skip(1).any(named) {
                        continue;
                    }
                    format!("{object}({})", carrier.column)
                }
            };
            let message =
                format!("{object} has the key of {name} in {}, and no policy hides its rows", carrier.column);
            let fix = format!(
                "add \"{written}\" to consent.{name}.children, or \"{object}\" to consent.{name}.except"
            );
            if !plan.findings.iter().any(|one| one.kind == "uncovered-table" && one.object == object) {
                plan.tell("uncovered-table", &object, message, fix);
            }
        }
    }
}

/// Copies, and views whose owner no policy binds.
fn views(wanted: &Wanted, observed: &Observed, plan: &mut RoomPlan) {
    for view in &observed.views {
        let object = format!("{}.{}", view.schema, view.name);
        let tops: BTreeSet<&(String, String)> = view.over.iter().collect();
        let of = |kind: &super::Kind| {
            observed.tables.iter().any(|table| {
                tops.contains(&(table.schema.clone(), table.name.clone()))
                    && kind.tables.iter().any(|one| {
                        let own = (one.key.table.schema.to_string(), one.key.table.table.to_string());
                        table.tops.contains(&own)
                    })
            })
        };
        let Some((name, _)) =
            wanted.kinds.iter().find(|(_, kind)| of(kind) && !is_excepted(kind, &view.schema, &view.name))
        else {
            continue;
        };
        let sql = format!("{}.{}", crate::quote::ident(&view.schema), crate::quote::ident(&view.name));
        if view.materialized {
            let message = format!("{object} keeps a copy of records of {name}, which no policy hides");
            let fix = format!(
                "make it a view, or, where it shows nothing of a person, add \"{object}\" to consent.{name}.except"
            );
            plan.tell("copied-records", &object, message, fix);
        } else if view.bypasses {
            let message = format!(
                "{object} shows records of {name} with the rights of {}, whom no policy binds",
                view.owner
            );
            plan.tell(
                "owner-rights-view",
                &object,
                message,
                format!("ALTER VIEW {sql} OWNER TO CURRENT_USER"),
            );
        }
    }
}

/// Rows that reach their record through rows that may be of several.
fn shared(wanted: &Wanted, observed: &Observed, plan: &mut RoomPlan) {
    for (name, kind) in &wanted.kinds {
        for table in &kind.tables {
            let Some(through) = &table.through else { continue };
            let other = observed.table(through.table.schema.as_str(), through.table.table.as_str());
            let column = other.and_then(|other| other.columns.get(through.column.as_str()));
            if column.is_some_and(|column| !column.unique)
                && !is_excepted(kind, table.key.table.schema.as_str(), table.key.table.table.as_str())
            {
                let message = format!(
                    "{through} is not unique: a row of {} is shown where any of several rows is, be they of one record or not",
                    table.key.table
                );
                let fix = format!(
                    "CREATE UNIQUE INDEX ON {} ({}), or, where all are of one record, add \"{}\" to consent.{name}.except",
                    through.table.quoted(),
                    through.column.quoted(),
                    table.key.table
                );
                plan.tell("shared-link", &table.key.table.to_string(), message, fix);
            }
        }
    }
}

fn is_excepted(kind: &super::Kind, schema: &str, name: &str) -> bool {
    kind.except.iter().any(|table| table.schema.as_str() == schema && table.table.as_str() == name)
}
