//! Why a token is refused, each in its own words.

use rolewright_core::{Advice, Exit, settings::Algorithm};

use super::{LONGEST, shown::Shown};

/// Why a token is refused. None of it repeats the token; what it says is shown shortened and escaped.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
#[allow(missing_docs, reason = "the fields are what the messages repeat")]
pub enum TokenError {
    /// Nothing so long is looked at.
    #[error("the token is {bytes} bytes long, and at most {LONGEST} are looked at")]
    TooLong { bytes: usize },
    /// Not the compact form.
    #[error("the token is not three parts between two dots")]
    NotCompact,
    /// An encrypted token.
    #[error("the token is encrypted, and only signed ones are taken")]
    Encrypted,
    /// A part that is not base64url, without padding.
    #[error("the token's {part} is not base64url without padding")]
    NotBase64 { part: &'static str },
    /// A part that is not a JSON object.
    #[error("the token's {part} is not one JSON object")]
    NotAnObject { part: &'static str },
    /// A name that stands twice.
    #[error("the token's {part} has `{name}` twice")]
    Twice { part: &'static str, name: Shown },
    /// A header that is no text.
    #[error("`{name}` of the token's header is not a text")]
    WrongHeader { name: &'static str },
    /// No `alg`.
    #[error("the token does not say how it is signed: it has no `alg`")]
    NoAlgorithm,
    /// `alg: none`.
    #[error("the token is not signed: `alg` is `none`")]
    Unsigned,
    /// An algorithm that nobody here knows.
    #[error("the token is signed with `{algorithm}`, which is not known here")]
    UnknownAlgorithm { algorithm: Shown },
    /// An algorithm that is not taken.
    #[error("the token is signed with {algorithm}, which is not among those that are taken")]
    RefusedAlgorithm { algorithm: Algorithm },
    /// An extension that must be understood.
    #[error("the token asks for `{extension}` to be understood (`crit`), and it is not")]
    Critical { extension: Shown },
    /// A token for something else.
    #[error("the token is a `{kind}`, and not one for access")]
    OtherKind { kind: Shown },
    /// No `kid`, and several keys.
    #[error("the token does not name its key: it has no `kid`, and there are {keys} keys")]
    NoKid { keys: usize },
    /// A key that is not there.
    #[error("the token names the key `{kid}`, which is not among the keys")]
    UnknownKid { kid: Shown },
    /// A key that cannot verify.
    #[error("the token names the key{}, which {why}", named(kid))]
    UnusableKey { kid: Option<Shown>, why: &'static str },
    /// An algorithm that the key is not for.
    #[error("the token says {algorithm}, and the key{} is {kind} that is not for it", named(kid))]
    Confused { algorithm: Algorithm, kid: Option<Shown>, kind: &'static str },
    /// Not this key's signature.
    #[error("the token's signature is not that of the key{} ({kind})", named(kid))]
    Signature { kid: Option<Shown>, kind: &'static str },
    /// A claim that must be there.
    #[error("the token has no `{claim}`")]
    Missing { claim: &'static str },
    /// A claim that is something else.
    #[error("`{claim}` of the token is not {expected}")]
    WrongClaim { claim: &'static str, expected: &'static str },
    /// Roles that are something else.
    #[error("`{claim}` of the token is neither a list of texts nor a text of roles between commas")]
    WrongRoles { claim: String },
    /// Expired.
    #[error("the token expired {seconds} s ago")]
    Expired { seconds: i64 },
    /// It was good when it was first seen.
    #[error("the token was good before, and has expired since, {seconds} s ago")]
    ExpiredSince { seconds: i64 },
    /// Not yet valid.
    #[error("the token is not valid for another {seconds} s (`nbf`)")]
    NotYet { seconds: i64 },
    /// Another issuer's.
    #[error("the token was issued by `{issuer}`, who is not believed here")]
    Issuer { issuer: Shown },
    /// For somebody else.
    #[error("the token is for `{audience}`, and not for us")]
    Audience { audience: Shown, unset: bool },
}

impl TokenError {
    /// The HTTP status of the refusal; its challenge is `Bearer error="invalid_token"` (RFC 6750, section 3.1).
    pub const HTTP_STATUS: u16 = 401;

    /// The same of a token that was verified before.
    pub(super) fn of_a_known_token(self) -> Self {
        match self {
            Self::Expired { seconds } => Self::ExpiredSince { seconds },
            other => other,
        }
    }
}

/// The key's name, where it has one.
fn named(kid: &Option<Shown>) -> String {
    kid.as_ref().map(|kid| format!(" `{kid}`")).unwrap_or_default()
}

impl Advice for TokenError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::TooLong { .. } => "have the issuer leave out what is not needed".to_owned(),
            Self::NotCompact | Self::NotBase64 { .. } | Self::NotAnObject { .. } => {
                "give the token as the issuer gave it, without `Bearer` and without quotes".to_owned()
            }
            Self::Encrypted | Self::OtherKind { .. } => "ask the issuer for a signed access token".to_owned(),
            Self::RefusedAlgorithm { .. } => {
                "add it to `access.jwt.algorithms`, if the issuer really signs so".to_owned()
            }
            Self::UnknownAlgorithm { .. } => {
                "`rolewright config schema` lists those that `access.jwt.algorithms` may have".to_owned()
            }
            Self::UnknownKid { .. } | Self::UnusableKey { .. } | Self::NoKid { .. } => {
                "look whether `access.jwt` names the issuer's current keys".to_owned()
            }
            Self::Expired { .. } | Self::ExpiredSince { .. } => "get a new token from the issuer".to_owned(),
            Self::NotYet { .. } => "compare the clocks, or raise `access.jwt.skew`".to_owned(),
            Self::Issuer { .. } => "`access.jwt.issuer` names the one who is believed".to_owned(),
            Self::Audience { unset: true, .. } => {
                "set `access.jwt.audience` to our name for the issuer".to_owned()
            }
            Self::Audience { .. } => "`access.jwt.audience` lists our names for the issuer".to_owned(),
            Self::Missing { .. } | Self::WrongClaim { .. } | Self::WrongRoles { .. } => {
                "have the issuer put it into the token".to_owned()
            }
            Self::Twice { .. }
            | Self::WrongHeader { .. }
            | Self::NoAlgorithm
            | Self::Unsigned
            | Self::Critical { .. }
            | Self::Confused { .. }
            | Self::Signature { .. } => {
                "somebody may have tampered with it: get one from the issuer".to_owned()
            }
        })
    }

    fn exit(&self) -> Exit {
        Exit::Refused
    }
}
