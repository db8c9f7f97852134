//! The roles of tenants, and the logins of their reports, that somebody gave another name: looked for among all of a module's, for `doctor` and
//! whoever lists tenants.

use std::collections::BTreeMap;

use rolewright_core::tenant::Module;
use sea_orm::DatabaseConnection;
use serde::Deserialize;

use super::{look::not_migrated, reporter_renamed::RENAMED};
use crate::{
    Finding, ProvisionError,
    ask::{Argument, ask},
    quote::ident,
};

#[derive(Debug, Deserialize)]
struct Renamed {
    tenant: String,
    /// Whether it is the login of its reports.
    reports: bool,
    name: String,
    now: String,
    /// Whether another role bears its name.
    taken: bool,
}

/// What is told of them, by the tenants' ids, each with the statement that gives it its name back.
///
/// # Errors
/// What the server or the connection said.
pub async fn renamed(
    db: &DatabaseConnection,
    module: &Module,
) -> Result<BTreeMap<String, Vec<Finding>>, ProvisionError> {
    let pool = db.get_postgres_connection_pool();
    let mut connection = pool.acquire().await.map_err(|error| ProvisionError::sql("look", &error))?;
    let name = [module.as_str().to_owned()];
    let all: Vec<Renamed> = ask(
        &mut connection,
        "list renamed",
        include_str!("../sql/list_renamed.sql"),
        &[("module", Argument::Names(&name))],
    )
    .await
    .map_err(not_migrated)?;
    let mut found: BTreeMap<String, Vec<Finding>> = BTreeMap::new();
    for one in all {
        found.entry(one.tenant.clone()).or_default().push(one.finding());
    }
    Ok(found)
}

impl Renamed {
    fn finding(&self) -> Finding {
        let which = if self.reports { "the login of the reports" } else { "the role" };
        let (message, fix) = told(which, &self.tenant, &self.name, &self.now, self.taken);
        Finding {
            role: Some(self.name.clone()),
            kind: RENAMED.to_owned(),
            object: self.now.clone(),
            message,
            fix: Some(fix),
        }
    }
}

/// What is told of one that was renamed, and what gives it its name back; `taken` where another role bears that meanwhile.
pub(super) fn told(which: &str, tenant: &str, name: &str, now: &str, taken: bool) -> (String, String) {
    let mut message = format!("{which} of the tenant {tenant} was renamed: {now}");
    let mut fix = format!("ALTER ROLE {} RENAME TO {}", ident(now), ident(name));
    if taken {
        message += &format!(", and another role bears the name {name}");
        fix = format!("ALTER ROLE {} RENAME TO …; {fix}", ident(name));
    }
    (message, fix)
}
