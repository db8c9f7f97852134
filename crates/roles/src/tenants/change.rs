//! What would be changed for tenants, and what stands in the way.

use std::collections::BTreeMap;

use rolewright_core::{Ident, tenant::TenantId};
use serde::Serialize;

use super::State;
use crate::{Finding, Refusal, password::Credential, quote::literal};

/// One change. It serialises without any secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct TenantChange {
    /// Its kind, such as `create-tenant`.
    pub kind: &'static str,
    /// What it is done to; several names are joined with a comma.
    pub object: String,
    /// The role it is done for.
    pub role: String,
    /// The statements, any verifier as `***`.
    pub sql: String,
    /// The same, one by one.
    #[serde(skip)]
    pub(super) parts: Vec<String>,
    /// The password it sets.
    #[serde(skip)]
    pub(super) credential: Option<(Ident, Credential)>,
    /// The keeper with whose rights it is done; core's where there is none.
    #[serde(skip)]
    pub(super) keeper: Option<Ident>,
}

/// The difference between what is wanted and what is, for one batch of tenants.
#[derive(Clone, Debug, Default, Serialize)]
pub struct TenantPlan {
    /// The changes, in order.
    pub changes: Vec<TenantChange>,
    /// What does not stop the rest, and should be known.
    pub findings: Vec<Finding>,
    /// Tenants that stand in their own way, with the reason and what an administrator must run; the others are not stopped.
    pub refused: BTreeMap<TenantId, Vec<Refusal>>,
    /// The names under which the logins of their reports are there: their own, or others that somebody gave them.
    #[serde(skip)]
    pub reporters: BTreeMap<TenantId, Vec<Ident>>,
    /// The rows of `rolewright.tenant` to be written.
    #[serde(skip)]
    pub(super) rows: Vec<NewRow>,
}

/// A tenant's row as it shall be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct NewRow {
    pub(super) id: TenantId,
    pub(super) role: Ident,
    pub(super) number: Number,
    pub(super) bucket: u32,
    pub(super) keeper: Option<u32>,
    pub(super) state: State,
    /// The places it gives up: those of its row until now.
    pub(super) leaves: Option<(u32, Option<u32>)>,
}

/// What a row takes as the number of its tenant's role.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Number {
    /// That of the role that bears the tenant's name, which is made in the same transaction.
    OfItsName,
    /// This one.
    Is(u32),
    /// The one it has.
    Stays,
}

impl TenantChange {
    /// A change of this kind to this object, for this role.
    #[must_use]
    pub fn new(kind: &'static str, object: impl Into<String>, role: &str, parts: Vec<String>) -> Self {
        let (object, role, sql) = (object.into(), role.to_owned(), parts.join(";\n"));
        Self { kind, object, role, sql, parts, credential: None, keeper: None }
    }

    /// The statements as they are sent, with its keeper's rights; nothing where the verifier has not the shape of one.
    pub(super) fn secret_sql(&self) -> Option<Vec<String>> {
        let mut parts = self.parts.clone();
        if let Some((_, credential)) = &self.credential {
            if !credential.verifier.is_well_formed() {
                return None;
            }
            let verifier = literal(credential.verifier.expose());
            parts = parts.iter().map(|part| part.replace("'***'", &verifier)).collect();
        }
        if let Some(keeper) = &self.keeper {
            parts.insert(0, format!("SET LOCAL ROLE {}", keeper.quoted()));
            parts.push("SET LOCAL ROLE NONE".to_owned());
        }
        Some(parts)
    }
}

impl TenantPlan {
    /// Whether applying it would do nothing.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty() && self.rows.is_empty()
    }

    /// Notes what does not stop the tenant whose role, or whose reports' login, this is.
    pub(super) fn find(&mut self, kind: &str, role: &str, object: &str, message: String, fix: String) {
        self.findings.push(Finding {
            role: Some(role.to_owned()),
            kind: kind.to_owned(),
            object: object.to_owned(),
            message,
            fix: Some(fix),
        });
    }

    pub(super) fn refuse(&mut self, id: &TenantId, kind: &str, role: &str, message: String, fix: String) {
        self.refused.entry(id.clone()).or_default().push(Refusal {
            role: Some(role.to_owned()),
            kind: kind.to_owned(),
            object: role.to_owned(),
            message,
            fix,
        });
    }
}
