//! The login that becomes subjects' roles: there, nobody by itself, with the derived password.

use super::{
    Wanted,
    diff::{comment, is_ours},
    facts::Observed,
};
use crate::room::RoomPlan;
use crate::{password::Credential, quote::ident};

/// Plans the login, or says what stands in its way.
pub(super) fn diff(wanted: &Wanted, observed: &Observed, credential: &Credential, plan: &mut RoomPlan) {
    let (name, core) = (wanted.login.as_str(), &observed.core.name);
    let (role, database) = (wanted.login.quoted(), &observed.database);
    let password = Some((wanted.login.clone(), credential.clone()));
    if wanted.taken.iter().any(|taken| taken == name) {
        let message = format!("the role {name} is a managed role's, or core's");
        return plan.refuse(
            name,
            "taken",
            name,
            message,
            "set `access.login` to a name of its own".to_owned(),
        );
    }
    let Some(found) = observed.roles.get(name) else {
        if !observed.may_create() {
            let message = format!("the role {name} does not exist, and {core} may not create it");
            let fix = format!("ALTER ROLE {} WITH CREATEROLE", ident(core));
            return plan.refuse(name, "missing-createrole", name, message, fix);
        }
        let create = format!("CREATE ROLE {role} LOGIN NOINHERIT PASSWORD '***'");
        return plan.push_with(
            "create-login",
            name,
            name,
            vec![create, comment(wanted, &wanted.login)],
            password,
        );
    };
    if !is_ours(wanted, found) {
        let message = format!("the role {name} exists and was not made by this installation");
        return plan.refuse(
            name,
            "foreign-role",
            name,
            message,
            "set `access.login` to another name".to_owned(),
        );
    }
    if let Some(word) = found.too_much(observed) {
        let message = format!("the role {name} has {word}, which it must not");
        return plan.refuse(name, "attribute", name, message, format!("ALTER ROLE {role} WITH NO{word}"));
    }
    if !observed.may_alter(found) {
        let message = format!("{core} may not alter the role {name}");
        let fix = format!("GRANT {role} TO {} WITH ADMIN OPTION", ident(core));
        return plan.refuse(name, "missing-admin", name, message, fix);
    }
    let words: Vec<&str> = [
        (!found.login, "LOGIN"),
        (found.inherit, "NOINHERIT"),
        (found.createdb, "NOCREATEDB"),
        (found.createrole, "NOCREATEROLE"),
    ]
    .into_iter()
    .filter_map(|(differs, word)| differs.then_some(word))
    .collect();
    if !words.is_empty() {
        plan.push("alter-login", name, name, vec![format!("ALTER ROLE {role} WITH {}", words.join(" "))]);
    }
    if found.fingerprint.as_ref() != Some(&credential.fingerprint) || wanted.login_refused {
        plan.push_with(
            "set-password",
            name,
            name,
            vec![format!("ALTER ROLE {role} PASSWORD '***'")],
            password,
        );
    }
    if !found.connects {
        let grant = format!("GRANT CONNECT ON DATABASE {} TO {role}", ident(database));
        plan.push("grant-connect", database, name, vec![grant]);
    }
}
