//! What every error of Rolewright carries besides its cause: the fix, and the exit code a command ends with.
//!
//! ```
//! use rolewright_core::{Advice, Exit, Ident};
//!
//! let error = Ident::new("").unwrap_err();
//! assert_eq!(error.exit(), Exit::Config);
//! assert!(error.hint().is_some());
//! ```

/// How a command ends. The numbers are a public interface: scripts and CI read them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Exit {
    /// Done, or nothing to do.
    Ok = 0,
    /// Failed for a reason that has no code of its own.
    Failed = 1,
    /// `check`: the database differs from the configuration.
    Drift = 2,
    /// `verify`: a role can do more, or less, than it promises.
    Broken = 3,
    /// `attack`: an attempt escaped through the sandbox.
    Escaped = 4,
    /// The statement was refused before it ran.
    Refused = 5,
    /// The statement failed in the database.
    DatabaseFailed = 6,
    /// Bad usage of the command line (`EX_USAGE`).
    Usage = 64,
    /// The database cannot be reached (`EX_UNAVAILABLE`).
    Unavailable = 69,
    /// A right is missing, or a key cannot be used (`EX_NOPERM`).
    NoPermission = 77,
    /// The configuration is wrong (`EX_CONFIG`).
    Config = 78,
    /// Stopped by a signal before all was done (as a shell tells SIGINT).
    Stopped = 130,
}

impl Exit {
    /// The number the process ends with.
    #[must_use]
    pub fn code(self) -> u8 {
        self as u8
    }
}

/// An error that says how to mend itself.
///
/// `Display` gives the cause on one line, lower case and without a full stop; [`hint`](Advice::hint) gives the exact
/// key or command that mends it. Neither ever contains a secret.
pub trait Advice: std::error::Error {
    /// The fix: a key of the configuration, or a command, spelled out.
    fn hint(&self) -> Option<String>;

    /// The exit code of a command that gives up with this error.
    fn exit(&self) -> Exit;
}
