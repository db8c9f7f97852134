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
        nested(18, "json_array(", "1", " FORMAT JSON RETURNING text)"),
        nested(18, "((", "id", ")::int + id BETWEEN 0 AND 1)") + " FROM patients",
        nested(4, "row((array[", "row(1)::patients", "])[1].*)::patients"),
        format!("SELECT 1 FROM patients WHERE ({}) IN ({ids})", vec!["id"; 400].join("+")),
        nested(18, "true between symmetric false and (", "true", ")"),
        nested(
            14,
            "(SELECT (percentile_cont(",
            "0.5",
            ") within group (order by id) between 0 and 1)::int FROM patients)",
        ),
        nested(6, "(row(1, row(", "1", ")::patients)::held).home.*"),
        nested(18, "json_value(", "'1'", ", '$')"),
        format!(
            "SELECT 1 FROM patients WHERE (array[{}]) IN ({})",
            vec!["id"; 400].join(","),
            vec!["'{}'"; 400].join(",")
        ),
    ] {
        let said = ground.said(&text).await;
        assert!(said.contains("copy it, and at most"), "{said}");
    }
    let stars = format!("SELECT {} FROM patients", vec!["*"; 251].join(","));
    assert!(ground.said(&stars).await.contains("a star in place of columns, and at most"));
    let names = format!("SELECT {} FROM patients p{}", vec!["id"; 6_000].join("+"), ", patients".repeat(90));
    assert!(
        ground
            .said(&names)
            .await
            .contains("a name for each that is read, and for each query around it, and at most")
    );
    let levels = format!(
        "WITH a AS (SELECT 1) SELECT {}(SELECT array[{}] IS NULL FROM a LIMIT 0){} FROM (SELECT 1 AS zz) z",
        "(SELECT ".repeat(200),
        vec!["zz"; 6_000].join(","),
        " FROM a LIMIT 0)".repeat(200)
    );
    assert!(
        ground
            .said(&levels)
            .await
            .contains("a name for each that is read, and for each query around it, and at most")
    );
    let windows: Vec<String> = (0..251).map(|n| format!("count(*) OVER (ORDER BY id + {n})")).collect();
    let windows = format!("SELECT {} FROM patients", windows.join(" + "));
    assert!(ground.said(&windows).await.contains("a window, and at most"));
    let sets = |levels: usize| nested(levels, "generate_series(1, ", "1", ")") + " FROM patients";
    assert_eq!(ground.said(&sets(21)).await, "the planner would copy parts of this query too often");
    assert_eq!(ground.said(&sets(5)).await, "taken");
    let numbers = (0..6_000).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    let windows: Vec<String> = (0..200).map(|n| format!("w{n} AS (w)")).collect();
    let windows =
        format!("SELECT 1 FROM patients WINDOW w AS (PARTITION BY {numbers}), {}", windows.join(", "));
    assert!(ground.said(&windows).await.contains("a part of a window, as often as others may begin with it"));
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
    let rows = |levels: usize| {
        let core = "SELECT id AS r, id AS q FROM patients";
        format!(
            "SELECT count(*) FROM ({}{core}{}) s WHERE s IS NULL",
            "SELECT s AS r, s AS q FROM (".repeat(levels),
            ") s".repeat(levels)
        )
    };
    let stacked = |levels: usize| {
        let core = "SELECT id AS x FROM patients";
        format!(
            "{}{core}{}",
            "SELECT x + x AS x FROM ((".repeat(levels),
            ") UNION ALL SELECT id FROM patients) s".repeat(levels)
        )
    };
    let values = |levels: usize| {
        let all: Vec<String> =
            (1..=levels).map(|n| format!("LATERAL (VALUES (x{0} + x{0})) v{n}(x{n})", n - 1)).collect();
        format!("SELECT x{levels} FROM (SELECT id AS x0 FROM patients) s, {}", all.join(", "))
    };
    let exist = |levels: usize| {
        let before: Vec<String> = (1..=levels)
            .map(|n| format!("EXISTS (SELECT 1 FROM patients u{n} WHERE u{n}.id = u{}.id AND (", n - 1))
            .collect();
        let after: Vec<String> = (1..=levels).rev().map(|n| format!(" OR u{n}.id IS NULL))")).collect();
        format!("SELECT {}true{} FROM patients u0", before.concat(), after.concat())
    };
    let least = |count: usize| {
        let all: Vec<String> = (0..count).map(|n| format!("min({n})")).collect();
        format!("SELECT {} FROM patients", all.join(" + "))
    };
    let leaves = |count: usize, conditions: usize| {
        let union = vec!["SELECT id AS x FROM patients"; count].join(" UNION ALL ");
        let all: Vec<String> = (0..conditions).map(|n| format!("x = {n} + x")).collect();
        format!("SELECT 1 FROM ({union}) s WHERE {}", all.join(" OR "))
    };
    for text in [rows(18), stacked(18), values(18), exist(14), least(1_000), leaves(200, 800)] {
        assert_eq!(
            ground.said(&text).await,
            "the planner would copy parts of this query too often",
            "{text}"
        );
    }
    for text in [rows(6), stacked(6), values(6), exist(5), least(20), leaves(20, 50)] {
        assert_eq!(ground.said(&text).await, "taken", "{text}");
    }
    let deep = format!("{}SELECT id AS x FROM patients{}", "SELECT x FROM (".repeat(200), ") s".repeat(200));
    assert_eq!(ground.said(&deep).await, "taken");
    // A function of the application's may use its parameter more than once, and be put in its own place.
    ground.sql("CREATE FUNCTION public.nhi_ok(a int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT CASE WHEN a IS NULL THEN 0 ELSE a END'; GRANT EXECUTE ON FUNCTION public.nhi_ok(int) TO {}_raw").await;
    assert_eq!(ground.said(&nested_calls(16)).await, "the planner would copy parts of this query too often");
    assert_eq!(ground.said(&nested_calls(6)).await, "taken");
    // What is not merged is not copied.
    let steps = |levels: usize, how: &str, step: &str| {
        let one = |n: usize| format!("s{n} AS {how} ({})", step.replace("{}", &format!("s{}", n - 1)));
        let all: Vec<String> = (1..=levels).map(one).collect();
        format!("WITH s0 AS (SELECT id, id AS x FROM patients), {} SELECT * FROM s{levels}", all.join(", "))
    };
    let cases = "SELECT id, CASE WHEN x > 10 THEN x - 10 WHEN x < 0 THEN 0 ELSE x * 2 END AS x FROM {}";
    let sums = "SELECT id, sum(x) - lag(sum(x)) OVER (ORDER BY id) + max(x) AS x FROM {} GROUP BY id";
    let joined = "SELECT a.id, a.x + coalesce(b.x, 0) AS x FROM {} a LEFT JOIN {} b ON b.id = a.id - 1";
    for text in
        [steps(20, "MATERIALIZED", cases), steps(5, "", cases), steps(12, "", sums), steps(14, "", joined)]
    {
        assert_eq!(ground.said(&text).await, "taken", "{text}");
    }
    // A condition on a partitioned table becomes one on each partition.
    ground
        .sql(
            "CREATE TABLE public.parts (y int) PARTITION BY LIST (y); GRANT SELECT ON public.parts TO {}_raw; \
             DO $$ BEGIN FOR n IN 1..50 LOOP EXECUTE format('CREATE TABLE public.parts_%s PARTITION OF public.parts FOR VALUES IN (%s)', n, n); \
             EXECUTE format('GRANT SELECT ON public.parts_%s TO {}_raw', n); END LOOP; END $$",
        )
        .await;
    let parts = |conditions: usize| {
        let all: Vec<String> = (0..conditions).map(|n| format!("y = {n} + y")).collect();
        format!("SELECT 1 FROM public.parts WHERE {}", all.join(" OR "))
    };
    assert_eq!(ground.said(&parts(4_000)).await, "the planner would copy parts of this query too often");
    assert_eq!(ground.said(&parts(400)).await, "taken");
    for text in [doubled(20), with(14, "NOT MATERIALIZED"), squared(20)] {
        assert_eq!(
            ground.said(&text).await,
            "the planner would copy parts of this query too often",
            "{text}"
        );
    }
    for text in
        [doubled(10), with(6, "NOT MATERIALIZED"), with(14, ""), with(14, "MATERIALIZED"), squared(10)]
    {
        assert_eq!(ground.said(&text).await, "taken", "{text}");
    }
    ground.end().await;
}

fn nested_calls(levels: usize) -> String {
    format!("SELECT {}id{} FROM patients", "public.nhi_ok(".repeat(levels), ")".repeat(levels))
}
