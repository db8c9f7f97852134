//! Sets of keys, good and bad ones.

use rolewright_core::settings::Algorithm;
use serde_json::{Value, json};

use super::{
    super::{Keys, KeysError, Policy, verify},
    issuer::{Edwards, jwks},
    signed,
};

const NOW: i64 = 1_800_000_000;

fn refused(keys: &[Value]) -> KeysError {
    Keys::from_jwks(&jwks(keys)).unwrap_err()
}

#[test]
fn what_is_no_set_of_keys() {
    let key = Edwards::new("k1").jwk();
    let rsa = || serde_json::from_str::<Value>(signed::RSA).unwrap()["keys"][0].clone();
    let with = |key: &Value, name: &str, value: Value| {
        let mut key = key.clone();
        key[name] = value;
        key
    };
    assert_eq!(refused(&[]), KeysError::NoneUsable);
    assert_eq!(Keys::from_jwks(b"{}").unwrap_err(), KeysError::NotASet);
    assert_eq!(Keys::from_jwks(b"\xff").unwrap_err(), KeysError::NotASet);
    assert_eq!(refused(&vec![key.clone(); 101]), KeysError::TooMany(101));
    assert_eq!(refused(&[key.clone(), Edwards::new("k1").jwk()]), KeysError::SameKid);
    assert_eq!(refused(&[key.clone(), with(&rsa(), "kid", Value::Null)]), KeysError::SameKid);
    assert_eq!(refused(&[key.clone(), with(&key, "d", "AAAA".into())]), KeysError::Private);
    for of_no_use in [
        with(&key, "use", "enc".into()),
        with(&key, "key_ops", json!(["encrypt"])),
        with(&key, "alg", "RS256".into()),
        with(&key, "x", "AAAA".into()),
        with(&key, "crv", "X25519".into()),
        with(&key, "kty", "oct".into()),
        with(&key, "kty", "new".into()),
        with(&rsa(), "n", "AQAB".into()),
        with(&rsa(), "e", "".into()),
        with(&rsa(), "n", "not base64!".into()),
    ] {
        assert_eq!(refused(std::slice::from_ref(&of_no_use)), KeysError::NoneUsable, "{of_no_use}");
    }
    assert_eq!(Keys::hs256(&[0; 31]).unwrap_err(), KeysError::Short(31));
}

#[test]
fn a_key_for_something_else_is_told_apart() {
    let (sign, encrypt) = (Edwards::new("k1"), Edwards::new("k2"));
    let mut for_encryption = encrypt.jwk();
    for_encryption["use"] = "enc".into();
    let keys = Keys::from_jwks(&jwks(&[sign.jwk(), for_encryption])).unwrap();
    let policy = Policy { algorithms: vec![Algorithm::EdDsa], ..Policy::default() };
    let claims = json!({ "sub": "alice", "exp": NOW + 60 });
    let told = verify(&policy, &keys, &encrypt.sign(&claims), NOW).unwrap_err().to_string();
    assert_eq!(told, "the token names the key `k2`, which is not for signatures");
    // It is the only one that can be meant.
    verify(&policy, &keys, &sign.sign_text(r#"{"alg":"EdDSA"}"#, &claims.to_string()), NOW).unwrap();
}

/// The list is the key's own: what its `alg` does not say it is not used for.
#[test]
fn each_key_has_its_own_algorithms() {
    let mut set: Value = serde_json::from_str(signed::RSA).unwrap();
    set["keys"][0]["alg"] = "PS256".into();
    let keys = Keys::from_jwks(set.to_string().as_bytes()).unwrap();
    let policy = Policy { algorithms: vec![Algorithm::Rs256, Algorithm::Ps256], ..Policy::default() };
    let [rs256, _, _, ps256, ..] = signed::SIGNED;
    verify(&policy, &keys, ps256, NOW).unwrap();
    let told = verify(&policy, &keys, rs256, NOW).unwrap_err().to_string();
    assert_eq!(told, "the token says RS256, and the key `rsa` is an RSA key that is not for it");
}
