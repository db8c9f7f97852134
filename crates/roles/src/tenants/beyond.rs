//! What a role has beyond what it may, and whose it is to take back: settings that it, or somebody, gave it; and memberships.

use rolewright_core::Ident;

use super::facts::{Membership, Observed, Role};
use crate::{Change, Finding, quote::ident};

/// What a tenant's role has that it may not, by the words that take it away: those that only a superuser may say, and those that its
/// keeper or core may. From 16 on whoever takes CREATEDB away must have it, which keepers do not.
pub(super) fn attributes(observed: &Observed, found: &Role) -> (Vec<&'static str>, Vec<&'static str>) {
    let of =
        |all: &[(bool, &'static str)]| all.iter().filter_map(|(has, word)| has.then_some(*word)).collect();
    let few = observed.is_strict() && !observed.core.superuser;
    let over = of(&[
        (found.superuser, "NOSUPERUSER"),
        (found.replication, "NOREPLICATION"),
        (found.bypassrls, "NOBYPASSRLS"),
        (found.createdb && few, "NOCREATEDB"),
    ]);
    let words = of(&[
        (found.login, "NOLOGIN"),
        (found.inherit, "NOINHERIT"),
        (found.createrole, "NOCREATEROLE"),
        (found.createdb && !few, "NOCREATEDB"),
    ]);
    (over, words)
}

/// Whether only a superuser may give, take or drop it. Core is none, as a rule, and neither is a keeper.
pub(super) fn is_out_of_reach(observed: &Observed, found: &Role) -> bool {
    found.superuser && !observed.core.superuser
}

/// Whether only a superuser may alter it, whatever of it.
pub(super) fn is_fixed(observed: &Observed, found: &Role) -> bool {
    !observed.core.superuser && (found.superuser || found.replication && !observed.is_strict())
}

/// The statements that reset a role's settings but `ours`, in all databases and in this one. What core may not reset is told of.
///
/// A login sets for itself whatever it likes, and every later session of it begins so: as one of its tenants (`role`), or with a
/// time limit that nothing of ours gets through.
pub(super) fn settings(name: &Ident, found: &Role, ours: &[&str]) -> (Vec<String>, Vec<Finding>) {
    let (mut sql, mut findings) = (Vec::new(), Vec::new());
    for setting in &found.settings {
        if setting.database.is_none() && ours.contains(&setting.name.as_str()) {
            continue;
        }
        let reset = Change::Reset {
            role: name.to_string(),
            name: setting.name.clone(),
            database: setting.database.clone(),
        };
        if setting.resettable {
            sql.push(reset.sql());
        } else {
            findings.push(Finding {
                role: Some(name.to_string()),
                kind: "foreign-setting".to_owned(),
                object: setting.name.clone(),
                message: format!(
                    "role {name} has the setting {}, which only a superuser may reset",
                    setting.name
                ),
                fix: Some(reset.sql()),
            });
        }
    }
    (sql, findings)
}

/// The statement that takes a membership back. From 16 on it takes none that somebody else gave, and is no error then: a warning.
pub(super) fn revoke(observed: &Observed, edge: &Membership) -> String {
    let by =
        if observed.is_strict() { format!(" GRANTED BY {}", ident(&edge.grantor)) } else { String::new() };
    format!("REVOKE {} FROM {}{by}", ident(&edge.role), ident(&edge.member))
}

/// With whose rights that can be done: a keeper's, core's (`Some(None)`), or nobody's here.
pub(super) fn hand(observed: &Observed, keeper: Option<&Ident>, edge: &Membership) -> Option<Option<Ident>> {
    let core = &observed.core;
    if core.superuser {
        return Some(None);
    }
    if edge.superuser {
        return None;
    }
    if !observed.is_strict() {
        return keeper.cloned().map(Some).or_else(|| core.createrole.then_some(None));
    }
    match keeper.filter(|keeper| edge.grantor == keeper.as_str()) {
        Some(keeper) => Some(Some(keeper.clone())),
        None => (edge.grantor == core.name).then_some(None),
    }
}

/// What a membership that nobody here can take back gives.
pub(super) fn message(observed: &Observed, edge: &Membership) -> String {
    format!(
        "the role {} may do what {} may, by a grant of {} that {} may not take back",
        edge.member, edge.role, edge.grantor, observed.core.name
    )
}
