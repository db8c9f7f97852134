//! Views that hide rows of what is read by itself: of a barrier, of a query that is kept, of a view that asks or places what can fail.

use super::fixture::Ground;

const VIEWS: &str = "CREATE SCHEMA hidden; CREATE TABLE hidden.big AS SELECT g AS id, g * 10 AS salary, CASE g WHEN 77 THEN 7 ELSE 1 + g % 5 END AS dep FROM generate_series(1, 500) g; \
    CREATE TABLE hidden.member AS SELECT id AS pid FROM hidden.big WHERE id <> 77; CREATE INDEX ON hidden.big (id); CREATE INDEX ON hidden.big (salary); \
    CREATE TABLE reporting.keys AS SELECT id, salary FROM hidden.big; CREATE TABLE reporting.pairs AS SELECT g AS id, g - 77 AS b FROM generate_series(1, 500) g; \
    CREATE INDEX ON hidden.member (pid); CREATE INDEX ON reporting.pairs (id); ANALYZE hidden.big; ANALYZE hidden.member; ANALYZE reporting.pairs; ANALYZE reporting.keys; \
    CREATE FUNCTION hidden.shown(int) RETURNS bool LANGUAGE plpgsql STABLE COST 1000 AS 'BEGIN RETURN $1 <> 77; END'; GRANT USAGE ON SCHEMA hidden TO {}_rep; \
    CREATE VIEW hidden.divided WITH (security_barrier) AS SELECT id, salary, 100 / (7 - dep) AS x FROM hidden.big; \
    CREATE VIEW hidden.noisy AS SELECT id, salary, 100 / (7 - dep) AS x, random() AS r FROM hidden.big; \
    CREATE VIEW reporting.of_barrier AS SELECT u.id, u.salary, u.x FROM hidden.divided u JOIN hidden.member m ON m.pid = u.id; \
    CREATE VIEW reporting.barrier_of_barrier WITH (security_barrier) AS SELECT u.id, u.salary, u.x FROM hidden.divided u JOIN hidden.member m ON m.pid = u.id; \
    CREATE VIEW reporting.of_noisy AS SELECT u.id, u.salary, u.x FROM hidden.noisy u JOIN hidden.member m ON m.pid = u.id; \
    CREATE VIEW reporting.of_noisy_query AS SELECT u.id, u.salary, u.x FROM (SELECT id, salary, 100 / (7 - dep) AS x, random() AS r FROM hidden.big) u JOIN hidden.member m ON m.pid = u.id; \
    CREATE VIEW reporting.over_of_barrier AS SELECT * FROM reporting.of_barrier; \
    CREATE VIEW reporting.quotients AS SELECT id, coalesce(100 / b, 0) AS x FROM reporting.pairs; \
    CREATE VIEW reporting.left_quotients AS SELECT p.id, f.x FROM reporting.pairs p LEFT JOIN reporting.quotients f ON f.id = p.id; \
    CREATE VIEW reporting.of_left AS SELECT c.id, c.salary, l.x FROM hidden.big c JOIN hidden.member m ON m.pid = c.id JOIN reporting.left_quotients l ON l.id = c.id; \
    CREATE VIEW reporting.listed AS SELECT k.id, k.salary, (SELECT u.x FROM hidden.divided u WHERE u.salary = k.salary AND hidden.shown(u.id)) AS x FROM reporting.keys k; \
    CREATE VIEW reporting.twice AS WITH w AS (SELECT id, salary, 100 / (7 - dep) AS x FROM hidden.big) SELECT a.id, a.salary, a.x, (SELECT count(*) FROM w b WHERE b.id = a.id) AS c FROM w a WHERE hidden.shown(a.id); \
    CREATE VIEW reporting.records AS SELECT DISTINCT ON (salary) salary, id, 1 AS x FROM hidden.big ORDER BY salary, CASE dep WHEN 7 THEN row(1, 'a') ELSE row(1, 2) END; \
    CREATE VIEW hidden.failing AS SELECT id FROM hidden.big WHERE 100 / (7 - dep) > 0; \
    CREATE VIEW reporting.left_failing AS SELECT b.id, b.salary, r.id AS x FROM hidden.big b LEFT JOIN hidden.failing r ON r.id = b.id WHERE hidden.shown(b.id + coalesce(r.id, 0) * 0); \
    CREATE FUNCTION hidden.mine() RETURNS int LANGUAGE plpgsql AS 'BEGIN RETURN 1; END'; CREATE TABLE hidden.asked AS SELECT 1 AS id; \
    ALTER TABLE hidden.asked ENABLE ROW LEVEL SECURITY; ALTER TABLE hidden.asked FORCE ROW LEVEL SECURITY; CREATE POLICY p ON hidden.asked USING (id = hidden.mine()); \
    CREATE VIEW reporting.volatile_deeper AS SELECT u.id, u.salary, u.x FROM (SELECT id, salary, 100 / (7 - dep) AS x, (SELECT count(*) FROM hidden.asked p WHERE p.id = b.id) AS r FROM hidden.big b) u \
      JOIN hidden.member m ON m.pid = u.id; \
    CREATE VIEW reporting.volatile_with AS WITH w AS (SELECT id, salary, 100 / (7 - dep) AS x FROM hidden.big WHERE clock_timestamp() > '2000-01-01') SELECT u.id, u.salary, u.x FROM w u WHERE hidden.shown(u.id); \
    CREATE VIEW reporting.volatile_within AS WITH w AS (SELECT id, salary, 100 / (7 - dep) AS x FROM hidden.big WHERE EXISTS (SELECT FROM hidden.asked)) SELECT u.id, u.salary, u.x FROM w u WHERE hidden.shown(u.id); \
    CREATE VIEW reporting.allowed_only AS SELECT b.id, b.salary, b.dep FROM hidden.big b JOIN hidden.member m ON m.pid = b.id; \
    CREATE VIEW reporting.readable WITH (security_barrier) AS SELECT b.id, b.salary, 100 / (7 - b.dep) AS x FROM hidden.big b JOIN hidden.member m ON m.pid = b.id; \
    CREATE VIEW reporting.joined_to AS SELECT r.id, r.salary, 1 AS x, k.id AS k FROM reporting.readable r JOIN reporting.keys k ON k.id = r.x; \
    CREATE TABLE reporting.every_few (id int, k int); CREATE VIEW reporting.compared AS SELECT id, salary, 1 AS x FROM reporting.readable WHERE x <> 0; \
    CREATE VIEW reporting.compared_through AS SELECT r.id, r.salary, 1 AS x FROM reporting.readable r JOIN reporting.keys k ON k.id = r.x WHERE k.id = 5; \
    CREATE VIEW reporting.compared_within AS SELECT r.id, r.salary, 1 AS x FROM reporting.readable r JOIN reporting.keys k ON k.id = r.id AND (r.x <> 0 AND r.id = k.id); \
    CREATE VIEW reporting.compared_between AS SELECT r.id, r.salary, 1 AS x FROM reporting.readable r JOIN reporting.keys k ON k.id = r.id AND r.x BETWEEN -200 AND k.id; \
    CREATE VIEW reporting.compared_by_either AS SELECT r.id, r.salary, 1 AS x FROM reporting.readable r JOIN reporting.keys k ON (r.x <> 0 AND k.id = r.id) OR (r.x <> 0 AND k.salary = r.id); \
    CREATE VIEW reporting.groups_of AS SELECT salary, count(*) AS x FROM reporting.allowed_only GROUP BY salary, dep HAVING count(*) > 0 AND (max(id) > 0 AND 100 / (7 - dep) <> 0); \
    CREATE VIEW reporting.compared_with_one AS SELECT r.id, r.salary, 1 AS x FROM reporting.readable r WHERE r.x <> (SELECT count(*) FROM reporting.every_few); \
    CREATE VIEW reporting.compared_around AS SELECT k.id, k.salary, 1 AS x FROM reporting.keys k WHERE (SELECT count(*) FROM reporting.readable r WHERE r.salary = k.salary AND r.x <> k.id) >= 0; \
    CREATE VIEW reporting.compared_above AS SELECT id, salary, x FROM reporting.joined_to WHERE k = 14; \
    CREATE TABLE reporting.few (id int, k int); ALTER TABLE reporting.few ENABLE ROW LEVEL SECURITY; CREATE POLICY few ON reporting.few USING (k = 14); \
    CREATE VIEW reporting.few_keys AS SELECT id, k FROM reporting.every_few WHERE k = 14; \
    CREATE VIEW reporting.compared_below AS SELECT r.id, r.salary, 1 AS x FROM reporting.readable r JOIN reporting.few_keys f ON f.k = r.x; \
    CREATE VIEW hidden.typing AS SELECT id, salary, 100 / (7 - dep) AS n FROM hidden.big; \
    CREATE VIEW reporting.of_typing AS SELECT t.id, t.salary, 1 AS x FROM hidden.typing t JOIN hidden.member m ON m.pid = t.id WHERE t.n > 5; \
    CREATE VIEW reporting.joined_by AS SELECT r.id, r.salary, 1 AS x FROM reporting.readable r JOIN reporting.keys k ON k.id = r.x; \
    CREATE VIEW reporting.over_readable AS SELECT r.id, r.salary, r.x, k.salary AS s FROM reporting.readable r JOIN reporting.keys k ON k.id = r.id; \
    CREATE VIEW reporting.columns_of_barrier AS SELECT u.id, u.salary FROM hidden.divided u JOIN hidden.member m ON m.pid = u.id; \
    CREATE VIEW reporting.once AS WITH w AS (SELECT id, salary, 100 / (7 - dep) AS x FROM hidden.big) SELECT a.id, a.salary, a.x FROM w a WHERE hidden.shown(a.id); \
    GRANT SELECT ON ALL TABLES IN SCHEMA reporting TO {}_rep";

#[tokio::test]
async fn what_is_read_by_itself_is_computed_for_rows_that_a_view_hides() {
    let ground = Ground::new().await;
    ground.sql(VIEWS).await;
    let mut told = Vec::new();
    for view in [
        "of_barrier",
        "barrier_of_barrier",
        "of_noisy",
        "of_noisy_query",
        "over_of_barrier",
        "of_left",
        "listed",
        "twice",
        "records",
        "left_failing",
        "volatile_deeper",
        "volatile_with",
        "volatile_within",
        "compared",
        "compared_through",
        "compared_within",
        "compared_between",
        "compared_by_either",
        "groups_of",
        "compared_above",
        "compared_with_one",
        "compared_around",
        "compared_below",
    ] {
        for of in [
            "SELECT x FROM {view} WHERE salary = 770",
            "SELECT salary, x FROM {view}",
            "SELECT max(x) FROM {view}",
        ] {
            let text = of.replace("{view}", view);
            let said = ground.check(&ground.rep, &text).await.map(|_| ()).expect_err(&text).to_string();
            assert!(
                said.contains("what could tell of them") || said.contains("could see them first"),
                "{text}: {said}"
            );
        }
        let [hit, miss] = [770, 771].map(|at| format!("SELECT x FROM {view} WHERE salary = {at}"));
        let seen = [ground.seen(&ground.rep, &hit).await, ground.seen(&ground.rep, &miss).await];
        told.extend((seen[0].is_err() && seen[1].is_ok()).then_some(view));
    }
    assert!(told.len() >= 17, "only {told:?} tell a hidden row from none on a plain connection");
    for view in ["readable", "over_readable", "once"] {
        for of in
            ["SELECT x FROM {view} WHERE salary = 770", "SELECT salary, x FROM {view} ORDER BY id LIMIT 5"]
        {
            let text = of.replace("{view}", view);
            if let Err(error) = ground.check(&ground.rep, &text).await {
                panic!("refused: {text}: {error}");
            }
        }
    }
    ground.check(&ground.rep, "SELECT id, salary FROM joined_by").await.map(|_| ()).unwrap();
    for text in
        ["SELECT id FROM joined_to", "SELECT count(*) FROM of_typing", "SELECT id FROM of_typing ORDER BY id"]
    {
        ground.check(&ground.rep, text).await.map(|_| ()).expect(text);
    }
    let text = "SELECT id FROM columns_of_barrier WHERE salary = 770";
    ground.check(&ground.rep, text).await.map(|_| ()).expect(text);
    ground.end().await;
}
