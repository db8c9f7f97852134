//! One process at a time obtains PostgreSQL's programs: package managers refuse or harm each other, and once is enough.

use std::{
    fs::{self, File, TryLockError},
    path::Path,
    thread,
    time::{Duration, Instant},
};

use crate::Progress;

/// How long another process may take; obtaining is tried without the lock then.
const PATIENCE: Duration = Duration::from_secs(600);

/// Held while obtaining. The operating system takes it back from a killed process.
pub(crate) struct Alone {
    _lock: Option<File>,
    /// Had it to be waited for? Then the programs may be there now.
    pub(crate) waited: bool,
}

/// Waits until nobody else obtains programs for this cache. Where no lock can be kept, it goes without.
pub(crate) fn alone(cache: &Path, progress: &Progress) -> Alone {
    let path = cache.with_extension("lock");
    let _ = path.parent().map(fs::create_dir_all);
    let Ok(file) = File::options().write(true).create(true).truncate(false).open(&path) else {
        return Alone { _lock: None, waited: false };
    };
    let until = Instant::now() + PATIENCE;
    let mut waited = false;
    while matches!(file.try_lock(), Err(TryLockError::WouldBlock)) && Instant::now() < until {
        if !waited {
            progress.say("waiting for another process that is obtaining PostgreSQL");
        }
        waited = true;
        thread::sleep(Duration::from_millis(100));
    }
    Alone { _lock: Some(file), waited }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_second_waits_for_the_first_and_knows_it() {
        let folder = tempfile::tempdir().unwrap();
        let cache = folder.path().join("deep/cache");
        let first = alone(&cache, &Progress::default());
        assert!(!first.waited);
        let (told, heard) = std::sync::mpsc::channel();
        let progress = Progress::new(move |line| told.send(line.to_owned()).unwrap());
        let second = thread::spawn({
            let cache = cache.clone();
            move || alone(&cache, &progress).waited
        });
        assert!(heard.recv().unwrap().contains("waiting"));
        drop(first);
        assert!(second.join().unwrap());
        assert!(!cache.exists(), "the lock lies beside the cache");
    }
}
