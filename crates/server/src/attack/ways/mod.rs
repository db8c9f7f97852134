//! The ways a text can be sent, and what each has to offer to the one who tries it.

mod checked;
mod plain;
mod sandbox;

use std::{fmt, str::FromStr, time::Duration};

use async_trait::async_trait;
use rolewright_core::{Ident, Password};
use serde::{Deserialize, Serialize};

use super::{AttackError, ground::Site, ran::Ran};

/// How a text is sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Way {
    /// As a report, through the sandbox.
    Sandbox,
    /// On a connection logged in as the role, all in one message of the simple protocol.
    Simple,
    /// The same over the extended protocol; a text of several statements also statement by statement.
    Extended,
    /// As a report whose text nobody has checked: the boundary of the sandbox alone.
    Boundary,
    /// Over the extended protocol on a connection logged in as the role, once the check has taken the text: the check alone.
    Check,
}

impl Way {
    /// All of them, in their order.
    pub const ALL: [Self; 5] = [Self::Sandbox, Self::Simple, Self::Extended, Self::Boundary, Self::Check];
    /// Those that are tried where none is named: the sandbox, and what a login has without it.
    pub const USUAL: [Self; 3] = [Self::Sandbox, Self::Simple, Self::Extended];

    /// Its name.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Sandbox => "sandbox",
            Self::Simple => "simple",
            Self::Extended => "extended",
            Self::Boundary => "boundary",
            Self::Check => "check",
        }
    }

    /// Whether nothing of Rolewright stands between the text and the server.
    #[must_use]
    pub fn is_plain(self) -> bool {
        matches!(self, Self::Simple | Self::Extended)
    }

    pub(super) async fn open(self, site: &Site<'_>) -> Result<Box<dyn Sender>, AttackError> {
        Ok(match self {
            Self::Sandbox => Box::new(sandbox::Sandbox::open(site).await?),
            Self::Simple => Box::new(plain::Plain::new(site, plain::Protocol::Simple)),
            Self::Extended => Box::new(plain::Plain::new(site, plain::Protocol::Extended)),
            Self::Boundary => Box::new(sandbox::Sandbox::open_boundary(site).await?),
            Self::Check => Box::new(checked::Checked::open(site).await?),
        })
    }
}

impl fmt::Display for Way {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.word())
    }
}

impl FromStr for Way {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let known = Self::ALL.map(Self::word).join(", ");
        Self::ALL.into_iter().find(|way| way.word() == text).ok_or(format!("expected one of {known}"))
    }
}

/// Another boundary, to be measured against the sandbox's own by the same attempts and the same judgement.
#[async_trait]
pub trait Boundary: fmt::Debug + Send + Sync {
    /// Who logs in for the texts of this connection, in place of its role.
    fn login(&self, connection: &str) -> (Ident, Password);

    /// Opens the way for texts of this connection, each of which has so long.
    async fn open(&self, connection: &str, deadline: Duration) -> Box<dyn Sender>;
}

/// Sends texts in one way, as one role.
#[async_trait]
pub trait Sender: Send {
    /// Sends an attempt's text, on a session that is as new, and waits for its end or ends it.
    async fn run(&mut self, statements: &[String]) -> Ran;

    /// Lets happen what happens between two users of a session.
    async fn release(&mut self);

    /// Sends one text as the next user of the same session.
    async fn next(&mut self, sql: &str) -> Ran;

    /// Ends the session, where the next attempt is to have another.
    async fn end(&mut self);

    /// Ends everything.
    async fn close(self: Box<Self>);
}
