//! The login of a tenant's reports under another name: it keeps its password and what it reads, so it is known by its number, closed and
//! dropped as if it had its own; and no second one is made beside it.

use rolewright_core::Ident;

use super::{assign::Assigned, diff::Context, facts::Role, renamed::told, reporter, reporter_end};

/// The kind of refusal, and of finding, of a role that was given another name.
pub(super) const RENAMED: &str = "renamed";

impl<'a> Context<'a> {
    /// The login of this tenant's reports, where it was given another name: that one.
    pub(super) fn reporter_now(&self, one: &Assigned) -> Option<(Ident, &'a Role)> {
        let name = one.reporter.as_ref()?;
        // A number that was given out again is somebody else's: a tenant's, who bears the mark, or one's who was let in nowhere.
        let ours = |found: &Role| match found.installation() {
            Some(mark) => self.wanted.is_ours(mark) && !found.recorded,
            None => found.enters.iter().any(|schema| schema == one.role.as_str()),
        };
        let once = |found: &Role| found.once.as_deref() == Some(name.as_str());
        let (now, found) = self.observed.roles.iter().find(|(_, found)| once(found) && ours(found))?;
        Some((Ident::new(now.clone()).ok()?, found))
    }

    /// The login that bears the name, unless that is another tenant's.
    pub(super) fn reporter_by_name(&self, name: &Ident) -> Option<&'a Role> {
        self.observed.roles.get(name.as_str()).filter(|found| found.once.is_none())
    }
}

/// One that was renamed, or whose name another tenant's bears, is as it should be no more: whether the tenant may go on. Whoever is to be
/// served waits until it has its name again; else it is closed, whatever it is called.
pub(super) fn plan(context: &mut Context<'_>, one: &Assigned, name: &Ident, served: bool) -> bool {
    if let Some((now, found)) = context.reporter_now(one) {
        let taken = context.observed.roles.contains_key(name.as_str());
        let (message, fix) =
            told("the login of the reports", one.id.as_str(), name.as_str(), now.as_str(), taken);
        if served {
            context.plan.refuse(&one.id, RENAMED, name.as_str(), message, fix);
            return false;
        }
        context.plan.find(RENAMED, name.as_str(), now.as_str(), message, fix);
        reporter_end::close(context, one, &now, found);
        return true;
    }
    let others = context.observed.roles.get(name.as_str()).and_then(|found| found.once.clone());
    let Some(others) = others.filter(|_| served) else { return true };
    let message =
        format!("the role {name} is the login of another tenant's reports, and was renamed: it was {others}");
    let fix = format!("ALTER ROLE {} RENAME TO \"{others}\"", name.quoted());
    context.plan.refuse(&one.id, RENAMED, name.as_str(), message, fix);
    false
}

/// The names under which the login of this tenant's reports is there, for whoever ends its sessions.
pub(super) fn names(context: &Context<'_>, one: &Assigned) -> Vec<Ident> {
    let Some(name) = &one.reporter else { return Vec::new() };
    let own = context.reporter_by_name(name).filter(|found| reporter::ours(context, name, found));
    let own = own.map(|_| name.clone());
    own.into_iter().chain(context.reporter_now(one).map(|(now, _)| now)).collect()
}
