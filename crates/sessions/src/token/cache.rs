//! What was verified before, bounded, and only for as long as the keys stay the same.

use std::num::NonZeroUsize;
use std::sync::Arc;

use lru::LruCache;
use sha2::{Digest as _, Sha256};

use super::{Identity, Keys};

/// The keys, and whom the tokens that they verified name. Another set of keys begins with nothing.
pub(super) struct Cache {
    pub(super) keys: Arc<Keys>,
    known: LruCache<[u8; 32], Arc<Identity>>,
}

impl Cache {
    pub(super) fn new(keys: Arc<Keys>, most: u32) -> Self {
        let most = NonZeroUsize::new(most as usize).unwrap_or(NonZeroUsize::MIN);
        Self { keys, known: LruCache::new(most) }
    }

    pub(super) fn get(&mut self, token: &str) -> Option<Arc<Identity>> {
        self.known.get(&hash(token)).cloned()
    }

    /// Remembers what these keys verified, unless others have taken their place meanwhile.
    pub(super) fn put(&mut self, token: &str, identity: &Arc<Identity>, keys: &Arc<Keys>) {
        if Arc::ptr_eq(&self.keys, keys) {
            self.known.put(hash(token), Arc::clone(identity));
        }
    }

    pub(super) fn forget(&mut self, token: &str) {
        self.known.pop(&hash(token));
    }

    pub(super) fn replace(&mut self, keys: Arc<Keys>) {
        self.keys = keys;
        self.known.clear();
    }

    #[cfg(test)]
    pub(super) fn len(&self) -> usize {
        self.known.len()
    }
}

/// A token is as good as a password, so it is not kept.
fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}
