//! CONNECT on the database, where it was taken from everyone: without it a role cannot log in.

use crate::{Change, DesiredRole, quote::ident};

use super::{Context, Draft, extras::is_connect};

pub(super) fn diff(context: &Context<'_>, roles: &[&DesiredRole], draft: &mut Draft) {
    let server = &context.observed.server;
    if server.public_connect {
        return;
    }
    let connects = |role: &str| {
        context.observed.others.iter().any(|other| {
            other.item.is_for(role)
                && other.target.as_deref().is_some_and(|target| is_connect(context, target, &other.item))
        })
    };
    let missing: Vec<&str> =
        roles.iter().map(|role| role.name.as_str()).filter(|role| !connects(role)).collect();
    if missing.is_empty() {
        return;
    }
    let database = server.database.clone();
    if server.connect_grantable {
        let roles = missing.into_iter().map(str::to_owned).collect();
        draft.grants.push(Change::GrantConnect { database, roles });
        return;
    }
    for role in missing {
        let message = format!(
            "nobody may connect to database {database} unasked, and {} may not grant it to {role}",
            context.observed.core.name
        );
        let fix = format!(
            "GRANT CONNECT ON DATABASE {} TO {} WITH GRANT OPTION",
            ident(&database),
            ident(&context.observed.core.name)
        );
        draft.refusal(Some(role), "ungrantable-database", &database, message, fix);
    }
}
