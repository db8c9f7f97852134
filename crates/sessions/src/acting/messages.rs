//! The three messages around a transaction's work: it begins as somebody, ends only if it still is, and the session is made as new.

use std::{fmt::Write as _, time::Duration};

use rolewright_core::Ident;
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use super::{Access, Part, Told};
use crate::startup::{millis, search_path};

/// What a session begins with, as part of its login: `RESET` returns to it.
pub(super) fn startup(statement_timeout: Duration) -> Vec<(String, String)> {
    [
        ("role", "none".to_owned()),
        // As nobody there is nothing to be found.
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

/// What COMMIT would run after the question, and so as nobody knows whom, is run before it, and may be what it finds: triggers that are
/// deferred. Cursors that are held, whose queries COMMIT runs, are closed; they would not live past the scrub.
pub const SETTLE: &str = "SET CONSTRAINTS ALL IMMEDIATE; CLOSE ALL";

/// Nothing that COMMIT still runs, such as a trigger that another one has deferred again, writes a row: there is no way back from this. The
/// server lets a read-only transaction notify, and before 16 change large objects.
pub const SEAL: &str = "SET LOCAL transaction_read_only = on";

/// How many statements of a commit's message are done before its question.
pub(super) const SETTLED: usize = 2;

/// What makes a transaction somebody's, and how its end knows it again.
pub(super) struct Frame<'a> {
    part: &'a Part,
    told: &'a Told,
    mark: Uuid,
}

impl<'a> Frame<'a> {
    pub(super) fn new(part: &'a Part, told: &'a Told) -> Self {
        Self { part, told, mark: Uuid::new_v4() }
    }

    /// BEGIN and everything that makes it somebody's. What it is told travels as digits, so that no character of it is read as SQL.
    pub(super) fn begin(&self, access: Access, statement_timeout: Duration) -> String {
        let Part { role, search_path: schemas, .. } = self.part;
        let mut begin = format!(
            "BEGIN{access}; SET LOCAL ROLE {}; SET LOCAL search_path = {}; SET LOCAL statement_timeout = '{}'; \
             SET LOCAL rolewright.transaction = '{}'",
            role.quoted(),
            search_path(schemas),
            millis(statement_timeout),
            self.mark
        );
        for (name, value) in self.told.iter() {
            let _ = write!(
                begin,
                "; SELECT pg_catalog.set_config('{name}', pg_catalog.convert_from({}, 'UTF8'), true)",
                digits(value.as_bytes())
            );
        }
        begin
    }

    /// What COMMIT would run, the question, and COMMIT, which writes nothing more.
    pub(super) fn commit(&self) -> String {
        format!("{SETTLE}; {}; {SEAL}; COMMIT", self.question())
    }

    /// The question, and ROLLBACK.
    pub(super) fn roll_back(&self) -> String {
        format!("{}; ROLLBACK", self.question())
    }

    /// The question whether it still is the same one's transaction, which fails with a division by zero if not.
    ///
    /// Everything is named with its schema, since the search path is what is asked about.
    fn question(&self) -> String {
        let Part { login, role, search_path } = self.part;
        let quoted = |schema: &Ident| format!("pg_catalog.quote_ident({})", literal(schema.as_str()));
        let path: Vec<String> = search_path.iter().map(quoted).chain(["'pg_temp'".to_owned()]).collect();
        let asked = [
            ("pg_catalog.current_setting('role')", literal(role.as_str())),
            ("CURRENT_USER::pg_catalog.text", literal(role.as_str())),
            ("SESSION_USER::pg_catalog.text", literal(login.as_str())),
            (
                "pg_catalog.current_setting('search_path')",
                format!("pg_catalog.concat_ws(', ', {})", path.join(", ")),
            ),
            ("pg_catalog.current_setting('rolewright.transaction', true)", literal(&self.mark.to_string())),
        ];
        let asked = asked.map(|(what, is)| (what.to_owned(), is));
        let told = self.told.iter().map(|(name, value)| {
            let now = format!("pg_catalog.convert_to(pg_catalog.current_setting('{name}', true), 'UTF8')");
            (format!("pg_catalog.sha256({now})"), digits(&Sha256::digest(value.as_bytes())))
        });
        let holds: Vec<String> = asked
            .into_iter()
            .chain(told)
            .map(|(what, is)| format!("{what} OPERATOR(pg_catalog.=) {is}"))
            .collect();
        format!("SELECT 1 OPERATOR(pg_catalog./) CASE WHEN {} THEN 1 ELSE 0 END", holds.join(" AND "))
    }
}

/// Everything that work can leave in a session once its transaction has ended, undone. Prepared statements stay, for the next
/// transaction of the same one.
pub(super) fn scrub() -> String {
    format!("/* rolewright: scrub */ {}", crate::scrub::undo())
}

/// Prepared statements too, before another one gets the session.
pub(super) const FORGET: &str = "DEALLOCATE ALL";

/// A text as a string constant, whatever characters it has.
fn literal(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}

/// Bytes as a constant, whatever they are.
fn digits(bytes: &[u8]) -> String {
    let mut hex = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        let _ = write!(hex, "{byte:02x}");
    }
    format!("pg_catalog.decode('{hex}', 'hex')")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part() -> Part {
        let ident = |name: &str| Ident::new(name).unwrap();
        let search_path = vec![ident("di\"ku_mod")];
        Part { login: ident("_1_mod"), role: ident("o'diku_mod"), search_path }
    }

    #[test]
    fn names_are_quoted_as_what_they_are() {
        let (part, told) = (part(), Told::default());
        let frame = Frame::new(&part, &told);
        let begin = frame.begin(Access::default(), Duration::from_secs(1));
        assert!(begin.starts_with(
            "BEGIN; SET LOCAL ROLE \"o'diku_mod\"; SET LOCAL search_path = \"di\"\"ku_mod\", pg_temp;"
        ));
        assert!(begin.ends_with(&format!("'{}'", frame.mark)));
        let commit = frame.commit();
        assert!(commit.contains("current_setting('role') OPERATOR(pg_catalog.=) 'o''diku_mod' AND"));
        assert!(commit.ends_with(&format!("THEN 1 ELSE 0 END; {SEAL}; COMMIT")));
        assert_eq!(
            commit.split("; ").position(|statement| statement.starts_with("SELECT 1 ")),
            Some(SETTLED)
        );
    }

    #[test]
    fn no_character_of_what_is_told_is_sent() {
        let part = part();
        let told: Told = [("rolewright.subject", "x'); DROP".into())].into();
        let frame = Frame::new(&part, &told);
        let sent = frame.begin(Access::default(), Duration::from_secs(1)) + &frame.commit();
        assert!(
            sent.contains("convert_from(pg_catalog.decode('7827293b2044524f50', 'hex'), 'UTF8')"),
            "{sent}"
        );
        assert!(!sent.contains("DROP"), "{sent}");
    }
}
