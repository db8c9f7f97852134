//! Writes key files so that a crash leaves either the old file or the new one: for `init-key` and `rotate-key`.

use std::{
    fs::{self, File, OpenOptions},
    io::{self, Write},
    path::{Path, PathBuf},
};

use base64::{Engine, prelude::BASE64_STANDARD};
use zeroize::Zeroizing;

use super::{KeyError, KeyRing, ReadableBy, file, parse};

/// Makes a file where there is none.
pub(super) fn create(path: &Path, ring: &KeyRing) -> Result<(), KeyError> {
    let mut file = owner_only().open(path).map_err(|cause| match cause.kind() {
        io::ErrorKind::AlreadyExists => KeyError::Exists { path: path.to_owned() },
        _ => unwritable(path, cause),
    })?;
    let written = fill(&mut file, ring).and_then(|()| sync_folder(path));
    written.map_err(|cause| {
        // It is ours, made a moment ago, and holds no whole key.
        let _ = fs::remove_file(path);
        unwritable(path, cause)
    })
}

/// Replaces a file by another made from what it holds, under a lock on it, and only when that differs.
pub(super) fn replace(
    path: &Path,
    change: impl FnOnce(KeyRing) -> Result<KeyRing, KeyError>,
) -> Result<KeyRing, KeyError> {
    // A link, as orchestrators mount secrets, stays one.
    let target = fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let (held, bytes) = lock(&target)?;
    let old = parse::ring(path, &bytes)?;
    let before: Vec<_> = old.ids().collect();
    let ring = change(old)?;
    if before != ring.ids().collect::<Vec<_>>() {
        swap(&target, &held, &ring).map_err(|cause| unwritable(path, cause))?;
    }
    Ok(ring)
}

/// Opens and locks the file, again when somebody replaced it while we waited.
fn lock(target: &Path) -> Result<(File, Zeroizing<Vec<u8>>), KeyError> {
    loop {
        // The mode is not judged here: the file that replaces it is made for its owner only.
        let bytes = file::read(target, ReadableBy::Anyone)?;
        let held = File::open(target).map_err(|cause| unwritable(target, cause))?;
        held.lock().map_err(|cause| unwritable(target, cause))?;
        let again = file::read(target, ReadableBy::Anyone)?;
        if same_file(&held, target).map_err(|cause| unwritable(target, cause))? && *bytes == *again {
            return Ok((held, bytes));
        }
    }
}

fn swap(target: &Path, held: &File, ring: &KeyRing) -> io::Result<()> {
    let temporary = temporary_beside(target)?;
    let made = owner_only().open(&temporary).and_then(|mut file| {
        fill(&mut file, ring)?;
        keep_owner(held, &file)
    });
    made.and_then(|()| fs::rename(&temporary, target)).and_then(|()| sync_folder(target)).inspect_err(|_| {
        let _ = fs::remove_file(&temporary);
    })
}

fn temporary_beside(target: &Path) -> io::Result<PathBuf> {
    let mut suffix = [0; 8];
    getrandom::fill(&mut suffix).map_err(|_| io::Error::other("no random bytes"))?;
    let mut name = target.file_name().unwrap_or_default().to_owned();
    name.push(format!(".new-{}", hex::encode(suffix)));
    Ok(target.with_file_name(name))
}

fn fill(file: &mut File, ring: &KeyRing) -> io::Result<()> {
    let mut text = Zeroizing::new(String::with_capacity(256 + 128 * ring.keys().count()));
    text.push_str(
        "# Keys of Rolewright: the first seals, all open. Keep this file secret, and keep a copy.\n",
    );
    for key in ring.keys() {
        let mut line = Zeroizing::new(BASE64_STANDARD.encode(key.expose()));
        line.push_str(&format!(" # {}\n", key.id()));
        text.push_str(&line);
    }
    file.write_all(text.as_bytes())?;
    file.sync_all()
}

fn owner_only() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

/// The name of a new file is only safe on disk when its folder is synced too.
fn sync_folder(path: &Path) -> io::Result<()> {
    #[cfg(unix)]
    {
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        File::open(folder)?.sync_all()?;
    }
    #[cfg(not(unix))]
    let _ = path;
    Ok(())
}

/// When root rotates the key of a service's user, the file must stay that user's.
fn keep_owner(old: &File, new: &File) -> io::Result<()> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::{MetadataExt, fchown};

        let (old, made) = (old.metadata()?, new.metadata()?);
        if (old.uid(), old.gid()) != (made.uid(), made.gid()) {
            fchown(new, Some(old.uid()), Some(old.gid()))?;
        }
    }
    #[cfg(not(unix))]
    let _ = (old, new);
    Ok(())
}

fn same_file(held: &File, target: &Path) -> io::Result<bool> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;

        let (held, now) = (held.metadata()?, fs::metadata(target)?);
        Ok((held.dev(), held.ino()) == (now.dev(), now.ino()))
    }
    #[cfg(not(unix))]
    {
        let _ = (held, target);
        Ok(true)
    }
}

fn unwritable(path: &Path, cause: io::Error) -> KeyError {
    KeyError::Unwritable { path: path.to_owned(), cause }
}
