//! Runs one of PostgreSQL's programs, as another account where root may not, and keeps what it says.

use std::{
    ffi::OsStr,
    fs::File,
    io::{self, Read as _},
    os::unix::process::CommandExt as _,
    path::Path,
    process::{Command, Stdio},
};

use crate::cluster::Account;

/// A command that inherits nothing that could lead it elsewhere: no `PG…` variable, no working folder that the account cannot enter.
pub(crate) fn quiet(program: &Path, account: Option<&Account>) -> Command {
    let mut command = Command::new(program);
    command.current_dir("/").env("LC_ALL", "C").stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        if is_libpq_variable(&name) {
            command.env_remove(name);
        }
    }
    if let Some(account) = account {
        command.gid(account.gid).uid(account.uid).env("HOME", "/").env("USER", &account.name);
    }
    command
}

/// Runs it to its end.
///
/// Its output goes to an anonymous file, not to a pipe: a server it leaves behind would hold a pipe open for ever.
pub(crate) fn run(mut command: Command) -> Result<String, String> {
    let program = Path::new(command.get_program()).file_name().map(OsStr::to_os_string).unwrap_or_default();
    let outcome: io::Result<(bool, String)> = (|| {
        let (writer, mut reader) = output_file()?;
        let status = command.stdout(writer.try_clone()?).stderr(writer).status()?;
        let mut text = Vec::new();
        reader.read_to_end(&mut text)?;
        Ok((status.success(), String::from_utf8_lossy(&text).trim().to_owned()))
    })();
    match outcome {
        Ok((true, text)) => Ok(text),
        Ok((false, text)) => Err(last_lines(&text)),
        Err(error) => Err(format!("cannot run {}: {error}", program.display())),
    }
}

/// What a tool that leaves nothing behind writes to its standard output; what it says besides is kept for a failure.
#[cfg(feature = "npm")]
pub(crate) fn answer(program: &Path, arguments: &[&str]) -> Result<String, String> {
    let mut command = quiet(program, None);
    // Tools of npm's kind end their lists with news about themselves.
    command.args(arguments).env("npm_config_update_notifier", "false").env("npm_config_loglevel", "error");
    let name = program.file_name().unwrap_or_default().display().to_string();
    let output = command.output().map_err(|error| format!("cannot run {name}: {error}"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let verb = arguments.first().unwrap_or(&"");
    Err(format!("{name} {verb} failed: {}", last_lines(&String::from_utf8_lossy(&output.stderr))))
}

/// The end of what a program wrote, on one line.
pub(crate) fn last_lines(text: &str) -> String {
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let from = lines.len().saturating_sub(6);
    if lines.is_empty() { "it said nothing".into() } else { lines[from..].join(" / ") }
}

/// A file without a name, opened once for writing and once, at its beginning, for reading.
fn output_file() -> io::Result<(File, File)> {
    use std::sync::atomic::{AtomicU64, Ordering};
    static COUNT: AtomicU64 = AtomicU64::new(0);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    let path = std::env::temp_dir().join(format!("rolewright-out-{}-{number}", std::process::id()));
    let writer = File::options().write(true).create_new(true).open(&path)?;
    let reader = File::open(&path)?;
    std::fs::remove_file(&path)?;
    Ok((writer, reader))
}

fn is_libpq_variable(name: &OsStr) -> bool {
    name.as_encoded_bytes().starts_with(b"PG")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_brings_the_programs_last_words() {
        let mut command = quiet(Path::new("/bin/sh"), None);
        command.args(["-c", "echo one; echo two >&2; exit 3"]);
        assert_eq!(run(command).unwrap_err(), "one / two");
    }

    #[test]
    fn a_child_that_stays_does_not_hold_the_caller() {
        let mut command = quiet(Path::new("/bin/sh"), None);
        command.args(["-c", "echo started; sleep 5 &"]);
        let before = std::time::Instant::now();
        assert_eq!(run(command).unwrap(), "started");
        assert!(before.elapsed().as_secs() < 4);
    }

    #[test]
    fn a_missing_program_is_named() {
        assert!(run(quiet(Path::new("/nowhere/initdb"), None)).unwrap_err().contains("cannot run initdb"));
    }
}
