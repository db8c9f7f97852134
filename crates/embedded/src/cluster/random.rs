//! Random passwords, from the operating system.

use std::{
    fmt::Write as _,
    fs::File,
    io::{self, Read as _},
};

/// 192 random bits in hexadecimal, which needs no escape in a URL or a configuration file.
pub(crate) fn password() -> io::Result<String> {
    let mut bytes = [0_u8; 24];
    File::open("/dev/urandom")?.read_exact(&mut bytes)?;
    Ok(bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    }))
}
