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

#[cfg(test)]
mod tests;
