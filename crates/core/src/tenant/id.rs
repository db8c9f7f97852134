//! A tenant's id.

use std::fmt;

use serde::{Deserialize, Serialize};

use super::{NameError, Part, check};

/// A tenant's id: a lower-case letter, then up to 30 lower-case letters and digits.
///
/// An id that is none is refused, each way in its own words, and never mended: `Diku` is not taken for `diku`.
///
/// ```
/// use rolewright_core::tenant::{NameError, TenantId};
///
/// assert_eq!(TenantId::new("diku")?.as_str(), "diku");
/// let refused = TenantId::new("di-ku").unwrap_err();
/// assert_eq!(refused.to_string(), "the tenant `di-ku` has the character '-'");
/// # Ok::<(), NameError>(())
/// ```
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, schemars::JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct TenantId(String);

/// Ids whose schemas would be PostgreSQL's own (`pg_…` is refused by the server) or this software's.
const RESERVED: [&str; 2] = ["pg", "rolewright"];

impl TenantId {
    /// Checks an id.
    ///
    /// # Errors
    /// When it is empty, too long, begins with anything but a letter, has any other character, or is reserved.
    pub fn new(id: impl Into<String>) -> Result<Self, NameError> {
        let id = id.into();
        check(Part::Tenant, &id, |_| false)?;
        if RESERVED.contains(&id.as_str()) {
            return Err(NameError::Reserved(id));
        }
        Ok(Self(id))
    }

    /// The id as it was given.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for TenantId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.0)
    }
}

impl TryFrom<String> for TenantId {
    type Error = NameError;

    fn try_from(id: String) -> Result<Self, NameError> {
        Self::new(id)
    }
}

impl std::str::FromStr for TenantId {
    type Err = NameError;

    fn from_str(id: &str) -> Result<Self, NameError> {
        Self::new(id)
    }
}

impl From<TenantId> for String {
    fn from(id: TenantId) -> Self {
        id.0
    }
}
