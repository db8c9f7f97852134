//! Values of parameters, which the planner copies whole wherever a query names them, or comes to name them once it is merged.

use rolewright_core::{Advice, Exit};
use rolewright_sessions::{ParameterError, QueryError, Report, RolePool};

use super::fixture::Ground;

/// A table with 400 partitions, and a view that knows none of them.
async fn ground() -> (Ground, RolePool) {
    let ground = Ground::new().await;
    ground.sql("CREATE TABLE public.parts (x int, y int) PARTITION BY LIST (y)").await;
    ground
        .sql(
            "DO $$ BEGIN FOR n IN 1..400 LOOP EXECUTE format('CREATE TABLE public.parts_%s PARTITION OF public.parts \
             FOR VALUES IN (%s)', n, n); END LOOP; END $$; INSERT INTO public.parts SELECT n, n FROM generate_series(1, 400) n",
        )
        .await;
    ground.sql("CREATE VIEW public.vparts AS SELECT x, y FROM public.parts").await;
    ground.sql("GRANT SELECT ON public.parts, public.vparts TO {}_raw").await;
    let url = ground.db.url();
    let pool = ground.pool(&ground.raw, &url).await;
    (ground, pool)
}

/// What becomes of a text with this value of `:p`; each twice, as it is verified and as it is remembered.
async fn said(pool: &RolePool, text: &str, value: &str) -> String {
    let report = Report::new(text).bind("p", value);
    let mut said = Vec::new();
    for _ in 0..2 {
        said.push(match pool.query(&report).await {
            Ok(mut rows) => match rows.collect().await {
                Ok(rows) => format!("{} rows", rows.len()),
                Err(error) => error.to_string(),
            },
            Err(error @ QueryError::Parameter(ParameterError::Copied { .. })) => {
                assert_eq!(error.exit(), Exit::Refused);
                assert!(error.hint().unwrap().contains("AS MATERIALIZED (SELECT :p::"), "{error}");
                "copied".to_owned()
            }
            Err(error) => error.to_string(),
        });
    }
    assert_eq!(said[0], said[1], "{text}");
    said.remove(0)
}

#[tokio::test]
async fn a_value_is_not_copied_for_each_place_where_it_is_named() {
    let (ground, pool) = ground().await;
    let long = "x".repeat(100_000);
    let lengths = |count: usize, of: &str| vec![format!("length({of})"); count].join(", ");
    for text in [
        format!("SELECT {}", lengths(500, ":p")),
        // Named once, and put wherever its column is read.
        format!("SELECT {} FROM (SELECT :p::text AS p) s", lengths(500, "s.p")),
        format!("WITH s AS (SELECT :p::text AS p) SELECT {} FROM s", lengths(500, "s.p")),
        format!("SELECT {} FROM (VALUES (:p::text)) s (p)", lengths(500, "s.p")),
        format!(
            "SELECT 1 FROM (SELECT id, :p::text AS p FROM patients) s WHERE {}",
            vec!["p <> ''"; 500].join(" OR ")
        ),
        // The parser copies what stands left of BETWEEN.
        format!("SELECT {}:p::text{}", "(".repeat(9), " BETWEEN 'a' AND 'b')::text".repeat(9)),
        // Once for each partition, behind a view too.
        "SELECT 1 FROM parts WHERE x::text <> :p".to_owned(),
        "SELECT 1 FROM vparts WHERE x::text <> :p".to_owned(),
    ] {
        assert_eq!(said(&pool, &text, &long).await, "copied", "{text}");
        let taken = said(&pool, &text, "1").await;
        assert!(taken.ends_with(" rows"), "{taken}: {text}");
    }
    ground.end().await;
}

#[tokio::test]
async fn a_value_that_is_kept_is_copied_no_more() {
    let (ground, pool) = ground().await;
    let long = "x".repeat(100_000);
    let ids =
        |count: usize| format!("{{{}}}", (1..=count).map(|id| id.to_string()).collect::<Vec<_>>().join(","));
    let any = "SELECT x FROM parts WHERE x = ANY (:p::int[])";
    assert_eq!(said(&pool, any, &ids(10_000)).await, "copied");
    assert_eq!(said(&pool, any, &ids(1_000)).await, "400 rows");
    // As the hint says.
    let kept = "WITH given AS MATERIALIZED (SELECT :p::int[] AS p) SELECT x FROM given, parts WHERE x = ANY (given.p)";
    assert_eq!(said(&pool, kept, &ids(100_000)).await, "400 rows");
    let lengths = vec!["length(given.p)"; 200].join(", ");
    let kept = format!("WITH given AS MATERIALIZED (SELECT :p::text AS p) SELECT {lengths} FROM given");
    assert_eq!(said(&pool, &kept, &long.repeat(100)).await, "1 rows");
    // What long lists are for.
    let listed = "SELECT id FROM patients WHERE id = ANY (:p::int[])";
    assert_eq!(said(&pool, listed, &ids(200_000)).await, said(&pool, listed, &ids(100)).await);
    assert_eq!(said(&pool, "SELECT count(*) FROM unnest(:p::int[])", &ids(900_000)).await, "1 rows");
    ground.end().await;
}
