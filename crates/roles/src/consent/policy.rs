//! The texts of the policies.

use rolewright_core::settings::ConsentDefault;
use sha2::{Digest as _, Sha256};

use super::{Kind, Subjects, Table, wanted::Wanted};
use crate::quote::{ident, literal};

/// What all of our policies are named like.
pub(super) const PREFIX: &str = "rolewright_consent_";
/// The policy that lets the rows through that no other one hides, on tables that had no policies of their own.
pub(super) const ROWS: &str = "rolewright_rows";

/// The name of a kind's policy.
pub(super) fn name(kind: &str) -> String {
    format!("{PREFIX}{kind}")
}

/// The parts of SQL that say who asks.
pub(super) struct Asking<'a> {
    /// The role that acts.
    pub(super) role: &'a str,
    /// The role that is logged in.
    pub(super) login: &'a str,
    /// The subject that the application says it acts for.
    pub(super) subject: &'a str,
}

impl Asking<'static> {
    /// Whoever runs the statement.
    pub(super) const NOW: Self = Self {
        role: "CURRENT_USER",
        login: "SESSION_USER",
        subject: "pg_catalog.current_setting('rolewright.subject', true)",
    };
}

/// Whether a term `t` of this effect is for whoever asks. What is revoked counts for both roles, and for whatever subject anybody claims to
/// act for; what is allowed counts for the role that acts alone, and for a subject on the login that acts for subjects.
pub(super) fn is_for(effect: &str, asking: &Asking<'_>, subjects: Option<&Subjects>) -> String {
    let Asking { role, login, subject } = asking;
    let revokes = effect == "revoke";
    let member = |who: &str| {
        format!(
            "pg_catalog.pg_has_role({who}, pg_catalog.to_regrole(pg_catalog.quote_ident(t.role))::pg_catalog.oid, 'USAGE')"
        )
    };
    let roles = match revokes {
        true => format!("{} OR {}", member(role), member(login)),
        false => member(role),
    };
    let own = subjects.and_then(|subjects| subjects.prefix.as_ref());
    let own = own.map(|prefix| format!("{role} = ({} || t.subject)", literal(prefix)));
    let told = match subjects {
        _ if revokes => Some(format!("{subject} = t.subject")),
        Some(subjects) => {
            Some(format!("({login} = {} AND {subject} = t.subject)", literal(subjects.login.as_str())))
        }
        None => None,
    };
    let who: Vec<String> = own.into_iter().chain(told).collect();
    let who = if who.is_empty() { "false".to_owned() } else { who.join(" OR ") };
    format!(
        "CASE WHEN t.role IS NOT NULL THEN coalesce({roles}, false) WHEN t.subject IS NOT NULL THEN coalesce({who}, false) ELSE true END"
    )
}

/// Whether a row is shown: the expression of a table's policy.
pub(super) fn expression(wanted: &Wanted, name: &str, kind: &Kind, table: &Table, on: &str) -> String {
    let key = format!("{on}.{}", table.key.column.quoted());
    if let Some(through) = &table.through {
        // The other table's policy says which of its rows are shown.
        let (other, column) = (through.table.quoted(), through.column.quoted());
        return format!(
            "EXISTS (SELECT FROM {other} rolewright_other WHERE rolewright_other.{column} = {key})"
        );
    }
    let name = literal(name);
    let key = format!("({key})::pg_catalog.text COLLATE pg_catalog.\"C\"");
    let term = |effect: &str| {
        format!(
            "EXISTS (SELECT FROM rolewright_consent.term t WHERE t.kind = {name} AND t.record = {key} AND t.effect = '{effect}' \
             AND t.starts <= pg_catalog.statement_timestamp() AND t.ends > pg_catalog.statement_timestamp() AND {})",
            is_for(effect, &Asking::NOW, wanted.subjects.as_ref())
        )
    };
    let allowed = match kind.default {
        ConsentDefault::Allow => String::new(),
        ConsentDefault::Deny => format!(" AND {}", term("allow")),
    };
    format!(
        "(NOT {}{allowed}) OR EXISTS (SELECT FROM rolewright_consent.opening o WHERE o.kind = {name} AND o.record = {key} \
         AND o.role = CURRENT_USER AND o.ends > pg_catalog.statement_timestamp())",
        term("revoke")
    )
}

/// A fingerprint of a policy's definition as it was written, and of it as the server keeps it.
pub(super) fn seal(wanted: &Wanted, expression: &str, kept: &str) -> String {
    let written: String = hex::encode(Sha256::digest(expression)).chars().take(32).collect();
    format!("rolewright consent {} {written} {kept}", wanted.installation)
}

/// The statements that make a policy on a table, with its seal.
pub(super) fn create(
    wanted: &Wanted,
    policy: &str,
    table: &str,
    kind: &str,
    expression: &str,
) -> Vec<String> {
    let name = ident(policy);
    let check = if kind == "RESTRICTIVE" { " WITH CHECK (true)" } else { "" };
    // What the server keeps of it is known only then.
    let body = format!(
        "BEGIN EXECUTE pg_catalog.format('COMMENT ON POLICY %I ON %s IS %L', {policy}, {table}, \
         (SELECT {seal} || {KEPT} FROM pg_catalog.pg_policy p \
          WHERE p.polrelid = ({table})::pg_catalog.regclass AND p.polname = {policy})); END",
        policy = literal(policy),
        table = literal(table),
        seal = literal(&seal(wanted, expression, "")),
    );
    vec![
        format!("CREATE POLICY {name} ON {table} AS {kind} FOR ALL TO PUBLIC USING ({expression}){check}"),
        format!("DO LANGUAGE plpgsql {}", literal(&body)),
    ]
}

/// A policy `p` as the server keeps it, in a fingerprint that no search path changes.
pub(super) const KEPT: &str = "pg_catalog.left(pg_catalog.encode(pg_catalog.sha256(pg_catalog.convert_to(pg_catalog.concat_ws('|', \
    p.polcmd, p.polpermissive, p.polroles::pg_catalog.text, p.polqual::pg_catalog.text, p.polwithcheck::pg_catalog.text), 'UTF8')), 'hex'), 32)";
