//! The settings every session of a role begins with, as part of its login.
//!
//! They travel in the startup packet, so that they beat whatever `ALTER ROLE … SET` or `ALTER DATABASE … SET` left
//! behind, and so that `RESET` and `DISCARD` return to them and not to something else.

use std::time::Duration;

use rolewright_core::Ident;
use sqlx::{ConnectOptions, postgres::PgConnectOptions};

use crate::OpenRole;

/// The login of a role with everything pinned. `modern` adds what exists from PostgreSQL 14 on, on platforms that
/// have it; a server that refuses these is tried again without.
pub(crate) fn options(open: &OpenRole, modern: bool) -> PgConnectOptions {
    let timeout = millis(open.statement_timeout);
    let mut settings = vec![
        ("role", "none".to_owned()),
        ("default_transaction_read_only", "on".to_owned()),
        ("default_transaction_isolation", r"repeatable read".to_owned()),
        ("statement_timeout", timeout.clone()),
        ("idle_in_transaction_session_timeout", millis(open.statement_timeout.max(Duration::from_secs(60)))),
        ("lock_timeout", millis(open.statement_timeout.min(Duration::from_secs(10)))),
        ("search_path", search_path(&open.search_path)),
        ("row_security", "on".to_owned()),
        // How texts are read.
        ("standard_conforming_strings", "on".to_owned()),
        ("backslash_quote", "safe_encoding".to_owned()),
        ("array_nulls", "on".to_owned()),
        ("transform_null_equals", "off".to_owned()),
        ("xmloption", "content".to_owned()),
        // How values are written; DateStyle, TimeZone and client_encoding are the driver's (ISO, UTC, UTF8).
        ("IntervalStyle", "postgres".to_owned()),
        ("bytea_output", "hex".to_owned()),
        ("xmlbinary", "base64".to_owned()),
        ("client_min_messages", "error".to_owned()),
        // Reports are read to their end, so the plan should be the fastest for all rows.
        ("cursor_tuple_fraction", "1.0".to_owned()),
    ];
    if modern {
        settings.push(("client_connection_check_interval", "500ms".to_owned()));
        settings.push(("idle_session_timeout", "0".to_owned()));
    }
    open.server
        .clone()
        .username(open.role.as_str())
        .password(open.password.expose())
        .extra_float_digits(1)
        .options(settings)
        .disable_statement_logging()
}

/// `pg_temp` comes last, so that a temporary table never hides a real one; `pg_catalog` comes first by itself.
fn search_path(schemas: &[Ident]) -> String {
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
