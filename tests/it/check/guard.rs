//! A remembered verdict holds until what it rests on changes.

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
        let guard = ground.check(&ground.raw, text).await.unwrap().guard.unwrap();
        assert!(ground.checker.still_holds(&guard).await.unwrap(), "before {ddl}");
        ground.sql("CREATE TABLE IF NOT EXISTS public.unrelated (a int); DROP TABLE public.unrelated").await;
        assert!(ground.checker.still_holds(&guard).await.unwrap(), "unrelated");
        ground.sql(ddl).await;
        assert!(!ground.checker.still_holds(&guard).await.unwrap(), "after {ddl}");
        ground.sql("DROP FUNCTION IF EXISTS public.upper(varchar)").await;
    }
    let unsure = ground.check(&ground.raw, "SELECT U&\"\\006Eame\" FROM patients").await.unwrap();
    assert_eq!(unsure.guard, None);
    ground.end().await;
}
