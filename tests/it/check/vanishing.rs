//! What has a column in a report's text, and none once it is planned: PostgreSQL then evaluates it before anything is hidden.

use super::{fixture::Ground, unsound::GROUND};

/// Columns of views that the planner finds no column in, and views that fail in what no column is asked for.
pub(super) const VIEWS: &str = "CREATE VIEW reporting.beside AS SELECT id, (SELECT max(name) FROM reporting.people) AS k FROM reporting.people; \
    CREATE VIEW reporting.asked AS SELECT id, (SELECT max(a / b) FROM reporting.pairs) AS x FROM reporting.pairs; \
    CREATE VIEW reporting.set_for AS SELECT id, current_setting('app.few')::int AS few FROM reporting.pairs; \
    CREATE VIEW reporting.mine AS SELECT * FROM reporting.pairs WHERE id = (SELECT max(a / b) FROM reporting.pairs); \
    CREATE VIEW reporting.set_to AS SELECT * FROM reporting.pairs WHERE id = current_setting('app.few')::int; \
    CREATE TABLE reporting.policed (id int, a int); INSERT INTO reporting.policed VALUES (1, 1); ALTER TABLE reporting.policed ENABLE ROW LEVEL SECURITY; \
    CREATE POLICY few ON reporting.policed USING (id = (SELECT current_setting('app.few')::int + 0)); \
    CREATE FUNCTION reporting.listed_number(text) RETURNS int LANGUAGE plpgsql STABLE AS 'BEGIN RETURN $1::int; END'; REVOKE ALL ON FUNCTION reporting.listed_number FROM PUBLIC; \
    CREATE VIEW reporting.of_rows AS SELECT t.id FROM generate_series(1, 100) t(id) WHERE t.id = (SELECT current_setting('app.few')::int + 0); \
    CREATE VIEW reporting.of_values AS SELECT t.id FROM (VALUES (1), (2)) t(id) WHERE t.id = (SELECT current_setting('app.few')::int + 0); \
    CREATE VIEW reporting.noise AS SELECT id, (a / b) * (1 + 0 * random()) AS x FROM reporting.pairs; \
    CREATE VIEW reporting.unnamed AS SELECT id, NULL::text AS k, name FROM reporting.people; \
    CREATE VIEW reporting.listed AS SELECT 1 AS n FROM jsonb_array_elements(current_setting('app.list')::jsonb) x; \
    CREATE VIEW reporting.few AS SELECT id FROM reporting.pairs LIMIT (SELECT 1 / (count(*) - count(*)) FROM reporting.pairs); \
    CREATE VIEW reporting.kept AS WITH w AS MATERIALIZED (SELECT a / b AS q FROM reporting.pairs) SELECT count(*) AS c FROM w; \
    CREATE VIEW reporting.inner_groups AS SELECT count(*) AS c FROM (SELECT a / b AS q FROM reporting.pairs GROUP BY a / b) s; \
    CREATE VIEW reporting.ranked AS SELECT s.id FROM (SELECT id, row_number() OVER (ORDER BY a / b) AS n FROM reporting.pairs) s WHERE s.n < 100; \
    CREATE VIEW reporting.over_ratio AS SELECT id FROM reporting.ratio WHERE x > 0; \
    GRANT SELECT ON ALL TABLES IN SCHEMA reporting TO {}_rep";

/// Over what hides rows, `{from}`; `{of}` is the column that a silent comparison with `{at}` chooses by.
const TELLING: [&str; 39] = [
    // A view compares what another view computes.
    "SELECT count(*) FROM {from} v WHERE v.{of} = {at} AND (v.id < 0 OR EXISTS (SELECT FROM over_ratio r WHERE r.id = 1))",
    "SELECT count(*) FROM {from} v WHERE v.{of} = {at} AND v.id = (SELECT count(*) FROM over_ratio)",
    // A part of a query's whole row is what the query computes.
    "SELECT count(*) FROM {from} v, (SELECT t AS r FROM (SELECT to_date('x' || left(now()::text, 0), 'YYYY') AS d, 1 AS e) t) q WHERE CASE v.{of} WHEN {at} THEN (q.r).d IS NULL ELSE true END",
    "SELECT count(*) FROM {from} v, (SELECT t AS r FROM (SELECT (SELECT max(a / b) FROM pairs) AS x) t) q WHERE v.{of} = {at} AND v.id = (q.r).x",
    "SELECT count(*) FROM {from} v, (SELECT t AS r FROM (SELECT x FROM asked) t) q WHERE v.{of} = {at} AND v.id = (q.r).x",
    "WITH t AS (SELECT (SELECT max(a / b) FROM pairs) AS x) SELECT count(*) FROM {from} v, LATERAL (SELECT t AS r FROM t) q WHERE v.{of} = {at} AND v.id = (q.r).x",
    // From 17 on these are constants.
    "SELECT count(*) FROM {from} v WHERE CASE v.{of} WHEN {at} THEN to_date((v.id <@ 'empty'::int4range)::text, 'YYYY') IS NULL ELSE true END",
    "SELECT count(*) FROM {from} v WHERE CASE v.{of} WHEN {at} THEN to_timestamp(('(,)'::int4range @> v.id)::text, 'YYYY') IS NULL ELSE true END",
    "SELECT count(*) FROM {from} v WHERE CASE v.{of} WHEN {at} THEN (v.id <@ 'empty'::int4range)::text::timestamptz < now() ELSE true END",
    // How often it was called is told by what it gives next.
    "SELECT count(*) FROM {from} v WHERE v.{of} = {at} AND random() <= 2",
    // Rows are compared a pair at a time.
    "SELECT count(*) FROM {from} v WHERE (v.{of}, '{\"{}\"}'::json[]) < ({at}, '{\"{}\"}'::json[])",
    "SELECT count(*) FROM {from} v WHERE (v.{of}, row(1, '{}'::json)) < ({at}, row(1, '{}'::json))",
    // A correlated query whose conditions are folded to nothing is correlated no more.
    "SELECT count(*) FROM {from} v WHERE CASE v.{of} WHEN {at} THEN EXISTS (SELECT FROM people u WHERE u.id = v.id AND false HAVING 1 / count(*) > 0) ELSE true END",
    "SELECT count(*) FROM {from} v WHERE v.{of} = {at} AND (v.id < 0 OR EXISTS (SELECT 1 / count(*) FROM people u WHERE u.id = v.id AND NULL))",
    "SELECT count(*) FROM {from} v WHERE CASE v.{of} WHEN {at} THEN EXISTS (SELECT FROM people u WHERE u.id = v.id AND 1 = 0 LIMIT (SELECT 1 / (count(*) - count(*)) FROM pairs)) ELSE true END",
    // The column of a query around is computed where it is asked for.
    "SELECT sum(c) FROM ratio p, LATERAL (SELECT count(*) AS c FROM {from} v WHERE (CASE v.{of} WHEN {at} THEN p.x END) IS NULL) s",
    "SELECT sum(c) FROM (SELECT id, 1 / (id - id) AS x FROM people) p, LATERAL (SELECT count(*) AS c FROM {from} v WHERE (CASE v.{of} WHEN {at} THEN p.x END) IS NULL) s",
    "SELECT sum(c) FROM beside p, LATERAL (SELECT count(*) AS c FROM {from} v WHERE (CASE v.{of} WHEN {at} THEN p.k::int END) IS NULL) s",
    // The column of a view is a constant, or a query's result.
    "SELECT count(*) FROM {from} v, beside k WHERE (CASE v.{of} WHEN {at} THEN k.k::int END) IS NULL",
    "SELECT r.id FROM {from} v JOIN asked r ON r.x = v.id WHERE v.{of} = {at}",
    "SELECT count(*) FROM {from} v, asked r WHERE v.{of} = {at} AND v.id > r.x",
    "SELECT count(*) FROM {from} v WHERE v.{of} = {at} AND v.id IN (SELECT r.x FROM asked r)",
    "SELECT count(*) FROM {from} v, set_for c WHERE CASE v.{of} WHEN {at} THEN c.few > 5 ELSE true END",
    // An equality of another view's, or of a policy, goes over to what hides.
    "SELECT count(*) FROM {from} v, mine c WHERE c.id = v.id AND v.{of} = {at}",
    "SELECT count(*) FROM {from} v WHERE v.{of} = {at} AND v.id IN (SELECT id FROM mine)",
    "SELECT count(*) FROM {from} v WHERE v.{of} = {at} AND EXISTS (SELECT FROM set_to c WHERE c.id = v.id)",
    "SELECT count(*) FROM {from} v, policed c WHERE c.id = v.id AND v.{of} = {at}",
    "SELECT count(*) FROM {from} v WHERE v.{of} = {at} AND v.id IN (SELECT id FROM policed)",
    "SELECT count(*) FROM {from} v, of_rows c WHERE c.id = v.id AND v.{of} = {at}",
    "SELECT count(*) FROM {from} v, of_values c WHERE c.id = v.id AND v.{of} = {at}",
    // What is STABLE is computed when a row asks, arrays of it too.
    "SELECT count(*) FROM {from} v WHERE CASE v.{of} WHEN {at} THEN array[array[now()], array[now(), now()]] IS NULL ELSE true END",
    // What is VOLATILE stays by itself, though nobody asks for it.
    "SELECT count(*) FROM {from} WHERE {of} = {at} AND id = (SELECT count(*) FROM noise)",
    // A function of the application's is given what is a constant.
    "SELECT count(*) FROM {from} v, kinds l WHERE (CASE v.{of} WHEN {at} THEN listed_number(l.kind) END) IS NULL",
    // NULL is the column of a view, too.
    "SELECT count(*) FROM {from} v, unnamed l WHERE CASE v.{of} WHEN {at} THEN jsonb_build_object(l.k || l.name, 1) IS NULL ELSE true END",
    // What a view does besides the columns that are asked for.
    "SELECT count(*) FROM {from} WHERE {of} = {at} AND id = (SELECT count(*) FROM few)",
    "SELECT count(*) FROM {from} WHERE {of} = {at} AND id = (SELECT count(*) FROM kept)",
    "SELECT count(*) FROM {from} WHERE {of} = {at} AND id = (SELECT count(*) FROM inner_groups)",
    "SELECT count(*) FROM {from} WHERE {of} = {at} AND id = (SELECT count(*) FROM ranked)",
    "SELECT count(*) FROM {from} WHERE {of} = {at} AND id = (SELECT count(*) FROM listed)",
];

/// Refused, whatever it tells: numbers of a few bytes are written with many digits, and one character becomes three.
const TOO_LARGE: [&str; 3] = [
    "SELECT count(*) FROM {from} WHERE (CASE {of} WHEN {at} THEN '{1e131071}'::numeric[] ELSE '{1}' END)::text[] IS NULL",
    "SELECT count(*) FROM {from} WHERE (CASE {of} WHEN {at} THEN length(upper(translate(current_user, 'a', 'ΐ') COLLATE \"C\")) END) IS NULL",
    "SELECT count(*) FROM {from} WHERE length((CASE {of} WHEN {at} THEN interval '2147483647 hours 2147483647 minutes' ELSE interval '1 day' END)::text) > 0",
];

#[tokio::test]
async fn what_has_no_column_once_it_is_planned_is_refused() {
    let ground = Ground::new().await;
    ground.sql(GROUND).await;
    ground.sql(VIEWS).await;
    let over = |of: &str, (from, column, at): (&str, &str, &str)| {
        of.replace("{from}", from).replace("{of}", column).replace("{at}", at)
    };
    let mut pairs: Vec<[String; 2]> = Vec::new();
    for of in TELLING.iter().chain(&TOO_LARGE) {
        for (from, column, [at, beside]) in
            [("barred", "salary", ["770", "771"]), ("visits", "n", ["70", "71"])]
        {
            pairs.push([at, beside].map(|at| over(of, (from, column, at))));
        }
    }
    let (wrong, told) = ground.not_refused(pairs, &[""]).await;
    assert!(told >= 30, "only {told} of these tell anything on this server");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    ground.end().await;
}
