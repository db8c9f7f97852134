//! Memberships: a managed role is member of nothing, and nobody but core is member of it.

use crate::{Change, DesiredRole, observed::Membership};

use super::{Context, Draft};

pub(super) fn diff(context: &Context<'_>, role: &DesiredRole, draft: &mut Draft) {
    let name = role.name.as_str();
    let new = context.observed.server.version >= 160_000;
    let found = context.observed.roles.get(name);
    if found.is_none_or(|found| !found.held) {
        draft.roles.push(Change::GrantMembership {
            role: name.to_owned(),
            member: context.observed.core.name.clone(),
            options: new,
        });
    }
    let Some(found) = found else { return };
    for of in &found.member_of {
        let change = Change::RevokeMembership {
            about: name.to_owned(),
            role: of.role.clone(),
            member: name.to_owned(),
            grantor: new.then(|| of.grantor.clone()),
        };
        let message =
            format!("role {name} is a member of {}, which {} may not revoke", of.role, core(context));
        push(name, of, change, message, draft);
    }
    for member in &found.members {
        let change = Change::RevokeMembership {
            about: name.to_owned(),
            role: name.to_owned(),
            member: member.role.clone(),
            grantor: new.then(|| member.grantor.clone()),
        };
        let message =
            format!("role {} is a member of {name}, which {} may not revoke", member.role, core(context));
        push(name, member, change, message, draft);
    }
}

fn core<'a>(context: &'a Context<'_>) -> &'a str {
    &context.observed.core.name
}

fn push(role: &str, membership: &Membership, change: Change, message: String, draft: &mut Draft) {
    if membership.revocable {
        if !draft.revokes.contains(&change) {
            draft.revokes.push(change);
        }
    } else {
        draft.refusal(Some(role), "membership", &membership.role, message, change.sql());
    }
}
