//! The difference between what is wanted of subjects' roles and what is: a function of plain values.

use rolewright_core::Ident;

use super::{
    Wanted,
    facts::{Observed, Role},
    login,
    memberships::{self, Kind},
};
use crate::{
    marker,
    password::Credential,
    quote::{ident, literal},
    room::RoomPlan,
};

/// Plans. A role that stands in its own way is refused, and the others go on; without the login nothing is changed.
pub(super) fn diff(wanted: &Wanted, observed: &Observed, credential: &Credential) -> RoomPlan {
    let mut plan = RoomPlan::default();
    let login = wanted.login.as_str();
    if observed.recovery {
        let message = "the server is in recovery and takes no changes".to_owned();
        let fix = "connect to the primary, for example with target_session_attrs=read-write".to_owned();
        plan.refuse(login, "recovery", login, message, fix);
        return plan;
    }
    login::diff(wanted, observed, credential, &mut plan);
    if !plan.refused.is_empty() {
        return RoomPlan { refused: plan.refused, ..RoomPlan::default() };
    }
    for (name, groups) in &wanted.roles {
        if may_touch(wanted, observed, name, &mut plan)
            && memberships::have_groups(observed, name, groups, &mut plan)
        {
            role(wanted, observed, name, groups, &mut plan);
        }
    }
    memberships::leave(wanted, observed, &mut plan);
    memberships::unbound(wanted, observed, &mut plan);
    plan
}

/// One role: there, nobody's login, and in its groups.
fn role(wanted: &Wanted, observed: &Observed, name: &Ident, groups: &[Ident], plan: &mut RoomPlan) {
    match observed.roles.get(name.as_str()) {
        None => {
            let create = vec![format!("CREATE ROLE {} NOLOGIN", name.quoted()), comment(wanted, name)];
            plan.push("create-subject", name.as_str(), name.as_str(), create);
        }
        Some(found) => {
            let words: Vec<&str> = [
                (found.login, "NOLOGIN"),
                (!found.inherit, "INHERIT"),
                (found.createdb, "NOCREATEDB"),
                (found.createrole, "NOCREATEROLE"),
            ]
            .into_iter()
            .filter_map(|(differs, word)| differs.then_some(word))
            .collect();
            if !words.is_empty() {
                let alter = format!("ALTER ROLE {} WITH {}", name.quoted(), words.join(" "));
                plan.push("alter-subject", name.as_str(), name.as_str(), vec![alter]);
            }
        }
    }
    let memberships = groups.iter().map(|group| (group.as_str(), name.as_str(), Kind::Inherit));
    for (role, member, kind) in memberships.chain([(name.as_str(), wanted.login.as_str(), Kind::Become)]) {
        memberships::grant(observed, name, role, member, kind, plan);
    }
    memberships::take_rest(wanted, observed, name, groups, plan);
}

/// Whether a role of this name may be made, or is ours to change.
fn may_touch(wanted: &Wanted, observed: &Observed, name: &Ident, plan: &mut RoomPlan) -> bool {
    let (role, core) = (name.as_str(), &observed.core.name);
    if *name == wanted.login || wanted.taken.iter().any(|taken| taken == role) {
        let message = format!("the role {role} is a managed role's, a login's, or core's");
        plan.refuse(
            role,
            "taken",
            role,
            message,
            "set `access.subject_prefix` to another beginning".to_owned(),
        );
        return false;
    }
    let Some(found) = observed.roles.get(role) else {
        if !observed.may_create() {
            let message = format!("the role {role} does not exist, and {core} may not create it");
            plan.refuse(
                role,
                "missing-createrole",
                role,
                message,
                format!("ALTER ROLE {} WITH CREATEROLE", ident(core)),
            );
        }
        return observed.may_create();
    };
    if !is_ours(wanted, found) {
        let message = format!("the role {role} exists and was not made by this installation");
        plan.refuse(role, "foreign-role", role, message, format!("ALTER ROLE {} RENAME TO …", name.quoted()));
        return false;
    }
    if let Some(word) = found.too_much(observed) {
        let message = format!("the role {role} has {word}, which no subject may have");
        plan.refuse(role, "attribute", role, message, format!("ALTER ROLE {} WITH NO{word}", name.quoted()));
        return false;
    }
    if !observed.may_alter(found) {
        let message = format!("{core} may not alter the role {role}");
        let fix = format!("GRANT {} TO {} WITH ADMIN OPTION", name.quoted(), ident(core));
        plan.refuse(role, "missing-admin", role, message, fix);
        return false;
    }
    true
}

pub(super) fn is_ours(wanted: &Wanted, found: &Role) -> bool {
    found.comment.as_deref().and_then(marker::installation) == Some(wanted.installation)
}

pub(super) fn comment(wanted: &Wanted, role: &Ident) -> String {
    format!("COMMENT ON ROLE {} IS {}", role.quoted(), literal(&marker::text(wanted.installation)))
}
