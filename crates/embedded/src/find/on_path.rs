//! The programs on PATH, by way of any symbolic link.

use crate::{
    Binaries,
    error::Attempt,
    find::{FindOptions, accept},
};

/// The first `initdb` on PATH whose real folder also holds the other programs.
///
/// Debian puts wrappers of the client programs alone on PATH, so that a `psql` there proves nothing.
pub(crate) fn find(options: &FindOptions) -> Result<Binaries, Attempt> {
    let mut why = Vec::new();
    for folder in &options.path {
        let Ok(real) = folder.join("initdb").canonicalize() else { continue };
        match accept(options, real.parent().unwrap_or(folder)) {
            Ok(binaries) => return Ok(binaries),
            Err(reason) => why.push(reason),
        }
    }
    let why = if why.is_empty() { "no initdb on PATH".into() } else { why.join(", ") };
    Err(Attempt { tried: "the programs on PATH".into(), why, remedy: None })
}
