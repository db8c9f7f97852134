//! What keeps a transaction from beginning or from being committed, before it is told in the words of whom it was for.

use std::time::Duration;

use rolewright_core::Ident;

/// Why a transaction did not happen.
#[derive(Debug)]
pub(crate) enum Trouble {
    /// Somebody else's transaction is open around it; or one of the same, and the nested one asks for more than a savepoint can have.
    Inside { inside: String },
    /// It cannot be nested where it was asked for, or its end failed.
    Nested(String),
    /// So many are in flight already.
    Busy { limit: u32, waited: Duration },
    /// Every connection is taken.
    Full { max: u32, waited: Duration },
    /// The login cannot log in.
    Login { login: Ident, why: String },
    /// The server refuses to begin.
    Begin { sqlstate: String, message: String },
    /// At its end it was somebody else's, or somewhere else.
    Tampered,
    /// A statement had failed, and the work went on as if it had not.
    Aborted,
    /// The server refused to commit.
    Commit { sqlstate: String, message: String },
    /// The connection went while committing.
    Lost,
    /// The pool is closed.
    Closed,
}
