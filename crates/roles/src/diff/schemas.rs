//! USAGE on the schemas that are read, CREATE on the checker's own, and nothing else on any schema.

use std::collections::BTreeMap;

use crate::{
    Change, DesiredRole,
    change::Target,
    desired::SCRATCH_SCHEMA,
    observed::{AclItem, Schema},
    quote::ident,
};

use super::{Context, Draft, extras::Excess};

pub(super) fn diff(context: &Context<'_>, roles: &[&DesiredRole], draft: &mut Draft) {
    let mut grants: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for role in roles {
        let name = role.name.as_str();
        for schema in role.uses() {
            let Some(found) = context.observed.schemas.get(schema) else {
                if role.creates_in(schema) {
                    make(role, draft);
                    continue;
                }
                if role.is_checker() {
                    // It is refused for the role that reads it.
                    continue;
                }
                let message = format!("schema {schema} of roles.{}.read does not exist", role.connection);
                let fix = format!(
                    "CREATE SCHEMA {}, or take it out of roles.{}.read",
                    ident(schema),
                    role.connection
                );
                draft.refusal(Some(name), "missing-schema", schema, message, fix);
                continue;
            };
            if role.creates_in(schema) && !may_create(context, role, found, draft) {
                continue;
            }
            let has = |grantee: Option<&str>| {
                found.acl.iter().any(|item| item.grantee.as_deref() == grantee && item.privilege == "USAGE")
            };
            if has(Some(name)) || found.owner == name {
                continue;
            }
            if found.grantable {
                grants.entry(schema).or_default().push(name.to_owned());
            } else if !has(None) {
                let message = format!(
                    "schema {schema} belongs to {}, and {} may not grant USAGE on it",
                    found.owner, context.observed.core.name
                );
                let fix = format!("GRANT USAGE ON SCHEMA {} TO {}", ident(schema), ident(name));
                draft.refusal(Some(name), "ungrantable-schema", schema, message, fix);
            }
        }
    }
    for (schema, roles) in grants {
        draft.grants.push(Change::GrantSchema { schema: schema.to_owned(), roles });
    }
    for role in roles {
        for (schema, found) in &context.observed.schemas {
            let mut excess = Excess::default();
            for item in found.acl.iter().filter(|item| item.is_for(role.name.as_str())) {
                let wanted = item.privilege == "USAGE" && role.uses().contains(&schema.as_str())
                    || item.privilege == "CREATE" && role.creates_in(schema)
                    || role.is_checker() && opened_by_tenant(context, schema, found, item);
                excess.add(item, wanted);
            }
            excess.push(role.name.as_str(), &Target::Schema(schema.clone()), draft);
        }
    }
}

/// Whether the role of a schema's own name lets the checker look into it, as a tenant does whose reports it reads: by that alone nothing
/// can be read, and the tenants are nobody's here to list. A tenant's role that was given another name is that tenant's trouble.
fn opened_by_tenant(context: &Context<'_>, schema: &str, found: &Schema, item: &AclItem) -> bool {
    let tenants = found.owner == schema || context.owns(schema);
    item.privilege == "USAGE" && !item.grantable && tenants && item.grantor == found.owner
}

/// The checker's own schema, made anew with all it needs.
fn make(role: &DesiredRole, draft: &mut Draft) {
    let (name, schema) = (role.name.as_str().to_owned(), SCRATCH_SCHEMA.to_owned());
    draft.grants.push(Change::CreateSchema { schema: schema.clone(), role: name.clone() });
    draft.grants.push(Change::GrantSchema { schema: schema.clone(), roles: vec![name.clone()] });
    draft.grants.push(Change::GrantCreate { schema, role: name });
}

/// CREATE on the schema of that name, which must be core's: in somebody else's there may be anything.
fn may_create(context: &Context<'_>, role: &DesiredRole, found: &Schema, draft: &mut Draft) -> bool {
    let name = role.name.as_str();
    let core = &context.observed.core.name;
    if found.owner != *core {
        let message = format!("schema {SCRATCH_SCHEMA} belongs to {}, and must be {core}'s", found.owner);
        let fix = format!("ALTER SCHEMA {} OWNER TO {}", ident(SCRATCH_SCHEMA), ident(core));
        draft.refusal(Some(name), "foreign-schema", SCRATCH_SCHEMA, message, fix);
        return false;
    }
    let creates = |item: &AclItem| item.is_for(name) && item.privilege == "CREATE";
    if !found.acl.iter().any(creates) {
        draft.grants.push(Change::GrantCreate { schema: SCRATCH_SCHEMA.to_owned(), role: name.to_owned() });
    }
    true
}
