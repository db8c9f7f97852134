//! What of file, environment and connection URL wins, and where it came from.

use std::{path::PathBuf, time::Duration};

use rolewright_core::settings::{FutureTables, NewTables, Origin, Settings, SettingsError, Sources};

use super::{URL, load, refusal};

#[test]
fn the_sample_file_is_read_and_names_every_key() {
    let path = PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/rolewright.sample.toml"));
    let loaded = Settings::load(&Sources { file: Some(path.clone()), environment: Vec::new() }).unwrap();
    let reporting = &loaded.settings.roles["reporting"];
    assert_eq!(reporting.role.as_str(), "clinic_reporting");
    assert_eq!(reporting.future_tables, FutureTables::Immediately);
    assert_eq!(reporting.statement_timeout, Duration::from_secs(60));
    let raw = &loaded.settings.roles["raw"];
    assert_eq!((raw.new_tables, reporting.new_tables), (NewTables::Hold, NewTables::Grant));
    assert!(raw.definer_functions[0].covers_table("public", "mask_name"));
    assert!(raw.deny.iter().any(|deny| deny.column("public", "users", "password")));
    assert!(raw.deny.iter().any(|deny| deny.table("rolewright", "local_system_secrets")));
    let text = std::fs::read_to_string(path).unwrap();
    for entry in loaded.entries().iter().filter(|entry| !entry.key.starts_with("database.")) {
        let key = entry.key.rsplit('.').next().unwrap();
        assert!(text.contains(&format!("{key} =")), "the sample does not show `{}`", entry.key);
    }
}

#[test]
fn environment_wins_over_file_and_file_over_default() {
    let file = "[database]\nname = \"a\"\nusername = \"u\"\n[database.pool]\nmax = 7\nidle = 1500\n";
    let loaded =
        load(file, &[("ROLEWRIGHT__DATABASE__POOL__MAX", "8"), ("ROLEWRIGHT__DATABASE__NAME", "")]).unwrap();
    assert_eq!(loaded.settings.pool.max, 8);
    assert_eq!(loaded.settings.pool.idle, Some(Duration::from_millis(1500)));
    assert_eq!(loaded.settings.app.as_str(), "a", "the database's name stands in");
    let origin = |key: &str| loaded.origins.of(key);
    assert_eq!(
        origin("database.pool.max"),
        Origin::Environment("ROLEWRIGHT__DATABASE__POOL__MAX".to_owned())
    );
    assert!(matches!(origin("database.pool.idle"), Origin::File(_)));
    assert_eq!(origin("database.pool.min"), Origin::Default);
}

#[test]
fn the_url_wins_as_a_whole_and_its_pool_merges() {
    let file = "[database]\nhost = \"other\"\nport = 1\nname = \"x\"\nusername = \"u\"\npassword = \"kanari-old\"\n\
                replicas = 3\n[database.pool]\nmax = 7\nmin = 2\n";
    let url = ("DATABASE_URL", "postgres://h?max=9&max_lifetime=0");
    let loaded = load(&format!("app = \"a\"\n{file}"), &[url]).unwrap();
    let settings = &loaded.settings;
    assert_eq!(
        settings.database.hosts[0].to_string(),
        "h:5432",
        "the port is the default, not the structured one"
    );
    assert_eq!(
        (&settings.database.user, &settings.database.password, &settings.database.database),
        (&None, &None, &None)
    );
    assert_eq!((settings.pool.max, settings.pool.min, settings.pool.max_lifetime), (9, 2, None));
    assert_eq!(settings.replicas, 3);
    assert_eq!(loaded.origins.of("database.pool.max").to_string(), "DATABASE_URL");
    assert_eq!(loaded.origins.of("database.host").to_string(), "DATABASE_URL");
    assert!(matches!(loaded.origins.of("database.pool.min"), Origin::File(_)));

    let untouched = load(file, &[("DATABASE_URL", "")]).unwrap();
    assert_eq!(untouched.settings.database.hosts[0].to_string(), "other:1");
    assert_eq!(untouched.settings.database.password.as_ref().unwrap().expose(), "kanari-old");
    assert!(!format!("{untouched:?} {} {}", untouched.to_text(), untouched.to_json()).contains("kanari"));
    assert!(untouched.to_text().contains("database.password = \"***\""));
    assert_eq!(untouched.to_json()["database.password"]["value"], "***");
}

#[test]
fn values_of_the_environment_are_typed_by_the_schema() {
    let loaded = load(
        "[database]\nname = \"a\"\n[roles.my-role]\nread = [\"s\"]\n",
        &[
            ("ROLEWRIGHT__DATABASE__PASSWORD", "12345"),
            ("ROLEWRIGHT__MIGRATE__ON_START", "false"),
            ("ROLEWRIGHT__START__LOCK_TIMEOUT", "5m"),
            ("ROLEWRIGHT__START__ROLES", "degraded"),
            ("ROLEWRIGHT__ROLES__MY_ROLE__MAX_CONNECTIONS", "4"),
            ("ROLEWRIGHT__ROLES__RAW__READ", "[\"public\"]"),
            ("CRYPTO_KEY_FILE", "/k"),
            ("UNRELATED", "x"),
        ],
    )
    .unwrap();
    let settings = &loaded.settings;
    assert_eq!(settings.database.password.as_ref().unwrap().expose(), "12345");
    assert!(!settings.migrate.on_start);
    assert_eq!(settings.start.lock_timeout, Duration::from_secs(300));
    assert_eq!(settings.roles["my-role"].max_connections, 4);
    assert_eq!(settings.roles["raw"].role.as_str(), "a_raw");
    assert_eq!(settings.crypto.key_file, Some(PathBuf::from("/k")));
    assert_eq!(loaded.origins.of("crypto.key_file").to_string(), "CRYPTO_KEY_FILE");
}

#[test]
fn a_containers_variables_name_the_connection_where_nothing_else_does() {
    let all = [
        ("DB_HOST", "db"),
        ("DB_PORT", "5433"),
        ("DB_DATABASE", "okapi"),
        ("DB_USERNAME", "folio"),
        ("DB_PASSWORD", "kanari-0123"),
    ];
    let loaded = load("app = \"a\"\n[database.pool]\nmax = 7\n", &all).unwrap();
    let database = &loaded.settings.database;
    assert_eq!(database.hosts[0].to_string(), "db:5433");
    assert_eq!((database.database.as_deref(), database.user.as_deref()), (Some("okapi"), Some("folio")));
    assert_eq!(database.password.as_ref().unwrap().expose(), "kanari-0123");
    assert_eq!(loaded.origins.of("database.host").to_string(), "DB_HOST");
    assert!(!format!("{loaded:?} {} {}", loaded.to_text(), loaded.to_json()).contains("kanari"));

    // Never half of one connection and half of another.
    let with = |variable| [&all[..], &[variable]].concat();
    let url = load("", &with(URL)).unwrap().settings.database;
    assert_eq!((url.hosts[0].to_string().as_str(), url.password.unwrap().expose()), ("h:5432", "kanari7"));
    for (file, variables) in [
        ("app = \"a\"\n[database]\nhost = \"own\"\n", all.to_vec()),
        ("app = \"a\"\n", with(("ROLEWRIGHT__DATABASE__HOST", "own"))),
    ] {
        let database = load(file, &variables).unwrap().settings.database;
        assert_eq!((database.hosts[0].to_string().as_str(), database.user), ("own:5432", None));
    }
    assert_eq!(
        load("app = \"a\"\n[database]\nusername = \"u\"\n", &all).unwrap_err(),
        SettingsError::NoDatabase
    );
    assert_eq!(load("app = \"a\"\n", &all[1..]).unwrap_err(), SettingsError::NoDatabase);
    assert!(refusal("app = \"a\"\n", &[("DB_HOST", "db"), ("DB_PORT", "none")]).contains("DB_PORT"));
}
