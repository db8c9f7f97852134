//! Relations never seen before, for roles with `new_tables = "hold"`: unreadable and named until somebody accepts them.
//!
//! Deny-lists rot: a table of next year is readable because nobody thought of it. What is present when a role is first
//! provided so counts as seen, denied relations too; every later one, a new one of an old name included, waits.

use rolewright_core::settings::{FutureTables, NewTables};

use crate::{Change, DesiredRole, Finding, observed::Relation};

use super::{
    Context, Draft,
    relations::{Wanted, asked},
};

/// Whether a relation waits to be accepted for this role.
pub(super) fn is_held(context: &Context<'_>, role: &DesiredRole, relation: &Relation) -> bool {
    role.new_tables == NewTables::Hold
        && context
            .observed
            .accepted
            .get(role.name.as_str())
            .is_some_and(|accepted| !accepted.contains(&relation.oid))
}

pub(super) fn diff(context: &Context<'_>, roles: &[&DesiredRole], draft: &mut Draft) {
    for role in roles {
        let name = role.name.as_str().to_owned();
        let begun = context.observed.accepted.contains_key(&name);
        match role.new_tables {
            NewTables::Grant if begun => draft.grants.push(Change::EndHold { role: name }),
            NewTables::Grant => {}
            NewTables::Hold if role.future_tables == FutureTables::Immediately => {
                let message =
                    format!("new tables of role {name} cannot both wait and be readable from birth");
                let fix = format!("set roles.{}.future_tables = \"on-provision\"", role.connection);
                draft.refusal(Some(&name), "hold-immediately", &name, message, fix);
            }
            NewTables::Hold if begun => report(context, role, draft),
            NewTables::Hold => {
                draft.grants.push(Change::BeginHold { present: present(context, role), role: name })
            }
        }
    }
}

/// The oids of all relations that `read` asks for, whatever `deny` says: they are known.
fn present(context: &Context<'_>, role: &DesiredRole) -> Vec<u32> {
    let relations = context.observed.relations.iter();
    let mut oids: Vec<u32> = relations
        .filter(|relation| !relation.is_sequence() && role.asks_for(&relation.schema, &relation.name))
        .map(|relation| relation.oid)
        .collect();
    oids.sort_unstable();
    oids
}

fn report(context: &Context<'_>, role: &DesiredRole, draft: &mut Draft) {
    for relation in &context.observed.relations {
        if !is_held(context, role, relation) || asked(role, relation) == Wanted::Nothing {
            continue;
        }
        let object = format!("{}.{}", relation.schema, relation.name);
        let message = format!("{object} is new, and {} cannot read it until it is accepted", role.name);
        let fix = format!("rolewright accept {} {object}, or add it to roles.{0}.deny", role.connection);
        draft.finding(Some(role.name.as_str()), Finding::HELD_RELATION, &object, message, Some(fix));
    }
}
