//! Secrets as types: values that cannot be printed by accident and are wiped when dropped.

use std::{fmt, time::Duration};

use async_trait::async_trait;
use secrecy::{ExposeSecret, SecretString};
use zeroize::Zeroizing;

use crate::{Advice, Exit};

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

/// The secret of the roles as it is kept, and since when.
#[derive(Clone, Debug)]
pub struct Kept {
    /// The secret.
    pub secret: RoleSecret,
    /// How long ago it was made.
    pub age: Duration,
}

/// Why a kept secret cannot be had, in the words of whoever keeps it.
pub type Unkept = Box<dyn Advice + Send + Sync>;

/// Where the secret of the roles is kept, as provisioning sees it: read and replaced on *its* connection, so that both
/// belong to the transaction that sets the passwords, and nobody who holds an old secret can set old passwords again.
///
/// A bare [`RoleSecret`] keeps itself: it is always new, and cannot be replaced.
#[async_trait]
pub trait KeepRoleSecret: Send + Sync {
    /// The current secret; it is made where there is none.
    async fn current(&self, connection: &mut sqlx::PgConnection) -> Result<Kept, Unkept>;

    /// A new secret in the place of the old one.
    async fn replace(&self, connection: &mut sqlx::PgConnection) -> Result<Kept, Unkept>;
}

/// A secret that is held in memory only cannot be replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("this secret is not kept anywhere, so it cannot be replaced")]
pub struct NotReplaceable;

impl Advice for NotReplaceable {
    fn hint(&self) -> Option<String> {
        Some("rotate through the store that keeps it: `rolewright secret rotate-roles`".to_owned())
    }

    fn exit(&self) -> Exit {
        Exit::Failed
    }
}

#[async_trait]
impl KeepRoleSecret for RoleSecret {
    async fn current(&self, _: &mut sqlx::PgConnection) -> Result<Kept, Unkept> {
        Ok(Kept { secret: self.clone(), age: Duration::ZERO })
    }

    async fn replace(&self, _: &mut sqlx::PgConnection) -> Result<Kept, Unkept> {
        Err(Box::new(NotReplaceable))
    }
}
