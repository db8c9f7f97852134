//! Default privileges: SELECT on future tables where `future_tables = "immediately"`, and nothing else.

use std::collections::{BTreeMap, BTreeSet};

use rolewright_core::settings::{FutureTables, NewTables};

use crate::{Change, DesiredRole, Gift, observed::DefaultAcl, quote::ident};

use super::{Context, Draft, children, denied, refusals::as_grantor};

/// A creator and a schema; the key of one promise.
type Promise = (String, String);

pub(super) fn diff(context: &Context<'_>, roles: &[&DesiredRole], draft: &mut Draft) {
    let mut grants: BTreeMap<Promise, Vec<String>> = BTreeMap::new();
    let mut revokes = Vec::new();
    for role in roles {
        let name = role.name.as_str();
        let promised = promises(context, role, draft);
        for promise in &promised {
            if !context.observed.defaults.iter().any(|found| keeps(found, name, promise)) {
                grants.entry(promise.clone()).or_default().push(name.to_owned());
            }
        }
        excess(context, name, &promised, &mut revokes, draft);
    }
    for ((creator, schema), roles) in grants {
        let creator = (creator != context.observed.core.name).then_some(creator);
        draft.grants.push(Change::GrantDefault { creator, schema, roles });
    }
    draft.revokes.append(&mut revokes);
}

/// What this role is promised of future tables. Only whole schemas can be promised: PostgreSQL has no default
/// privileges by name, so a schema with patterns over tables waits for the next provisioning.
fn promises(context: &Context<'_>, role: &DesiredRole, draft: &mut Draft) -> BTreeSet<Promise> {
    let mut promised = BTreeSet::new();
    if role.future_tables != FutureTables::Immediately || role.new_tables == NewTables::Hold {
        return promised;
    }
    let (name, core) = (role.name.as_str(), &context.observed.core);
    let mut creators = vec![core.name.clone()];
    for creator in &role.creators {
        let creator = creator.as_str();
        match context.observed.creators.get(creator) {
            Some(found) if found.member => creators.push(creator.to_owned()),
            Some(_) => {
                let message = format!(
                    "future tables of {creator} stay unreadable: {} is not a member of it",
                    core.name
                );
                let fix = format!("GRANT {} TO {}", ident(creator), ident(&core.name));
                draft.finding(Some(name), "creator-not-member", creator, message, Some(fix));
            }
            None => {
                let message = format!("role {creator} of roles.{}.creators does not exist", role.connection);
                draft.finding(Some(name), "missing-creator", creator, message, None);
            }
        }
    }
    for read in &role.read {
        let schema = read.schema.as_str();
        if read.table.is_some() || !context.observed.schemas.contains_key(schema) {
            continue;
        }
        if role.denies_in_schema(schema) {
            let message = format!(
                "a future table of {schema} could match roles.{}.deny and would be readable from birth",
                role.connection
            );
            let fix = format!("set roles.{}.future_tables = \"on-provision\"", role.connection);
            draft.refusal(Some(name), "future-tables-deny", schema, message, fix);
            continue;
        }
        if let Some(table) = denied::parent_in(context, role, schema) {
            let message = format!(
                "future tables of {schema} stay unreadable to {name} until an apply: a partition or child of {table} would be readable from \
                 birth, though roles.{}.deny denies it",
                role.connection
            );
            let fix = format!("set roles.{}.future_tables = \"on-provision\"", role.connection);
            draft.finding(Some(name), "future-tables-deny", schema, message, Some(fix));
            continue;
        }
        if let Some(table) = children::secured_in(context, schema) {
            let message = format!(
                "future tables of {schema} stay unreadable to {name} until an apply: a partition or child of {table} would be readable from \
                 birth, past its row level security"
            );
            let fix = format!("set roles.{}.future_tables = \"on-provision\"", role.connection);
            draft.finding(Some(name), "future-tables-policies", schema, message, Some(fix));
            continue;
        }
        promised.extend(creators.iter().map(|creator| (creator.clone(), schema.to_owned())));
    }
    promised
}

fn keeps(found: &DefaultAcl, role: &str, (creator, schema): &Promise) -> bool {
    found.class == 'r'
        && found.item.is_for(role)
        && found.item.privilege == "SELECT"
        && found.owner == *creator
        && found.schema.as_deref() == Some(schema)
}

fn excess(
    context: &Context<'_>,
    role: &str,
    promised: &BTreeSet<Promise>,
    revokes: &mut Vec<Change>,
    draft: &mut Draft,
) {
    let mut plain: BTreeMap<(String, Option<String>, char, bool), Vec<String>> = BTreeMap::new();
    for found in context.observed.defaults.iter().filter(|found| found.item.is_for(role)) {
        let wanted = promised.iter().any(|promise| keeps(found, role, promise));
        if wanted && !found.item.grantable {
            continue;
        }
        if found.item.revocable {
            plain
                .entry((found.owner.clone(), found.schema.clone(), found.class, wanted))
                .or_default()
                .push(found.item.privilege.clone());
        } else {
            let sql = statement(found, vec![found.item.privilege.clone()], role, wanted).sql();
            let object = format!("future {} of {}", class(found.class), found.owner);
            let message = format!("role {role} will have {} on {object}", found.item.privilege);
            let fix = as_grantor(&sql, &found.owner);
            let gift = Gift { giver: found.owner.clone(), statement: sql, object: object.clone() };
            draft.given(gift, Some(role), "foreign-default", &object, message, fix);
        }
    }
    for ((creator, schema, kind, option_only), privileges) in plain {
        revokes.push(Change::RevokeDefault {
            creator,
            schema,
            class: class(kind),
            privileges,
            option_only,
            role: role.to_owned(),
        });
    }
}

pub(super) fn statement(
    found: &DefaultAcl,
    privileges: Vec<String>,
    role: &str,
    option_only: bool,
) -> Change {
    Change::RevokeDefault {
        creator: found.owner.clone(),
        schema: found.schema.clone(),
        class: class(found.class),
        privileges,
        option_only,
        role: role.to_owned(),
    }
}

/// `pg_default_acl.defaclobjtype` as ALTER DEFAULT PRIVILEGES names it.
pub(super) fn class(kind: char) -> &'static str {
    match kind {
        'S' => "SEQUENCES",
        'f' => "ROUTINES",
        'T' => "TYPES",
        'n' => "SCHEMAS",
        'L' => "LARGE OBJECTS",
        _ => "TABLES",
    }
}
