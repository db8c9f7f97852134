//! The values a parameter takes: numbers within bounds, and libpq's words for TLS and for the kind of server.

use std::{fmt, str::FromStr};

use super::{SslMode, TargetSessionAttrs, UrlError};

/// Reads digits, and nothing but digits.
pub(super) fn number(text: &str, parameter: &'static str, least: u64, most: u64) -> Result<u64, UrlError> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(UrlError::NotANumber { parameter });
    }
    match text.parse::<u64>() {
        Ok(number) if (least..=most).contains(&number) => Ok(number),
        _ => Err(UrlError::OutOfRange { parameter, least, most }),
    }
}

macro_rules! words {
    ($type:ident, $parameter:literal, $expected:literal, $($variant:ident = $word:literal),+) => {
        impl $type {
            /// libpq's word for it.
            #[must_use]
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Self::$variant => $word),+
                }
            }
        }

        impl fmt::Display for $type {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(self.as_str())
            }
        }

        impl FromStr for $type {
            type Err = UrlError;

            fn from_str(word: &str) -> Result<Self, UrlError> {
                match word {
                    $($word => Ok(Self::$variant),)+
                    _ => Err(UrlError::Value { parameter: $parameter, expected: $expected }),
                }
            }
        }
    };
}

words!(
    SslMode,
    "sslmode",
    "one of disable, allow, prefer, require, verify-ca, verify-full",
    Disable = "disable",
    Allow = "allow",
    Prefer = "prefer",
    Require = "require",
    VerifyCa = "verify-ca",
    VerifyFull = "verify-full"
);

words!(
    TargetSessionAttrs,
    "target_session_attrs",
    "one of any, read-write, read-only, primary, standby, prefer-standby",
    Any = "any",
    ReadWrite = "read-write",
    ReadOnly = "read-only",
    Primary = "primary",
    Standby = "standby",
    PreferStandby = "prefer-standby"
);
