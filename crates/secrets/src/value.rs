//! An opened secret, for whoever asked the store for it: it cannot be printed and is wiped when dropped.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// The clear bytes of a secret. Prints as `***`; an empty value is a value.
///
/// ```
/// use rolewright_secrets::SecretValue;
///
/// let value = SecretValue::from("hunter2");
/// assert_eq!(format!("{value:?}"), "SecretValue(***)");
/// assert_eq!(value.expose_str(), Some("hunter2"));
/// ```
#[derive(Clone)]
pub struct SecretValue(Zeroizing<Vec<u8>>);

impl SecretValue {
    /// Takes clear bytes in.
    #[must_use]
    pub fn new(bytes: Vec<u8>) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The clear bytes, for the one place that needs them.
    #[must_use]
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The clear text, or `None` where the bytes are not UTF-8.
    #[must_use]
    pub fn expose_str(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// Whether the value is the empty one; that is not the same as [missing](crate::Lookup::Missing).
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<&str> for SecretValue {
    fn from(text: &str) -> Self {
        Self::new(text.as_bytes().to_vec())
    }
}

impl From<String> for SecretValue {
    fn from(text: String) -> Self {
        Self::new(text.into_bytes())
    }
}

impl PartialEq for SecretValue {
    fn eq(&self, other: &Self) -> bool {
        self.expose().ct_eq(other.expose()).into()
    }
}

impl Eq for SecretValue {}

impl fmt::Debug for SecretValue {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SecretValue(***)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_the_marker_and_not_the_secret() {
        let shown = format!("{:?} {:#?}", SecretValue::from("canary"), Some(SecretValue::from("canary")));
        assert!(shown.contains("***"));
        assert!(!shown.contains("canary"));
        assert!(!shown.contains("99, 97"), "the bytes are not shown either");
    }

    #[test]
    fn empty_and_binary_values_are_values() {
        assert!(SecretValue::from("").is_empty());
        assert_eq!(SecretValue::from("").expose_str(), Some(""));
        assert_eq!(SecretValue::new(vec![0xff]).expose_str(), None);
        assert_ne!(SecretValue::from("a"), SecretValue::from("b"));
    }
}
