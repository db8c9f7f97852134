//! The compact form of a signed token (RFC 7515, section 7.1): three parts of base64url between two dots.

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use serde_json::{Map, Value};

use super::{
    LONGEST, TokenError,
    json::{self, NotAnObject},
    shown::Shown,
};

/// A token in its parts. Nothing of it is believed yet.
pub(super) struct Compact<'a> {
    /// What is signed.
    pub(super) message: &'a [u8],
    pub(super) header: Map<String, Value>,
    claims: &'a str,
    pub(super) signature: Vec<u8>,
}

impl<'a> Compact<'a> {
    /// Takes a token apart, no longer than [`LONGEST`].
    pub(super) fn parse(token: &'a str) -> Result<Self, TokenError> {
        if token.len() > LONGEST {
            return Err(TokenError::TooLong { bytes: token.len() });
        }
        let parts: Vec<&str> = token.split('.').collect();
        let (header, claims, signature) = match parts.as_slice() {
            [header, claims, signature] => (*header, *claims, *signature),
            [_, _, _, _, _] => return Err(TokenError::Encrypted),
            _ => return Err(TokenError::NotCompact),
        };
        let message = &token.as_bytes()[..header.len() + 1 + claims.len()];
        let header = object("header", header)?;
        Ok(Self { message, header, claims, signature: bytes("signature", signature)? })
    }

    /// The claims; to be asked for when the signature has been verified.
    pub(super) fn claims(&self) -> Result<Map<String, Value>, TokenError> {
        object("payload", self.claims)
    }
}

fn object(part: &'static str, text: &str) -> Result<Map<String, Value>, TokenError> {
    json::object(&bytes(part, text)?).map_err(|error| match error {
        NotAnObject::Malformed => TokenError::NotAnObject { part },
        NotAnObject::Twice(name) => TokenError::Twice { part, name: Shown::new(&name) },
    })
}

/// Without padding, and with no bits left over: a token has one spelling.
fn bytes(part: &'static str, text: &str) -> Result<Vec<u8>, TokenError> {
    URL_SAFE_NO_PAD.decode(text).map_err(|_| TokenError::NotBase64 { part })
}
