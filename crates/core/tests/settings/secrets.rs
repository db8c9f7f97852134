//! Passwords and tokens: where they come from, and that nothing prints them.

use rolewright_core::settings::Sources;

use super::{URL, load, refusal};

#[test]
fn a_password_comes_from_one_place() {
    let folder = tempfile::tempdir().unwrap();
    let secret = folder.path().join("secret");
    std::fs::write(&secret, "kanari-file\n").unwrap();
    let file = format!("[database]\nname = \"a\"\npassword_file = {:?}\n", secret.display().to_string());
    let loaded = load(&file, &[]).unwrap();
    assert_eq!(loaded.settings.database.password.as_ref().unwrap().expose(), "kanari-file");
    assert!(refusal(&file, &[("ROLEWRIGHT__DATABASE__PASSWORD", "kanari")]).contains("are both set"));
    std::fs::write(&secret, "\n").unwrap();
    assert!(refusal(&file, &[]).contains("it is empty"));
    std::fs::remove_file(&secret).unwrap();
    assert!(refusal(&file, &[]).contains("cannot be read"));
    assert!(load(&file, &[URL]).is_ok(), "DATABASE_URL replaces the section, the file is not read");
}

#[test]
fn an_admin_token_is_long_from_one_place_and_nobody_elses_to_read() {
    use std::os::unix::fs::PermissionsExt;

    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("token");
    let token = "kanari+/=-._~0123456789abcdefghi";
    let write = |text: &str, mode: u32| {
        std::fs::write(&path, text).unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(mode)).unwrap();
    };
    write(&format!("{token}\n"), 0o600);
    let file = format!("[http]\nadmin_token_file = {:?}\n", path.display().to_string());
    let loaded = load(&file, &[URL]).unwrap();
    assert_eq!(loaded.settings.http.admin_token.as_ref().unwrap().expose(), token);
    let shown =
        serde_json::to_string(&loaded.entries().iter().map(|e| (&e.key, &e.value)).collect::<Vec<_>>())
            .unwrap();
    assert!(shown.contains("http.admin_token") && !shown.contains(token), "{shown}");
    assert!(load("", &[URL]).unwrap().settings.http.admin_token.is_none());
    assert!(
        load("", &[URL, ("ROLEWRIGHT__HTTP__ADMIN_TOKEN", token)])
            .unwrap()
            .settings
            .http
            .admin_token
            .is_some()
    );
    assert!(refusal(&file, &[URL, ("ROLEWRIGHT__HTTP__ADMIN_TOKEN", token)]).contains("are both set"));
    for (text, mode, words) in [
        (token, 0o640, "open to other users (mode 0640)"),
        ("", 0o600, "it is empty"),
        (&token[1..], 0o600, "at least 32 characters"),
        ("kanari with blanks, which no header carries", 0o600, "no other characters"),
    ] {
        write(text, mode);
        assert!(refusal(&file, &[URL]).contains(words), "{words}");
    }
    std::fs::remove_file(&path).unwrap();
    assert!(refusal(&file, &[URL]).contains("cannot be read"));
    std::fs::create_dir(&path).unwrap();
    assert!(refusal(&file, &[URL]).contains("the file is a directory"));
}

#[test]
fn sources_do_not_print_values() {
    let sources = Sources { file: None, environment: vec![(URL.0.to_owned(), URL.1.to_owned())] };
    assert_eq!(format!("{sources:?}"), "Sources { file: None, environment: [\"DATABASE_URL\"] }");
}
