//! A report was verified, and then the database is changed under it: it is verified again, and either runs or says why not.

use rolewright_core::Advice;
use rolewright_sessions::{QueryError, Report};

use super::fixture::Ground;

#[tokio::test]
async fn what_goes_between_verification_and_run_is_told() {
    let ground = Ground::new().await;
    let pool = ground.pool(&ground.raw, &ground.db.url()).await;
    let report = Report::new("SELECT a, b FROM v ORDER BY a");
    for (ddl, words) in [
        ("DROP TABLE public.v", "\"v\" does not exist"),
        ("ALTER TABLE public.v RENAME TO w; DROP TABLE public.w", "\"v\" does not exist"),
        ("ALTER TABLE public.v DROP COLUMN b", "\"b\" does not exist"),
        ("REVOKE SELECT ON public.v FROM {}_raw", "permission denied for table v"),
        (
            "REVOKE SELECT ON public.v FROM {}_raw; GRANT SELECT (a) ON public.v TO {}_raw",
            "permission denied for table v",
        ),
        (
            "DROP TABLE public.v; CREATE VIEW public.v AS SELECT id AS a, password AS b FROM public.users",
            "public.v shows",
        ),
    ] {
        ground
            .sql("CREATE TABLE public.v (a int, b text); INSERT INTO public.v VALUES (1, 'x'); GRANT SELECT ON public.v TO {}_raw")
            .await;
        // Verified alone, and verified and run: the second is remembered with its cursor's plan on a session.
        for runs in [false, true] {
            pool.verify(&report).await.unwrap();
            if runs {
                assert_eq!(pool.query(&report).await.unwrap().collect().await.unwrap().len(), 1);
            }
        }
        ground.sql(ddl).await;
        for _ in 0..2 {
            let error = pool.query(&report).await.map(drop).unwrap_err();
            assert!(error.to_string().contains(words), "{ddl}: {error}");
            assert!(
                matches!(error, QueryError::Database { .. } | QueryError::Refused(_)),
                "{ddl}: {error:?}"
            );
            assert!(error.hint().is_some(), "{ddl}");
        }
        let drop = "DO $$ BEGIN EXECUTE (SELECT format('DROP %s public.v', CASE relkind WHEN 'v' THEN 'VIEW' ELSE 'TABLE' END) \
                    FROM pg_class WHERE oid = to_regclass('public.v')); EXCEPTION WHEN null_value_not_allowed THEN END $$";
        ground.sql(drop).await;
    }
    // What goes on to mean the same, or the same otherwise, goes on to run.
    ground.sql("CREATE TABLE public.v (a int, b text); INSERT INTO public.v VALUES (1, 'x'); GRANT SELECT ON public.v TO {}_raw").await;
    for (ddl, types) in [
        ("ALTER TABLE public.v ADD COLUMN c int", ["integer", "text"]),
        ("ALTER TABLE public.v ALTER a TYPE numeric", ["numeric", "text"]),
        ("ALTER TABLE public.v DROP COLUMN b; ALTER TABLE public.v ADD COLUMN b date", ["numeric", "date"]),
    ] {
        pool.verify(&report).await.unwrap();
        ground.sql(ddl).await;
        let mut rows = pool.query(&report).await.unwrap();
        let told: Vec<&str> = rows.columns().iter().map(|column| column.type_name.as_str()).collect();
        assert_eq!(told, types, "{ddl}");
        assert_eq!(rows.collect().await.unwrap().len(), 1);
    }
    pool.close().await;
    ground.end().await;
}

#[tokio::test]
async fn columns_that_come_of_a_type_are_told_as_they_are() {
    let ground = Ground::new().await;
    let pool = ground.pool(&ground.raw, &ground.db.url()).await;
    ground
        .sql(
            "CREATE TYPE public.inner_pair AS (a int); CREATE TYPE public.pair AS (i public.inner_pair, b int); \
             CREATE DOMAIN public.some_pair AS public.pair; CREATE DOMAIN public.that_pair AS public.some_pair; \
             CREATE TABLE public.paired (p public.pair, ps public.pair[], d public.that_pair); INSERT INTO public.paired VALUES (ROW(ROW(1), 2), ARRAY[ROW(ROW(1), 2)::public.pair], ROW(ROW(1), 2)); \
             CREATE VIEW public.over_paired AS SELECT p FROM public.paired; GRANT SELECT ON public.paired, public.over_paired TO {}_raw",
        )
        .await;
    for (number, text) in [
        "SELECT (p).* FROM paired",
        "SELECT (ps[1]).* FROM paired",
        "SELECT (d).* FROM paired",
        "SELECT (v.p).* FROM over_paired v",
        "SELECT ((p).i).* FROM paired",
        "SELECT (x.p).* FROM (SELECT p FROM paired OFFSET 0) x",
        "SELECT u.* FROM paired, unnest(ps) u",
    ]
    .into_iter()
    .enumerate()
    {
        let report = Report::new(text);
        let before = pool.query(&report).await.unwrap().columns().len();
        ground
            .sql(&format!(
                "ALTER TYPE public.inner_pair ADD ATTRIBUTE c{number} int; ALTER TYPE public.pair ADD ATTRIBUTE d{number} int; \
                 ALTER TYPE public.pair RENAME ATTRIBUTE b TO b{number}"
            ))
            .await;
        let mut rows = pool.query(&report).await.unwrap();
        let names: Vec<String> = rows.columns().iter().map(|column| column.name.clone()).collect();
        let got = rows.collect().await.unwrap();
        assert_eq!(got[0].len(), names.len(), "{text}");
        assert_eq!(names.len(), before + 1, "{text}: {names:?}");
        ground.sql(&format!("ALTER TYPE public.pair RENAME ATTRIBUTE b{number} TO b")).await;
    }
    pool.close().await;
    ground.end().await;
}
