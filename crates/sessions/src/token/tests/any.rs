//! Whatever is given for a token: it is refused in one harmless line, and nothing panics.

use proptest::prelude::*;
use rolewright_core::settings::Algorithm;
use serde_json::json;

use super::{
    super::{Keys, Policy, verify},
    issuer::{Edwards, encode, jwks},
};

const NOW: i64 = 1_800_000_000;

fn refused(keys: &Keys, token: &str) -> Result<(), TestCaseError> {
    let policy = Policy { algorithms: Algorithm::ALL.to_vec(), ..Policy::default() };
    let told = verify(&policy, keys, token, NOW).unwrap_err().to_string();
    prop_assert!(!told.chars().any(char::is_control) && told.len() < 500, "{told:?}");
    Ok(())
}

proptest! {
    #[test]
    fn any_text(token in ".{0,200}", header in ".{0,60}", payload in ".{0,60}") {
        let keys = Keys::from_jwks(&jwks(&[Edwards::new("k1").jwk()])).unwrap();
        refused(&keys, &token)?;
        refused(&keys, &format!("{}.{}.{}", encode(&header), encode(&payload), encode(&token)))?;
        let header = json!({ "alg": "EdDSA", "kid": header, "typ": payload }).to_string();
        refused(&keys, &format!("{}.{}.{}", encode(header), encode(&payload), encode(&token)))?;
    }

    /// One character of a good token is another.
    #[test]
    fn any_change(at in any::<prop::sample::Index>(), other in "[A-Za-z0-9_.-]") {
        let key = Edwards::new("k1");
        let keys = Keys::from_jwks(&jwks(&[key.jwk()])).unwrap();
        let good = key.sign(&json!({ "sub": "alice", "exp": NOW + 60, "roles": ["nurse"] }));
        let at = at.index(good.len());
        let changed = format!("{}{other}{}", &good[..at], &good[at + 1..]);
        if changed != good {
            refused(&keys, &changed)?;
        }
    }
}
