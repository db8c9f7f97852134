//! Keys in a file.

use std::path::PathBuf;

use futures_util::{FutureExt as _, future::BoxFuture};
use rolewright_core::secret_file::{self, ReadableBy};

use super::{Keys, KeysError, ReadKeys};

/// Keys in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum KeyFile {
    /// A JSON Web Key Set (RFC 7517) of public keys.
    Jwks(PathBuf),
    /// One secret that is shared with the issuer.
    Hs256(PathBuf),
}

impl ReadKeys for KeyFile {
    fn read(&self) -> BoxFuture<'_, Result<Keys, KeysError>> {
        let source = self.clone();
        async move {
            let read = tokio::task::spawn_blocking(move || read(&source)).await;
            read.unwrap_or_else(|_| Err(KeysError::Unread("the process is shutting down".to_owned())))
        }
        .boxed()
    }
}

/// A secret may be read by its owner alone, and public keys be written by theirs alone: who can write them can sign.
fn read(source: &KeyFile) -> Result<Keys, KeysError> {
    let bytes = |path: &PathBuf, readable_by| {
        secret_file::read(path, readable_by)
            .map_err(|error| KeysError::Unread(format!("{}: {error}", path.display())))
    };
    match source {
        KeyFile::Jwks(path) => Keys::from_jwks(&bytes(path, ReadableBy::AnyoneOwnerWrites)?),
        KeyFile::Hs256(path) => {
            let secret = bytes(path, ReadableBy::OwnerOnly)?;
            // An editor ends the last line; that is not the secret's.
            let end = secret.strip_suffix(b"\n").unwrap_or(&secret);
            Keys::hs256(end.strip_suffix(b"\r").unwrap_or(end))
        }
    }
}
