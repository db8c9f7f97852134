//! Key files in all their forms, good and bad.

use std::{fs, path::PathBuf};

use rolewright_core::{Advice, Exit};
use tempfile::TempDir;

use super::*;

const HEX: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1eff";

fn bytes() -> Vec<u8> {
    hex::decode(HEX).unwrap()
}

struct Place {
    _folder: TempDir,
    path: PathBuf,
}

fn place() -> Place {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rolewright.key");
    Place { _folder: folder, path }
}

fn file(contents: impl AsRef<[u8]>) -> Place {
    let place = place();
    fs::write(&place.path, contents).unwrap();
    chmod(&place.path, 0o600);
    place
}

#[cfg(unix)]
fn chmod(path: &Path, mode: u32) {
    use std::os::unix::fs::PermissionsExt;
    fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
}

#[cfg(not(unix))]
fn chmod(_path: &Path, _mode: u32) {}

fn load(contents: impl AsRef<[u8]>) -> Result<KeyRing, KeyError> {
    KeyRing::load(&file(contents).path, ReadableBy::OwnerOnly)
}

#[test]
fn every_spelling_of_a_key_is_the_same_key() {
    use base64::{Engine, prelude::*};
    let spellings = [
        HEX.to_owned(),
        HEX.to_uppercase(),
        BASE64_STANDARD.encode(bytes()),
        BASE64_STANDARD_NO_PAD.encode(bytes()),
        BASE64_URL_SAFE.encode(bytes()),
        BASE64_URL_SAFE_NO_PAD.encode(bytes()),
        format!("# a comment\r\n\r\n  {HEX}  # and another\r\n"),
        format!("\u{feff}{HEX}"),
    ];
    let id = load(bytes()).unwrap().first_id();
    for text in spellings {
        assert_eq!(load(&text).unwrap().first_id(), id, "{text:?}");
    }
}

#[test]
fn the_first_key_seals_and_all_are_held() {
    let other = "ff".repeat(32);
    let ring = load(format!("{HEX}\n{other}\n")).unwrap();
    assert_eq!(ring.ids().count(), 2);
    assert_eq!(ring.first_id(), load(HEX).unwrap().first_id());
    assert!(ring.holds(load(&other).unwrap().first_id()));
    assert!(!ring.holds(KeyId([0; 8])));
}

#[test]
fn every_wrong_file_is_refused_in_its_own_words() {
    let cases: [(&str, Vec<u8>, &str); 14] = [
        ("empty", b"".to_vec(), "holds no key"),
        ("comments", b"# nothing\n\n".to_vec(), "holds no key"),
        ("31 raw bytes", vec![0xfe; 31], "holds 31 bytes, and a key has 32: it is too short"),
        ("33 raw bytes", vec![0xfe; 33], "holds 33 bytes, and a key has 32: it is too long"),
        ("raw bytes and a newline", [bytes(), vec![b'\n']].concat(), "33 bytes"),
        ("short hex", HEX[..62].into(), ", line 1, holds 31 bytes, and a key has 32: it is too short"),
        (
            "long hex",
            format!("#\n{HEX}00").into(),
            ", line 2, holds 33 bytes, and a key has 32: it is too long",
        ),
        ("32 hex digits", HEX[..32].into(), "16 bytes, and a key has 32: it is too short"),
        ("32 letters", vec![b'k'; 32], "24 bytes, and a key has 32: it is too short"),
        ("short base64", b"AAAz".to_vec(), "3 bytes"),
        ("a passphrase", b"correct horse battery staple pwd".to_vec(), "neither hex nor base64"),
        ("mixed alphabets", format!("+_{}", "A".repeat(41)).into(), "neither hex nor base64"),
        ("twice", format!("{HEX}\n#\n{}", HEX.to_uppercase()).into(), "lines 1 and 3"),
        ("huge", vec![b'#'; 70_000], "larger than 65536 bytes"),
    ];
    for (what, contents, words) in cases {
        let error = load(contents).unwrap_err();
        assert!(error.to_string().contains(words), "{what}: {error}");
        assert!(error.hint().is_some(), "{what}");
        let exit = if what == "huge" { Exit::Config } else { Exit::NoPermission };
        assert_eq!(error.exit(), exit, "{what}");
        let shown = format!("{error} {error:?} {}", error.hint().unwrap());
        assert!(!shown.contains("0001020304") && !shown.contains("horse"), "{what}: {shown}");
    }
}

#[test]
fn missing_and_directory_are_trouble_of_the_path() {
    let place = place();
    let missing = KeyRing::load(&place.path, ReadableBy::OwnerOnly).unwrap_err();
    assert!(matches!(missing, KeyError::Missing { .. }));
    assert_eq!(missing.exit(), Exit::Config);
    fs::create_dir(&place.path).unwrap();
    let directory = KeyRing::load(&place.path, ReadableBy::OwnerOnly).unwrap_err();
    assert!(matches!(directory, KeyError::IsDirectory { .. }), "{directory:?}");
    assert_eq!(directory.exit(), Exit::Config);
}

#[cfg(unix)]
#[test]
fn a_file_open_to_others_is_refused_unless_told_so() {
    let place = file(HEX);
    for mode in [0o644, 0o640, 0o604, 0o660, 0o601] {
        chmod(&place.path, mode);
        let error = KeyRing::load(&place.path, ReadableBy::OwnerOnly).unwrap_err();
        assert!(error.to_string().contains(&format!("mode {mode:04o}")), "{error}");
        assert_eq!(error.hint().unwrap(), format!("chmod 600 {}", place.path.display()));
        assert_eq!(error.exit(), Exit::NoPermission);
        assert!(KeyRing::load(&place.path, ReadableBy::Anyone).is_ok());
    }
    chmod(&place.path, 0o400);
    assert!(KeyRing::load(&place.path, ReadableBy::OwnerOnly).is_ok());
}

#[test]
fn init_writes_for_the_owner_only_and_never_overwrites() {
    let place = place();
    let made = KeyRing::init(&place.path).unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(&place.path).unwrap().permissions().mode() & 0o777, 0o600);
    }
    let before = fs::read(&place.path).unwrap();
    let error = KeyRing::init(&place.path).unwrap_err();
    assert!(matches!(error, KeyError::Exists { .. }));
    assert!(
        error.hint().is_some_and(|hint| hint.contains("`rolewright secret rotate-key --new`")),
        "{error}"
    );
    assert_eq!(fs::read(&place.path).unwrap(), before);
    assert_eq!(KeyRing::load(&place.path, ReadableBy::OwnerOnly).unwrap().first_id(), made.first_id());
}

#[test]
fn a_new_first_key_keeps_the_old_ones_until_they_are_dropped() {
    // A raw key file becomes one of lines.
    let place = file(bytes());
    let old = KeyRing::load(&place.path, ReadableBy::OwnerOnly).unwrap();
    let new = KeyRing::prepend_new(&place.path).unwrap();
    assert_ne!(new.first_id(), old.first_id());
    let loaded = KeyRing::load(&place.path, ReadableBy::OwnerOnly).unwrap();
    assert_eq!(loaded.ids().collect::<Vec<_>>(), [new.first_id(), old.first_id()]);
    let left = KeyRing::drop_all_but_first(&place.path).unwrap();
    assert_eq!(left.ids().collect::<Vec<_>>(), [new.first_id()]);
    let loaded = KeyRing::load(&place.path, ReadableBy::OwnerOnly).unwrap();
    assert_eq!(loaded.ids().collect::<Vec<_>>(), [new.first_id()]);
    assert_eq!(fs::read_dir(place.path.parent().unwrap()).unwrap().count(), 1, "no temporary file is left");
}

#[test]
fn keys_added_at_once_are_all_kept() {
    let place = place();
    KeyRing::init(&place.path).unwrap();
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| KeyRing::prepend_new(&place.path).unwrap());
        }
    });
    assert_eq!(KeyRing::load(&place.path, ReadableBy::OwnerOnly).unwrap().ids().count(), 9);
}

#[cfg(unix)]
#[test]
fn a_symbolic_link_stays_one() {
    let place = file(HEX);
    let link = place.path.with_file_name("link");
    std::os::unix::fs::symlink(&place.path, &link).unwrap();
    KeyRing::prepend_new(&link).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert_eq!(KeyRing::load(&place.path, ReadableBy::OwnerOnly).unwrap().ids().count(), 2);
}

#[test]
fn debug_shows_ids_and_not_keys() {
    let ring = load(HEX).unwrap();
    let shown = format!("{ring:?} {ring:#?}");
    assert!(shown.contains("***") && shown.contains(&ring.first_id().to_string()));
    assert!(!shown.contains("0001020304") && !shown.contains("0, 1, 2, 3"));
}

/// Opening a FIFO waits for a writer that never comes.
#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_refused_at_once_and_in_its_own_words() {
    let place = place();
    let made = std::process::Command::new("mkfifo").arg("-m").arg("600").arg(&place.path).status().unwrap();
    assert!(made.success());
    let link = place.path.with_extension("link");
    std::os::unix::fs::symlink(&place.path, &link).unwrap();
    let socket = place.path.with_extension("socket");
    let _listening = std::os::unix::net::UnixListener::bind(&socket).unwrap();
    for (path, kind) in [
        (place.path.as_path(), "a FIFO"),
        (&link, "a FIFO"),
        (&socket, "a socket"),
        (Path::new("/dev/zero"), "a device"),
    ] {
        let (sender, receiver) = std::sync::mpsc::channel();
        let tried = path.to_owned();
        std::thread::spawn(move || {
            let _ = sender.send(KeyRing::load(&tried, ReadableBy::Anyone).unwrap_err());
            let _ = sender.send(KeyRing::prepend_new(&tried).unwrap_err());
        });
        for _ in 0..2 {
            let error = receiver.recv_timeout(std::time::Duration::from_secs(5)).expect("it does not hang");
            assert!(error.to_string().ends_with(&format!("is {kind}, and not a regular file")), "{error}");
            assert_eq!(error.exit(), Exit::Config);
            assert!(error.hint().unwrap().contains("crypto.key_file"));
        }
    }
}
