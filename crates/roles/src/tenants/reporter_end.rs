//! The end of the login of a tenant's own reports: closed while the tenant is not served, dropped with it.

use rolewright_core::Ident;

use super::{
    assign::Assigned,
    beyond, connect,
    diff::Context,
    facts::Role,
    present::Power,
    reporter::{ours, power, push},
    reporter_members,
};
use crate::quote::ident;

/// The kind of finding of a login that is still open, and that core may not close.
pub(super) const OPEN_LOGIN: &str = "open-login";

/// Nobody logs in as it while the tenant is not served, or has no reports of its own (any more). One that is not ours stays as it is.
pub(super) fn close_own(context: &mut Context<'_>, one: &Assigned, name: &Ident, found: &Role) {
    if ours(context, name, found) {
        close(context, one, name, found);
    }
}

/// The same of one that is known to be ours, whatever it is called.
pub(super) fn close(context: &mut Context<'_>, one: &Assigned, name: &Ident, found: &Role) {
    for change in reporter_members::nobodys(context, one, name, found) {
        context.push(change);
    }
    if !found.login {
        return;
    }
    let sql = format!("ALTER ROLE {} WITH NOLOGIN", name.quoted());
    if matches!(power(context, one, name, Some(found)), Power::Nobody)
        || beyond::is_fixed(context.observed, found)
    {
        let message = format!(
            "the role {name} may still log in, and {} may not change that",
            context.observed.core.name
        );
        context.plan.find(OPEN_LOGIN, name.as_str(), name.as_str(), message, sql);
    } else {
        push(context, one, name, Some(found), "close-reporter", vec![sql]);
    }
}

/// It is dropped, with whatever it came to own, under its name or another; whether the tenant may go on. One that is not ours stays.
pub(super) fn drop(context: &mut Context<'_>, one: &Assigned) -> bool {
    let Some(name) = &one.reporter else { return true };
    let own = context.reporter_by_name(name).filter(|found| ours(context, name, found));
    let own = own.map(|found| (name.clone(), found));
    let both: Vec<(Ident, &Role)> = own.into_iter().chain(context.reporter_now(one)).collect();
    // An administrator is told of both at once.
    both.iter().fold(true, |all, (name, found)| drop_one(context, one, name, found) && all)
}

fn drop_one(context: &mut Context<'_>, one: &Assigned, name: &Ident, found: &Role) -> bool {
    let role = name.quoted();
    let rest = [format!("DROP OWNED BY {role}"), format!("DROP ROLE {role}")];
    let power = match power(context, one, name, Some(found)) {
        _ if beyond::is_out_of_reach(context.observed, found) => Power::Nobody,
        power => power,
    };
    let maker = match power {
        Power::Keeper(keeper) => keeper.quoted(),
        Power::Core => ident(&context.observed.core.name),
        Power::Nobody => {
            let message = format!("{} may not drop the role {name}", context.observed.core.name);
            context.plan.refuse(&one.id, "missing-admin", name.as_str(), message, rest.join("; "));
            return false;
        }
    };
    let with = if context.observed.is_strict() { " WITH INHERIT TRUE, SET TRUE" } else { "" };
    if let Some(change) = connect::end(context.observed, name, &one.role) {
        context.push(change);
    }
    let sql = [format!("GRANT {role} TO {maker}{with}")].into_iter().chain(rest).collect();
    push(context, one, name, Some(found), "drop-reporter", sql);
    true
}
