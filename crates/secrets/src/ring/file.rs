//! Reads the bytes of a key file, and says in its words why it cannot: for the ring.

use std::path::Path;

use rolewright_core::secret_file::{self, LIMIT, ReadableBy, SecretFileError};
use zeroize::Zeroizing;

use super::KeyError;

pub(super) fn read(path: &Path, readable_by: ReadableBy) -> Result<Zeroizing<Vec<u8>>, KeyError> {
    secret_file::read(path, readable_by).map_err(|error| explain(path, error))
}

fn explain(path: &Path, error: SecretFileError) -> KeyError {
    let path = path.to_owned();
    match error {
        SecretFileError::Missing => KeyError::Missing { path },
        SecretFileError::IsDirectory => KeyError::IsDirectory { path },
        SecretFileError::NotRegular(kind) => KeyError::NotRegular { path, kind },
        SecretFileError::Unreadable(cause) => KeyError::Unreadable { path, cause },
        SecretFileError::ReadableByOthers(mode) | SecretFileError::WritableByOthers(mode) => {
            KeyError::ReadableByOthers { path, mode }
        }
        SecretFileError::TooBig => KeyError::TooBig { path, limit: LIMIT },
    }
}
