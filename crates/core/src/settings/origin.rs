//! Where each value came from, for messages and for `config show`.

use std::{collections::BTreeMap, fmt, path::PathBuf};

/// Where a value came from.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Origin {
    /// Nobody set it.
    #[default]
    Default,
    /// The settings file.
    File(PathBuf),
    /// An environment variable of this name, `DATABASE_URL` included.
    Environment(String),
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Default => f.write_str("default"),
            Self::File(path) => write!(f, "{}", path.display()),
            Self::Environment(name) => f.write_str(name),
        }
    }
}

impl serde::Serialize for Origin {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The origin of every key that was set, by its full name such as `database.pool.max`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Origins(pub(super) BTreeMap<String, Origin>);

impl Origins {
    /// Where this key's value came from; a key that nobody set is a default.
    #[must_use]
    pub fn of(&self, key: &str) -> Origin {
        self.0.get(key).cloned().unwrap_or_default()
    }

    /// Whether somebody set this key.
    #[must_use]
    pub fn is_set(&self, key: &str) -> bool {
        self.0.contains_key(key)
    }
}
