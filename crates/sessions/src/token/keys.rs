//! The keys that tokens are verified with: a set of public ones, or one shared secret.

use ring::hmac;
use rolewright_core::{Advice, Exit, settings::Algorithm};
use serde::Deserialize;

use super::{
    TokenError,
    header::Header,
    jwk::{Jwk, Read},
    shown::Shown,
    signature::Material,
};

/// More than any issuer has.
const MOST: usize = 100;

/// RFC 7518, section 3.2: a secret is at least as long as the hash.
const LEAST_SECRET: usize = 32;

/// Keys, by the names that tokens call them.
#[derive(Debug)]
pub struct Keys(Vec<Key>);

/// One key; it is kept where it is of no use too, so that a token that names it can be told so.
#[derive(Debug)]
struct Key {
    kid: Option<String>,
    what: Result<(Material, Vec<Algorithm>), &'static str>,
}

/// Why keys cannot be used. No message repeats a key.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum KeysError {
    /// The file or the answer cannot be had.
    #[error("the keys of tokens cannot be read: {0}")]
    Unread(String),
    /// It is not a set of keys.
    #[error("the key set is not a JSON Web Key Set")]
    NotASet,
    /// It has more keys than any issuer.
    #[error("the key set has {0} keys, and at most {MOST} are looked at")]
    TooMany(usize),
    /// Two keys have one name, or none, so that nobody knows which is meant.
    #[error("two keys of the set have the same `kid`, or one of several has none")]
    SameKid,
    /// A private key lies where public ones are expected.
    #[error("the key set has a private key in it")]
    Private,
    /// None of the keys can verify anything.
    #[error("the key set has no key that could verify a token")]
    NoneUsable,
    /// A secret that could be guessed.
    #[error("the secret of tokens has {0} bytes, and HS256 asks for at least {LEAST_SECRET}")]
    Short(usize),
}

impl Keys {
    /// One secret, shared with the issuer, for HS256.
    ///
    /// # Errors
    /// When it is shorter than its hash.
    pub fn hs256(secret: &[u8]) -> Result<Self, KeysError> {
        if secret.len() < LEAST_SECRET {
            return Err(KeysError::Short(secret.len()));
        }
        let material = Material::Shared(hmac::Key::new(hmac::HMAC_SHA256, secret));
        Ok(Self(vec![Key { kid: None, what: Ok((material, vec![Algorithm::Hs256])) }]))
    }

    /// The keys of a JSON Web Key Set. Those that are for something else are passed over.
    ///
    /// # Errors
    /// When it is none, or has a private key, two keys of one name, or no key of use.
    pub fn from_jwks(json: &[u8]) -> Result<Self, KeysError> {
        #[derive(Deserialize)]
        struct Set {
            keys: Vec<Jwk>,
        }
        let Set { keys } = serde_json::from_slice(json).map_err(|_| KeysError::NotASet)?;
        if keys.len() > MOST {
            return Err(KeysError::TooMany(keys.len()));
        }
        let mut all: Vec<Key> = Vec::with_capacity(keys.len());
        for jwk in keys {
            let what = match jwk.read() {
                Read::Usable(material, algorithms) => Ok((material, algorithms)),
                Read::Unusable(why) => Err(why),
                Read::Private => return Err(KeysError::Private),
            };
            all.push(Key { kid: jwk.kid, what });
        }
        let usable: Vec<&Key> = all.iter().filter(|key| key.what.is_ok()).collect();
        if usable.is_empty() {
            return Err(KeysError::NoneUsable);
        }
        let unclear = |(position, key): (usize, &&Key)| match &key.kid {
            Some(_) => usable[..position].iter().any(|other| other.kid == key.kid),
            None => usable.len() > 1,
        };
        if usable.iter().enumerate().any(unclear) {
            return Err(KeysError::SameKid);
        }
        Ok(Self(all))
    }

    /// Whether the signature over the message is that of the key which the header names.
    pub(super) fn check(&self, header: &Header, message: &[u8], given: &[u8]) -> Result<(), TokenError> {
        let key = self.named(header.kid.as_deref())?;
        let name = || key.kid.as_deref().map(Shown::new);
        let (material, algorithms) = match &key.what {
            Ok(usable) => usable,
            Err(why) => return Err(TokenError::UnusableKey { kid: name(), why }),
        };
        let algorithm = header.algorithm;
        if !algorithms.contains(&algorithm) {
            return Err(TokenError::Confused { algorithm, kid: name(), kind: material.kind() });
        }
        if material.verifies(algorithm, message, given) {
            Ok(())
        } else {
            Err(TokenError::Signature { kid: name(), kind: material.kind() })
        }
    }

    /// The key of this name; without a name, the only one that there is. One shared secret has no name, and is meant by any.
    fn named(&self, kid: Option<&str>) -> Result<&Key, TokenError> {
        let usable = || self.0.iter().filter(|key| key.what.is_ok());
        let only = usable().next().filter(|_| usable().count() == 1);
        let secret = only.filter(|key| matches!(key.what, Ok((Material::Shared(_), _))));
        match (kid, secret, only) {
            (_, Some(secret), _) => Ok(secret),
            (None, None, Some(only)) => Ok(only),
            (None, None, None) => Err(TokenError::NoKid { keys: usable().count() }),
            (Some(kid), None, _) => {
                let named = |key: &&Key| key.kid.as_deref() == Some(kid);
                let found = usable().find(named).or_else(|| self.0.iter().find(named));
                found.ok_or_else(|| TokenError::UnknownKid { kid: Shown::new(kid) })
            }
        }
    }
}

impl Advice for KeysError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Unread(_) => "correct what `access.jwt` names, and the file's permissions".to_owned(),
            Self::NotASet | Self::TooMany(_) | Self::SameKid | Self::NoneUsable => {
                "put the issuer's published key set (`jwks_uri` of its discovery document) there, as it is"
                    .to_owned()
            }
            Self::Private => {
                "take it out at once, and have the issuer replace it: whoever read it can sign".to_owned()
            }
            Self::Short(_) => "make one with `openssl rand -base64 48`".to_owned(),
        })
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Unread(_) => Exit::NoPermission,
            _ => Exit::Config,
        }
    }
}
