//! The planner: desired and observed in, an ordered plan out. It is a function of plain values and sends nothing.
//!
//! The order is the one in which a plan is safe to apply: roles, then what is granted, then what is taken away, then
//! grants on columns, because taking SELECT from a table takes it from all its columns.

use std::collections::BTreeSet;

use crate::{
    Change, Desired, DesiredRole, Finding, Gift, Observed, Plan, Refusal, desired::owned, observed::Role,
    password::Credentials,
};

mod attributes;
mod by_hand;
mod children;
mod database;
mod defaults;
mod denied;
mod extras;
mod hold;
mod memberships;
#[cfg(test)]
mod model;
mod policies;
#[cfg(test)]
mod properties;
mod public;
mod refusals;
mod relations;
mod schemas;
mod settings;
mod shows;
#[cfg(test)]
mod snapshots;
#[cfg(test)]
mod worlds;

/// The difference between what is desired and what is.
///
/// `credentials` may be empty: then nothing is said of passwords. The password of every role in `force_password` is set
/// again although its fingerprint is in step.
#[must_use]
pub fn diff(
    desired: &Desired,
    observed: &Observed,
    credentials: &Credentials,
    force_password: &BTreeSet<String>,
) -> Plan {
    let modules = desired.modules(&observed.modules);
    let mut draft = Draft { modules: modules.clone(), ..Draft::default() };
    let context = Context { desired, observed, credentials, force_password, modules };
    if refusals::server(&context, &mut draft) {
        return draft.into_plan();
    }
    let roles: Vec<&DesiredRole> =
        desired.roles.values().filter(|role| refusals::may_touch(&context, role, &mut draft)).collect();
    for role in &roles {
        attributes::diff(&context, role, &mut draft);
        settings::diff(&context, role, &mut draft);
        memberships::diff(&context, role, &mut draft);
        by_hand::must_alter(&context, role, &mut draft);
    }
    database::diff(&context, &roles, &mut draft);
    schemas::diff(&context, &roles, &mut draft);
    hold::diff(&context, &roles, &mut draft);
    relations::diff(&context, &roles, &mut draft);
    children::diff(&context, &roles, &mut draft);
    denied::diff(&context, &roles, &mut draft);
    defaults::diff(&context, &roles, &mut draft);
    extras::diff(&context, &roles, &mut draft);
    public::diff(&context, &roles, &mut draft);
    shows::diff(&context, &roles, &mut draft);
    policies::diff(&context, &roles, &mut draft);
    draft.into_plan()
}

/// What every part of the planner looks at.
struct Context<'a> {
    desired: &'a Desired,
    observed: &'a Observed,
    credentials: &'a Credentials,
    force_password: &'a BTreeSet<String>,
    /// Whose roles' gifts stop nothing.
    modules: Vec<String>,
}

impl Context<'_> {
    /// Whether core may alter this role.
    fn may_alter(&self, found: &Role) -> bool {
        let core = &self.observed.core;
        core.superuser || core.createrole && (self.observed.server.version < 160_000 || found.admin)
    }

    /// Whether a role of this name is a module's own.
    fn owns(&self, role: &str) -> bool {
        owned(&self.modules, role)
    }
}

/// A plan in the making: changes by phase.
#[derive(Default)]
struct Draft {
    roles: Vec<Change>,
    grants: Vec<Change>,
    revokes: Vec<Change>,
    columns: Vec<Change>,
    findings: Vec<Finding>,
    refusals: Vec<Refusal>,
    gifts: Vec<Gift>,
    modules: Vec<String>,
}

impl Draft {
    fn finding(
        &mut self,
        role: Option<&str>,
        kind: &str,
        object: &str,
        message: String,
        fix: Option<String>,
    ) {
        self.findings.push(Finding {
            role: role.map(str::to_owned),
            kind: kind.to_owned(),
            object: object.to_owned(),
            message,
            fix,
        });
    }

    fn refusal(&mut self, role: Option<&str>, kind: &str, object: &str, message: String, fix: String) {
        self.refusals.push(Refusal {
            role: role.map(str::to_owned),
            kind: kind.to_owned(),
            object: object.to_owned(),
            message,
            fix,
        });
    }

    /// What stands in the way, unless a role of a module's gave it: no text of a tenant's keeps the others from being served.
    fn given(
        &mut self,
        gift: Gift,
        role: Option<&str>,
        kind: &str,
        object: &str,
        message: String,
        fix: String,
    ) {
        if owned(&self.modules, &gift.giver) {
            self.gifts.push(gift);
            self.finding(role, kind, object, message, Some(fix));
        } else {
            self.refusal(role, kind, object, message, fix);
        }
    }

    fn into_plan(mut self) -> Plan {
        self.findings.sort();
        self.findings.dedup();
        self.refusals.sort();
        self.refusals.dedup();
        self.gifts.sort();
        self.gifts.dedup();
        let mut changes = self.roles;
        changes.append(&mut self.grants);
        changes.append(&mut self.revokes);
        changes.append(&mut self.columns);
        Plan { changes, findings: self.findings, refusals: self.refusals, gifts: self.gifts }
    }
}
