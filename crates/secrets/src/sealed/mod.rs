//! The sealed form of a value: how it is made, and the only way it is opened. For the store.
//!
//! ```text
//! RW1:<key id>:<base64 of the 96-bit nonce>:<base64 of ciphertext and 128-bit tag>
//! ```
//!
//! The cipher is AES-256-GCM (NIST SP 800-38D) with a random nonce. Its additional data are the domain, the
//! installation's id and the value's name, each after its length, so a value moved to another name or to another
//! installation does not open.
//!
//! Two older forms are opened too, so that they can be sealed anew: `S1:<base64 nonce>:<base64 ciphertext and tag>`,
//! the same cipher without additional data, and plain text. What has the shape of a sealed value, `RW` or `S` and a
//! number and a colon, is never taken for plain text; nor is what has it but for letter case and white space.

mod text;
mod unreadable;

use aes_gcm::{
    Aes256Gcm, KeyInit,
    aead::{Aead, Payload},
};
pub(crate) use text::Form;
pub use unreadable::Unreadable;
use uuid::Uuid;

use crate::{KeyRing, SecretValue, ring::Key};

/// The bytes of a nonce.
pub(crate) const NONCE: usize = 12;
/// The bytes of an authentication tag.
pub(crate) const TAG: usize = 16;

const DOMAIN: &[u8] = b"rolewright local secret v1";

/// Why a value cannot be sealed; neither is the caller's fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The operating system gives no random bytes.
    #[error("the operating system gives no random bytes")]
    Random,
    /// The value is longer than the cipher takes.
    #[error("the value is longer than AES-GCM takes")]
    TooLong,
}

/// A value as it was found, opened.
pub(crate) struct Opened {
    pub(crate) value: SecretValue,
    /// Whether it was stored in an older form and should be sealed anew.
    pub(crate) legacy: bool,
}

/// Seals a value under the ring's first key, for one name of one installation. The result is safe to store and to log.
///
/// # Errors
/// When the operating system gives no random bytes.
///
/// ```
/// # use rolewright_secrets::{KeyRing, SecretValue, sealed};
/// # let folder = tempfile::tempdir()?;
/// # let ring = KeyRing::init(folder.path().join("key"))?;
/// # let installation = uuid::Uuid::from_u128(1);
/// let text = sealed::seal(&ring, installation, "smtp.password", &SecretValue::from("hunter2"))?;
/// assert!(text.starts_with("RW1:"));
/// let value = sealed::open(&ring, installation, "smtp.password", &text)?;
/// assert_eq!(value.expose(), b"hunter2");
/// assert!(sealed::open(&ring, installation, "another.name", &text).is_err());
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub fn seal(
    ring: &KeyRing,
    installation: Uuid,
    name: &str,
    value: &SecretValue,
) -> Result<String, SealError> {
    let mut nonce = [0; NONCE];
    getrandom::fill(&mut nonce).map_err(|_| SealError::Random)?;
    let aad = additional_data(installation, name);
    let body = cipher(ring.first())
        .encrypt(&nonce.into(), Payload { msg: value.expose(), aad: &aad })
        .map_err(|_| SealError::TooLong)?;
    Ok(text::render(ring.first_id(), &nonce, &body))
}

/// Opens a stored text for one name of one installation, whatever its form.
///
/// # Errors
/// When it does not open; see [`Unreadable`] for what is told apart, and what is not.
pub fn open(ring: &KeyRing, installation: Uuid, name: &str, stored: &str) -> Result<SecretValue, Unreadable> {
    open_any(ring, installation, name, stored).map(|opened| opened.value)
}

pub(crate) fn open_any(
    ring: &KeyRing,
    installation: Uuid,
    name: &str,
    stored: &str,
) -> Result<Opened, Unreadable> {
    match text::parse(stored)? {
        Form::Plain => Ok(Opened { value: SecretValue::from(stored), legacy: true }),
        Form::Older { nonce, body } => ring
            .keys()
            .find_map(|key| decrypt(key, &nonce, &body, &[]))
            .map(|value| Opened { value, legacy: true })
            .ok_or_else(|| Unreadable::Older { have: ring.ids().collect() }),
        Form::Sealed { key, nonce, body } => {
            let key =
                ring.find(key).ok_or_else(|| Unreadable::WrongKey { id: key, have: ring.ids().collect() })?;
            decrypt(key, &nonce, &body, &additional_data(installation, name))
                .map(|value| Opened { value, legacy: false })
                .ok_or(Unreadable::Damaged)
        }
    }
}

/// What the stored text says of itself, without opening it.
pub(crate) fn form(stored: &str) -> Result<Form, Unreadable> {
    text::parse(stored)
}

/// How every text sealed under the ring's first key begins.
pub(crate) fn current_prefix(ring: &KeyRing) -> String {
    text::prefix(ring.first_id())
}

fn cipher(key: &Key) -> Aes256Gcm {
    Aes256Gcm::new(key.expose().into())
}

fn decrypt(key: &Key, nonce: &[u8; NONCE], body: &[u8], aad: &[u8]) -> Option<SecretValue> {
    cipher(key).decrypt(nonce.into(), Payload { msg: body, aad }).ok().map(SecretValue::new)
}

fn additional_data(installation: Uuid, name: &str) -> Vec<u8> {
    let mut data = Vec::with_capacity(DOMAIN.len() + name.len() + 40);
    for part in [DOMAIN, installation.as_bytes().as_slice(), name.as_bytes()] {
        data.extend_from_slice(&(part.len() as u64).to_be_bytes());
        data.extend_from_slice(part);
    }
    data
}

#[cfg(test)]
mod tests;
