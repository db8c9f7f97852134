//! Why the check refuses a text that PostgreSQL itself would take, in words for its author.

use super::tree::Unsound;

/// What a key would begin with for a tenant's own reports, whose connection has no keys.
const OF_TENANT: &str = "roles.tenant:";

/// What a text may not do, and what would let it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Denial {
    /// One of PostgreSQL's own functions that is not open to reports.
    #[error("a report may not call {name}")]
    Builtin {
        /// The function.
        name: String,
    },
    /// A user-made function that is not listed.
    #[error("a report may not call {function}, which is not listed for it")]
    Function {
        /// Schema and name.
        function: String,
        /// The key that would list it.
        key: String,
    },
    /// The function of an operator, an aggregate or a domain is not open.
    #[error("a report may not use {what}: {why}")]
    Through {
        /// What is used.
        what: String,
        /// What is behind it.
        why: Box<Denial>,
    },
    /// A type whose values name objects of the database.
    ///
    /// It is not named: a constant of such a type that is looked up in vain is refused in the same words.
    #[error(
        "a value that is looked up in the catalogs, as those of regclass, regrole, regconfig and aclitem are, is not there, or not for reports"
    )]
    LookedUp,
    /// A constant that could be of a domain that the role cannot look up.
    #[error("a constant may be made of a domain whose checks call what reports may not")]
    Constant,
    /// The type of a catalog's rows, whose columns name objects too.
    #[error("a report may not use the type of a catalog's rows")]
    CatalogRow,
    /// A set operation casts to or from a type of the application's.
    #[error("UNION, INTERSECT or EXCEPT would cast values of {name} unasked")]
    Cast {
        /// Schema and name of the type.
        name: String,
    },
    /// A relation of the system.
    #[error("a report may not read {relation}, which is the system's")]
    Catalog {
        /// Schema and name.
        relation: String,
    },
    /// A relation that the role is not told to read.
    #[error("{relation} is not among what this role reads")]
    Unread {
        /// Schema and name.
        relation: String,
        /// The key that would add it.
        key: String,
    },
    /// A partition or child that shows what its parent's row level security hides, and that the role reads by a pattern only.
    #[error(
        "{relation} shows rows that the row level security of the table that it is a partition or child of may hide, and this role is not told to read it by its name"
    )]
    Bypasses {
        /// Schema and name.
        relation: String,
        /// The key that would name it.
        key: String,
    },
    /// A relation, or columns of one, denied to the role.
    #[error("{object} is denied to this role")]
    Denied {
        /// Schema and name, with the columns.
        object: String,
        /// The key that denies it.
        key: String,
    },
    /// A readable relation shows rows of one that is not.
    #[error("{relation} shows {shown}")]
    Shows {
        /// What the report reads.
        relation: String,
        /// What it would see.
        shown: String,
        /// The key that denies that.
        key: String,
    },
    /// A view that hides rows, but not from a condition that tells what it saw.
    #[error("{view} hides rows, and this query's conditions could see them first: {why}")]
    Barrier {
        /// The view.
        view: String,
        /// What it is that could tell.
        why: String,
        /// Whether it is a barrier already, or it would not help that it were: its own columns are computed too early.
        barrier: bool,
    },
    /// A condition that fails by the rows that it sees, and is evaluated before any are hidden.
    #[error(
        "a condition of this query {}, which could tell of rows that are hidden from this role",
        what_it_does(*.0)
    )]
    Unsound(Unsound),
    /// A condition that computes something only when it is asked for a row, and may fail at that.
    #[error(
        "a condition of this query computes something without any column in it that can fail, and whether it does could tell of rows that are hidden from this role"
    )]
    Loose,
    /// A view, or a policy, that compares a column with what is computed once and may fail, where the text compares that column too.
    #[error(
        "{relation} compares a column with what is computed only when a row needs it and can fail, and this query compares that column with rows of which some are hidden from this role"
    )]
    Beside {
        /// Schema and name of the view, or of the table that the policy is of.
        relation: String,
    },
    /// A view that keeps one of several rows, where the text, or another view, tells apart what it takes for equal.
    #[error(
        "{view} keeps one of several rows that it takes for equal{}, and this query, or a view that it reads, compares that in a way that could choose another",
        by_column(column)
    )]
    Kept {
        /// The view.
        view: String,
        /// Its column, where that is compared by the text.
        column: Option<String>,
    },
    /// A view that hides rows, and computes something for them before it does that can fail.
    #[error("{view} hides rows, and computes for them what could tell of them before it does")]
    Placed {
        /// The view.
        view: String,
    },
    /// A function that the planner merges with the query around it, and whose own conditions then hide nothing from that.
    #[error("conditions on the rows of {function}{} could see them before it hides any", of_view(view))]
    Merged {
        /// Schema and name.
        function: String,
        /// The view that shows the rows.
        view: Option<String>,
    },
    /// Something that the role may not look up, so that it is not named.
    #[error(
        "this query leads to something in a schema that this role may not look into, and that is not open to it"
    )]
    Hidden,
    /// A record of which nothing is said, where the server casts what is in it by itself.
    #[error(
        "what the record of {function} has in it is not known, and this query makes JSON or text of records"
    )]
    Record {
        /// Schema and name.
        function: String,
    },
    /// The planner would copy it until its memory is gone.
    #[error("the planner would copy parts of this query too often")]
    Copied,
    /// System columns of a table whose rows are hidden by row level security.
    #[error(
        "ctid, xmin and their like, and TABLESAMPLE, tell of the rows of {relation} that are hidden from this role"
    )]
    Place {
        /// Schema and name.
        relation: String,
    },
    /// The check would take an unqualified name for something else than the role does.
    #[error("the check may not look into the schema {schema}, in which this role looks up its names")]
    Shut {
        /// The schema.
        schema: String,
    },
    /// `FOR UPDATE` and the like.
    #[error("a report may not lock rows")]
    Locks,
    /// Something else than one SELECT.
    #[error("a report is one query that only reads")]
    NotOneQuery,
    /// The server's tree holds something unknown, which is refused to be safe.
    #[error("the query uses something that cannot be checked: {what}")]
    Unknown {
        /// What.
        what: String,
    },
    /// There is too much in it to be checked.
    #[error("the query is too large to be checked")]
    TooLarge,
    /// More parameters than a function may have.
    #[error("the query has {count} parameters, and at most {most} can be checked")]
    TooManyParameters {
        /// How many there are.
        count: usize,
        /// The most there may be.
        most: usize,
    },
}

fn what_it_does(unsound: Unsound) -> &'static str {
    match unsound {
        Unsound::Built => "builds arrays or rows from columns or queries",
        Unsound::Collation => "compares texts of two collations",
        Unsound::Leakproof => "compares circles or line segments, or calls starts_with",
        Unsound::Broken => "has an oidvector, or makes a \"char\", in it",
    }
}

fn by_column(column: &Option<String>) -> String {
    column.as_ref().map(|column| format!(" by {column}")).unwrap_or_default()
}

fn of_view(view: &Option<String>) -> String {
    view.as_ref().map(|view| format!(", which {view} shows,")).unwrap_or_default()
}

impl Denial {
    pub(crate) fn hint(&self) -> String {
        match self {
            // No key opens anything else to these.
            Self::Unread { key, .. } if key.starts_with(OF_TENANT) => "a tenant's report reads the tables and views of the tenant's own schema, and nothing else".to_owned(),
            Self::Function { key, .. } if key.starts_with(OF_TENANT) => "a tenant's report calls PostgreSQL's built-in functions, and nothing else".to_owned(),
            Self::Bypasses { key, .. } if key.starts_with(OF_TENANT) => "read the table that it is a partition or child of, or enable row level security on it too".to_owned(),
            Self::Denied { key, .. } | Self::Shows { key, .. } if key.starts_with(OF_TENANT) => "leave it out of the query: no tenant's report reads it".to_owned(),
            Self::Builtin { .. } => "use functions that compute from the report's own values; those that look at the server, its settings, sessions, files or catalogs are closed to reports".to_owned(),
            Self::Function { function, key } => format!("add \"{function}\" to {key}"),
            Self::Through { why, .. } => why.hint(),
            Self::LookedUp => "compare names as text; what is taken is `pg_typeof(…)`, `tableoid::regclass`, and the configuration of a text search where it is used".to_owned(),
            Self::Constant => "put values of arrays, rows and ranges into parameters: `= any(:ids)`".to_owned(),
            Self::CatalogRow => "name the columns and their types, as in `jsonb_to_record(…) AS (name text)`".to_owned(),
            Self::Cast { .. } => "cast the columns to the same type in each of the queries".to_owned(),
            Self::Catalog { .. } => "catalogs and statistics are not report data; read the application's own tables and views".to_owned(),
            Self::Unread { relation, key } => format!("add \"{relation}\" to {key}; `rolewright matrix` shows what the role reads"),
            Self::Bypasses { relation, key } => format!("read the table that it is a partition or child of; or enable row level security on it too; or add \"{relation}\" to {key}"),
            Self::Denied { key, .. } => format!("leave it out of the query, or remove the entry of {key} that denies it"),
            Self::Shows { relation, key, .. } => format!("read another relation than {relation}, or remove the entry of {key} that denies what it shows"),
            Self::Barrier { view, barrier: true, .. } => format!("compare other columns of {view}, or what cannot fail, such as x->>'a' without a cast; or let a materialized view compute it"),
            Self::Barrier { view, .. } => format!("run ALTER VIEW {view} SET (security_barrier); or compute that in the list of the result; or let what hides rows read a view that the role reads"),
            Self::Unsound(Unsound::Built) => "compare the columns by themselves, as in `x = a OR x = b`, and build arrays and rows in the list of the result".to_owned(),
            Self::Unsound(Unsound::Collation) => "say which collation it is to be, as in `a COLLATE \"C\" = b`".to_owned(),
            Self::Unsound(Unsound::Leakproof) => "compare numbers, such as radius(c) or the length of a segment, and use LIKE".to_owned(),
            Self::Unsound(Unsound::Broken) => "use oid[] for the one, and text or bytea for the other".to_owned(),
            Self::Loose => "give a parameter the type that it is compared as; or compute it beforehand, in WITH … AS MATERIALIZED (SELECT … AS x), and compare with x".to_owned(),
            Self::Beside { relation } => format!("read {relation} in WITH … AS MATERIALIZED (SELECT … FROM {relation}), and compare with that"),
            Self::Kept { view, .. } => format!("compare it as it is, by = or < and their like, without a cast, a collation or a function; or read {view} in WITH … AS MATERIALIZED (SELECT … FROM {view}), and compare with that"),
            Self::Placed { view } => format!("compute it in the list of the result of {view}, or of a view over it, and read that outside of outer joins; or let a generated column, a SECURITY DEFINER function or a materialized view give it"),
            Self::Merged { function, .. } => format!("make {function} VOLATILE, or write it in PL/pgSQL, so that it keeps its rows to itself; or put the condition into a parameter of it"),
            Self::Hidden => "the log of the program that runs it names what it is and what would open it, at the level info".to_owned(),
            Self::Record { function } => format!("let {function} say what it gives, by OUT parameters or RETURNS TABLE"),
            Self::Copied => "let WITH … AS MATERIALIZED keep what is used more than once, and read what has many partitions less often; or make it several reports".to_owned(),
            Self::Place { .. } => "name the columns of the table's own, and take rows by a condition".to_owned(),
            Self::Shut { schema } => format!("grant USAGE on the schema {schema} to the role of `sandbox.checker`, or revoke it from this role; `rolewright apply` does so for schemas of `read`"),
            Self::Locks => "remove FOR UPDATE, FOR SHARE and the like".to_owned(),
            Self::NotOneQuery => "write one SELECT, VALUES, TABLE or WITH … SELECT".to_owned(),
            Self::Unknown { .. } => "write it another way; `rolewright doctor` says whether this server's version is supported".to_owned(),
            Self::TooLarge => "put long lists of values into an array parameter: `= any(:ids)`, or make it several reports".to_owned(),
            Self::TooManyParameters { .. } => "put them into an array parameter: `= any(:ids)`".to_owned(),
        }
    }
}
