//! What the commands print: results on standard output, the rest on standard error.

use std::{
    fmt::Display,
    io::{self, IsTerminal, Write},
    process::ExitCode,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use comfy_table::{ContentArrangement, LineStyle, Table, TableStyle, presets};
use indicatif::{ProgressBar, ProgressStyle};
use rolewright_core::Exit;
use rolewright_roles::Finding;
use serde::Serialize;

use super::{
    args::{Format, Global},
    failure::Failure,
};

/// A rule below the header and nothing else, so that rows stay greppable.
const STYLE: TableStyle = presets::NOTHING.header_separator(LineStyle::none().fill('─').junction('─'));

/// How a command prints.
#[derive(Debug)]
pub(crate) struct Terminal {
    pub(crate) format: Format,
    /// The first failure to write a result, other than that its reader has gone away.
    lost: Mutex<Option<io::Error>>,
}

impl Terminal {
    pub(crate) fn new(global: &Global) -> Self {
        Self { format: global.format, lost: Mutex::new(None) }
    }

    /// One line on standard output. A reader that has gone away, as with `| head`, is not an error; a full disk is.
    pub(crate) fn line(&self, text: impl Display) {
        self.wrote(writeln!(io::stdout().lock(), "{text}"));
    }

    /// Bytes on standard output, as they are.
    pub(crate) fn bytes(&self, bytes: &[u8]) {
        self.wrote(io::stdout().lock().write_all(bytes));
    }

    fn wrote(&self, outcome: io::Result<()>) {
        if let Err(error) = outcome
            && error.kind() != io::ErrorKind::BrokenPipe
        {
            self.lost.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
        }
    }

    /// The exit code of a command that has done its work: not success where its result could not be written.
    pub(crate) fn end(&self, exit: Exit) -> ExitCode {
        self.wrote(io::stdout().flush());
        match self.lost.lock().unwrap_or_else(PoisonError::into_inner).take() {
            None => ExitCode::from(exit.code()),
            Some(error) => {
                self.give_up(&Failure::plain(Exit::Failed, format!("cannot write the result: {error}"), None))
            }
        }
    }

    /// One document on standard output.
    pub(crate) fn json(&self, value: &impl Serialize) {
        if let Ok(text) = serde_json::to_string_pretty(value) {
            self.line(text);
        }
    }

    /// A table on standard output, as wide as the terminal.
    pub(crate) fn table<R, C>(&self, header: &[&str], rows: R)
    where
        R: IntoIterator<Item = Vec<C>>,
        C: Display,
    {
        let mut table = Table::new();
        table.load_style(STYLE).set_header(header.iter().copied());
        if io::stdout().is_terminal() {
            table.set_content_arrangement(ContentArrangement::Dynamic);
        }
        for row in rows {
            table.add_row(row.iter().map(ToString::to_string));
        }
        for line in table.to_string().lines() {
            self.line(line.trim_end());
        }
    }

    /// Something that is reported and left alone, with its fix.
    pub(crate) fn finding(&self, finding: &Finding) {
        self.line(format_args!("note: {}", finding.message));
        if let Some(fix) = &finding.fix {
            self.line(format_args!(" fix: {fix}"));
        }
    }

    /// A note on standard error.
    pub(crate) fn note(&self, text: impl Display) {
        let _ = writeln!(io::stderr().lock(), "{}", visible(text));
    }

    /// A spinner with a message on standard error, while something takes its time; silent where that is no terminal.
    pub(crate) fn spinner(&self, message: impl Into<String>) -> ProgressBar {
        let bar = ProgressBar::new_spinner().with_message(message.into());
        bar.enable_steady_tick(Duration::from_millis(120));
        bar
    }

    /// A progress bar on standard error; silent where that is no terminal.
    pub(crate) fn bar(&self, steps: u64) -> ProgressBar {
        let bar = ProgressBar::new(steps);
        if let Ok(style) = ProgressStyle::with_template("{bar:30} {pos}/{len} {msg}") {
            bar.set_style(style);
        }
        bar
    }

    /// Prints `error:` and `hint:`, and gives the exit code.
    pub(crate) fn give_up(&self, failure: &Failure) -> ExitCode {
        let mut stderr = io::stderr().lock();
        let _ = writeln!(stderr, "error: {}", visible(&failure.message));
        if let Some(hint) = &failure.hint {
            let _ = writeln!(stderr, "hint: {}", visible(hint));
        }
        ExitCode::from(failure.exit.code())
    }

    /// Formats that only some commands know are refused by the others.
    pub(crate) fn only(&self, known: &[Format]) -> Result<(), Failure> {
        if known.contains(&self.format) {
            return Ok(());
        }
        let names: Vec<String> = known.iter().map(|format| format!("{format:?}").to_lowercase()).collect();
        Err(Failure::plain(
            Exit::Usage,
            format!("this command does not print {:?}", self.format).to_lowercase(),
            Some(format!("use --format {}", names.join("|"))),
        ))
    }
}

/// A text without what a terminal would obey: an error may repeat what somebody else wrote, a report's author for one.
fn visible(text: impl Display) -> String {
    let mut visible = String::new();
    for c in text.to_string().chars() {
        if c.is_control() && !matches!(c, '\n' | '\t') {
            visible.extend(c.escape_default());
        } else {
            visible.push(c);
        }
    }
    visible
}

#[cfg(test)]
mod tests {
    use super::visible;

    #[test]
    fn a_terminal_is_told_nothing() {
        assert_eq!(
            visible("column \"\u{1b}[31mzz\" is\n\tnot there é"),
            "column \"\\u{1b}[31mzz\" is\n\tnot there é"
        );
    }
}
