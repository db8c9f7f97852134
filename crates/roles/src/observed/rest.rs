//! What the catalogs say of everything that is neither a role, a schema nor a relation.

use std::collections::BTreeSet;

use serde::Deserialize;

use crate::ancestors::Ancestor;

use super::AclItem;

/// A right on an object of a class that no managed role has business with.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Other {
    /// The object as REVOKE names it, such as `ROUTINE s.f(integer)`; absent where its class has no such form here.
    pub target: Option<String>,
    /// The object as PostgreSQL describes it.
    pub description: String,
    /// The schema and name of a routine.
    #[serde(default)]
    pub routine: Option<(String, String)>,
    /// The right.
    #[serde(flatten)]
    pub item: AclItem,
}

/// One entry of `pg_default_acl`.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct DefaultAcl {
    /// Whose future objects.
    pub owner: String,
    /// In which schema; absent means everywhere.
    pub schema: Option<String>,
    /// `pg_default_acl.defaclobjtype`: `r`, `S`, `f`, `T`, `n` or `L`.
    pub class: char,
    /// The right.
    #[serde(flatten)]
    pub item: AclItem,
}

/// One relation that shows rows of another with rights that are not the reader's.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Shows {
    /// The schema of the one that shows.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// What it is: `view`, `materialized view` or `parent`.
    pub kind: String,
    /// The schema of the one that is shown.
    pub of_schema: String,
    /// Its name.
    pub of_name: String,
    /// The columns it names, where it names any, and those that they are computed from.
    pub of_columns: BTreeSet<String>,
    /// What the one that is shown is a partition or child of.
    pub of_ancestors: Vec<Ancestor>,
}

/// What a policy reads that holds managed roles to rows of a table when they select from it: with their own rights.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct PolicyReads {
    /// The table's schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// The policy.
    pub policy: String,
    /// The managed roles that it names; absent where it is for everyone.
    pub roles: Option<BTreeSet<String>>,
    /// The schema of what it reads.
    pub of_schema: String,
    /// Its name.
    pub of_name: String,
    /// The columns it names, where it names any.
    pub of_columns: BTreeSet<String>,
}

/// A volatile `SECURITY DEFINER` routine that `PUBLIC` may execute.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq)]
pub struct Definer {
    /// Its schema.
    pub schema: String,
    /// Its name.
    pub name: String,
    /// Its name with schema and argument types, as REVOKE takes it.
    pub identity: String,
    /// Its owner.
    pub owner: String,
    /// Whether core may take EXECUTE from everyone.
    pub revocable: bool,
    /// Whether everyone has USAGE on its schema.
    pub public_usage: bool,
}
