//! USAGE on the schemas that are read, and nothing else on any schema.

use std::collections::BTreeMap;

use crate::{Change, DesiredRole, change::Target, quote::ident};

use super::{Context, Draft, extras::Excess};

pub(super) fn diff(context: &Context<'_>, roles: &[&DesiredRole], draft: &mut Draft) {
    let mut grants: BTreeMap<&str, Vec<String>> = BTreeMap::new();
    for role in roles {
        let name = role.name.as_str();
        let mut wanted: Vec<&str> = role.read.iter().map(|read| read.schema.as_str()).collect();
        wanted.sort_unstable();
        wanted.dedup();
        for schema in wanted {
            let Some(found) = context.observed.schemas.get(schema) else {
                let message = format!("schema {schema} of roles.{}.read does not exist", role.connection);
                let fix = format!(
                    "CREATE SCHEMA {}, or take it out of roles.{}.read",
                    ident(schema),
                    role.connection
                );
                draft.refusal(Some(name), "missing-schema", schema, message, fix);
                continue;
            };
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
                let wanted = item.privilege == "USAGE" && role.reads_schema(schema);
                excess.add(item, wanted);
            }
            excess.push(role.name.as_str(), &Target::Schema(schema.clone()), draft);
        }
    }
}
