//! Functions and operators that are not where a role's names are looked up: the hint says where they are, if the role may use that.

use rolewright_core::{Advice, Exit};
use rolewright_sessions::{QueryError, Report, RolePool};

use super::fixture::Ground;

const MAKE: &str = "CREATE SCHEMA ext; CREATE SCHEMA shut;
    CREATE FUNCTION ext.alike(text, text) RETURNS real LANGUAGE sql IMMUTABLE AS 'SELECT 0.5::real';
    CREATE FUNCTION ext.alike_most(text, text DEFAULT '') RETURNS real LANGUAGE sql IMMUTABLE AS 'SELECT 0.5::real';
    CREATE FUNCTION ext.is_alike(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
    CREATE FUNCTION ext.of_all(anyelement) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
    CREATE FUNCTION ext.\"Odd\"() RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
    CREATE FUNCTION ext.kept(text) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'; REVOKE EXECUTE ON FUNCTION ext.kept(text) FROM PUBLIC;
    CREATE OPERATOR ext.% (LEFTARG = text, RIGHTARG = text, FUNCTION = ext.is_alike);
    CREATE FUNCTION shut.unseen(text) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1';
    CREATE OPERATOR shut.%%% (LEFTARG = text, RIGHTARG = text, FUNCTION = ext.is_alike);
    GRANT USAGE ON SCHEMA ext TO {}_raw, {}_checker; GRANT EXECUTE ON FUNCTION ext.of_all(anyelement) TO {}_raw";

async fn error(pool: &RolePool, text: &str) -> QueryError {
    match pool.query(&Report::new(text)).await {
        Ok(_) => panic!("{text} is taken"),
        Err(error) => error,
    }
}

#[tokio::test]
async fn the_hint_says_where_it_is() {
    let ground = Ground::new().await;
    ground.sql(MAKE).await;
    let pool = ground.pool(&ground.raw, &ground.db.url()).await;
    for (text, written) in [
        ("SELECT alike(name, 'b') FROM patients", "ext.alike"),
        ("SELECT id FROM patients WHERE ALIKE(nhi, name) > 0.3", "ext.alike"),
        ("SELECT alike_most(name) FROM patients", "ext.alike_most"),
        ("SELECT of_all(born) FROM patients", "ext.of_all"),
        ("SELECT \"Odd\"()", "ext.\"Odd\""),
        ("SELECT id FROM patients WHERE name % 'b'", "OPERATOR(ext.%)"),
        ("SELECT 'a' % 'b'", "OPERATOR(ext.%)"),
    ] {
        let error = error(&pool, text).await;
        assert_eq!(
            error.hint(),
            Some(format!("write {written}, or add \"ext\" to roles.raw.search_path")),
            "{text}"
        );
        assert_eq!(error.exit(), Exit::DatabaseFailed);
        assert!(error.to_string().ends_with("(42883)") || error.to_string().ends_with("(42725)"), "{error}");
    }
    // The hint is followed.
    let written = error(&pool, "SELECT ext.alike(name, 'b') FROM patients").await.to_string();
    assert_eq!(written, "a report may not call ext.alike, which is not listed for it");
    pool.close().await;
    ground.end().await;
}

#[tokio::test]
async fn nothing_is_said_of_what_the_role_may_not_use_or_what_would_not_take_it() {
    let ground = Ground::new().await;
    ground.sql(MAKE).await;
    let pool = ground.pool(&ground.raw, &ground.db.url()).await;
    for text in [
        "SELECT unseen(name) FROM patients",
        "SELECT name %%% 'b' FROM patients",
        "SELECT kept(name) FROM patients",
        "SELECT alike(name) FROM patients",
        "SELECT alike(born, name) FROM patients",
        "SELECT born % 'b' FROM patients",
        "SELECT name = id FROM patients",
        "SELECT odd()",
        "SELECT nowhere.alike(name, 'b') FROM patients",
    ] {
        let error = error(&pool, text).await;
        let said = format!("{error} {}", error.hint().unwrap_or_default());
        assert!(!matches!(error, QueryError::Elsewhere(_)), "{text}: {said}");
        assert!(!said.contains("shut") && !said.contains("ext."), "{text}: {said}");
    }
    let hint = error(&pool, "SELECT alike(name) FROM patients").await.hint();
    assert_eq!(hint.as_deref(), Some("look at the name, and cast the arguments to the types it takes"));
    pool.close().await;
    ground.end().await;
}

#[tokio::test]
async fn a_cast_to_what_is_looked_up_is_called_one() {
    let ground = Ground::new().await;
    for text in [
        "SELECT name::regclass FROM patients",
        "SELECT regclass(name) FROM patients",
        "SELECT id::oid::regclass FROM patients",
    ] {
        let said = ground.said(text).await;
        assert!(said.starts_with("a value that is looked up in the catalogs"), "{text}: {said}");
    }
    ground.end().await;
}
