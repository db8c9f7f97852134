//! What a report may learn of names: those of its own text, and of what it reads; no others, not even from an error.

use rolewright_core::Advice;
use rolewright_sessions::{QueryError, Report, RolePool};

use super::fixture::Ground;

const MAKE: &str = "CREATE SCHEMA shut; CREATE TABLE shut.t (a int); CREATE FUNCTION shut.f() RETURNS int LANGUAGE sql AS 'SELECT 1';
    CREATE TYPE shut.e AS ENUM ('a'); CREATE TEXT SEARCH CONFIGURATION shut.c (COPY = simple);
    CREATE TABLE public.made (id int, password text, hash text GENERATED ALWAYS AS (md5(password)) STORED, double int GENERATED ALWAYS AS (id * 2) STORED);
    CREATE TABLE public.family (id int, password text); CREATE TABLE public.made_child () INHERITS (public.family);
    CREATE VIEW public.over_made AS SELECT id, hash AS shown FROM public.made;
    CREATE TABLE public.stray (id int) PARTITION BY LIST (id); CREATE TABLE shut.stray_1 PARTITION OF public.stray FOR VALUES IN (1);
    GRANT SELECT ON public.made, public.family, public.over_made, public.stray TO {}_raw";

#[tokio::test]
async fn values_that_name_objects_are_taken_where_they_tell_nothing_new() {
    let ground = Ground::new().await;
    ground.sql(MAKE).await;
    for text in [
        "SELECT tableoid::regclass, tableoid::regclass::text, count(*) FROM obs GROUP BY 1",
        "SELECT o.tableoid::regclass::text || 'x' FROM obs o JOIN patients p ON p.id = o.patient_id",
        "SELECT pg_typeof(id)::text, pg_typeof(name) FROM patients",
        "SELECT to_tsvector('english', name) @@ to_tsquery('simple'::regconfig, 'a') FROM patients",
        "SELECT ts_headline('simple', name, plainto_tsquery('simple', 'a')) FROM patients",
        "SELECT age(born), age(born, '2020-01-01') FROM patients",
    ] {
        assert_eq!(ground.said(text).await, "taken", "{text}");
    }
    for text in [
        "SELECT 3748::oid::regconfig::text",
        "SELECT '3748'::regconfig",
        "SELECT c::text FROM (SELECT '3748'::regconfig AS c) s",
        "SELECT to_json('3748'::regconfig)",
        "SELECT format('%s', ARRAY['3748'::regconfig])",
        "SELECT to_tsvector(3748::oid::regconfig, 'a')",
        "SELECT (1259)::oid::regclass::text",
        "SELECT id::oid::regclass FROM patients",
        "SELECT (tableoid::int + 1)::regclass FROM patients",
        "SELECT t::regclass FROM (SELECT tableoid AS t FROM patients) s",
        "SELECT pg_typeof(id)::oid::regtype FROM patients",
        "SELECT tableoid::regclass FROM stray",
        "SELECT age('3'::xid)",
        "SELECT age(xmin) FROM patients",
        "SELECT ts_token_type(3722)",
        "SELECT get_current_ts_config()",
    ] {
        assert_ne!(ground.said(text).await, "taken", "{text}");
    }
    let pool = ground.pool(&ground.raw, &ground.db.url()).await;
    let search = Report::new("SELECT to_tsvector(:how::regconfig, 'the name')").bind("how", "english");
    assert_eq!(
        pool.query(&search).await.unwrap().collect().await.unwrap()[0][0].as_deref(),
        Some("'name':2")
    );
    pool.close().await;
    ground.end().await;
}

#[tokio::test]
async fn a_column_that_is_computed_from_a_denied_one_shows_it() {
    let ground = Ground::new().await;
    ground.sql(MAKE).await;
    let mut policy = ground.raw.clone();
    for text in ["public.made.password", "public.made_child.password"] {
        policy.deny.push(rolewright_core::pattern::Deny::parse(text).unwrap());
    }
    for (text, words) in [
        ("SELECT hash FROM made", "public.made (hash, computed from password) is denied"),
        ("SELECT id FROM made WHERE hash = md5('a')", "public.made (hash, computed from password) is denied"),
        ("SELECT * FROM made", "password, hash, computed from password"),
        ("SELECT m FROM made m", "password, hash, computed from password"),
        ("SELECT shown FROM over_made", "public.over_made shows public.made (hash, computed from password)"),
        ("SELECT password FROM family", "public.family shows rows of public.made_child (password)"),
    ] {
        let said = ground.check(&policy, text).await.unwrap_err().to_string();
        assert!(said.contains(words), "{text}: {said}");
    }
    for text in ["SELECT id, double FROM made", "SELECT id FROM family", "SELECT password FROM ONLY family"] {
        assert!(ground.check(&policy, text).await.is_ok(), "{text}");
    }
    ground.end().await;
}

/// What the author is told: the error and the hint.
async fn told(pool: &RolePool, text: &str) -> String {
    let error = match pool.query(&Report::new(text)).await {
        Ok(mut rows) => rows.collect().await.expect_err(text),
        Err(error) => error,
    };
    format!("{error}; {}", error.hint().unwrap_or_default())
}

#[tokio::test]
async fn a_schema_that_is_closed_is_told_like_one_that_is_not_there() {
    let ground = Ground::new().await;
    ground.sql(MAKE).await;
    let pool = ground.pool(&ground.raw, &ground.db.url()).await;
    for pool in [&pool, &pool.unchecked()] {
        for text in [
            "SELECT * FROM {}.t",
            "SELECT {}.f()",
            "SELECT * FROM {} . t",
            "SELECT * FROM {}/**/.t",
            "SELECT * FROM {} -- a\n . t",
            "SELECT * FROM U&\"{}\".t",
            "SELECT {} . f()",
            "SELECT 'a'::{} . e",
            "SELECT * FROM {}.f()",
            "SELECT 'a'::{}.e",
            "SELECT NULL::{}.e[]",
            "SELECT to_tsvector('{}.c', 'a')",
            "SELECT to_tsvector(E'{}.c', 'a')",
            "SELECT to_tsvector($${}.c$$, 'a')",
            "SELECT * FROM patients TABLESAMPLE {}.f(1)",
            "SELECT {}.t.a",
            "SELECT (NULL::{}.t).a",
            "SELECT 1 OPERATOR({}.+) 2",
            "SELECT 'a' COLLATE {}.c",
        ] {
            let closed = told(pool, &text.replace("{}", "shut")).await;
            let absent = told(pool, &text.replace("{}", "nope")).await;
            assert_eq!(closed.replace("shut", "nope"), absent, "{text}");
            assert!(absent.contains("is not there, or not for "), "{text}: {absent}");
        }
    }
    for (text, words) in [
        ("SELECT * FROM patiens", "\"patiens\" does not exist"),
        ("SELECT q.id FROM patients p", "\"q\""),
        ("SELECT missing(1)", "missing(integer) does not exist"),
    ] {
        let said = told(&pool, text).await;
        assert!(said.contains(words), "{text}: {said}");
    }
    pool.close().await;
    ground.end().await;
}

#[tokio::test]
async fn no_error_names_what_the_text_does_not() {
    let ground = Ground::new().await;
    ground.sql("CREATE TABLE public.twin (email text, password text); GRANT SELECT (email) ON public.twin TO {}_raw").await;
    ground
        .sql("CREATE VIEW public.broken AS SELECT id FROM public.notes; GRANT SELECT ON public.broken TO {}_raw")
        .await;
    let pool = ground.pool(&ground.raw, &ground.db.url()).await;
    for pool in [&pool, &pool.unchecked()] {
        for text in [
            "SELECT u.passwrd FROM users u",
            "SELECT passwrod FROM users",
            "SELECT u.* FROM users u GROUP BY u.id + 1",
            "SELECT 1 FROM (users u CROSS JOIN twin t) NATURAL JOIN users v",
            "SELECT * FROM users UNION SELECT id FROM users",
            "SELECT ROW(u.*) = ROW(p.*) FROM users u, patients p",
        ] {
            let said = told(pool, text).await;
            assert!(!said.contains("password"), "{text}: {said}");
        }
    }
    // What a view compares with, told by the planner, before anything runs.
    ground
        .sql(
            "CREATE VIEW public.planned AS SELECT id FROM public.patients WHERE id = 'kanari'::text::int; \
             GRANT SELECT ON public.planned TO {}_raw",
        )
        .await;
    for text in ["SELECT id FROM planned", "SELECT id FROM planned WHERE id = :id"] {
        let error = pool.verify(&Report::new(text)).await.map(drop).unwrap_err();
        assert!(matches!(&error, QueryError::Database { sqlstate, .. } if sqlstate == "22P02"), "{error:?}");
        assert!(!error.to_string().contains("kanari"), "{error}");
    }
    // The view's owner may not read what the view reads any more.
    let owner = format!(
        "CREATE ROLE {0}_owner; GRANT USAGE, CREATE ON SCHEMA public TO {0}_owner; ALTER VIEW public.broken OWNER TO {0}_owner",
        ground.db.app()
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(owner)).execute(&ground.db.admin()).await.unwrap();
    let error = pool.query(&Report::new("SELECT id FROM broken")).await.map(drop).unwrap_err();
    assert!(matches!(&error, QueryError::Database { sqlstate, .. } if sqlstate == "42501"), "{error:?}");
    assert!(!error.to_string().contains("notes"), "{error}");
    pool.close().await;
    ground.end().await;
}

#[tokio::test]
async fn a_refusal_of_a_type_says_what_to_do_instead() {
    let ground = Ground::new().await;
    for (text, words) in [
        ("SELECT 'patients'::regclass", "compare names as text"),
        ("SELECT NULL::pg_catalog.pg_type", "name the columns and their types"),
    ] {
        let hint = ground.check(&ground.raw, text).await.unwrap_err().hint().unwrap();
        assert!(hint.contains(words), "{text}: {hint}");
    }
    ground.end().await;
}

#[tokio::test]
async fn an_error_tells_no_value_that_a_view_hides() {
    let ground = Ground::new().await;
    ground
        .sql(
            "CREATE VIEW public.caster AS SELECT id, password::int AS number FROM public.users WHERE id > 0; \
             GRANT SELECT ON public.caster TO {}_raw",
        )
        .await;
    let pool = ground.pool(&ground.raw, &ground.db.url()).await.unchecked();
    let said = told(&pool, "SELECT number FROM caster").await;
    assert!(said.contains("a value is not of the form") && !said.contains("CANARY"), "{said}");
    pool.close().await;
    ground.end().await;
}

#[tokio::test]
async fn a_text_is_refused_for_the_reason_it_has() {
    let ground = Ground::new().await;
    let checked = ground.pool(&ground.raw, &ground.db.url()).await;
    for pool in [&checked, &checked.unchecked()] {
        for (text, words) in [
            ("WITH p AS (SELECT 1 AS a) SELECT * FROM p FULL JOIN p q ON p.a < q.a", "FULL JOIN"),
            ("SELECT ARRAY[]", "empty array"),
            ("SELECT 1; SELECT 2", "several statements"),
            ("SELECT 'x'::int", "\"x\""),
        ] {
            let said = told(pool, text).await;
            assert!(said.contains(words) && !said.contains("change data"), "{text}: {said}");
        }
    }
    let said = ground.said("SELECT 1; SELECT 2").await;
    assert!(said.contains("several statements"), "{said}");
    checked.close().await;
    ground.end().await;
}
