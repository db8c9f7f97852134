//! Texts that the planner would copy for each partition of what they read, for each view, and for each min and max.

use super::fixture::Ground;

const REFUSED: &str = "the planner would copy parts of this query too often";

/// A table with 400 partitions, a wide one with 1,000, and views of them.
async fn ground() -> Ground {
    let ground = Ground::new().await;
    ground.sql("CREATE TABLE public.parts (x int, y int) PARTITION BY LIST (y)").await;
    let columns: Vec<String> = (0..28).map(|n| format!("c{n} int")).collect();
    ground
        .sql(&format!(
            "CREATE TABLE public.wide (x int, y int, {}) PARTITION BY LIST (y)",
            columns.join(", ")
        ))
        .await;
    for (table, from, to) in
        [("parts", 1, 400), ("wide", 1, 250), ("wide", 251, 500), ("wide", 501, 750), ("wide", 751, 1_000)]
    {
        ground
            .sql(&format!(
                "DO $$ BEGIN FOR n IN {from}..{to} LOOP EXECUTE format('CREATE TABLE public.{table}_%s PARTITION OF public.{table} \
                 FOR VALUES IN (%s)', n, n); END LOOP; END $$"
            ))
            .await;
    }
    let cases: Vec<String> = (0..20).map(|n| format!("WHEN x = {n} THEN {n} + x")).collect();
    let ids: Vec<String> = (0..40).map(|n| format!("id AS i{n}")).collect();
    for (name, query) in [
        ("vparts", "SELECT * FROM public.parts".to_owned()),
        ("vvparts", "SELECT * FROM public.vparts".to_owned()),
        ("vwide", "SELECT * FROM public.wide".to_owned()),
        ("vleaves", vec!["SELECT id FROM public.patients"; 100].join(" UNION ALL ")),
        ("vcase", format!("SELECT CASE {} END AS band FROM public.parts", cases.join(" "))),
        ("vids", format!("SELECT {} FROM public.patients", ids.join(", "))),
    ] {
        ground.sql(&format!("CREATE VIEW public.{name} AS {query}")).await;
    }
    for name in ["parts", "wide", "vparts", "vvparts", "vwide", "vleaves", "vcase", "vids"] {
        ground.sql(&format!("GRANT SELECT ON public.{name} TO {{}}_raw")).await;
    }
    ground
        .sql(
            "CREATE FUNCTION public.nhi_ok(a int) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT CASE WHEN a IS NULL THEN 0 ELSE a END'; \
             GRANT EXECUTE ON FUNCTION public.nhi_ok(int) TO {}_raw",
        )
        .await;
    ground
}

fn listed(count: usize, by: &str, one: impl Fn(usize) -> String) -> String {
    (0..count).map(one).collect::<Vec<_>>().join(by)
}

#[tokio::test]
async fn what_is_copied_for_each_partition_is_refused() {
    let ground = ground().await;
    let array = |count: usize| format!("array[{}]", listed(count, ",", |n| format!("x + {n}")));
    let list = |count: usize| format!("SELECT {} FROM parts", array(count));
    let sorted = |count: usize| format!("SELECT 1 FROM parts ORDER BY {}", array(count));
    let grouped = |count: usize| format!("SELECT count(*) FROM parts GROUP BY {}", array(count));
    let either = |view: &str, count: usize| {
        format!("SELECT 1 FROM {view} WHERE {}", listed(count, " OR ", |n| format!("y = {n} + x")))
    };
    let leaves = |count: usize| {
        format!("SELECT 1 FROM vleaves WHERE {}", listed(count, " OR ", |n| format!("id = {n} + id")))
    };
    let nested = |levels: usize| {
        format!(
            "SELECT x FROM {}(SELECT (SELECT count(*) FROM parts p WHERE p.x = u.id) AS x FROM patients u) s{}",
            "(SELECT x + x AS x FROM ".repeat(levels),
            ") s".repeat(levels)
        )
    };
    let union = |count: usize| vec!["SELECT x FROM parts"; count].join(" UNION ALL ");
    let merged =
        |count: usize| format!("SELECT 1 FROM (SELECT {} AS a, random() AS r FROM parts) s", array(count));
    let within = |count: usize| {
        format!(
            "SELECT 1 FROM patients u WHERE EXISTS (SELECT 1 FROM parts p WHERE {})",
            listed(count, " OR ", |n| format!("p.x = {n} + u.id"))
        )
    };
    for text in [
        list(5_000),
        sorted(5_000),
        grouped(5_000),
        format!("SELECT sum(x ORDER BY {}) FROM parts", array(5_000)),
        format!("SELECT min({}) FROM parts", array(1_000)),
        merged(5_000),
        within(2_500),
        either("parts", 2_500),
        either("vparts", 2_500),
        either("vvparts", 2_500),
        leaves(2_500),
        nested(8),
        union(100),
        listed(100, " UNION ALL ", |_| "SELECT x FROM vvparts".to_owned()),
        format!(
            "SELECT {} FROM patients u",
            listed(60, ", ", |n| format!("(SELECT max(x) FROM wide w WHERE w.y = u.id + {n})"))
        ),
    ] {
        assert_eq!(ground.said(&text).await, REFUSED, "{text}");
    }
    for text in [
        list(300),
        sorted(200),
        grouped(200),
        merged(200),
        within(30),
        either("parts", 100),
        either("vparts", 100),
        either("vvparts", 100),
        leaves(200),
        nested(3),
        union(10),
        "SELECT x FROM ONLY parts UNION ALL ".repeat(60) + "SELECT x FROM parts",
    ] {
        assert_eq!(ground.said(&text).await, "taken", "{text}");
    }
    ground.end().await;
}

#[tokio::test]
async fn what_is_copied_for_each_min_and_max_is_refused() {
    let ground = ground().await;
    let least = |count: usize, from: &str| {
        format!("SELECT {} FROM {from}", listed(count, " + ", |n| format!("min({n})")))
    };
    let called = |count: usize| {
        format!("SELECT {} FROM patients", listed(count, " + ", |n| format!("nhi_ok(min({n}))")))
    };
    for text in [
        called(500),
        least(500, "patients, (SELECT 1) z"),
        least(500, "patients, (SELECT 1 FROM (SELECT 1) y) z"),
        least(500, "patients, (VALUES (1)) z (a)"),
        least(500, "patients LEFT JOIN (SELECT 1) z ON true"),
        least(500, "(SELECT id FROM patients UNION ALL SELECT id FROM patients) s"),
        least(500, "vids"),
        least(100, "parts"),
        least(100, "vvparts"),
    ] {
        assert_eq!(ground.said(&text).await, REFUSED, "{text}");
    }
    for text in [
        called(40),
        least(60, "patients, (SELECT 1) z"),
        least(5, "parts"),
        least(300, "patients a, patients b"),
    ] {
        assert_eq!(ground.said(&text).await, "taken", "{text}");
    }
    ground.end().await;
}

#[tokio::test]
async fn columns_of_views_are_as_large_as_what_computes_them() {
    let ground = ground().await;
    let bands = |count: usize| {
        format!("SELECT array[{}] IS NULL FROM (SELECT band AS b FROM vcase) s", vec!["b"; count].join(","))
    };
    let rows = |count: usize| format!("SELECT array[{}] IS NULL FROM vids v", vec!["v"; count].join(","));
    for text in [bands(20_000), rows(15_000)] {
        assert_eq!(ground.said(&text).await, REFUSED);
    }
    for text in [bands(10), rows(100)] {
        assert_eq!(ground.said(&text).await, "taken", "{text}");
    }
    ground.end().await;
}

#[tokio::test]
async fn large_reports_over_many_partitions_are_taken() {
    let ground = ground().await;
    let columns = listed(28, ", ", |n| format!("w.c{n}"));
    let joins = listed(10, " ", |n| format!("LEFT JOIN patients p{n} ON p{n}.id = w.c{n}"));
    let parts =
        listed(60, ", ", |n| format!("(SELECT max(u.id) FROM patients u WHERE u.id < w.c{})", n % 28));
    for table in ["wide", "vwide"] {
        for text in [
            format!(
                "SELECT {columns}, count(*), sum(w.x), {parts} FROM {table} w {joins} \
                 WHERE w.x BETWEEN 1 AND 1000 AND w.c1 = 2 AND (w.c2 IS NULL OR w.c3 > 4) GROUP BY {columns} ORDER BY 1, 2, 3"
            ),
            format!(
                "SELECT {columns}, p0.name FROM {table} w {joins} WHERE w.x IN ({})",
                listed(200, ", ", |n| n.to_string())
            ),
            format!(
                "SELECT {} FROM {table}",
                listed(28, ", ", |n| format!(
                    "sum(CASE WHEN y BETWEEN {n} AND 9 AND c1 = {n} THEN x ELSE 0 END) AS s{n}"
                ))
            ),
        ] {
            assert_eq!(ground.said(&text).await, "taken", "{text}");
        }
    }
    for table in ["parts", "vvparts"] {
        let one = |n: usize| {
            format!(
                "SELECT '{n}' AS what, y / 10 AS tens, count(*), sum(x), avg(x), min(x), max(x), \
                 sum(CASE WHEN x > {n} AND y < 100 THEN 1 ELSE 0 END) \
                 FROM {table} WHERE x BETWEEN {n} AND 1000 AND y <> 5 GROUP BY 2"
            )
        };
        let all = listed(5, " UNION ALL ", one);
        for text in [
            all.clone(),
            format!("SELECT what, sum(count) FROM ({all}) s WHERE tens > 3 GROUP BY what ORDER BY 1"),
        ] {
            assert_eq!(ground.said(&text).await, "taken", "{text}");
        }
    }
    ground.end().await;
}

#[tokio::test]
async fn the_indexes_of_partitions_weigh_too() {
    let ground = Ground::new().await;
    let columns: Vec<String> = (0..9).map(|n| format!("c{n} int")).collect();
    ground
        .sql(&format!(
            "CREATE TABLE public.indexed (y int, {}) PARTITION BY LIST (y); GRANT SELECT ON public.indexed TO {{}}_raw",
            columns.join(", ")
        ))
        .await;
    for n in 0..9 {
        ground.sql(&format!("CREATE INDEX ON public.indexed (c{n})")).await;
    }
    ground
        .sql(
            "DO $$ BEGIN FOR n IN 1..100 LOOP EXECUTE format('CREATE TABLE public.indexed_%s PARTITION OF public.indexed FOR VALUES IN (%s)', n, n); END LOOP; END $$",
        )
        .await;
    let union = |count: usize| vec!["SELECT y FROM public.indexed WHERE c0 = 1"; count].join(" UNION ALL ");
    assert_eq!(ground.said(&union(90)).await, REFUSED);
    assert_eq!(ground.said(&union(40)).await, "taken");
    ground.end().await;
}
