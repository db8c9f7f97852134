//! The server's log while an attempt runs: what it says of the role must not contain marked values, and must not be much.

use std::{
    collections::BTreeSet,
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::Path,
};

use super::ran::Ran;

/// The server's log, read from where it was read last.
#[derive(Debug)]
pub(super) struct ServerLog {
    file: File,
    role: String,
}

/// What has been written for the role since the last look.
#[derive(Debug, Default)]
pub(super) struct Logged {
    /// The marked values in it.
    pub(super) marked: BTreeSet<String>,
    pub(super) bytes: u64,
}

impl ServerLog {
    /// From its end on. An entry is the role's where its first line names it, as `%u` in `log_line_prefix` makes it; without
    /// that, all are.
    pub(super) fn open(path: &Path, role: &str, prefix: &str) -> io::Result<Self> {
        let mut file = File::open(path)?;
        file.seek(SeekFrom::End(0))?;
        let role = if prefix.contains("%u") { role.to_owned() } else { String::new() };
        Ok(Self { file, role })
    }

    pub(super) fn news(&mut self) -> io::Result<Logged> {
        let mut text = Vec::new();
        self.file.read_to_end(&mut text)?;
        Ok(of(&text, self.role.as_bytes()))
    }
}

/// Lines that go on with an entry begin with a tab.
fn of(text: &[u8], role: &[u8]) -> Logged {
    let (mut bytes, mut ran, mut mine) = (0, Ran::default(), false);
    for line in text.split_inclusive(|byte| *byte == b'\n') {
        if line.first() != Some(&b'\t') {
            mine = role.is_empty() || line.windows(role.len()).any(|window| window == role);
        }
        if mine {
            bytes += line.len() as u64;
            ran.take(Some(line));
        }
    }
    Logged { marked: ran.marked, bytes }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_of_the_role_counts_with_all_its_lines() {
        let text = b"1 [7] app_raw@db ERROR:  no \"CANARY_ONE\"\n\tCANARY_TWO\n1 [8] other@db LOG:  CANARY_THREE\n\tCANARY_FOUR\n";
        let logged = of(text, b"app_raw");
        assert_eq!(logged.marked.into_iter().collect::<Vec<_>>(), ["CANARY_ONE", "CANARY_TWO"]);
        assert_eq!(logged.bytes, 53);
    }
}
