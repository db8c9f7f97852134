//! What a desired role may never read, whatever `read` says: by its own name, and as what a denied one shows again.

use std::iter;

use crate::{ancestors::Ancestor, computed::Computed};

use super::DesiredRole;

/// Relations that no managed role ever reads, whatever is configured: sealed secrets and what is derived from them, and the
/// texts of stored reports, and who the tenants are.
const ALWAYS_DENIED: [(&str, &str); 9] = [
    ("rolewright", "local_system_secrets"),
    ("rolewright", "role_fingerprint"),
    ("rolewright", "report"),
    ("rolewright", "report_version"),
    ("rolewright", "report_publication"),
    ("rolewright", "tenant"),
    ("rolewright", "tenant_holder"),
    ("rolewright", "tenant_job"),
    ("rolewright", "tenant_job_item"),
];

impl DesiredRole {
    /// Whether the whole relation is denied: by its own name, or because it is a partition or child of one that is.
    #[must_use]
    pub fn denies_table(&self, schema: &str, table: &str, ancestors: &[Ancestor]) -> bool {
        self.names_table(schema, table) || self.denied_ancestor(ancestors).is_some()
    }

    /// Whether this column is denied: with its table, by its own name, because a table that its own is a partition or child of has it and it
    /// is denied there, or because it is computed from one that is.
    #[must_use]
    pub fn denies_column(
        &self,
        schema: &str,
        table: &str,
        column: &str,
        computed: &Computed,
        ancestors: &[Ancestor],
    ) -> bool {
        let denied = |name| {
            self.names_column(schema, table, name) || self.denied_ancestor_of(name, ancestors).is_some()
        };
        self.denies_table(schema, table, ancestors)
            || iter::once(column).chain(computed.of(column)).any(denied)
    }

    /// Whether some pattern of `deny` could match a relation of this schema.
    #[must_use]
    pub fn denies_in_schema(&self, schema: &str) -> bool {
        ALWAYS_DENIED.iter().any(|(denied, _)| *denied == schema)
            || self.deny.iter().any(|deny| deny.schema.matches(schema))
    }

    /// Whether the whole relation is denied by its own name.
    pub(crate) fn names_table(&self, schema: &str, table: &str) -> bool {
        ALWAYS_DENIED.contains(&(schema, table)) || self.deny.iter().any(|deny| deny.table(schema, table))
    }

    /// Whether the column is denied by its own name.
    pub(crate) fn names_column(&self, schema: &str, table: &str, column: &str) -> bool {
        self.deny.iter().any(|deny| deny.column.is_some() && deny.column(schema, table, column))
    }

    /// The first of these that is denied as a whole.
    pub(crate) fn denied_ancestor<'a>(&self, ancestors: &'a [Ancestor]) -> Option<&'a Ancestor> {
        ancestors.iter().find(|one| self.names_table(&one.schema, &one.name))
    }

    /// The first of these that has the column and of which it is denied.
    pub(crate) fn denied_ancestor_of<'a>(
        &self,
        column: &str,
        ancestors: &'a [Ancestor],
    ) -> Option<&'a Ancestor> {
        let denied = |one: &&Ancestor| {
            one.columns.contains(column) && self.names_column(&one.schema, &one.name, column)
        };
        ancestors.iter().find(denied)
    }
}
