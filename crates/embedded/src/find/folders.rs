//! The folders in which distributions install PostgreSQL without putting it on PATH.

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::{
    Binaries,
    error::Attempt,
    find::{FindOptions, accept},
};

/// Parent folder, beginning of the versioned folder's name, and the rest of the way to the programs.
const USUAL: [(&str, &str, &str); 6] = [
    ("usr/lib/postgresql", "", "bin"),                          // Debian, Ubuntu
    ("usr", "pgsql-", "bin"),                                   // Red Hat, SUSE
    ("opt/homebrew/opt", "postgresql@", "bin"),                 // Homebrew on Apple silicon
    ("usr/local/opt", "postgresql@", "bin"),                    // Homebrew on Intel
    ("Applications/Postgres.app/Contents/Versions", "", "bin"), // Postgres.app
    ("usr/local", "pgsql", "bin"),                              // PostgreSQL built from source
];

/// The newest server of the wanted version in the usual folders.
pub(crate) fn find(options: &FindOptions) -> Result<Binaries, Attempt> {
    let mut why = Vec::new();
    for folder in candidates(&options.root) {
        match accept(options, &folder) {
            Ok(binaries) => return Ok(binaries),
            Err(reason) => why.push(reason),
        }
    }
    let why = if why.is_empty() { "none of them has a server".into() } else { why.join(", ") };
    Err(Attempt { tried: "the distributions' folders".into(), why, remedy: None })
}

/// Every folder that may hold the programs, within one place the newest first.
fn candidates(root: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for (parent, prefix, rest) in USUAL {
        let mut here: Vec<(u32, PathBuf)> = fs::read_dir(root.join(parent))
            .into_iter()
            .flatten()
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                let version = name.strip_prefix(prefix)?;
                let number: u32 =
                    if version.is_empty() { 0 } else { version.split('.').next()?.parse().ok()? };
                Some((number, entry.path().join(rest)))
            })
            .filter(|(_, folder)| folder.is_dir())
            .collect();
        here.sort();
        found.extend(here.into_iter().rev().map(|(_, folder)| folder));
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_of_a_distribution_comes_first() {
        let root = tempfile::tempdir().unwrap();
        for folder in [
            "usr/lib/postgresql/9.6/bin",
            "usr/lib/postgresql/17/bin",
            "usr/lib/postgresql/15/bin",
            "usr/pgsql-16/bin",
        ] {
            fs::create_dir_all(root.path().join(folder)).unwrap();
        }
        fs::create_dir_all(root.path().join("usr/lib/postgresql/common")).unwrap();
        let found: Vec<_> = candidates(root.path())
            .into_iter()
            .map(|p| p.strip_prefix(root.path()).unwrap().to_owned())
            .collect();
        let wanted = [
            "usr/lib/postgresql/17/bin",
            "usr/lib/postgresql/15/bin",
            "usr/lib/postgresql/9.6/bin",
            "usr/pgsql-16/bin",
        ];
        assert_eq!(found, wanted.map(PathBuf::from));
    }
}
