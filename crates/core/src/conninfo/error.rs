//! Why a connection URL is refused, for whoever set `DATABASE_URL`.

use super::PoolError;
use crate::{Advice, Exit};

/// Why a connection URL is refused.
///
/// No variant carries a piece of the URL other than the name of a parameter, because any piece of a mistyped URL may
/// be the password.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum UrlError {
    /// The text does not begin with one of the two schemes.
    #[error("the connection URL begins neither with `postgres://` nor with `postgresql://`")]
    Scheme,
    /// White space or a control character stands in the URL.
    #[error("the connection URL contains white space or a control character")]
    WhiteSpace,
    /// A reserved character stands where it would be read as something else.
    #[error("an unescaped `{character}` stands in the {part} of the connection URL")]
    Unescaped {
        /// The character.
        character: char,
        /// Where it stands.
        part: &'static str,
    },
    /// A `%` is not followed by two hexadecimal digits, or the bytes are not UTF-8 text without NUL.
    #[error("`{part}` of the connection URL has a percent escape that is not text")]
    Escape {
        /// Where it stands.
        part: &'static str,
    },
    /// A host in a list is empty, or its brackets do not close.
    #[error("`host` of the connection URL is not a host name, an address or a directory")]
    Host,
    /// There are several ports, and not one for each host.
    #[error("`port` has {ports} entries for {hosts} hosts")]
    PortCount {
        /// How many ports were given.
        ports: usize,
        /// How many hosts were given.
        hosts: usize,
    },
    /// The parameter is not a number.
    #[error("`{parameter}` is not a number")]
    NotANumber {
        /// Which parameter.
        parameter: &'static str,
    },
    /// The parameter is a number that cannot be.
    #[error("`{parameter}` is out of range")]
    OutOfRange {
        /// Which parameter.
        parameter: &'static str,
        /// The least that is taken.
        least: u64,
        /// The most that is taken.
        most: u64,
    },
    /// The parameter is not one of the words it takes.
    #[error("`{parameter}` has a value that is not understood")]
    Value {
        /// Which parameter.
        parameter: &'static str,
        /// What it takes.
        expected: &'static str,
    },
    /// The parameter was given twice in the query.
    #[error("`{parameter}` is given twice")]
    Twice {
        /// Which parameter.
        parameter: &'static str,
    },
    /// There is no such parameter.
    #[error("there is no connection parameter `{parameter}`")]
    Unknown {
        /// The name as written.
        parameter: String,
        /// The known one that is nearest.
        nearest: Option<&'static str>,
    },
    /// There is no such parameter, and its name may be a piece of a secret.
    #[error("the query of the connection URL has a parameter that does not exist")]
    UnknownUnnamed,
    /// A part of the query has no `=`.
    #[error("the query of the connection URL has a part without `=`")]
    NoValue,
    /// libpq knows the parameter, and Rolewright cannot honour it.
    #[error("the connection parameter `{parameter}` is not supported")]
    Unsupported {
        /// Which parameter.
        parameter: &'static str,
        /// The values that change nothing and are accepted.
        accepted: &'static [&'static str],
    },
    /// The pool's parameters contradict each other.
    #[error(transparent)]
    Pool(#[from] PoolError),
}

impl Advice for UrlError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Scheme => "set DATABASE_URL to `postgresql://user:password@host:5432/database`".into(),
            Self::WhiteSpace => "remove it from DATABASE_URL, or write it as a percent escape (a space is `%20`)".into(),
            Self::Unescaped { character, .. } => format!(
                "in the password and in names of DATABASE_URL, write it as `%{:02X}`, and a `/` as `%2F`",
                u32::from(*character)
            ),
            Self::Escape { part } => format!("in `{part}` of DATABASE_URL, write `%` itself as `%25`"),
            Self::Host => {
                "write `host`, `[::1]`, or a socket's directory as `?host=/var/run/postgresql`, with commas between \
                 several"
                    .into()
            }
            Self::PortCount { .. } => "give one port for all hosts, or one for each, in the same order".into(),
            Self::NotANumber { parameter: "port" } => {
                "give `port` in DATABASE_URL digits only; a `/`, `@` or `:` of the password is written as `%2F`, `%40` \
                 or `%3A`"
                    .into()
            }
            Self::NotANumber { parameter } => format!("give `{parameter}` in DATABASE_URL digits only"),
            Self::OutOfRange { parameter, least, most } => {
                format!("set `{parameter}` in DATABASE_URL to a number from {least} to {most}")
            }
            Self::Value { parameter, expected } => format!("set `{parameter}` in DATABASE_URL to {expected}"),
            Self::Twice { parameter } => format!("keep one `{parameter}` in DATABASE_URL"),
            Self::Unknown { nearest: Some(nearest), .. } => format!("did you mean `{nearest}`?"),
            Self::Unknown { nearest: None, .. } => "remove it from the query of DATABASE_URL".into(),
            Self::UnknownUnnamed | Self::NoValue => {
                "write the query of DATABASE_URL as `?name=value&name=value`; an `&` of a value is written as `%26`".into()
            }
            Self::Unsupported { parameter, accepted: [] } => {
                format!("remove `{parameter}` from DATABASE_URL; see `sslmode` and `sslrootcert` for TLS")
            }
            Self::Unsupported { parameter, accepted } => {
                format!("remove `{parameter}` from DATABASE_URL, or set it to `{}`", accepted.join("` or `"))
            }
            Self::Pool(error) => return error.hint(),
        })
    }

    fn exit(&self) -> Exit {
        Exit::Config
    }
}
