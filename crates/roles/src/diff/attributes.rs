//! Existence, attributes, marker and password.

use crate::{
    Change, DesiredRole,
    change::Attribute,
    marker,
    observed::{Core, Role},
    quote::ident,
};

use super::{Context, Draft};

pub(super) fn diff(context: &Context<'_>, role: &DesiredRole, draft: &mut Draft) {
    let name = role.name.as_str();
    let credential = context.credentials.get(name);
    let text = marker::text(context.desired.installation);
    let comment = || Change::Comment { role: name.to_owned(), text: text.clone() };
    let Some(found) = context.observed.roles.get(name) else {
        draft.roles.push(Change::CreateRole {
            role: name.to_owned(),
            conn_limit: role.conn_limit,
            credential: credential.cloned(),
        });
        draft.roles.push(comment());
        return;
    };
    if found.comment.as_deref() != Some(&text) {
        draft.roles.push(comment());
    }
    let attributes = differing(role, found, &context.observed.core, context.observed.server.version, draft);
    if !attributes.is_empty() {
        draft.roles.push(Change::AlterRole { role: name.to_owned(), attributes });
    }
    if let Some(credential) = credential {
        let is_it = |known: &Option<String>| known.as_deref() == Some(credential.fingerprint.as_str());
        if !is_it(&found.fingerprint) || context.force_password.contains(name) {
            let (role, credential) = (name.to_owned(), credential.clone());
            draft.roles.push(if is_it(&found.proved) && !context.may_alter(found) {
                Change::KnowPassword { role, credential }
            } else {
                Change::SetPassword { role, credential }
            });
        }
    }
    for database in &found.elsewhere {
        let message = format!("role {name} holds rights in database {database}, which is not looked into");
        let fix = format!("DROP OWNED BY {} -- in database {database}", ident(name));
        draft.finding(Some(name), "rights-elsewhere", database, message, Some(fix));
    }
}

/// The attributes that differ. Only those are named in the statement: PostgreSQL refuses NOSUPERUSER, NOREPLICATION and
/// NOBYPASSRLS from a role that lacks them itself, even when they change nothing.
fn differing(
    role: &DesiredRole,
    found: &Role,
    core: &Core,
    version: u32,
    draft: &mut Draft,
) -> Vec<Attribute> {
    let name = role.name.as_str();
    let new = version >= 160_000;
    let mut attributes = Vec::new();
    let mut take = |has: bool, may: bool, attribute: Attribute, word: &str| {
        if has && may {
            attributes.push(attribute);
        } else if has {
            let message = format!("role {name} has {word}, which {} may not take away", core.name);
            let fix = format!("ALTER ROLE {} WITH NO{word}", ident(name));
            draft.refusal(Some(name), "attribute", name, message, fix);
        }
    };
    take(found.createdb, core.superuser || !new || core.createdb, Attribute::NoCreateDb, "CREATEDB");
    take(found.createrole, true, Attribute::NoCreateRole, "CREATEROLE");
    take(
        found.replication,
        core.superuser || new && core.replication,
        Attribute::NoReplication,
        "REPLICATION",
    );
    take(found.bypassrls, core.superuser || new && core.bypassrls, Attribute::NoBypassRls, "BYPASSRLS");
    if found.inherit {
        attributes.push(Attribute::NoInherit);
    }
    if !found.login {
        attributes.push(Attribute::Login);
    }
    if found.conn_limit != role.conn_limit {
        attributes.push(Attribute::ConnLimit(role.conn_limit));
    }
    if found.valid_until.is_some() {
        attributes.push(Attribute::NeverExpires);
    }
    attributes
}
