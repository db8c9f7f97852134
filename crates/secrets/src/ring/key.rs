//! One 256-bit key and its public id: for the ring, and for whoever says which key is meant.

use std::fmt;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::KeyError;

/// Keeps the id apart from any other hash of the same key.
const ID_DOMAIN: &[u8] = b"rolewright key id v1\0";

/// One key. Its `Debug` shows its id and `***`.
#[derive(Clone)]
pub(crate) struct Key {
    bytes: Zeroizing<[u8; 32]>,
    id: KeyId,
}

impl Key {
    pub(crate) fn new(bytes: Zeroizing<[u8; 32]>) -> Self {
        let hash = Sha256::new().chain_update(ID_DOMAIN).chain_update(bytes.as_slice()).finalize();
        let mut id = [0; 8];
        id.copy_from_slice(&hash[..8]);
        Self { bytes, id: KeyId(id) }
    }

    pub(crate) fn random() -> Result<Self, KeyError> {
        let mut bytes = Zeroizing::new([0; 32]);
        getrandom::fill(bytes.as_mut_slice()).map_err(|_| KeyError::Random)?;
        Ok(Self::new(bytes))
    }

    pub(crate) fn expose(&self) -> &[u8; 32] {
        &self.bytes
    }

    pub(crate) fn id(&self) -> KeyId {
        self.id
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Key({}, ***)", self.id)
    }
}

/// The name of a key: the first 8 bytes of a hash of it, as 16 hex digits. It is public; the key cannot be learnt
/// from it.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyId(pub(crate) [u8; 8]);

impl KeyId {
    /// Reads 16 lower-case hex digits; anything else is no id.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        if text.bytes().any(|byte| byte.is_ascii_uppercase()) {
            return None;
        }
        let mut id = [0; 8];
        hex::decode_to_slice(text, &mut id).ok()?;
        Some(Self(id))
    }
}

impl fmt::Display for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&hex::encode(self.0))
    }
}

impl fmt::Debug for KeyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "KeyId({self})")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_the_id_and_not_the_key() {
        let key = Key::new(Zeroizing::new([0x5a; 32]));
        let shown = format!("{key:?} {:?}", key.id());
        assert!(shown.contains("***") && shown.contains(&key.id().to_string()));
        assert!(!shown.contains("5a5a5a") && !shown.contains("90, 90"));
    }

    /// The id is written into stored values, so it must never change.
    #[test]
    fn the_id_is_fixed() {
        assert_eq!(Key::new(Zeroizing::new([0; 32])).id().to_string(), "6209eed8d141b654");
        assert_eq!(
            KeyId::parse("00112233445566ff"),
            Some(KeyId([0, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0xff]))
        );
        assert_eq!(KeyId::parse("00112233445566FF"), None);
        assert_eq!(KeyId::parse("00112233445566f"), None);
    }
}
