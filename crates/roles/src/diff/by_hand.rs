//! What an administrator makes or alters where core may not: the statements, and what needs none of them.

use crate::{Change, DesiredRole, marker, plan::UNKNOWN_PASSWORD, quote::ident};

use super::{Context, Draft, attributes, memberships, settings};

/// Refuses a role that is not there and that core may not create.
pub(super) fn must_make(context: &Context<'_>, role: &DesiredRole, draft: &mut Draft) {
    let (name, core) = (role.name.as_str(), &context.observed.core.name);
    let mut own = Draft::default();
    attributes::diff(context, role, &mut own);
    settings::diff(context, role, &mut own);
    memberships::diff(context, role, &mut own);
    // Core knows it by the configuration and by its password.
    own.roles.retain(|change| !is_mark(change));
    let then = if role.adopt {
        "rolewright apply".to_owned()
    } else {
        format!("set {} = true, and rolewright apply", role.adopt_key())
    };
    let fix = format!(
        "{}; -- then {then}; or, instead of all this, ALTER ROLE {} WITH CREATEROLE",
        statements(role, &own.roles),
        ident(core)
    );
    let message = format!("role {name} does not exist, and {core} may not create it");
    draft.refusal(Some(name), "missing-createrole", name, message, fix);
}

/// Refuses the changes of a role that core may not alter, and says what an administrator must run.
pub(super) fn must_alter(context: &Context<'_>, role: &DesiredRole, draft: &mut Draft) {
    let (name, core) = (role.name.as_str(), &context.observed.core);
    let Some(found) = context.observed.roles.get(name).filter(|found| !context.may_alter(found)) else {
        return;
    };
    // One that bears no mark is ours by the configuration, or by its password; another installation's mark goes.
    let unmarked = found.comment.as_deref().and_then(marker::installation).is_none();
    let left = |change: &Change| {
        change.role() != name || matches!(change, Change::KnowPassword { .. }) || unmarked && is_mark(change)
    };
    let (mut rest, needs): (Vec<_>, Vec<_>) = std::mem::take(&mut draft.roles).into_iter().partition(left);
    rest.retain(|change| change.role() != name || !is_mark(change));
    draft.roles = rest;
    if needs.is_empty() {
        return;
    }
    if core.createrole {
        let message = format!("role {name} must be altered, and {} has no ADMIN OPTION on it", core.name);
        let fix = format!("GRANT {} TO {} WITH ADMIN OPTION", ident(name), ident(&core.name));
        return draft.refusal(Some(name), "missing-admin", name, message, fix);
    }
    let (password, others): (Vec<_>, Vec<_>) =
        needs.into_iter().partition(|change| matches!(change, Change::SetPassword { .. }));
    if !others.is_empty() {
        let message = format!("role {name} must be altered, and {} lacks CREATEROLE", core.name);
        draft.refusal(Some(name), "missing-createrole", name, message, statements(role, &others));
    }
    if !password.is_empty() {
        let message = format!(
            "role {name} does not have the password that is derived for it, and {} may not set it",
            core.name
        );
        draft.refusal(Some(name), UNKNOWN_PASSWORD, name, message, statements(role, &password));
    }
}

fn is_mark(change: &Change) -> bool {
    matches!(change, Change::Comment { .. })
}

/// The statements in one line, each password with the place where it is to be had.
fn statements(role: &DesiredRole, changes: &[Change]) -> String {
    let one = |change: &Change| {
        let with = matches!(change, Change::CreateRole { .. } | Change::SetPassword { .. });
        let url = if with { format!(" /* {} */", role.url()) } else { String::new() };
        format!("{}{url}", change.by_hand())
    };
    changes.iter().map(one).collect::<Vec<_>>().join("; ")
}
