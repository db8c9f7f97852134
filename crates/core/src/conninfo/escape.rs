//! Percent escapes of connection URLs, both ways (RFC 3986, section 2.1).

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use super::UrlError;

/// Everything but RFC 3986's unreserved characters.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Decodes one part; refuses half an escape, NUL, and bytes that are not UTF-8.
pub(super) fn decode(text: &str, part: &'static str) -> Result<String, UrlError> {
    let refused = UrlError::Escape { part };
    let mut pieces = text.split('%');
    pieces.next();
    let whole = pieces.all(|piece| {
        let digits = piece.as_bytes();
        digits.len() >= 2 && digits[..2].iter().all(u8::is_ascii_hexdigit)
    });
    match percent_decode_str(text).decode_utf8() {
        Ok(decoded) if whole && !decoded.contains('\0') => Ok(decoded.into_owned()),
        _ => Err(refused),
    }
}

/// Encodes one part so that nothing in it is read as a delimiter.
pub(super) fn encode(text: &str) -> impl std::fmt::Display + '_ {
    utf8_percent_encode(text, ESCAPED)
}
