//! A short, stable name for a path, for folders that stand in for it elsewhere.

use std::{os::unix::ffi::OsStrExt as _, path::Path};

/// FNV-1a over the path's bytes, in hexadecimal: the same in every release, which the standard hasher does not promise.
pub(crate) fn short_name(path: &Path) -> String {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in path.as_os_str().as_bytes() {
        hash ^= u64::from(*byte);
        hash = hash.wrapping_mul(0x0100_0000_01b3);
    }
    format!("{hash:016x}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_is_that_of_the_published_algorithm() {
        assert_eq!(short_name(Path::new("")), "cbf29ce484222325");
        assert_eq!(short_name(Path::new("a")), "af63dc4c8601ec8c");
    }
}
