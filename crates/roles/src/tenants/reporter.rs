//! The login of a tenant's own reports, `_r_<tenant>_<module>`: made with the tenant, by its keeper; closed while the tenant is not
//! served; dropped with it. It may log in, and nothing else: what it reads, the tenant grants, who owns it.

use rolewright_core::Ident;

use super::{
    Reporting, State, acting,
    assign::Assigned,
    beyond,
    change::TenantChange,
    connect,
    diff::Context,
    facts::Role,
    holders::{UNKNOWN_PASSWORD, too_much},
    keeper,
    present::Power,
    reporter_end, reporter_members, reporter_renamed,
};
use crate::{
    desired::settings::persisted,
    marker,
    quote::{ident, literal},
};

/// Where its password is to be had, before the tenant is there too.
fn url(one: &Assigned) -> String {
    format!("`rolewright tenant url {} --reports` prints the password", one.id)
}

/// Plans what differs; whether the tenant may go on.
pub(super) fn plan(context: &mut Context<'_>, one: &Assigned, target: State) -> bool {
    let reporting = context.wanted.reports.clone();
    let reporting = reporting.filter(|_| matches!(target, State::Adding | State::Active));
    let Some(name) = &one.reporter else {
        if reporting.is_some()
            && let Err(error) = context.wanted.module.reporter(&one.id)
        {
            let message = format!("the tenant {} cannot have reports of its own: {error}", one.id);
            let fix = "choose a shorter id, or leave [tenancy.reports] out".to_owned();
            context.plan.refuse(&one.id, "name", one.role.as_str(), message, fix);
            return false;
        }
        return true;
    };
    if !reporter_renamed::plan(context, one, name, reporting.is_some()) {
        return false;
    }
    match (context.reporter_by_name(name), reporting) {
        (None, None) => true,
        (None, Some(reporting)) => make(context, one, name, &reporting),
        (Some(found), Some(reporting)) => mend(context, one, name, found, &reporting),
        (Some(found), None) => {
            reporter_end::close_own(context, one, name, found);
            true
        }
    }
}

/// What an administrator runs to make it, where it is wanted and not there; or to let it log in again.
pub(super) fn by_hand(context: &Context<'_>, one: &Assigned) -> Vec<String> {
    let (Some(name), Some(reporting)) = (&one.reporter, &context.wanted.reports) else { return Vec::new() };
    if let Some(found) = context.observed.roles.get(name.as_str()) {
        let closed = !found.login && ours(context, name, found);
        return closed.then(|| format!("ALTER ROLE {} WITH LOGIN", name.quoted())).into_iter().collect();
    }
    if context.reporter_now(one).is_some() {
        return Vec::new();
    }
    let mut sql = create(one, name, reporting, "…");
    if let Some(first) = sql.first_mut() {
        *first += &format!(" /* {} */", url(one));
    }
    sql
}

/// The statements that make it, with all that it keeps.
fn create(one: &Assigned, name: &Ident, reporting: &Reporting, password: &str) -> Vec<String> {
    let role = name.quoted();
    let limit = reporting.connections;
    let first = format!("CREATE ROLE {role} LOGIN NOINHERIT CONNECTION LIMIT {limit} PASSWORD '{password}'");
    let set = settings(one, reporting).into_iter().map(|(key, value)| set(&role, &key, &value));
    [first].into_iter().chain(set).collect()
}

fn make(context: &mut Context<'_>, one: &Assigned, name: &Ident, reporting: &Reporting) -> bool {
    if matches!(power(context, one, name, None), Power::Nobody) {
        let message =
            format!("the role {name} does not exist, and {} may not create it", context.observed.core.name);
        let all = by_hand(context, one).join("; ");
        let fix = format!("{all}; -- then rolewright tenant add --adopt {}", one.id);
        context.plan.refuse(&one.id, "missing-createrole", name.as_str(), message, fix);
        return false;
    }
    let mut sql = create(one, name, reporting, "***");
    sql.push(keeper::comment(name, context.wanted.installation));
    push(context, one, name, None, "create-reporter", sql);
    connects(context, one, name)
}

/// Sees to it that it may connect; whether the tenant may go on.
fn connects(context: &mut Context<'_>, one: &Assigned, name: &Ident) -> bool {
    match connect::plan(context.observed, name, &one.role) {
        Ok(change) => change.into_iter().for_each(|change| context.push(change)),
        Err((kind, message, fix)) => {
            context.plan.refuse(&one.id, kind, name.as_str(), message, fix);
            return false;
        }
    }
    true
}

fn mend(
    context: &mut Context<'_>,
    one: &Assigned,
    name: &Ident,
    found: &Role,
    reporting: &Reporting,
) -> bool {
    let (wanted, role) = (context.wanted, name.quoted());
    if let Some(other) = context.others(found) {
        let (message, fix) = (marker::whose(name.as_str(), other), marker::of_another(name));
        context.plan.refuse(&one.id, "foreign-role", name.as_str(), message, fix);
        return false;
    }
    if !ours(context, name, found) && !wanted.adopt {
        let message = format!("the role {name} exists and was not made by this installation");
        let fix = format!("rolewright tenant add --adopt {} takes it over", one.id);
        context.plan.refuse(&one.id, "foreign-role", name.as_str(), message, fix);
        return false;
    }
    if let Some(word) = too_much(found) {
        let message = format!("the role {name} is more than a tenant's login may be");
        context.plan.refuse(
            &one.id,
            "superuser",
            name.as_str(),
            message,
            format!("ALTER ROLE {role} WITH {word}"),
        );
        return false;
    }
    let Some(mut revoked) = reporter_members::of_nothing(context, one, name, found) else { return false };
    revoked.extend(reporter_members::nobodys(context, one, name, found));
    let mut sql = Vec::new();
    let limit = format!("CONNECTION LIMIT {}", reporting.connections);
    let words: Vec<&str> = [
        (!found.login, "LOGIN"),
        (found.inherit, "NOINHERIT"),
        (found.createdb, "NOCREATEDB"),
        (found.createrole, "NOCREATEROLE"),
        (found.expires, "VALID UNTIL 'infinity'"),
        (found.limit != reporting.connections, limit.as_str()),
    ]
    .into_iter()
    .filter_map(|(differs, word)| differs.then_some(word))
    .collect();
    if !words.is_empty() {
        sql.push(format!("ALTER ROLE {role} WITH {}", words.join(" ")));
    }
    let settings = settings(one, reporting);
    let kept = |key: &str, value: &str| {
        let everywhere = found.settings.iter().filter(|one| one.database.is_none());
        everywhere.into_iter().any(|one| one.name == key && one.value == value)
    };
    for (key, value) in settings.iter().filter(|(key, value)| !kept(key, value)) {
        sql.push(set(&role, key, value));
    }
    let keys: Vec<&str> = settings.iter().map(|(key, _)| key.as_str()).collect();
    let (reset, foreign) = beyond::settings(name, found, &keys);
    sql.extend(reset);
    context.plan.findings.extend(foreign);
    let known = context.observed.fingerprints.get(name.as_str());
    let credential = context.credentials.get(name.as_str());
    let differs =
        credential.is_some_and(|one| known != Some(&one.fingerprint)) || wanted.refused.contains(name);
    let proved = reporting.proved.contains(name);
    let password = (differs && !proved).then(|| format!("ALTER ROLE {role} PASSWORD '***'"));
    let may = !matches!(power(context, one, name, Some(found)), Power::Nobody);
    if !may && (!sql.is_empty() || password.is_some()) {
        let kind = if sql.is_empty() { UNKNOWN_PASSWORD } else { "missing-admin" };
        let message = format!("the role {name} must be altered, and {} may not", context.observed.core.name);
        let url = password.as_ref().map(|_| format!(" -- {}", url(one))).unwrap_or_default();
        let fix: Vec<String> = sql.into_iter().chain(password).map(|sql| sql.replace("***", "…")).collect();
        context.plan.refuse(&one.id, kind, name.as_str(), message, format!("{}{url}", fix.join("; ")));
        return false;
    }
    for change in revoked {
        context.push(change);
    }
    let marked = found.comment.as_deref().and_then(marker::installation) == Some(wanted.installation);
    if !marked && may {
        sql.push(keeper::comment(name, wanted.installation));
    }
    if !sql.is_empty() {
        push(context, one, name, Some(found), "alter-reporter", sql);
    }
    if differs {
        let kind = if proved { "know-password" } else { "set-password" };
        push(context, one, name, Some(found), kind, password.into_iter().collect());
    }
    connects(context, one, name)
}

/// Whether a role of that name was made, or taken over, by this installation.
pub(super) fn ours(context: &Context<'_>, name: &Ident, found: &Role) -> bool {
    match found.installation() {
        Some(mark) => context.wanted.is_ours(mark),
        None => context.observed.fingerprints.contains_key(name.as_str()),
    }
}

/// With whose rights it is made or changed.
pub(super) fn power(context: &Context<'_>, one: &Assigned, name: &Ident, found: Option<&Role>) -> Power {
    let observed = context.observed;
    let fresh = one.row.is_none() && !observed.roles.contains_key(one.role.as_str());
    let keeper = one.keeper.map(|number| context.wanted.module.keeper(number));
    // The keeper of a tenant that is made now is made before it.
    let keeper = keeper.filter(|keeper| fresh || observed.roles.contains_key(keeper.as_str()));
    let keeper = keeper.filter(|keeper| acting::may(observed, keeper));
    let made = |keeper: &Ident| {
        observed
            .memberships
            .iter()
            .any(|edge| edge.role == name.as_str() && edge.member == keeper.as_str() && edge.admin)
    };
    match (keeper, found) {
        (Some(keeper), None) => Power::Keeper(keeper),
        (Some(keeper), Some(_)) if !observed.is_strict() || made(&keeper) => Power::Keeper(keeper),
        (_, Some(found)) if observed.may_alter(found) => Power::Core,
        (None, None) if observed.core.createrole || observed.core.superuser => Power::Core,
        _ => Power::Nobody,
    }
}

pub(super) fn push(
    context: &mut Context<'_>,
    one: &Assigned,
    name: &Ident,
    found: Option<&Role>,
    kind: &'static str,
    sql: Vec<String>,
) {
    // With the tenant's role, so that what is refused for the tenant is not done here either.
    let mut change = TenantChange::new(kind, name.as_str(), one.role.as_str(), sql);
    if matches!(kind, "create-reporter" | "set-password" | "know-password") {
        change.credential = context.credentials.get(name.as_str()).map(|one| (name.clone(), one.clone()));
    }
    if let Power::Keeper(keeper) = power(context, one, name, found)
        && kind != "know-password"
    {
        change.keeper = Some(keeper);
    }
    context.push(change);
}

/// What it keeps. The tenant's schema is where its names are looked up, and temporary tables hide nothing.
fn settings(one: &Assigned, reporting: &Reporting) -> Vec<(String, String)> {
    let path = format!("{}, pg_temp", one.role);
    persisted(reporting.statement_timeout).into_iter().chain([("search_path".to_owned(), path)]).collect()
}

fn set(role: &str, key: &str, value: &str) -> String {
    // The one list among them has names that need no quotes.
    let value = if key == "search_path" { value.to_owned() } else { literal(value) };
    format!("ALTER ROLE {role} SET {} = {value}", ident(key))
}
