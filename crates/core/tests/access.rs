//! `[access]` as it is written: what is filled in, and what cannot be meant.

use rolewright_core::{
    Advice as _,
    settings::{AccessSettings, Algorithm, KeySource, Settings, Sources},
};

fn load(values: &[(&str, &str)]) -> Result<Option<AccessSettings>, String> {
    let mut sources = Sources::default();
    sources.set("DATABASE_URL", "postgres://core@localhost/clinic");
    for (key, value) in values {
        sources.set(&format!("ROLEWRIGHT__ACCESS__{key}"), value);
    }
    Settings::load(&sources)
        .map(|loaded| loaded.settings.access)
        .map_err(|error| format!("{error}; {}", error.hint().unwrap_or_default()))
}

const KEYS: (&str, &str) = ("JWT__JWKS_FILE", "jwks.json");

#[test]
fn what_nobody_sets() {
    assert_eq!(load(&[]), Ok(None));
    let access = load(&[KEYS]).unwrap().unwrap();
    assert!(access.db_role && !access.role_precedence);
    assert_eq!(access.login.as_str(), "clinic_access");
    assert_eq!(
        (access.subject_prefix.as_str(), access.role_prefix.as_str()),
        ("clinic_subject_", "clinic_role_")
    );
    assert_eq!(access.jwt.keys, KeySource::JwksFile("jwks.json".into()));
    assert_eq!((access.jwt.algorithms.as_slice(), access.jwt.skew.as_secs()), (&[Algorithm::Rs256][..], 30));
    for url in ["https://id.example.org:8443/jwks", "http://127.0.0.1:9/jwks", "http://[::1]:9/"] {
        let access = load(&[("JWT__JWKS_URL", url)]).unwrap().unwrap();
        assert_eq!(access.jwt.keys, KeySource::JwksUrl(url.to_owned()));
    }
    let shared = load(&[("JWT__HS256_KEY_FILE", "secret")]).unwrap().unwrap();
    assert_eq!(shared.jwt.algorithms, [Algorithm::Hs256]);
    let skew = load(&[KEYS, ("JWT__SKEW", "0s")]).unwrap().unwrap().jwt.skew;
    assert!(skew.is_zero());
}

#[test]
fn what_cannot_be_meant() {
    let long = format!("['{}']", "x".repeat(60));
    let refused: Vec<String> = [
        &[("DB_ROLE", "true")][..],
        &[KEYS, ("JWT__HS256_KEY_FILE", "secret")],
        &[KEYS, ("JWT__JWKS_URL", "https://id/jwks")],
        &[("JWT__JWKS_URL", "http://id/jwks")],
        &[("JWT__JWKS_URL", "http://localhost@id/jwks")],
        &[("JWT__JWKS_URL", "file:///jwks.json")],
        &[KEYS, ("JWT__ALGORITHMS", "['RS256', 'HS256']")],
        &[("JWT__HS256_KEY_FILE", "secret"), ("JWT__ALGORITHMS", "['RS256']")],
        &[KEYS, ("JWT__ALGORITHMS", "['none']")],
        &[KEYS, ("JWT__ALGORITHMS", "[]")],
        &[KEYS, ("JWT__SKEW", "1h")],
        &[KEYS, ("JWT__AUDIENCE", "['']")],
        &[KEYS, ("ROLES", "['nurse', 'nurse']")],
        &[KEYS, ("ROLES", "['']")],
        &[KEYS, ("SUBJECTS", &long)],
        &[KEYS, ("ROLE_GROUPS__NURSE", "['ward']")],
        &[KEYS, ("SUBJECT_PREFIX", "clinic_"), ("ROLE_PREFIX", "clinic_role_")],
        &[KEYS, ("LOGIN", "core")],
        &[KEYS, ("SEARCH_PATH", "['$user']")],
        &[KEYS, ("JWT__JKWS_FILE", "x")],
    ]
    .iter()
    .map(|values| load(values).unwrap_err())
    .collect();
    insta::assert_snapshot!(refused.join("\n"));
}
