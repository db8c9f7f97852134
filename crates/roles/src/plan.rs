//! A plan: what would be changed, what deserves a look, and what stands in the way.

use serde::{Serialize, Serializer, ser::SerializeStruct};

use crate::Change;

/// The difference between what is desired and what is, in the order in which it is applied.
///
/// It serialises without any secret, as `{"changes":[{"kind","object","role","sql"}],"findings":[…],"refusals":[…]}`.
///
/// ```
/// use rolewright_roles::{Change, Plan};
///
/// let change = Change::GrantSchema { schema: "reporting".to_owned(), roles: vec!["clinic_reporting".to_owned()] };
/// let plan = Plan { changes: vec![change], ..Plan::default() };
/// assert!(!plan.in_sync());
/// assert_eq!(
///     serde_json::to_value(&plan)?["changes"][0]["sql"],
///     r#"GRANT USAGE ON SCHEMA "reporting" TO "clinic_reporting""#
/// );
/// # Ok::<(), serde_json::Error>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Plan {
    /// The changes, in order.
    pub changes: Vec<Change>,
    /// What does not stop the rest, and should be known.
    pub findings: Vec<Finding>,
    /// What stops everything until an administrator has acted.
    pub refusals: Vec<Refusal>,
    /// What the module's own roles gave away, each among the findings too.
    #[serde(skip)]
    pub gifts: Vec<Gift>,
}

/// A right that a role of the module's gave, be it a tenant, the login of its reports or the module's own: it stops nothing, since any
/// text of theirs could stop everything by it, and is taken back with the giver's rights.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Gift {
    /// Who gave it.
    pub giver: String,
    /// The statement that takes it back.
    pub statement: String,
    /// On what it is.
    pub object: String,
}

/// Something that does not stop the rest.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// The managed role concerned; absent where it concerns all.
    pub role: Option<String>,
    /// What kind of thing it is, such as `ungrantable-table`.
    pub kind: String,
    /// The object.
    pub object: String,
    /// What is the matter, in a sentence without a full stop.
    pub message: String,
    /// The statement or setting that mends it.
    pub fix: Option<String>,
}

/// The kind of refusal of a role whose password core may not set, and that is not known to be the derived one: a login proves it.
pub const UNKNOWN_PASSWORD: &str = "unknown-password";

/// Something that core cannot mend, and that makes going on unsafe.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Refusal {
    /// The managed role concerned.
    pub role: Option<String>,
    /// What kind of thing it is, such as `foreign-role`.
    pub kind: String,
    /// The object.
    pub object: String,
    /// What is the matter, in a sentence without a full stop.
    pub message: String,
    /// The exact statement an administrator must run, or the key to set.
    pub fix: String,
}

impl Plan {
    /// Whether applying it would do nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// Whether the database is as desired: nothing to change, nothing in the way, and nothing to decide.
    #[must_use]
    pub fn in_sync(&self) -> bool {
        self.changes.is_empty()
            && self.refusals.is_empty()
            && !self.findings.iter().any(Finding::needs_decision)
    }
}

impl Finding {
    /// The kind of a relation that was never seen before and waits to be accepted.
    pub const HELD_RELATION: &str = "held-relation";

    /// Whether somebody must decide, so that `check` says that the database is not as configured. An apply goes on all
    /// the same, because nothing is readable that must not be.
    #[must_use]
    pub fn needs_decision(&self) -> bool {
        self.kind == Self::HELD_RELATION || crate::consent::NEED_DECISION.contains(&self.kind.as_str())
    }
}

impl From<Refusal> for Finding {
    fn from(Refusal { role, kind, object, message, fix }: Refusal) -> Self {
        Self { role, kind, object, message, fix: Some(fix) }
    }
}

impl Serialize for Change {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut change = serializer.serialize_struct("Change", 4)?;
        change.serialize_field("kind", self.kind())?;
        change.serialize_field("object", &self.object())?;
        change.serialize_field("role", &self.role())?;
        change.serialize_field("sql", &self.sql())?;
        change.end()
    }
}
