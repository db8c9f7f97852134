//! Why a text is refused before anything of it has run, in words for its author.

use std::fmt;

use rolewright_core::{Advice, Exit};

use crate::Denial;

/// A place in a report's text, both counted from 1, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The character in the line.
    pub column: usize,
}

impl Place {
    /// The place of the character at this offset (counted from 0).
    pub(crate) fn at(text: &str, offset: usize) -> Self {
        let mut place = Self { line: 1, column: 1 };
        for c in text.chars().take(offset) {
            if c == '\n' {
                place = Self { line: place.line + 1, column: 1 };
            } else {
                place.column += 1;
            }
        }
        place
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "line {}, column {}", self.line, self.column)
    }
}

/// Why a text is not one read-only query.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// There is nothing but space and comments.
    #[error("the report's text is empty")]
    Empty,
    /// The text contains a NUL character, which no SQL can.
    #[error("the report's text contains a NUL character")]
    Nul,
    /// The text is longer than any report should be.
    #[error("the report's text is {bytes} bytes long, and at most {most} are taken")]
    TooLong {
        /// Its length.
        bytes: usize,
        /// The most that is taken.
        most: usize,
    },
    /// There are more queries or joins in it than any report should have.
    #[error("the report's text has {count} times {what}, and at most {most} are taken")]
    TooMany {
        /// The word.
        what: &'static str,
        /// How often it is there.
        count: usize,
        /// The most that is taken.
        most: usize,
    },
    /// There is more than one statement.
    #[error("a report is one query, and this text is several statements")]
    SeveralStatements,
    /// The text begins with a command that is not a query.
    #[error("a report is one query, and this text is {command}")]
    Command {
        /// The command, one of PostgreSQL's own.
        command: &'static str,
    },
    /// `SELECT … INTO` makes a table.
    #[error("a report cannot make a table with SELECT INTO ({place})")]
    SelectInto {
        /// Where the target stands.
        place: Place,
    },
    /// A `WITH` query contains INSERT, UPDATE, DELETE or MERGE.
    #[error("a report cannot change data in WITH")]
    ModifyingWith,
    /// The query would write or lock rows, and the transaction is read-only.
    #[error("a report reads only: {message}")]
    Writes {
        /// The server's words.
        message: String,
    },
    /// A parameter by number instead of by name.
    #[error("parameters have names here, and `$` with a number stands at {place}")]
    Positional {
        /// Where.
        place: Place,
    },
    /// A parameter's name runs on into characters that cannot be part of it.
    #[error("a parameter's name is letters, digits and underscores; the one at {place} is not")]
    ParameterName {
        /// Where.
        place: Place,
    },
    /// It is one query, and does more than its role's reports may.
    #[error(transparent)]
    Denied(#[from] Denial),
    /// PostgreSQL's parser does not take it.
    #[error("{message}{}", at(.place))]
    Syntax {
        /// The server's words.
        message: String,
        /// Where, if the server says so.
        place: Option<Place>,
    },
}

fn at(place: &Option<Place>) -> String {
    place.map(|place| format!(" ({place})")).unwrap_or_default()
}

impl Advice for Refusal {
    fn hint(&self) -> Option<String> {
        if let Self::Denied(denial) = self {
            return Some(denial.hint());
        }
        Some(
            match self {
                Self::Empty => "write one SELECT, VALUES, TABLE or WITH … SELECT",
                Self::Nul => "remove the NUL character",
                Self::TooLong { .. } => "put long lists of values into an array parameter: `= any(:ids)`",
                Self::TooMany { .. } => "put long lists into an array parameter: `unnest(:ids)`; make views of what is joined often, or several reports",
                Self::SeveralStatements => "keep one SELECT; make a report of its own for each of the others",
                Self::Command { .. } => "write one SELECT, VALUES, TABLE or WITH … SELECT; settings, limits and transactions are the application's",
                Self::SelectInto { .. } => "remove `INTO …`, or use a subquery or WITH for an intermediate result",
                Self::ModifyingWith => "use only SELECT inside WITH",
                Self::Writes { .. } => "remove FOR UPDATE or FOR SHARE, and calls of functions that write",
                Self::Positional { .. } => "name it, as in `:from_day`, and pass the value by that name",
                Self::ParameterName { .. } => "name it like `:from_day`, and put a space after it",
                Self::Denied(_) | Self::Syntax { .. } => "a report is one SELECT, VALUES, TABLE or WITH … SELECT; psql shows the same error for the same text",
            }
            .to_owned(),
        )
    }

    fn exit(&self) -> Exit {
        Exit::Refused
    }
}
