//! The settings from file and environment: what wins, where it came from, and what is refused.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

mod layers;
mod refused;
mod secrets;

use rolewright_core::{
    Advice, Exit,
    settings::{Loaded, Settings, SettingsError, Sources},
};

const URL: (&str, &str) = ("DATABASE_URL", "postgres://core:kanari7@h/clinic");

fn load(file: &str, variables: &[(&str, &str)]) -> Result<Loaded, SettingsError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rolewright.toml");
    std::fs::write(&path, file).unwrap();
    let environment =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let result = Settings::load(&Sources { file: Some(path.clone()), environment });
    if let Err(error) = &result {
        let all = format!("{error} {error:?} {}", error.hint().unwrap());
        assert!(!all.contains("kanari"), "{all}");
        assert_eq!(error.exit(), Exit::Config);
    }
    result
}

/// The error with the folder of the file taken out.
fn refusal(file: &str, variables: &[(&str, &str)]) -> String {
    let error = load(file, variables).unwrap_err();
    let text = format!("{error}; {}", error.hint().unwrap());
    let words = text.split(' ').map(|word| match word.find("/rolewright.toml") {
        Some(at) => format!("FILE{}", &word[at + "/rolewright.toml".len()..]),
        None => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}
