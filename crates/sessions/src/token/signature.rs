//! The keys themselves, and the one question to them.

use std::fmt;

use ring::{
    hmac,
    signature::{self, RsaPublicKeyComponents, UnparsedPublicKey},
};
use rolewright_core::settings::Algorithm;

/// A key's bytes. Each kind answers for its own algorithms only, so that no public key is ever taken for a secret.
pub(super) enum Material {
    /// A modulus and an exponent, without leading zeros.
    Rsa { n: Vec<u8>, e: Vec<u8> },
    /// A point on P-256 or P-384, uncompressed.
    Elliptic(Vec<u8>),
    /// A point on Ed25519.
    Edwards(Vec<u8>),
    /// A secret that is shared with the issuer.
    Shared(hmac::Key),
}

impl Material {
    /// What it is, in words.
    pub(super) fn kind(&self) -> &'static str {
        match self {
            Self::Rsa { .. } => "an RSA key",
            Self::Elliptic(_) => "an elliptic-curve key",
            Self::Edwards(_) => "an Ed25519 key",
            Self::Shared(_) => "a shared secret",
        }
    }

    /// Whether the signature is this key's, by this algorithm.
    pub(super) fn verifies(&self, algorithm: Algorithm, message: &[u8], given: &[u8]) -> bool {
        use Algorithm::{EdDsa, Es256, Es384, Hs256, Ps256, Ps384, Ps512, Rs256, Rs384, Rs512};
        let rsa = |n, e, how| RsaPublicKeyComponents { n, e }.verify(how, message, given);
        let unparsed = |point, how| UnparsedPublicKey::new(how, point).verify(message, given);
        let verified = match (self, algorithm) {
            (Self::Rsa { n, e }, Rs256) => rsa(n, e, &signature::RSA_PKCS1_2048_8192_SHA256),
            (Self::Rsa { n, e }, Rs384) => rsa(n, e, &signature::RSA_PKCS1_2048_8192_SHA384),
            (Self::Rsa { n, e }, Rs512) => rsa(n, e, &signature::RSA_PKCS1_2048_8192_SHA512),
            (Self::Rsa { n, e }, Ps256) => rsa(n, e, &signature::RSA_PSS_2048_8192_SHA256),
            (Self::Rsa { n, e }, Ps384) => rsa(n, e, &signature::RSA_PSS_2048_8192_SHA384),
            (Self::Rsa { n, e }, Ps512) => rsa(n, e, &signature::RSA_PSS_2048_8192_SHA512),
            (Self::Elliptic(point), Es256) => unparsed(point, &signature::ECDSA_P256_SHA256_FIXED),
            (Self::Elliptic(point), Es384) => unparsed(point, &signature::ECDSA_P384_SHA384_FIXED),
            (Self::Edwards(point), EdDsa) => unparsed(point, &signature::ED25519),
            (Self::Shared(secret), Hs256) => hmac::verify(secret, message, given),
            _ => return false,
        };
        verified.is_ok()
    }
}

impl fmt::Debug for Material {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.kind())
    }
}
