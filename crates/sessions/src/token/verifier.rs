//! Verification as a process does it: with keys that are read again, and a memory of what was verified.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant, SystemTime, UNIX_EPOCH},
};

use futures_util::future::BoxFuture;

use super::{Identity, Keys, KeysError, Policy, TokenError, cache::Cache, claims, verify};

/// A token of an unknown key makes the keys be read again, but not more often than this: anybody can write such tokens.
const AT_MOST_EVERY: Duration = Duration::from_secs(5);

/// Where keys are read, now and again.
pub trait ReadKeys: Send + Sync + 'static {
    /// The keys as they are now.
    fn read(&self) -> BoxFuture<'_, Result<Keys, KeysError>>;
}

/// Verifies tokens. What was verified is remembered, for as long as the token and its keys are good.
pub struct Verifier {
    policy: Policy,
    source: Box<dyn ReadKeys>,
    reload: Duration,
    cache: Mutex<Cache>,
    /// When the keys were last asked for; held while they are.
    asked: tokio::sync::Mutex<Instant>,
}

impl Verifier {
    /// Reads the keys, and is ready.
    ///
    /// # Errors
    /// When there are no keys.
    pub async fn open(
        policy: Policy,
        source: impl ReadKeys,
        reload: Duration,
        cache: u32,
    ) -> Result<Self, KeysError> {
        let keys = Arc::new(source.read().await?);
        Ok(Self {
            policy,
            source: Box::new(source),
            reload,
            cache: Mutex::new(Cache::new(keys, cache)),
            asked: tokio::sync::Mutex::new(Instant::now()),
        })
    }

    /// Who the token names, now.
    ///
    /// # Errors
    /// What about it is not as it must be.
    pub async fn verify(&self, token: &str) -> Result<Arc<Identity>, TokenError> {
        self.read_again(self.reload, false).await;
        match self.verify_at(token, now()) {
            Err(TokenError::UnknownKid { .. }) if self.read_again(AT_MOST_EVERY, true).await => {
                self.verify_at(token, now())
            }
            verified => verified,
        }
    }

    /// The same at a moment, with the keys that are known.
    pub(super) fn verify_at(&self, token: &str, now: i64) -> Result<Arc<Identity>, TokenError> {
        let (known, keys) = {
            let mut cache = self.cache();
            (cache.get(token), Arc::clone(&cache.keys))
        };
        if let Some(known) = known {
            return match claims::in_time(&known, &self.policy, now) {
                Ok(()) => Ok(known),
                Err(error) => {
                    self.cache().forget(token);
                    Err(error.of_a_known_token())
                }
            };
        }
        let identity = Arc::new(verify(&self.policy, &keys, token, now)?);
        self.cache().put(token, &identity, &keys);
        Ok(identity)
    }

    /// Whether a token that was verified is good still.
    ///
    /// # Errors
    /// When it has expired since.
    pub fn is_in_time(&self, identity: &Identity) -> Result<(), TokenError> {
        claims::in_time(identity, &self.policy, now()).map_err(TokenError::of_a_known_token)
    }

    /// Puts other keys in the place of these; what was verified by these is forgotten.
    pub fn replace(&self, keys: Keys) {
        self.cache().replace(Arc::new(keys));
    }

    /// Reads the keys again where that was longer ago than this. Where they cannot be read, those that are known stay; with them goes
    /// on whoever does not `wait`, while somebody else reads.
    async fn read_again(&self, after: Duration, wait: bool) -> bool {
        let mut asked = match self.asked.try_lock() {
            Ok(asked) => asked,
            Err(_) if !wait => return false,
            Err(_) => self.asked.lock().await,
        };
        if asked.elapsed() < after {
            return false;
        }
        *asked = Instant::now();
        match self.source.read().await {
            Ok(keys) => {
                self.replace(keys);
                true
            }
            Err(error) => {
                tracing::warn!(%error, "the keys of tokens stay as they were");
                false
            }
        }
    }

    pub(super) fn cache(&self) -> MutexGuard<'_, Cache> {
        self.cache.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_secs()).unwrap_or(i64::MAX)
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Verifier").field("policy", &self.policy).finish_non_exhaustive()
    }
}
