//! Picks one database's entries out of the server's log, which all tests share.

use std::{path::Path, thread, time::Duration};

use sqlx::AssertSqlSafe;

use crate::fixture;

/// How often the file is looked into, and how long is waited in between: ten seconds in all.
const WAITS: u32 = 500;
const WAIT: Duration = Duration::from_millis(20);

/// The whole log, once everything logged before now is in the file: a container's log arrives there by way of its engine.
///
/// It logs a mark of its own and looks for it, on a thread and a runtime of its own. A file in which it does not appear is not this
/// server's log.
pub(crate) fn read(file: &Path, admin_url: &str) -> Result<String, String> {
    let (file, url) = (file.to_owned(), admin_url.to_owned());
    let work = move || {
        let mark = format!("rolewright-testkit mark {}", uuid::Uuid::new_v4().simple());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
        runtime.map_err(|error| error.to_string())?.block_on(async {
            let mut admin = fixture::connect(&url).await.map_err(|error| error.to_string())?;
            let sql = format!("SET log_statement = 'none'; DO $$ BEGIN RAISE LOG '{mark}'; END $$");
            let sent = sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut admin).await;
            sent.map_err(|error| error.to_string())
        })?;
        for _ in 0..WAITS {
            let bytes = std::fs::read(&file).map_err(|error| error.to_string())?;
            let text = String::from_utf8_lossy(&bytes);
            if text.contains(&mark) {
                return Ok(text.into_owned());
            }
            thread::sleep(WAIT);
        }
        Err("what the server logs does not arrive there".to_owned())
    };
    thread::spawn(work).join().unwrap_or_else(|_| Err("reading it gave up unexpectedly".to_owned()))
}

/// The entries of sessions in this database, each with its continuation lines.
///
/// It relies on the private cluster's `log_line_prefix`, in which `user@database` is the word before the message's level.
pub(crate) fn entries_of(log: &str, database: &str) -> String {
    let mark = format!("@{database} ");
    let mut ours = false;
    let mut entries = String::new();
    for line in log.lines() {
        // PostgreSQL indents what belongs to the entry above by a tab.
        if !line.starts_with('\t') {
            ours = line.split_inclusive(' ').take(6).any(|word| word.ends_with(&mark));
        }
        if ours {
            entries.push_str(line);
            entries.push('\n');
        }
    }
    entries
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_come_whole_and_without_the_neighbours() {
        let log = "2026-01-01 10:00:00.000 UTC [7] core@mine LOG:  statement: SELECT\n\t1\n\
                   2026-01-01 10:00:00.001 UTC [8] core@other LOG:  statement: SELECT 'core@mine '\n\ttwo\n\
                   2026-01-01 10:00:00.002 UTC [9] LOG:  checkpoint\n";
        assert_eq!(
            entries_of(log, "mine"),
            "2026-01-01 10:00:00.000 UTC [7] core@mine LOG:  statement: SELECT\n\t1\n"
        );
    }
}
