//! What would be changed in a room, and what stands in the way.

use std::collections::BTreeMap;

use rolewright_core::Ident;
use serde::Serialize;

use crate::{AppliedChange, Finding, Refusal, password::Credential, quote::literal};

/// The difference between what is wanted and what is.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RoomPlan {
    /// The changes, in order, any verifier as `***`.
    pub changes: Vec<AppliedChange>,
    /// What does not stop the rest, and should be known.
    pub findings: Vec<Finding>,
    /// Who or what stands in its own way, with the reason and what an administrator must run; the others are not stopped, unless the
    /// room says so.
    pub refused: BTreeMap<String, Vec<Refusal>>,
    /// The statements of each change, and the password it sets.
    #[serde(skip)]
    pub(crate) steps: Vec<Step>,
}

/// A change's statements as they are sent.
#[derive(Clone, Debug)]
pub(crate) struct Step {
    parts: Vec<String>,
    pub(crate) credential: Option<(Ident, Credential)>,
}

impl Step {
    /// The statements with the verifier in them; nothing where it has not the shape of one.
    pub(crate) fn secret_sql(&self) -> Option<Vec<String>> {
        match &self.credential {
            Some((_, credential)) if !credential.verifier.is_well_formed() => None,
            Some((_, credential)) => {
                let verifier = literal(credential.verifier.expose());
                Some(self.parts.iter().map(|part| part.replace("'***'", &verifier)).collect())
            }
            None => Some(self.parts.clone()),
        }
    }
}

impl RoomPlan {
    /// Whether applying it would do nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    pub(crate) fn push(&mut self, kind: &'static str, object: &str, role: &str, parts: Vec<String>) {
        self.push_with(kind, object, role, parts, None);
    }

    pub(crate) fn push_with(
        &mut self,
        kind: &'static str,
        object: &str,
        role: &str,
        parts: Vec<String>,
        credential: Option<(Ident, Credential)>,
    ) {
        let sql = parts.join(";\n");
        self.changes.push(AppliedChange { kind, object: object.to_owned(), role: role.to_owned(), sql });
        self.steps.push(Step { parts, credential });
    }

    /// What stands in the way of something that is nobody's role.
    pub(crate) fn block(&mut self, what: &str, kind: &str, object: &str, message: String, fix: String) {
        self.refused.entry(what.to_owned()).or_default().push(Refusal {
            role: None,
            kind: kind.to_owned(),
            object: object.to_owned(),
            message,
            fix,
        });
    }

    /// What concerns nobody's role alone.
    pub(crate) fn tell(&mut self, kind: &str, object: &str, message: String, fix: String) {
        let (role, fix) = (None, Some(fix));
        self.findings.push(Finding { role, kind: kind.to_owned(), object: object.to_owned(), message, fix });
    }

    pub(crate) fn refuse(&mut self, role: &str, kind: &str, object: &str, message: String, fix: String) {
        self.refused.entry(role.to_owned()).or_default().push(Refusal {
            role: Some(role.to_owned()),
            kind: kind.to_owned(),
            object: object.to_owned(),
            message,
            fix,
        });
    }

    pub(crate) fn find(&mut self, role: &str, kind: &str, object: &str, message: String, fix: String) {
        let (role, fix) = (Some(role.to_owned()), Some(fix));
        self.findings.push(Finding { role, kind: kind.to_owned(), object: object.to_owned(), message, fix });
    }
}
