//! The corpus that comes with the program, and files of the same form.

use std::{collections::BTreeSet, path::Path};

use rolewright_core::{Advice, Exit};
use serde_json::Value;

use super::Attempt;

/// The files of the corpus: a group of classes each.
const FILES: [(&str, &str); 23] = [
    ("transaction", include_str!("corpus/transaction.json")),
    ("roles", include_str!("corpus/roles.json")),
    ("self", include_str!("corpus/self.json")),
    ("writes", include_str!("corpus/writes.json")),
    ("large-objects", include_str!("corpus/large-objects.json")),
    ("secrets", include_str!("corpus/secrets.json")),
    ("catalogs", include_str!("corpus/catalogs.json")),
    ("errors", include_str!("corpus/errors.json")),
    ("server", include_str!("corpus/server.json")),
    ("functions", include_str!("corpus/functions.json")),
    ("definers", include_str!("corpus/definers.json")),
    ("unsaid", include_str!("corpus/unsaid.json")),
    ("hidden", include_str!("corpus/hidden.json")),
    ("residue", include_str!("corpus/residue.json")),
    ("locks", include_str!("corpus/locks.json")),
    ("notify", include_str!("corpus/notify.json")),
    ("exhaustion", include_str!("corpus/exhaustion.json")),
    ("peers", include_str!("corpus/peers.json")),
    ("spelling", include_str!("corpus/spelling.json")),
    ("controls", include_str!("corpus/controls.json")),
    ("tenant", include_str!("corpus/tenant.json")),
    ("neighbours", include_str!("corpus/neighbours.json")),
    ("rls", include_str!("corpus/rls.json")),
];

/// Why a file of attempts cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CorpusError {
    /// It cannot be read.
    #[error("{file} cannot be read: {cause}")]
    Unreadable {
        /// The file.
        file: String,
        /// What the system says.
        cause: String,
    },
    /// It is not a JSON array.
    #[error("{file} is not a JSON array of attempts: {cause}")]
    NoArray {
        /// The file.
        file: String,
        /// What the parser says.
        cause: String,
    },
    /// An entry does not have the form of an attempt.
    #[error("{file}: entry {entry}: {cause}")]
    Entry {
        /// The file.
        file: String,
        /// The entry, counted from 1, with its id where it has one.
        entry: String,
        /// The field and what is wrong with it.
        cause: String,
    },
}

impl Advice for CorpusError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unreadable { .. } => "check the path and its rights".to_owned(),
            _ => "an attempt is an object with id, class, mode and sql (an array of statements); docs/attack.md has the others"
                .to_owned(),
        })
    }

    fn exit(&self) -> Exit {
        Exit::Usage
    }
}

/// The corpus that comes with the program.
///
/// # Errors
/// Never, unless the program was built with a broken one.
pub fn builtin() -> Result<Vec<Attempt>, CorpusError> {
    let mut all = Vec::new();
    for (name, text) in FILES {
        all.extend(parse(name, text)?);
    }
    unique("the corpus", &all)?;
    Ok(all)
}

/// The attempts of a file of the same form.
///
/// # Errors
/// When it cannot be read, or an entry has another form: the entry and the field.
pub fn read(path: &Path) -> Result<Vec<Attempt>, CorpusError> {
    let file = path.display().to_string();
    let text = std::fs::read_to_string(path)
        .map_err(|error| CorpusError::Unreadable { file: file.clone(), cause: error.to_string() })?;
    let all = parse(&file, &text)?;
    unique(&file, &all)?;
    Ok(all)
}

fn parse(file: &str, text: &str) -> Result<Vec<Attempt>, CorpusError> {
    let entries: Vec<Value> = serde_json::from_str(text)
        .map_err(|error| CorpusError::NoArray { file: file.to_owned(), cause: error.to_string() })?;
    let attempt = |(index, value): (usize, Value)| {
        let id = value.get("id").and_then(Value::as_str).map(|id| format!(" ({id})")).unwrap_or_default();
        let wrong =
            |cause| CorpusError::Entry { file: file.to_owned(), entry: format!("{}{id}", index + 1), cause };
        let attempt: Attempt = serde_json::from_value(value).map_err(|error| wrong(error.to_string()))?;
        match attempt.problem() {
            Some((field, problem)) => Err(wrong(format!("`{field}` {problem}"))),
            None => Ok(attempt),
        }
    };
    entries.into_iter().enumerate().map(attempt).collect()
}

fn unique(file: &str, attempts: &[Attempt]) -> Result<(), CorpusError> {
    let mut seen = BTreeSet::new();
    match attempts.iter().enumerate().find(|(_, attempt)| !seen.insert(&attempt.id)) {
        None => Ok(()),
        Some((index, attempt)) => Err(CorpusError::Entry {
            file: file.to_owned(),
            entry: format!("{} ({})", index + 1, attempt.id),
            cause: "`id` is used twice".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::{Mode, residuals};

    /// What the corpus has to cover, and the classes that do.
    const THEMES: [(&str, &[&str]); 19] = [
        ("leave the transaction", &["txn-escape", "two-phase"]),
        ("change role", &["role-switch"]),
        ("write", &["write"]),
        ("DDL", &["ddl", "write-ddl-public"]),
        ("own password and settings", &["self-password", "self-defaults", "self-attrs"]),
        ("large objects", &["large-object"]),
        ("files and programs", &["server-file-os"]),
        ("other databases", &["cross-db"]),
        ("functions that run SQL", &["dynamic-sql"]),
        ("definer functions and owner views", &["secdef-hijack", "secdef-inject", "owner-view"]),
        ("session residue", &["pool-residue", "temp-shadow"]),
        ("locks", &["advisory-lock", "table-lock"]),
        ("notify", &["notify-spoof", "eavesdrop"]),
        ("exhaustion", &["time-dos", "mem-dos", "temp-dos", "connection-dos"]),
        ("catalogs and statistics", &["catalog", "secret-read"]),
        ("timing of errors", &["error-leak", "error-oracle"]),
        ("functions that no text calls", &["unsaid-call"]),
        ("rows that a view hides", &["hidden-row"]),
        ("rows told from none", &["row-oracle"]),
    ];

    #[test]
    fn the_corpus_is_whole() {
        let all = builtin().unwrap();
        let attempts = all.iter().filter(|attempt| !attempt.control).count();
        assert!(attempts >= 350, "{attempts}");
        let logins: Vec<_> = all.iter().filter(|a| a.mode == Mode::Login && !a.control).collect();
        assert!(logins.len() >= 350, "{}", logins.len());
        assert!(all.iter().any(|a| a.mode == Mode::Tenant) && all.iter().any(|a| a.mode == Mode::Rls));
        for (theme, classes) in THEMES {
            let count = logins.iter().filter(|attempt| classes.contains(&attempt.class.as_str())).count();
            assert!(count >= 4, "{theme}: {count}");
            for class in classes {
                assert!(logins.iter().any(|attempt| attempt.class == **class), "{class}");
            }
        }
        for attempt in &logins {
            assert!(attempt.role.is_some() && !attempt.expect.is_empty(), "{}", attempt.id);
        }
    }

    #[test]
    fn every_residual_is_of_an_attempt() {
        let all = builtin().unwrap();
        for residual in residuals().unwrap() {
            assert!(all.iter().any(|attempt| attempt.id == residual.id), "{}", residual.id);
            assert!(!residual.reason.is_empty(), "{}", residual.id);
        }
    }

    #[test]
    fn a_wrong_entry_is_named_with_its_field() {
        let good = r#"{"id": "A", "class": "x", "mode": "login", "sql": ["SELECT 1"]}"#;
        assert_eq!(parse("f", &format!("[{good}]")).unwrap().len(), 1);
        for (text, words) in [
            ("{}", "not a JSON array"),
            (r#"[{"id": "A", "class": "x", "mode": "login"}]"#, "entry 1 (A): missing field `sql`"),
            (r#"[{"id": "A", "class": "x", "mode": "login", "sql": []}]"#, "`sql` has no statement"),
            (r#"[{"id": "A", "class": "x", "mode": "logon", "sql": ["1"]}]"#, "logon"),
            (r#"[{"id": "A", "class": "x", "mode": "login", "sql": ["1"], "sqll": 1}]"#, "sqll"),
            (
                r#"[{"id": "A", "class": "x", "mode": "login", "sql": ["1"], "at": {"there": "1", "absent": ["2", "3"]}}]"#,
                "`at` needs `{at}`",
            ),
            (r#"[{"id": "", "class": "x", "mode": "login", "sql": ["1"]}]"#, "`id` is empty"),
        ] {
            let error = parse("f", text).unwrap_err().to_string();
            assert!(error.contains(words), "{text}: {error}");
        }
        let twice = parse("f", &format!("[{good}, {good}]")).unwrap();
        assert!(unique("f", &twice).unwrap_err().to_string().contains("used twice"));
    }
}
