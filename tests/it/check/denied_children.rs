//! Partitions and children of denied tables, and of tables with denied columns: no report reads what they have of these, by whatever way.

use rolewright_core::pattern::{Deny, Read};
use rolewright_sessions::Policy;

use super::fixture::Ground;

/// Everything is granted, so that the check alone refuses.
const MAKE: &str = "CREATE TABLE public.sec (id int, who text) PARTITION BY LIST (id);
    CREATE TABLE public.part_a PARTITION OF public.sec FOR VALUES IN (1) PARTITION BY LIST (id);
    CREATE TABLE public.part_a_1 PARTITION OF public.part_a FOR VALUES IN (1);
    CREATE TABLE public.open (id int, note text); CREATE TABLE public.shut (id int, secret text);
    CREATE TABLE public.two () INHERITS (public.open, public.shut);
    CREATE TABLE public.vis (id int, pw text); CREATE TABLE public.vis_a (own int) INHERITS (public.vis);
    CREATE TABLE public.vis_b (big text GENERATED ALWAYS AS (upper(pw)) STORED) INHERITS (public.vis_a);
    CREATE SCHEMA apart; CREATE TABLE apart.far (id int); CREATE TABLE public.near () INHERITS (apart.far);
    CREATE VIEW public.of_part AS SELECT id FROM public.part_a_1;
    CREATE VIEW public.of_pw AS SELECT id, pw FROM public.vis_b; CREATE VIEW public.of_big AS SELECT id, big FROM public.vis_b;
    CREATE VIEW public.of_vis AS SELECT id, own FROM public.vis_b;
    CREATE VIEW public.outer_view AS SELECT id FROM public.of_part;
    GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}_raw";
const DENY: [&str; 4] = ["public.sec", "public.shut", "public.vis.pw", "apart.*"];

fn denying(ground: &Ground) -> Policy {
    let mut policy = ground.raw.clone();
    policy.deny.extend(DENY.iter().map(|text| Deny::parse(text).unwrap()));
    policy
}

async fn said(ground: &Ground, policy: &Policy, text: &str) -> String {
    match ground.check(policy, text).await {
        Ok(_) => "taken".to_owned(),
        Err(error) => error.to_string(),
    }
}

#[tokio::test]
async fn what_is_denied_of_a_table_is_denied_of_what_has_its_rows() {
    let ground = Ground::new().await;
    ground.sql(MAKE).await;
    let mut policy = denying(&ground);
    // Not even by its full name, for `deny` wins.
    policy.read.push(Read::parse("public.part_a_1").unwrap());
    for text in [
        "SELECT id, own FROM vis_a",
        "SELECT id, own FROM vis_b",
        "SELECT id FROM vis",
        "SELECT * FROM of_vis",
        "SELECT * FROM ONLY open",
    ] {
        assert_eq!(said(&ground, &policy, text).await, "taken", "{text}");
    }
    for (text, words) in [
        ("SELECT * FROM part_a", "public.part_a (a partition or child of public.sec) is denied"),
        ("SELECT id FROM part_a_1", "public.part_a_1 (a partition or child of public.sec) is denied"),
        ("SELECT count(*) FROM two", "public.two (a partition or child of public.shut) is denied"),
        ("SELECT * FROM open", "rows of public.two (a partition or child of public.shut), which is denied"),
        ("SELECT pw FROM vis_a", "public.vis_a (pw, as of public.vis) is denied"),
        ("SELECT * FROM vis_b", "public.vis_b (pw, as of public.vis, big, computed from pw) is denied"),
        ("SELECT b FROM vis_b b", "public.vis_b (pw, as of public.vis"),
        ("SELECT big FROM vis_b", "public.vis_b (big, computed from pw) is denied"),
        ("SELECT id FROM vis_a WHERE pw = 'x'", "public.vis_a (pw, as of public.vis) is denied"),
        ("SELECT id FROM near", "public.near (a partition or child of what is denied) is denied"),
        (
            "SELECT * FROM of_part",
            "public.of_part shows public.part_a_1 (a partition or child of public.sec)",
        ),
        ("SELECT * FROM outer_view", "public.part_a_1 (a partition or child of public.sec), which is denied"),
        ("SELECT pw FROM of_pw", "public.of_pw shows public.vis_b (pw, as of public.vis)"),
        ("SELECT big FROM of_big", "public.of_big shows public.vis_b (big, computed from pw)"),
        ("SELECT (SELECT max(id) FROM part_a_1) FROM patients", "is denied"),
    ] {
        let said = said(&ground, &policy, text).await;
        assert!(said.contains(words), "{text}: {said}");
        assert_eq!(ground.said(text).await, "taken", "{text}");
    }
    ground.end().await;
}

#[tokio::test]
async fn a_verdict_ends_when_a_denied_parent_comes() {
    let ground = Ground::new().await;
    ground.sql(MAKE).await;
    ground
        .sql(
            "CREATE TABLE public.lone (id int, who text); CREATE TABLE public.named (id int); CREATE TABLE public.heir () INHERITS (public.named); \
             CREATE SCHEMA calm; CREATE TABLE calm.top (id int); CREATE TABLE public.calmed () INHERITS (calm.top); \
             CREATE TABLE public.cols (id int, note text); CREATE TABLE public.cols_1 () INHERITS (public.cols); \
             GRANT SELECT ON ALL TABLES IN SCHEMA public TO {}_raw",
        )
        .await;
    let mut policy = denying(&ground);
    policy.deny.push(Deny::parse("public.cols.pin").unwrap());
    policy.deny.push(Deny::parse("public.closed").unwrap());
    for (ddl, text) in [
        ("ALTER TABLE public.part_a ATTACH PARTITION public.lone DEFAULT", "SELECT id FROM lone"),
        ("ALTER TABLE public.named RENAME TO closed", "SELECT id FROM heir"),
        ("DROP SCHEMA apart CASCADE; ALTER SCHEMA calm RENAME TO apart", "SELECT id FROM calmed"),
        ("ALTER TABLE public.cols RENAME COLUMN note TO pin", "SELECT * FROM cols_1"),
    ] {
        let guard = ground.check(&policy, text).await.unwrap().guard;
        assert!(ground.checker.still_holds(&guard).await.unwrap(), "before {ddl}");
        ground.sql(ddl).await;
        assert!(!ground.checker.still_holds(&guard).await.unwrap(), "after {ddl}");
        let said = said(&ground, &policy, text).await;
        assert!(said.contains("denied"), "{text}: {said}");
    }
    ground.sql("ALTER TABLE public.part_a DETACH PARTITION public.lone").await;
    assert_eq!(said(&ground, &policy, "SELECT id FROM lone").await, "taken");
    ground.end().await;
}
