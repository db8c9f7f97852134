//! The gate: PostgreSQL's own parser decides whether a text is one read-only query.
//!
//! The text is parsed, not run, as the query of a `DECLARE … CURSOR`, in a message that takes one statement only. What
//! passes is one SELECT, VALUES, TABLE or WITH query that changes no data; and the same parse tells the types of its
//! parameters.

use rolewright_core::sqlstate;
use tokio_postgres::{Error, error::ErrorPosition};

use crate::{
    Denial, ParameterError, Place, QueryError, Refusal,
    placeholders::{Rendered, Template},
    unseen,
    wire::{Spoken, spoken},
};

/// What stands before a report's text, always. The name is never the text's to choose.
pub(crate) const BEFORE: &str = "/* rolewright: report */ DECLARE rolewright_report NO SCROLL CURSOR FOR ";

/// `feature_not_supported`: here, a data-modifying WITH.
pub(crate) const NOT_SUPPORTED: &str = "0A000";
/// `syntax_error`.
pub(crate) const SYNTAX_ERROR: &str = "42601";
/// `read_only_sql_transaction`.
pub(crate) const READ_ONLY: &str = "25006";
/// `indeterminate_datatype` and `ambiguous_parameter`.
const UNTYPED: [&str; 2] = ["42P18", "42P08"];

/// The commands an author may take for a report, by their first word.
const COMMANDS: &[&str] = &[
    "ABORT",
    "ALTER",
    "ANALYZE",
    "BEGIN",
    "CALL",
    "CHECKPOINT",
    "CLOSE",
    "CLUSTER",
    "COMMENT",
    "COMMIT",
    "COPY",
    "CREATE",
    "DEALLOCATE",
    "DECLARE",
    "DELETE",
    "DISCARD",
    "DO",
    "DROP",
    "END",
    "EXECUTE",
    "EXPLAIN",
    "FETCH",
    "GRANT",
    "IMPORT",
    "INSERT",
    "LISTEN",
    "LOAD",
    "LOCK",
    "MERGE",
    "MOVE",
    "NOTIFY",
    "PREPARE",
    "REASSIGN",
    "REFRESH",
    "REINDEX",
    "RELEASE",
    "RESET",
    "REVOKE",
    "ROLLBACK",
    "SAVEPOINT",
    "SECURITY",
    "SET",
    "SHOW",
    "START",
    "TRUNCATE",
    "UNLISTEN",
    "UPDATE",
    "VACUUM",
];

/// The text behind the gate, with `$1`, `$2`, … for its parameters.
pub(crate) fn numbered(template: &Template) -> Rendered {
    template.render(BEFORE, |index| format!("${}", index + 1))
}

/// The text with `$1`, `$2`, … and nothing of ours but a comment, to be parsed for its columns once it is through the gate.
pub(crate) fn plain(template: &Template) -> String {
    template.render("/* rolewright: report */ ", |index| format!("${}", index + 1)).sql
}

/// What the server said of a text it was given as `rendered`, in words for the author; other errors pass through.
pub(crate) fn refusal(error: &Error, template: &Template, rendered: &Rendered) -> QueryError {
    let Spoken::Refused(said) = spoken(error) else { return QueryError::of_driver(error) };
    let message = said.message().to_owned();
    let offset = offset(error, rendered);
    let place = offset.map(|offset| Place::at(template.text(), offset));
    match said.code().code() {
        SYNTAX_ERROR => of_syntax(message, offset, template).into(),
        NOT_SUPPORTED if place.is_none() && template.has_word("WITH") && !template.has_word("FOR") => {
            Refusal::ModifyingWith.into()
        }
        // What a function's body may not have in it: the name of a role, where there is one.
        NOT_SUPPORTED if message.contains("regrole") => Refusal::from(Denial::LookedUp).into(),
        NOT_SUPPORTED => unsupported(error, place, template),
        READ_ONLY => Refusal::Writes { message }.into(),
        code if UNTYPED.contains(&code) => match untyped(&message, template) {
            Some(name) => ParameterError::Untyped(vec![name]).into(),
            None => Refusal::Syntax { message, place }.into(),
        },
        _ => unseen::parsed(QueryError::of_driver(error), offset, template.text()),
    }
}

/// Where in the text, in characters from 0, the server points to.
pub(crate) fn offset(error: &Error, rendered: &Rendered) -> Option<usize> {
    match error.as_db_error()?.position() {
        Some(ErrorPosition::Original(position)) => rendered.origin(*position as usize),
        _ => None,
    }
}

/// What the server said of a text that it was to run: which right is missing is told there, of what the text names.
pub(crate) fn failure(error: &Error, template: &Template, rendered: &Rendered) -> QueryError {
    match QueryError::of_driver(error) {
        // It went through the gate, so what is not supported is no change of data.
        unsaid if unsaid.is(NOT_SUPPORTED) => unsupported(error, None, template),
        QueryError::Database { sqlstate: code, .. }
            if code == READ_ONLY || code.starts_with("42") && code != sqlstate::INSUFFICIENT_PRIVILEGE =>
        {
            refusal(error, template, rendered)
        }
        error => unseen::veiled(error, template.text()),
    }
}

fn unsupported(error: &Error, place: Option<Place>, template: &Template) -> QueryError {
    match unseen::veiled(QueryError::of_driver(error), template.text()) {
        QueryError::Database { message, .. } => Refusal::Syntax { message, place }.into(),
        error => error,
    }
}

fn of_syntax(message: String, offset: Option<usize>, template: &Template) -> Refusal {
    // The one syntax error without a position is "cannot insert multiple commands into a prepared statement".
    let Some(offset) = offset else { return Refusal::SeveralStatements };
    let place = Place::at(template.text(), offset);
    if is_into_target(template, offset) {
        Refusal::SelectInto { place }
    } else if let Some(command) = command(template, offset) {
        Refusal::Command { command }
    } else {
        Refusal::Syntax { message, place: Some(place) }
    }
}

/// The command a text begins with, when the parser stumbled over that very word.
fn command(template: &Template, offset: usize) -> Option<&'static str> {
    let (at, word) = template.first_word()?;
    (at == offset).then(|| COMMANDS.iter().find(|known| **known == word).copied())?
}

/// Whether this is the table of `SELECT … INTO [TEMP | UNLOGGED] [TABLE] name`.
fn is_into_target(template: &Template, offset: usize) -> bool {
    let before = template.words_before(offset);
    let kinds = ["TEMP", "TEMPORARY", "LOCAL", "GLOBAL", "UNLOGGED", "TABLE"];
    before.iter().rev().find(|word| !kinds.contains(&word.as_str())).is_some_and(|word| word == "INTO")
}

/// The parameter whose number stands in the server's message, in whatever language that is.
fn untyped(message: &str, template: &Template) -> Option<String> {
    message.split('$').skip(1).find_map(|rest| {
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        template.names().get(digits.parse::<usize>().ok()?.checked_sub(1)?).cloned()
    })
}
