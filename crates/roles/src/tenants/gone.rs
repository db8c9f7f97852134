//! A tenant whose role is not there any more, or under another name, though what it has is; and one whose role is to go, as the last of it.

use rolewright_core::Ident;

use super::{
    State, assign::Assigned, beyond, change::Number, diff::Context, present, renamed::told, reporter,
    reporter_end, reporter_renamed::RENAMED,
};
use crate::marker;

impl Context<'_> {
    /// The name that the tenant's role bears now, where it was given another one: the row knows it by its number, and its mark, or the
    /// tenant's schema, says that it is the one.
    pub(super) fn renamed(&self, one: &Assigned) -> Option<Ident> {
        let (number, roles) = (self.number(one), &self.observed.roles);
        // Another role may have been given the name meanwhile.
        if roles.get(one.role.as_str()).is_some_and(|found| found.oid == number) {
            return None;
        }
        let (name, found) = roles.iter().find(|(_, found)| found.oid == number)?;
        let owns = self.observed.schemas.get(one.role.as_str()) == Some(name);
        let marked = found.installation().is_some_and(|mark| self.wanted.is_ours(mark));
        Ident::new(name.clone()).ok().filter(|_| owns || marked)
    }

    /// A role bears its name that is neither the tenant's nor ours, and the tenant's own is gone: it is refused as far as that goes, and
    /// that role is left alone.
    pub(super) fn in_name_alone(&mut self, one: &Assigned, target: State) {
        let role = one.role.as_str();
        let message = format!("the role {role} is not the one that was the tenant's, which is gone");
        let fix = format!("ALTER ROLE {} RENAME TO …", one.role.quoted());
        self.plan.find("foreign-role", role, role, message, fix);
        if reporter::plan(self, one, target) {
            self.keep(one, target, None);
        }
    }

    /// It is refused as any other; all else waits until it has its name again.
    pub(super) fn under_another_name(&mut self, one: &Assigned, now: &Ident, target: State) {
        let taken = self.observed.roles.contains_key(one.role.as_str());
        let (message, fix) = told("the role", one.id.as_str(), one.role.as_str(), now.as_str(), taken);
        let found = self.observed.roles.get(now.as_str()).filter(|_| target == State::Disabled);
        let Some(found) = found else {
            return self.plan.refuse(&one.id, RENAMED, one.role.as_str(), message, fix);
        };
        self.plan.find(RENAMED, one.role.as_str(), now.as_str(), message, fix);
        let as_now = Assigned { role: now.clone(), ..one.clone() };
        if present::plan(self, &as_now, found, target) && reporter::plan(self, one, target) {
            self.keep(one, target, Some(found.oid));
        }
    }

    /// What it has is there, and nobody's who could be it: as a database is that was restored without the cluster's roles.
    pub(super) fn without_role(&mut self, one: &Assigned, owner: &str) {
        let (id, role, login) = (&one.id, &one.role, self.wanted.module.login(one.bucket));
        let (name, create) = (role.quoted(), present::role_by_hand(self.observed, role, &login));
        let message = format!(
            "the schema {role} is there and belongs to {owner}, but the tenant's role {role} does not exist: \
             this database was restored without its roles, or the role was dropped"
        );
        let fix = format!(
            "restore the roles (pg_dumpall --roles-only) before the database; or {create}; ALTER SCHEMA {name} OWNER TO {name}, and the same of each \
             table, view, sequence, function and type in it; then rolewright tenant add --adopt {id}"
        );
        self.plan.refuse(id, "foreign-schema", role.as_str(), message, fix);
    }

    /// The role is removed, with what it still has; its schema must be gone, or be the role's to be dropped before.
    pub(super) fn gone(&mut self, one: &Assigned) {
        let role = one.role.as_str();
        if let Some(owner) = self.observed.schemas.get(role).filter(|owner| *owner != role) {
            let message = format!("the schema {role} belongs to {owner}, and not to the tenant's role");
            let name = one.role.quoted();
            let first = if self.observed.roles.contains_key(role) {
                format!("ALTER SCHEMA {name} OWNER TO {name}")
            } else {
                format!("DROP SCHEMA {name} CASCADE -- if what is in it shall go")
            };
            let fix = format!("{first}; then rolewright tenant purge {} --yes", one.id);
            return self.plan.refuse(&one.id, "foreign-schema", role, message, fix);
        }
        if let Some(found) = self.observed.roles.get(role) {
            if let Some(other) = self.others(found) {
                let (message, fix) = (marker::whose(one.role.as_str(), other), marker::of_another(&one.role));
                return self.plan.refuse(&one.id, "foreign-role", one.role.as_str(), message, fix);
            }
            // In a database that was moved nothing is remembered of it, and its mark, which is ours, tells.
            let number = self.number(one);
            let known = number == found.oid || number == 0 && found.installation().is_some();
            if one.row.is_some() && !known {
                let message = format!("the role {} is not the one that was the tenant's", one.role);
                let fix = format!("DROP ROLE {}; -- if it shall go", one.role.quoted());
                return self.plan.refuse(&one.id, "foreign-role", one.role.as_str(), message, fix);
            }
            if beyond::is_out_of_reach(self.observed, found) {
                let message =
                    format!("the role {role} is more than a tenant may be, and core may not drop it");
                let (over, _) = beyond::attributes(self.observed, found);
                let fix = format!(
                    "ALTER ROLE {} WITH {}; then rolewright tenant purge {} --yes",
                    one.role.quoted(),
                    over.join(" "),
                    one.id
                );
                return self.plan.refuse(&one.id, "superuser", role, message, fix);
            }
            if let Some(outside) = &found.outside {
                let message = format!(
                    "the role {role} owns what is not in a schema of its name, and would go with it: {outside}"
                );
                let fix = format!(
                    "ALTER … OWNER TO … for what shall stay, DROP … for what shall not; then rolewright tenant purge {} --yes",
                    one.id
                );
                return self.plan.refuse(&one.id, "owner", role, message, fix);
            }
            let Some(change) = present::remove(self.wanted, self.observed, one, found) else {
                let message = format!("{} may not drop the role {}", self.observed.core.name, one.role);
                let fix = format!("DROP OWNED BY {0}; DROP ROLE {0}", one.role.quoted());
                self.plan.refuse(&one.id, "missing-admin", one.role.as_str(), message, fix);
                // An administrator is told of both at once.
                reporter_end::drop(self, one);
                return;
            };
            self.plan.changes.push(change);
        }
        if !reporter_end::drop(self, one) {
            return;
        }
        self.row(one, State::Purged, Number::Stays);
    }
}
