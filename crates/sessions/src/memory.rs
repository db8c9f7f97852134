//! What is known of the texts that were verified before, so that a report is one round trip from its second run on.

use std::{
    fmt,
    num::NonZeroUsize,
    sync::{Arc, Mutex, PoisonError},
};

use lru::LruCache;
use sha2::{Digest, Sha256};

use crate::{Column, Report, check::Guard, placeholders::Rendered, types::TypeName};

/// Most texts that are remembered; the one that was not used for the longest time is forgotten first.
const MOST: NonZeroUsize = NonZeroUsize::new(1_000).unwrap();

/// A verified text.
pub(crate) struct Known {
    /// The cursor's statement, with `$1`, `$2`, … in it, and where its parts come from.
    pub(crate) declare: Rendered,
    /// The parameters' types: OIDs and names.
    pub(crate) oids: Vec<u32>,
    pub(crate) types: Vec<TypeName>,
    pub(crate) columns: Vec<Column>,
    /// How often the planner would copy each parameter's value; without a check that is not known.
    pub(crate) copies: Vec<u64>,
    /// Whether all the rows that it reads are the role's to see, so that what the planner expects of it may be told.
    pub(crate) own: bool,
    /// What is asked of settings before it runs.
    pub(crate) settings: Option<String>,
    /// What tells whether the verdict still holds; without a check there is none.
    pub(crate) guard: Option<Guard>,
}

/// The hash of a text and of the types its parameters were declared to have.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) struct Key([u8; 32]);

impl Key {
    pub(crate) fn of(report: &Report) -> Self {
        let mut hash = Sha256::new();
        let mut part = |text: &str| {
            hash.update((text.len() as u64).to_be_bytes());
            hash.update(text.as_bytes());
        };
        part(&report.text);
        for (name, type_name) in &report.types {
            part(name);
            part(type_name);
        }
        Self(hash.finalize().into())
    }
}

pub(crate) struct Memory(Mutex<LruCache<Key, Arc<Known>>>);

impl Memory {
    pub(crate) fn get(&self, key: Key) -> Option<Arc<Known>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned()
    }

    /// Remembers what has a guard that lasts.
    pub(crate) fn put(&self, key: Key, known: &Arc<Known>) {
        if known.guard.as_ref().is_some_and(Guard::lasts) {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).put(key, Arc::clone(known));
        }
    }

    pub(crate) fn forget(&self, key: Key) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).pop(&key);
    }
}

impl Default for Memory {
    fn default() -> Self {
        Self(Mutex::new(LruCache::new(MOST)))
    }
}

impl fmt::Debug for Memory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Memory").finish_non_exhaustive()
    }
}
