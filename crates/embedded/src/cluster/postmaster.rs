//! What `postmaster.pid` says of a server, and whether it is true.

use std::{
    fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

/// The state of a cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum State {
    /// No server.
    Stopped,
    /// A `postmaster.pid` that a killed server left behind.
    Stale,
    /// A server that accepts connections on this port.
    Ready(u16),
    /// A server that is starting up or shutting down.
    Changing,
}

/// Looks at the data folder.
pub(crate) fn state(data: &Path) -> State {
    let Ok(text) = fs::read_to_string(data.join("postmaster.pid")) else { return State::Stopped };
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let pid: Option<u32> = lines.first().and_then(|line| line.parse().ok());
    // Line 4 is the port, line 8 the status (miscadmin.h, "PIDFILE").
    match pid {
        Some(pid) if serves(pid, data) => {
            match (lines.get(3).and_then(|line| line.parse().ok()), lines.get(7)) {
                (Some(port), Some(&"ready")) => State::Ready(port),
                _ => State::Changing,
            }
        }
        _ => State::Stale,
    }
}

/// Is this process the server of this data folder, and not a newcomer with a number that has come round again? A server
/// works in its data folder; where that cannot be seen, its program's name has to do.
fn serves(pid: u32, data: &Path) -> bool {
    let here = |cwd: PathBuf| data.canonicalize().is_ok_and(|data| data == cwd);
    command_line(pid).is_some_and(|line| line.contains("postgres"))
        && fs::read_link(format!("/proc/{pid}/cwd")).map_or(true, here)
}

/// The command line of a process: from /proc, which everyone may read, else from `ps`.
fn command_line(pid: u32) -> Option<String> {
    if let Ok(bytes) = fs::read(format!("/proc/{pid}/cmdline")) {
        return Some(String::from_utf8_lossy(&bytes).replace('\0', " "));
    }
    let output = Command::new("ps")
        .args(["-o", "args=", "-p", &pid.to_string()])
        .stdin(Stdio::null())
        .stderr(Stdio::null())
        .output()
        .ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn another_process_with_the_same_number_is_not_the_server() {
        let data = tempfile::tempdir().unwrap();
        assert_eq!(state(data.path()), State::Stopped);
        let own = format!("{}\n{}\n0\n5432\n", std::process::id(), data.path().display());
        fs::write(data.path().join("postmaster.pid"), own).unwrap();
        assert_eq!(state(data.path()), State::Stale);
    }
}
