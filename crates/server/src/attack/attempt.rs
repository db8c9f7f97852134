//! One attempt of the corpus: what is sent, what its next user asks, and how to tell that it worked.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{At, Effect};

/// What somebody might send, as data.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct Attempt {
    /// A stable name.
    pub id: String,
    /// The kind of harm, such as `txn-escape`.
    pub class: String,
    /// Whose text it is.
    pub mode: Mode,
    /// The connection it is written for; where the configuration has none of that name, every connection's role tries it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<String>,
    /// Legitimate: it must succeed.
    #[serde(default)]
    pub control: bool,
    /// The first major version it applies to, where that is later than 14.
    #[serde(default)]
    pub min_version: Option<u32>,
    /// It would burden the server; without leave, `bounded` runs in its place.
    #[serde(default)]
    pub heavy: bool,
    /// Relations and routines it speaks of, as `schema.name`, and columns, as `schema.name.column`; where one is missing it proves nothing, and is left out.
    #[serde(default)]
    pub needs: Vec<String>,
    /// The statements, joined by `;` into one text. `{readable}`, `{denied}`, `{schema}`, `{role}`, `{core}` and `{database}` stand for
    /// quoted names of the database at hand; `{denied.name}` and its like for the bare name inside a literal.
    pub sql: Vec<String>,
    /// What `{at}` in `sql` stands for: the text is sent once for each value, and the answers are held against one another.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub at: Option<At>,
    /// The same idea in a size that harms nobody.
    #[serde(default)]
    pub bounded: Vec<String>,
    /// What the next user of the session asks, whose answer must not have changed.
    #[serde(default)]
    pub next_user_sql: Vec<String>,
    /// The next user's answer is random, and must not come out the same twice.
    #[serde(default)]
    pub repeats: bool,
    /// Output that by itself is an effect.
    #[serde(default)]
    pub seen_as: Vec<SeenAs>,
    /// What is expected, in words.
    #[serde(default)]
    pub expect: String,
    /// Remarks, in words.
    #[serde(default)]
    pub notes: String,
    /// Outcomes of the extended protocol on a login that holds SELECT on everything, by the majors on which they were seen.
    #[serde(default)]
    pub seen_on_plain_login: BTreeMap<String, String>,
    /// Defences that stopped it where it was tried, in words.
    #[serde(default)]
    pub stopped_by: String,
}

/// Whose text an attempt is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Mode {
    /// A report's, as a managed read role.
    #[default]
    Login,
    /// A tenant's.
    Tenant,
    /// A subject's, under row level security.
    Rls,
}

/// Output that by itself is an effect.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub struct SeenAs {
    /// The effect.
    pub effect: Effect,
    /// What a value or an error contains; `*` means that any value came back.
    pub text: String,
}

impl Attempt {
    /// What is wrong with its form, by the field.
    pub(super) fn problem(&self) -> Option<(&'static str, &'static str)> {
        let blank = |texts: &[String]| texts.iter().any(|text| text.trim().is_empty());
        if self.id.trim().is_empty() {
            Some(("id", "is empty"))
        } else if self.class.trim().is_empty() {
            Some(("class", "is empty"))
        } else if self.sql.is_empty() || blank(&self.sql) {
            Some(("sql", "has no statement, or an empty one"))
        } else if blank(&self.next_user_sql) {
            Some(("next_user_sql", "has an empty statement"))
        } else if self.repeats && self.next_user_sql.is_empty() {
            Some(("repeats", "needs next_user_sql"))
        } else if !self.bounded.is_empty() && !self.heavy {
            Some(("bounded", "belongs to heavy attempts"))
        } else if let Some(problem) = self.at.as_ref().and_then(|at| at.problem(self.control, &self.sql)) {
            Some(("at", problem))
        } else if self.at.is_some() && (self.repeats || self.heavy) {
            Some(("at", "does not go with `repeats` or `heavy`"))
        } else if self.seen_as.iter().any(|seen| seen.text.is_empty() || seen.effect == Effect::None) {
            Some(("seen_as", "needs an effect and a text"))
        } else {
            None
        }
    }
}
