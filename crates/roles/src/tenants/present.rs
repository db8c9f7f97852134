//! A tenant whose role is there: what differs from what it should be, and who can mend it.

use rolewright_core::Ident;

use super::{
    State, Wanted,
    assign::Assigned,
    change::TenantChange,
    diff::Context,
    facts::{Membership, Observed, Role},
    keeper,
};
use crate::{Finding, marker, quote::ident};

/// With whose rights a tenant's role is changed.
pub(super) enum Power {
    Keeper(Ident),
    Core,
    Nobody,
}

fn power(wanted: &Wanted, observed: &Observed, one: &Assigned, found: &Role) -> Power {
    let keeper = one.keeper.map(|number| wanted.module.keeper(number));
    match keeper.filter(|keeper| observed.roles.contains_key(keeper.as_str())) {
        Some(keeper) => Power::Keeper(keeper),
        None if observed.may_alter(found) => Power::Core,
        None => Power::Nobody,
    }
}

/// Plans what differs; whether the tenant may go on.
pub(super) fn plan(context: &mut Context<'_>, one: &Assigned, found: &Role, target: State) -> bool {
    let (wanted, observed) = (context.wanted, context.observed);
    let name = one.role.as_str();
    let role = one.role.quoted();
    let power = power(wanted, observed, one, found);
    let mut needs: Vec<(&'static str, Vec<String>)> = Vec::new();
    let mut over: Vec<&str> = Vec::new();
    for (has, word) in [
        (found.superuser, "NOSUPERUSER"),
        (found.replication, "NOREPLICATION"),
        (found.bypassrls, "NOBYPASSRLS"),
    ] {
        over.extend(has.then_some(word));
    }
    if !over.is_empty() {
        let message = format!("the role {name} is more than a tenant may be, and core may not change that");
        let fix = format!("ALTER ROLE {role} WITH {}", over.join(" "));
        context.plan.refuse(&one.id, "superuser", name, message, fix);
        return false;
    }
    let words: Vec<&str> = [
        (found.login, "NOLOGIN"),
        (found.inherit, "NOINHERIT"),
        (found.createrole, "NOCREATEROLE"),
        (found.createdb, "NOCREATEDB"),
    ]
    .into_iter()
    .filter_map(|(has, word)| has.then_some(word))
    .collect();
    if !words.is_empty() {
        needs.push(("alter-tenant", vec![format!("ALTER ROLE {role} WITH {}", words.join(" "))]));
    }
    for extra in observed.memberships.iter().filter(|edge| edge.member == name) {
        needs.push(("revoke-membership", vec![format!("REVOKE {} FROM {role}", ident(&extra.role))]));
    }
    memberships(context, one, &power, target, &mut needs);
    if target == State::Purging {
        needs.extend(hold(observed, &power, one));
    }
    match observed.schemas.get(name) {
        Some(owner) if owner == name => {}
        Some(owner) => {
            let message = format!("the schema {name} belongs to {owner}, and not to the tenant's role");
            let fix = format!("ALTER SCHEMA {role} OWNER TO {role}");
            context.plan.refuse(&one.id, "foreign-schema", name, message, fix);
            return false;
        }
        None if target == State::Purging => {}
        None => needs.push(("create-schema", schema(observed, &power, &role))),
    }
    let marked = found.comment.as_deref().and_then(marker::installation) == Some(wanted.installation);
    let (keeper, may) = match &power {
        Power::Keeper(keeper) => (Some(keeper.clone()), true),
        Power::Core => (None, true),
        Power::Nobody => (None, false),
    };
    if !marked && may {
        needs.push(("comment", vec![keeper::comment(&one.role, wanted.installation)]));
    }
    if !needs.is_empty() && !may {
        let message = format!(
            "the role {name} is not as a tenant's must be, and {} may not change it",
            observed.core.name
        );
        let fix: Vec<String> = needs.into_iter().flat_map(|(_, sql)| sql).collect();
        context.plan.refuse(&one.id, "missing-admin", name, message, fix.join("; "));
        return false;
    }
    for (kind, sql) in needs {
        let mut change = TenantChange::new(kind, name, name, sql);
        change.keeper.clone_from(&keeper);
        context.push(change);
    }
    true
}

/// The login role of its bucket is a member, with SET only; nobody else is.
fn memberships(
    context: &mut Context<'_>,
    one: &Assigned,
    power: &Power,
    target: State,
    needs: &mut Vec<(&'static str, Vec<String>)>,
) {
    let (wanted, observed) = (context.wanted, context.observed);
    let (name, role, login) = (one.role.as_str(), one.role.quoted(), wanted.module.login(one.bucket));
    let strict = observed.is_strict();
    let ours = |edge: &&Membership| edge.role == name;
    let wants = !matches!(target, State::Disabled | State::Purging);
    let good = |edge: &Membership| {
        edge.member == login.as_str()
            && !edge.admin
            && (!strict || edge.inherit == Some(false) && edge.set == Some(true))
    };
    if wants && !observed.memberships.iter().filter(ours).any(good) {
        needs.push(("grant-tenant", vec![grant(strict, &role, &login)]));
    }
    for edge in observed.memberships.iter().filter(ours) {
        let to = ident(&edge.member);
        let by = if strict { format!(" GRANTED BY {}", ident(&edge.grantor)) } else { String::new() };
        let mine = match power {
            Power::Keeper(keeper) => edge.grantor == keeper.as_str(),
            Power::Core => edge.grantor == observed.core.name,
            Power::Nobody => false,
        };
        if edge.member == login.as_str() && wants {
            if edge.admin && (mine || !strict) {
                needs.push(("revoke-admin", vec![format!("REVOKE ADMIN OPTION FOR {role} FROM {to}{by}")]));
            }
            // What somebody else gave is not mended by what we give.
            if mine || edge.inherit != Some(true) && !edge.admin || !strict {
                continue;
            }
        }
        // Who made the role is its member, with nothing but the right to give it; core may be, where it made or adopted it.
        let holder = Some(edge.member.as_str()) == keeper_name(wanted, one).as_deref()
            || edge.member == observed.core.name;
        if holder && (edge.inherit != Some(true) || target == State::Purging) {
            continue;
        }
        let sql = format!("REVOKE {role} FROM {to}{by}");
        if mine || !strict && !matches!(power, Power::Nobody) {
            needs.push(("revoke-tenant", vec![sql]));
        } else {
            context.plan.findings.push(Finding {
                role: Some(name.to_owned()),
                kind: "extra-member".to_owned(),
                object: edge.member.clone(),
                message: format!("the role {} may become the tenant {}", edge.member, one.id),
                fix: Some(sql),
            });
        }
    }
}

/// Whoever drops what a tenant has is its member until the role is gone, with its rights.
fn hold(observed: &Observed, power: &Power, one: &Assigned) -> Option<(&'static str, Vec<String>)> {
    let maker = match power {
        Power::Keeper(keeper) => keeper.as_str(),
        Power::Core if !observed.core.superuser => observed.core.name.as_str(),
        _ => return None,
    };
    let strict = observed.is_strict();
    let has = observed.memberships.iter().any(|edge| {
        edge.role == one.role.as_str() && edge.member == maker && (!strict || edge.inherit == Some(true))
    });
    let with = if strict { " WITH INHERIT TRUE, SET TRUE" } else { "" };
    (!has).then(|| ("hold-tenant", vec![format!("GRANT {} TO {}{with}", one.role.quoted(), ident(maker))]))
}

fn keeper_name(wanted: &Wanted, one: &Assigned) -> Option<String> {
    Some(wanted.module.keeper(one.keeper?).to_string())
}

fn grant(strict: bool, role: &str, login: &Ident) -> String {
    let options = if strict { " WITH INHERIT FALSE, SET TRUE" } else { "" };
    format!("GRANT {role} TO {}{options}", login.quoted())
}

/// The schema, for which its maker must be able to become its owner for a moment.
fn schema(observed: &Observed, power: &Power, role: &str) -> Vec<String> {
    let create = format!("CREATE SCHEMA {role} AUTHORIZATION {role}");
    let maker = match power {
        Power::Keeper(keeper) => keeper.quoted(),
        Power::Core => ident(&observed.core.name),
        Power::Nobody => return vec![create],
    };
    let (with, by) = if observed.is_strict() {
        (" WITH INHERIT FALSE, SET TRUE", format!(" GRANTED BY {maker}"))
    } else {
        ("", String::new())
    };
    vec![format!("GRANT {role} TO {maker}{with}"), create, format!("REVOKE {role} FROM {maker}{by}")]
}

/// The statements that drop a tenant's role and what it still owns or holds in this database; nothing where nobody may.
pub(super) fn remove(
    wanted: &Wanted,
    observed: &Observed,
    one: &Assigned,
    found: &Role,
) -> Option<TenantChange> {
    let role = one.role.quoted();
    let (maker, keeper) = match power(wanted, observed, one, found) {
        Power::Keeper(keeper) => (keeper.quoted(), Some(keeper)),
        Power::Core => (ident(&observed.core.name), None),
        Power::Nobody => return None,
    };
    let with = if observed.is_strict() { " WITH INHERIT TRUE, SET TRUE" } else { "" };
    let sql = vec![
        format!("GRANT {role} TO {maker}{with}"),
        format!("DROP OWNED BY {role} CASCADE"),
        format!("DROP ROLE {role}"),
    ];
    let mut change = TenantChange::new("drop-tenant", one.role.as_str(), one.role.as_str(), sql);
    change.keeper = keeper;
    Some(change)
}

/// What an administrator runs for a tenant where core may not.
pub(super) fn by_hand(observed: &Observed, role: &Ident, login: &Ident) -> String {
    let name = role.quoted();
    format!(
        "CREATE ROLE {name} NOLOGIN NOINHERIT; {}; CREATE SCHEMA {name} AUTHORIZATION {name}; -- then rolewright tenant add --adopt",
        grant(observed.is_strict(), &name, login)
    )
}

/// The keeper that made a role, where its membership tells (16 and later).
pub(super) fn keeper_of(wanted: &Wanted, observed: &Observed, role: &Ident) -> Option<u32> {
    let made = observed.memberships.iter().filter(|edge| edge.role == role.as_str() && edge.admin);
    let mut numbers = made.filter_map(|edge| number(&edge.member, "_k", wanted));
    numbers.next()
}

/// The bucket whose login role is a member already.
pub(super) fn bucket_of(wanted: &Wanted, observed: &Observed, role: &Ident) -> Option<u32> {
    let members = observed.memberships.iter().filter(|edge| edge.role == role.as_str());
    members.filter_map(|edge| number(&edge.member, "_", wanted)).min()
}

fn number(role: &str, prefix: &str, wanted: &Wanted) -> Option<u32> {
    let digits = role.strip_prefix(prefix)?.strip_suffix(wanted.module.as_str())?.strip_suffix('_')?;
    digits.parse().ok().filter(|number| *number > 0)
}
