//! What a process remembers of tokens: for no longer than the token and its keys are good, and never more than it may.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use futures_util::{FutureExt as _, future::BoxFuture};
use rolewright_core::settings::Algorithm;
use serde_json::{Value, json};

use super::{
    super::{KeyFile, Keys, KeysError, Policy, ReadKeys, TokenError, Verifier},
    issuer::{self, Edwards, hs256, jwks},
};

const NOW: i64 = 4_000_000_000;
const LONG: Duration = Duration::from_secs(3600);

/// Gives the keys that it was made with, one set after another, and the last for ever.
struct Turning {
    sets: Vec<Vec<Value>>,
    asked: Arc<AtomicUsize>,
}

impl ReadKeys for Turning {
    fn read(&self) -> BoxFuture<'_, Result<Keys, KeysError>> {
        let turn = self.asked.fetch_add(1, Ordering::SeqCst).min(self.sets.len() - 1);
        let keys = Keys::from_jwks(&jwks(&self.sets[turn]));
        async move { keys }.boxed()
    }
}

async fn verifier(sets: &[&[Value]], reload: Duration, cache: u32) -> (Verifier, Arc<AtomicUsize>) {
    let asked = Arc::new(AtomicUsize::new(0));
    let source = Turning { sets: sets.iter().map(|set| set.to_vec()).collect(), asked: Arc::clone(&asked) };
    let policy = Policy { algorithms: vec![Algorithm::EdDsa], ..Policy::default() };
    (Verifier::open(policy, source, reload, cache).await.unwrap(), asked)
}

#[tokio::test]
async fn what_expires_while_it_is_remembered_is_refused() {
    let key = Edwards::new("k1");
    let (verifier, _) = verifier(&[&[key.jwk()]], LONG, 10).await;
    let token = key.sign(&json!({ "sub": "alice", "exp": NOW, "nbf": NOW - 60 }));
    let first = verifier.verify_at(&token, NOW).unwrap();
    let again = verifier.verify_at(&token, NOW + 29).unwrap();
    assert!(Arc::ptr_eq(&first, &again), "it was verified twice");
    let since = verifier.verify_at(&token, NOW + 30).unwrap_err();
    assert_eq!(since, TokenError::ExpiredSince { seconds: 30 });
    assert_eq!(since.to_string(), "the token was good before, and has expired since, 30 s ago");
    assert_eq!(verifier.cache().len(), 0);
    assert_eq!(verifier.verify_at(&token, NOW + 30), Err(TokenError::Expired { seconds: 30 }));
    // A clock that was set back.
    verifier.verify_at(&token, NOW).unwrap();
    assert!(matches!(verifier.verify_at(&token, NOW - 120), Err(TokenError::NotYet { .. })));
}

#[tokio::test]
async fn other_keys_forget_what_these_verified() {
    let (old, new) = (Edwards::new("k1"), Edwards::new("k1"));
    let (verifier, _) = verifier(&[&[old.jwk()]], LONG, 10).await;
    let token = old.sign(&json!({ "sub": "alice", "exp": NOW + 60 }));
    verifier.verify_at(&token, NOW).unwrap();
    verifier.replace(Keys::from_jwks(&jwks(&[new.jwk()])).unwrap());
    assert!(matches!(verifier.verify_at(&token, NOW), Err(TokenError::Signature { .. })));
    assert_eq!(verifier.cache().len(), 0);
}

#[tokio::test]
async fn no_more_is_remembered_than_may_be() {
    let key = Edwards::new("k1");
    let (verifier, _) = verifier(&[&[key.jwk()]], LONG, 3).await;
    for number in 0..20 {
        verifier.verify_at(&key.sign(&json!({ "sub": format!("s{number}"), "exp": NOW + 60 })), NOW).unwrap();
    }
    assert_eq!(verifier.cache().len(), 3);
    // What is refused is not remembered at all.
    for number in 0..20 {
        let stranger = Edwards::new("k1");
        verifier.verify_at(&stranger.sign(&json!({ "sub": number, "exp": NOW })), NOW).unwrap_err();
    }
    assert_eq!(verifier.cache().len(), 3);
}

#[tokio::test]
async fn keys_are_read_again() {
    let (old, new) = (Edwards::new("k1"), Edwards::new("k2"));
    let (verifier, asked) = verifier(&[&[old.jwk()], &[new.jwk()]], Duration::ZERO, 10).await;
    let by = |key: &Edwards| key.sign(&json!({ "sub": "alice", "exp": NOW }));
    verifier.verify(&by(&new)).await.unwrap();
    let gone = verifier.verify(&by(&old)).await.unwrap_err();
    assert_eq!(gone.to_string(), "the token names the key `k1`, which is not among the keys");
    assert_eq!(asked.load(Ordering::SeqCst), 3);
}

/// Anybody can write a token that names an unknown key.
#[tokio::test]
async fn unknown_keys_do_not_make_a_storm() {
    let (known, unknown) = (Edwards::new("k1"), Edwards::new("k2"));
    let (verifier, asked) = verifier(&[&[known.jwk()]], LONG, 10).await;
    let token = unknown.sign(&json!({ "sub": "alice", "exp": NOW }));
    for _ in 0..100 {
        verifier.verify(&token).await.unwrap_err();
    }
    assert_eq!(asked.load(Ordering::SeqCst), 1);
}

#[cfg(unix)]
#[tokio::test]
async fn files_are_read_with_care() {
    use std::{fs, os::unix::fs::PermissionsExt as _};

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("keys");
    let open = async |source: KeyFile, algorithm| {
        let policy = Policy { algorithms: vec![algorithm], ..Policy::default() };
        Verifier::open(policy, source, Duration::ZERO, 10).await
    };
    let mode = |mode| fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
    let set = KeyFile::Jwks(path.clone());
    let secret = KeyFile::Hs256(path.clone());
    let missing = open(set.clone(), Algorithm::EdDsa).await.unwrap_err().to_string();
    assert_eq!(missing, format!("the keys of tokens cannot be read: {}: it does not exist", path.display()));

    fs::write(&path, [issuer::SECRET, b"\n"].concat()).unwrap();
    mode(0o644);
    let open_to_all = open(secret.clone(), Algorithm::Hs256).await.unwrap_err().to_string();
    assert!(open_to_all.ends_with("it is open to other users (mode 0644)"), "{open_to_all}");
    mode(0o600);
    let verifier = open(secret, Algorithm::Hs256).await.unwrap();
    let claims = json!({ "sub": "alice", "exp": NOW }).to_string();
    verifier.verify(&hs256(issuer::SECRET, r#"{"alg":"HS256"}"#, &claims)).await.unwrap();

    let (old, new) = (Edwards::new("k1"), Edwards::new("k2"));
    fs::write(&path, jwks(&[old.jwk()])).unwrap();
    mode(0o664);
    let writable = open(set.clone(), Algorithm::EdDsa).await.unwrap_err().to_string();
    assert!(writable.ends_with("other users may write it (mode 0664)"), "{writable}");
    mode(0o644);
    let verifier = open(set, Algorithm::EdDsa).await.unwrap();
    let token = |key: &Edwards| key.sign(&json!({ "sub": "alice", "exp": NOW }));
    verifier.verify(&token(&old)).await.unwrap();
    // Half a file, as a reader may find it, changes nothing; the whole one does.
    fs::write(&path, b"{\"keys\":[").unwrap();
    verifier.verify(&token(&old)).await.unwrap();
    fs::write(&path, jwks(&[new.jwk()])).unwrap();
    verifier.verify(&token(&new)).await.unwrap();
    assert!(matches!(verifier.verify(&token(&old)).await, Err(TokenError::UnknownKid { .. })));
}
