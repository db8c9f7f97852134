//! The `options` parameter: settings of the session, in the spelling of the server's command line.

use super::UrlError;

const REFUSED: UrlError = UrlError::Value {
    parameter: "options",
    expected: "settings only, as in `-c name=value`; a space or backslash of a value has a backslash before it",
};

/// Reads `-c k=v`, `-ck=v` and `--k=v`; anything else is refused, because it could not be handed on.
pub(super) fn parse(text: &str) -> Result<Vec<(String, String)>, UrlError> {
    let mut settings = Vec::new();
    let mut words = split(text)?.into_iter();
    while let Some(word) = words.next() {
        let setting = if word == "-c" {
            words.next().ok_or(REFUSED)?
        } else if let Some(setting) = word.strip_prefix("--").or_else(|| word.strip_prefix("-c")) {
            setting.to_owned()
        } else {
            return Err(REFUSED);
        };
        let (name, value) = setting.split_once('=').ok_or(REFUSED)?;
        // The server reads a dash in a setting's name as an underscore.
        let name = name.replace('-', "_");
        let first = name.chars().next().is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
        if !first || !name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.')) {
            return Err(REFUSED);
        }
        settings.push((name, value.to_owned()));
    }
    Ok(settings)
}

/// Writes settings so that [`parse`] reads them back.
pub(super) fn render(settings: &[(String, String)]) -> String {
    let mut text = String::new();
    for (name, value) in settings {
        if !text.is_empty() {
            text.push(' ');
        }
        text.push_str("-c ");
        text.push_str(name);
        text.push('=');
        for character in value.chars() {
            if character.is_whitespace() || character == '\\' {
                text.push('\\');
            }
            text.push(character);
        }
    }
    text
}

fn split(text: &str) -> Result<Vec<String>, UrlError> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut characters = text.chars();
    while let Some(character) = characters.next() {
        if character == '\\' {
            word.get_or_insert_default().push(characters.next().ok_or(REFUSED)?);
        } else if character.is_whitespace() {
            words.extend(word.take());
        } else {
            word.get_or_insert_default().push(character);
        }
    }
    words.extend(word);
    Ok(words)
}
