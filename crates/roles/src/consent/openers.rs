//! Who may look into our schemas, and who may open records.

use std::collections::BTreeSet;

use super::{Wanted, diff::EVERYBODY, facts::Observed};
use crate::{
    quote::{ident, literal},
    room::RoomPlan,
};

/// Nobody looks into what was said, and every policy can ask it.
pub(super) fn schemas(observed: &Observed, plan: &mut RoomPlan) {
    for (schema, role) in observed.visitors.iter().filter(|(schema, _)| schema == "rolewright_consent") {
        let sql = format!("REVOKE ALL ON SCHEMA {} FROM {}", ident(schema), grantee(role));
        plan.push("close-schema", schema, role, vec![sql]);
    }
    if !observed.readable {
        let grant = |columns: &str, table: &str| {
            format!("GRANT SELECT ({columns}) ON rolewright_consent.{table} TO PUBLIC")
        };
        let parts = vec![
            grant("kind, record, role, subject, effect, starts, ends", "term"),
            grant("kind, record, role, ends", "opening"),
        ];
        plan.push("grant-terms", "rolewright_consent", EVERYBODY, parts);
    }
}

/// Who may open records, and nobody else.
pub(super) fn diff(wanted: &Wanted, observed: &Observed, plan: &mut RoomPlan) {
    let asked: Vec<(String, String)> = wanted
        .kinds
        .iter()
        .flat_map(|(kind, settings)| settings.openers.iter().map(|role| (kind.clone(), role.to_string())))
        .collect();
    for (kind, role) in asked.iter().filter(|one| !observed.openers.contains(one)) {
        let sql = format!(
            "INSERT INTO rolewright_consent.opener (kind, role) VALUES ({}, {})",
            literal(kind),
            literal(role)
        );
        plan.push("add-opener", kind, role, vec![sql]);
    }
    for (kind, role) in observed.openers.iter().filter(|one| !asked.contains(one)) {
        let sql = format!(
            "DELETE FROM rolewright_consent.opener WHERE kind = {} AND role = {}",
            literal(kind),
            literal(role)
        );
        plan.push("remove-opener", kind, role, vec![sql]);
    }
    let roles: BTreeSet<&String> = asked.iter().map(|(_, role)| role).collect();
    for role in &roles {
        if !observed.present.contains(role) {
            let message = format!("the role {role}, which may open records, does not exist");
            plan.tell("missing-opener", role, message, format!("CREATE ROLE {} NOLOGIN", ident(role)));
        } else if !observed.callers.contains(role) || !visits(observed, role) {
            let parts = vec![
                format!("GRANT USAGE ON SCHEMA rolewright_break_glass TO {}", ident(role)),
                format!("GRANT EXECUTE ON FUNCTION {OPEN} TO {}", ident(role)),
            ];
            plan.push("grant-open", "rolewright_break_glass.open", role, parts);
        }
    }
    let visitors = observed.visitors.iter().filter(|(schema, _)| schema == "rolewright_break_glass");
    let there: BTreeSet<&String> = visitors.map(|(_, role)| role).chain(&observed.callers).collect();
    for role in there.into_iter().filter(|role| !roles.contains(role)) {
        let parts = vec![
            format!("REVOKE ALL ON FUNCTION {OPEN} FROM {}", grantee(role)),
            format!("REVOKE ALL ON SCHEMA rolewright_break_glass FROM {}", grantee(role)),
        ];
        plan.push("revoke-open", "rolewright_break_glass.open", role, parts);
    }
}

const OPEN: &str =
    "rolewright_break_glass.open(pg_catalog.text, pg_catalog.text, pg_catalog.text, pg_catalog.timestamptz)";

fn visits(observed: &Observed, role: &str) -> bool {
    observed.visitors.iter().any(|(schema, who)| schema == "rolewright_break_glass" && who == role)
}

fn grantee(role: &str) -> String {
    if role == "public" { "PUBLIC".to_owned() } else { ident(role) }
}
