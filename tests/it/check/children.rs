//! Partitions and children of tables with row level security: a report reads the parent, and one that names a child is refused.

use rolewright_core::pattern::Read;

use super::fixture::Ground;

const MAKE: &str =
    "CREATE TABLE public.inh (id int, who text); CREATE TABLE public.inh1 () INHERITS (public.inh);
    CREATE TABLE public.inh2 () INHERITS (public.inh1); CREATE TABLE public.own () INHERITS (public.inh);
    CREATE TABLE public.parts (id int, who text) PARTITION BY LIST (id);
    CREATE TABLE public.parts_1 PARTITION OF public.parts FOR VALUES IN (1);
    CREATE VIEW public.of_child AS SELECT id FROM public.inh2;
    INSERT INTO public.inh2 VALUES (1, 'hidden'); INSERT INTO public.parts VALUES (1, 'hidden');
    ALTER TABLE public.own ENABLE ROW LEVEL SECURITY;
    GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}_raw";
const SECURE: &str = "ALTER TABLE public.inh ENABLE ROW LEVEL SECURITY; ALTER TABLE public.parts ENABLE ROW LEVEL SECURITY;
    CREATE POLICY own ON public.inh USING (who = current_user); CREATE POLICY own ON public.parts USING (who = current_user)";
const WORDS: &str =
    "shows rows that the row level security of the table that it is a partition or child of may hide";

#[tokio::test]
async fn the_parent_is_read_and_no_child_that_a_pattern_covers() {
    let ground = Ground::new().await;
    ground.sql(MAKE).await;
    for text in ["SELECT * FROM inh1", "SELECT * FROM inh2", "SELECT * FROM parts_1"] {
        assert_eq!(ground.said(text).await, "taken", "{text}");
    }
    ground.sql(SECURE).await;
    for text in [
        "SELECT * FROM inh",
        "SELECT count(*) FROM parts WHERE id = 1",
        "SELECT tableoid::regclass, id FROM parts",
        "SELECT * FROM ONLY inh",
        "SELECT * FROM own",
    ] {
        assert_eq!(ground.said(text).await, "taken", "{text}");
    }
    for text in [
        "SELECT * FROM inh1",
        "SELECT * FROM ONLY inh1",
        "SELECT id FROM inh2",
        "SELECT (SELECT max(id) FROM parts_1) FROM patients",
        "WITH x AS (TABLE inh2) SELECT count(*) FROM x, inh",
    ] {
        let said = ground.said(text).await;
        assert!(said.contains(WORDS), "{text}: {said}");
    }
    let mut named = ground.raw.clone();
    named.read.push(Read::parse("public.inh2").unwrap());
    ground.check(&named, "SELECT id FROM inh2").await.unwrap();
    ground.check(&named, "SELECT id FROM inh1").await.unwrap_err();
    if ground.version().await >= 150_000 {
        ground.sql("ALTER VIEW public.of_child SET (security_invoker)").await;
        let said = ground.said("SELECT id FROM of_child").await;
        assert!(said.contains(WORDS), "{said}");
    }
    ground.end().await;
}

#[tokio::test]
async fn a_verdict_ends_when_a_parent_hides_rows() {
    let ground = Ground::new().await;
    ground.sql(MAKE).await;
    ground.sql("CREATE TABLE public.above (id int, who text); ALTER TABLE public.above ENABLE ROW LEVEL SECURITY").await;
    for (ddl, text) in [
        ("ALTER TABLE public.inh ENABLE ROW LEVEL SECURITY", "SELECT id FROM inh2"),
        (
            "ALTER TABLE public.inh DISABLE ROW LEVEL SECURITY; ALTER TABLE public.inh INHERIT public.above",
            "SELECT id FROM own",
        ),
        ("ALTER TABLE public.parts ENABLE ROW LEVEL SECURITY", "SELECT id FROM parts_1"),
    ] {
        let guard = ground.check(&ground.raw, text).await.unwrap().guard;
        assert!(ground.checker.still_holds(&guard).await.unwrap(), "before {ddl}");
        ground.sql(ddl).await;
        assert!(!ground.checker.still_holds(&guard).await.unwrap(), "after {ddl}");
    }
    assert!(ground.said("SELECT id FROM inh2").await.contains(WORDS), "above its parent's parent");
    ground.end().await;
}
