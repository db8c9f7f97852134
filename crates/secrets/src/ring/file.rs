//! Reads the bytes of a key file, after looking at what it is and who may read it: for the ring.

use std::{
    fs::{self, File, FileType, Metadata},
    io::{self, Read},
    path::Path,
};

use zeroize::Zeroizing;

use super::{KeyError, ReadableBy};

/// More than any key file needs; it keeps a wrong path such as `/dev/zero` from filling the memory.
const LIMIT: u64 = 64 * 1024;

pub(super) fn read(path: &Path, readable_by: ReadableBy) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    // Before it is opened: opening a FIFO waits for a writer, and opening a device may do anything.
    let metadata = fs::metadata(path).map_err(|cause| unreadable(path, cause))?;
    check_kind(path, &metadata)?;
    let file = File::open(path).map_err(|cause| unreadable(path, cause))?;
    read_open(path, &file, readable_by)
}

/// Looks at the open file and not at the path again, so that nobody can exchange it in between.
pub(super) fn read_open(
    path: &Path,
    file: &File,
    readable_by: ReadableBy,
) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    let metadata = file.metadata().map_err(|cause| unreadable(path, cause))?;
    check_kind(path, &metadata)?;
    if readable_by == ReadableBy::OwnerOnly {
        check_mode(path, &metadata)?;
    }
    // The whole capacity at once: a vector that grows leaves copies of what it held behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LIMIT as usize + 1));
    file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(|cause| unreadable(path, cause))?;
    if bytes.len() as u64 > LIMIT {
        return Err(KeyError::TooBig { path: path.to_owned(), limit: LIMIT });
    }
    Ok(bytes)
}

fn check_kind(path: &Path, metadata: &Metadata) -> Result<(), KeyError> {
    if metadata.is_file() {
        Ok(())
    } else if metadata.is_dir() {
        Err(KeyError::IsDirectory { path: path.to_owned() })
    } else {
        Err(KeyError::NotRegular { path: path.to_owned(), kind: kind(metadata.file_type()) })
    }
}

#[cfg(unix)]
fn kind(file_type: FileType) -> &'static str {
    use std::os::unix::fs::FileTypeExt;

    if file_type.is_fifo() {
        "a FIFO"
    } else if file_type.is_socket() {
        "a socket"
    } else if file_type.is_char_device() || file_type.is_block_device() {
        "a device"
    } else {
        "something else"
    }
}

#[cfg(not(unix))]
fn kind(_file_type: FileType) -> &'static str {
    "something else"
}

#[cfg(unix)]
fn check_mode(path: &Path, metadata: &Metadata) -> Result<(), KeyError> {
    use std::os::unix::fs::PermissionsExt;

    let mode = metadata.permissions().mode() & 0o7777;
    if mode & 0o077 == 0 { Ok(()) } else { Err(KeyError::ReadableByOthers { path: path.to_owned(), mode }) }
}

#[cfg(not(unix))]
fn check_mode(_path: &Path, _metadata: &Metadata) -> Result<(), KeyError> {
    Ok(())
}

fn unreadable(path: &Path, cause: io::Error) -> KeyError {
    let path = path.to_owned();
    match cause.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => KeyError::Missing { path },
        io::ErrorKind::IsADirectory => KeyError::IsDirectory { path },
        _ => KeyError::Unreadable { path, cause },
    }
}
