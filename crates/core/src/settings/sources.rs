//! Where settings are read from: the file, and the environment variables that count.

use std::{fmt, path::PathBuf};

/// The file that is read when nobody names one, if it is there.
const DEFAULT_FILE: &str = "rolewright.toml";

/// What [`Settings::load`](super::Settings::load) reads. Its `Debug` names the variables without their values.
#[derive(Clone, Default)]
pub struct Sources {
    /// The settings file; it has to be there.
    pub file: Option<PathBuf>,
    /// Environment variables; those that are none of Rolewright's are passed over, and an empty one counts as unset.
    pub environment: Vec<(String, String)>,
}

impl Sources {
    /// The environment of this process, and the file: the given one (`--config`), else `ROLEWRIGHT_CONFIG`, else
    /// `rolewright.toml` in the current folder if it exists.
    #[must_use]
    pub fn from_process(file: Option<PathBuf>) -> Self {
        let environment: Vec<(String, String)> = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
            .filter(|(name, _)| Self::counts(name))
            .map(|(name, value)| (name, value.to_string_lossy().into_owned()))
            .collect();
        let named = environment.iter().find(|(name, value)| name == "ROLEWRIGHT_CONFIG" && !value.is_empty());
        let file = file.or_else(|| named.map(|(_, value)| PathBuf::from(value))).or_else(|| {
            let default = PathBuf::from(DEFAULT_FILE);
            default.exists().then_some(default)
        });
        Self { file, environment }
    }

    /// Whether a variable of this name is read.
    #[must_use]
    pub fn counts(name: &str) -> bool {
        ["DATABASE_URL", "CRYPTO_KEY_FILE", "ROLEWRIGHT_CONFIG"].contains(&name)
            || name.starts_with(super::environment::PREFIX)
            || super::aliases::ALIASES.iter().any(|(alias, _)| *alias == name)
    }

    /// Puts an environment variable in place, over one of the same name.
    pub fn set(&mut self, name: &str, value: &str) {
        self.environment.push((name.to_owned(), value.to_owned()));
    }

    /// The value of a variable that is set and not empty.
    pub(super) fn variable(&self, name: &str) -> Option<&str> {
        self.environment
            .iter()
            .rfind(|(known, value)| known == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }
}

impl fmt::Debug for Sources {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let names: Vec<_> =
            self.environment.iter().map(|(name, _)| name).filter(|name| Self::counts(name)).collect();
        f.debug_struct("Sources").field("file", &self.file).field("environment", &names).finish()
    }
}
