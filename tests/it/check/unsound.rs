//! Conditions that PostgreSQL evaluates before barriers and row level security hide any row, since it takes them for what cannot fail.

use super::fixture::Ground;

pub(super) const GROUND: &str = "CREATE SCHEMA hidden; CREATE TABLE hidden.notes (id int PRIMARY KEY, salary int, name text); CREATE TABLE hidden.allowed (id int PRIMARY KEY); \
    INSERT INTO hidden.notes SELECT g, g * 10, 'n' || g FROM generate_series(1, 500) g; INSERT INTO hidden.allowed SELECT g FROM generate_series(1, 500) g WHERE g NOT BETWEEN 77 AND 81; \
    CREATE INDEX ON hidden.notes (salary); \
    CREATE VIEW reporting.plain AS SELECT n.id, n.salary, n.name FROM hidden.notes n JOIN hidden.allowed a USING (id); \
    CREATE VIEW reporting.barred WITH (security_barrier) AS SELECT n.id, n.salary, n.name FROM hidden.notes n JOIN hidden.allowed a USING (id); \
    CREATE TABLE reporting.visits (id int PRIMARY KEY, tenant int, note text, n int); \
    INSERT INTO reporting.visits SELECT g, CASE WHEN g % 7 = 0 THEN 2 ELSE 1 END, 'v' || g, g * 10 FROM generate_series(1, 50) g; \
    ALTER TABLE reporting.visits ENABLE ROW LEVEL SECURITY; \
    CREATE POLICY by_tenant ON reporting.visits USING (tenant = coalesce(nullif(current_setting('app.tenant', true), '')::int, 1)); \
    CREATE TABLE reporting.pairs (id int PRIMARY KEY, a int, b int); INSERT INTO reporting.pairs VALUES (1, 1, 0); \
    CREATE VIEW reporting.kinds AS SELECT id, 'patient'::text AS kind FROM reporting.pairs; \
    CREATE VIEW reporting.grouped AS SELECT count(*) AS c FROM reporting.pairs GROUP BY a / b; \
    CREATE VIEW reporting.ratio AS SELECT id, a / b AS x FROM reporting.pairs; \
    CREATE TABLE reporting.people (id int, name text, born date, fee numeric DEFAULT 1); INSERT INTO reporting.people VALUES (1, 'a', '2000-01-01'), (2, 'b', '2001-01-01'); \
    GRANT SELECT ON ALL TABLES IN SCHEMA reporting TO {}_rep";

/// What a condition does for the rows that a silent comparison chooses; `{}` is that comparison's CASE.
const TELLING: [&str; 50] = [
    // Of two collations, of which none is said.
    "SELECT count(*) FROM (SELECT b.*, name COLLATE \"C\" AS nc FROM {from} b) b, (VALUES ('x' COLLATE \"POSIX\")) w(d) WHERE CASE {of} WHEN {at} THEN b.nc = w.d ELSE true END",
    "SELECT count(*) FROM (SELECT b.*, name COLLATE \"C\" AS nc FROM {from} b) b, (VALUES ('x' COLLATE \"POSIX\")) w(d) WHERE CASE {of} WHEN {at} THEN greatest(b.nc, w.d) END IS NULL",
    // What stands for a value within CASE, or for an array's element.
    "SELECT count(*) FROM {from} WHERE CASE (CASE {of} WHEN {at} THEN 1e400 ELSE 0 END) WHEN 1.5::float8 THEN false ELSE true END",
    "SELECT count(*) FROM {from} WHERE (CASE {of} WHEN {at} THEN array['x'] ELSE array['1'] END)::int[] IS NOT NULL",
    // What may be too large.
    "SELECT count(*) FROM {from} WHERE (CASE {of} WHEN {at} THEN array[name, (SELECT 'x')] END) IS NULL",
    "SELECT count(*) FROM {from} WHERE (CASE {of} WHEN {at} THEN row((SELECT 'x'), 1) END) IS NULL",
    "SELECT count(*) FROM {from} WHERE array[array[1], CASE {of} WHEN {at} THEN array[1, 2] ELSE array[1] END] IS NOT NULL",
    // What is said to be leakproof.
    "SELECT count(*) FROM {from} WHERE (CASE {of} WHEN {at} THEN '<(0,0),1e300>'::circle ELSE '<(0,0),1>'::circle END) = '<(0,0),1>'::circle",
    "SELECT count(*) FROM {from} WHERE CASE {of} WHEN {at} THEN starts_with(name, 'x') END IS NULL",
    "SELECT count(*) FROM {from} WHERE CASE {of} WHEN {at} THEN trim_array('1'::oidvector, 1) ELSE '1'::oidvector END = '1'::oidvector",
    "SELECT count(*) FROM {from} WHERE greatest(CASE {of} WHEN {at} THEN trim_array('1'::oidvector, 1) ELSE '1'::oidvector END, '1'::oidvector) IS NULL",
    "SELECT count(*) FROM {from} WHERE (CASE {of} WHEN {at} THEN trim_array('1'::oidvector, 1) ELSE '1'::oidvector END, 1) > ('1'::oidvector, 2)",
    // A byte that as a text is none, before PostgreSQL 15.
    "SELECT count(*) FROM {from} WHERE left(CASE {of} WHEN {at} THEN 'ÿ'::\"char\"::text ELSE 'a' END, 1) = 'b'",
    "SELECT count(*) FROM {from} WHERE length(CASE {of} WHEN {at} THEN concat(200::\"char\", 'a') ELSE 'a' END) = 9",
    // A query that is asked only when a row needs it.
    "SELECT count(*) FROM {from} WHERE {of} = {at} AND name = (SELECT name FROM people)",
    "SELECT count(*) FROM {from} WHERE {of} = {at} AND id = (SELECT max(id) / (count(*) - count(*)) FROM people)",
    "SELECT count(*) FROM {from} WHERE {of} = {at} AND name = any(array(SELECT (1 / (id - id))::text FROM people))",
    "SELECT count(*) FROM {from} WHERE {of} = {at} AND id = (SELECT id FROM people ORDER BY name IS NULL FETCH FIRST 1 ROW WITH TIES)",
    "SELECT count(*) FROM (SELECT CASE {of} WHEN {at} THEN (SELECT name FROM people) END AS x FROM {from}) s WHERE x IS NULL",
    "SELECT count(*) FROM (SELECT CASE {of} WHEN {at} THEN current_user::text::int END AS x, count(*) FROM {from} GROUP BY 1) s WHERE x IS NULL",
    // Of the query around.
    "SELECT count(*) FROM people u WHERE (SELECT count(*) FROM {from} r WHERE (CASE r.{of} WHEN {at} THEN 1 / (u.id - u.id) END) IS NULL) > 0",
    "SELECT sum(c) FROM people u, LATERAL (SELECT count(*) c FROM {from} v WHERE (CASE v.{of} WHEN {at} THEN u.name::int END) IS NULL) s",
    // What is no constant.
    "SELECT count(*) FROM {from} WHERE (CASE {of} WHEN {at} THEN current_user::text::int END) IS NULL",
    "SELECT count(*) FROM {from} WHERE CASE {of} WHEN {at} THEN now() > now() - interval '200000 years' ELSE true END",
    "SELECT count(*) FROM {from} WHERE CASE {of} WHEN {at} THEN now() > date_trunc('nonsense', now()) ELSE true END",
    "SELECT count(*) FROM {from} WHERE CASE {of} WHEN {at} THEN current_date - 2000000000 > current_date ELSE true END",
    "SELECT count(*) FROM {from} WHERE CASE {of} WHEN {at} THEN now() - interval '900 years' - interval '900 years' - interval '6000 years' > now() ELSE true END",
    "SELECT count(*) FROM {from} WHERE CASE {of} WHEN {at} THEN date_trunc('year', timestamptz '4714-12-01 BC') IS NULL ELSE true END",
    "SELECT count(*) FROM {from} WHERE (CASE WHEN {of} = {at} THEN 1 / (length(to_char(now(), 'YYYY')) - 4) END) IS NULL",
    "SELECT count(*) FROM {from} WHERE (CASE WHEN {of} = {at} THEN 1 / (length((timestamptz '2000-01-01')::text) * 0) END) IS NULL",
    // What is left out, or put in another's place, before it is looked for columns.
    "SELECT count(*) FROM {from} WHERE (CASE {of} WHEN {at} THEN (CASE WHEN true THEN current_user::text ELSE name END)::int END) IS NULL",
    "SELECT count(*) FROM (SELECT (CASE {of} WHEN {at} THEN (CASE WHEN false THEN count(*)::text ELSE current_user::text END)::int END) AS x FROM {from} GROUP BY {of}) s WHERE s.x IS NULL",
    "SELECT count(*) FROM {from} v, upper('x') f(t) WHERE (CASE v.{of} WHEN {at} THEN (f.t || current_user)::int END) IS NULL",
    "SELECT count(*) FROM {from} v WHERE {of} = {at} AND id = (SELECT (CASE WHEN true THEN current_user::text ELSE v.id::text END)::int FROM people LIMIT 1)",
    // Within a query that is asked only when a row needs it.
    "SELECT count(*) FROM {from} WHERE {of} = {at} AND id = (SELECT count(*) FROM (SELECT 1 FROM people LIMIT -1) s)",
    "WITH x AS MATERIALIZED (SELECT 1 / (id - id) AS a FROM people) SELECT count(*) FROM {from} WHERE {of} = {at} AND id = (SELECT count(*) FROM x)",
    "SELECT count(*) FROM {from} WHERE {of} = {at} AND id = (SELECT max(x) FROM ratio)",
    "SELECT count(*) FROM {from} WHERE {of} = {at} AND id = (SELECT count(*) FROM (SELECT s, count(*) FROM (SELECT CASE WHEN id > 0 THEN 1 END, '{}'::json AS j FROM people) s GROUP BY s) t)",
    "SELECT count(*) FROM {from} WHERE {of} = {at} AND id IN (SELECT ((SELECT 'x') || current_user)::int)",
    "SELECT count(*) FROM {from} WHERE {of} = {at} AND id IN (VALUES (((SELECT 'x') || current_user)::int))",
    "WITH RECURSIVE r(n) AS (SELECT 2147483640 UNION ALL SELECT n + 1 FROM r) SELECT count(*) FROM {from} WHERE {of} = {at} AND id = (SELECT count(*) FROM r)",
    "SELECT count(*) FROM (SELECT b.*, name COLLATE \"C\" AS nc FROM {from} b) b, (VALUES ('x' COLLATE \"POSIX\")) w(d) WHERE CASE b.{of} WHEN {at} THEN (CASE WHEN b.id > 0 THEN b.nc ELSE w.d END) = (CASE WHEN b.id > 0 THEN b.nc ELSE w.d END) ELSE true END",
    "SELECT count(*) FROM {from} v JOIN people o ON (CASE WHEN v.{of} = {at} THEN (CASE WHEN true THEN current_user::text ELSE o.id::text END)::int END) IS NULL",
    "SELECT count(*) FROM (SELECT b.*, 'v'::text AS k FROM {from} b) v WHERE CASE v.{of} WHEN {at} THEN EXISTS (SELECT FROM people u WHERE u.name < v.k AND 1 / (u.id - u.id) > 0) ELSE true END",
    "SELECT count(*) FROM {from} v, kinds k WHERE CASE v.{of} WHEN {at} THEN EXISTS (SELECT FROM people u WHERE u.name < k.kind AND 1 / (u.id - u.id) > 0) ELSE true END",
    "SELECT count(*) FROM {from} v, kinds k WHERE (CASE v.{of} WHEN {at} THEN (k.kind || current_user)::int END) IS NULL",
    "SELECT count(*) FROM {from} WHERE CASE {of} WHEN {at} THEN current_date - (1 << 30) * 1 > date '2000-01-01' ELSE true END",
    // Arrays without a column, slices of what is none, rows.
    "SELECT count(*) FROM {from} WHERE (CASE {of} WHEN {at} THEN array[array[1], (array[1, 2, 3])[1:length(current_user)]] END) IS NULL",
    "SELECT count(*) FROM {from} WHERE (CASE {of} WHEN {at} THEN point '(1,1)' END)[0:0] IS NULL",
    "SELECT count(*) FROM {from} WHERE CASE WHEN {of} = {at} THEN (row(1, '{}'::json), 1) < (row(1, '{}'::json), 2) ELSE true END",
];

fn text(of: &str, from: &str, column: &str, at: &str) -> String {
    let text = of.replace("{from}", from).replace("{of}", column).replace("{at}", at);
    if from == "visits" {
        text.replace("name COLLATE", "note COLLATE")
            .replace("array[name", "array[note")
            .replace("with(name", "with(note")
            .replace("AND name =", "AND note =")
            .replace("ELSE name END", "ELSE note END")
    } else {
        text
    }
}

#[tokio::test]
async fn what_fails_only_for_a_row_that_is_asked_for_is_refused() {
    let ground = Ground::new().await;
    ground.sql(GROUND).await;
    let mut told = 0;
    for (from, column, at, beside) in [("barred", "salary", "770", "771"), ("visits", "n", "70", "71")] {
        for of in TELLING {
            let (hit, miss) = (text(of, from, column, at), text(of, from, column, beside));
            for text in [&hit, &miss] {
                let said = ground.check(&ground.rep, text).await.map(|_| ()).expect_err(text).to_string();
                assert!(
                    said.contains("could tell of rows that are hidden")
                        || said.contains("could see them first"),
                    "{text}: {said}"
                );
            }
            // That it does tell on a plain connection is what it is refused for.
            let seen = [ground.seen(&ground.rep, &hit).await, ground.seen(&ground.rep, &miss).await];
            told += usize::from(seen[0].is_err() && seen[1].is_ok());
        }
    }
    println!("{told} of these tell a hidden row from none on a plain connection");
    assert!(told >= 60, "only {told} of these tell anything on this server");
    for text in TELLING {
        let text = text.replace("{from}", "people").replace("{of}", "id").replace("{at}", "1");
        if let Err(error) = ground.check(&ground.rep, &text).await {
            panic!("refused, though nothing is hidden: {text}: {error}");
        }
    }
    ground.end().await;
}

#[tokio::test]
async fn ordinary_conditions_pass_over_what_hides_rows() {
    let ground = Ground::new().await;
    ground.sql(GROUND).await;
    for from in ["plain", "barred", "visits"] {
        let (name, number) = if from == "visits" { ("note", "n") } else { ("name", "salary") };
        for text in [
            "SELECT count(*) FROM {from} WHERE {number} > (SELECT avg({number}) FROM {from})",
            "SELECT id FROM {from} WHERE {number} > (SELECT avg(fee) FROM people) AND {number} > (SELECT sum(fee) FROM people WHERE id > 1)",
            "SELECT id FROM {from} WHERE coalesce({number}, 0) % 10 > 5 AND greatest({number}, 5) / 2 > 7",
            "SELECT id FROM {from} WHERE {number} = (SELECT max({number}) FROM {from} WHERE id < 50)",
            "SELECT id FROM {from} v WHERE EXISTS (SELECT FROM people p WHERE p.id = v.id)",
            "SELECT v.id FROM {from} v JOIN people p USING (id) WHERE p.fee IN (1, 2) AND lower(v.{name}) IN (lower('N1'), 'n2') AND extract(year FROM born) IN (2000, 2001)",
            "SELECT id FROM {from} WHERE id IN (SELECT id FROM people) OR id = (SELECT id FROM people ORDER BY born LIMIT 1)",
            "SELECT id FROM {from} WHERE {name} LIKE 'n%' AND {name} ILIKE '%' || 'x' || '%' AND NOT {name} LIKE '_a'",
            "SELECT id, now() FROM {from} WHERE now() - interval '10 days' < now() AND current_date - 30 < current_date",
            "SELECT id FROM {from} WHERE now() - interval '1 day' * 30 < now() AND current_date - 365 * 2 < current_date AND now() - 2 * interval '1 day' < now()",
            "SELECT id FROM {from} WHERE {number} > CASE {name} WHEN 'n1' THEN 20 ELSE 5 END AND {name} = ANY (ARRAY['n1', 'n2'])",
            "SELECT date_trunc('month', born) AS m, count(*) FROM people JOIN {from} USING (id) WHERE born > date_trunc('year', now()) - interval '5 years' GROUP BY 1 ORDER BY 1",
            "SELECT lower({name}), count(*) FROM {from} WHERE upper({name}) <> 'N1' AND length({name}) < 9 GROUP BY lower({name}) HAVING count(*) > 0",
            "SELECT id, rank() OVER (PARTITION BY {name} ORDER BY {number} DESC ROWS BETWEEN 1 PRECEDING AND CURRENT ROW) FROM {from}",
            "WITH t AS (SELECT id, row_number() OVER (ORDER BY {number}) AS r FROM {from}) SELECT id FROM t WHERE r <= 5",
            "WITH t AS (SELECT {name} AS k, count(*) AS many, sum({number}) AS total FROM {from} GROUP BY 1) SELECT k FROM t WHERE many > 2 AND total > 100",
            "SELECT id FROM {from} WHERE ({name}, id) > ('n1', 5) AND id % 2 = 0 AND {number} / 10 < 40",
            "SELECT CASE {name} WHEN 'n1' THEN 1 ELSE 2 END FROM {from} WHERE CASE id WHEN 1 THEN true WHEN 2 THEN false ELSE {name} = 'n3' END",
            "SELECT id FROM {from} WHERE id = ANY ('{{1,2,3}}'::int[]) AND {name} IN ('n1', 'n2') AND coalesce(nullif({name}, ''), 'x') <> 'x'",
            "SELECT split_part({name}, 'n', 2), to_char(now(), 'YYYY-MM') FROM {from} WHERE split_part({name}, 'n', 1) = '' AND substr({name}, 1, 2) = 'n1'",
            "WITH x AS MATERIALIZED (SELECT current_user::text AS me) SELECT v.id FROM {from} v, x WHERE v.{name} = x.me",
        ] {
            let text = text
                .replace("{from}", from)
                .replace("{name}", name)
                .replace("{number}", number)
                .replace("{{", "{")
                .replace("}}", "}");
            if let Err(error) = ground.check(&ground.rep, &text).await {
                panic!("refused: {text}: {error}");
            }
        }
    }
    for (text, word) in [
        ("SELECT id FROM plain WHERE name LIKE 'n\\'", "could see them first"),
        ("SELECT id FROM plain WHERE name LIKE name", "could see them first"),
        ("SELECT id FROM plain WHERE split_part(name, 'n', id - 77) = ''", "could see them first"),
        ("SELECT id FROM plain WHERE substr(name, 1, id - 77) = ''", "could see them first"),
        ("SELECT id FROM plain WHERE salary / (id - 77) = 1", "could see them first"),
        ("SELECT id FROM plain WHERE salary / 0 = 1", "could see them first"),
        (
            "SELECT id FROM plain WHERE name||name||name||name||name||name||name||name = 'x'",
            "could see them first",
        ),
        (
            "SELECT count(*) OVER (ROWS BETWEEN -1 PRECEDING AND CURRENT ROW) FROM plain",
            "could see them first",
        ),
        ("SELECT id FROM plain WHERE id = (SELECT id FROM people)", "could see them first"),
        ("SELECT id FROM barred WHERE id = (SELECT sum(id::float8) FROM people)", "could tell of rows"),
        ("SELECT count(*) FROM plain v, ratio r WHERE v.salary = 770 AND r.x = v.id", "could see them first"),
        (
            "SELECT count(*) FROM plain WHERE salary = 770 AND id = (SELECT count(*) FROM (SELECT 1 FROM people LIMIT -1) s)",
            "could see them first",
        ),
        (
            "SELECT count(*) FROM plain WHERE date_trunc('year', CASE salary WHEN 770 THEN timestamp '4714-12-01 BC' ELSE timestamp '2000-01-01' END) IS NOT NULL",
            "could see them first",
        ),
        (
            "SELECT count(*) FROM plain WHERE date_part('year', CASE salary WHEN 770 THEN date '5874897-12-31' ELSE date '2000-01-01' END) IS NOT NULL",
            "could see them first",
        ),
        ("SELECT count(*) FROM plain v, people p WHERE v.name LIKE p.name || '%'", "could see them first"),
        (
            "SELECT count(*) FROM plain WHERE (CASE salary WHEN 770 THEN '[[1]]'::jsonb ELSE '1'::jsonb END) @> to_jsonb(name)",
            "could see them first",
        ),
        (
            "SELECT count(*) FROM plain WHERE length((CASE salary WHEN 770 THEN 'a&b'::tsquery ELSE 'a'::tsquery END)::text) = 1",
            "could see them first",
        ),
        (
            "SELECT count(*) FROM plain WHERE salary = 770 AND id = (SELECT count(*) FROM generate_series(1, 20000000) a)",
            "could see them first",
        ),
        (
            "SELECT count(*) FROM plain v JOIN (SELECT p, count(*) FROM people p GROUP BY p) s ON s.count = v.id",
            "could see them first",
        ),
    ] {
        let said = ground.check(&ground.rep, text).await.map(|_| ()).expect_err(text).to_string();
        assert!(said.contains(word), "{text}: {said}");
    }
    ground.end().await;
}

#[tokio::test]
async fn a_virtual_column_that_is_a_constant_is_no_column() {
    let ground = Ground::new().await;
    let version = ground.version().await;
    if version < 180_000 {
        println!("skipped: virtual generated columns are there from 18 on");
        return ground.end().await;
    }
    ground.sql(GROUND).await;
    ground
        .sql(
            "CREATE TABLE reporting.sorts (id int, sort text GENERATED ALWAYS AS ('x'::text) VIRTUAL, twice int GENERATED ALWAYS AS (id * 2) VIRTUAL, \
             named text GENERATED ALWAYS AS (coalesce('x', id::text)) VIRTUAL); CREATE VIEW reporting.of_sorts AS SELECT * FROM reporting.sorts; \
             INSERT INTO reporting.sorts VALUES (1); GRANT SELECT ON reporting.sorts, reporting.of_sorts TO {}_rep",
        )
        .await;
    for (from, column) in
        [("sorts", "s.sort"), ("sorts", "s.named"), ("of_sorts", "s.sort"), ("of_sorts", "s.named")]
    {
        let text = |at: u32| {
            format!(
                "SELECT count(*) FROM barred v, {from} s WHERE (CASE v.salary WHEN {at} THEN ({column} || current_user)::int END) IS NULL"
            )
        };
        assert!(
            ground.seen(&ground.rep, &text(770)).await.is_err()
                && ground.seen(&ground.rep, &text(771)).await.is_ok()
        );
        let said = ground.check(&ground.rep, &text(770)).await.map(|_| ()).unwrap_err().to_string();
        assert!(said.contains("could tell of rows"), "{said}");
    }
    ground
        .check(&ground.rep, "SELECT v.id FROM barred v JOIN sorts s ON s.twice = v.id WHERE v.salary > 5")
        .await
        .unwrap();
    ground.end().await;
}
