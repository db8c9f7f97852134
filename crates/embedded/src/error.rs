//! Why there is no private PostgreSQL, and what to do about it.

use std::{fmt, io, path::PathBuf};

use thiserror::Error;

/// One way to PostgreSQL's programs that did not lead to them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attempt {
    /// What was tried, such as "the programs on PATH".
    pub tried: String,
    /// Why it failed.
    pub why: String,
    /// What to do, when there is something.
    pub remedy: Option<String>,
}

impl fmt::Display for Attempt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.tried, self.why)
    }
}

/// PostgreSQL's programs are not on this machine and could not be obtained.
#[derive(Debug, Error)]
#[error("no PostgreSQL found or obtained: {}", attempts.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
pub struct ObtainError {
    /// Every way that was tried, in order.
    pub attempts: Vec<Attempt>,
}

impl ObtainError {
    /// What to do: the remedies of all the ways, or the one thing that always helps.
    #[must_use]
    pub fn hint(&self) -> String {
        let mut remedies: Vec<&str> =
            self.attempts.iter().filter_map(|attempt| attempt.remedy.as_deref()).collect();
        remedies.dedup();
        if remedies.is_empty() {
            return "install the PostgreSQL server (Debian: apt-get install postgresql), or set DATABASE_URL to one that runs".into();
        }
        format!("do one of these: {}", remedies.join("; or "))
    }
}

/// A private cluster could not be made, started or stopped.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum ClusterError {
    /// There are no programs to run it with.
    #[error(transparent)]
    Obtain(#[from] ObtainError),
    /// The folder holds something this crate did not make.
    #[error("the folder {} was not made by rolewright, so it is left alone", .0.display())]
    Foreign(PathBuf),
    /// The folder's cluster was made by a PostgreSQL whose programs are not here.
    #[error("the cluster in {} was made by PostgreSQL {made_by}, and no PostgreSQL {made_by} is found here: {source}", folder.display())]
    OtherVersion {
        /// The private folder.
        folder: PathBuf,
        /// The major version that made it.
        made_by: u32,
        /// What was looked for.
        source: ObtainError,
    },
    /// PostgreSQL refuses to run as root, and the account to run it as does not exist.
    #[error("PostgreSQL refuses to run as root, and there is no account {0} to run it as")]
    NoAccount(String),
    /// Another process holds the folder for too long.
    #[error("another process has held the lock of {} for {seconds} s", folder.display())]
    Locked {
        /// The private folder.
        folder: PathBuf,
        /// How long was waited.
        seconds: u64,
    },
    /// A folder or file could not be made, read or handed over.
    #[error("cannot {action} {}: {source}", path.display())]
    File {
        /// What was being done, such as "create".
        action: &'static str,
        /// With which file.
        path: PathBuf,
        /// Why it failed.
        source: io::Error,
    },
    /// One of PostgreSQL's programs failed.
    #[error("{program} failed: {message}")]
    Program {
        /// The program's name.
        program: String,
        /// The last lines it wrote.
        message: String,
    },
}

impl ClusterError {
    /// What to do about it.
    #[must_use]
    pub fn hint(&self) -> String {
        match self {
            Self::Obtain(error) => error.hint(),
            Self::Foreign(_) => "name another folder, one that is empty or does not exist yet".into(),
            Self::OtherVersion { folder, made_by, .. } => {
                format!(
                    "install PostgreSQL {made_by}, or remove {} with all its data to start anew",
                    folder.display()
                )
            }
            Self::NoAccount(name) => format!(
                "create it (useradd --system {name}), name another one in {}, or do not run as root",
                crate::environment::ACCOUNT
            ),
            Self::Locked { folder, .. } => {
                format!(
                    "wait for the other process, or look who it is: fuser {}",
                    folder.join("lock").display()
                )
            }
            Self::File { path, .. } => {
                format!("check the owner and the rights of {}, and the disk's free space", path.display())
            }
            Self::Program { .. } => "read the server's log, server.log in the private folder".into(),
        }
    }
}
