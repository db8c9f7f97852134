//! The difference between what is wanted of a batch of tenants and what is: a function of plain values.

use std::collections::{BTreeMap, BTreeSet};

use rolewright_core::{Ident, tenant::TenantId};
use uuid::Uuid;

use super::{
    Aim, State, TenantPlan, Wanted,
    assign::Assigned,
    change::{Number, TenantChange},
    facts::{Observed, Role, Row},
    holders, present, reporter, reporter_renamed,
};
use crate::{marker, password::Credentials, quote::ident};

/// Plans. A tenant that stands in its own way is refused, and the others go on.
pub(super) fn diff(
    wanted: &Wanted,
    assigned: &[Assigned],
    observed: &Observed,
    credentials: &Credentials,
) -> TenantPlan {
    let mut plan = TenantPlan::default();
    let mut context = Context {
        wanted,
        observed,
        credentials,
        plan: &mut plan,
        make: BTreeMap::new(),
        logins: Logins::new(),
    };
    for one in assigned {
        context.tenant(one);
        let names = reporter_renamed::names(&context, one);
        context.plan.reporters.insert(one.id.clone(), names);
    }
    let (make, mut logins) = (context.make, context.logins);
    for number in &wanted.logins {
        logins.entry(*number).or_default();
    }
    let mut keepers = Keepers::new();
    for one in assigned {
        *keepers.entry(one.keeper.unwrap_or_default()).or_default() |= !one.aim.leaves();
    }
    keepers.remove(&0);
    holders::plan(wanted, observed, credentials, &make, &logins, &keepers, &mut plan);
    // Of one that is refused nothing is changed, its login included.
    let refused: BTreeSet<&str> = assigned
        .iter()
        .filter(|one| plan.refused.contains_key(&one.id))
        .map(|one| one.role.as_str())
        .collect();
    plan.changes.retain(|change| !refused.contains(change.role.as_str()));
    plan
}

/// What is gathered while the tenants are gone through.
pub(super) struct Context<'a> {
    pub(super) wanted: &'a Wanted,
    pub(super) observed: &'a Observed,
    pub(super) credentials: &'a Credentials,
    pub(super) plan: &'a mut TenantPlan,
    /// The tenants to be made, by keeper and login role.
    make: Make,
    logins: Logins,
}

/// Tenants to be made, by the numbers of their keeper and login role.
pub(super) type Make = BTreeMap<(u32, u32), Vec<(TenantId, Ident)>>;

/// Keepers of the batch, by number, and whether any tenant of theirs is not on its way out.
pub(super) type Keepers = BTreeMap<u32, bool>;

/// The tenants that need a login role, by its number.
pub(super) type Logins = BTreeMap<u32, Vec<TenantId>>;

impl Context<'_> {
    fn tenant(&mut self, one: &Assigned) {
        let role = one.role.as_str();
        if self.observed.recovery {
            let message = "the server is in recovery and takes no changes".to_owned();
            let fix = "connect to the primary, for example with target_session_attrs=read-write".to_owned();
            return self.plan.refuse(&one.id, "recovery", role, message, fix);
        }
        if self.wanted.taken.iter().any(|taken| taken == role) {
            let message = format!("the role {role} is a managed role's, or core's");
            return self.plan.refuse(&one.id, "taken", role, message, "choose another id".to_owned());
        }
        let Some(target) = self.target(one) else { return };
        if let Some(now) = self.renamed(one) {
            return self.under_another_name(one, &now, target);
        }
        if target == State::Purged {
            return self.gone(one);
        }
        match (self.observed.roles.get(role), self.observed.schemas.get(role)) {
            (None, None) if one.row.is_none() => self.fresh(one),
            (None, _) if target.is_leaving() && one.row.is_some() => {
                if reporter::plan(self, one, target) {
                    self.keep(one, target, None);
                }
            }
            (None, Some(owner)) if one.row.is_none() => {
                let message = format!("the schema {role} exists, and belongs to {owner}");
                let fix = format!("ALTER SCHEMA {} RENAME TO … -- or choose another id", ident(role));
                self.plan.refuse(&one.id, "foreign-schema", role, message, fix);
            }
            (None, Some(owner)) => self.without_role(one, owner),
            (None, None) => {
                let message =
                    format!("the role {role} and its schema are gone, and what was in them with them");
                let fix = present::restore_or_begin_anew(&one.id);
                self.plan.refuse(&one.id, "lost", role, message, fix);
            }
            (Some(found), _) => self.existing(one, found, target),
        }
    }

    /// The state that the tenant shall have; nothing where it cannot have it from where it is.
    fn target(&mut self, one: &Assigned) -> Option<State> {
        let now = one.row.as_ref().map(|row| row.state);
        let reopened = one.row.as_ref().is_some_and(Row::is_reopened);
        let target = match (one.aim, now) {
            (Aim::Present, None) => State::Adding,
            (Aim::Enabled, Some(State::Adding)) if reopened => State::Active,
            (Aim::Present | Aim::Mended, Some(state @ (State::Adding | State::Active))) if !reopened => state,
            (Aim::Disabled, Some(State::Adding | State::Active | State::Disabled)) => State::Disabled,
            (Aim::Enabled, Some(State::Active | State::Disabled)) => State::Active,
            (Aim::Reopened, Some(State::Disabled)) => State::Adding,
            (Aim::Reopened, Some(state @ (State::Adding | State::Active))) => state,
            (Aim::Purging, Some(_)) => State::Purging,
            (Aim::Gone, Some(State::Purging)) => State::Purged,
            (Aim::Gone, Some(_)) if self.wanted.rehearsal => State::Purged,
            (aim, now) => {
                let (message, fix) = impossible(one, aim, now);
                self.plan.refuse(&one.id, "state", one.role.as_str(), message, fix);
                return None;
            }
        };
        Some(target)
    }

    /// Neither role nor schema is there.
    fn fresh(&mut self, one: &Assigned) {
        let core = &self.observed.core;
        let Some(keeper) = one.keeper.filter(|_| core.createrole || core.superuser) else {
            let message =
                format!("the role {} does not exist, and {} may not create it", one.role, core.name);
            let fix = present::by_hand(self, one);
            return self.plan.refuse(&one.id, "missing-createrole", one.role.as_str(), message, fix);
        };
        if !reporter::plan(self, one, State::Adding) {
            return;
        }
        self.make.entry((keeper, one.bucket)).or_default().push((one.id.clone(), one.role.clone()));
        self.logins.entry(one.bucket).or_default().push(one.id.clone());
        self.row(one, State::Adding, Number::OfItsName);
    }

    /// The role is there: ours, or to be taken over.
    fn existing(&mut self, one: &Assigned, found: &Role, target: State) {
        let mut one = one.clone();
        let known = self.number(&one) == found.oid;
        if !known || self.others(found).is_some() {
            if target == State::Disabled && one.row.is_some() && found.installation().is_none() {
                return self.in_name_alone(&one, target);
            }
            if !self.belongs(&one, found) {
                return;
            }
            // Whoever made it tells to whom it belongs; after an upgrade across 16 only its mark and the row do.
            let ours = !self.observed.is_strict() || found.installation().is_some();
            let kept = one.row.as_ref().and_then(|row| row.keeper).filter(|_| ours);
            one.keeper = present::keeper_of(self.wanted, self.observed, &one.role).or(kept);
            one.bucket = present::bucket_of(self.wanted, self.observed, &one.role).unwrap_or(one.bucket);
        }
        if !present::plan(self, &one, found, target) || !reporter::plan(self, &one, target) {
            return;
        }
        if !target.is_leaving() {
            self.logins.entry(one.bucket).or_default().push(one.id.clone());
        }
        self.keep(&one, target, Some(found.oid));
    }

    /// Whether a role that we have no row of is ours all the same, or may be taken over.
    fn belongs(&mut self, one: &Assigned, found: &Role) -> bool {
        let role = one.role.as_str();
        if let Some(other) = self.others(found) {
            // Another database's tenant, with data of its own: nothing that is asked for here takes that.
            self.plan.refuse(
                &one.id,
                "foreign-role",
                role,
                marker::whose(role, other),
                marker::of_another(&one.role),
            );
            return false;
        }
        if found.installation().is_some() {
            return true;
        }
        if !self.wanted.adopt {
            let message = format!("the role {role} exists and was not made by rolewright");
            let fix = format!("rolewright tenant add --adopt {} takes it over; or choose another id", one.id);
            self.plan.refuse(&one.id, "foreign-role", role, message, fix);
            return false;
        }
        if let Some(outside) = &found.outside {
            let message = format!("the role {role} owns what is not in a schema of its name: {outside}");
            let fix = format!(
                "REASSIGN OWNED BY {} TO … (what is in that schema stays the role's: give it back); or choose another id",
                one.role.quoted()
            );
            self.plan.refuse(&one.id, "owner", role, message, fix);
            return false;
        }
        true
    }

    /// The installation whose role it is by its mark, where that is another one: a database that was copied in its cluster has the rows
    /// of the tenants that live in the other.
    pub(super) fn others(&self, found: &Role) -> Option<Uuid> {
        found.installation().filter(|mark| !self.wanted.is_ours(*mark))
    }

    /// Adds a change. A membership between two tenants of the batch is taken back once.
    pub(super) fn push(&mut self, change: TenantChange) {
        let again = |other: &TenantChange| other.sql == change.sql;
        if !(change.kind.starts_with("revoke-") && self.plan.changes.iter().any(again)) {
            self.plan.changes.push(change);
        }
    }
}

/// Why a tenant cannot be what it shall be, in the words of where it is.
fn impossible(one: &Assigned, aim: Aim, now: Option<State>) -> (String, String) {
    let id = &one.id;
    match now {
        None if one.purged && aim != Aim::Present => {
            (format!("the tenant {id} was purged"), format!("rolewright tenant add {id} makes a new one"))
        }
        None => (format!("there is no tenant {id}"), format!("rolewright tenant add {id}")),
        Some(State::Purging) => (
            format!("the tenant {id} is being purged"),
            format!("rolewright tenant purge {id} --yes finishes it"),
        ),
        Some(State::Disabled) => {
            (format!("the tenant {id} is disabled"), format!("rolewright tenant enable {id}"))
        }
        Some(State::Adding) if one.row.as_ref().is_some_and(Row::is_reopened) => (
            format!("the tenant {id} was disabled, and is not enabled yet"),
            format!("rolewright tenant enable {id}"),
        ),
        Some(State::Adding) => {
            (format!("the tenant {id} is half made"), format!("rolewright tenant add {id} finishes it"))
        }
        Some(state) => (format!("the tenant {id} is {state}"), format!("rolewright tenant show {id}")),
    }
}
