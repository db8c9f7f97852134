//! The memory of the server's processes, as the kernel counts it: only where the server is on this machine.

use std::fs;

use sqlx::PgConnection;

use super::ground;

/// Looks at processes by their number.
#[derive(Clone, Copy, Debug)]
pub(super) struct Memory {
    local: bool,
}

impl Memory {
    /// Of the server of this connection.
    pub(super) async fn of(conn: &mut PgConnection) -> Result<Self, sqlx::Error> {
        let pid = ground::pid(conn).await?;
        // The same number may be another process here, but not with the title of a backend.
        let title = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
        Ok(Self { local: title.starts_with(b"postgres:") })
    }

    pub(super) fn is_local(self) -> bool {
        self.local
    }

    /// What a process has of its own now, in bytes: what it shares with others is left out. Nothing where it is out of sight.
    pub(super) fn own(self, pid: i32) -> u64 {
        if !self.local {
            return 0;
        }
        fs::read_to_string(format!("/proc/{pid}/status"))
            .ok()
            .as_deref()
            .and_then(anonymous)
            .unwrap_or_default()
    }
}

fn anonymous(status: &str) -> Option<u64> {
    let line = status.lines().find_map(|line| line.strip_prefix("RssAnon:"))?;
    Some(line.split_whitespace().next()?.parse::<u64>().ok()? << 10)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_does_not_count() {
        let status = "Name:\tpostgres\nVmHWM:\t   90000 kB\nVmRSS:\t   30000 kB\nRssAnon:\t   10000 kB\nRssShmem:\t    5000 kB\n";
        assert_eq!(anonymous(status), Some(10_000 << 10));
        assert_eq!(anonymous("Name:\tkthreadd\n"), None);
    }
}
