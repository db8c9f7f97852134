//! The result of one read of the settings, with the origin of each value.

use serde_json::Value;

use super::{
    Origin, Origins, Settings, SettingsError, Sources,
    check::{self, Checker},
    json_schema, layers,
    raw::Raw,
    render, walk,
};

/// The settings, and where each came from.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// The settings, checked and complete.
    pub settings: Settings,
    /// Where they came from.
    pub origins: Origins,
}

/// One line of `config show`.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Entry {
    /// The key's full name.
    pub key: String,
    /// Its value; a secret is `***`, an absent one null.
    pub value: Value,
    /// Where it came from.
    pub origin: Origin,
}

impl Settings {
    /// Reads the settings: defaults, then the file, then `ROLEWRIGHT__SECTION__KEY`; `DATABASE_URL` replaces
    /// `[database]` as a whole (its pool's parameters are laid over `[database.pool]`), and `CRYPTO_KEY_FILE` replaces
    /// `crypto.key_file`. Where nothing names a server, database or user, `DB_HOST`, `DB_PORT`, `DB_DATABASE`, `DB_USERNAME` and
    /// `DB_PASSWORD` do. A relative path is relative to the current folder.
    ///
    /// ```
    /// use rolewright_core::settings::{Settings, Sources};
    ///
    /// let sources = Sources {
    ///     file: None,
    ///     environment: vec![
    ///         ("DATABASE_URL".into(), "postgres://core:hunter2@localhost/clinic?max=7".into()),
    ///         ("ROLEWRIGHT__ROLES__REPORTING__READ".into(), r#"["reporting"]"#.into()),
    ///     ],
    /// };
    /// let loaded = Settings::load(&sources)?;
    /// assert_eq!(loaded.settings.roles["reporting"].role.as_str(), "clinic_reporting");
    /// assert!(loaded.to_text().contains("database.pool.max") && !loaded.to_text().contains("hunter2"));
    /// # Ok::<(), rolewright_core::settings::SettingsError>(())
    /// ```
    ///
    /// # Errors
    /// See [`SettingsError`]; the first problem found is reported.
    pub fn load(sources: &Sources) -> Result<Loaded, SettingsError> {
        let schema = json_schema();
        let merged = layers::merge(sources, &schema)?;
        walk::walk(&merged.tree, &schema, &merged.origins)?;
        let raw: Raw = serde_json::from_value(merged.tree).map_err(|_| SettingsError::Shape)?;
        let settings = check::check(raw, &Checker { origins: &merged.origins, sources })?;
        let origins = render::origins(&settings, merged.origins, sources);
        Ok(Loaded { settings, origins })
    }
}

impl Loaded {
    /// Every setting with its value and origin, secrets as `***`, in the order of the file.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        render::entries(&self.settings)
            .into_iter()
            .map(|(key, value)| Entry { origin: self.origins.of(&key), key, value })
            .collect()
    }

    /// The entries as aligned lines, `key = value  # origin`.
    #[must_use]
    pub fn to_text(&self) -> String {
        let lines: Vec<_> = self
            .entries()
            .into_iter()
            .filter(|entry| !entry.value.is_null())
            .map(|entry| (format!("{} = {}", entry.key, entry.value), entry.origin))
            .collect();
        let width =
            lines.iter().map(|(line, _)| line.chars().count()).filter(|n| *n <= 60).max().unwrap_or(0);
        lines.iter().map(|(line, origin)| format!("{line:width$}  # {origin}\n")).collect()
    }

    /// The entries as one JSON object: key to `{"value", "origin"}`.
    #[must_use]
    pub fn to_json(&self) -> Value {
        self.entries()
            .into_iter()
            .map(|Entry { key, value, origin }| {
                (key, serde_json::json!({ "value": value, "origin": origin.to_string() }))
            })
            .collect::<serde_json::Map<_, _>>()
            .into()
    }
}
