//! What changes are made of: attributes, settings' values, and what a right is taken from.

/// What a right is taken from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Target {
    /// A schema.
    Schema(String),
    /// Relations of one schema; sequences too, which `ON TABLE` takes.
    Relations {
        /// The schema.
        schema: String,
        /// The relations.
        names: Vec<String>,
    },
    /// Columns of one relation.
    Columns {
        /// The schema.
        schema: String,
        /// The relation.
        table: String,
        /// The columns.
        columns: Vec<String>,
    },
    /// Anything else, as REVOKE names it.
    Other(String),
}

/// A role attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Attribute {
    /// LOGIN.
    Login,
    /// NOINHERIT.
    NoInherit,
    /// NOCREATEDB.
    NoCreateDb,
    /// NOCREATEROLE.
    NoCreateRole,
    /// NOREPLICATION.
    NoReplication,
    /// NOBYPASSRLS.
    NoBypassRls,
    /// CONNECTION LIMIT.
    ConnLimit(i32),
    /// VALID UNTIL 'infinity'.
    NeverExpires,
}

/// A setting's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// One value.
    Text(String),
    /// A list of names, as `search_path` takes it.
    Names(Vec<String>),
}

impl std::fmt::Display for Target {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Schema(schema) => f.write_str(schema),
            Self::Relations { schema, names } => f.write_str(&several(schema, names)),
            Self::Columns { schema, table, columns } => {
                write!(f, "{schema}.{table} ({})", columns.join(", "))
            }
            Self::Other(object) => f.write_str(object),
        }
    }
}

/// `schema.table`, or `schema.{a, b}`, or `schema.{a, b, c and 97 more}`.
pub(super) fn several(schema: &str, tables: &[String]) -> String {
    match tables {
        [one] => format!("{schema}.{one}"),
        few if few.len() <= 5 => format!("{schema}.{{{}}}", few.join(", ")),
        many => format!("{schema}.{{{} and {} more}}", many[..3].join(", "), many.len() - 3),
    }
}
