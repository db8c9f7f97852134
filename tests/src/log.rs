//! Picks one database's entries out of the server's log, which all tests share.

use std::{path::Path, thread, time::Duration};

use sqlx::AssertSqlSafe;

use crate::fixture;

/// Waits until everything logged before now is in the file: a container's log arrives there by way of its engine.
///
/// It logs a mark of its own and looks for it, on a thread and a runtime of its own, for two seconds at most.
pub(crate) fn wait_for_writer(file: &Path, admin_url: &str) {
    let (file, url) = (file.to_owned(), admin_url.to_owned());
    let work = move || {
        let mark = format!("rolewright-testkit mark {}", uuid::Uuid::new_v4().simple());
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        let sent = runtime.block_on(async {
            let mut admin = fixture::connect(&url).await.ok()?;
            let sql = format!("SET log_statement = 'none'; DO $$ BEGIN RAISE LOG '{mark}'; END $$");
            sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut admin).await.ok()
        });
        for _ in 0..100 {
            let found =
                std::fs::read(&file).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(&mark));
            if sent.is_none() || found {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
    };
    let _ = thread::spawn(work).join();
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
