//! Who is a member of a tenant's role, and what that is a member of.

use rolewright_core::Ident;

use super::{State, Wanted, assign::Assigned, beyond, diff::Context, facts::Membership, present::Power};

/// The kind of finding of a role that may become a tenant, by a grant that nobody here can take back.
pub(super) const EXTRA_MEMBER: &str = "extra-member";

/// One change that a tenant needs.
pub(super) struct Need {
    pub(super) kind: &'static str,
    pub(super) sql: Vec<String>,
    /// With whose rights; core's where there is none.
    pub(super) keeper: Option<Ident>,
}

/// It is a member of nothing: it could read what that has, another tenant's rows say. One that cannot be taken back is refused, unless
/// the tenant is on its way out.
pub(super) fn of_nothing(
    context: &mut Context<'_>,
    one: &Assigned,
    keeper: Option<&Ident>,
    target: State,
    needs: &mut Vec<Need>,
) -> bool {
    let (observed, name) = (context.observed, one.role.as_str());
    let mut may_go_on = true;
    for edge in observed.memberships.iter().filter(|edge| edge.member == name) {
        let sql = beyond::revoke(observed, edge);
        match beyond::hand(observed, keeper, edge) {
            Some(keeper) => needs.push(Need { kind: "revoke-membership", sql: vec![sql], keeper }),
            None => {
                let (kind, message) = ("extra-membership", beyond::message(observed, edge));
                if target.is_leaving() {
                    context.plan.find(kind, name, &edge.role, message, sql);
                } else {
                    context.plan.refuse(&one.id, kind, name, message, sql);
                    may_go_on = false;
                }
            }
        }
    }
    may_go_on
}

/// The login role of its bucket is a member, with SET only; nobody else is.
pub(super) fn only_the_login(
    context: &mut Context<'_>,
    one: &Assigned,
    power: &Power,
    target: State,
    needs: &mut Vec<Need>,
) {
    let (wanted, observed) = (context.wanted, context.observed);
    let (name, role, login) = (one.role.as_str(), one.role.quoted(), wanted.module.login(one.bucket));
    let (strict, keeper) = (observed.is_strict(), power.keeper());
    let ours = |edge: &&Membership| edge.role == name;
    let wants = !target.is_leaving();
    let good = |edge: &Membership| {
        edge.member == login.as_str()
            && !edge.admin
            && (!strict || edge.inherit == Some(false) && edge.set == Some(true))
    };
    if wants && !observed.memberships.iter().filter(ours).any(good) {
        let sql = vec![grant(strict, &role, &login)];
        needs.push(Need { kind: "grant-tenant", sql, keeper: keeper.cloned() });
    }
    for edge in observed.memberships.iter().filter(ours) {
        // What core gave it takes back by its own right over the role, which a keeper's role gives it too.
        let hand = beyond::hand(observed, keeper, edge).filter(|_| !matches!(power, Power::Nobody));
        let sql = beyond::revoke(observed, edge);
        if edge.member == login.as_str() && wants {
            if edge.admin
                && let Some(keeper) = &hand
            {
                let sql = sql.replacen("REVOKE ", "REVOKE ADMIN OPTION FOR ", 1);
                needs.push(Need { kind: "revoke-admin", sql: vec![sql], keeper: keeper.clone() });
            }
            // What somebody else gave is not mended by what we give.
            let mine = edge.grantor == keeper.map_or(observed.core.name.as_str(), Ident::as_str);
            if mine || !strict || edge.inherit != Some(true) && !edge.admin {
                continue;
            }
        }
        // Who made the role is its member, with nothing but the right to give it; core may be, where it made or adopted it.
        let holder = Some(edge.member.as_str()) == keeper_name(wanted, one).as_deref()
            || edge.member == observed.core.name;
        if holder && (edge.inherit != Some(true) || target == State::Purging) {
            continue;
        }
        if let Some(keeper) = hand {
            needs.push(Need { kind: "revoke-tenant", sql: vec![sql], keeper });
        } else {
            let message = format!("the role {} may become the tenant {}", edge.member, one.id);
            context.plan.find(EXTRA_MEMBER, name, &edge.member, message, sql);
        }
    }
}

fn keeper_name(wanted: &Wanted, one: &Assigned) -> Option<String> {
    Some(wanted.module.keeper(one.keeper?).to_string())
}

pub(super) fn grant(strict: bool, role: &str, login: &Ident) -> String {
    let options = if strict { " WITH INHERIT FALSE, SET TRUE" } else { "" };
    format!("GRANT {role} TO {}{options}", login.quoted())
}
