//! The settings of records that may be withdrawn: what is read, and what is refused.

use rolewright_core::{
    Advice as _,
    settings::{Settings, SettingsError, Sources},
};

#[test]
fn the_tables_of_records_are_read_and_must_lead_to_the_key() {
    let folder = tempfile::tempdir().unwrap();
    let load = |text: &str| {
        let path = folder.path().join("rolewright.toml");
        std::fs::write(&path, text).unwrap();
        let environment = [("DATABASE_URL".to_owned(), "postgres://core@db/clinic".to_owned())].into();
        let loaded = Settings::load(&Sources { file: Some(path), environment });
        let said = |error: SettingsError| format!("{error}; {}", error.hint().unwrap_or_default());
        loaded.map(|loaded| loaded.settings).map_err(said)
    };
    let whole = "[consent.ehr]\nroot = 'ehr.ehr(id)'\ndefault = 'deny'\nexcept = ['ehr.\"a.b\"']\nchildren = \
        ['ehr.v( ehr_id )', 'ehr.\"D(x)\"(vo_id)->ehr.v(vo_id)', 'ehr.e(d) -> ehr.\"D(x)\"(id)']\n";
    let consent = load(whole).unwrap().consent.remove("ehr").unwrap();
    assert_eq!(consent.root.to_string(), "ehr.ehr(id)");
    assert_eq!(consent.children[1].key.table.quoted(), r#""ehr"."D(x)""#);
    assert_eq!(consent.children[2].through.as_ref().unwrap().to_string(), "ehr.D(x)(id)");
    assert_eq!(consent.except[0].to_string(), "ehr.a.b");
    for (section, words) in [
        ("[consent.ehr]\n", "`consent.ehr.root` (set by default): it is not given"),
        ("[consent.\"E-1\"]\nroot = 'a.b(c)'", "a kind of records has another name"),
        (
            "[consent.ehr]\nroot = 'ehr(id)'",
            "`ehr(id)` is not a column of a table; write \"schema.table(column)\"",
        ),
        ("[consent.ehr]\nroot = 'a.*(id)'", "`a.*(id)` is not a column"),
        ("[consent.ehr]\nroot = 'a.b(id, x)'", "`a.b(id, x)` is not a column"),
        ("[consent.ehr]\nroot = 'a.b(id)'\nchildren = ['a.b(x)']", "`a.b` is named twice"),
        ("[consent.ehr]\nroot = 'pg_catalog.b(id)'", "not a table of the application's"),
        ("[consent.ehr]\nroot = 'a.b(id)'\nexcept = ['c']", "`c` is not a table; write \"schema.table\""),
        (
            "[consent.ehr]\nroot = 'a.b(id)'\nchildren = ['a.c(x) -> a.d(y)']",
            "`a.d`, to which it leads, does not lead",
        ),
        (
            "[consent.ehr]\nroot = 'a.b(id)'\nchildren = ['a.c(x) -> a.d(y)', 'a.d(y) -> a.c(x)']",
            "does not lead to the record",
        ),
        (
            "[roles.r]\nread = ['rolewright_consent']",
            "`rolewright_consent` is Rolewright's own, and never readable",
        ),
    ] {
        let said = load(section).unwrap_err();
        assert!(said.contains(words), "{section}: {said}");
    }
}
