//! Texts that the server would copy within itself, in its parser or its planner, until there is no memory left.

use super::fixture::Ground;

#[tokio::test]
async fn what_is_copied_within_itself_is_refused_before_it_is() {
    let ground = Ground::new().await;
    let nested = |levels: usize, before: &str, core: &str, after: &str| {
        format!("SELECT {}{core}{}", before.repeat(levels), after.repeat(levels))
    };
    let ids = vec!["id"; 400].join(",");
    for text in [
        nested(20, "(", "true", " BETWEEN false AND true)"),
        nested(10, "row((", "row(1, 2)", ").*, 1)"),
        nested(18, "json_array(SELECT ", "1", ")"),
        format!("SELECT 1 FROM patients WHERE ({}) IN ({ids})", vec!["id"; 400].join("+")),
    ] {
        let said = ground.said(&text).await;
        assert!(said.contains("copy it, and at most"), "{said}");
    }
    let read = format!("SELECT 1 FROM patients{}", ", patients".repeat(101));
    assert!(ground.said(&read).await.contains("a comma in FROM, and at most"));
    for text in
        [nested(8, "(", "true", " BETWEEN false AND true)"), nested(4, "row((", "row(1, 2)", ").*, 1)")]
    {
        assert_eq!(ground.said(&text).await, "taken");
    }
    ground.end().await;
}

#[tokio::test]
async fn what_the_planner_would_copy_is_refused_before_it_does() {
    let ground = Ground::new().await;
    let doubled = |levels: usize| {
        let core = "SELECT id AS x FROM patients";
        format!("{}{core}{}", "SELECT x + x AS x FROM (".repeat(levels), ") s".repeat(levels))
    };
    let with = |levels: usize, how: &str| {
        let one = |n: usize| format!("c{n} AS {how} (SELECT a.x FROM c{0} a, c{0} b)", n - 1);
        let all: Vec<String> = (1..=levels).map(one).collect();
        format!(
            "WITH c0 AS {how} (SELECT 1 AS x FROM patients), {} SELECT count(*) FROM c{levels} WHERE false",
            all.join(", ")
        )
    };
    let squared = |levels: usize| {
        let all: Vec<String> =
            (1..=levels).map(|n| format!("c{n} AS (SELECT x * x AS x FROM c{})", n - 1)).collect();
        format!("WITH c0 AS (SELECT id AS x FROM patients), {} SELECT x FROM c{levels}", all.join(", "))
    };
    for text in [doubled(20), with(14, "NOT MATERIALIZED"), squared(20)] {
        assert_eq!(ground.said(&text).await, "the query is too large to be checked", "{text}");
    }
    for text in
        [doubled(10), with(6, "NOT MATERIALIZED"), with(14, ""), with(14, "MATERIALIZED"), squared(10)]
    {
        assert_eq!(ground.said(&text).await, "taken", "{text}");
    }
    ground.end().await;
}
