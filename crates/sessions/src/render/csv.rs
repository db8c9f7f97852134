//! CSV as RFC 4180 has it, lines ending in CRLF. What the RFC does not know: NULL is nothing at all, and the empty
//! string is `""`, as in PostgreSQL's own COPY.

use std::io::{self, Write};

/// Writes one record.
pub(super) fn record<'a>(
    out: &mut impl Write,
    fields: impl Iterator<Item = Option<&'a str>>,
) -> io::Result<()> {
    for (index, field) in fields.enumerate() {
        if index > 0 {
            out.write_all(b",")?;
        }
        match field {
            None => {}
            Some(text) if needs_quotes(text) => {
                out.write_all(b"\"")?;
                for (index, part) in text.split('"').enumerate() {
                    if index > 0 {
                        out.write_all(b"\"\"")?;
                    }
                    out.write_all(part.as_bytes())?;
                }
                out.write_all(b"\"")?;
            }
            Some(text) => out.write_all(text.as_bytes())?,
        }
    }
    out.write_all(b"\r\n")
}

/// `\.` alone ends the data for PostgreSQL's COPY.
fn needs_quotes(text: &str) -> bool {
    text.is_empty()
        || text == "\\."
        || text.contains(['"', ',', '\r', '\n'])
        || text.starts_with([' ', '\t'])
        || text.ends_with([' ', '\t'])
}
