//! Who is a member of the login of a tenant's reports, and what that is a member of: nobody, and nothing.

use rolewright_core::Ident;

use super::{
    assign::Assigned,
    beyond,
    change::TenantChange,
    diff::Context,
    facts::{Membership, Role},
    members::EXTRA_MEMBER,
    present::Power,
    reporter::power,
};

/// What it is a member of, it could read: the changes that take it back; nothing where somebody else has to.
pub(super) fn of_nothing(
    context: &mut Context<'_>,
    one: &Assigned,
    name: &Ident,
    found: &Role,
) -> Option<Vec<TenantChange>> {
    let (observed, power) = (context.observed, power(context, one, name, Some(found)));
    let (mut changes, mut all) = (Vec::new(), true);
    for edge in observed.memberships.iter().filter(|edge| edge.member == name.as_str()) {
        let sql = beyond::revoke(observed, edge);
        if let Some(keeper) = beyond::hand(observed, power.keeper(), edge) {
            changes.push(change(one, name, "revoke-membership", sql, keeper));
        } else {
            let message = beyond::message(observed, edge);
            context.plan.refuse(&one.id, "extra-membership", name.as_str(), message, sql);
            all = false;
        }
    }
    all.then_some(changes)
}

/// Whoever made it, or core, has the right to give it and nothing else of it. Anybody else could read what it reads, whether it may log
/// in or not: the changes that take it back; the rest is told.
pub(super) fn nobodys(
    context: &mut Context<'_>,
    one: &Assigned,
    name: &Ident,
    found: &Role,
) -> Vec<TenantChange> {
    let (observed, power) = (context.observed, power(context, one, name, Some(found)));
    let keeper = one.keeper.map(|number| context.wanted.module.keeper(number).to_string());
    let holder = |edge: &&Membership| {
        (Some(&edge.member) == keeper.as_ref() || edge.member == observed.core.name)
            && edge.inherit != Some(true)
            && edge.set != Some(true)
    };
    let mut changes = Vec::new();
    for edge in observed.memberships.iter().filter(|edge| edge.role == name.as_str() && !holder(edge)) {
        let sql = beyond::revoke(observed, edge);
        let hand = beyond::hand(observed, power.keeper(), edge);
        if let Some(keeper) = hand.filter(|_| !matches!(power, Power::Nobody)) {
            changes.push(change(one, name, "revoke-reporter", sql, keeper));
        } else {
            let message = format!("the role {} may read what the tenant {} has", edge.member, one.id);
            context.plan.find(EXTRA_MEMBER, name.as_str(), &edge.member, message, sql);
        }
    }
    changes
}

fn change(
    one: &Assigned,
    name: &Ident,
    kind: &'static str,
    sql: String,
    keeper: Option<Ident>,
) -> TenantChange {
    let mut change = TenantChange::new(kind, name.as_str(), one.role.as_str(), vec![sql]);
    change.keeper = keeper;
    change
}
