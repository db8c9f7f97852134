//! Texts that would see rows before a view hides them, or call what is not written in them.

use super::fixture::Ground;

/// What hides most of `hidden.notes`, in four ways.
const VIEWS: &str = "CREATE SCHEMA hidden; \
    CREATE TABLE hidden.notes (id int, body text, tag int); \
    INSERT INTO hidden.notes VALUES (1, '10', 1), (2, 'secret', 2); \
    CREATE TABLE hidden.allowed (note_id int); \
    INSERT INTO hidden.allowed VALUES (1); \
    CREATE VIEW reporting.own AS SELECT id, body, tag FROM hidden.notes n \
      WHERE EXISTS (SELECT FROM hidden.allowed a WHERE a.note_id = n.id); \
    CREATE VIEW reporting.inter AS SELECT id, body FROM hidden.notes \
      INTERSECT SELECT n.id, n.body FROM hidden.notes n JOIN hidden.allowed a ON a.note_id = n.id; \
    CREATE VIEW reporting.safe WITH (security_barrier) AS SELECT * FROM reporting.own; \
    CREATE VIEW reporting.pair AS SELECT body FROM reporting.safe UNION ALL SELECT body FROM reporting.own; \
    CREATE TABLE hidden.nothing (); \
    CREATE VIEW reporting.crossed AS SELECT id, body FROM hidden.notes, hidden.nothing; \
    CREATE VIEW reporting.spread AS SELECT id, body, generate_series(tag, 1) FROM hidden.notes; \
    CREATE VIEW reporting.everything AS SELECT id, body FROM hidden.notes; \
    GRANT SELECT ON ALL TABLES IN SCHEMA reporting TO {}_rep";

#[tokio::test]
async fn what_could_see_a_row_before_its_view_hides_it_is_refused() {
    let ground = Ground::new().await;
    ground.sql(VIEWS).await;
    for text in [
        "SELECT 1 FROM own WHERE body::int > 0",
        // A query within the result has conditions of its own.
        "SELECT (SELECT count(*) FROM own WHERE body::int > 0)",
        "SELECT EXISTS (SELECT FROM own WHERE 1 / (tag - 2) = 0)",
        "SELECT ARRAY(SELECT CASE WHEN id = 1 THEN (SELECT o.body::int) END FROM own o)",
        // A function in FROM, or a column of a merged query, is computed wherever the planner likes.
        "SELECT f.* FROM own, LATERAL generate_series(1, body::int) f",
        "SELECT s.n FROM generate_series(1, 1) LEFT JOIN (SELECT body::int AS n FROM own) s ON true",
        "WITH o AS (SELECT body::int AS n FROM own) SELECT n FROM o",
        "SELECT count(*) FROM (SELECT tag, sum(body::int) AS n FROM own GROUP BY tag) s WHERE n > 1",
        // What rows are ordered or grouped by may be computed where a table is read.
        "SELECT id FROM own ORDER BY body::int",
        "SELECT body::int, count(*) FROM own GROUP BY 1",
        "SELECT DISTINCT body::int FROM own",
        "SELECT rank() OVER (ORDER BY body::int) FROM own",
        // INTERSECT and EXCEPT hide too.
        "SELECT id FROM inter WHERE body::int = 10",
        // So does what may be empty.
        "SELECT id FROM crossed WHERE body::int = 10",
        "SELECT id FROM spread WHERE body::int = 10",
        // By one way there is a barrier, by the other none.
        "SELECT 1 FROM pair WHERE body::int > 0",
        "SELECT 1 FROM safe, own WHERE own.body::int > 0",
    ] {
        match ground.check(&ground.rep, text).await {
            Ok(_) => panic!("taken: {text}"),
            Err(error) => assert!(error.to_string().contains("could see them first"), "{text}: {error}"),
        }
    }
    for text in [
        "SELECT body::int AS n, (SELECT max(e.tag) FROM own e) FROM own ORDER BY body",
        "SELECT tag, sum(length(body)), max(body) FROM own GROUP BY tag ORDER BY sum(length(body))",
        "WITH s AS (SELECT tag, count(*) AS n, max(body::int) AS most FROM own GROUP BY tag) SELECT tag, n / most FROM s",
        "SELECT id, body FROM own WHERE id = 1 AND body IS NOT NULL ORDER BY body LIMIT 5",
        "SELECT upper(body) FROM inter",
        "SELECT id FROM own WHERE tag::numeric > 1.5 AND body || 'x' = 'yx'",
        "SELECT 1 FROM safe WHERE body::int > 0",
        "SELECT 1 FROM everything WHERE body::int > 0",
    ] {
        if let Err(error) = ground.check(&ground.rep, text).await {
            panic!("refused: {text}: {error}");
        }
    }
    ground.end().await;
}

#[tokio::test]
async fn what_fails_for_no_value_is_known_by_its_number() {
    let ground = Ground::new().await;
    let names: Vec<String> = sqlx::query_scalar(
        "SELECT oid::regprocedure::text FROM pg_proc WHERE oid IN (1258, 1718, 1719, 1720, 1721, 1722, 1723, 1740, 1781, 1782) ORDER BY pg_proc.oid",
    )
    .fetch_all(&ground.db.admin())
    .await
    .unwrap();
    let known = [
        "textcat(text,text)",
        "numeric_eq(numeric,numeric)",
        "numeric_ne(numeric,numeric)",
        "numeric_gt(numeric,numeric)",
        "numeric_ge(numeric,numeric)",
        "numeric_lt(numeric,numeric)",
        "numeric_le(numeric,numeric)",
        "\"numeric\"(integer)",
        "\"numeric\"(bigint)",
        "\"numeric\"(smallint)",
    ];
    assert_eq!(names, known);
    ground.end().await;
}

#[tokio::test]
async fn a_cast_that_only_the_planner_writes_is_refused() {
    let ground = Ground::new().await;
    ground
        .sql(
            "CREATE TYPE public.mood AS ENUM ('x'); \
             CREATE TYPE public.tone AS ENUM ('x'); \
             CREATE FUNCTION public.peek(public.mood) RETURNS public.tone LANGUAGE sql IMMUTABLE AS $$ SELECT 'x'::public.tone $$; \
             CREATE CAST (public.mood AS public.tone) WITH FUNCTION public.peek(public.mood) AS IMPLICIT; \
             GRANT EXECUTE ON FUNCTION public.peek TO PUBLIC",
        )
        .await;
    for text in [
        "SELECT 'x'::mood UNION ALL SELECT 'x'::tone",
        "SELECT 'x'::tone EXCEPT SELECT 'x'::mood",
        "SELECT 1, 'x'::mood UNION (SELECT 2, 'x'::mood UNION ALL SELECT 3, 'x'::tone)",
        "SELECT 1 WHERE EXISTS (SELECT 'x'::mood INTERSECT SELECT 'x'::tone)",
    ] {
        let said = ground.said(text).await;
        assert!(said.contains("would cast values of public."), "{text}: {said}");
    }
    // Written, it is judged as every function is.
    let said = ground.said("SELECT 'x'::mood::tone UNION ALL SELECT 'x'::tone").await;
    assert!(said.contains("may not call public.peek"), "{said}");
    for text in [
        "SELECT 'x'::mood UNION ALL SELECT 'x'::mood UNION ALL SELECT NULL",
        "SELECT 1 UNION SELECT 2.5 UNION SELECT 3::bigint",
        "SELECT 1::smallint AS a, 'x'::mood INTERSECT SELECT 2, 'x'",
        "SELECT NULL UNION ALL SELECT NULL UNION ALL SELECT name FROM patients",
        "WITH RECURSIVE t(n) AS (SELECT 1::bigint UNION ALL SELECT n + 1 FROM t WHERE n < 3) SELECT n FROM t",
    ] {
        assert_eq!(ground.said(text).await, "taken", "{text}");
    }
    let said = ground.said("SELECT NULL::regclass UNION ALL SELECT NULL").await;
    assert!(said.contains("regclass"), "{said}");
    ground.end().await;
}
