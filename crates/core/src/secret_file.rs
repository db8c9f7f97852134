//! Reads a small file that holds a secret or keys, after looking at what it is and who may read or write it: for the key ring, the admin token,
//! and the keys of tokens.

use std::{
    fs::{self, File, FileType, Metadata},
    io::{self, Read},
    path::Path,
};

use zeroize::Zeroizing;

/// More than any secret needs; it keeps a wrong path such as `/dev/zero` from filling the memory.
pub const LIMIT: u64 = 64 * 1024;

/// Who else may be able to read the file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ReadableBy {
    /// Nobody: any permission for group or others is refused. This is for production.
    OwnerOnly,
    /// Anyone, and only the owner may write it: any permission of group or others to write is refused. This is for public keys.
    AnyoneOwnerWrites,
    /// Anyone: the file's mode is not looked at. This is for developers' machines.
    Anyone,
}

/// Why the file is not read. Whoever asked says which file it is, and what to do.
#[derive(Debug, thiserror::Error)]
pub enum SecretFileError {
    /// There is none.
    #[error("it does not exist")]
    Missing,
    /// The path is a directory.
    #[error("it is a directory")]
    IsDirectory,
    /// The path is a FIFO, a socket or a device; opening one could wait for ever.
    #[error("it is {0}, and not a regular file")]
    NotRegular(&'static str),
    /// The operating system does not let us read it.
    #[error("it cannot be read: {0}")]
    Unreadable(io::Error),
    /// Users other than the owner have rights on it; its permission bits.
    #[error("it is open to other users (mode {0:04o})")]
    ReadableByOthers(u32),
    /// Users other than the owner may change it; its permission bits.
    #[error("other users may write it (mode {0:04o})")]
    WritableByOthers(u32),
    /// It is larger than [`LIMIT`].
    #[error("it is larger than {LIMIT} bytes")]
    TooBig,
}

/// The whole file.
///
/// # Errors
/// When it is missing, not a regular file, too large, unreadable or, with [`ReadableBy::OwnerOnly`], open to others.
///
/// ```
/// use rolewright_core::secret_file::{ReadableBy, SecretFileError, read};
///
/// let error = read("/dev/zero".as_ref(), ReadableBy::Anyone).unwrap_err();
/// assert!(matches!(error, SecretFileError::NotRegular("a device")));
/// ```
pub fn read(path: &Path, readable_by: ReadableBy) -> Result<Zeroizing<Vec<u8>>, SecretFileError> {
    // Before it is opened: opening a FIFO waits for a writer, and opening a device may do anything.
    check_kind(&fs::metadata(path).map_err(unreadable)?)?;
    read_open(&File::open(path).map_err(unreadable)?, readable_by)
}

/// Looks at the open file and not at the path again, so that nobody can exchange it in between.
fn read_open(file: &File, readable_by: ReadableBy) -> Result<Zeroizing<Vec<u8>>, SecretFileError> {
    let metadata = file.metadata().map_err(unreadable)?;
    check_kind(&metadata)?;
    check_mode(&metadata, readable_by)?;
    // The whole capacity at once: a vector that grows leaves copies of what it held behind.
    let mut bytes = Zeroizing::new(Vec::with_capacity(LIMIT as usize + 1));
    file.take(LIMIT + 1).read_to_end(&mut bytes).map_err(unreadable)?;
    if bytes.len() as u64 > LIMIT { Err(SecretFileError::TooBig) } else { Ok(bytes) }
}

fn check_kind(metadata: &Metadata) -> Result<(), SecretFileError> {
    if metadata.is_file() {
        Ok(())
    } else if metadata.is_dir() {
        Err(SecretFileError::IsDirectory)
    } else {
        Err(SecretFileError::NotRegular(kind(metadata.file_type())))
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
fn check_mode(metadata: &Metadata, readable_by: ReadableBy) -> Result<(), SecretFileError> {
    use std::os::unix::fs::PermissionsExt;

    let mode = metadata.permissions().mode() & 0o7777;
    match readable_by {
        ReadableBy::OwnerOnly if mode & 0o077 != 0 => Err(SecretFileError::ReadableByOthers(mode)),
        ReadableBy::AnyoneOwnerWrites if mode & 0o022 != 0 => Err(SecretFileError::WritableByOthers(mode)),
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
fn check_mode(_metadata: &Metadata, _readable_by: ReadableBy) -> Result<(), SecretFileError> {
    Ok(())
}

fn unreadable(cause: io::Error) -> SecretFileError {
    match cause.kind() {
        io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => SecretFileError::Missing,
        io::ErrorKind::IsADirectory => SecretFileError::IsDirectory,
        _ => SecretFileError::Unreadable(cause),
    }
}
