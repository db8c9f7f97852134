//! Settings that are refused, in words that name the key, its origin and what to write.

use std::path::PathBuf;

use rolewright_core::{
    Advice,
    settings::{Settings, SettingsError, Sources},
};

use super::{URL, load, refusal};

#[test]
fn contradictions_between_url_and_file_are_refused() {
    let text = refusal("[database.pool]\nmin = 5", &[("DATABASE_URL", "postgres://u:kanari@h/d?max=3")]);
    assert!(text.starts_with("DATABASE_URL: `min` of a pool is 5, more than its `max`, 3"), "{text}");
    let text = refusal("", &[("DATABASE_URL", "mysql://u:kanari@h/d")]);
    assert!(text.contains("neither with `postgres://`"), "{text}");
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
