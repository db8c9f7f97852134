//! What the planner gives up on: roles that are not ours, and rights that core does not have.

use crate::{
    DesiredRole,
    change::Change,
    marker,
    observed::Role,
    quote::{ident, literal},
};

use super::{Context, Draft, by_hand};

/// Refuses everything where nothing can be written.
pub(super) fn server(context: &Context<'_>, draft: &mut Draft) -> bool {
    if !context.observed.server.recovery {
        return false;
    }
    draft.refusal(
        None,
        "recovery",
        &context.observed.server.database,
        "the server is in recovery and takes no changes".to_owned(),
        "connect to the primary, for example with target_session_attrs=read-write".to_owned(),
    );
    true
}

/// Whether the role is ours to make or to change; says why where it is not.
pub(super) fn may_touch(context: &Context<'_>, role: &DesiredRole, draft: &mut Draft) -> bool {
    let name = role.name.as_str();
    let core = &context.observed.core;
    if name == core.name {
        let message = format!("role {name} is the one rolewright itself connects as");
        let fix = format!("set another {}", role.key());
        draft.refusal(Some(name), "core-role", name, message, fix);
        return false;
    }
    let Some(found) = context.observed.roles.get(name) else {
        if core.superuser || core.createrole {
            return true;
        }
        by_hand::must_make(context, role, draft);
        return false;
    };
    let mut ok = belongs(context, role, found, draft);
    if found.superuser {
        let message = format!("role {name} is a superuser, which {} may not change", core.name);
        draft.refusal(
            Some(name),
            "superuser",
            name,
            message,
            format!("ALTER ROLE {} WITH NOSUPERUSER", ident(name)),
        );
        ok = false;
    }
    for owned in &found.owned {
        let place = match (&owned.database, &owned.example) {
            (_, Some(example)) => example.clone(),
            (Some(database), None) => format!("objects in database {database}"),
            (None, None) => "objects of the cluster".to_owned(),
        };
        let more = if owned.count > 1 { format!(" (and {} more)", owned.count - 1) } else { String::new() };
        let message = format!("role {name} owns {place}{more}, and an owner can write and drop");
        let within = owned.database.as_deref().filter(|name| *name != context.observed.server.database);
        let within = within.map(|name| format!(" -- in database {name}")).unwrap_or_default();
        let fix = format!("REASSIGN OWNED BY {} TO {}{within}", ident(name), ident(&core.name));
        draft.refusal(Some(name), "owns-objects", &place, message, fix);
        ok = false;
    }
    ok
}

/// Whether a role that exists carries our marker, has lost it, or is adopted.
fn belongs(context: &Context<'_>, role: &DesiredRole, found: &Role, draft: &mut Draft) -> bool {
    let name = role.name.as_str();
    let installation = found.comment.as_deref().and_then(marker::installation);
    if installation == Some(context.desired.installation) || role.adopt {
        return true;
    }
    if installation.is_some_and(|mark| context.desired.previous.contains(&mark)) {
        // This database was moved, and its roles with it.
        return true;
    }
    let whose = match installation {
        Some(other) => format!("is managed by rolewright installation {other}"),
        // The fingerprint was kept for this very role, name and oid: we made it, and somebody took its comment away.
        None if found.fingerprint.is_some() => return true,
        None => "exists and was not made by rolewright".to_owned(),
    };
    let fix = format!("set {} = true to take it over, or set another {}", role.adopt_key(), role.key());
    draft.refusal(Some(name), "foreign-role", name, format!("role {name} {whose}"), fix);
    false
}

/// The statement that resets a setting, for an administrator.
pub(super) fn reset_statement(role: &str, name: &str, database: Option<&str>) -> String {
    let change =
        Change::Reset { role: role.to_owned(), name: name.to_owned(), database: database.map(str::to_owned) };
    change.sql()
}

/// The statement that ends a large class of rights, for an administrator, with the grantor it must be run as.
pub(super) fn as_grantor(statement: &str, grantor: &str) -> String {
    if grantor.is_empty() {
        statement.to_owned()
    } else {
        format!("{statement} -- as role {}", one_line(grantor))
    }
}

/// A name that may stand in a comment: one with a line break is written as a literal.
fn one_line(name: &str) -> String {
    if name.contains(['\n', '\r']) { literal(&name.replace(['\n', '\r'], " ")) } else { name.to_owned() }
}
