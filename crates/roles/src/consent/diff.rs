//! The difference between the policies that are wanted and those that are: a function of plain values.

use super::{
    Kind, Table, Wanted,
    facts::{self, KindRow, Observed},
    missed, openers, policy,
};
use crate::{
    quote::{ident, literal},
    room::RoomPlan,
};
use rolewright_core::settings::{ConsentDefault, KeyColumn};

/// Whom our policies are for.
pub(super) const EVERYBODY: &str = "public";

/// Plans. What stands in one table's way is refused, and the others are covered all the same.
pub(super) fn diff(wanted: &Wanted, observed: &Observed) -> RoomPlan {
    let mut plan = RoomPlan::default();
    if wanted.kinds.is_empty() {
        missed::left(observed, &mut plan);
        return plan;
    }
    if observed.recovery {
        let message = "the server is in recovery and takes no changes".to_owned();
        let fix = "connect to the primary, for example with target_session_attrs=read-write".to_owned();
        plan.block("consent", "recovery", "consent", message, fix);
        return plan;
    }
    openers::schemas(observed, &mut plan);
    for (name, kind) in &wanted.kinds {
        kind_of_records(wanted, observed, name, kind, &mut plan);
    }
    openers::diff(wanted, observed, &mut plan);
    missed::find(wanted, observed, &mut plan);
    plan
}

fn kind_of_records(wanted: &Wanted, observed: &Observed, name: &str, kind: &Kind, plan: &mut RoomPlan) {
    let mut key_type = None;
    for table in &kind.tables {
        let Some(found) = key_of(observed, name, &table.key, plan) else { continue };
        let own = match &table.through {
            Some(through) => {
                let other = key_of(observed, name, through, plan);
                if let Some(other) = other.filter(|other| other.type_name != found.type_name) {
                    let object = table.key.to_string();
                    let message =
                        format!("{object} is {}, and {through} is {}", found.type_name, other.type_name);
                    plan.block(
                        name,
                        "key-type",
                        &object,
                        message,
                        format!("make both of one type, or correct `consent.{name}.children`"),
                    );
                    continue;
                }
                key_type
            }
            None => found.key_type(),
        };
        if !same_type(name, &table.key, found, own, &mut key_type, plan) {
            continue;
        }
        let top = (table.key.table.schema.to_string(), table.key.table.table.to_string());
        for part in observed.tables.iter().filter(|part| part.tops.contains(&top)) {
            cover(wanted, name, kind, table, part, plan);
        }
    }
    if let Some(key_type) = key_type {
        register(observed, name, kind, key_type, plan);
    }
}

/// The column, where it is there on a table that can have policies.
fn key_of<'a>(
    observed: &'a Observed,
    kind: &str,
    key: &KeyColumn,
    plan: &mut RoomPlan,
) -> Option<&'a facts::Column> {
    let object = key.to_string();
    let correct = format!("correct `consent.{kind}`, or create it");
    let Some(table) = observed.table(key.table.schema.as_str(), key.table.table.as_str()) else {
        plan.block(kind, "missing-table", &object, format!("there is no table {}", key.table), correct);
        return None;
    };
    if !["r", "p"].contains(&table.kind.as_str()) {
        let message = format!("{} is no table, and can have no policy", key.table);
        plan.block(kind, "no-table", &object, message, "name the tables that it shows".to_owned());
        return None;
    }
    let column = table.columns.get(key.column.as_str());
    if column.is_none() {
        let message = format!("the table {} has no column {}", key.table, key.column);
        plan.block(kind, "missing-column", &object, message, correct);
    }
    column
}

/// Whether a key's values can be compared, in the way that the root's are.
fn same_type(
    kind: &str,
    key: &KeyColumn,
    found: &facts::Column,
    own: Option<&'static str>,
    root: &mut Option<&'static str>,
    plan: &mut RoomPlan,
) -> bool {
    let object = key.to_string();
    match (own, *root) {
        (None, _) => {
            let message =
                format!("the key {object} is {}, whose values have no one text form", found.type_name);
            let fix = "use a key of uuid, smallint, integer, bigint, or text with a deterministic collation"
                .to_owned();
            plan.block(kind, "key-type", &object, message, fix);
            false
        }
        (Some(own), Some(root)) if own != root => {
            let message = format!("the key {object} is {}, and the root's is {root}", found.type_name);
            plan.block(
                kind,
                "key-type",
                &object,
                message,
                format!("make both of one type, or correct `consent.{kind}`"),
            );
            false
        }
        (Some(own), _) => {
            root.get_or_insert(own);
            true
        }
    }
}

/// The policies of one table, which may be a partition or child of the one that is named.
fn cover(wanted: &Wanted, name: &str, kind: &Kind, table: &Table, part: &facts::Table, plan: &mut RoomPlan) {
    let (policy_name, sql) = (policy::name(name), part.sql.as_str());
    let object = format!("{}.{}", part.schema, part.name);
    let foreign = |policy: &&String| !policy.starts_with(policy::PREFIX) && policy.as_str() != policy::ROWS;
    let theirs: Vec<&String> = part.policies.keys().filter(foreign).collect();
    let any_of_ours = part.policies.keys().any(|policy| policy.starts_with(policy::PREFIX));
    if part.kind == "f" {
        let message = format!(
            "{object} is a foreign table among the parts of {}, and can have no policy",
            table.key.table
        );
        return plan.block(
            name,
            "no-table",
            &object,
            message,
            format!("ALTER TABLE … DETACH PARTITION {sql}"),
        );
    }
    if !part.ours {
        let message = format!("{object} belongs to {}, and only its owner can make policies", part.owner);
        return plan.block(
            name,
            "foreign-table",
            &object,
            message,
            format!("ALTER TABLE {sql} OWNER TO CURRENT_USER, run by an administrator as this role"),
        );
    }
    if !part.enabled && !any_of_ours && !theirs.is_empty() {
        let message = format!(
            "{object} has policies that are not in force ({}), and would be with this one",
            theirs.iter().map(|policy| policy.as_str()).collect::<Vec<_>>().join(", ")
        );
        return plan.block(
            name,
            "dormant-policies",
            &object,
            message,
            format!("drop them, or ALTER TABLE {sql} ENABLE ROW LEVEL SECURITY"),
        );
    }
    if part.enabled && !any_of_ours && part.policies.is_empty() && !part.forced {
        let message =
            format!("{object} has row level security and no policy, so that its owner alone reads it");
        let fix = format!("CREATE POLICY own_rows ON {sql} TO {} USING (true)", ident(&part.owner));
        return plan.block(name, "no-policies", &object, message, fix);
    }
    let rows = policy::ROWS.to_owned();
    let mut policies = vec![(policy_name, "RESTRICTIVE", policy::expression(wanted, name, kind, table, sql))];
    // Where the application lets rows through by policies of its own, ours would let through all the others.
    if theirs.iter().any(|policy| part.policies[*policy].permissive) {
        if part.policies.contains_key(&rows) {
            let drop = vec![format!("DROP POLICY {} ON {sql}", ident(&rows))];
            plan.push("drop-policy", &format!("{object} {rows}"), EVERYBODY, drop);
        }
    } else {
        policies.push((rows, "PERMISSIVE", "true".to_owned()));
    }
    for (policy, kind, expression) in policies {
        let found = part.policies.get(&policy);
        let is_sealed = found.is_some_and(|found| {
            found.comment.as_deref() == Some(&policy::seal(wanted, &expression, &found.kept))
        });
        // Whoever made rows visible in other words than ours meant it so.
        if is_sealed || plan.changes.iter().any(|change| change.object == format!("{object} {policy}")) {
            continue;
        }
        let mut parts = policy::create(wanted, &policy, sql, kind, &expression);
        if found.is_some() {
            parts.insert(0, format!("DROP POLICY {} ON {sql}", ident(&policy)));
        }
        let word = if found.is_some() { "replace-policy" } else { "create-policy" };
        plan.push(word, &format!("{object} {policy}"), EVERYBODY, parts);
    }
    let mut switch = |on: bool, word: &'static str, sql: String| {
        if !on && !plan.changes.iter().any(|change| change.kind == word && change.object == object) {
            plan.push(word, &object, EVERYBODY, vec![sql]);
        }
    };
    switch(part.enabled, "enable-policies", format!("ALTER TABLE {sql} ENABLE ROW LEVEL SECURITY"));
    switch(part.forced, "force-policies", format!("ALTER TABLE {sql} FORCE ROW LEVEL SECURITY"));
}

/// Writes the kind down, for what is said of its records.
fn register(observed: &Observed, name: &str, kind: &Kind, key_type: &str, plan: &mut RoomPlan) {
    let by_default = if kind.default == ConsentDefault::Deny { "deny" } else { "allow" };
    let row = KindRow { key_type: key_type.to_owned(), by_default: by_default.to_owned() };
    let found = observed.kinds.get(name);
    if let Some(found) = found.filter(|found| found.key_type != key_type) {
        let message = format!(
            "the keys of {name} were {} when it was first configured, and are {key_type} now",
            found.key_type
        );
        return plan.block(
            name,
            "key-type",
            name,
            message,
            "give the kind another name, and say again what was said of its records".to_owned(),
        );
    }
    if found != Some(&row) {
        let sql = format!(
            "INSERT INTO rolewright_consent.kind (name, key_type, by_default) VALUES ({}, {}, {}) \
             ON CONFLICT (name) DO UPDATE SET by_default = excluded.by_default",
            literal(name),
            literal(key_type),
            literal(by_default)
        );
        plan.push("set-kind", name, EVERYBODY, vec![sql]);
    }
}
