//! What everyone may do, where it breaks a promise made to a managed role: refused, with the statement that ends it.
//!
//! Rights of `PUBLIC` belong to the whole database, and others may live by them: Rolewright does not take them away by
//! itself. But a role that is granted nothing has them too, so that nothing is granted before they are gone. TEMPORARY and
//! CONNECT on the database are left: PostgreSQL gives them to everyone, and they open no table.

use crate::{
    DesiredRole, Gift,
    observed::{AclItem, Relation},
    quote::{ident, qualified},
};

use super::{
    Context, Draft,
    children::is_withheld,
    defaults::{class, statement},
    hold::is_held,
    refusals::as_grantor,
    relations::{Wanted, asked},
};

const KIND: &str = "public-right";

pub(super) fn diff(context: &Context<'_>, roles: &[&DesiredRole], draft: &mut Draft) {
    if roles.is_empty() {
        return;
    }
    if context.observed.server.public_create {
        let database = &context.observed.server.database;
        let message = format!("everyone may create schemas in database {database}");
        let fix = format!("REVOKE CREATE ON DATABASE {} FROM PUBLIC", ident(database));
        draft.refusal(None, KIND, database, message, fix);
    }
    for relation in &context.observed.relations {
        one(context, roles, relation, draft);
    }
    large_objects(context, draft);
    for (schema, found) in &context.observed.schemas {
        let looks = |item: &&AclItem| item.grantee.is_none() && item.privilege == "USAGE";
        for item in found.acl.iter().filter(looks).filter(|item| context.owns(&item.grantor)) {
            let message = format!("everyone may look names up in schema {schema}, by {}", item.grantor);
            let statement = format!("REVOKE USAGE ON SCHEMA {} FROM PUBLIC", ident(schema));
            let fix = by(item, &statement);
            draft.given(gift(&item.grantor, &statement, schema), None, KIND, schema, message, fix);
        }
        for item in found.acl.iter().filter(|item| item.grantee.is_none() && item.privilege == "CREATE") {
            let message = format!("everyone may create objects in schema {schema}");
            let statement = format!("REVOKE CREATE ON SCHEMA {} FROM PUBLIC", ident(schema));
            let fix = by(item, &statement);
            draft.given(gift(&item.grantor, &statement, schema), None, KIND, schema, message, fix);
        }
    }
    definers(context, roles, draft);
    defaults(context, draft);
}

fn one(context: &Context<'_>, roles: &[&DesiredRole], relation: &Relation, draft: &mut Draft) {
    let object = format!("{}.{}", relation.schema, relation.name);
    let table = qualified(&relation.schema, &relation.name);
    let whole = relation.acl.iter().map(|item| (item, None));
    let columns = relation.column_acl.iter().map(|acl| (&acl.item, Some(acl.column.as_str())));
    for (item, column) in whole.chain(columns).filter(|(item, _)| item.grantee.is_none()) {
        let named = column.map(|column| format!(" ({})", ident(column))).unwrap_or_default();
        let statement = format!("REVOKE {}{named} ON TABLE {table} FROM PUBLIC", item.privilege);
        let fix = by(item, &statement);
        if item.privilege != "SELECT" {
            let message = format!("everyone has {} on {object}", item.privilege);
            draft.given(gift(&item.grantor, &statement, &object), None, KIND, &object, message, fix);
            continue;
        }
        if context.owns(&item.grantor) {
            let message = format!("everyone may read {object}, by {}", item.grantor);
            draft.given(gift(&item.grantor, &statement, &object), None, KIND, &object, message, fix);
            continue;
        }
        for role in roles {
            let why = if opens_denied(role, relation, column) {
                "denied to"
            } else if is_held(context, role, relation) && asked(role, relation) != Wanted::Nothing {
                "new and not accepted for"
            } else if is_withheld(role, relation) {
                "a partition or child of a table with row level security, and named in full nowhere for"
            } else {
                continue;
            };
            let message = format!("everyone may read {object}, which is {why} {}", role.name);
            draft.refusal(Some(role.name.as_str()), KIND, &object, message, fix.clone());
        }
    }
}

/// Whether reading the relation, or this column of it, is reading what is denied to the role.
fn opens_denied(role: &DesiredRole, relation: &Relation, column: Option<&str>) -> bool {
    let Relation { schema, name: table, columns, computed, ancestors, .. } = relation;
    let denied = |name: &str| role.denies_column(schema, table, name, computed, ancestors);
    role.denies_table(schema, table, ancestors)
        || role.asks_for(schema, table)
            && column.map_or_else(|| columns.iter().any(|column| denied(column)), denied)
}

/// Large objects that the module's own roles gave to everyone: of others', whoever has them lives by that.
fn large_objects(context: &Context<'_>, draft: &mut Draft) {
    for other in context.observed.others.iter().filter(|other| other.item.grantee.is_none()) {
        let Some(target) = other.target.as_deref().filter(|target| target.starts_with("LARGE OBJECT "))
        else {
            continue;
        };
        let item = &other.item;
        if context.owns(&item.grantor) {
            let message = format!("everyone has {} on {target}, by {}", item.privilege, item.grantor);
            let statement = format!("REVOKE {} ON {target} FROM PUBLIC", item.privilege);
            let fix = by(item, &statement);
            draft.given(gift(&item.grantor, &statement, target), None, KIND, target, message, fix);
        }
    }
}

/// Functions that run with their owner's rights and may write are as good as a grant to write.
fn definers(context: &Context<'_>, roles: &[&DesiredRole], draft: &mut Draft) {
    for found in &context.observed.definers {
        // What the checker could call, one of the others could.
        for role in roles.iter().filter(|role| !role.is_checker()) {
            let reachable = found.public_usage || role.reads_schema(&found.schema);
            if !reachable || role.may_call_definer(&found.schema, &found.name) {
                continue;
            }
            let identity = &found.identity;
            let name = role.name.as_str();
            let message = format!(
                "everyone, {name} too, may call {identity}, which may write with the rights of {}",
                found.owner
            );
            let statement = format!("REVOKE EXECUTE ON ROUTINE {identity} FROM PUBLIC");
            let fix = if found.revocable { statement.clone() } else { as_grantor(&statement, &found.owner) };
            draft.given(
                gift(&found.owner, &statement, identity),
                Some(name),
                "definer-routine",
                identity,
                message,
                fix,
            );
        }
    }
}

/// Rights that everyone will have on objects that do not exist yet.
fn defaults(context: &Context<'_>, draft: &mut Draft) {
    for found in context.observed.defaults.iter().filter(|found| found.item.grantee.is_none()) {
        if !matches!(found.class, 'r' | 'S' | 'n') {
            continue;
        }
        let privilege = &found.item.privilege;
        let object = format!("future {} of {}", class(found.class), found.owner);
        let message = format!("everyone will have {privilege} on {object}");
        let fix =
            statement(found, vec![privilege.clone()], "PUBLIC", false).sql().replace("\"PUBLIC\"", "PUBLIC");
        let reads =
            matches!(privilege.as_str(), "SELECT" | "USAGE") && found.class != 'S' || privilege == "SELECT";
        if reads && !context.owns(&found.owner) {
            draft.finding(None, KIND, &object, message, Some(fix));
        } else {
            draft.given(gift(&found.owner, &fix, &object), None, KIND, &object, message, fix);
        }
    }
}

fn gift(giver: &str, statement: &str, object: &str) -> Gift {
    Gift { giver: giver.to_owned(), statement: statement.to_owned(), object: object.to_owned() }
}

/// The statement, with the role it must be run as where that is not core.
fn by(item: &AclItem, statement: &str) -> String {
    if item.revocable { statement.to_owned() } else { as_grantor(statement, &item.grantor) }
}
