//! Whether core, and the keepers, may act for the module's roles: asked of all of them at once, for `doctor` and for a database that was moved.
//!
//! From 16 on that is a matter of memberships, which an upgrade from an older version, or a new core, does not bring. What is missing is
//! one script, for an administrator: a statement for each keeper, however many tenants it made.

use rolewright_core::tenant::Module;
use sea_orm::DatabaseConnection;
use serde::Deserialize;

use super::look::not_migrated;
use crate::{
    Finding, ProvisionError,
    ask::{Argument, ask},
    quote::{ident, idents},
};

/// What is missing.
#[derive(Clone, Debug, Default, Deserialize)]
struct Lacks {
    core: String,
    strict: bool,
    /// Keepers that core may not act as, or not change.
    keepers: Vec<String>,
    /// The keepers' group and the logins, where core may not change them.
    own: Vec<String>,
    /// Tenants, and the logins of their reports, that their keeper may not change.
    apart: Vec<Apart>,
    /// Memberships of the module's logins in tenants, that somebody else gave.
    given: Vec<Given>,
}

#[derive(Clone, Debug, Deserialize)]
struct Apart {
    keeper: String,
    roles: Vec<String>,
}

#[derive(Clone, Debug, Deserialize)]
struct Given {
    keeper: String,
    login: String,
    grantor: String,
    roles: Vec<String>,
    /// Those of them that are served, and so are given again.
    served: Vec<String>,
}

/// What core, or a keeper, may not do about the module's roles, with the script that an administrator runs; nothing where all is well.
///
/// # Errors
/// What the server or the connection said.
pub async fn standing(db: &DatabaseConnection, module: &Module) -> Result<Option<Finding>, ProvisionError> {
    let pool = db.get_postgres_connection_pool();
    let mut connection = pool.acquire().await.map_err(|error| ProvisionError::sql("look", &error))?;
    let (name, group) = ([module.as_str().to_owned()], [module.keepers().to_string()]);
    let lacks: Lacks = ask(
        &mut connection,
        "inspect keepers",
        include_str!("../sql/inspect_keepers.sql"),
        &[("module", Argument::Names(&name)), ("group", Argument::Names(&group))],
    )
    .await
    .map_err(not_migrated)?;
    Ok(lacks.finding(module))
}

impl Lacks {
    fn finding(&self, module: &Module) -> Option<Finding> {
        let script = self.script();
        if script.is_empty() {
            return None;
        }
        let tenants: usize = self.apart.iter().map(|apart| apart.roles.len()).sum();
        let message = format!(
            "of the roles of module {module} {} may not act for {}, and the keepers not for {tenants} roles of tenants",
            self.core,
            self.keepers.len() + self.own.len()
        );
        Some(Finding {
            role: None,
            kind: "missing-membership".to_owned(),
            object: module.to_string(),
            message,
            fix: Some(script.join("; ")),
        })
    }

    /// The statements, in the order in which each may be run.
    fn script(&self) -> Vec<String> {
        let core = ident(&self.core);
        let with = |options: &str| if self.strict { format!(" WITH {options}") } else { String::new() };
        let (all, admin) =
            (with("ADMIN TRUE, INHERIT FALSE, SET TRUE"), with("ADMIN TRUE, INHERIT FALSE, SET FALSE"));
        let mut script = Vec::new();
        for (roles, options) in [(&self.keepers, &all), (&self.own, &admin)] {
            if !roles.is_empty() {
                script.push(format!("GRANT {} TO {core}{options}", list(roles)));
            }
        }
        for Apart { keeper, roles } in &self.apart {
            script.push(format!("GRANT {} TO {}{admin}", list(roles), ident(keeper)));
        }
        for Given { keeper, login, grantor, roles, served } in &self.given {
            let (roles, login) = (list(roles), ident(login));
            let own = with("INHERIT FALSE, SET TRUE");
            if !served.is_empty() {
                script.push(format!("GRANT {} TO {login}{own} GRANTED BY {}", list(served), ident(keeper)));
            }
            script.push(format!("REVOKE {roles} FROM {login} GRANTED BY {}", ident(grantor)));
        }
        script
    }
}

fn list(roles: &[String]) -> String {
    idents(roles.iter().map(String::as_str))
}
