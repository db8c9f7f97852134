//! SQL identifiers: names of roles, schemas, tables and columns, checked once and quoted in one place.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{Advice, Exit};

/// The longest name PostgreSQL keeps, in bytes (`NAMEDATALEN` − 1); it silently truncates longer ones, so we refuse.
pub const MAX_BYTES: usize = 63;

/// A name that PostgreSQL stores as it is: 1 to 63 bytes of UTF-8, without NUL.
///
/// Its `Display` is the bare name, for people; [`quoted`](Ident::quoted) is the only form that belongs in SQL
/// (PostgreSQL manual, 4.1.1 "Identifiers and Key Words").
///
/// ```
/// use rolewright_core::Ident;
///
/// let name = Ident::new(r#"weird "name""#)?;
/// assert_eq!(name.quoted(), r#""weird ""name""""#);
/// assert!(Ident::new("x".repeat(64)).is_err());
/// # Ok::<(), rolewright_core::ident::IdentError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Ident(String);

/// Why a name cannot be an identifier.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum IdentError {
    /// The name has no characters.
    #[error("a name is empty")]
    Empty,
    /// The name would be truncated by PostgreSQL.
    #[error("the name `{name}` is {bytes} bytes long, and PostgreSQL keeps {MAX_BYTES}")]
    TooLong {
        /// The name as given.
        name: String,
        /// Its length in bytes.
        bytes: usize,
    },
    /// The name contains a NUL character.
    #[error("a name contains a NUL character")]
    Nul,
}

impl Advice for IdentError {
    fn hint(&self) -> Option<String> {
        Some(format!("use a name of 1 to {MAX_BYTES} bytes"))
    }

    fn exit(&self) -> Exit {
        Exit::Config
    }
}

impl Ident {
    /// Checks a name.
    ///
    /// # Errors
    /// When it is empty, longer than [`MAX_BYTES`], or contains NUL.
    pub fn new(name: impl Into<String>) -> Result<Self, IdentError> {
        let name = name.into();
        if name.is_empty() {
            Err(IdentError::Empty)
        } else if name.len() > MAX_BYTES {
            Err(IdentError::TooLong { bytes: name.len(), name })
        } else if name.contains('\0') {
            Err(IdentError::Nul)
        } else {
            Ok(Self(name))
        }
    }

    /// The bare name, for comparing with the catalogs and for bound values.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The name as it may stand in SQL: always in double quotes, inner quotes doubled.
    #[must_use]
    pub fn quoted(&self) -> String {
        format!("\"{}\"", self.0.replace('"', "\"\""))
    }
}

impl fmt::Display for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for Ident {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl TryFrom<String> for Ident {
    type Error = IdentError;

    fn try_from(name: String) -> Result<Self, IdentError> {
        Self::new(name)
    }
}

impl From<Ident> for String {
    fn from(name: Ident) -> Self {
        name.0
    }
}
