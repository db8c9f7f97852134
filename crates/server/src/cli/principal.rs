//! `--as`: whom a statement runs as.

use std::path::PathBuf;

use rolewright_core::TenantId;

/// Whom a statement runs as.
#[derive(Clone, Debug)]
pub(crate) enum Principal {
    /// A managed role, by its connection's name.
    Role(String),
    /// A tenant, on the login of its own reports.
    Tenant(TenantId),
    /// The subject of a bearer token.
    Token(Token),
}

/// A bearer token, or the file that has it. Its `Debug` shows neither.
#[derive(Clone)]
pub(crate) enum Token {
    /// The token itself, which others may see among the arguments of processes.
    Given(String),
    /// A file whose content it is.
    File(PathBuf),
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("***")
    }
}

impl std::str::FromStr for Principal {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.split_once(':') {
            Some(("role", name)) if !name.is_empty() => Ok(Self::Role(name.to_owned())),
            Some(("token", token)) if !token.is_empty() => Ok(Self::Token(match token.strip_prefix('@') {
                Some(file) => Token::File(file.into()),
                None => Token::Given(token.to_owned()),
            })),
            Some(("tenant", id)) => TenantId::new(id).map(Self::Tenant).map_err(|error| error.to_string()),
            _ => {
                Err("expected role:NAME, the NAME of a section [roles.NAME], tenant:ID, or token:JWT"
                    .to_owned())
            }
        }
    }
}
