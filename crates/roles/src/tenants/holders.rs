//! The module's own roles: its login roles, and the keepers that make tenants.

use std::collections::BTreeSet;

use rolewright_core::{Ident, tenant::TenantId};

use super::{
    TenantPlan, Wanted, acting, beyond,
    change::TenantChange,
    connect,
    diff::{Keepers, Logins, Make},
    facts::{Observed, Role},
    keeper, login,
};
use crate::{
    Finding, marker,
    password::{Credential, Credentials},
    quote::ident,
};

pub(super) use crate::plan::UNKNOWN_PASSWORD;

/// Where the password of a login role is to be had.
pub(super) fn url(login: &Ident) -> String {
    let number = login.as_str().trim_start_matches('_').split('_').next().unwrap_or_default();
    format!("`rolewright tenant url --login {number}` prints the password")
}

/// Plans the login roles that are needed, the keepers, and then the tenants that they make. What cannot be makes every tenant that
/// needs it stand back.
pub(super) fn plan(
    wanted: &Wanted,
    observed: &Observed,
    credentials: &Credentials,
    make: &Make,
    logins: &Logins,
    keepers: &Keepers,
    plan: &mut TenantPlan,
) {
    let names = keepers.keys().map(|number| wanted.module.keeper(*number));
    let mut own = acting::plan(observed, names, plan);
    for (number, tenants) in logins {
        let name = wanted.module.login(*number);
        let planned = login(wanted, observed, &name, credentials.get(name.as_str()), &mut plan.findings);
        let connects = connect::plan(observed, &name, &name);
        match planned.and_then(|changes| Ok(changes.into_iter().chain(connects?))) {
            Ok(changes) => own.extend(changes),
            Err(obstacle) => stand_back(plan, wanted, &name, tenants, &obstacle),
        }
    }
    let mut grouped = false;
    for ((number, bucket), tenants) in make {
        let tenants: Vec<_> = tenants.iter().filter(|(id, _)| !plan.refused.contains_key(id)).collect();
        if tenants.is_empty() {
            continue;
        }
        let name = wanted.module.keeper(*number);
        if let Some((kind, message, fix)) = obstacle(wanted, observed, &name) {
            for (id, role) in tenants {
                plan.refuse(id, kind, role.as_str(), message.clone(), fix.clone());
                plan.rows.retain(|row| row.id != *id);
            }
            continue;
        }
        if !grouped {
            own.extend(keeper::group(observed, &wanted.module, wanted.installation));
            grouped = true;
        }
        let ready = keeper::is_ready(observed, &name) && keeper::is_marked(wanted, observed, &name);
        if !ready && !own.iter().any(|change| change.role == name.as_str()) {
            own.push(keeper::make(observed, &wanted.module, *number, wanted.installation));
        }
        let names: Vec<&Ident> = tenants.iter().map(|(_, role)| role).collect();
        own.push(keeper::call(&name, &wanted.module.login(*bucket), &names, wanted.installation));
    }
    // What others may use of a keeper is closed, though it makes nothing now; whoever leaves does not wait for that.
    for number in keepers.iter().filter_map(|(number, stays)| stays.then_some(number)) {
        let name = wanted.module.keeper(*number);
        let open = observed.roles.contains_key(name.as_str())
            && !(keeper::is_closed(observed, &name) && keeper::is_marked(wanted, observed, &name));
        let seen = own.iter().any(|change| change.kind == "make-keeper" && change.role == name.as_str());
        if open && !seen && obstacle(wanted, observed, &name).is_none() {
            own.push(keeper::make(observed, &wanted.module, *number, wanted.installation));
        }
    }
    own.append(&mut plan.changes);
    plan.changes = own;
}

/// Its kind, what it is, and the statement that removes it.
pub(super) type Obstacle = (&'static str, String, String);

/// The changes of one login role, or what stands in the way.
fn login(
    wanted: &Wanted,
    observed: &Observed,
    name: &Ident,
    credential: Option<&Credential>,
    findings: &mut Vec<Finding>,
) -> Result<Vec<TenantChange>, Obstacle> {
    let core = &observed.core;
    let role = name.quoted();
    let Some(credential) = credential else { return Ok(Vec::new()) };
    let with = |kind, sql: Vec<String>| {
        let mut change = TenantChange::new(kind, name.as_str(), name.as_str(), sql);
        change.credential = Some((name.clone(), credential.clone()));
        change
    };
    let Some(found) = observed.roles.get(name.as_str()) else {
        if !core.createrole && !core.superuser {
            let message = format!("the role {name} does not exist, and {} may not create it", core.name);
            return Err((
                "missing-createrole",
                message,
                format!("CREATE ROLE {role} LOGIN NOINHERIT PASSWORD '…' -- {}", url(name)),
            ));
        }
        return Ok(vec![with("create-login", login::create(wanted, observed, name))]);
    };
    let installation = found.comment.as_deref().and_then(marker::installation);
    let marked = installation == Some(wanted.installation);
    let known = observed.fingerprints.get(name.as_str());
    let was_marked = installation.is_some_and(|mark| wanted.is_ours(mark));
    if let Some(other) = installation.filter(|_| !was_marked) {
        let message = format!("the role {name} is managed by rolewright installation {other}");
        return Err(("foreign-role", message, marker::of_another(name)));
    }
    if !was_marked && known.is_none() && !wanted.adopt {
        let message = format!("the role {name} exists and was not made by this installation");
        return Err(("foreign-role", message, "rolewright tenant add --adopt takes it over".to_owned()));
    }
    if let Some(word) = too_much(found) {
        let message = format!("the role {name} is more than a module's login may be");
        return Err(("superuser", message, format!("ALTER ROLE {role} WITH {word}")));
    }
    let mut changes = Vec::new();
    let words: Vec<&str> = [
        (!found.login, "LOGIN"),
        (found.inherit, "NOINHERIT"),
        (found.createdb, "NOCREATEDB"),
        (found.createrole, "NOCREATEROLE"),
        (found.expires, "VALID UNTIL 'infinity'"),
    ]
    .into_iter()
    .filter_map(|(differs, word)| differs.then_some(word))
    .collect();
    if !words.is_empty() {
        changes.push(TenantChange::new(
            "alter-login",
            name.as_str(),
            name.as_str(),
            vec![format!("ALTER ROLE {role} WITH {}", words.join(" "))],
        ));
    }
    let (reset, foreign) = beyond::settings(name, found, &[]);
    findings.extend(foreign);
    if !reset.is_empty() {
        changes.push(TenantChange::new("reset-login", name.as_str(), name.as_str(), reset));
    }
    for edge in observed.astray.iter().filter(|edge| edge.member == name.as_str()) {
        // Nobody but core made it, and it belongs to no keeper.
        let sql = beyond::revoke(observed, edge);
        if beyond::hand(observed, None, edge).is_none() {
            return Err(("extra-membership", beyond::message(observed, edge), sql));
        }
        changes.push(TenantChange::new("revoke-membership", name.as_str(), name.as_str(), vec![sql]));
    }
    if known != Some(&credential.fingerprint) || wanted.refused.contains(name) {
        // What a login has proved is only remembered.
        let set = vec![format!("ALTER ROLE {role} PASSWORD '***'")];
        let proved = wanted.proved.contains(name);
        let sql = if proved { Vec::new() } else { set };
        changes.push(with(if proved { "know-password" } else { "set-password" }, sql));
    }
    let may = observed.may_alter(found);
    if !marked && may {
        changes.push(TenantChange::new(
            "comment",
            name.as_str(),
            name.as_str(),
            vec![keeper::comment(name, wanted.installation)],
        ));
    }
    let beyond = changes.iter().any(|change| change.kind != "know-password");
    if beyond && !may {
        let sql: Vec<String> = changes
            .iter()
            .filter(|change| change.kind != "know-password")
            .map(|change| change.sql.replace("***", "…"))
            .collect();
        let message = format!("the role {name} must be altered, and {} may not", core.name);
        let only_password = changes.iter().all(|change| change.kind == "set-password");
        let kind = if only_password { UNKNOWN_PASSWORD } else { "missing-admin" };
        return Err((kind, message, format!("{} -- {}", sql.join("; "), url(name))));
    }
    Ok(changes)
}

/// The first attribute that neither the module nor a tenant may have.
pub(super) fn too_much(found: &Role) -> Option<&'static str> {
    [(found.superuser, "NOSUPERUSER"), (found.replication, "NOREPLICATION"), (found.bypassrls, "NOBYPASSRLS")]
        .into_iter()
        .find_map(|(has, word)| has.then_some(word))
}

/// What keeps a keeper from being made.
fn obstacle(wanted: &Wanted, observed: &Observed, name: &Ident) -> Option<Obstacle> {
    let group = wanted.module.keepers();
    for role in [name, &group] {
        match observed.roles.get(role.as_str()).map(Role::installation) {
            None => {}
            Some(Some(mark)) if wanted.is_ours(mark) => {}
            Some(Some(other)) => {
                let message = marker::whose(role.as_str(), other);
                return Some(("foreign-role", message, marker::of_another(role)));
            }
            Some(None) => {
                let message = format!("the role {role} exists and was not made by this installation");
                return Some(("foreign-role", message, format!("ALTER ROLE {} RENAME TO …", role.quoted())));
            }
        }
    }
    if let Some(obstacle) = acting::obstacle(observed, name) {
        return Some(obstacle);
    }
    let (keeper, keepers) = (observed.roles.get(name.as_str()), observed.roles.get(group.as_str()));
    let alters = keeper.is_some_and(|found| found.login || !found.createrole);
    let marks = keepers.is_some_and(|found| found.installation() != Some(wanted.installation));
    let gives = keeper.is_none_or(|found| !found.may_create) && observed.granter.is_none();
    let lacks = acting::lacks_admin(observed, name, alters);
    if let Some(obstacle) = lacks.or_else(|| acting::lacks_admin(observed, &group, marks || gives)) {
        return Some(obstacle);
    }
    let may = observed.roles.get(group.as_str()).is_some_and(|role| role.may_create);
    if !may && !observed.core.may_grant_create {
        let core = &observed.core.name;
        let message = format!(
            "{core} may not give the right to create schemas in database {} to {group}",
            observed.database
        );
        let fix = format!(
            "GRANT CREATE ON DATABASE {} TO {} WITH GRANT OPTION",
            ident(&observed.database),
            ident(core)
        );
        return Some(("missing-grant-option", message, fix));
    }
    None
}

/// Refuses every tenant of a login role that cannot be; where none was asked for, it is told.
fn stand_back(
    plan: &mut TenantPlan,
    wanted: &Wanted,
    name: &Ident,
    tenants: &[TenantId],
    (kind, message, fix): &Obstacle,
) {
    for id in tenants {
        plan.refuse(id, kind, name.as_str(), message.clone(), fix.clone());
    }
    plan.rows.retain(|row| !plan.refused.contains_key(&row.id));
    let roles: BTreeSet<String> = plan
        .refused
        .keys()
        .filter_map(|id| wanted.module.tenant(id).ok())
        .map(|role| role.to_string())
        .collect();
    plan.changes.retain(|change| !roles.contains(&change.role));
    if tenants.is_empty() {
        plan.findings.push(Finding {
            role: Some(name.to_string()),
            kind: (*kind).to_owned(),
            object: name.to_string(),
            message: message.clone(),
            fix: Some(fix.clone()),
        });
    }
}
