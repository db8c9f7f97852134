//! A tenant whose role is there: what differs from what it should be, and who can mend it.

use rolewright_core::{Ident, tenant::TenantId};

use super::{
    State, Wanted, acting,
    assign::Assigned,
    beyond,
    change::TenantChange,
    diff::Context,
    facts::{Observed, Role},
    holders, keeper,
    members::{self, Need, grant},
    reporter, reporter_end, schema,
};
use crate::{marker, quote::ident};

/// With whose rights a tenant's role is changed.
pub(super) enum Power {
    Keeper(Ident),
    Core,
    Nobody,
}

impl Power {
    pub(super) fn keeper(&self) -> Option<&Ident> {
        match self {
            Self::Keeper(keeper) => Some(keeper),
            Self::Core | Self::Nobody => None,
        }
    }
}

fn power(wanted: &Wanted, observed: &Observed, one: &Assigned, found: &Role) -> Power {
    let keeper = one.keeper.map(|number| wanted.module.keeper(number));
    // From 16 on one that did not make it may nothing about it, though it bears the name.
    let made = |keeper: &Ident| {
        let mut edges = observed.memberships.iter();
        !observed.is_strict()
            || edges
                .any(|edge| edge.role == one.role.as_str() && edge.member == keeper.as_str() && edge.admin)
    };
    let there =
        |keeper: &Ident| observed.roles.contains_key(keeper.as_str()) && acting::may(observed, keeper);
    match keeper.filter(|keeper| there(keeper) && made(keeper)) {
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
    let keeper = power.keeper().cloned();
    let need = |kind, sql| Need { kind, sql, keeper: keeper.clone() };
    let mut needs: Vec<Need> = Vec::new();
    let leaving = target.is_leaving();
    let nobody = matches!(power, Power::Nobody);
    // Nothing that cannot be changed keeps a tenant from being refused.
    let untouched = leaving && (nobody || beyond::is_out_of_reach(observed, found));
    let fixed = leaving && (nobody || beyond::is_fixed(observed, found));
    let (over, words) = beyond::attributes(observed, found);
    if !over.is_empty() {
        let message = format!("the role {name} is more than a tenant may be, and core may not change that");
        let fix = format!("ALTER ROLE {role} WITH {}", over.join(" "));
        if leaving {
            context.plan.find("superuser", name, name, message, fix);
        } else {
            context.plan.refuse(&one.id, "superuser", name, message, fix);
            return false;
        }
    }
    let alter = format!("ALTER ROLE {role} WITH {}", words.join(" "));
    if fixed && found.login {
        let message = format!("the role {name} may log in by itself, and core may not change that");
        context.plan.find(reporter_end::OPEN_LOGIN, name, name, message, alter);
    } else if !fixed && !words.is_empty() {
        needs.push(need("alter-tenant", vec![alter]));
    }
    if !members::of_nothing(context, one, keeper.as_ref(), target, &mut needs) {
        return false;
    }
    members::only_the_login(context, one, &power, target, &mut needs);
    if target == State::Purging
        && !untouched
        && let Some(sql) = hold(observed, &power, one)
    {
        needs.push(need("hold-tenant", sql));
    }
    if !schema::plan(context, one, &power, target, &mut needs) {
        return false;
    }
    let marked = found.comment.as_deref().and_then(marker::installation) == Some(wanted.installation);
    if !marked && !nobody && !untouched {
        needs.push(need("comment", vec![keeper::comment(&one.role, wanted.installation)]));
    }
    if !needs.is_empty() && nobody && !leaving {
        let message = format!(
            "the role {name} is not as a tenant's must be, and {} may not change it",
            observed.core.name
        );
        let first = login_by_hand(observed, &wanted.module.login(one.bucket));
        let needs = first.into_iter().chain(needs.into_iter().flat_map(|need| need.sql));
        let fix: Vec<String> = needs.chain(reporter::by_hand(context, one)).collect();
        context.plan.refuse(&one.id, "missing-admin", name, message, fix.join("; "));
        return false;
    }
    for Need { kind, sql, keeper } in needs {
        let mut change = TenantChange::new(kind, name, name, sql);
        change.keeper = keeper;
        context.push(change);
    }
    true
}

/// What can be done where what a tenant had is not there any more.
pub(super) fn restore_or_begin_anew(id: &TenantId) -> String {
    format!(
        "restore it from a backup; or, to begin anew with nothing in it: rolewright tenant purge {id} --yes, then rolewright tenant add {id}"
    )
}

/// Whoever drops what a tenant has is its member until the role is gone, with its rights.
fn hold(observed: &Observed, power: &Power, one: &Assigned) -> Option<Vec<String>> {
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
    (!has).then(|| vec![format!("GRANT {} TO {}{with}", one.role.quoted(), ident(maker))])
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

/// What an administrator runs for a tenant where core may not: for its reports too, where it has any.
pub(super) fn by_hand(context: &Context<'_>, one: &Assigned) -> String {
    let (observed, login) = (context.observed, context.wanted.module.login(one.bucket));
    let (name, create) = (one.role.quoted(), role_by_hand(observed, &one.role, &login));
    let first = login_by_hand(observed, &login);
    let schema = format!("CREATE SCHEMA {name} AUTHORIZATION {name}");
    let all = first.into_iter().chain([create, schema]).chain(reporter::by_hand(context, one));
    format!("{}; -- then rolewright tenant add --adopt {}", all.collect::<Vec<_>>().join("; "), one.id)
}

/// The statement that makes the login that becomes the tenant, where it is not there.
fn login_by_hand(observed: &Observed, login: &Ident) -> Option<String> {
    let create = || {
        format!("CREATE ROLE {} LOGIN NOINHERIT PASSWORD '…' /* {} */", login.quoted(), holders::url(login))
    };
    (!observed.roles.contains_key(login.as_str())).then(create)
}

/// The same for its role alone.
pub(super) fn role_by_hand(observed: &Observed, role: &Ident, login: &Ident) -> String {
    let name = role.quoted();
    format!("CREATE ROLE {name} NOLOGIN NOINHERIT; {}", grant(observed.is_strict(), &name, login))
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
