//! Parses the contents of a key file: lines of hex or base64, or 32 raw bytes. For the ring.

use std::path::Path;

use base64::{
    Engine,
    alphabet::{self, Alphabet},
    engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig},
};
use zeroize::Zeroizing;

use super::{Key, KeyError, KeyRing};

const LENIENT: GeneralPurposeConfig =
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent);

pub(super) fn ring(path: &Path, bytes: &[u8]) -> Result<KeyRing, KeyError> {
    let keys = match std::str::from_utf8(bytes) {
        Ok(text) if is_text(text) => lines(path, text)?,
        _ => vec![(1, key(path, None, Zeroizing::new(bytes.to_vec()))?)],
    };
    for (position, (second, key)) in keys.iter().enumerate() {
        if let Some((first, _)) = keys[..position].iter().find(|(_, other)| other.id() == key.id()) {
            let path = path.to_owned();
            return Err(KeyError::Duplicate { path, id: key.id(), first: *first, second: *second });
        }
    }
    let mut keys = keys.into_iter().map(|(_, key)| key);
    let first = keys.next().ok_or_else(|| KeyError::Empty { path: path.to_owned() })?;
    Ok(KeyRing { first, others: keys.collect() })
}

/// Comments may be in any language; what counts is that nothing in it is a control character.
fn is_text(text: &str) -> bool {
    text.chars().all(|c| !c.is_control() || matches!(c, '\n' | '\r' | '\t'))
}

fn lines(path: &Path, text: &str) -> Result<Vec<(usize, Key)>, KeyError> {
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut keys = Vec::new();
    for (number, line) in text.lines().enumerate().map(|(index, line)| (index + 1, line)) {
        let line = line.split('#').next().unwrap_or_default().trim();
        if !line.is_empty() {
            let bytes = decode(line)
                .ok_or_else(|| KeyError::NotHexOrBase64 { path: path.to_owned(), line: number })?;
            keys.push((number, key(path, Some(number), bytes)?));
        }
    }
    Ok(keys)
}

/// An even number of hex digits is hex. Base64 of 32 bytes has 43 characters before its padding, so the two cannot be
/// confused where the length is right.
fn decode(line: &str) -> Option<Zeroizing<Vec<u8>>> {
    if line.len().is_multiple_of(2) && line.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return hex::decode(line).ok().map(Zeroizing::new);
    }
    let url = line.contains(['-', '_']);
    let alphabet: &Alphabet = if url { &alphabet::URL_SAFE } else { &alphabet::STANDARD };
    GeneralPurpose::new(alphabet, LENIENT).decode(line).ok().map(Zeroizing::new)
}

fn key(path: &Path, line: Option<usize>, bytes: Zeroizing<Vec<u8>>) -> Result<Key, KeyError> {
    let path = path.to_owned();
    let mut exact = Zeroizing::new([0; 32]);
    match bytes.len() {
        0 => Err(KeyError::Empty { path }),
        32 => {
            exact.copy_from_slice(&bytes);
            Ok(Key::new(exact))
        }
        bytes if bytes < 32 => Err(KeyError::Short { path, line, bytes }),
        bytes => Err(KeyError::Long { path, line, bytes }),
    }
}
