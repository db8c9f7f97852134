//! The settings from file and environment: what wins, where it came from, and what is refused.

#![expect(clippy::unwrap_used, reason = "helpers of tests")]

use std::{path::PathBuf, time::Duration};

use rolewright_core::{
    Advice, Exit,
    settings::{FutureTables, Loaded, NewTables, Origin, Settings, SettingsError, Sources},
};

const URL: (&str, &str) = ("DATABASE_URL", "postgres://core:kanari7@h/clinic");

fn load(file: &str, variables: &[(&str, &str)]) -> Result<Loaded, SettingsError> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("rolewright.toml");
    std::fs::write(&path, file).unwrap();
    let environment =
        variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let result = Settings::load(&Sources { file: Some(path.clone()), environment });
    if let Err(error) = &result {
        let all = format!("{error} {error:?} {}", error.hint().unwrap());
        assert!(!all.contains("kanari"), "{all}");
        assert_eq!(error.exit(), Exit::Config);
    }
    result
}

/// The error with the folder of the file taken out.
fn refusal(file: &str, variables: &[(&str, &str)]) -> String {
    let error = load(file, variables).unwrap_err();
    let text = format!("{error}; {}", error.hint().unwrap());
    let words = text.split(' ').map(|word| match word.find("/rolewright.toml") {
        Some(at) => format!("FILE{}", &word[at + "/rolewright.toml".len()..]),
        None => word.to_owned(),
    });
    words.collect::<Vec<_>>().join(" ")
}

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
fn contradictions_between_url_and_file_are_refused() {
    let text = refusal("[database.pool]\nmin = 5", &[("DATABASE_URL", "postgres://u:kanari@h/d?max=3")]);
    assert!(text.starts_with("DATABASE_URL: `min` of a pool is 5, more than its `max`, 3"), "{text}");
    let text = refusal("", &[("DATABASE_URL", "mysql://u:kanari@h/d")]);
    assert!(text.contains("neither with `postgres://`"), "{text}");
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
fn unknown_keys_and_wrong_types_are_named_with_their_origin() {
    #[rustfmt::skip]
    let table = [
        ("databse.name = \"x\"", "there is no setting `databse` (set by FILE); did you mean `database`?"),
        ("[database.pool]\nmaximum = 1", "there is no setting `database.pool.maximum` (set by FILE); `rolewright config schema` lists every key"),
        ("[roles.r]\nraed = []", "there is no setting `roles.r.raed` (set by FILE); did you mean `roles.r.read`?"),
        ("[whatever]\nroot = \"m\"", "there is no setting `whatever` (set by FILE); `rolewright config schema` lists every key"),
        ("[database]\npassword = 12", "`database.password` (set by FILE) is not a text in quotes; set `database.password` to a text in quotes"),
        ("[database]\nport = 70000", "`database.port` (set by FILE) is not a whole number from 0 to 65535; set `database.port` to a whole number from 0 to 65535"),
        ("[database]\nport = -1", "`database.port` (set by FILE) is not a whole number from 0 to 65535; set `database.port` to a whole number from 0 to 65535"),
        ("database = \"kanari\"", "`database` (set by FILE) is not a table; set `database` to a table"),
        ("[migrate]\non_start = \"yes\"", "`migrate.on_start` (set by FILE) is not true or false; set `migrate.on_start` to true or false"),
        ("[start]\nroles = \"maybe\"", "`start.roles` (set by FILE) is not one of \"required\", \"degraded\"; set `start.roles` to one of \"required\", \"degraded\""),
        ("[roles.r]\nread = \"s\"", "`roles.r.read` (set by FILE) is not a list of texts such as [\"a\", \"b\"]; set `roles.r.read` to a list of texts such as [\"a\", \"b\"]"),
        ("[start]\nlock_timeout = true", "`start.lock_timeout` (set by FILE) is not a time such as \"60s\", or whole milliseconds; set `start.lock_timeout` to a time such as \"60s\", or whole milliseconds"),
        ("a = 1\npassword = kanari", "the settings file FILE is not TOML at line 2; write line 2 as `key = value`, with texts in quotes"),
    ];
    for (file, expected) in table {
        assert_eq!(refusal(file, &[URL]), expected, "{file}");
    }
    let text = refusal("", &[URL, ("ROLEWRIGHT__HTTP__LISTNE", "x")]);
    assert_eq!(
        text,
        "there is no setting `http.listne` (set by ROLEWRIGHT__HTTP__LISTNE); did you mean `http.listen`?"
    );
}

#[test]
fn values_that_cannot_be_are_refused_with_the_fix() {
    #[rustfmt::skip]
    let table = [
        ("[roles.r]\nread = []", "`roles.r.read`", "it is empty"),
        ("[roles.r]\nread = [\"s.\"]", "`roles.r.read`", "empty part"),
        ("[roles.r]\nread = [\"*\"]", "`roles.r.read`", "is a glob"),
        ("[roles.r]\nread = [\"pg_catalog\"]", "`roles.r.read`", "every role may read"),
        ("[roles.r]\nread = [\"information_schema.x\"]", "`roles.r.read`", "every role may read"),
        ("[roles.r]\nread = [\"rolewright\"]", "`roles.r.read`", "never readable"),
        ("[roles.r]\nread = [\"s\"]\ndeny = [\"users\"]", "`roles.r.deny`", "1 parts"),
        ("[roles.r]\nread = [\"s\"]\nsearch_path = [\"$user\"]", "`roles.r.search_path`", "named like whoever looks"),
        ("[roles.r]\nread = [\"s\"]\nrole = \"pg_x\"", "`roles.r.role`", "for itself"),
        ("[roles.r]\nread = [\"s\"]\nrole = \"public\"", "`roles.r.role`", "for itself"),
        ("[roles.r]\nread = [\"s\"]\nrole = \"none\"", "`roles.r.role`", "for itself"),
        ("[roles.r]\nread = [\"s\"]\nrole = \"core\"", "`roles.r.role`", "is the core role"),
        ("[roles.a]\nread = [\"s\"]\nrole = \"x\"\n[roles.b]\nread = [\"s\"]\nrole = \"x\"", "`roles.b.role`", "`roles.a` has the role"),
        ("[tenancy]\nmodule = \"mod-foo\"\n[roles.r]\nread = [\"s\"]\nrole = \"_r_zz_mod_foo\"", "`roles.r.role`", "end with `_mod_foo`"),
        ("[tenancy]\nmodule = \"mod-foo\"\n[sandbox]\nchecker = \"_k1_mod_foo\"", "`sandbox.checker`", "end with `_mod_foo`"),
        ("[roles.R]\nread = [\"s\"]", "`roles.R`", "connection's name"),
        ("[roles.r]\nread = [\"s\"]\nmax_connections = 0", "`roles.r.max_connections`", "0 is not allowed"),
        ("[roles.r]\nread = [\"s\"]\nmax_rows = 0", "`roles.r.max_rows`", "0 is not allowed"),
        ("[roles.r]\nread = [\"s\"]\nstatement_timeout = 0", "`roles.r.statement_timeout`", "0 is not allowed"),
        ("[roles.r]\nread = [\"s\"]\nstatement_timeout = \"100d\"", "`roles.r.statement_timeout`", "more than"),
        ("[roles.r]\nread = [\"s\"]\nstatement_timeout = \"soon\"", "`roles.r.statement_timeout`", "not a time"),
        ("[roles.r]\nread = [\"s\"]\npool.max = 9", "`roles.r.pool.max`", "max_connections"),
        ("[roles.r]\nread = [\"s\"]\npool.max = 0", "`roles.r.pool`", "`max` of a pool is 0"),
        ("[roles.r]\nread = [\"s\"]\nfuture_tables = \"immediately\"\ndeny = [\"s.*_t\"]", "`roles.r.future_tables`", "on-provision"),
        ("[roles.r]\nread = [\"s\"]\nfuture_tables = \"immediately\"\ndeny = [\"*.u.p\"]", "`roles.r.future_tables`", "on-provision"),
        ("[roles.r]\nread = [\"s.d_*\"]\nfuture_tables = \"immediately\"", "`roles.r.future_tables`", "on-provision"),
        ("[roles.r]\nread = [\"s\"]\nfuture_tables = \"immediately\"\nnew_tables = \"hold\"", "`roles.r.new_tables`", "set `roles.r.future_tables = \"on-provision\"`"),
        ("[roles.r]\nread = [\"s\"]\nnew_tables = \"held\"", "`roles.r.new_tables`", "\"grant\", \"hold\""),
        ("[roles.r]\nread = [\"s\"]\ndefiner_functions = [\"*.f\"]", "`roles.r.definer_functions`", "schema"),
        ("[migrate]\ncommand = []", "`migrate.command`", "it is empty"),
        ("[http]\nlisten = \"7040\"", "`http.listen`", "not an address"),
        ("[database]\nreplicas = 0", "`database.replicas`", "0 is not allowed"),
        ("[start]\nlock_timeout = 0", "`start.lock_timeout`", "0 is not allowed"),
        ("app = \"\"", "`app`", "a name is empty"),
    ];
    for (file, key, words) in table {
        let text = refusal(file, &[URL]);
        assert!(text.contains(key) && text.contains(words), "{file}: {text}");
    }
    let fine = "[roles.r]\nread = [\"s\"]\nfuture_tables = \"immediately\"\ndeny = [\"other.*\"]";
    assert!(load(fine, &[URL]).is_ok());
    let fine = "[tenancy]\nmodule = \"mod-foo\"\n[roles.r]\nread = [\"s\"]\nrole = \"_x_amod_foo\"";
    assert!(load(fine, &[URL]).is_ok());
}

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
fn no_database_and_no_file_have_words_of_their_own() {
    let error = load("[database]\nusername = \"u\"\n", &[("DATABASE_URL", "")]).unwrap_err();
    assert_eq!(error, SettingsError::NoDatabase);
    let hint = error.hint().unwrap();
    assert!(hint.contains("rolewright demo") && hint.contains("--embedded"));
    assert_eq!(load("[database]\nhost = \"h\"\n", &[]).unwrap_err(), SettingsError::NoApp);
    let missing = Sources { file: Some(PathBuf::from("/nowhere/x.toml")), environment: Vec::new() };
    assert!(matches!(Settings::load(&missing), Err(SettingsError::FileMissing { .. })));
    let folder = Sources { file: Some(PathBuf::from("/")), environment: Vec::new() };
    assert!(matches!(Settings::load(&folder), Err(SettingsError::FileUnreadable { .. })));
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

#[test]
fn sources_do_not_print_values() {
    let sources = Sources { file: None, environment: vec![(URL.0.to_owned(), URL.1.to_owned())] };
    assert_eq!(format!("{sources:?}"), "Sources { file: None, environment: [\"DATABASE_URL\"] }");
}
