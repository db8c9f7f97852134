//! A file of names, one a line, as several commands take it.

use std::{fs, io::Read as _, path::Path};

use rolewright_core::Exit;

use super::failure::Failure;

/// The lines that say something, with their numbers; empty ones and comments say nothing. `-` is standard input.
pub(super) fn read(file: &Path) -> Result<Vec<(usize, String)>, Failure> {
    let said = |(number, line): (usize, &str)| {
        let line = line.trim();
        (!line.is_empty() && !line.starts_with('#')).then(|| (number + 1, line.to_owned()))
    };
    // What some editors begin a file with is no part of its first line.
    Ok(text(file)?.trim_start_matches('\u{feff}').lines().enumerate().filter_map(said).collect())
}

fn text(file: &Path) -> Result<String, Failure> {
    let mut text = String::new();
    let read = if file == Path::new("-") {
        std::io::stdin().read_to_string(&mut text).map(|_| text)
    } else {
        fs::read_to_string(file)
    };
    read.map_err(|error| {
        Failure::plain(Exit::Usage, format!("{} cannot be read: {error}", file.display()), None)
    })
}
