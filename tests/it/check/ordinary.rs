//! Ordinary reports over ordinary views: of a hospital, and of a library whose records are `jsonb`.

use rolewright_core::Ident;

use super::fixture::Ground;

const HOSPITAL: &str = "CREATE SCHEMA hosp; CREATE TYPE reporting.state AS ENUM ('admitted', 'discharged', 'cancelled'); \
    CREATE TABLE hosp.patients (id int PRIMARY KEY, family text, given text, born date, sex text, extra jsonb); \
    CREATE TABLE hosp.wards (id int PRIMARY KEY, name text, tags text[]); \
    CREATE TABLE hosp.stays (id int PRIMARY KEY, patient_id int REFERENCES hosp.patients, ward_id int REFERENCES hosp.wards, state reporting.state, \
      admitted timestamptz, discharged timestamptz, drg text, cost numeric, diagnoses text[]); \
    CREATE VIEW reporting.st AS SELECT id, patient_id, ward_id, state, admitted, drg, diagnoses, cost FROM hosp.stays WHERE state <> 'cancelled'; \
    CREATE VIEW reporting.stays AS SELECT s.id, p.family || ', ' || p.given AS full_name, p.extra->>'language' AS lang, p.sex::text AS sex, w.name AS ward, s.drg, s.cost, \
      s.admitted, s.admitted::date AS day, to_char(s.admitted, 'YYYY-MM') AS month, date_trunc('month', s.admitted) AS since, round(s.cost, 2) AS price, s.cost * 1.2 AS gross, s.state \
      FROM hosp.stays s JOIN hosp.patients p ON p.id = s.patient_id LEFT JOIN hosp.wards w ON w.id = s.ward_id WHERE s.state <> 'cancelled'; \
    CREATE VIEW reporting.by_ward AS SELECT ward_id, count(*) AS n, sum(cost) AS c, avg(cost) AS a, max(admitted) AS m FROM hosp.stays WHERE state = 'admitted' GROUP BY 1; \
    CREATE VIEW reporting.busy AS SELECT ward_id, count(*) AS n FROM hosp.stays WHERE state = 'admitted' GROUP BY 1 HAVING 10 / count(*) < 1; \
    CREATE VIEW reporting.ranked AS SELECT id, patient_id, rank() OVER (PARTITION BY patient_id ORDER BY admitted) AS r, lag(admitted) OVER (PARTITION BY patient_id ORDER BY admitted) AS l \
      FROM hosp.stays WHERE state = 'admitted'; \
    CREATE VIEW reporting.top AS SELECT ward_id, drg::int AS code FROM hosp.stays ORDER BY cost DESC LIMIT 10; \
    CREATE VIEW reporting.tagged AS SELECT w.id, t.tag FROM hosp.wards w CROSS JOIN LATERAL unnest(w.tags) t(tag)";

const LIBRARY: &str = "CREATE SCHEMA inv; CREATE TABLE inv.users (id uuid PRIMARY KEY, jsonb jsonb, group_id uuid); CREATE TABLE inv.groups (id uuid PRIMARY KEY, jsonb jsonb); \
    CREATE TABLE inv.instance (id uuid PRIMARY KEY, jsonb jsonb); \
    CREATE VIEW reporting.users AS SELECT u.id, u.jsonb->>'username' AS username, (u.jsonb->>'created')::timestamptz AS created, u.group_id, g.jsonb->>'group' AS grp, (g.jsonb->>'rank')::int AS rank \
      FROM inv.users u LEFT JOIN inv.groups g ON g.id = u.group_id; \
    CREATE VIEW reporting.instances AS SELECT id, jsonb->>'title' AS title, jsonb->'languages' AS languages, (jsonb->>'year')::int AS year FROM inv.instance WHERE NOT (jsonb->>'suppressed')::boolean; \
    GRANT SELECT ON ALL TABLES IN SCHEMA reporting TO {}_rep";

const PASSING: [&str; 35] = [
    "SELECT d::date, count(v.id) FROM generate_series(date '2024-01-01', date '2024-01-31', interval '1 day') d LEFT JOIN st v ON v.admitted::date = d::date GROUP BY 1 ORDER BY 1",
    "SELECT d, count(v.id) FROM generate_series(date_trunc('month', now()) - interval '11 months', now(), interval '1 month') d LEFT JOIN st v ON date_trunc('month', v.admitted) = d GROUP BY 1",
    "SELECT ward, count(*), avg(cost) FROM stays WHERE admitted > now() - interval '1 year' GROUP BY ward HAVING count(*) > 5 ORDER BY 2 DESC",
    "SELECT month, sum(gross) FROM stays WHERE state = 'admitted' GROUP BY month ORDER BY month",
    "SELECT id FROM stays WHERE full_name = 'A, B' OR full_name ILIKE 'a%' OR lang = 'cs'",
    "SELECT day, count(*) FROM stays WHERE day BETWEEN '2025-01-01' AND '2025-02-01' GROUP BY day",
    "SELECT since, percentile_cont(0.5) WITHIN GROUP (ORDER BY cost) FROM stays WHERE sex = 'f' GROUP BY since",
    "SELECT id FROM stays WHERE price > 100 AND gross > 100",
    "SELECT drg, count(*) FROM st WHERE drg LIKE 'DRG1%' GROUP BY drg HAVING count(*) > 20",
    "SELECT id FROM st WHERE state = 'admitted' AND admitted::date = '2025-02-02' AND admitted >= date '2025-02-01'",
    "SELECT date_trunc('month', admitted), round(cost), to_char(admitted, 'YYYY') FROM st GROUP BY 1, 2, 3 ORDER BY 3",
    "SELECT id FROM st WHERE id IN (SELECT id FROM top2) AND NOT EXISTS (SELECT FROM by_ward b WHERE b.ward_id = st.ward_id)",
    "SELECT id, row_number() OVER (PARTITION BY drg ORDER BY cost DESC) FROM st",
    "WITH t AS (SELECT id, row_number() OVER (PARTITION BY drg ORDER BY cost DESC) AS rn FROM st) SELECT id FROM t WHERE rn = 1",
    "SELECT id FROM st WHERE 'A03' = ANY (diagnoses) AND (drg, id) > ('DRG1', 5) AND length(drg) = 4 ORDER BY random() LIMIT 3",
    "SELECT ward_id FROM by_ward WHERE n > 100 AND c > 100 AND a > 5 AND m > '2025-03-01' AND ward_id = 1",
    "SELECT id FROM ranked WHERE r = 1 AND l IS NULL",
    "SELECT code FROM top WHERE code > 5 AND ward_id = 3",
    "SELECT tag, count(*) FROM tagged WHERE tag LIKE 'a%' GROUP BY tag",
    "SELECT username FROM users WHERE username = 'user5'",
    "SELECT count(*) FROM users WHERE username LIKE 'user1%' AND created > '2020-01-01'",
    "SELECT created::date, count(*) FROM users GROUP BY 1",
    "SELECT grp, count(*) FROM users GROUP BY grp ORDER BY grp",
    "SELECT username FROM users WHERE grp = 'staff' ORDER BY username",
    "SELECT * FROM users WHERE id = '00000000-0000-0000-0000-000000000000'",
    "SELECT title FROM instances WHERE title ILIKE '%war%' AND languages @> '[\"eng\"]' ORDER BY title",
    "SELECT languages->>0, count(*) FROM instances GROUP BY 1",
    "SELECT lower(left(title, 1)) AS letter, count(*) FROM instances GROUP BY 1 HAVING count(*) > 1",
    "SELECT i.title, u.username FROM instances i JOIN users u ON u.username = i.title",
    "SELECT title FROM instances WHERE id IN (SELECT id FROM users WHERE username > 'm')",
    "SELECT count(DISTINCT title), string_agg(title, ', ' ORDER BY title) FROM instances WHERE title IS NOT NULL",
    "SELECT title, year FROM instances",
    "SELECT s.ward, b.n FROM stays s JOIN by_ward b ON b.n = s.id",
    "SELECT coalesce(ward, 'none'), count(*) FILTER (WHERE cost > 10) FROM stays GROUP BY ROLLUP (1)",
    "SELECT extract(year FROM admitted), count(*) FROM st WHERE extract(dow FROM admitted) = 1 GROUP BY 1",
];

/// What a hidden row could be found by.
const REFUSED: [&str; 7] = [
    "SELECT title FROM instances WHERE year = 1999",
    "SELECT id FROM stays WHERE 1 / (cost - 770) = 1",
    "SELECT username FROM users WHERE rank = 3",
    "SELECT username FROM users WHERE grp::int = 3",
    "SELECT ward_id FROM busy WHERE 1 / (n - 3) = 1",
    "SELECT ward_id FROM by_ward WHERE 1 / (ward_id - 3) = 1",
    "SELECT id FROM st WHERE drg ~ 'a('",
];

#[tokio::test]
async fn ordinary_reports_over_views_pass() {
    let ground = Ground::new().await;
    ground.sql(HOSPITAL).await;
    ground.sql("CREATE VIEW reporting.top2 AS SELECT id FROM hosp.stays WHERE cost > 5").await;
    ground.sql(LIBRARY).await;
    let mut refused = Vec::new();
    for text in PASSING {
        if let Err(error) = ground.check(&ground.rep, text).await {
            refused.push(format!("{text}: {error}"));
        }
    }
    for text in REFUSED {
        if ground.check(&ground.rep, text).await.is_ok() {
            refused.push(format!("taken: {text}"));
        }
    }
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    for (text, why) in [
        ("SELECT title FROM instances WHERE year = 1999", "it computes year by "),
        ("SELECT id FROM st WHERE drg ~ 'a('", "the operator ~ can fail"),
        ("SELECT id FROM stays WHERE 1 / (cost - 770) = 1", "can fail"),
    ] {
        let said = ground.check(&ground.rep, text).await.map(|_| ()).expect_err(text).to_string();
        assert!(said.contains(why), "{text}: {said}");
    }
    ground.end().await;
}

/// What `docs/views.md` advises.
#[tokio::test]
async fn what_is_advised_for_views_passes() {
    let ground = Ground::new().await;
    ground.sql(HOSPITAL).await;
    ground
        .sql(
            "CREATE VIEW reporting.all_stays AS SELECT id, drg, cost, (drg || '0')::text AS code, state FROM hosp.stays; \
             CREATE VIEW reporting.some_stays AS SELECT * FROM reporting.all_stays WHERE state = 'admitted'; \
             CREATE MATERIALIZED VIEW reporting.kept AS SELECT id, drg::text AS drg, cost FROM hosp.stays WHERE state = 'admitted'; \
             CREATE VIEW reporting.barred WITH (security_barrier) AS SELECT id, drg, cost, admitted FROM hosp.stays WHERE state = 'admitted'; \
             CREATE TABLE reporting.own (id int, drg text, shown bool); \
             GRANT SELECT ON ALL TABLES IN SCHEMA reporting TO {}_rep",
        )
        .await;
    let version = ground.version().await;
    if version < 150_000 {
        println!("security_invoker is left out: it is there from 15 on");
    } else {
        ground
            .sql(
                "CREATE VIEW reporting.invoking WITH (security_invoker) AS SELECT id, drg FROM reporting.own WHERE shown; \
                 GRANT SELECT ON reporting.invoking TO {}_rep",
            )
            .await;
        ground.check(&ground.rep, "SELECT id FROM invoking WHERE 1 / (id - 7) = 1").await.unwrap();
    }
    for text in [
        "SELECT id FROM some_stays WHERE 1 / (cost - 770) = 1 AND code ~ '1+'",
        "SELECT id FROM kept WHERE 1 / (cost - 770) = 1",
        "SELECT id FROM barred WHERE 1 / (cost - 770) = 1 AND drg ~ 'x'",
        "SELECT id, 1 / (cost - 770) FROM st",
    ] {
        if let Err(error) = ground.check(&ground.rep, text).await {
            panic!("refused: {text}: {error}");
        }
    }
    // `double precision`; `date` and `text`.
    let path = [Ident::new("reporting").unwrap()];
    for (text, types) in [
        (
            "WITH x AS MATERIALIZED (SELECT now() - :days * interval '1 day' AS since) SELECT s.id FROM barred s, x WHERE s.admitted >= x.since",
            &[701][..],
        ),
        ("SELECT id FROM st WHERE admitted >= :since::date AND drg ILIKE '%' || :part || '%'", &[1082, 25]),
    ] {
        if let Err(error) = ground.checker.check_text(text, types, &path, &ground.rep).await {
            panic!("refused: {text}: {error}");
        }
    }
    ground.end().await;
}

/// Tables that everybody reads, of which row level security shows each their own.
const WARDS: &str = "CREATE TABLE reporting.staff (login text, ward int); \
    CREATE TABLE reporting.patient (id int PRIMARY KEY, ward int, name text, born date); \
    CREATE TABLE reporting.visit (id int PRIMARY KEY, patient int, ward int, admitted timestamptz, cost numeric); \
    ALTER TABLE reporting.patient ENABLE ROW LEVEL SECURITY; ALTER TABLE reporting.visit ENABLE ROW LEVEL SECURITY; \
    CREATE POLICY own ON reporting.patient USING (ward IN (SELECT s.ward FROM reporting.staff s WHERE s.login = current_user)); \
    CREATE POLICY own ON reporting.visit USING (ward IN (SELECT s.ward FROM reporting.staff s WHERE s.login = current_user)); \
    CREATE VIEW reporting.recent AS SELECT v.*, p.name FROM reporting.visit v JOIN reporting.patient p ON p.id = v.patient WHERE v.cost > 0; \
    GRANT SELECT ON ALL TABLES IN SCHEMA reporting TO {}_rep";

#[tokio::test]
async fn ordinary_reports_over_row_level_security_pass() {
    let ground = Ground::new().await;
    ground.sql(WARDS).await;
    for text in [
        "SELECT p.name FROM patient p WHERE NOT EXISTS (SELECT 1 FROM visit v WHERE v.patient = p.id AND v.admitted > now() - interval '1 year')",
        "SELECT p.name FROM patient p WHERE (SELECT count(*) FROM visit v WHERE v.patient = p.id) > 3",
        "SELECT p.name, max(v.admitted) FROM patient p JOIN visit v ON v.patient = p.id WHERE v.cost > 100 GROUP BY p.name HAVING count(*) > 2",
        "SELECT name FROM patient WHERE id IN (SELECT patient FROM visit WHERE admitted > now() - interval '30 days')",
        "SELECT p.ward, count(*) FROM patient p LEFT JOIN visit v ON v.patient = p.id AND v.admitted >= date '2024-01-01' GROUP BY p.ward",
        "SELECT id FROM visit WHERE cost > (SELECT avg(cost) FROM visit)",
        "SELECT name, count(*) FROM recent WHERE admitted > now() - interval '1 year' GROUP BY name",
    ] {
        if let Err(error) = ground.check(&ground.rep, text).await {
            panic!("refused: {text}: {error}");
        }
    }
    ground.end().await;
}
