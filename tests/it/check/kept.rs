//! Views that keep one of several rows which they take for equal: the server takes conditions below DISTINCT, GROUP BY, a window's partition and
//! UNION, so that one which tells equal values apart chooses another row than the view shows.

use super::fixture::Ground;

const GROUND: &str = "CREATE SCHEMA hidden; CREATE TABLE hidden.amounts (id int, amt numeric, held interval, note text); \
    INSERT INTO hidden.amounts VALUES (1, 1.0, '1 mon', 'secret'), (2, 1.00, '30 days', 'current'), (3, 2.5, '1 day', 'other'); \
    CREATE TABLE reporting.labels (label text); INSERT INTO reporting.labels VALUES ('1.0'); \
    CREATE VIEW reporting.ranked WITH (security_barrier) AS SELECT id, amt, held, note FROM \
        (SELECT a.*, row_number() OVER (PARTITION BY amt ORDER BY id DESC) AS n FROM hidden.amounts a) s WHERE n = 1; \
    CREATE VIEW reporting.latest WITH (security_barrier) AS SELECT DISTINCT ON (amt) id, amt, note FROM hidden.amounts ORDER BY amt, id DESC; \
    CREATE VIEW reporting.held AS SELECT DISTINCT ON (held) id, held, note FROM hidden.amounts ORDER BY held, id DESC; \
    CREATE VIEW reporting.grouped AS SELECT amt, max(id) AS id, max(note) AS note FROM hidden.amounts GROUP BY amt; \
    CREATE VIEW reporting.written AS SELECT amt::text AS label, max(note) AS note FROM hidden.amounts GROUP BY amt; \
    CREATE VIEW reporting.together AS SELECT amt, 'x' AS note FROM hidden.amounts UNION SELECT 9.9, 'y'; \
    CREATE VIEW reporting.common AS WITH w AS (SELECT DISTINCT ON (amt) * FROM hidden.amounts ORDER BY amt, id DESC) SELECT id, amt, note FROM w; \
    CREATE VIEW reporting.over_ranked AS SELECT id, amt, amt::text AS label, note FROM reporting.ranked; \
    CREATE VIEW reporting.named AS SELECT DISTINCT ON (note) id, note, amt FROM hidden.amounts ORDER BY note, id; \
    CREATE VIEW reporting.by_text AS SELECT l.label, c.note FROM reporting.labels l JOIN reporting.common c ON c.amt::text = l.label; \
    CREATE VIEW reporting.by_itself AS SELECT l.label, s.note FROM reporting.labels l JOIN \
        (SELECT DISTINCT ON (amt) amt, note FROM hidden.amounts ORDER BY amt, id DESC) s ON s.amt::text = l.label; \
    CREATE VIEW reporting.by_value AS SELECT r.note, r.amt, c.amt AS other FROM reporting.ranked r JOIN reporting.common c ON c.amt = r.amt; \
    CREATE VIEW reporting.is_one AS SELECT note, amt = 1 AS one FROM reporting.common; \
    CREATE TYPE reporting.state AS ENUM ('open', 'shut'); CREATE TABLE hidden.cases (id int, patient int, state reporting.state, cost numeric(10, 2), los interval); \
    CREATE VIEW reporting.dearest AS SELECT DISTINCT ON (patient) id, patient, state, cost, los FROM hidden.cases ORDER BY patient, cost DESC, los; \
    CREATE VIEW reporting.states AS SELECT state, cost, count(*) AS n FROM hidden.cases GROUP BY state, cost; \
    GRANT SELECT ON ALL TABLES IN SCHEMA reporting TO {}_rep";

#[tokio::test]
async fn what_a_view_takes_for_equal_is_told_apart_by_no_condition() {
    let ground = Ground::new().await;
    ground.sql(GROUND).await;
    let mut chosen = 0;
    for text in [
        "SELECT note FROM ranked WHERE amt::text = '1.0'",
        "SELECT note FROM ranked WHERE amt::text IN ('1.0', '2')",
        "SELECT note FROM ranked WHERE scale(amt) = 1",
        "SELECT note FROM ranked r WHERE r::text LIKE '(1,%'",
        "SELECT note FROM (SELECT amt AS a, note FROM ranked) s WHERE a::text = '1.0'",
        "SELECT note FROM (SELECT amt::text AS a, note FROM ranked) s WHERE a = '1.0'",
        "WITH w AS (SELECT amt::text AS a, note FROM ranked) SELECT note FROM w WHERE a = '1.0'",
        "SELECT note FROM ranked r, LATERAL (SELECT r.amt::text AS a) s WHERE s.a = '1.0'",
        "SELECT note FROM ranked r JOIN labels l ON l.label = r.amt::text",
        "SELECT note FROM ranked WHERE CASE amt::text WHEN '1.0' THEN true END",
        "SELECT note FROM over_ranked WHERE label = '1.0'",
        "SELECT note FROM over_ranked WHERE amt::text = '1.0'",
        "SELECT note FROM latest WHERE amt::text = '1.0'",
        "SELECT note FROM common WHERE amt::text = '1.0'",
        "SELECT note FROM held WHERE held::text = '1 mon'",
        "SELECT note FROM grouped WHERE amt::text = '1.0'",
        "SELECT note FROM written WHERE label = '1.0'",
        "SELECT (q.r).note FROM (SELECT t AS r FROM (SELECT amt, note FROM latest) t) q WHERE (q.r).amt::text = '1.0'",
        "WITH t AS (SELECT amt, note FROM latest) SELECT (q.r).note FROM (SELECT t AS r FROM t) q WHERE (q.r).amt::text = '1.0'",
        "SELECT (q.r).note FROM (SELECT t AS r FROM (SELECT amt, note FROM latest UNION ALL SELECT amt, note FROM ranked) t) q WHERE (q.r).amt::text = '1.0'",
        "SELECT note FROM by_text WHERE label = '1.0'",
        "SELECT note FROM by_itself WHERE label = '1.0'",
        "SELECT count(*) FROM together WHERE amt::text = '1.0' AND note = 'x'",
    ] {
        ground.check(&ground.rep, text).await.map(|_| ()).expect_err(text);
        // Where it is no barrier, it does choose the row that nobody is shown.
        chosen += usize::from(ground.seen(&ground.rep, text).await == Ok("1".to_owned()));
    }
    assert!(chosen >= 8, "only {chosen} of these choose another row on this server");
    for text in [
        "SELECT note FROM ranked WHERE amt = 1",
        "SELECT note, amt::text FROM ranked WHERE amt > 0.5 AND note = 'current' ORDER BY amt::text",
        "SELECT note FROM ranked WHERE amt IN (1, 2.5) OR amt IS NULL OR amt BETWEEN 3 AND 4",
        "SELECT note FROM ranked WHERE id::text = '1'",
        "SELECT note FROM ranked WHERE held::text = '1 mon'",
        "WITH w AS MATERIALIZED (SELECT * FROM ranked) SELECT note FROM w WHERE amt::text = '1.00'",
        "SELECT note FROM over_ranked WHERE amt < 2",
        "SELECT id FROM dearest WHERE abs(cost) > 20 AND extract(hour FROM los) > 2 AND state::text LIKE 'o%'",
        "SELECT n FROM states WHERE state::text = 'open' AND abs(cost) > 5",
        "SELECT note FROM by_value WHERE other = 1",
        "SELECT note FROM is_one WHERE one::text = 'true'",
        "SELECT note FROM named WHERE note::varchar LIKE 'cur%' AND upper(note) > 'A' AND note COLLATE \"C\" < 'd'",
        "SELECT amt, count(*) FROM grouped GROUP BY amt HAVING count(*) > 0",
        "SELECT max(note) FROM grouped WHERE note IS NOT NULL AND id > 1",
        "SELECT note FROM latest l WHERE l.amt = (SELECT max(amt) FROM latest)",
    ] {
        ground.check(&ground.rep, text).await.map(|_| ()).expect(text);
    }
    ground.end().await;
}
