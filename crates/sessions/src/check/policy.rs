//! What a role's reports may read and call, as it is configured.

use rolewright_core::{
    Ident,
    pattern::{Deny, Read},
    settings::RoleSettings,
};

/// What the check holds a text against.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The connection's name, `NAME` of `[roles.NAME]`: errors name its keys.
    pub connection: String,
    /// The role that reports run as.
    pub role: Ident,
    /// What they may read.
    pub read: Vec<Read>,
    /// What they may not, whatever `read` says, with the partitions and children that have it.
    pub deny: Vec<Deny>,
    /// User-made functions that they may call.
    pub functions: Vec<Read>,
    /// Functions that run with their owner's rights and that they may call.
    pub definer_functions: Vec<Read>,
}

impl Policy {
    /// The policy of `[roles.NAME]`.
    #[must_use]
    pub fn new(connection: &str, role: &RoleSettings) -> Self {
        Self {
            connection: connection.to_owned(),
            role: role.role.clone(),
            read: role.read.clone(),
            deny: role.deny.clone(),
            functions: role.functions.clone(),
            definer_functions: role.definer_functions.clone(),
        }
    }

    pub(crate) fn reads(&self, schema: &str, table: &str) -> bool {
        self.read.iter().any(|read| read.covers_table(schema, table))
    }

    /// Whether `read` names this very relation.
    pub(crate) fn names(&self, schema: &str, table: &str) -> bool {
        self.read.iter().any(|read| read.names_table(schema, table))
    }

    pub(crate) fn denies_table(&self, schema: &str, table: &str) -> bool {
        schema == "rolewright" || self.deny.iter().any(|deny| deny.table(schema, table))
    }

    pub(crate) fn denies_column(&self, schema: &str, table: &str, column: &str) -> bool {
        schema == "rolewright" || self.deny.iter().any(|deny| deny.column(schema, table, column))
    }

    pub(crate) fn lists(&self, schema: &str, function: &str) -> bool {
        self.functions.iter().any(|listed| listed.covers_table(schema, function))
    }

    pub(crate) fn lists_definer(&self, schema: &str, function: &str) -> bool {
        self.definer_functions.iter().any(|listed| listed.covers_table(schema, function))
    }
}
