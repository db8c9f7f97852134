//! Who may become whom, and who inherits from whom: what is missing is granted, and what is too much is taken.

use rolewright_core::Ident;

use super::{
    Wanted,
    facts::{Membership, Observed},
};
use crate::quote::ident;
use crate::room::RoomPlan;

/// Refusals of roles that the login must not become.
const TOO_MUCH: [&str; 3] = ["powerful-group", "attribute", "foreign-role"];

/// What a membership is for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// The login becomes the role, and inherits nothing from it.
    Become,
    /// The role inherits from the group, and does not become it.
    Inherit,
}

impl Kind {
    /// Whether a membership is of this kind. Before 16 there are no kinds: the member's INHERIT decides.
    fn is(self, membership: &Membership) -> bool {
        let (inherit, set) = match self {
            Self::Become => (false, true),
            Self::Inherit => (true, false),
        };
        membership.inherit.is_none_or(|has| has == inherit) && membership.set.is_none_or(|has| has == set)
    }

    fn options(self, observed: &Observed) -> &'static str {
        match self {
            _ if !observed.is_strict() => "",
            Self::Become => " WITH INHERIT FALSE, SET TRUE",
            Self::Inherit => " WITH INHERIT TRUE, SET FALSE",
        }
    }
}

/// Whether the groups of a role can carry its privileges.
pub(super) fn have_groups(observed: &Observed, name: &Ident, groups: &[Ident], plan: &mut RoomPlan) -> bool {
    let (role, core) = (name.as_str(), &observed.core.name);
    let before = plan.refused.len();
    for group in groups {
        let (object, quoted) = (group.as_str(), group.quoted());
        match observed.groups.get(object) {
            None => {
                let message = format!("the group {group} of {role} does not exist");
                plan.refuse(role, "missing-group", object, message, format!("CREATE ROLE {quoted} NOLOGIN"));
            }
            Some(found) if !found.reaches.is_empty() => {
                let message = format!(
                    "the group {group} of {role} is, or is a member of, {}",
                    found.reaches.join(", ")
                );
                plan.refuse(
                    role,
                    "powerful-group",
                    object,
                    message,
                    "name another group in `access`".to_owned(),
                );
            }
            Some(found) if !observed.may_grant(found) && !is_member(observed, object, role) => {
                let message = format!("{core} may not make {role} a member of the group {group}");
                let fix = format!("GRANT {quoted} TO {} WITH ADMIN OPTION", ident(core));
                plan.refuse(role, "missing-admin", object, message, fix);
            }
            Some(_) => {}
        }
    }
    plan.refused.len() == before
}

fn is_member(observed: &Observed, role: &str, member: &str) -> bool {
    let between = |one: &&Membership| one.role == role && one.member == member;
    observed.memberships.iter().filter(between).any(|one| Kind::Inherit.is(one))
}

/// Makes `member` a member of `role`, where it is not so already.
pub(super) fn grant(
    observed: &Observed,
    about: &Ident,
    role: &str,
    member: &str,
    kind: Kind,
    plan: &mut RoomPlan,
) {
    let between = || observed.memberships.iter().filter(|one| one.role == role && one.member == member);
    if between().any(|one| one.admin) {
        let sql = format!("REVOKE ADMIN OPTION FOR {} FROM {}", ident(role), ident(member));
        plan.push("revoke-admin", role, about.as_str(), vec![sql]);
    }
    if !between().any(|one| kind.is(one)) {
        let sql = format!("GRANT {} TO {}{}", ident(role), ident(member), kind.options(observed));
        let word = if kind == Kind::Become { "grant-become" } else { "grant-group" };
        plan.push(word, role, about.as_str(), vec![sql]);
    }
}

/// Takes the memberships that are not wanted of a role that is.
pub(super) fn take_rest(
    wanted: &Wanted,
    observed: &Observed,
    name: &Ident,
    groups: &[Ident],
    plan: &mut RoomPlan,
) {
    for one in &observed.memberships {
        let is_wanted = if one.member == name.as_str() {
            groups.iter().any(|group| group.as_str() == one.role) && replaced_or(observed, one, Kind::Inherit)
        } else if one.role == name.as_str() {
            one.member == observed.core.name
                || one.member == wanted.login.as_str() && replaced_or(observed, one, Kind::Become)
        } else {
            true
        };
        if !is_wanted {
            take(observed, name.as_str(), one, "revoke-membership", plan);
        }
    }
}

/// Whether a membership is as it should be, or is made so by granting it again: that replaces our own grant's options.
fn replaced_or(observed: &Observed, one: &Membership, kind: Kind) -> bool {
    kind.is(one) || one.grantor == observed.core.name
}

/// The login may no longer become what nobody wants any more, or what is more than a subject may be.
pub(super) fn leave(wanted: &Wanted, observed: &Observed, plan: &mut RoomPlan) {
    for one in observed.memberships.iter().filter(|one| one.member == wanted.login.as_str()) {
        let refusals = plan.refused.get(&one.role).into_iter().flatten();
        let too_much = refusals.into_iter().any(|one| TOO_MUCH.contains(&one.kind.as_str()));
        let is_wanted = wanted.roles.keys().any(|name| name.as_str() == one.role);
        if !is_wanted || too_much {
            let ours = observed.roles.contains_key(&one.role);
            let kind = if ours { "revoke-subject" } else { "revoke-membership" };
            take(observed, &one.role, one, kind, plan);
        }
    }
}

fn take(observed: &Observed, about: &str, one: &Membership, kind: &'static str, plan: &mut RoomPlan) {
    let Membership { role, member, grantor, .. } = one;
    let by = if observed.is_strict() { format!(" GRANTED BY {}", ident(grantor)) } else { String::new() };
    let sql = format!("REVOKE {} FROM {}{by}", ident(role), ident(member));
    let core = &observed.core;
    if core.superuser || !observed.is_strict() || *grantor == core.name {
        plan.push(kind, role, about, vec![sql]);
    } else {
        let message = format!("{member} is a member of {role}, which {} may not revoke", core.name);
        plan.find(about, "membership", role, message, sql);
    }
}

/// Groups that policies do not bind, since they have the rights of a table's owner.
pub(super) fn unbound(wanted: &Wanted, observed: &Observed, plan: &mut RoomPlan) {
    for (name, group) in &observed.groups {
        for table in &group.unbound {
            let message = format!(
                "the policies of {table} do not bind the group {name}, which has its owner's rights, nor the subjects in it"
            );
            let fix = format!("ALTER TABLE {table} FORCE ROW LEVEL SECURITY");
            plan.find(wanted.login.as_str(), "unbound-table", table, message, fix);
        }
    }
}
