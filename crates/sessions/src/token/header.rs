//! What a token's header says of how it is signed.

use rolewright_core::settings::Algorithm;
use serde_json::{Map, Value};

use super::{TokenError, shown::Shown};

/// The header, as far as it is heard.
pub(super) struct Header {
    pub(super) algorithm: Algorithm,
    pub(super) kid: Option<String>,
}

impl Header {
    pub(super) fn read(header: &Map<String, Value>) -> Result<Self, TokenError> {
        let text = |name: &'static str| match header.get(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text.as_str())),
            Some(_) => Err(TokenError::WrongHeader { name }),
        };
        let algorithm = match text("alg")? {
            None => return Err(TokenError::NoAlgorithm),
            Some(name) if name.eq_ignore_ascii_case("none") => return Err(TokenError::Unsigned),
            Some(name) => Algorithm::named(name)
                .ok_or_else(|| TokenError::UnknownAlgorithm { algorithm: Shown::new(name) })?,
        };
        // Whatever it lists, it must be understood, and nothing is.
        if let Some(critical) = header.get("crit") {
            let first = critical.as_array().and_then(|names| names.first()).and_then(Value::as_str);
            return Err(TokenError::Critical { extension: Shown::new(first.unwrap_or_default()) });
        }
        if let Some(kind) = text("typ")?.filter(|kind| !is_for_access(kind)) {
            return Err(TokenError::OtherKind { kind: Shown::new(kind) });
        }
        Ok(Self { algorithm, kid: text("kid")?.map(str::to_owned) })
    }
}

/// RFC 7519, section 5.1, and RFC 9068, section 2.1. Other kinds of tokens are signed by the same keys, and mean something else.
fn is_for_access(kind: &str) -> bool {
    let kind = kind.to_ascii_lowercase();
    matches!(kind.strip_prefix("application/").unwrap_or(&kind), "jwt" | "at+jwt")
}
