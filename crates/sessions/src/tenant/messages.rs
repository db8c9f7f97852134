//! The three messages around a tenant's work: it begins as the tenant, ends only if it still is, and the session is made as new.

use std::time::Duration;

use uuid::Uuid;

use super::{Access, Place};
use crate::startup::{millis, search_path};

/// What a session of a module's login begins with, as part of its login: `RESET` returns to it.
pub(super) fn startup(statement_timeout: Duration) -> Vec<(String, String)> {
    [
        ("role", "none".to_owned()),
        // Without a tenant there is nothing to be found.
        ("search_path", "pg_temp".to_owned()),
        ("statement_timeout", millis(statement_timeout)),
        ("idle_in_transaction_session_timeout", millis(statement_timeout.max(Duration::from_secs(60)))),
        ("row_security", "on".to_owned()),
        ("standard_conforming_strings", "on".to_owned()),
        // A statement whose caller has gone away ends.
        ("client_connection_check_interval", "500ms".to_owned()),
        ("idle_session_timeout", "0".to_owned()),
    ]
    .map(|(name, value)| (name.to_owned(), value))
    .into()
}

/// What makes a transaction the tenant's, and how its end knows it again.
pub(super) struct Frame<'a> {
    place: &'a Place,
    mark: Uuid,
}

impl<'a> Frame<'a> {
    pub(super) fn new(place: &'a Place) -> Self {
        Self { place, mark: Uuid::new_v4() }
    }

    /// BEGIN and everything that makes it the tenant's.
    pub(super) fn begin(&self, access: Access, statement_timeout: Duration) -> String {
        let Place { role, schema, .. } = self.place;
        format!(
            "BEGIN{access}; SET LOCAL ROLE {}; SET LOCAL search_path = {}; SET LOCAL statement_timeout = '{}'; \
             SET LOCAL rolewright.tenant = '{}'",
            role.quoted(),
            search_path(std::slice::from_ref(schema)),
            millis(statement_timeout),
            self.mark
        )
    }

    /// What was deferred, the question, and COMMIT: a trigger that is deferred runs before the question, and may be what it finds.
    pub(super) fn commit(&self) -> String {
        format!("SET CONSTRAINTS ALL IMMEDIATE; {}; COMMIT", self.question())
    }

    /// The question, and ROLLBACK.
    pub(super) fn roll_back(&self) -> String {
        format!("{}; ROLLBACK", self.question())
    }

    /// The question whether it still is the tenant's transaction, which fails with a division by zero if not.
    ///
    /// Everything is named with its schema, since the search path is what is asked about.
    fn question(&self) -> String {
        let Place { login, role, schema } = self.place;
        let path = format!(
            "pg_catalog.quote_ident({}) OPERATOR(pg_catalog.||) ', pg_temp'",
            literal(schema.as_str())
        );
        let asked = [
            ("pg_catalog.current_setting('role')", literal(role.as_str())),
            ("CURRENT_USER::pg_catalog.text", literal(role.as_str())),
            ("SESSION_USER::pg_catalog.text", literal(login.as_str())),
            ("pg_catalog.current_setting('search_path')", format!("({path})")),
            ("pg_catalog.current_setting('rolewright.tenant', true)", literal(&self.mark.to_string())),
        ];
        let holds: Vec<String> =
            asked.iter().map(|(what, is)| format!("{what} OPERATOR(pg_catalog.=) {is}")).collect();
        format!("SELECT 1 OPERATOR(pg_catalog./) CASE WHEN {} THEN 1 ELSE 0 END", holds.join(" AND "))
    }
}

/// Everything that work can leave in a session once its transaction has ended, undone. Prepared statements stay, for the same
/// tenant's next transaction.
pub(super) fn scrub() -> String {
    format!("/* rolewright: scrub */ {}", crate::scrub::undo())
}

/// Prepared statements too, before another tenant gets the session.
pub(super) const FORGET: &str = "DEALLOCATE ALL";

/// A text as a string constant, whatever characters it has.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

#[cfg(test)]
mod tests {
    use rolewright_core::Ident;

    use super::*;

    #[test]
    fn names_are_quoted_as_what_they_are() {
        let ident = |name: &str| Ident::new(name).unwrap();
        let place = Place { login: ident("_1_mod"), role: ident("o'diku_mod"), schema: ident("di\"ku_mod") };
        let frame = Frame::new(&place);
        let begin = frame.begin(Access::default(), Duration::from_secs(1));
        assert!(begin.starts_with(
            "BEGIN; SET LOCAL ROLE \"o'diku_mod\"; SET LOCAL search_path = \"di\"\"ku_mod\", pg_temp;"
        ));
        assert!(begin.ends_with(&format!("'{}'", frame.mark)));
        let commit = frame.commit();
        assert!(commit.contains("current_setting('role') OPERATOR(pg_catalog.=) 'o''diku_mod' AND"));
        assert!(commit.ends_with("THEN 1 ELSE 0 END; COMMIT"));
    }
}
