//! Why a key file cannot be used, each reason in its own words: for the start and for the key commands.

use std::{io, path::PathBuf};

use rolewright_core::{Advice, Exit};

use super::KeyId;

/// Why a key file cannot be read or written. It names paths, lines, lengths and modes, never a byte of a key.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum KeyError {
    /// There is no file at the path.
    #[error("the key file {} does not exist", path.display())]
    Missing {
        /// The path.
        path: PathBuf,
    },
    /// The path is a directory.
    #[error("the key file {} is a directory", path.display())]
    IsDirectory {
        /// The path.
        path: PathBuf,
    },
    /// The path is a FIFO, a socket or a device; opening one could wait for ever.
    #[error("the key file {} is {kind}, and not a regular file", path.display())]
    NotRegular {
        /// The path.
        path: PathBuf,
        /// What it is.
        kind: &'static str,
    },
    /// The operating system does not let us read the file.
    #[error("the key file {} cannot be read: {cause}", path.display())]
    Unreadable {
        /// The path.
        path: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
    /// Users other than the owner have rights on the file.
    #[error("the key file {} is open to other users (mode {mode:04o})", path.display())]
    ReadableByOthers {
        /// The path.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// The file holds no key.
    #[error("the key file {} holds no key", path.display())]
    Empty {
        /// The path.
        path: PathBuf,
    },
    /// The file is far larger than a key file can be.
    #[error("the key file {} is larger than {limit} bytes, so it is not a key file", path.display())]
    TooBig {
        /// The path.
        path: PathBuf,
        /// The largest that is read.
        limit: u64,
    },
    /// A key has fewer than 32 bytes.
    #[error("the key file {}{} holds {bytes} bytes, and a key has 32: it is too short", path.display(), at(*line))]
    Short {
        /// The path.
        path: PathBuf,
        /// The line, from 1; absent for a file of raw bytes.
        line: Option<usize>,
        /// How many bytes there are.
        bytes: usize,
    },
    /// A key has more than 32 bytes.
    #[error("the key file {}{} holds {bytes} bytes, and a key has 32: it is too long", path.display(), at(*line))]
    Long {
        /// The path.
        path: PathBuf,
        /// The line, from 1; absent for a file of raw bytes.
        line: Option<usize>,
        /// How many bytes there are.
        bytes: usize,
    },
    /// A line is neither hex nor base64.
    #[error("line {line} of the key file {} is neither hex nor base64", path.display())]
    NotHexOrBase64 {
        /// The path.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// The same key is on two lines.
    #[error("lines {first} and {second} of the key file {} hold the same key {id}", path.display())]
    Duplicate {
        /// The path.
        path: PathBuf,
        /// Which key.
        id: KeyId,
        /// The line it is on first, from 1.
        first: usize,
        /// The line it is on again.
        second: usize,
    },
    /// A new key file was asked for where there is one.
    #[error("{} exists already, and a key file is never overwritten", path.display())]
    Exists {
        /// The path.
        path: PathBuf,
    },
    /// The file cannot be written.
    #[error("the key file {} cannot be written: {cause}", path.display())]
    Unwritable {
        /// The path.
        path: PathBuf,
        /// What the operating system said.
        cause: io::Error,
    },
    /// The operating system gives no random bytes.
    #[error("the operating system gives no random bytes")]
    Random,
}

fn at(line: Option<usize>) -> String {
    line.map(|line| format!(", line {line},")).unwrap_or_default()
}

impl Advice for KeyError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::Missing { path } => format!(
                "mount the key file there, or name its place in `crypto.key_file` or CRYPTO_KEY_FILE; \
                 `rolewright secret init-key {}` makes a new one for a new installation",
                path.display()
            ),
            Self::IsDirectory { .. } => {
                "name the file itself in `crypto.key_file` or CRYPTO_KEY_FILE; a container engine makes a directory \
                 where the file it should mount does not exist"
                    .to_owned()
            }
            Self::NotRegular { .. } => {
                "write the key into a regular file with mode 600, and name that in `crypto.key_file` or CRYPTO_KEY_FILE"
                    .to_owned()
            }
            Self::Unreadable { path, .. } => {
                format!("let the user that runs this own it: `chown USER {0} && chmod 600 {0}`", path.display())
            }
            Self::ReadableByOthers { path, .. } => format!("chmod 600 {}", path.display()),
            Self::Empty { path } => format!(
                "restore the key; for a new installation remove the file and run `rolewright secret init-key {}`",
                path.display()
            ),
            Self::TooBig { .. } => {
                "name the key file in `crypto.key_file` or CRYPTO_KEY_FILE: one key per line".to_owned()
            }
            Self::Short { .. } | Self::Long { .. } | Self::NotHexOrBase64 { .. } => {
                "a key is 32 bytes: 64 hex digits or 44 characters of base64 on a line, or a file of exactly 32 raw \
                 bytes; `openssl rand -base64 32` makes one"
                    .to_owned()
            }
            Self::Duplicate { second, .. } => format!("remove line {second}"),
            Self::Exists { path } => format!(
                "to add a new key before those of {} run `rolewright secret rotate-key --new`; to begin anew name another path",
                path.display()
            ),
            Self::Unwritable { .. } => "name a path in an existing directory that this user may write".to_owned(),
            Self::Random => "wait until the operating system has started fully, and try again".to_owned(),
        })
    }

    fn exit(&self) -> Exit {
        match self {
            Self::Missing { .. }
            | Self::IsDirectory { .. }
            | Self::NotRegular { .. }
            | Self::TooBig { .. }
            | Self::Exists { .. }
            | Self::Unwritable { .. } => Exit::Config,
            Self::Unreadable { .. }
            | Self::ReadableByOthers { .. }
            | Self::Empty { .. }
            | Self::Short { .. }
            | Self::Long { .. }
            | Self::NotHexOrBase64 { .. }
            | Self::Duplicate { .. } => Exit::NoPermission,
            Self::Random => Exit::Failed,
        }
    }
}
