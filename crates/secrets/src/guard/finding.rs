//! One thing that exposes the table of secrets, and the error a start gives up with: for the start and for `doctor`.

use std::fmt;

use rolewright_core::{Advice, Exit};

/// How the table is exposed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum FindingKind {
    /// A trigger runs with each row, and can copy it.
    Trigger,
    /// A rewrite rule does the same.
    Rule,
    /// A publication sends the rows to subscribers.
    Publication,
    /// Somebody other than the owner holds a privilege on the table.
    Grant,
    /// Somebody other than the owner holds a privilege on a column.
    ColumnGrant,
    /// The table would be born with such a privilege, if it were made again. Nothing is exposed by it now.
    DefaultPrivileges,
    /// Another table inherits from it, or it from another, so that one's rows are read through the other's grants.
    Inheritance,
    /// A view or materialized view reads it.
    View,
    /// The table belongs to another role than the one that is connected.
    Owner,
}

impl FindingKind {
    fn parse(kind: &str) -> Option<Self> {
        Some(match kind {
            "trigger" => Self::Trigger,
            "rule" => Self::Rule,
            "publication" => Self::Publication,
            "grant" => Self::Grant,
            "column_grant" => Self::ColumnGrant,
            "default_privileges" => Self::DefaultPrivileges,
            "inheritance" => Self::Inheritance,
            "view" => Self::View,
            "owner" => Self::Owner,
            _ => return None,
        })
    }

    /// Whether nothing is exposed yet, but would be if the table were made again.
    #[must_use]
    pub fn is_latent(self) -> bool {
        self == Self::DefaultPrivileges
    }
}

/// One thing that exposes the table. Its `Display` is one line for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// How.
    pub kind: FindingKind,
    /// What does it: the name of a trigger, publication, grantee, table, view or owner.
    pub object: String,
    /// What it does, in a sentence's words.
    pub detail: String,
    /// The SQL that mends it, to be run by whoever owns the object.
    pub mend: String,
}

impl Finding {
    pub(super) fn new(kind: &str, object: String, detail: String, mend: String) -> Option<Self> {
        Some(Self { kind: FindingKind::parse(kind)?, object, detail, mend })
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.detail)
    }
}

/// The error of a start that refuses because the table is exposed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the table rolewright.local_system_secrets is exposed: {}", listed(.0))]
pub struct Exposed(pub Vec<Finding>);

fn listed(findings: &[Finding]) -> String {
    findings.iter().map(Finding::to_string).collect::<Vec<_>>().join("; ")
}

impl Advice for Exposed {
    fn hint(&self) -> Option<String> {
        let mends: Vec<&str> = self.0.iter().map(|finding| finding.mend.as_str()).collect();
        Some(format!(
            "run `{}`, or set `crypto.exposure = \"warn\"` to go on regardless",
            if mends.is_empty() { "rolewright doctor".to_owned() } else { mends.join(" ") }
        ))
    }

    fn exit(&self) -> Exit {
        Exit::NoPermission
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hint_of_sql_has_no_doubled_punctuation() {
        let finding = |mend: &str| Finding {
            kind: FindingKind::View,
            object: "v".to_owned(),
            detail: "the view v reads it".to_owned(),
            mend: mend.to_owned(),
        };
        let hint = Exposed(vec![finding("DROP VIEW v;"), finding("DROP VIEW w;")]).hint().unwrap();
        assert_eq!(
            hint,
            "run `DROP VIEW v; DROP VIEW w;`, or set `crypto.exposure = \"warn\"` to go on regardless"
        );
        assert!(Exposed(Vec::new()).hint().unwrap().starts_with("run `rolewright doctor`, or set"));
    }
}
