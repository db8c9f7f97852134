//! Changes as SQL, in two forms: for people, with the verifier as `***`, and for the server.

use crate::{
    Change,
    change::{Attribute, Target, Value},
    log,
    password::Credential,
    quote::{ident, idents, literal, qualified},
};

impl Change {
    /// The statement for people: what [`provision`](crate::provision()) sends, with any verifier as `***`.
    #[must_use]
    pub fn sql(&self) -> String {
        self.render(|_| "'***'".to_owned())
    }

    /// The statement for an administrator, who puts the password in.
    #[must_use]
    pub fn by_hand(&self) -> String {
        self.render(|_| "'…'".to_owned())
    }

    /// The statement for the server; nothing where a verifier is needed and is missing or malformed.
    pub(crate) fn secret_sql(&self) -> Option<String> {
        if let Self::CreateRole { credential: None, .. } = self {
            return None;
        }
        if let Self::CreateRole { credential: Some(credential), .. } | Self::SetPassword { credential, .. } =
            self
            && !credential.verifier.is_well_formed()
        {
            return None;
        }
        if let Self::KnowPassword { role, credential } = self {
            return Some(log::fingerprint_sql(role, &credential.fingerprint));
        }
        Some(self.render(|credential| {
            credential.map_or_else(|| "NULL".to_owned(), |credential| literal(credential.verifier.expose()))
        }))
    }

    fn render(&self, password: impl Fn(Option<&Credential>) -> String) -> String {
        match self {
            Self::CreateRole { role, conn_limit, credential } => format!(
                "CREATE ROLE {} WITH LOGIN NOINHERIT NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS \
                 CONNECTION LIMIT {conn_limit} PASSWORD {}",
                ident(role),
                password(credential.as_ref())
            ),
            Self::AlterRole { role, attributes } => format!(
                "ALTER ROLE {} WITH {}",
                ident(role),
                attributes.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
            ),
            Self::SetPassword { role, credential } => {
                format!("ALTER ROLE {} WITH PASSWORD {}", ident(role), password(Some(credential)))
            }
            Self::KnowPassword { role, .. } => log::fingerprint_sql(role, "***"),
            Self::Comment { role, text } => format!("COMMENT ON ROLE {} IS {}", ident(role), literal(text)),
            Self::Set { role, name, value } => {
                format!("ALTER ROLE {} SET {} = {}", ident(role), setting(name), value_sql(value))
            }
            Self::Reset { role, name, database } => {
                let within = database.as_deref().map(|name| format!(" IN DATABASE {}", ident(name)));
                format!("ALTER ROLE {}{} RESET {}", ident(role), within.unwrap_or_default(), setting(name))
            }
            Self::GrantMembership { role, member, options } => {
                let options = if *options { " WITH INHERIT TRUE, SET FALSE" } else { "" };
                format!("GRANT {} TO {}{options}", ident(role), ident(member))
            }
            Self::RevokeMembership { role, member, grantor, .. } => {
                let by = grantor.as_deref().map(|name| format!(" GRANTED BY {}", ident(name)));
                format!("REVOKE {} FROM {}{} CASCADE", ident(role), ident(member), by.unwrap_or_default())
            }
            Self::GrantConnect { database, roles } => {
                format!("GRANT CONNECT ON DATABASE {} TO {}", ident(database), names(roles))
            }
            Self::CreateSchema { schema, .. } => format!("CREATE SCHEMA {}", ident(schema)),
            Self::GrantCreate { schema, role } => {
                format!("GRANT CREATE ON SCHEMA {} TO {}", ident(schema), ident(role))
            }
            Self::GrantSchema { schema, roles } => {
                format!("GRANT USAGE ON SCHEMA {} TO {}", ident(schema), names(roles))
            }
            Self::GrantSelect { schema, tables, roles } => {
                format!("GRANT SELECT ON TABLE {} TO {}", relations(schema, tables), names(roles))
            }
            Self::GrantColumns { schema, table, columns, role } => format!(
                "GRANT SELECT ({}) ON TABLE {} TO {}",
                names(columns),
                qualified(schema, table),
                ident(role)
            ),
            Self::GrantDefault { creator, schema, roles } => format!(
                "ALTER DEFAULT PRIVILEGES {}IN SCHEMA {} GRANT SELECT ON TABLES TO {}",
                for_role(creator.as_deref()),
                ident(schema),
                names(roles)
            ),
            Self::BeginHold { role, present } => format!(
                "WITH held AS (INSERT INTO rolewright.held_role (role) VALUES ({}) RETURNING role) {}",
                literal(role),
                accept("held.role", "held CROSS JOIN ", present)
            ),
            Self::EndHold { role } => {
                format!("DELETE FROM rolewright.held_role WHERE role = {}", literal(role))
            }
            Self::Accept { role, oids, .. } => {
                format!("{} ON CONFLICT DO NOTHING", accept(&literal(role), "", oids))
            }
            Self::Revoke { target, privileges, option_only, cascade, role } => {
                let option = if *option_only { "GRANT OPTION FOR " } else { "" };
                let cascade = if *cascade { " CASCADE" } else { "" };
                let what = match target {
                    Target::Columns { columns, .. } => {
                        let columns = names(columns);
                        privileges
                            .iter()
                            .map(|word| format!("{word} ({columns})"))
                            .collect::<Vec<_>>()
                            .join(", ")
                    }
                    _ => privileges.join(", "),
                };
                format!("REVOKE {option}{what} ON {} FROM {}{cascade}", target_sql(target), ident(role))
            }
            Self::RevokeDefault { creator, schema, class, privileges, option_only, role } => {
                let option = if *option_only { "GRANT OPTION FOR " } else { "" };
                let within = schema.as_deref().map(|name| format!("IN SCHEMA {} ", ident(name)));
                format!(
                    "ALTER DEFAULT PRIVILEGES {}{}REVOKE {option}{} ON {class} FROM {}",
                    for_role(Some(creator)),
                    within.unwrap_or_default(),
                    privileges.join(", "),
                    ident(role)
                )
            }
        }
    }
}

impl std::fmt::Display for Attribute {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Login => f.write_str("LOGIN"),
            Self::NoInherit => f.write_str("NOINHERIT"),
            Self::NoCreateDb => f.write_str("NOCREATEDB"),
            Self::NoCreateRole => f.write_str("NOCREATEROLE"),
            Self::NoReplication => f.write_str("NOREPLICATION"),
            Self::NoBypassRls => f.write_str("NOBYPASSRLS"),
            Self::ConnLimit(limit) => write!(f, "CONNECTION LIMIT {limit}"),
            Self::NeverExpires => f.write_str("VALID UNTIL 'infinity'"),
        }
    }
}

/// What a REVOKE names, with its class.
pub(crate) fn target_sql(target: &Target) -> String {
    match target {
        Target::Schema(schema) => format!("SCHEMA {}", ident(schema)),
        Target::Relations { schema, names } => format!("TABLE {}", relations(schema, names)),
        Target::Columns { schema, table, .. } => format!("TABLE {}", qualified(schema, table)),
        Target::Other(object) => object.clone(),
    }
}

/// Remembers relations as accepted, by oid; one that was dropped meanwhile is not.
fn accept(role: &str, from: &str, oids: &[u32]) -> String {
    let oids = oids.iter().map(ToString::to_string).collect::<Vec<_>>().join(",");
    format!(
        "INSERT INTO rolewright.accepted_relation (role, schema_name, relation_name, relation_oid) \
         SELECT {role}, n.nspname, c.relname, c.oid FROM {from}pg_catalog.pg_class c \
         JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE c.oid = ANY ('{{{oids}}}'::pg_catalog.oid[])"
    )
}

fn names(all: &[String]) -> String {
    idents(all.iter().map(String::as_str))
}

fn relations(schema: &str, tables: &[String]) -> String {
    tables.iter().map(|table| qualified(schema, table)).collect::<Vec<_>>().join(", ")
}

fn for_role(creator: Option<&str>) -> String {
    creator.map(|name| format!("FOR ROLE {} ", ident(name))).unwrap_or_default()
}

/// A setting's name; each part of an extension's `prefix.name` is quoted by itself.
fn setting(name: &str) -> String {
    name.split('.').map(ident).collect::<Vec<_>>().join(".")
}

fn value_sql(value: &Value) -> String {
    match value {
        Value::Text(text) => literal(text),
        Value::Names(all) => all.iter().map(|name| literal(name)).collect::<Vec<_>>().join(", "),
    }
}
