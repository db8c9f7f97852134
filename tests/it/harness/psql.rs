//! `psql --csv`, the other reader of the same values: what it writes is what people take for true.

use std::{
    path::{Path, PathBuf},
    process::Command,
};

use rolewright_testkit::Database;

/// What stands for NULL, which `psql` would not tell from the empty string.
const NULL: &str = "<NULL 7f3a91>";

/// The settings a report's session has, so that both write values in the same form.
const SETTINGS: &str = "-c search_path=public -c TimeZone=UTC -c DateStyle=ISO,MDY -c IntervalStyle=postgres \
    -c bytea_output=hex -c extra_float_digits=1 -c xmlbinary=base64 -c xmloption=content";

/// A `psql` for one database.
pub(crate) struct Psql {
    program: PathBuf,
    url: String,
}

impl Psql {
    /// The one beside the server's programs, on PATH, or in a distribution's folder: it only writes down what the server sends, so its
    /// version does not matter. Where there is none, the test fails on this machine's own server; one that somebody else named may
    /// be elsewhere, with its programs, and then it says so.
    pub(crate) async fn of(db: &Database) -> Option<Self> {
        let beside: Option<String> =
            sqlx::query_scalar("SELECT setting FROM pg_config WHERE name = 'BINDIR'")
                .fetch_optional(&db.admin())
                .await
                .unwrap();
        let on_path = std::env::var_os("PATH").unwrap_or_default();
        let distribution = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let mut folders: Vec<PathBuf> = beside.map(PathBuf::from).into_iter().collect();
        folders.extend(std::env::split_paths(&on_path));
        folders.extend(distribution.map(|entry| entry.path().join("bin")));
        let program = folders.iter().map(|folder| folder.join("psql")).find(|path| works(path));
        let Some(program) = program else {
            assert!(db.socket_folder().is_none(), "there is no psql on this machine to compare with");
            println!("SKIPPED: nothing was compared with psql, which is not here: {} serves", db.served());
            return None;
        };
        Some(Self { program, url: db.admin_url() })
    }

    /// The header and the rows of a query's result.
    pub(crate) fn csv(&self, sql: &str) -> (Vec<String>, Vec<Vec<Option<String>>>) {
        let output = Command::new(&self.program)
            .args(["--no-psqlrc", "--quiet", "--csv", "--pset", &format!("null={NULL}"), "--command", sql])
            .args(["--dbname", &self.url])
            .envs([("PGOPTIONS", SETTINGS), ("PGCLIENTENCODING", "UTF8")])
            .output()
            .unwrap();
        assert!(output.status.success(), "{sql}: {}", String::from_utf8_lossy(&output.stderr));
        let mut records = records(&String::from_utf8(output.stdout).unwrap(), "\n").into_iter();
        let header = records.next().unwrap_or_default().into_iter().map(|(text, _)| text).collect();
        let value = |(text, _): (String, bool)| (text != NULL).then_some(text);
        (header, records.map(|record| record.into_iter().map(value).collect()).collect())
    }
}

/// Whether it is there and runs: a distribution's wrapper may be there without what it wraps.
fn works(path: &Path) -> bool {
    path.is_file() && Command::new(path).arg("--version").output().is_ok_and(|output| output.status.success())
}

/// The records of a CSV text (RFC 4180) whose lines end like this: each field, and whether it stood in quotes.
pub(crate) fn records(text: &str, end: &str) -> Vec<Vec<(String, bool)>> {
    let (mut all, mut record, mut rest) = (Vec::new(), Vec::new(), text);
    while !rest.is_empty() {
        let (field, quoted) = match rest.strip_prefix('"') {
            Some(inner) => {
                let mut field = String::new();
                let mut inner = inner;
                loop {
                    let (part, after) = inner.split_once('"').expect("a quote is closed");
                    field.push_str(part);
                    inner = after;
                    let Some(after) = inner.strip_prefix('"') else { break };
                    field.push('"');
                    inner = after;
                }
                rest = inner;
                (field, true)
            }
            None => {
                let length = [rest.find(','), rest.find(end)].into_iter().flatten().min().unwrap();
                let field = rest[..length].to_owned();
                assert!(!field.contains(['"', '\r', '\n']), "this field wants quotes: {field:?}");
                rest = &rest[length..];
                (field, false)
            }
        };
        record.push((field, quoted));
        if let Some(after) = rest.strip_prefix(',') {
            rest = after;
        } else {
            rest = rest.strip_prefix(end).expect("a record ends as all do");
            all.push(std::mem::take(&mut record));
        }
    }
    assert!(record.is_empty(), "the last record ends too");
    all
}
