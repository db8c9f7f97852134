//! The name of a template: the same for every process of one test program.

use std::time::{SystemTime, UNIX_EPOCH};

/// How every template's name begins.
const PREFIX: &str = "tt_";

/// A template is swept when it is older than this, in seconds.
const OLD_AFTER: u64 = 6 * 60 * 60;

/// Which template.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    /// What the caller calls it.
    pub(crate) name: String,
    /// Its database.
    pub(crate) database: String,
    /// The role that migrates it and owns what is in it.
    pub(crate) role: String,
}

impl Key {
    /// The caller's name, and which build of which program calls: one that was compiled anew may have other migrations.
    pub(crate) fn new(name: &str) -> Self {
        let program = std::env::current_exe().unwrap_or_default();
        let built = program.metadata().and_then(|file| Ok((file.len(), file.modified()?))).ok();
        Self::of(name, &format!("{}\0{built:?}", program.display()))
    }

    fn of(name: &str, build: &str) -> Self {
        let database = format!("{PREFIX}{:016x}", fnv1a(&format!("{name}\0{build}")));
        Self { name: name.to_owned(), role: format!("{database}_core"), database }
    }
}

/// Is a template made at this time, in seconds since 1970, one to be swept?
pub(crate) fn is_old(made: u64) -> bool {
    now().saturating_sub(made) > OLD_AFTER
}

pub(crate) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// FNV-1a, the same in every process, which the standard hasher does not promise.
fn fnv1a(text: &str) -> u64 {
    text.bytes()
        .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_program_has_one_template_of_a_name() {
        assert_eq!(Key::new("clinic").database, Key::new("clinic").database);
        assert_ne!(Key::new("clinic").database, Key::new("other").database);
        assert_ne!(Key::of("clinic", "yesterday").database, Key::of("clinic", "today").database);
        assert!(Key::new("clinic").role.len() < 64);
    }

    #[test]
    fn a_template_is_old_after_hours() {
        assert!(!is_old(now()) && is_old(now() - OLD_AFTER - 1));
    }
}
