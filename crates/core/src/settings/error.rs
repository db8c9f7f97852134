//! Why the settings cannot be used: the key, where it was set, and the fix.

use std::{io, path::PathBuf};

use super::{Origin, Problem};
use crate::{Advice, Exit, conninfo::UrlError};

/// Why the settings cannot be used. No message repeats a value that could be a secret.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs, reason = "the fields are the key, its origin and the path that the messages name")]
pub enum SettingsError {
    /// The named file is not there.
    #[error("the settings file {} does not exist", path.display())]
    FileMissing { path: PathBuf },
    /// The file cannot be read.
    #[error("the settings file {} cannot be read: {kind}", path.display())]
    FileUnreadable { path: PathBuf, kind: io::ErrorKind },
    /// The file is not TOML.
    #[error("the settings file {} is not TOML at line {line}", path.display())]
    FileSyntax { path: PathBuf, line: usize },
    /// There is no such key.
    #[error("there is no setting `{key}` (set by {origin})")]
    UnknownKey { key: String, origin: Origin, nearest: Option<String> },
    /// The value has the wrong type.
    #[error("`{key}` (set by {origin}) is not {expected}")]
    WrongType { key: String, origin: Origin, expected: String },
    /// The value has the right type and cannot be.
    #[error("`{key}` (set by {origin}): {problem}")]
    Value { key: String, origin: Origin, problem: Problem },
    /// A secret is given directly and as a file.
    #[error("`{key}` and `{key}_file` are both set")]
    Both { key: String },
    /// `DATABASE_URL` is not a connection URL.
    #[error("DATABASE_URL: {0}")]
    Url(UrlError),
    /// Neither `DATABASE_URL` nor `[database]` names a database.
    #[error("no database is configured")]
    NoDatabase,
    /// The application's name is not set, and no database's name can stand in.
    #[error("`app` is not set, and the database has no name that could stand in")]
    NoApp,
    /// The layers do not merge.
    #[error("the settings do not have the shape of the schema")]
    Shape,
}

impl Advice for SettingsError {
    fn hint(&self) -> Option<String> {
        Some(match self {
            Self::FileMissing { .. } => "correct `--config` or ROLEWRIGHT_CONFIG, or create the file".into(),
            Self::FileUnreadable { .. } => "make the file readable for this process, as UTF-8 text".into(),
            Self::FileSyntax { line, .. } => format!("write line {line} as `key = value`, with texts in quotes"),
            Self::UnknownKey { nearest: Some(nearest), .. } => format!("did you mean `{nearest}`?"),
            Self::UnknownKey { nearest: None, .. } | Self::Shape => {
                "`rolewright config schema` lists every key".into()
            }
            Self::WrongType { key, expected, .. } => format!("set `{key}` to {expected}"),
            Self::Value { key, problem, .. } => return problem.hint(key),
            Self::Both { key } => format!("keep one of `{key}` and `{key}_file`"),
            Self::Url(error) => return error.hint(),
            Self::NoDatabase => {
                "set DATABASE_URL, or `database.host` and `database.name` in rolewright.toml; to look around without \
                 a database, run `rolewright demo`, or give `--embedded`"
                    .into()
            }
            Self::NoApp => "set `app = \"name\"` in rolewright.toml, or ROLEWRIGHT__APP".into(),
        })
    }

    fn exit(&self) -> Exit {
        Exit::Config
    }
}
