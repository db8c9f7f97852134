//! A model of the catalogs for tests: what each change does to an [`Observed`], as PostgreSQL would.

use crate::{
    Change, Observed,
    change::{Attribute, Target, Value},
    observed::{AclItem, ColumnAcl, DefaultAcl, Other, Role, Schema, Setting},
};

/// Applies one change. It panics where PostgreSQL would refuse the statement.
pub(super) fn apply(observed: &mut Observed, change: &Change) {
    let core = observed.core.name.clone();
    match change {
        Change::CreateRole { role, conn_limit, credential } => {
            let made = Role {
                oid: 1000 + u32::try_from(observed.roles.len()).unwrap(),
                superuser: false,
                createrole: false,
                createdb: false,
                login: true,
                inherit: false,
                replication: false,
                bypassrls: false,
                conn_limit: *conn_limit,
                valid_until: None,
                comment: None,
                admin: true,
                held: false,
                settings: Vec::new(),
                member_of: Vec::new(),
                members: Vec::new(),
                owned: Vec::new(),
                elsewhere: Vec::new(),
                password_set: None,
                fingerprint: credential.as_ref().map(|one| one.fingerprint.clone()),
                proved: None,
            };
            assert!(observed.roles.insert(role.clone(), made).is_none(), "42710");
        }
        Change::AlterRole { role, attributes } => {
            let found = observed.roles.get_mut(role).unwrap();
            for attribute in attributes {
                match attribute {
                    Attribute::Login => found.login = true,
                    Attribute::NoInherit => found.inherit = false,
                    Attribute::NoCreateDb => found.createdb = false,
                    Attribute::NoCreateRole => found.createrole = false,
                    Attribute::NoReplication => found.replication = false,
                    Attribute::NoBypassRls => found.bypassrls = false,
                    Attribute::ConnLimit(limit) => found.conn_limit = *limit,
                    Attribute::NeverExpires => found.valid_until = None,
                }
            }
        }
        Change::SetPassword { role, credential } | Change::KnowPassword { role, credential } => {
            observed.roles.get_mut(role).unwrap().fingerprint = Some(credential.fingerprint.clone());
        }
        Change::Comment { role, text } => observed.roles.get_mut(role).unwrap().comment = Some(text.clone()),
        Change::Set { role, name, value } => {
            let settings = &mut observed.roles.get_mut(role).unwrap().settings;
            settings.retain(|one| one.database.is_some() || one.name != *name);
            let value = match value {
                Value::Text(text) => text.clone(),
                Value::Names(names) => names.join(", "),
            };
            settings.push(Setting { database: None, name: name.clone(), value, resettable: true });
        }
        Change::Reset { role, name, database } => {
            let settings = &mut observed.roles.get_mut(role).unwrap().settings;
            settings.retain(|one| one.database != *database || one.name != *name);
        }
        Change::GrantMembership { role, .. } => observed.roles.get_mut(role).unwrap().held = true,
        Change::RevokeMembership { role, member, .. } => {
            if let Some(found) = observed.roles.get_mut(member) {
                found.member_of.retain(|one| one.role != *role);
            }
            if let Some(found) = observed.roles.get_mut(role) {
                found.members.retain(|one| one.role != *member);
            }
        }
        Change::GrantConnect { database, roles } => {
            for role in roles {
                observed.others.push(Other {
                    target: Some(format!("DATABASE {database}")),
                    description: format!("database {database}"),
                    routine: None,
                    item: item(role, "CONNECT", &core),
                });
            }
        }
        Change::CreateSchema { schema, .. } => {
            let made = Schema { owner: core, grantable: true, acl: Vec::new() };
            assert!(observed.schemas.insert(schema.clone(), made).is_none(), "42P06");
        }
        Change::GrantCreate { schema, role } => {
            grant(&mut observed.schemas.get_mut(schema).unwrap().acl, role, "CREATE", &core);
        }
        Change::GrantSchema { schema, roles } => {
            for role in roles {
                grant(&mut observed.schemas.get_mut(schema).unwrap().acl, role, "USAGE", &core);
            }
        }
        Change::GrantSelect { schema, tables, roles } => {
            for relation in &mut observed.relations {
                if relation.schema == *schema && tables.contains(&relation.name) {
                    for role in roles {
                        grant(&mut relation.acl, role, "SELECT", &core);
                    }
                }
            }
        }
        Change::GrantColumns { schema, table, columns, role } => {
            for relation in &mut observed.relations {
                if relation.schema == *schema && relation.name == *table {
                    for column in columns {
                        relation
                            .column_acl
                            .push(ColumnAcl { column: column.clone(), item: item(role, "SELECT", &core) });
                    }
                }
            }
        }
        Change::GrantDefault { creator, schema, roles } => {
            for role in roles {
                observed.defaults.push(DefaultAcl {
                    owner: creator.clone().unwrap_or_else(|| core.clone()),
                    schema: Some(schema.clone()),
                    class: 'r',
                    item: item(role, "SELECT", &core),
                });
            }
        }
        Change::BeginHold { role, present } => {
            let begun = observed.accepted.insert(role.clone(), present.iter().copied().collect());
            assert!(begun.is_none(), "23505");
        }
        Change::EndHold { role } => {
            observed.accepted.remove(role);
        }
        Change::Accept { role, oids, .. } => observed.accepted.get_mut(role).unwrap().extend(oids),
        Change::Revoke { target, privileges, option_only, role, .. } => {
            revoke(observed, target, privileges, *option_only, role);
        }
        Change::RevokeDefault { creator, schema, privileges, option_only, role, .. } => {
            let hits = |one: &DefaultAcl| {
                one.owner == *creator
                    && one.schema == *schema
                    && one.item.is_for(role)
                    && privileges.contains(&one.item.privilege)
            };
            if *option_only {
                observed
                    .defaults
                    .iter_mut()
                    .filter(|one| hits(one))
                    .for_each(|one| one.item.grantable = false);
            } else {
                observed.defaults.retain(|one| !hits(one));
            }
        }
    }
}

fn item(role: &str, privilege: &str, grantor: &str) -> AclItem {
    AclItem {
        grantee: Some(role.to_owned()),
        privilege: privilege.to_owned(),
        grantable: false,
        grantor: grantor.to_owned(),
        revocable: true,
    }
}

fn grant(acl: &mut Vec<AclItem>, role: &str, privilege: &str, grantor: &str) {
    acl.push(item(role, privilege, grantor));
}

fn revoke(observed: &mut Observed, target: &Target, privileges: &[String], option_only: bool, role: &str) {
    let hits = |one: &AclItem| one.is_for(role) && one.revocable && privileges.contains(&one.privilege);
    let strip = |acl: &mut Vec<AclItem>| {
        if option_only {
            acl.iter_mut().filter(|one| hits(one)).for_each(|one| one.grantable = false);
        } else {
            acl.retain(|one| !hits(one));
        }
    };
    match target {
        Target::Schema(schema) => strip(&mut observed.schemas.get_mut(schema).unwrap().acl),
        Target::Relations { schema, names } => {
            for relation in &mut observed.relations {
                if relation.schema == *schema && names.contains(&relation.name) {
                    strip(&mut relation.acl);
                    // Taking a privilege from the table takes it from every column (PostgreSQL manual, REVOKE).
                    if !option_only {
                        relation.column_acl.retain(|one| !hits(&one.item));
                    }
                }
            }
        }
        Target::Columns { schema, table, columns } => {
            for relation in &mut observed.relations {
                if relation.schema == *schema && relation.name == *table {
                    let at = |one: &ColumnAcl| columns.contains(&one.column) && hits(&one.item);
                    if option_only {
                        relation
                            .column_acl
                            .iter_mut()
                            .filter(|one| at(one))
                            .for_each(|one| one.item.grantable = false);
                    } else {
                        relation.column_acl.retain(|one| !at(one));
                    }
                }
            }
        }
        Target::Other(object) => {
            observed.others.retain(|one| one.target.as_deref() != Some(object) || !hits(&one.item))
        }
    }
}

/// What an administrator does who takes every right of everyone away.
pub(super) fn revoke_public(observed: &mut Observed) {
    let named = |item: &AclItem| item.grantee.is_some();
    for relation in &mut observed.relations {
        relation.acl.retain(named);
        relation.column_acl.retain(|acl| named(&acl.item));
    }
    for schema in observed.schemas.values_mut() {
        schema.acl.retain(named);
    }
    observed.defaults.retain(|one| named(&one.item));
    observed.definers.clear();
    observed.server.public_create = false;
}
