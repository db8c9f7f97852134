//! What is wrong with how a token is made or signed, each refused in its own words.

use rolewright_core::{Advice as _, Exit, settings::Algorithm};
use serde_json::{Value, json};

use super::{
    super::{Keys, LONGEST, Policy, verify},
    issuer::{self, Edwards, encode, hs256, jwks},
    signed,
};

const NOW: i64 = 1_800_000_000;

fn good() -> Value {
    json!({ "sub": "alice", "exp": NOW + 60 })
}

fn policy() -> Policy {
    let algorithms = vec![Algorithm::EdDsa, Algorithm::Rs256, Algorithm::Es256];
    Policy { algorithms, ..Policy::default() }
}

/// The words in which it is refused.
fn words(policy: &Policy, keys: &Keys, token: &str) -> String {
    let error = verify(policy, keys, token, NOW).unwrap_err();
    assert!(error.hint().is_some() && error.exit() == Exit::Refused);
    let told = error.to_string();
    assert!(!told.contains('\n') && told.len() < 200, "{told}");
    told
}

#[test]
fn how_it_is_made() {
    let key = Edwards::new("k1");
    let keys = Keys::from_jwks(&jwks(&[key.jwk()])).unwrap();
    let said = |token: &str| words(&policy(), &keys, token);
    let head = |header: &str| said(&key.sign_text(header, &good().to_string()));
    let token = key.sign(&good());
    assert_eq!(verify(&policy(), &keys, &token, NOW).unwrap().subject(), "alice");
    let mut told = vec![
        said(&"x".repeat(LONGEST + 1)),
        said(""),
        said("a.b.c.d.e"),
        said(&format!("{token}=")),
        said(&format!(" {token}")),
        said(&format!("{}.{}.", encode("[]"), encode("{}"))),
        head(r#"{"alg":"EdDSA","alg":"none"}"#),
        head(r#"{"alg":["EdDSA"]}"#),
        head(r#"{"kid":"k1"}"#),
        head(r#"{"alg":"none"}"#),
        head(r#"{"alg":"NonE"}"#),
        head(r#"{"alg":"eddsa"}"#),
        head(r#"{"alg":"HS512","kid":"k1"}"#),
        head(r#"{"alg":"EdDSA","kid":"k1","crit":["b64"],"b64":false}"#),
        head(r#"{"alg":"EdDSA","kid":"k1","crit":[]}"#),
        head(r#"{"alg":"EdDSA","kid":"k1","typ":"logout+jwt"}"#),
        head(r#"{"alg":"EdDSA","kid":1}"#),
        head(r#"{"alg":"EdDSA","kid":"k1\r\nroot: let in\u001b[2J"}"#),
        head(r#"{"alg":"EdDSA","kid":"../../../../dev/null"}"#),
        head(r#"{"alg":"EdDSA","kid":"x' OR 1=1 --"}"#),
    ];
    told.push(said(&key.sign_text(r#"{"alg":"EdDSA"}"#, r#"{"sub":"alice","sub":"root","exp":1900000000}"#)));
    insta::assert_snapshot!(told.join("\n"));
}

#[test]
fn kinds_for_access_are_taken() {
    let key = Edwards::new("k1");
    let keys = Keys::from_jwks(&jwks(&[key.jwk()])).unwrap();
    for kind in ["JWT", "jwt", "at+jwt", "application/at+jwt"] {
        let header = json!({ "alg": "EdDSA", "kid": "k1", "typ": kind }).to_string();
        verify(&policy(), &keys, &key.sign_text(&header, &good().to_string()), NOW).unwrap();
    }
}

#[test]
fn whose_signature_it_is() {
    let (first, second, stranger) = (Edwards::new("k1"), Edwards::new("k2"), Edwards::new("k1"));
    let keys = Keys::from_jwks(&jwks(&[first.jwk(), second.jwk()])).unwrap();
    let said = |token: &str| words(&policy(), &keys, token);
    let by = |key: &Edwards, kid: &str| {
        key.sign_text(&json!({ "alg": "EdDSA", "kid": kid }).to_string(), &good().to_string())
    };
    verify(&policy(), &keys, &by(&second, "k2"), NOW).unwrap();
    let swapped = {
        let [one, other] = [by(&first, "k1"), first.sign(&json!({ "sub": "root", "exp": NOW + 60 }))];
        let parts = |token: &str| token.split('.').map(str::to_owned).collect::<Vec<_>>();
        format!("{}.{}.{}", parts(&one)[0], parts(&other)[1], parts(&one)[2])
    };
    let told = [
        // Another key's name, another's key by its name, no name among several, a name that nobody has.
        said(&by(&first, "k2")),
        said(&stranger.sign(&good())),
        said(&first.sign_text(r#"{"alg":"EdDSA"}"#, &good().to_string())),
        said(&by(&first, "k3")),
        // A key that the token brings along is not heard.
        said(
            &stranger.sign_text(
                &json!({ "alg": "EdDSA", "kid": "k1", "jwk": stranger.jwk(), "jku": "http://127.0.0.1/" })
                    .to_string(),
                &good().to_string(),
            ),
        ),
        said(&swapped),
        said(&format!("{}.", by(&first, "k1").rsplit_once('.').unwrap().0)),
    ];
    insta::assert_snapshot!(told.join("\n"));
}

/// The public key is known to everybody: as a secret it must be worth nothing, whatever is allowed.
#[test]
fn a_public_key_is_no_secret() {
    let keys = Keys::from_jwks(signed::RSA.as_bytes()).unwrap();
    let modulus = {
        let set: Value = serde_json::from_str(signed::RSA).unwrap();
        issuer::decode(set["keys"][0]["n"].as_str().unwrap())
    };
    let header = r#"{"alg":"HS256","kid":"rsa"}"#;
    let generous = Policy { algorithms: Algorithm::ALL.to_vec(), ..policy() };
    for secret in
        [signed::PEM.as_bytes(), signed::PEM.trim().as_bytes(), &modulus, signed::RSA.as_bytes(), b""]
    {
        let token = hs256(secret, header, &good().to_string());
        assert_eq!(
            words(&policy(), &keys, &token),
            "the token is signed with HS256, which is not among those that are taken"
        );
        assert_eq!(
            words(&generous, &keys, &token),
            "the token says HS256, and the key `rsa` is an RSA key that is not for it"
        );
    }
    let (jwk, token) = issuer::elliptic(&good());
    let elliptic = Keys::from_jwks(&jwks(&[jwk])).unwrap();
    assert_eq!(verify(&policy(), &elliptic, &token, NOW).unwrap().subject(), "alice");
    let confused = hs256(b"", r#"{"alg":"RS256","kid":"ec"}"#, &good().to_string());
    assert_eq!(
        words(&policy(), &elliptic, &confused),
        "the token says RS256, and the key `ec` is an elliptic-curve key that is not for it"
    );
}

#[test]
fn a_shared_secret_answers_for_itself() {
    let policy = Policy { algorithms: vec![Algorithm::Hs256], ..Policy::default() };
    let keys = Keys::hs256(issuer::SECRET).unwrap();
    let token = |header: &str, secret: &[u8]| hs256(secret, header, &good().to_string());
    for header in [r#"{"alg":"HS256"}"#, r#"{"alg":"HS256","kid":"any"}"#] {
        verify(&policy, &keys, &token(header, issuer::SECRET), NOW).unwrap();
        assert_eq!(
            words(&policy, &keys, &token(header, b"another secret, which is long enough too")),
            "the token's signature is not that of the key (a shared secret)"
        );
    }
    let told = words(&policy, &keys, signed::SIGNED[0]);
    assert_eq!(told, "the token is signed with RS256, which is not among those that are taken");
}
