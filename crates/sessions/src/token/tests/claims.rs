//! What a token with a good signature may say.

use rolewright_core::settings::Algorithm;
use serde_json::{Value, json};

use super::{
    super::{Identity, Keys, Policy, TokenError, verify},
    issuer::{Edwards, jwks},
};

const NOW: i64 = 1_800_000_000;

fn read_with(change: impl FnOnce(&mut Policy), claims: &Value) -> Result<Identity, TokenError> {
    let key = Edwards::new("k1");
    let keys = Keys::from_jwks(&jwks(&[key.jwk()])).unwrap();
    let mut policy = Policy { algorithms: vec![Algorithm::EdDsa], ..Policy::default() };
    change(&mut policy);
    verify(&policy, &keys, &key.sign(claims), NOW)
}

fn with(name: &str, value: Value) -> Value {
    let mut claims = json!({ "sub": "alice", "exp": NOW + 60 });
    claims[name] = value;
    claims
}

fn read(name: &str, value: Value) -> Result<Identity, TokenError> {
    read_with(|_| {}, &with(name, value))
}

fn words(name: &str, value: Value) -> String {
    read(name, value).unwrap_err().to_string()
}

#[test]
fn its_time() {
    // Thirty seconds of skew, either way.
    for exp in [NOW - 29, NOW, NOW + 1, i64::MAX] {
        read("exp", exp.into()).unwrap();
    }
    assert_eq!(words("exp", (NOW - 30).into()), "the token expired 30 s ago");
    assert_eq!(words("exp", 0.into()), "the token expired 1800000000 s ago");
    for odd in
        [json!(1.8e9), json!(1_800_000_060.5), json!("1800000060"), json!(-1), json!(null), json!(u64::MAX)]
    {
        assert_eq!(words("exp", odd), "`exp` of the token is not a whole number of seconds");
    }
    assert_eq!(read_with(|_| {}, &json!({ "sub": "a" })).unwrap_err().to_string(), "the token has no `exp`");
    read("nbf", (NOW + 30).into()).unwrap();
    assert_eq!(words("nbf", (NOW + 31).into()), "the token is not valid for another 31 s (`nbf`)");
    assert_eq!(words("nbf", "now".into()), "`nbf` of the token is not a whole number of seconds");
    let exact = |policy: &mut Policy| policy.skew = std::time::Duration::ZERO;
    read_with(exact, &with("exp", (NOW + 1).into())).unwrap();
    assert_eq!(
        read_with(exact, &with("exp", NOW.into())).unwrap_err().to_string(),
        "the token expired 0 s ago"
    );
}

#[test]
fn its_subject() {
    for subject in ["a", "O'Brien", "x\"; DROP ROLE core; --", "Zoë", &"x".repeat(200), &"x".repeat(255)] {
        assert_eq!(read("sub", subject.into()).unwrap().subject(), subject);
    }
    for odd in [
        json!(""),
        json!("x".repeat(256)),
        json!("a\u{0}b"),
        json!("a\nb"),
        json!(7),
        json!(null),
        json!(["a"]),
    ] {
        assert_eq!(
            words("sub", odd),
            "`sub` of the token is not a text of 1 to 255 bytes without control characters"
        );
    }
    let nobody = read_with(|_| {}, &json!({ "exp": NOW })).unwrap_err();
    assert_eq!(nobody.to_string(), "the token has no `sub`");
}

#[test]
fn its_roles() {
    let roles = |value: Value| read("roles", value).unwrap().roles().to_vec();
    assert!(roles(Value::Null).is_empty());
    assert_eq!(roles(json!("nurse")), ["nurse"]);
    assert_eq!(roles(json!(" nurse, physician ,,")), ["nurse", "physician"]);
    assert_eq!(roles(json!(["nurse", "physician"])), ["nurse", "physician"]);
    // What stands in a list is one role, whatever it looks like.
    assert_eq!(roles(json!(["nurse", "a,b", " x "])), ["nurse", "a,b", " x "]);
    for odd in [json!(["nurse", 1]), json!([["nurse"]]), json!({ "nurse": true }), json!(1)] {
        let told = words("roles", odd);
        assert_eq!(
            told,
            "`roles` of the token is neither a list of texts nor a text of roles between commas"
        );
    }
    let groups = read_with(|policy| policy.roles_claim = "groups".into(), &with("groups", json!(["a"])));
    assert_eq!(groups.unwrap().roles(), ["a"]);
}

#[test]
fn its_issuer_and_audience() {
    let issuer = |policy: &mut Policy| policy.issuer = Some("https://issuer".into());
    let said = |change: fn(&mut Policy), claims: &Value| read_with(change, claims).unwrap_err().to_string();
    read_with(issuer, &with("iss", "https://issuer".into())).unwrap();
    assert_eq!(said(issuer, &with("x", 1.into())), "the token has no `iss`");
    let other = said(issuer, &with("iss", "https://issuer/\n".into()));
    assert_eq!(other, "the token was issued by `https://issuer/\\u{a}`, who is not believed here");
    assert_eq!(said(issuer, &with("iss", json!(["https://issuer"]))), "`iss` of the token is not a text");

    let clinic = |policy: &mut Policy| policy.audience = vec!["clinic".into(), "ward".into()];
    read_with(clinic, &with("aud", "ward".into())).unwrap();
    read_with(clinic, &with("aud", json!(["shop", "clinic"]))).unwrap();
    assert_eq!(said(clinic, &with("x", 1.into())), "the token has no `aud`");
    assert_eq!(said(clinic, &with("aud", "Clinic".into())), "the token is for `Clinic`, and not for us");
    assert_eq!(said(clinic, &with("aud", json!([]))), "the token is for ``, and not for us");
    assert_eq!(said(clinic, &with("aud", 1.into())), "`aud` of the token is not a text, or a list of texts");
    assert_eq!(words("aud", "shop".into()), "the token is for `shop`, and not for us");
}

#[test]
fn nothing_of_it_is_printed_by_accident() {
    let identity = read("diagnosis", "CANARY".into()).unwrap();
    assert!(identity.claims().contains("CANARY"));
    let shown = format!("{identity:?}");
    assert!(shown.contains("alice") && !shown.contains("CANARY"), "{shown}");
}
