//! A keeper: the statements that make it, and the function by which it makes tenants.

use rolewright_core::{Ident, tenant::Module};
use uuid::Uuid;

use super::{change::TenantChange, facts::Observed};
use crate::{
    marker,
    quote::{ident, literal},
};

/// What the function's body is, on this version of the server.
///
/// It makes roles, gives them to the login role, and makes their schemas; for the last it is their member for a moment. All that is
/// looked up by name is looked up in `pg_catalog`, and every name is quoted.
fn source(strict: bool) -> String {
    let (login, own, back) = if strict {
        (
            " WITH INHERIT FALSE, SET TRUE",
            " WITH INHERIT FALSE, SET TRUE",
            " GRANTED BY ' || quote_ident(current_user)",
        )
    } else {
        ("", "", "'")
    };
    format!(
        "
DECLARE
    name text;
    list text;
BEGIN
    FOREACH name IN ARRAY names LOOP
        EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT', name);
        EXECUTE format('COMMENT ON ROLE %I IS %L', name, marker);
    END LOOP;
    SELECT string_agg(quote_ident(one), ', ') INTO list FROM unnest(names) AS one;
    EXECUTE 'GRANT ' || list || ' TO ' || quote_ident(login) || '{login}';
    EXECUTE 'GRANT ' || list || ' TO ' || quote_ident(current_user) || '{own}';
    FOREACH name IN ARRAY names LOOP
        EXECUTE format('CREATE SCHEMA %I AUTHORIZATION %I', name, name);
    END LOOP;
    EXECUTE 'REVOKE ' || list || ' FROM ' || quote_ident(current_user) || '{back};
END
"
    )
}

/// Whether a keeper and its function are as they should be.
pub(super) fn is_ready(observed: &Observed, keeper: &Ident) -> bool {
    let role = observed.roles.get(keeper.as_str()).is_some_and(|role| role.createrole && !role.login);
    let function = observed.functions.get(keeper.as_str()).is_some_and(|function| {
        function.owner == keeper.as_str()
            && function.definer
            && function.source == source(observed.is_strict())
            && function.config == ["search_path=pg_catalog, pg_temp"]
            && function.callers == [observed.core.name.as_str()]
    });
    role && function
}

/// The statements that make the group of all keepers, and give it what they share.
pub(super) fn group(observed: &Observed, module: &Module, installation: Uuid) -> Vec<TenantChange> {
    let name = module.keepers();
    let mut changes = Vec::new();
    let found = observed.roles.get(name.as_str());
    if found.is_none() {
        let create = format!("CREATE ROLE {} NOLOGIN NOINHERIT", name.quoted());
        let sql = vec![create, comment(&name, installation)];
        changes.push(TenantChange::new("create-keepers", name.as_str(), name.as_str(), sql));
    }
    if found.is_none_or(|found| !found.may_create) {
        let sql =
            vec![format!("GRANT CREATE ON DATABASE {} TO {}", ident(&observed.database), name.quoted())];
        changes.push(TenantChange::new("grant-database", observed.database.as_str(), name.as_str(), sql));
    }
    changes
}

/// The statements that make one keeper, or mend it.
pub(super) fn make(observed: &Observed, module: &Module, number: u32, installation: Uuid) -> TenantChange {
    let (name, group) = (module.keeper(number), module.keepers().quoted());
    let (role, core) = (name.quoted(), ident(&observed.core.name));
    let strict = observed.is_strict();
    let mut sql: Vec<String> = Vec::new();
    match observed.roles.get(name.as_str()) {
        None => {
            // Before 16 the right to create schemas comes by the member's own INHERIT, later by the membership's. The setting makes
            // core a member that may act as the keeper, which a GRANT would have to look up in all memberships: core's are those of
            // all keepers, and so of all tenants. For the same reason a keeper hands the group on, and each marks itself.
            if strict {
                sql.push("SET LOCAL createrole_self_grant = 'set'".to_owned());
                sql.push(format!("CREATE ROLE {role} NOLOGIN NOINHERIT CREATEROLE"));
                sql.push("SET LOCAL createrole_self_grant TO DEFAULT".to_owned());
                match &observed.granter {
                    Some(granter) => sql.extend([
                        format!("SET LOCAL ROLE {}", ident(granter)),
                        format!("GRANT {group} TO {role} WITH INHERIT TRUE, SET FALSE"),
                    ]),
                    None => {
                        sql.push(format!("GRANT {group} TO {role} WITH INHERIT TRUE, SET FALSE, ADMIN TRUE"));
                    }
                }
                sql.push("SET LOCAL ROLE NONE".to_owned());
            } else {
                sql.push(format!("CREATE ROLE {role} NOLOGIN INHERIT CREATEROLE"));
                sql.push(format!("GRANT {role} TO {core}"));
                sql.push(format!("GRANT {group} TO {role}"));
                sql.push(comment(&name, installation));
            }
        }
        Some(found) if found.login || !found.createrole => {
            sql.push(format!("ALTER ROLE {role} WITH NOLOGIN CREATEROLE"));
        }
        Some(_) => {}
    }
    sql.push(format!("GRANT USAGE, CREATE ON SCHEMA rolewright TO {role}"));
    sql.push(format!("SET LOCAL ROLE {role}"));
    if strict && !observed.roles.contains_key(name.as_str()) {
        let mark = literal(&marker::setting(installation));
        sql.push(format!("ALTER ROLE {role} SET application_name = {mark}"));
    }
    let function = format!("rolewright.{role}(text[], text, text)");
    sql.push(format!(
        "CREATE OR REPLACE FUNCTION rolewright.{role}(names text[], login text, marker text) RETURNS void \
         LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS {}",
        literal(&source(strict))
    ));
    sql.push(format!("REVOKE ALL ON FUNCTION {function} FROM PUBLIC"));
    sql.push(format!("GRANT EXECUTE ON FUNCTION {function} TO {core}"));
    sql.push("SET LOCAL ROLE NONE".to_owned());
    sql.push(format!("REVOKE ALL ON SCHEMA rolewright FROM {role}"));
    TenantChange::new("make-keeper", name.as_str(), name.as_str(), sql)
}

/// The call that makes tenants.
pub(super) fn call(keeper: &Ident, login: &Ident, tenants: &[&Ident], installation: Uuid) -> TenantChange {
    let names: Vec<&str> = tenants.iter().map(|name| name.as_str()).collect();
    let list: Vec<String> = names.iter().map(|name| literal(name)).collect();
    let sql = format!(
        "SELECT rolewright.{}(ARRAY[{}], {}, {})",
        keeper.quoted(),
        list.join(", "),
        literal(login.as_str()),
        literal(&marker::text(installation))
    );
    TenantChange::new("create-tenants", names.join(", "), login.as_str(), vec![sql])
}

/// The statement that marks a role as ours.
pub(super) fn comment(role: &Ident, installation: Uuid) -> String {
    format!("COMMENT ON ROLE {} IS {}", role.quoted(), literal(&marker::text(installation)))
}
