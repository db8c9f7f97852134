//! Views that hide rows in ways that only the catalogs tell: row level security, relations that wait, and columns that a view computes itself.

use super::fixture::Ground;

const HIDDEN: &str = "CREATE SCHEMA hidden; \
    CREATE TABLE hidden.emp (id int, name text, salary int, value text); \
    CREATE TABLE hidden.allowed (id int); \
    CREATE TABLE reporting.visits (id int, who text, score int); \
    ALTER TABLE reporting.visits ENABLE ROW LEVEL SECURITY; \
    CREATE POLICY own ON reporting.visits USING (who = current_user); \
    CREATE TABLE reporting.people (id int, pin int); \
    CREATE TABLE reporting.halves (id int, pin int, free int); \
    CREATE TABLE reporting.consented (id int); \
    CREATE VIEW reporting.shown_visits AS SELECT v.* FROM reporting.visits v JOIN reporting.consented c USING (id); \
    CREATE VIEW reporting.shown_people AS SELECT p.* FROM reporting.people p JOIN reporting.consented c USING (id); \
    CREATE VIEW reporting.shown_halves AS SELECT p.* FROM reporting.halves p JOIN reporting.consented c USING (id); \
    CREATE VIEW reporting.free_halves AS SELECT p.id, p.free FROM reporting.halves p JOIN reporting.consented c USING (id); \
    CREATE VIEW reporting.shown AS SELECT e.id, e.name, e.salary, e.value::int AS v, upper(e.name) AS big \
      FROM hidden.emp e JOIN hidden.allowed a USING (id); \
    CREATE VIEW reporting.barred WITH (security_barrier) AS SELECT e.id, e.name, e.salary, e.value::int AS v, upper(e.name) AS big \
      FROM hidden.emp e JOIN hidden.allowed a USING (id); \
    CREATE VIEW reporting.halved AS SELECT id, salary, v, (10 / 2) AS c FROM reporting.barred; \
    CREATE VIEW reporting.plain WITH (security_barrier) AS SELECT e.id, e.name, e.value FROM hidden.emp e JOIN hidden.allowed a USING (id); \
    CREATE VIEW reporting.over AS SELECT id, name, value::int AS v FROM reporting.plain; \
    CREATE VIEW reporting.through AS SELECT s.id, s.w FROM (SELECT id, v AS w FROM reporting.shown) s; \
    CREATE VIEW reporting.summed AS SELECT e.name, sum(e.salary) AS total FROM hidden.emp e JOIN hidden.allowed a USING (id) GROUP BY e.name; \
    CREATE VIEW reporting.inner_plain AS SELECT e.id, e.salary, e.value FROM hidden.emp e JOIN hidden.allowed a USING (id); \
    CREATE VIEW reporting.computing WITH (security_barrier) AS SELECT id, salary, value::int AS v FROM reporting.inner_plain; \
    CREATE VIEW reporting.paired WITH (security_barrier) AS SELECT e.id, e.salary AS v FROM hidden.emp e JOIN hidden.allowed a USING (id) \
      UNION ALL SELECT e.id, e.value::int FROM hidden.emp e JOIN hidden.allowed a USING (id); \
    CREATE FUNCTION hidden.emps() RETURNS SETOF hidden.emp LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT * FROM hidden.emp'; \
    CREATE FUNCTION hidden.visible(i int) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT i < 3'; \
    CREATE VIEW reporting.called AS SELECT e.id, e.name, e.salary FROM hidden.emps() e WHERE hidden.visible(e.id); \
    CREATE VIEW reporting.listed AS SELECT * FROM (VALUES (1, 10), (2, 20)) AS t (id, salary) WHERE hidden.visible(t.id); \
    GRANT SELECT ON ALL TABLES IN SCHEMA reporting TO {}_rep; REVOKE ALL ON reporting.people, reporting.halves FROM {}_rep; \
    GRANT SELECT (id, free) ON reporting.halves TO {}_rep";

#[tokio::test]
async fn a_condition_on_what_a_view_computes_or_hides_by_other_means_is_refused() {
    let ground = Ground::new().await;
    ground.sql(HIDDEN).await;
    for text in [
        // The role's own rows of the table are fewer than the view's owner sees.
        "SELECT * FROM shown_visits WHERE id = 7 AND 1 / (score - 7) = 1",
        // It may not read the table, or not this column of it, whatever the settings say.
        "SELECT * FROM shown_people WHERE id = 7 AND 1 / (pin - 7) = 1",
        "SELECT * FROM shown_halves WHERE id = 7 AND 1 / (pin - 7) = 1",
        // Comparisons that cannot fail, of a column that can.
        "SELECT * FROM shown WHERE id = 7 AND v = 5",
        "SELECT * FROM shown s JOIN (VALUES (5)) x(v) USING (v)",
        "SELECT 1 FROM (SELECT v FROM shown) s WHERE s.v = 5",
        "SELECT 1 WHERE 5 IN (SELECT v FROM shown)",
        "SELECT id FROM shown ORDER BY v",
        "SELECT id FROM through WHERE w = 5",
        "SELECT id FROM shown WHERE shown IS NOT NULL",
        // The server takes such a comparison into a view that is a barrier too.
        "SELECT * FROM barred WHERE id = 7 AND v = 5",
        "WITH b AS (SELECT id, v FROM barred) SELECT id FROM b WHERE v = 5",
        "SELECT 1 FROM barred a JOIN barred b ON a.v = b.v",
        // Whatever the planner makes of it first.
        "SELECT * FROM barred WHERE id = 7 AND v = 5 / 1",
        "SELECT * FROM barred WHERE (id = 7 AND v = 5 AND 1 / id > 0) OR (id = 7 AND v = 5 AND 1 / id < 0)",
        "SELECT * FROM barred WHERE id = 7 AND NOT (v <> 5 OR 1 / id = 9)",
        "SELECT 1 FROM barred JOIN generate_series(5, 5) g(x) ON barred.v = g.x WHERE g.x = 5 AND barred.id = 7",
        "SELECT 1 FROM halved WHERE v = c AND id = 7",
        "SELECT 1 FROM (barred b FULL JOIN consented c USING (id)) j WHERE j.v = 5",
        // A barrier that computes, over a view that hides and is none.
        "SELECT * FROM computing WHERE id = 7 AND v = 5",
        // What one of several queries together computes.
        "SELECT * FROM paired WHERE id = 7 AND v = 5",
        // Rows that are no relation's.
        "SELECT * FROM called WHERE id = 7 AND 1 / (salary - 70) = 1",
        "SELECT * FROM listed WHERE id = 7 AND 1 / (salary - 70) = 1",
        "WITH s AS (SELECT v FROM barred) SELECT 1 FROM s JOIN consented c ON c.id = s.v",
        "SELECT 1 FROM consented c WHERE EXISTS (SELECT 1 FROM barred b WHERE b.v = c.id)",
        // What an aggregate sorts by may be sorted where a table is read.
        "SELECT sum(id ORDER BY 1 / (salary - 70)) FROM shown",
    ] {
        match ground.check(&ground.rep, text).await {
            Ok(_) => panic!("taken: {text}"),
            Err(error) => assert!(error.to_string().contains("could see them first"), "{text}: {error}"),
        }
    }
    for text in [
        "SELECT id, v, big FROM shown WHERE id = 7 AND salary = 3",
        "SELECT max(v) FROM shown WHERE id = 7",
        "SELECT id, v, upper(name) FROM barred WHERE id = 7 AND upper(name) = 'X' AND 1 / (salary - 7) = 1",
        "SELECT * FROM over WHERE v = 5 AND 1 / v = 5",
        // Into a barrier the server takes conditions, and nothing else.
        "SELECT v FROM (SELECT v FROM barred) s",
        "WITH x AS (SELECT id, v FROM barred) SELECT * FROM x WHERE id = 7",
        "SELECT id, v FROM barred ORDER BY v",
        "SELECT v, count(*) FROM barred GROUP BY v",
        "SELECT id, v FROM barred, generate_series(1, 2) g(x) WHERE g.x = 1",
        "SELECT * FROM paired ORDER BY v",
        "SELECT id, max(v) FROM barred GROUP BY id HAVING max(v) > 5",
        "SELECT id FROM barred WHERE id > (SELECT avg(id) FROM barred)",
        "SELECT sum(id ORDER BY name) FROM shown",
        "SELECT * FROM free_halves WHERE 1 / (free - 7) = 1",
        "SELECT name, total FROM summed WHERE name = 'x'",
        "SELECT c.id FROM consented c JOIN shown s ON s.id = c.id WHERE c.id = 4",
    ] {
        if let Err(error) = ground.check(&ground.rep, text).await {
            panic!("refused: {text}: {error}");
        }
    }
    ground.end().await;
}

#[tokio::test]
async fn a_virtual_column_is_computed_where_it_is_read() {
    let ground = Ground::new().await;
    let version = ground.version().await;
    if version < 180_000 {
        println!("skipped: virtual generated columns are there from 18 on");
        return ground.end().await;
    }
    ground
        .sql(
            "CREATE SCHEMA hidden; CREATE TABLE hidden.emp (id int, salary int, ratio int GENERATED ALWAYS AS (1000 / salary) VIRTUAL); \
             CREATE TABLE hidden.allowed (id int); \
             CREATE VIEW reporting.ratios AS SELECT e.* FROM hidden.emp e JOIN hidden.allowed a USING (id); \
             GRANT SELECT ON reporting.ratios TO {}_rep",
        )
        .await;
    let said =
        ground.check(&ground.rep, "SELECT 1 FROM ratios WHERE id = 7 AND ratio = 5").await.unwrap_err();
    assert!(said.to_string().contains("could see them first"), "{said}");
    ground.check(&ground.rep, "SELECT ratio FROM ratios WHERE id = 7").await.unwrap();
    ground.end().await;
}

#[tokio::test]
async fn where_a_row_lies_tells_of_hidden_ones() {
    let ground = Ground::new().await;
    ground.sql(HIDDEN).await;
    for text in [
        "SELECT max(ctid) FROM visits",
        "SELECT id FROM visits TABLESAMPLE bernoulli (50) REPEATABLE (1)",
        "SELECT xmin FROM visits",
        "SELECT id FROM visits WHERE cmin::text = '0'",
    ] {
        let said = ground.check(&ground.rep, text).await.map(|_| ()).expect_err(text).to_string();
        assert!(said.contains("tell of the rows of reporting.visits"), "{text}: {said}");
    }
    // Nor does a condition that the server takes before its policies, for one that cannot fail.
    let text = "SELECT count(*) FROM visits WHERE array[array[1], CASE id WHEN 7 THEN array[1, 2] ELSE array[1] END] IS NOT NULL";
    let said = ground.check(&ground.rep, text).await.map(|_| ()).unwrap_err().to_string();
    assert!(said.contains("builds arrays"), "{said}");
    for text in
        ["SELECT tableoid::regclass, id FROM visits", "SELECT ctid FROM consented TABLESAMPLE system (10)"]
    {
        ground.check(&ground.rep, text).await.map(|_| ()).expect(text);
    }
    ground.end().await;
}

#[tokio::test]
async fn what_the_planner_puts_in_is_judged() {
    let ground = Ground::new().await;
    ground
        .sql(
            "CREATE FUNCTION public.shut(text) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT $1'; \
             CREATE FUNCTION public.fine(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true'; \
             CREATE FUNCTION public.nhi_ok(int, text DEFAULT public.shut('x')) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1'; \
             CREATE FUNCTION public.nhi_ok(int, int, text DEFAULT version()) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT $1'; \
             CREATE DOMAIN public.checked AS text CHECK (public.fine(VALUE)); \
             CREATE FUNCTION public.step(public.checked, int) RETURNS public.checked LANGUAGE sql IMMUTABLE AS 'SELECT $1'; \
             CREATE FUNCTION public.last(public.checked) RETURNS int LANGUAGE sql IMMUTABLE AS 'SELECT 1'; \
             CREATE AGGREGATE public.nhi_sum(int) (SFUNC = public.step, STYPE = public.checked, FINALFUNC = public.last, INITCOND = 'x'); \
             CREATE FUNCTION public.far(int, int) RETURNS float8 LANGUAGE sql IMMUTABLE AS 'SELECT 1::float8'; \
             CREATE TYPE public.span AS RANGE (SUBTYPE = int, SUBTYPE_DIFF = public.far); \
             CREATE DOMAIN public.spell AS public.span; \
             CREATE TABLE public.stays (r public.span, m public.span_multirange, d public.spell); GRANT SELECT ON public.stays TO {}_raw",
        )
        .await;
    let mut raw = ground.raw.clone();
    for name in ["public.nhi_ok", "public.nhi_sum", "public.step", "public.last"] {
        raw.functions.push(rolewright_core::pattern::Read::parse(name).unwrap());
    }
    for (text, words) in [
        ("SELECT public.nhi_ok(1)", "may not call public.shut"),
        ("SELECT public.nhi_ok(1, 2)", "may not call version"),
        ("SELECT public.nhi_sum(1)", "may not call public.fine"),
        ("SELECT '[1,2)'::public.span", "may not call public.far"),
        // How far a range's values are apart is asked where the planner reckons with those that a table has.
        ("SELECT 1 FROM public.stays WHERE r @> 5", "may not call public.far"),
        ("SELECT 1 FROM public.stays WHERE m @> 5 OR r << r", "may not call public.far"),
        ("SELECT 1 FROM public.stays WHERE d @> 5", "may not call public.far"),
    ] {
        let said = ground.check(&raw, text).await.map(|_| ()).expect_err(text).to_string();
        assert!(said.contains(words), "{text}: {said}");
    }
    for text in
        ["SELECT r, lower(r), r = r FROM public.stays", "SELECT 1 FROM public.stays WHERE lower(r) = 5"]
    {
        assert_eq!(ground.said(text).await, "taken", "{text}");
    }
    let known: Vec<i64> = sqlx::query_scalar(
        "SELECT oid::bigint FROM pg_operator WHERE oid < 16384 AND oprrest IN ('rangesel'::regproc, 'multirangesel'::regproc) ORDER BY 1",
    )
    .fetch_all(&ground.db.admin())
    .await
    .unwrap();
    let listed = rolewright_sessions::range_operators();
    assert_eq!(listed.map(i64::from).collect::<Vec<_>>(), known);
    ground.end().await;
}
