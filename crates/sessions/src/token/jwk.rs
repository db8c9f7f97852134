//! One JSON Web Key (RFC 7517, RFC 7518 section 6, RFC 8037): what it can verify, or why it is of no use.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use rolewright_core::settings::Algorithm;
use serde::Deserialize;

use super::signature::Material;

/// A key as it is written. What is not listed here is not heard.
#[derive(Default, Deserialize)]
#[serde(default)]
pub(super) struct Jwk {
    kty: String,
    pub(super) kid: Option<String>,
    #[serde(rename = "use")]
    purpose: Option<String>,
    key_ops: Option<Vec<String>>,
    alg: Option<String>,
    crv: Option<String>,
    n: Option<String>,
    e: Option<String>,
    x: Option<String>,
    y: Option<String>,
    /// Of a private key.
    d: Option<String>,
}

/// What a key of a set is.
pub(super) enum Read {
    /// It verifies signatures of these algorithms.
    Usable(Material, Vec<Algorithm>),
    /// It is for something else.
    Unusable(&'static str),
    /// Nobody should have it here.
    Private,
}

impl Jwk {
    pub(super) fn read(&self) -> Read {
        if self.d.is_some() {
            return Read::Private;
        }
        let verifies = |operations: &Vec<String>| operations.iter().any(|one| one == "verify");
        if self.purpose.as_deref().is_some_and(|purpose| purpose != "sig")
            || !self.key_ops.as_ref().is_none_or(verifies)
        {
            return Read::Unusable("is not for signatures");
        }
        let read = match self.kty.as_str() {
            "RSA" => self.rsa(),
            "EC" => self.elliptic(),
            "OKP" if self.crv.as_deref() == Some("Ed25519") => self.edwards(),
            // A key that is both read by everybody and a secret is none.
            "oct" => return Read::Unusable("is a shared secret, which does not belong in a key set"),
            _ => return Read::Unusable("is of a kind that is not known"),
        };
        let Some((material, mut algorithms)) = read else {
            return Read::Unusable("is damaged, or too weak");
        };
        if let Some(only) = &self.alg {
            algorithms.retain(|algorithm| algorithm.name() == only);
        }
        if algorithms.is_empty() {
            return Read::Unusable("is for another algorithm than its kind has");
        }
        Read::Usable(material, algorithms)
    }

    fn rsa(&self) -> Option<(Material, Vec<Algorithm>)> {
        use Algorithm::{Ps256, Ps384, Ps512, Rs256, Rs384, Rs512};
        let number = |text: &Option<String>| {
            let bytes = decode(text)?;
            let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
            Some(bytes[zeros..].to_vec())
        };
        let (n, e) = (number(&self.n)?, number(&self.e)?);
        // RFC 7518, section 3.3: 2,048 bits or more.
        if n.len() < 256 || n.len() > 1024 || e.is_empty() || e.len() > 5 {
            return None;
        }
        Some((Material::Rsa { n, e }, vec![Rs256, Rs384, Rs512, Ps256, Ps384, Ps512]))
    }

    fn elliptic(&self) -> Option<(Material, Vec<Algorithm>)> {
        let (size, algorithm) = match self.crv.as_deref()? {
            "P-256" => (32, Algorithm::Es256),
            "P-384" => (48, Algorithm::Es384),
            _ => return None,
        };
        let (x, y) = (decode(&self.x)?, decode(&self.y)?);
        // The uncompressed form of SEC 1, section 2.3.3.
        let point = [&[4][..], &x, &y].concat();
        (x.len() == size && y.len() == size).then(|| (Material::Elliptic(point), vec![algorithm]))
    }

    fn edwards(&self) -> Option<(Material, Vec<Algorithm>)> {
        let x = decode(&self.x)?;
        (x.len() == 32).then(|| (Material::Edwards(x), vec![Algorithm::EdDsa]))
    }
}

fn decode(text: &Option<String>) -> Option<Vec<u8>> {
    URL_SAFE_NO_PAD.decode(text.as_deref()?.trim_end_matches('=')).ok()
}
