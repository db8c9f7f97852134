//! Who a token names, once it is verified.

use std::fmt;

/// A verified token's subject, what roles it may ask for, and its claims. There is no other way to one than
/// [`verify`](super::verify).
#[derive(Clone, PartialEq, Eq)]
pub struct Identity {
    pub(super) subject: String,
    pub(super) roles: Vec<String>,
    pub(super) claims: String,
    pub(super) expires: i64,
    pub(super) not_before: i64,
}

impl Identity {
    /// For tests of what becomes of one.
    #[cfg(test)]
    pub(crate) fn of(subject: &str, roles: &[&str]) -> Self {
        let roles = roles.iter().map(|role| (*role).to_owned()).collect();
        let (claims, expires, not_before) = ("{}".to_owned(), i64::MAX, 0);
        Self { subject: subject.to_owned(), roles, claims, expires, not_before }
    }

    /// `sub`: 1 to 255 bytes without control characters.
    #[must_use]
    pub fn subject(&self) -> &str {
        &self.subject
    }

    /// The roles that the token lists, as it lists them.
    #[must_use]
    pub fn roles(&self) -> &[String] {
        &self.roles
    }

    /// All claims, as the text of one JSON object.
    #[must_use]
    pub fn claims(&self) -> &str {
        &self.claims
    }

    /// `exp`, in seconds since 1970.
    #[must_use]
    pub fn expires(&self) -> i64 {
        self.expires
    }
}

/// Claims may be anything about a person, so they are left out.
impl fmt::Debug for Identity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Identity")
            .field("subject", &self.subject)
            .field("roles", &self.roles)
            .field("expires", &self.expires)
            .finish_non_exhaustive()
    }
}
