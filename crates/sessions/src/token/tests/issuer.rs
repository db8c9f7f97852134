//! An issuer of tokens, good ones and bad ones.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::{
    hmac,
    rand::SystemRandom,
    signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _},
};
use serde_json::{Value, json};

pub(super) const SECRET: &[u8] = b"a secret of the issuer's, which is long enough";

/// A pair of keys of Ed25519, by its name.
pub(super) struct Edwards {
    pub(super) kid: &'static str,
    pair: Ed25519KeyPair,
}

impl Edwards {
    pub(super) fn new(kid: &'static str) -> Self {
        let pkcs8 = Ed25519KeyPair::generate_pkcs8(&SystemRandom::new()).unwrap();
        Self { kid, pair: Ed25519KeyPair::from_pkcs8(pkcs8.as_ref()).unwrap() }
    }

    pub(super) fn jwk(&self) -> Value {
        json!({ "kty": "OKP", "crv": "Ed25519", "kid": self.kid, "x": encode(self.pair.public_key().as_ref()) })
    }

    /// A token with this key's name.
    pub(super) fn sign(&self, claims: &Value) -> String {
        self.sign_text(&json!({ "alg": "EdDSA", "kid": self.kid }).to_string(), &claims.to_string())
    }

    pub(super) fn sign_text(&self, header: &str, claims: &str) -> String {
        let message = format!("{}.{}", encode(header), encode(claims));
        let signature = encode(self.pair.sign(message.as_bytes()));
        format!("{message}.{signature}")
    }
}

/// A token of the shared secret, or of whatever is taken for one.
pub(super) fn hs256(secret: &[u8], header: &str, claims: &str) -> String {
    let message = format!("{}.{}", encode(header), encode(claims));
    let key = hmac::Key::new(hmac::HMAC_SHA256, secret);
    let signature = encode(hmac::sign(&key, message.as_bytes()));
    format!("{message}.{signature}")
}

/// A token of a new elliptic key, and the key.
pub(super) fn elliptic(claims: &Value) -> (Value, String) {
    let random = SystemRandom::new();
    let algorithm = &ECDSA_P256_SHA256_FIXED_SIGNING;
    let pkcs8 = EcdsaKeyPair::generate_pkcs8(algorithm, &random).unwrap();
    let pair = EcdsaKeyPair::from_pkcs8(algorithm, pkcs8.as_ref(), &random).unwrap();
    let point = pair.public_key().as_ref();
    let (x, y) = (encode(&point[1..33]), encode(&point[33..]));
    let message = format!("{}.{}", encode(r#"{"alg":"ES256","kid":"ec"}"#), encode(claims.to_string()));
    let signature = encode(pair.sign(&random, message.as_bytes()).unwrap());
    (json!({ "kty": "EC", "crv": "P-256", "kid": "ec", "x": x, "y": y }), format!("{message}.{signature}"))
}

pub(super) fn jwks(keys: &[Value]) -> Vec<u8> {
    json!({ "keys": keys }).to_string().into_bytes()
}

pub(super) fn encode(bytes: impl AsRef<[u8]>) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

pub(super) fn decode(text: &str) -> Vec<u8> {
    URL_SAFE_NO_PAD.decode(text).unwrap()
}
