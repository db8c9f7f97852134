//! Secrets as types: values that cannot be printed by accident and are wiped when dropped.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

/// A password, of the core connection or of a managed role. Prints as `***`.
///
/// ```
/// use rolewright_core::Password;
///
/// let password = Password::new("hunter2");
/// assert_eq!(format!("{password:?} {password}"), "*** ***");
/// assert_eq!(password.expose(), "hunter2");
/// ```
#[derive(Clone)]
pub struct Password(SecretString);

impl Password {
    /// Takes a clear password in.
    #[must_use]
    pub fn new(clear: impl Into<String>) -> Self {
        Self(SecretString::from(clear.into()))
    }

    /// The clear password, for the one place that hands it to a driver.
    #[must_use]
    pub fn expose(&self) -> &str {
        self.0.expose_secret()
    }
}

impl PartialEq for Password {
    fn eq(&self, other: &Self) -> bool {
        self.expose() == other.expose()
    }
}

impl Eq for Password {}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

impl fmt::Display for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

/// The random 256-bit value of one installation from which every managed role's password is derived.
///
/// It lives sealed in the database; this is its opened form, handed by value from the store to the roles.
#[derive(Clone)]
pub struct RoleSecret(Zeroizing<[u8; 32]>);

impl RoleSecret {
    /// The name of the sealed value that holds it.
    pub const KEY: &'static str = "roles.secret";

    /// Takes the opened 32 bytes in.
    #[must_use]
    pub fn new(bytes: [u8; 32]) -> Self {
        Self(Zeroizing::new(bytes))
    }

    /// The bytes, for key derivation only.
    #[must_use]
    pub fn expose(&self) -> &[u8; 32] {
        &self.0
    }
}

impl fmt::Debug for RoleSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RoleSecret(***)")
    }
}
