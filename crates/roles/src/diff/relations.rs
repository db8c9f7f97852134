//! SELECT on the relations that are read, on columns where some are denied, and nothing else on any relation.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    Change, DesiredRole,
    change::Target,
    observed::Relation,
    quote::{ident, qualified},
};

use super::{
    Context, Draft,
    children::is_withheld,
    extras::{Excess, revoke},
    hold::is_held,
};

/// How many relations one statement names at most.
const CHUNK: usize = 500;

/// What a role should hold on a relation.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    Nothing,
    Whole,
    Columns(BTreeSet<String>),
}

/// Relations of one schema that are missing the same roles, or lose the same rights of one role.
type Grants = BTreeMap<(String, Vec<String>), Vec<String>>;
type Revokes = BTreeMap<(String, String, Vec<String>, bool), Vec<String>>;

pub(super) fn diff(context: &Context<'_>, roles: &[&DesiredRole], draft: &mut Draft) {
    let (mut grants, mut revokes) = (Grants::new(), Revokes::new());
    for relation in &context.observed.relations {
        let mut missing = Vec::new();
        for role in roles {
            if one(context, role, relation, &mut revokes, draft) {
                missing.push(role.name.as_str().to_owned());
            }
        }
        if !missing.is_empty() {
            grants.entry((relation.schema.clone(), missing)).or_default().push(relation.name.clone());
        }
    }
    for ((schema, roles), tables) in grants {
        for tables in tables.chunks(CHUNK) {
            draft.grants.push(Change::GrantSelect {
                schema: schema.clone(),
                tables: tables.to_vec(),
                roles: roles.clone(),
            });
        }
    }
    for ((schema, role, privileges, cascade), names) in revokes {
        for names in names.chunks(CHUNK) {
            let target = Target::Relations { schema: schema.clone(), names: names.to_vec() };
            draft.revokes.push(revoke(&role, &target, privileges.clone(), false, cascade));
        }
    }
}

/// What a role should hold on a relation: what `read` and `deny` come to, once it is accepted.
pub(super) fn wanted(context: &Context<'_>, role: &DesiredRole, relation: &Relation) -> Wanted {
    if is_held(context, role, relation) { Wanted::Nothing } else { asked(role, relation) }
}

/// What `read` and `deny` come to for one relation.
pub(super) fn asked(role: &DesiredRole, relation: &Relation) -> Wanted {
    let Relation { schema, name, ancestors, .. } = relation;
    if relation.is_sequence()
        || !role.asks_for(schema, name)
        || role.denies_table(schema, name, ancestors)
        || is_withheld(role, relation)
    {
        return Wanted::Nothing;
    }
    let open = |column: &&String| !role.denies_column(schema, name, column, &relation.computed, ancestors);
    let open: BTreeSet<String> = relation.columns.iter().filter(open).cloned().collect();
    if open.len() == relation.columns.len() {
        Wanted::Whole
    } else if open.is_empty() {
        Wanted::Nothing
    } else {
        Wanted::Columns(open)
    }
}

/// Plans one role's rights on one relation; says whether SELECT on the whole is to be granted.
fn one(
    context: &Context<'_>,
    role: &DesiredRole,
    relation: &Relation,
    revokes: &mut Revokes,
    draft: &mut Draft,
) -> bool {
    let name = role.name.as_str();
    let wanted = wanted(context, role, relation);
    let target = Target::Relations { schema: relation.schema.clone(), names: vec![relation.name.clone()] };

    let mut excess = Excess::default();
    for item in relation.held_by(name) {
        excess.add(item, wanted == Wanted::Whole && item.privilege == "SELECT");
    }
    let revoked = excess.revoked();
    let loses_select = revoked.as_ref().is_some_and(|(words, _)| words.iter().any(|word| word == "SELECT"));
    if let Some((privileges, cascade)) = revoked {
        revokes
            .entry((relation.schema.clone(), name.to_owned(), privileges, cascade))
            .or_default()
            .push(relation.name.clone());
    }
    excess.push_rest(name, &target, draft);
    columns(role, relation, &wanted, loses_select, draft);

    let lacks = match &wanted {
        Wanted::Nothing => return false,
        Wanted::Whole => !relation.selects(name),
        Wanted::Columns(open) => {
            let held = if loses_select { BTreeSet::new() } else { relation.selected_columns(name) };
            let missing: Vec<String> =
                open.iter().filter(|column| !held.contains(column.as_str())).cloned().collect();
            if !missing.is_empty() && relation.grantable {
                draft.columns.push(Change::GrantColumns {
                    schema: relation.schema.clone(),
                    table: relation.name.clone(),
                    columns: missing,
                    role: name.to_owned(),
                });
                return false;
            }
            !missing.is_empty()
        }
    };
    let public = relation.acl.iter().any(|item| item.grantee.is_none() && item.privilege == "SELECT");
    if lacks && !relation.grantable && relation.owner != name && !public {
        let object = format!("{}.{}", relation.schema, relation.name);
        let message = format!(
            "{object} belongs to {}, and {} may not grant SELECT on it",
            relation.owner, context.observed.core.name
        );
        let fix = format!(
            "GRANT SELECT ON TABLE {} TO {}",
            qualified(&relation.schema, &relation.name),
            ident(name)
        );
        draft.finding(Some(name), "ungrantable-table", &object, message, Some(fix));
    }
    lacks && relation.grantable
}

/// Plans what is too much on single columns.
fn columns(role: &DesiredRole, relation: &Relation, wanted: &Wanted, loses_select: bool, draft: &mut Draft) {
    let name = role.name.as_str();
    let mut by_column: BTreeMap<&str, Excess> = BTreeMap::new();
    for acl in relation.column_acl.iter().filter(|acl| acl.item.is_for(name)) {
        let select = acl.item.privilege == "SELECT";
        if select && loses_select && acl.item.revocable {
            continue;
        }
        let keep = match wanted {
            Wanted::Columns(open) => select && open.contains(&acl.column),
            // What the whole relation gives anyway is only untidy where it cannot be taken away.
            Wanted::Whole => select && !acl.item.revocable,
            Wanted::Nothing => false,
        };
        by_column.entry(&acl.column).or_default().add(&acl.item, keep);
    }
    let mut plain: BTreeMap<(Vec<String>, bool), Vec<String>> = BTreeMap::new();
    for (column, excess) in by_column {
        if let Some(revoked) = excess.revoked() {
            plain.entry(revoked).or_default().push(column.to_owned());
        }
        excess.push_rest(name, &target(relation, vec![column.to_owned()]), draft);
    }
    for ((privileges, cascade), columns) in plain {
        draft.revokes.push(revoke(name, &target(relation, columns), privileges, false, cascade));
    }
}

fn target(relation: &Relation, columns: Vec<String>) -> Target {
    Target::Columns { schema: relation.schema.clone(), table: relation.name.clone(), columns }
}
