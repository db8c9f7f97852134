//! A report's name: what it is called on the command line, in a URL and as a file.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The longest name, in characters.
const MOST: usize = 63;

/// 1 to 63 of `a` to `z`, digits, `_` and `-`: a name that means the same in a shell, a URL and a file system.
///
/// ```
/// use rolewright::reports::ReportName;
///
/// let name: ReportName = "daily-admissions".parse()?;
/// assert_eq!(name.as_str(), "daily-admissions");
/// assert!("../secrets".parse::<ReportName>().is_err());
/// # Ok::<(), rolewright::reports::NameError>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReportName(String);

/// The text cannot name a report.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{}` cannot name a report: a name is 1 to {MOST} of a-z, 0-9, `_` and `-`", .0.escape_debug())]
pub struct NameError(pub(crate) String);

impl ReportName {
    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl TryFrom<String> for ReportName {
    type Error = NameError;

    fn try_from(name: String) -> Result<Self, NameError> {
        let fits =
            |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || matches!(byte, b'_' | b'-');
        if (1..=MOST).contains(&name.len()) && name.bytes().all(fits) {
            Ok(Self(name))
        } else {
            Err(NameError(name))
        }
    }
}

impl FromStr for ReportName {
    type Err = NameError;

    fn from_str(name: &str) -> Result<Self, NameError> {
        Self::try_from(name.to_owned())
    }
}

impl From<ReportName> for String {
    fn from(name: ReportName) -> Self {
        name.0
    }
}

impl fmt::Display for ReportName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_plain() {
        let long = "x".repeat(MOST);
        for name in ["a", "daily_2-x", "0", "-", &long] {
            assert_eq!(name.parse::<ReportName>().unwrap().to_string(), name);
        }
        let longer = "x".repeat(MOST + 1);
        for name in ["", "A", "a b", "a/b", "..", "é", "a\n", "a.sql", &longer] {
            assert!(name.parse::<ReportName>().is_err(), "{name:?}");
        }
    }
}
