//! Reads and writes the text form of sealed values, strictly: there is exactly one text for the same bytes. For
//! sealing and opening.

use base64::{Engine, prelude::BASE64_STANDARD};

use super::{NONCE, TAG, Unreadable};
use crate::KeyId;

/// What a stored text is.
pub(crate) enum Form {
    /// The current form.
    Sealed {
        /// The key that opens it.
        key: KeyId,
        /// The nonce.
        nonce: [u8; NONCE],
        /// The ciphertext and tag.
        body: Vec<u8>,
    },
    /// The older form `S1`, which names no key.
    Older {
        /// The nonce.
        nonce: [u8; NONCE],
        /// The ciphertext and tag.
        body: Vec<u8>,
    },
    /// Plain text.
    Plain,
}

pub(super) fn prefix(key: KeyId) -> String {
    format!("RW1:{key}:")
}

pub(super) fn render(key: KeyId, nonce: &[u8; NONCE], body: &[u8]) -> String {
    format!("{}{}:{}", prefix(key), BASE64_STANDARD.encode(nonce), BASE64_STANDARD.encode(body))
}

pub(super) fn parse(stored: &str) -> Result<Form, Unreadable> {
    let Some((tag, rest)) = shape(stored) else {
        return if is_disguised(stored) { Err(Unreadable::Damaged) } else { Ok(Form::Plain) };
    };
    let parts: Vec<&str> = rest.split(':').collect();
    match (tag, parts.as_slice()) {
        ("RW1", [key, nonce, body]) => {
            let key = KeyId::parse(key).ok_or(Unreadable::Damaged)?;
            let (nonce, body) = decode(nonce, body).ok_or(Unreadable::Damaged)?;
            Ok(Form::Sealed { key, nonce, body })
        }
        ("S1", [nonce, body]) => {
            let (nonce, body) = decode(nonce, body).ok_or(Unreadable::Damaged)?;
            Ok(Form::Older { nonce, body })
        }
        ("RW1" | "S1", _) => Err(Unreadable::Damaged),
        (other, _) => Err(Unreadable::UnknownVersion { version: other.chars().take(12).collect() }),
    }
}

/// Splits off `RW<number>` or `S<number>` before a colon; `None` where the text does not begin so.
fn shape(stored: &str) -> Option<(&str, &str)> {
    let (tag, rest) = stored.split_once(':')?;
    let number = tag.strip_prefix("RW").or_else(|| tag.strip_prefix('S'))?;
    let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then_some((tag, rest))
}

/// Whether a text would look sealed but for letter case and what cannot be seen around its tag: an editor or a shell
/// did that to a sealed value, and nobody chose it for a plain one.
fn is_disguised(stored: &str) -> bool {
    let unseen = |c: char| {
        c.is_whitespace() || c.is_control() || matches!(c, '\u{feff}' | '\u{200b}'..='\u{200f}' | '\u{2060}')
    };
    stored.split_once(':').is_some_and(|(tag, _)| {
        shape(&format!("{}:", tag.trim_matches(unseen).to_ascii_uppercase())).is_some()
    })
}

fn decode(nonce: &str, body: &str) -> Option<([u8; NONCE], Vec<u8>)> {
    let nonce = BASE64_STANDARD.decode(nonce).ok()?.try_into().ok()?;
    let body = BASE64_STANDARD.decode(body).ok()?;
    (body.len() >= TAG).then_some((nonce, body))
}
