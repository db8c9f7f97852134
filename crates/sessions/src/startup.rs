//! The settings every session of a role begins with, as part of its login.
//!
//! They travel in the startup packet, so that they beat whatever `ALTER ROLE … SET` or `ALTER DATABASE … SET` left
//! behind, and so that `RESET` and `DISCARD` return to them and not to something else.

use std::time::Duration;

use rolewright_core::Ident;

use crate::OpenRole;

/// What a role's login begins with. `modern` adds what exists from PostgreSQL 14 on, on platforms that have it; a server
/// that refuses these is tried again without.
pub(crate) fn settings(open: &OpenRole, modern: bool) -> Vec<(&'static str, String)> {
    let mut settings = vec![
        ("role", "none".to_owned()),
        ("default_transaction_read_only", "on".to_owned()),
        ("statement_timeout", millis(open.statement_timeout)),
        ("idle_in_transaction_session_timeout", millis(open.statement_timeout.max(Duration::from_secs(60)))),
        ("lock_timeout", millis(open.statement_timeout.min(Duration::from_secs(10)))),
        ("search_path", search_path(&open.search_path)),
        ("row_security", "on".to_owned()),
        // How values are written.
        ("DateStyle", "ISO, MDY".to_owned()),
        ("TimeZone", "UTC".to_owned()),
        ("extra_float_digits", "1".to_owned()),
        ("IntervalStyle", "postgres".to_owned()),
        ("bytea_output", "hex".to_owned()),
        ("xmlbinary", "base64".to_owned()),
        ("client_min_messages", "error".to_owned()),
        // Reports are read to their end, so the plan should be the fastest for all rows.
        ("cursor_tuple_fraction", "1.0".to_owned()),
        // Compiling a text takes memory by how often the planner copied it, and nothing interrupts it.
        ("jit", "off".to_owned()),
        // The guard is the only prepared statement, and planning it costs more than running it.
        ("plan_cache_mode", "force_generic_plan".to_owned()),
    ];
    settings.extend(LEXER.iter().map(|(name, value)| (*name, (*value).to_owned())));
    if modern {
        settings.push(("client_connection_check_interval", "500ms".to_owned()));
        settings.push(("idle_session_timeout", "0".to_owned()));
    }
    settings
}

/// How texts are read: whoever parses a report must read it as the one who runs it does.
pub(crate) const LEXER: [(&str, &str); 5] = [
    ("standard_conforming_strings", "on"),
    ("backslash_quote", "safe_encoding"),
    ("array_nulls", "on"),
    ("transform_null_equals", "off"),
    ("xmloption", "content"),
];

/// `pg_temp` comes last, so that a temporary table never hides a real one; `pg_catalog` comes first by itself.
pub(crate) fn search_path(schemas: &[Ident]) -> String {
    let mut names: Vec<String> = schemas.iter().map(Ident::quoted).collect();
    names.push("pg_temp".to_owned());
    names.join(", ")
}

/// A duration as a setting; 0 would mean "never", so it is at least one millisecond.
pub(crate) fn millis(duration: Duration) -> String {
    format!("{}ms", duration.as_millis().clamp(1, i32::MAX as u128))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn search_path_ends_with_the_temporary_schema() {
        let schemas = [Ident::new("a b").unwrap(), Ident::new("c\"d").unwrap()];
        assert_eq!(search_path(&schemas), r#""a b", "c""d", pg_temp"#);
        assert_eq!(search_path(&[]), "pg_temp");
    }

    #[test]
    fn no_timeout_is_never() {
        assert_eq!(millis(Duration::ZERO), "1ms");
        assert_eq!(millis(Duration::MAX), "2147483647ms");
    }
}
