//! The query of a connection URL, as known parameters with decoded values.

use super::{
    UrlError, escape,
    parameters::{HONOURED, UNHONOURED, nearest},
};

/// Reads `a=1&b=2`. Each parameter comes at most once; those that are harmless to drop are dropped.
pub(super) fn parse(query: &str) -> Result<Vec<(&'static str, String)>, UrlError> {
    let mut found: Vec<(&'static str, String)> = Vec::new();
    let mut after_password = false;
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').ok_or(UrlError::NoValue)?;
        let name = escape::decode(name, "the name of a parameter")?;
        if let Some(known) = HONOURED.iter().find(|known| **known == name) {
            if found.iter().any(|(seen, _)| seen == known) {
                return Err(UrlError::Twice { parameter: known });
            }
            found.push((known, escape::decode(value, known)?));
        } else if let Some(known) = UNHONOURED.iter().find(|known| known.name == name) {
            let value = escape::decode(value, known.name)?;
            if !known.harmless && !known.accepted.contains(&value.as_str()) {
                return Err(UrlError::Unsupported { parameter: known.name, accepted: known.accepted });
            }
        } else if after_password || !is_name(&name) {
            // What follows an unescaped `&` of a password looks like a parameter's name.
            return Err(UrlError::UnknownUnnamed);
        } else {
            return Err(UrlError::Unknown { nearest: nearest(&name), parameter: name });
        }
        after_password = name == "password";
    }
    Ok(found)
}

fn is_name(text: &str) -> bool {
    (1..=32).contains(&text.len())
        && text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'_' | b'-'))
}
