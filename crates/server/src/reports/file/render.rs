//! Writes a definition as a file, always the same way, so that a diff shows what has changed and nothing else.

use std::fmt::Write as _;

use super::FENCE;
use crate::reports::{Definition, Parameter};

/// The file: header, query, and a newline at its end.
#[must_use]
pub fn render(report: &Definition) -> String {
    let mut header = Header::default();
    header.text("name", report.name.as_str());
    header.text("title", &report.title);
    header.text("description", &report.description);
    header.text("connection", &report.connection);
    header.number("max_rows", report.max_rows);
    header.text(
        "timeout",
        &report.timeout.map(|t| humantime::format_duration(t).to_string()).unwrap_or_default(),
    );
    header.number("max_bytes", report.max_bytes);
    report.params.iter().for_each(|param| header.param(param));
    let mut out = format!("{FENCE}\n");
    for line in header.0.lines() {
        out.push_str(if line.is_empty() { "--" } else { "-- " });
        out.push_str(line);
        out.push('\n');
    }
    out.push_str(FENCE);
    out.push('\n');
    out.push_str(&report.text);
    out.push('\n');
    out
}

#[derive(Default)]
struct Header(String);

impl Header {
    /// A key with a text; without one, nothing.
    fn text(&mut self, key: &str, value: &str) {
        if !value.is_empty() {
            self.line(key, &quoted(value));
        }
    }

    fn number(&mut self, key: &str, value: Option<u64>) {
        if let Some(value) = value {
            self.line(key, &value.to_string());
        }
    }

    fn param(&mut self, param: &Parameter) {
        self.0.push_str("\n[[param]]\n");
        self.text("name", &param.name);
        self.text("type", &param.type_name);
        match &param.default {
            Some(value) => self.line("default", &quoted(value)),
            None if !param.required => self.line("required", "false"),
            None => {}
        }
        self.text("description", &param.description);
    }

    fn line(&mut self, key: &str, value: &str) {
        // Writing to a String cannot fail.
        let _ = writeln!(self.0, "{key} = {value}");
    }
}

/// A TOML basic string; several lines of it where the text has several.
fn quoted(text: &str) -> String {
    if !text.contains('\n') {
        return format!("\"{}\"", escaped(text));
    }
    let lines: Vec<String> = text.split('\n').map(line_of_several).collect();
    format!("\"\"\"\n{}\"\"\"", lines.join("\n"))
}

/// A line in a string of several: never a fence, and never with space at its end, which editors take away.
fn line_of_several(line: &str) -> String {
    let mut line = escaped(line);
    if line.ends_with(' ') {
        line.pop();
        line.push_str("\\u0020");
    }
    if line.trim_end() == "---" { format!("\\u002D{}", &line[1..]) } else { line }
}

/// A text with everything escaped that a basic string, or one line of a file, cannot hold.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\t' => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            '\n' => out.push_str("\\n"),
            c if c.is_control() => {
                let _ = write!(out, "\\u{:04X}", u32::from(c));
            }
            c => out.push(c),
        }
    }
    out
}
