//! A remembered verdict holds until what it rests on changes.

use rolewright_core::{Ident, pattern::Read};

use super::fixture::Ground;

#[tokio::test]
async fn ddl_that_could_change_the_meaning_ends_a_verdict() {
    let ground = Ground::new().await;
    ground.sql("CREATE VIEW public.names AS SELECT id, name FROM public.patients").await;
    for ddl in [
        "CREATE OR REPLACE VIEW public.names AS SELECT id, name FROM public.patients WHERE id > 1",
        "CREATE TABLE reporting.names (id int)",
        "ALTER TABLE public.patients RENAME COLUMN nhi TO code",
        "CREATE FUNCTION public.upper(varchar) RETURNS text LANGUAGE sql AS 'SELECT $1'",
        "CREATE OPERATOR public.= (LEFTARG = int, RIGHTARG = bigint, FUNCTION = int48eq)",
        "CREATE OR REPLACE FUNCTION public.nhi_ok(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true'",
        "DROP VIEW public.names; CREATE VIEW public.names AS SELECT id, name FROM public.patients",
    ] {
        let text = "SELECT upper(name) FROM names WHERE id = 1 AND public.nhi_ok(name)";
        let guard = ground.check(&ground.raw, text).await.unwrap().guard;
        assert!(ground.checker.still_holds(&guard).await.unwrap(), "before {ddl}");
        ground.sql("CREATE TABLE IF NOT EXISTS public.unrelated (a int); DROP TABLE public.unrelated").await;
        assert!(ground.checker.still_holds(&guard).await.unwrap(), "unrelated");
        ground.sql(ddl).await;
        assert!(!ground.checker.still_holds(&guard).await.unwrap(), "after {ddl}");
        ground.sql("DROP FUNCTION IF EXISTS public.upper(varchar)").await;
    }
    // What a value is made of, and where a name is looked up first.
    ground
        .sql(
            "CREATE TYPE public.pair AS (a int, b int); CREATE SCHEMA early; CREATE TABLE early.patients (id int, name text); \
             GRANT USAGE ON SCHEMA early TO {}_checker; CREATE ROLE {}_group; GRANT USAGE ON SCHEMA early TO {}_group",
        )
        .await;
    let path = ["early", "public"].map(|name| Ident::new(name).unwrap());
    for (ddl, text) in [
        ("ALTER TYPE public.pair ADD ATTRIBUTE c int", "SELECT (NULL::pair).a"),
        ("ALTER TYPE public.pair RENAME ATTRIBUTE a TO d", "SELECT NULL::pair"),
        ("GRANT USAGE ON SCHEMA early TO {}_raw", "SELECT id FROM patients"),
        ("REVOKE USAGE ON SCHEMA early FROM {}_raw", "SELECT id FROM patients"),
        ("ALTER ROLE {}_raw INHERIT; GRANT {}_group TO {}_raw", "SELECT id FROM patients"),
        ("REVOKE {}_group FROM {}_raw", "SELECT id FROM patients"),
        ("GRANT USAGE ON SCHEMA early TO PUBLIC", "SELECT id FROM patients"),
    ] {
        let mut policy = ground.raw.clone();
        policy.read.push(Read::parse("early").unwrap());
        let guard = ground.checker.check_text(text, &[], &path, &policy).await.unwrap().guard;
        assert!(ground.checker.still_holds(&guard).await.unwrap(), "before {ddl}");
        ground.sql(ddl).await;
        assert!(!ground.checker.still_holds(&guard).await.unwrap(), "after {ddl}");
    }
    // A reserved word is a name after a dot; an operator may move; a schema that the text does not name may be called otherwise.
    ground
        .sql(
            "CREATE FUNCTION public.\"end\"(bigint) RETURNS bigint LANGUAGE sql IMMUTABLE AS 'SELECT $1'; \
             CREATE SCHEMA hidden; CREATE OPERATOR hidden.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq); \
             CREATE VIEW public.early_names AS SELECT name FROM early.patients",
        )
        .await;
    for (ddl, text) in [
        (
            "CREATE FUNCTION public.\"end\"(int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1'",
            "SELECT public.end(5)",
        ),
        ("ALTER OPERATOR hidden.=== (int, int) SET SCHEMA public", "SELECT id FROM patients"),
        ("ALTER SCHEMA early RENAME TO later", "SELECT name FROM public.early_names"),
    ] {
        let mut policy = ground.raw.clone();
        policy.read.push(Read::parse("early").unwrap());
        policy.functions.push(Read::parse("public.end").unwrap());
        let guard = ground.checker.check_text(text, &[], &path, &policy).await.unwrap().guard;
        assert!(ground.checker.still_holds(&guard).await.unwrap(), "before {ddl}");
        ground.sql(ddl).await;
        assert!(!ground.checker.still_holds(&guard).await.unwrap(), "after {ddl}");
    }
    // What a policy asks.
    for ddl in [
        "CREATE POLICY few ON public.patients USING (id < 5)",
        "ALTER POLICY few ON public.patients USING (id < (SELECT 6))",
        "DROP POLICY few ON public.patients",
    ] {
        let guard = ground.check(&ground.raw, "SELECT id FROM patients").await.unwrap().guard;
        assert!(ground.checker.still_holds(&guard).await.unwrap(), "before {ddl}");
        ground.sql(ddl).await;
        assert!(!ground.checker.still_holds(&guard).await.unwrap(), "after {ddl}");
    }
    let unsure = ground.check(&ground.raw, "SELECT U&\"\\006Eame\" FROM patients").await.unwrap();
    assert!(!unsure.guard.lasts() && ground.checker.still_holds(&unsure.guard).await.unwrap());
    ground.end().await;
}

#[tokio::test]
async fn a_long_name_is_cut_as_the_server_cuts_it() {
    let ground = Ground::new().await;
    let long = "é".repeat(40);
    ground.sql(&format!("CREATE TABLE public.\"{long}\" (id int)")).await;
    let guard =
        ground.check(&ground.raw, &format!("SELECT 1 AS \"{long}\" FROM patients")).await.unwrap().guard;
    assert!(guard.lasts() && ground.checker.still_holds(&guard).await.unwrap());
    ground.sql(&format!("CREATE TABLE reporting.\"{long}\" (id int)")).await;
    assert!(!ground.checker.still_holds(&guard).await.unwrap());
    ground.end().await;
}
