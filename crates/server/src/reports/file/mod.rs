//! The form of a report as a file that sits well in git: a header of TOML inside SQL comments, then the query.
//!
//! ```
//! use rolewright::reports::file;
//!
//! let text = "\
//! -- ---
//! -- name = \"daily\"
//! -- title = \"Admissions by day\"
//! -- connection = \"reporting\"
//! -- timeout = \"30s\"
//! --
//! -- [[param]]
//! -- name = \"from_day\"
//! -- type = \"date\"
//! -- default = \"2026-01-01\"
//! -- ---
//! SELECT * FROM daily_admissions WHERE day >= :from_day
//! ";
//! let report = file::parse(text)?;
//! assert_eq!(report.params[0].type_name, "date");
//! assert_eq!(file::render(&report), text);
//! # Ok::<(), file::FileError>(())
//! ```

mod front;
mod parse;
mod render;

pub use parse::{FileError, is_file, parse};
pub use render::render;

/// The line that begins and ends the header.
const FENCE: &str = "-- ---";

#[cfg(test)]
mod tests;
