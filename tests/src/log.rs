//! Picks one database's entries out of the server's log, which all tests share.

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
