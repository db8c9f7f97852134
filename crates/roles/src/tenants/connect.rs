//! CONNECT on the database: where it was taken from everyone, each login is given it by itself.

use rolewright_core::Ident;

use super::{change::TenantChange, facts::Observed, holders::Obstacle};
use crate::quote::ident;

/// The change that lets a login connect, for this role, where it may not yet; or what stands in the way.
pub(super) fn plan(
    observed: &Observed,
    login: &Ident,
    role: &Ident,
) -> Result<Option<TenantChange>, Obstacle> {
    let found = observed.roles.get(login.as_str());
    if found.map_or(observed.open, |found| found.connects) {
        return Ok(None);
    }
    let sql = format!("GRANT CONNECT ON DATABASE {} TO {}", ident(&observed.database), login.quoted());
    if !observed.core.may_grant_connect {
        let message =
            format!("{login} may not connect to database {}, and core may not let it", observed.database);
        return Err(("missing-connect", message, sql));
    }
    Ok(Some(TenantChange::new("grant-connect", login.as_str(), role.as_str(), vec![sql])))
}

/// The change that takes back what was given to a login that is to be dropped: the server keeps a role as long as anything is.
pub(super) fn end(observed: &Observed, login: &Ident, role: &Ident) -> Option<TenantChange> {
    let granted = observed.roles.get(login.as_str()).is_some_and(|found| found.granted);
    let sql = format!("REVOKE ALL ON DATABASE {} FROM {}", ident(&observed.database), login.quoted());
    (granted && observed.core.may_grant_connect)
        .then(|| TenantChange::new("revoke-connect", login.as_str(), role.as_str(), vec![sql]))
}
