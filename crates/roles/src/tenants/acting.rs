//! Core's membership in the keepers, by which it acts as them: looked at, given back where core may, and else told.

use rolewright_core::Ident;

use super::{TenantPlan, change::TenantChange, facts::Observed, holders::Obstacle};
use crate::quote::ident;

/// Whether core acts as this keeper, or will once it has made itself its member.
pub(super) fn may(observed: &Observed, keeper: &Ident) -> bool {
    let core = &observed.core;
    observed.roles.get(keeper.as_str()).is_none_or(|found| {
        found.acts || core.superuser || core.createrole && (!observed.is_strict() || found.admin)
    })
}

/// Core becomes a member of each of these where it is none. Where it may not, that is told.
pub(super) fn plan(
    observed: &Observed,
    keepers: impl Iterator<Item = Ident>,
    plan: &mut TenantPlan,
) -> Vec<TenantChange> {
    let mut changes = Vec::new();
    for keeper in keepers {
        let acts = observed.roles.get(keeper.as_str()).is_none_or(|found| found.acts);
        if let Some((kind, message, fix)) = obstacle(observed, &keeper) {
            plan.find(kind, keeper.as_str(), keeper.as_str(), message, fix);
        } else if !acts {
            let sql = vec![join(observed, &keeper, false)];
            changes.push(TenantChange::new("join-keeper", keeper.as_str(), keeper.as_str(), sql));
        }
    }
    changes
}

/// What core needs to change a keeper, or to give the group of all of them to a new one: from 16 on, ADMIN OPTION, which an upgrade does not
/// bring. Nothing where it has it, or needs it not.
pub(super) fn lacks_admin(observed: &Observed, role: &Ident, needed: bool) -> Option<Obstacle> {
    let found = observed.roles.get(role.as_str())?;
    if !needed || !observed.is_strict() || observed.core.superuser || found.admin {
        return None;
    }
    let core = &observed.core.name;
    let message = format!("{core} has no ADMIN OPTION on the role {role}");
    let fix = format!(
        "GRANT {} TO {} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE -- `rolewright doctor` has the statements for all of the module's roles",
        role.quoted(),
        ident(core)
    );
    Some(("missing-admin", message, fix))
}

/// What only an administrator can give core.
pub(super) fn obstacle(observed: &Observed, keeper: &Ident) -> Option<Obstacle> {
    let message =
        || format!("{} may not act as the keeper {keeper}, which made its tenants", observed.core.name);
    (!may(observed, keeper)).then(|| ("missing-membership", message(), join(observed, keeper, true)))
}

/// Core's membership; with the right to give it, which whoever makes a role has.
fn join(observed: &Observed, keeper: &Ident, admin: bool) -> String {
    let with = match (observed.is_strict(), admin) {
        (true, true) => " WITH ADMIN TRUE, INHERIT FALSE, SET TRUE",
        (true, false) => " WITH INHERIT FALSE, SET TRUE",
        (false, _) => "",
    };
    format!("GRANT {} TO {}{with}", keeper.quoted(), ident(&observed.core.name))
}
