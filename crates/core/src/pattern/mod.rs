//! Patterns over `schema`, `schema.table` and `schema.table.column`, as `read` and `deny` take them.
//!
//! Each part between dots is a glob of its own (`*`, `?`, `[…]`, `{a,b}`), case-sensitive like the catalogs. A part in
//! double quotes is taken literally, dots and stars included; a quote inside it is doubled, as in SQL.

mod deny;
mod error;
mod glob;
mod parts;
mod read;
mod text;

pub use deny::Deny;
pub use error::PatternError;
pub use glob::Glob;
pub use read::Read;

/// The names in `a.b`, each bare or in double quotes; nothing where one is a glob, or the text is no such thing.
pub(crate) fn names(written: &str) -> Option<Vec<String>> {
    let parts = parts::split(written).ok()?;
    let bare = |part: &parts::Part| !part.is_glob() && (part.quoted || !part.text.contains([' ', '(', ')']));
    parts.iter().all(bare).then(|| parts.into_iter().map(|part| part.text).collect())
}

#[cfg(test)]
mod tests;
