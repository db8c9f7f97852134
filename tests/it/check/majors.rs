//! What only later majors have: taken where it reads, refused where it does more.

use super::fixture::Ground;

/// The first major that has it, and the text.
const TAKEN: &[(u32, &str)] = &[
    (
        16,
        "SELECT JSON_ARRAY(1, name, NULL ABSENT ON NULL), JSON_OBJECT('id': id, 'name': name) FROM patients",
    ),
    (
        16,
        "SELECT JSON_ARRAYAGG(name ORDER BY id RETURNING jsonb), JSON_OBJECTAGG(id: name WITH UNIQUE KEYS) FROM patients",
    ),
    (
        16,
        "SELECT JSON_ARRAY(SELECT id FROM patients), '{}' IS JSON OBJECT, name IS JSON WITH UNIQUE KEYS FROM patients",
    ),
    (16, "SELECT any_value(name), 1_000_000, 0xFF FROM patients"),
    (17, "SELECT JSON(name), JSON_SCALAR(id), JSON_SERIALIZE(to_json(name) RETURNING bytea) FROM patients"),
    (
        17,
        "SELECT JSON_QUERY(j, '$.a' WITH WRAPPER), JSON_VALUE(j, '$.a' RETURNING int DEFAULT 0 ON EMPTY ERROR ON ERROR), JSON_EXISTS(j, '$.a ? (@ > $x)' PASSING 1 AS x) FROM (SELECT '{\"a\": 1}'::jsonb AS j) s",
    ),
    (
        17,
        "SELECT t.* FROM patients p, JSON_TABLE(to_jsonb(p.name), '$' COLUMNS (n FOR ORDINALITY, v text PATH '$', e boolean EXISTS PATH '$.a', q jsonb FORMAT JSON PATH '$')) t",
    ),
    (
        17,
        "SELECT * FROM JSON_TABLE('[{\"a\": 1, \"b\": [1, 2]}]', '$[*]' AS root PASSING 1 AS x COLUMNS (a int PATH '$.a' DEFAULT 7 ON EMPTY, NESTED PATH '$.b[*]' AS bs COLUMNS (b int PATH '$'), NESTED PATH '$.c[*]' AS cs COLUMNS (c int PATH '$'))) t",
    ),
    (17, "SELECT random(1, 10), to_bin(5), xmltext('<')"),
    (
        18,
        "SELECT uuidv7() IS NOT NULL, array_sort(ARRAY[2, 1]), casefold('A'), reverse('\\x01'::bytea), crc32('a')",
    ),
];

const REFUSED: &[(u32, &str)] = &[
    (
        15,
        "WITH m AS (MERGE INTO patients p USING (VALUES (1)) v(i) ON p.id = v.i WHEN MATCHED THEN DELETE) SELECT 1",
    ),
    (
        17,
        "MERGE INTO patients p USING (VALUES (1)) v(i) ON p.id = v.i WHEN MATCHED THEN DELETE RETURNING merge_action(), p.*",
    ),
    (
        17,
        "WITH m AS (MERGE INTO patients p USING (VALUES (1)) v(i) ON p.id = v.i WHEN NOT MATCHED BY SOURCE THEN DELETE RETURNING p.*) SELECT * FROM m",
    ),
    (18, "WITH u AS (UPDATE patients SET name = name RETURNING OLD.name, NEW.name) SELECT * FROM u"),
    (
        17,
        "SELECT * FROM JSON_TABLE((SELECT to_jsonb(password) FROM users LIMIT 1), '$' COLUMNS (v text PATH '$')) t",
    ),
    (17, "SELECT t.* FROM users u, JSON_TABLE(to_jsonb(u), '$' COLUMNS (p text PATH '$.password')) t"),
    (17, "SELECT JSON_VALUE(to_jsonb(u), '$.password') FROM users u"),
    (16, "SELECT JSON_OBJECT('p': u.password) FROM users u"),
    (16, "SELECT JSON_OBJECTAGG(id: password) FROM users"),
    (16, "SELECT JSON_ARRAY(SELECT value FROM local_system_secrets)"),
    (17, "SELECT JSON_VALUE('\"pg_class\"', '$' RETURNING regclass)"),
    (17, "SELECT * FROM JSON_TABLE('\"pg_class\"', '$' COLUMNS (v regclass PATH '$')) t"),
    (17, "SELECT JSON_QUERY('{}', '$' RETURNING pg_catalog.pg_class)"),
    (17, "SELECT JSON_EXISTS('{}', '$.a' PASSING pg_advisory_lock(7777)::text AS x)"),
    (17, "SELECT JSON_VALUE('{}', '$.a' DEFAULT pg_backend_pid() ON EMPTY)"),
    (
        17,
        "SELECT * FROM JSON_TABLE('{}', '$' COLUMNS (a int PATH '$.a' DEFAULT pg_backend_pid() ON EMPTY)) t",
    ),
    (17, "SELECT JSON_VALUE('{\"a\": 1}', '$.a' RETURNING guarded)"),
    (17, "SELECT * FROM JSON_TABLE('{\"a\": 1}', '$' COLUMNS (a guarded PATH '$.a')) t"),
    (18, "SELECT hash FROM lazy"),
    (18, "SELECT uuid_extract_timestamp(uuidv7()), pg_get_acl(1259, 1, 0)"),
];

#[tokio::test]
async fn what_a_major_brings_is_taken_and_refused_like_all_else() {
    let ground = Ground::new().await;
    let major: i32 = sqlx::query_scalar("SELECT current_setting('server_version_num')::int / 10000")
        .fetch_one(&ground.db.core())
        .await
        .unwrap();
    let here = |since: &u32| *since <= u32::try_from(major).unwrap();
    ground
        .sql(
            "CREATE FUNCTION public.tattle(int) RETURNS boolean LANGUAGE plpgsql AS 'BEGIN RETURN true; END'; \
             CREATE DOMAIN public.guarded AS int CHECK (public.tattle(VALUE))",
        )
        .await;
    let mut raw = ground.raw.clone();
    if here(&18) {
        ground
            .sql("CREATE TABLE public.lazy (password text, hash text GENERATED ALWAYS AS (md5(password)) VIRTUAL)")
            .await;
        raw.deny.push(rolewright_core::pattern::Deny::parse("public.lazy.password").unwrap());
    }
    for (_, text) in TAKEN.iter().filter(|(since, _)| here(since)) {
        let checked = ground.check(&raw, text).await.unwrap_or_else(|error| panic!("{text}: {error}"));
        assert!(checked.guard.lasts() && !checked.columns.is_empty(), "{text}");
    }
    // All of these are known to the server, so that it is the check that refuses them.
    for (_, text) in REFUSED.iter().filter(|(since, _)| here(since)) {
        let error = ground.check(&raw, text).await.expect_err(text);
        assert!(matches!(error, rolewright_sessions::QueryError::Refused(_)), "{text}: {error:?}");
    }
    ground.end().await;
}
