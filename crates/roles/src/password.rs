//! Passwords of managed roles: derived, never chosen, and sent only as SCRAM verifiers made here.
//!
//! Password and salt are HMAC-SHA256 of the role's name under the installation's secret, each with a label of its own,
//! so that every replica and every start makes the same bytes. The verifier is RFC 5803's form of RFC 5802's
//! `StoredKey` and `ServerKey`, which PostgreSQL stores as it is.

use std::{collections::BTreeMap, fmt};

use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use hmac::{Hmac, KeyInit, Mac};
use rolewright_core::{Ident, Password, RoleSecret};
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::Desired;

/// SCRAM's iteration count. The password has 256 bits, so stretching it further would only slow logins down.
const ITERATIONS: u32 = 4096;
/// The scheme's version, part of every derivation: another one gives other passwords.
const VERSION: &str = "rolewright/v1";

/// A SCRAM-SHA-256 verifier, as `ALTER ROLE … PASSWORD` takes it. Prints as `***`.
///
/// Who holds it cannot log in, but may impersonate the server, so it is kept out of every output.
#[derive(Clone, PartialEq, Eq)]
pub struct Verifier(String);

/// What the planner needs to know of a role's password: the verifier to send, and the fingerprint to compare.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credential {
    /// The verifier.
    pub verifier: Verifier,
    /// A keyed hash of it, which is kept in the database because the password itself cannot be read back.
    pub fingerprint: String,
}

/// The credentials of all roles of one installation, by role name. Empty where the secret is not known.
pub type Credentials = BTreeMap<String, Credential>;

/// The password of a role: 43 characters of base64url.
///
/// ```
/// use rolewright_core::{Ident, RoleSecret};
///
/// let secret = RoleSecret::new([7; 32]);
/// let password = rolewright_roles::password::derive(&secret, &Ident::new("clinic_reporting")?);
/// assert_eq!(password.expose().len(), 43);
/// # Ok::<(), rolewright_core::ident::IdentError>(())
/// ```
#[must_use]
pub fn derive(secret: &RoleSecret, role: &Ident) -> Password {
    derive_in(secret, role, None)
}

/// The same of a role whose name is given again to somebody else once it was dropped: each `life` has a password of its own. The first
/// is nobody's after another, and has none.
#[must_use]
pub fn derive_in(secret: &RoleSecret, role: &Ident, life: Option<Uuid>) -> Password {
    Password::new(URL_SAFE_NO_PAD.encode(keyed(secret, "password", role, bytes(life.as_ref()))))
}

/// The verifier of a role's derived password.
#[must_use]
pub fn verifier(secret: &RoleSecret, role: &Ident) -> Verifier {
    credential_in(secret, role, None).verifier
}

/// A keyed hash of the verifier, safe to store: it tells whether the password set last is the one derived now.
#[must_use]
pub fn fingerprint(secret: &RoleSecret, role: &Ident) -> String {
    credential(secret, role).fingerprint
}

/// The credential of a role.
#[must_use]
pub fn credential(secret: &RoleSecret, role: &Ident) -> Credential {
    credential_in(secret, role, None)
}

/// The credential of a role in one of its [lives](derive_in).
#[must_use]
pub fn credential_in(secret: &RoleSecret, role: &Ident, life: Option<Uuid>) -> Credential {
    let salt = &keyed(secret, "salt", role, bytes(life.as_ref()))[..16];
    let verifier = Verifier(scram(derive_in(secret, role, life).expose().as_bytes(), salt, ITERATIONS));
    let fingerprint = hex::encode(keyed(secret, "fingerprint", role, verifier.0.as_bytes()));
    Credential { verifier, fingerprint }
}

/// The credentials of all desired roles.
#[must_use]
pub fn credentials(secret: &RoleSecret, desired: &Desired) -> Credentials {
    desired.roles.iter().map(|(name, role)| (name.clone(), credential(secret, &role.name))).collect()
}

impl Verifier {
    /// The text for the one statement that carries it.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }

    /// Whether the text has a verifier's shape. PostgreSQL takes any other text for a clear password and hashes it
    /// without a word, so a statement is built only from one that has.
    pub(crate) fn is_well_formed(&self) -> bool {
        let parts: Vec<&str> = self.0.split(['$', ':']).collect();
        let [scheme, iterations, salt, stored, server] = parts[..] else { return false };
        let bytes = |text: &str| STANDARD.decode(text).map_or(0, |bytes| bytes.len());
        scheme == "SCRAM-SHA-256"
            && iterations.parse::<u32>().is_ok_and(|count| count > 0)
            && bytes(salt) > 0
            && bytes(stored) == 32
            && bytes(server) == 32
    }
}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("***")
    }
}

fn bytes(life: Option<&Uuid>) -> &[u8] {
    life.map_or(b"", |life| life.as_bytes())
}

/// HMAC-SHA256 under the secret of a label, the role's name and more, each with its length before it.
fn keyed(secret: &RoleSecret, label: &str, role: &Ident, more: &[u8]) -> [u8; 32] {
    let mut parts: Vec<u8> = Vec::new();
    for part in [VERSION.as_bytes(), label.as_bytes(), role.as_str().as_bytes(), more] {
        parts.extend_from_slice(&(part.len() as u64).to_be_bytes());
        parts.extend_from_slice(part);
    }
    hmac(secret.expose(), &parts)
}

/// HMAC-SHA256 (RFC 2104).
fn hmac(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    // A key shorter than the block is followed by zeros (RFC 2104, section 2).
    let mut block = [0_u8; 64];
    block[..32].copy_from_slice(key);
    let mut mac = <Hmac<Sha256> as KeyInit>::new(&block.into());
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// RFC 5803's verifier of a password that needs no SASLprep.
fn scram(password: &[u8], salt: &[u8], iterations: u32) -> String {
    let mut salted = [0_u8; 32];
    pbkdf2::pbkdf2_hmac::<Sha256>(password, salt, iterations, &mut salted);
    let stored = Sha256::digest(hmac(&salted, b"Client Key"));
    let server = hmac(&salted, b"Server Key");
    format!(
        "SCRAM-SHA-256${iterations}:{}${}:{}",
        STANDARD.encode(salt),
        STANDARD.encode(stored),
        STANDARD.encode(server)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn role(name: &str) -> Ident {
        Ident::new(name).unwrap()
    }

    /// RFC 7677, section 3: user `user`, password `pencil`. The exchange's proof and signature follow from our keys.
    #[test]
    fn agrees_with_the_example_of_rfc_7677() {
        let salt = STANDARD.decode("W22ZaJ0SNY7soEsUEjb6gQ==").unwrap();
        let verifier = scram(b"pencil", &salt, 4096);
        let stored = STANDARD.decode(verifier.split(['$', ':']).nth(3).unwrap()).unwrap();
        let server: [u8; 32] =
            STANDARD.decode(verifier.split(['$', ':']).nth(4).unwrap()).unwrap().try_into().unwrap();
        let message = b"n=user,r=rOprNGfwEbeRWgbNEkqO,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,\
            s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096,c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
        assert_eq!(STANDARD.encode(hmac(&server, message)), "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=");
        let proof = STANDARD.decode("dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=").unwrap();
        let signature = hmac(&stored.clone().try_into().unwrap(), message);
        let client: Vec<u8> = proof.iter().zip(signature).map(|(a, b)| a ^ b).collect();
        assert_eq!(Sha256::digest(client).as_slice(), stored);
    }

    #[test]
    fn derivation_is_stable_and_separates_roles_and_secrets() {
        let one = RoleSecret::new([1; 32]);
        let two = RoleSecret::new([2; 32]);
        assert_eq!(derive(&one, &role("a")), derive(&one, &role("a")));
        assert_ne!(derive(&one, &role("a")), derive(&one, &role("b")));
        assert_ne!(derive(&one, &role("a")), derive(&two, &role("a")));
        assert_eq!(verifier(&one, &role("a")), verifier(&one, &role("a")));
        assert_ne!(fingerprint(&one, &role("a")), fingerprint(&two, &role("a")));
        // What was given out keeps its password.
        assert_eq!(derive(&one, &role("a")).expose(), "ZjUqf7ALlhZ9wTXEfiai3_viC9kCam4AexlXnHR_iz0");
    }

    #[test]
    fn each_life_of_a_role_has_a_password_of_its_own() {
        let secret = RoleSecret::new([1; 32]);
        let lives = [None, Some(Uuid::from_u128(1)), Some(Uuid::from_u128(2))];
        let all = lives
            .map(|life| (derive_in(&secret, &role("a"), life), credential_in(&secret, &role("a"), life)));
        assert_eq!((&all[0].0, &all[0].1), (&derive(&secret, &role("a")), &credential(&secret, &role("a"))));
        for (one, other) in [(0, 1), (0, 2), (1, 2)] {
            assert_ne!(all[one].0, all[other].0);
            assert_ne!(all[one].1.verifier, all[other].1.verifier);
            assert_ne!(all[one].1.fingerprint, all[other].1.fingerprint);
        }
    }

    #[test]
    fn a_verifier_has_the_servers_shape_and_nothing_else_does() {
        let good = verifier(&RoleSecret::new([1; 32]), &role("a"));
        assert!(good.is_well_formed());
        let reference = postgres_protocol::password::scram_sha_256(b"pencil");
        assert!(Verifier(reference).is_well_formed());
        for bad in ["", "secret", "SCRAM-SHA-256$4096:c2FsdA==$short:short", "SCRAM-SHA-256$x:y$z:w"] {
            assert!(!Verifier(bad.to_owned()).is_well_formed(), "{bad}");
        }
    }

    #[test]
    fn nothing_prints_it() {
        let secret = RoleSecret::new([1; 32]);
        let printed = format!("{:?}", verifier(&secret, &role("a")));
        assert_eq!(printed, "***");
    }
}
