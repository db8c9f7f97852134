//! Why a subject's work was refused, or did not come to its end.

use std::time::Duration;

use rolewright_core::{Advice, Exit, Ident};

use super::choice::Of;
use crate::{
    acting::Trouble,
    token::{Shown, TokenError},
};

/// Why a subject's transaction did not happen. Nothing of it is in the database, but for [`Lost`](Self::Lost) and what its
/// own SQL committed by hand.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are what the messages repeat")]
pub enum SubjectError {
    /// The token is not believed.
    #[error(transparent)]
    Token(#[from] TokenError),
    /// Nothing is configured, or it could not be opened.
    #[error("there are no subjects: {0}")]
    NoAccess(String),
    /// The caller asks for a role that the token does not give.
    #[error("the token does not list the role `{role}` that is asked for")]
    NotListed { role: Shown },
    /// The caller asks for a role that no token may give.
    #[error("the role `{role}` is not among those that tokens may ask for")]
    NotAllowed { role: Shown },
    /// The token lists roles, and none that it may give.
    #[error("none of the roles of the subject `{subject}` is among those that tokens may ask for")]
    NoneAllowed { subject: Shown },
    /// PostgreSQL would cut its name off.
    #[error("the database role of {of} would have a name of {bytes} bytes, and PostgreSQL keeps 63")]
    LongName { of: Of, bytes: usize },
    /// It was never provisioned.
    #[error("{of} has no database role")]
    NoDatabaseRole { of: Of },
    /// It was provisioned, and is no more.
    #[error("the database role of {of} was revoked")]
    Revoked { of: Of },
    /// Whether there is one cannot be read.
    #[error("the database roles of subjects cannot be read: {0}")]
    Unread(String),
    /// Somebody else's transaction is open around it.
    #[error("a transaction of {asked} was asked for inside one of another, or with another token")]
    Inside { asked: Of },
    /// It cannot be nested where it was asked for, or its end failed.
    #[error("the nested transaction of {of} was refused: {message}")]
    Nested { of: Of, message: String },
    /// So many are in flight already.
    #[error("{of} has {limit} transactions in flight, and none ended within {waited:?}")]
    Busy { of: Of, limit: u32, waited: Duration },
    /// Every connection is taken.
    #[error("all {max} connections are taken, and none came free within {waited:?}")]
    Full { max: u32, waited: Duration },
    /// The login cannot log in.
    #[error("cannot log in as `{login}`: {why}")]
    Login { login: Ident, why: String },
    /// The server refuses to begin.
    #[error("cannot begin as {of}: {message} ({sqlstate})")]
    Begin { of: Of, sqlstate: String, message: String },
    /// At its end it was no longer the subject's.
    #[error(
        "the transaction of {0} was rolled back: it ended as somebody else, or somewhere else, than it began"
    )]
    Tampered(Of),
    /// A statement had failed, and the work went on as if it had not.
    #[error("the transaction of {0} was rolled back: a statement in it had failed")]
    Aborted(Of),
    /// The server refused to commit.
    #[error("the transaction of {of} was rolled back at its end: {message} ({sqlstate})")]
    Commit { of: Of, sqlstate: String, message: String },
    /// The connection went while committing, so that nobody knows whether it was committed.
    #[error("the connection was lost while committing for {0}: it may have been committed, or not")]
    Lost(Of),
    /// The pool is closed.
    #[error("the subjects' pool is closed")]
    Closed,
}

/// How a transaction ended that was not committed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SubjectTransactionError<E> {
    /// It did not begin, or was not committed.
    #[error(transparent)]
    Subject(#[from] SubjectError),
    /// The work itself gave up, and it was rolled back.
    #[error("{0}")]
    Work(E),
}

impl SubjectError {
    /// What stood in the way of this one.
    pub(super) fn of(trouble: Trouble, of: &Of) -> Self {
        let of = of.clone();
        match trouble {
            Trouble::Inside { .. } => Self::Inside { asked: of },
            Trouble::Nested(message) => Self::Nested { of, message },
            Trouble::Busy { limit, waited } => Self::Busy { of, limit, waited },
            Trouble::Full { max, waited } => Self::Full { max, waited },
            Trouble::Login { login, why } => Self::Login { login, why },
            Trouble::Begin { sqlstate, message } => Self::Begin { of, sqlstate, message },
            Trouble::Tampered => Self::Tampered(of),
            Trouble::Aborted => Self::Aborted(of),
            Trouble::Commit { sqlstate, message } => Self::Commit { of, sqlstate, message },
            Trouble::Lost => Self::Lost(of),
            Trouble::Closed => Self::Closed,
        }
    }

    /// The HTTP status of the refusal: 401 of a token, 403 of what it does not give, 503 of what may be had later.
    #[must_use]
    pub fn http_status(&self) -> u16 {
        match self {
            Self::Token(_) => TokenError::HTTP_STATUS,
            Self::NotListed { .. }
            | Self::NotAllowed { .. }
            | Self::NoneAllowed { .. }
            | Self::LongName { .. }
            | Self::NoDatabaseRole { .. }
            | Self::Revoked { .. } => 403,
            Self::NoAccess(_)
            | Self::Unread(_)
            | Self::Busy { .. }
            | Self::Full { .. }
            | Self::Login { .. }
            | Self::Closed => 503,
            _ => 500,
        }
    }
}

impl Advice for SubjectError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Token(error) => return error.hint(),
            Self::NoAccess(_) => "set `access.jwt`; `rolewright doctor` names what is missing".to_owned(),
            Self::NotListed { .. } => "ask for one that it lists, or have the issuer grant it".to_owned(),
            Self::NotAllowed { .. } | Self::NoneAllowed { .. } => {
                "`access.roles` lists those that tokens may ask for".to_owned()
            }
            Self::LongName { .. } => {
                "shorten `access.subject_prefix`, or set `access.db_role = false`".to_owned()
            }
            Self::NoDatabaseRole { .. } => {
                "add it to `access.subjects` or `access.roles`, and run `rolewright apply`".to_owned()
            }
            Self::Revoked { .. } => {
                "if that was a mistake, put it back in `access`, and run `rolewright apply`".to_owned()
            }
            Self::Unread(_) => "`rolewright doctor` tries the server step by step".to_owned(),
            Self::Inside { .. } => {
                "end the one before the other begins: one transaction is one subject's, by one token".to_owned()
            }
            Self::Nested { .. } => {
                "what is nested in one transaction runs one after another: end one before the next begins".to_owned()
            }
            Self::Busy { .. } => "raise `access.max_in_flight`, or shorten the transactions".to_owned(),
            Self::Full { .. } => "raise `access.pool.max`, or shorten the transactions".to_owned(),
            Self::Login { .. } | Self::Begin { .. } => {
                "run `rolewright apply`; `rolewright doctor` tries the login step by step".to_owned()
            }
            Self::Tampered(_) => {
                "do not end the transaction, or change role, search_path or what it was told, in SQL: return Ok to commit"
                    .to_owned()
            }
            Self::Aborted(_) => {
                "return the error of a statement that fails, or try it in a nested transaction".to_owned()
            }
            Self::Commit { .. } => {
                "the cause is in the message; 40001 and 40P01 are worth another try".to_owned()
            }
            Self::Lost(_) => "look before it is done again".to_owned(),
            Self::Closed => "the process is shutting down".to_owned(),
        })
    }

    fn exit(&self) -> Exit {
        match (self, self.http_status()) {
            (Self::NoAccess(_), _) => Exit::Config,
            (Self::Lost(_), _) | (_, 503) => Exit::Unavailable,
            (Self::Inside { .. } | Self::Tampered(_), _) | (_, 401 | 403) => Exit::Refused,
            _ => Exit::DatabaseFailed,
        }
    }
}
