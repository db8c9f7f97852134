//! The keys that seal and open values: for the start, which loads them, and for `rotate-key`, which adds one.

mod error;
mod file;
mod key;
mod parse;
mod write;

use std::{fmt, path::Path};

pub use error::KeyError;
pub(crate) use key::Key;
pub use key::KeyId;
pub use rolewright_core::secret_file::ReadableBy;

/// One or more 256-bit keys: the first seals, all open.
///
/// The key file holds one key per line, as hex or base64 (either alphabet of RFC 4648, padded or not), and comments
/// after `#`; or it is exactly 32 raw bytes. A file of printable characters is always read as text, so that 32 hex
/// digits, which are only 16 bytes, are not taken for a key.
///
/// Up to 2³² values may be sealed under one key, because nonces are random (NIST SP 800-38D, 8.3).
///
/// Its `Debug` shows the keys' ids, which are public, and never a key.
///
/// ```
/// use rolewright_secrets::{KeyRing, ReadableBy};
///
/// let folder = tempfile::tempdir()?;
/// let path = folder.path().join("rolewright.key");
/// let made = KeyRing::init(&path)?;
/// let loaded = KeyRing::load(&path, ReadableBy::OwnerOnly)?;
/// assert_eq!(made.first_id(), loaded.first_id());
/// assert!(KeyRing::init(&path).is_err(), "a key file is never overwritten");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone)]
pub struct KeyRing {
    first: Key,
    others: Vec<Key>,
}

impl KeyRing {
    /// Reads the key file.
    ///
    /// # Errors
    /// When the file is missing, a directory, a FIFO or another special file, unreadable, empty or, with [`ReadableBy::OwnerOnly`], readable by
    /// others; when a key is short, long, neither hex nor base64, or there twice. None of them shows a key.
    pub fn load(path: impl AsRef<Path>, readable_by: ReadableBy) -> Result<Self, KeyError> {
        let path = path.as_ref();
        let bytes = file::read(path, readable_by)?;
        parse::ring(path, &bytes)
    }

    /// Makes a key file with one new random key, readable by its owner only, and returns the ring it holds.
    ///
    /// # Errors
    /// When something is already at the path, which stays as it is, or the file cannot be written.
    pub fn init(path: impl AsRef<Path>) -> Result<Self, KeyError> {
        let ring = Self { first: Key::random()?, others: Vec::new() };
        write::create(path.as_ref(), &ring)?;
        Ok(ring)
    }

    /// Puts a new random key before those of the file, which go on opening, and returns the new ring.
    ///
    /// The file is replaced in one step, so that a crash leaves the old one or the new one; two that do this at once
    /// do it one after the other, and no key is lost. A symbolic link stays, and what it points at is replaced.
    ///
    /// Give the new file to every process before values are re-sealed: one that has only the old keys answers
    /// [`Unreadable::WrongKey`](crate::Unreadable::WrongKey) for values sealed under the new one.
    ///
    /// # Errors
    /// Those of [`load`](Self::load), or when the file cannot be replaced.
    pub fn prepend_new(path: impl AsRef<Path>) -> Result<Self, KeyError> {
        write::replace(path.as_ref(), |old| {
            let mut others = vec![old.first];
            others.extend(old.others);
            Ok(Self { first: Key::random()?, others })
        })
    }

    /// Drops every key but the first from the file, and returns the ring that is left. Nothing is written when there
    /// is only one.
    ///
    /// Call it only after a [rotation](crate::SecretStore::rotate) that [is complete](crate::Rotation::is_complete):
    /// what is still sealed under a dropped key can never be opened again.
    ///
    /// # Errors
    /// Those of [`load`](Self::load), or when the file cannot be replaced.
    pub fn drop_all_but_first(path: impl AsRef<Path>) -> Result<Self, KeyError> {
        write::replace(path.as_ref(), |old| Ok(Self { first: old.first, others: Vec::new() }))
    }

    /// The id of the key that seals.
    #[must_use]
    pub fn first_id(&self) -> KeyId {
        self.first.id()
    }

    /// The ids of all keys, the first one first.
    pub fn ids(&self) -> impl Iterator<Item = KeyId> + '_ {
        self.keys().map(Key::id)
    }

    /// Whether a key of this id is in the ring.
    #[must_use]
    pub fn holds(&self, id: KeyId) -> bool {
        self.find(id).is_some()
    }

    pub(crate) fn first(&self) -> &Key {
        &self.first
    }

    pub(crate) fn find(&self, id: KeyId) -> Option<&Key> {
        self.keys().find(|key| key.id() == id)
    }

    pub(crate) fn keys(&self) -> impl Iterator<Item = &Key> {
        std::iter::once(&self.first).chain(&self.others)
    }
}

impl fmt::Debug for KeyRing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.keys()).finish()
    }
}

#[cfg(test)]
mod tests;
