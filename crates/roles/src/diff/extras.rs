//! Rights that nothing asks for: taken away where core may, refused where it may not.

use std::collections::BTreeSet;

use crate::{
    Change, DesiredRole, Gift,
    change::Target,
    observed::{AclItem, Other},
    quote::ident,
};

use super::{Context, Draft, refusals::as_grantor};

/// What one role holds too much on one object.
#[derive(Default)]
pub(super) struct Excess {
    revoke: BTreeSet<String>,
    cascade: bool,
    options: BTreeSet<String>,
    stuck: Vec<AclItem>,
    stuck_options: Vec<AclItem>,
}

impl Excess {
    /// Takes in one entry of an ACL: if it is wanted, only its grant option is too much.
    pub(super) fn add(&mut self, item: &AclItem, wanted: bool) {
        match (wanted, item.grantable, item.revocable) {
            (true, false, _) => {}
            (true, true, true) => {
                self.options.insert(item.privilege.clone());
            }
            (true, true, false) => self.stuck_options.push(item.clone()),
            (false, grantable, true) => {
                self.cascade |= grantable;
                self.revoke.insert(item.privilege.clone());
            }
            (false, _, false) => self.stuck.push(item.clone()),
        }
    }

    /// What is to be revoked, with whether it cascades, if anything.
    pub(super) fn revoked(&self) -> Option<(Vec<String>, bool)> {
        (!self.revoke.is_empty()).then(|| (self.revoke.iter().cloned().collect(), self.cascade))
    }

    /// Writes it into the draft.
    pub(super) fn push(self, role: &str, target: &Target, draft: &mut Draft) {
        if let Some((privileges, cascade)) = self.revoked() {
            draft.revokes.push(revoke(role, target, privileges, false, cascade));
        }
        self.push_rest(role, target, draft);
    }

    /// Writes all but the plain revocation into the draft.
    pub(super) fn push_rest(self, role: &str, target: &Target, draft: &mut Draft) {
        if !self.options.is_empty() {
            let privileges = self.options.into_iter().collect();
            draft.revokes.push(revoke(role, target, privileges, true, true));
        }
        for item in self.stuck {
            let statement = revoke(role, target, vec![item.privilege.clone()], false, item.grantable).sql();
            let message = format!(
                "role {role} has {} on {target}, granted by {}, which cannot be revoked from here",
                item.privilege, item.grantor
            );
            let fix = as_grantor(&statement, &item.grantor);
            let gift = Gift { giver: item.grantor, statement, object: target.to_string() };
            draft.given(gift, Some(role), "foreign-grant", &target.to_string(), message, fix);
        }
        for item in self.stuck_options {
            let statement = revoke(role, target, vec![item.privilege.clone()], true, true).sql();
            let message =
                format!("role {role} may grant {} on {target} on, by {}", item.privilege, item.grantor);
            let fix = Some(as_grantor(&statement, &item.grantor));
            draft.finding(Some(role), "foreign-grant-option", &target.to_string(), message, fix);
        }
    }
}

/// A revocation as a change.
pub(super) fn revoke(
    role: &str,
    target: &Target,
    privileges: Vec<String>,
    option_only: bool,
    cascade: bool,
) -> Change {
    Change::Revoke { target: target.clone(), privileges, option_only, cascade, role: role.to_owned() }
}

/// Rights on objects of every class but schemas and relations.
pub(super) fn diff(context: &Context<'_>, roles: &[&DesiredRole], draft: &mut Draft) {
    for role in roles {
        let name = role.name.as_str();
        let mut targets: Vec<&str> = Vec::new();
        for other in context.observed.others.iter().filter(|other| other.item.is_for(name)) {
            let Some(target) = other.target.as_deref() else {
                let message = format!("role {name} holds a right on {}", other.description);
                draft.finding(Some(name), "unmodelled-right", &other.description, message, None);
                continue;
            };
            if !is_wanted(context, role, other) && !targets.contains(&target) {
                targets.push(target);
            }
        }
        for target in targets {
            let mut excess = Excess::default();
            for other in context.observed.others.iter().filter(|other| other.item.is_for(name)) {
                if other.target.as_deref() == Some(target) {
                    excess.add(&other.item, is_wanted(context, role, other));
                }
            }
            excess.push(name, &Target::Other(target.to_owned()), draft);
        }
    }
}

/// Whether a right is one the role is meant to have: CONNECT, without which it cannot log in where that was taken from
/// everyone, and EXECUTE on a function that is listed for it.
fn is_wanted(context: &Context<'_>, role: &DesiredRole, other: &Other) -> bool {
    other.target.as_deref().is_some_and(|target| is_connect(context, target, &other.item))
        || other.routine.as_ref().is_some_and(|(schema, name)| role.may_call_definer(schema, name))
}

/// Whether a right is CONNECT on this very database.
pub(super) fn is_connect(context: &Context<'_>, target: &str, item: &AclItem) -> bool {
    item.privilege == "CONNECT"
        && (target == format!("DATABASE {}", context.observed.server.database)
            || target == format!("DATABASE {}", ident(&context.observed.server.database)))
}
