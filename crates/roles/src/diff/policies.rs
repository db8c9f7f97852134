//! Policies of tables that a role reads, which read what the role may not: PostgreSQL asks for the right with each query of such a table
//! (42501), whatever the query is. They are reported, because nothing is shown that must not be, and nothing else says why.

use std::collections::{BTreeMap, BTreeSet};

use crate::{
    DesiredRole,
    observed::{PolicyReads, Relation},
};

use super::{
    Context, Draft,
    relations::{Wanted, wanted},
};

type Relations<'a> = BTreeMap<(&'a str, &'a str), &'a Relation>;

pub(super) fn diff(context: &Context<'_>, roles: &[&DesiredRole], draft: &mut Draft) {
    if context.observed.policies.is_empty() {
        return;
    }
    let mut relations = Relations::new();
    for one in &context.observed.relations {
        relations.insert((&one.schema, &one.name), one);
    }
    for policy in &context.observed.policies {
        let binds = |role: &&&DesiredRole| {
            policy.roles.as_ref().is_none_or(|roles| roles.contains(role.name.as_str()))
        };
        for role in roles.iter().filter(binds) {
            let name = role.name.as_str();
            let Some(table) = relations.get(&(policy.schema.as_str(), policy.name.as_str())) else {
                continue;
            };
            if wanted(context, role, table) == Wanted::Nothing {
                continue;
            }
            let Some(shut) = shut(context, role, policy, &relations) else { continue };
            let object = format!("{}.{}", policy.schema, policy.name);
            let message = format!(
                "policy {} of {object} reads {shut}, which {name} may not: every query of its on {object} fails",
                policy.policy
            );
            let fix = format!(
                "let the policy call a SECURITY DEFINER function that reads {shut}; or let roles.{} read it, by `read` and `deny`",
                role.connection
            );
            draft.finding(Some(name), "policy-denied", &object, message, Some(fix));
        }
    }
}

/// What of it the role may not read.
fn shut(
    context: &Context<'_>,
    role: &DesiredRole,
    policy: &PolicyReads,
    relations: &Relations<'_>,
) -> Option<String> {
    let whole = format!("{}.{}", policy.of_schema, policy.of_name);
    let Some(read) = relations.get(&(policy.of_schema.as_str(), policy.of_name.as_str())) else {
        return Some(whole);
    };
    if read.acl.iter().any(|item| item.grantee.is_none() && item.privilege == "SELECT") {
        return None;
    }
    let mut open: BTreeSet<String> = match wanted(context, role, read) {
        Wanted::Whole => return None,
        Wanted::Columns(open) => open,
        Wanted::Nothing => BTreeSet::new(),
    };
    let public =
        read.column_acl.iter().filter(|acl| acl.item.grantee.is_none() && acl.item.privilege == "SELECT");
    open.extend(public.map(|acl| acl.column.clone()));
    let missing: Vec<&str> = policy.of_columns.difference(&open).map(String::as_str).collect();
    match () {
        // Where it names no column, a right to any of them is enough.
        () if open.is_empty() => Some(whole),
        () if missing.is_empty() => None,
        () => Some(format!("{whole} ({})", missing.join(", "))),
    }
}
