//! A keeper: the statements that make it, and the function by which it makes tenants.

use rolewright_core::{Ident, tenant::Module};
use uuid::Uuid;

use super::{
    Wanted,
    change::TenantChange,
    facts::{Observed, Role},
};
use crate::{
    marker,
    quote::{ident, literal},
};

/// What the function's body is, on this version of the server.
///
/// It makes roles of which the login role is a member, and their schemas; for those it is their member itself for a moment. All that
/// is looked up by name is looked up in `pg_catalog`, and every name is quoted.
///
/// Both memberships come with the role ([`config`] has the keeper's own, from 16 on): a GRANT would read the keeper's memberships
/// anew for each role, and whatever each of those is a member of. Comments follow when all roles are there, for the same reason.
/// The login role's membership inherits as the login role does, so one that inherits is refused.
fn source(strict: bool) -> String {
    let (own, by) = if strict {
        ("', name, login)", " GRANTED BY ' || quote_ident(current_user)")
    } else {
        (", %I', name, login, current_user)", "'")
    };
    format!(
        "
DECLARE
    name text;
    list text;
BEGIN
    IF (SELECT r.rolinherit FROM pg_roles r WHERE r.rolname = login) THEN
        RAISE EXCEPTION 'the role % inherits what it is a member of', login;
    END IF;
    FOREACH name IN ARRAY names LOOP
        EXECUTE format('CREATE ROLE %I NOLOGIN NOINHERIT ROLE %I{own};
    END LOOP;
    FOREACH name IN ARRAY names LOOP
        EXECUTE format('COMMENT ON ROLE %I IS %L', name, marker);
        EXECUTE format('CREATE SCHEMA %I AUTHORIZATION %I', name, name);
    END LOOP;
    SELECT string_agg(quote_ident(one), ', ') INTO list FROM unnest(names) AS one;
    EXECUTE 'REVOKE ' || list || ' FROM ' || quote_ident(current_user) || '{by};
END
"
    )
}

/// What the function runs with: nothing is looked up where others may create, and from 16 on who creates a role may act as it.
fn config(strict: bool) -> &'static [(&'static str, &'static str)] {
    const ALL: [(&str, &str); 2] = [("search_path", "pg_catalog, pg_temp"), ("createrole_self_grant", "set")];
    if strict { &ALL } else { &ALL[..1] }
}

/// Whether a keeper can make tenants: it and its function are as they should be.
pub(super) fn is_ready(observed: &Observed, keeper: &Ident) -> bool {
    let role = observed.roles.get(keeper.as_str()).is_some_and(|role| role.createrole && role.may_create);
    let strict = observed.is_strict();
    let entries: Vec<String> = config(strict).iter().map(|(name, value)| format!("{name}={value}")).collect();
    let function = observed.functions.get(keeper.as_str()).is_some_and(|function| {
        function.definer && function.source == source(strict) && function.config == entries
    });
    role && function && is_closed(observed, keeper)
}

/// Whether it bears our mark as it is now, and not one that we had before the database was moved.
pub(super) fn is_marked(wanted: &Wanted, observed: &Observed, keeper: &Ident) -> bool {
    observed.roles.get(keeper.as_str()).is_none_or(|role| role.installation() == Some(wanted.installation))
}

/// Whether what there is of a keeper is nobody's to use but core's: it is no login, and its function is its own and called by core.
pub(super) fn is_closed(observed: &Observed, keeper: &Ident) -> bool {
    let role = observed.roles.get(keeper.as_str()).is_none_or(|role| !role.login);
    let function = observed.functions.get(keeper.as_str()).is_none_or(|function| {
        function.owner == keeper.as_str() && function.callers == [observed.core.name.as_str()]
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
    if found.is_some_and(|found| found.installation() != Some(installation)) {
        let sql = vec![comment(&name, installation)];
        changes.push(TenantChange::new("comment", name.as_str(), name.as_str(), sql));
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
    let joins = observed.roles.get(name.as_str()).is_none_or(|found| !found.may_create);
    let mut sql: Vec<String> = Vec::new();
    match observed.roles.get(name.as_str()) {
        None => {
            // Before 16 the right to create schemas comes by the member's own INHERIT, later by the membership's. The setting makes
            // core a member that may act as the keeper, which a GRANT would have to look up in all memberships: core's are those of
            // all keepers, and so of all tenants.
            if strict {
                sql.push("SET LOCAL createrole_self_grant = 'set'".to_owned());
                sql.push(format!("CREATE ROLE {role} NOLOGIN NOINHERIT CREATEROLE"));
                sql.push("SET LOCAL createrole_self_grant TO DEFAULT".to_owned());
            } else {
                sql.push(format!("CREATE ROLE {role} NOLOGIN INHERIT CREATEROLE"));
                sql.push(format!("GRANT {role} TO {core}"));
                sql.push(comment(&name, installation));
            }
        }
        Some(found) if found.login || !found.createrole => {
            sql.push(format!("ALTER ROLE {role} WITH NOLOGIN CREATEROLE"));
        }
        Some(_) => {}
    }
    if joins && !strict {
        sql.push(format!("GRANT {group} TO {role}"));
    }
    let unmarked = observed.roles.get(name.as_str()).map(Role::installation) != Some(Some(installation));
    if unmarked && !strict && observed.roles.contains_key(name.as_str()) {
        sql.push(comment(&name, installation));
    }
    let function = format!("rolewright.{role}(text[], text, text)");
    let found = observed.functions.get(name.as_str());
    if found.is_some_and(|found| found.owner != name.as_str()) {
        // As a restored database has it where its roles were not. The schema is core's, and so whatever is in it core may drop.
        sql.push(format!("DROP FUNCTION {function}"));
    }
    sql.push(format!("GRANT USAGE, CREATE ON SCHEMA rolewright TO {role}"));
    sql.push(format!("SET LOCAL ROLE {role}"));
    if strict && unmarked {
        let mark = literal(&marker::setting(installation));
        sql.push(format!("ALTER ROLE {role} SET application_name = {mark}"));
    }
    let set: Vec<String> =
        config(strict).iter().map(|(name, value)| format!("SET {name} = {value}")).collect();
    sql.push(format!(
        "CREATE OR REPLACE FUNCTION rolewright.{role}(names text[], login text, marker text) RETURNS void \
         LANGUAGE plpgsql SECURITY DEFINER {} AS {}",
        set.join(" "),
        literal(&source(strict))
    ));
    sql.push(format!("REVOKE ALL ON FUNCTION {function} FROM PUBLIC"));
    let others =
        found.into_iter().filter(|found| found.owner == name.as_str()).flat_map(|found| &found.callers);
    for caller in others.filter(|caller| *caller != "public" && **caller != observed.core.name) {
        sql.push(format!("REVOKE ALL ON FUNCTION {function} FROM {}", ident(caller)));
    }
    sql.push(format!("GRANT EXECUTE ON FUNCTION {function} TO {core}"));
    if strict && joins {
        // For the same reason a keeper hands the group on, and each marks itself. This comes last: whoever acts as another after a GRANT
        // is looked up anew.
        let (giver, admin) = match &observed.granter {
            Some(granter) => (ident(granter), ""),
            None => ("NONE".to_owned(), ", ADMIN TRUE"),
        };
        sql.push(format!("SET LOCAL ROLE {giver}"));
        sql.push(format!("GRANT {group} TO {role} WITH INHERIT TRUE, SET FALSE{admin}"));
    }
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
