//! Functions in FROM whose body the planner puts in their place, conditions and all.

use rolewright_core::{Advice, pattern::Read};
use rolewright_sessions::{Denial, QueryError, Refusal, Report};

use super::fixture::Ground;

#[tokio::test]
async fn a_condition_on_the_rows_of_a_function_that_is_merged_is_refused() {
    let ground = Ground::new().await;
    ground
        .sql(
            "CREATE SCHEMA hidden; CREATE TABLE hidden.emp (id int, salary int, value text); CREATE TABLE hidden.allowed (id int); CREATE TABLE reporting.consented (id int); \
             CREATE VIEW reporting.vnb AS SELECT e.id, e.salary, e.value FROM hidden.emp e JOIN hidden.allowed a USING (id); \
             CREATE FUNCTION reporting.shown() RETURNS SETOF reporting.vnb LANGUAGE sql STABLE AS 'SELECT * FROM reporting.vnb'; \
             CREATE FUNCTION reporting.from_on(lo int) RETURNS TABLE (id int, salary int) LANGUAGE sql STABLE AS 'SELECT id, salary FROM reporting.vnb WHERE id >= lo'; \
             CREATE FUNCTION reporting.kept() RETURNS SETOF reporting.vnb LANGUAGE sql STABLE STRICT AS 'SELECT * FROM reporting.vnb'; \
             CREATE FUNCTION reporting.owned() RETURNS SETOF reporting.vnb LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT * FROM reporting.vnb'; \
             CREATE VIEW reporting.over AS SELECT a.id, a.salary FROM reporting.shown() a; \
             CREATE VIEW reporting.barred WITH (security_barrier) AS SELECT a.id, a.salary FROM reporting.shown() a; \
             CREATE VIEW reporting.casting WITH (security_barrier) AS SELECT e.id, e.value::int AS v FROM hidden.emp e JOIN hidden.allowed a USING (id); \
             CREATE MATERIALIZED VIEW reporting.kept_rows AS SELECT * FROM reporting.shown(); \
             GRANT SELECT ON ALL TABLES IN SCHEMA reporting TO {}_rep; GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA reporting TO {}_rep",
        )
        .await;
    let mut rep = ground.rep.clone();
    for name in ["shown", "from_on", "kept", "owned"] {
        rep.functions.push(Read::parse(&format!("reporting.{name}")).unwrap());
    }
    rep.definer_functions.push(Read::parse("reporting.owned").unwrap());
    for text in [
        "SELECT * FROM shown() WHERE id = 7 AND 1 / (salary - 70) = 1",
        "SELECT * FROM from_on(0) f WHERE f.id = 7",
        "SELECT 1 FROM generate_series(1, 3) g JOIN shown() s ON s.id = g",
        "WITH s AS (SELECT * FROM shown()) SELECT count(*) FROM s WHERE salary = 5",
        "SELECT count(*) FROM shown() v, LATERAL abs(1 / (v.salary - 770)) g",
        "SELECT count(*) FROM shown() v, LATERAL (VALUES (1 / (v.salary - 770))) g",
        "SELECT count(*) FROM shown() v, LATERAL (SELECT 1 / (v.salary - 770)) g",
        "SELECT count(*) FROM shown() v WHERE 0 <= (SELECT max(coalesce(1 / (v.salary - 770), 0) + c.id) FROM consented c)",
        "SELECT count(*) FROM over v WHERE 0 <= (SELECT max(1 / (v.salary - 770) + c.id) FROM consented c)",
        "SELECT 1 FROM casting v, LATERAL from_on(v.v) p WHERE v.id = 77",
        "SELECT count(*) FROM over v, LATERAL abs(1 / (v.salary - 770)) g",
        "SELECT count(s.x) FROM consented u LEFT JOIN (SELECT coalesce(1 / (v.salary - 770), 0) x FROM shown() v) s ON true",
        "SELECT count(s.x) FROM (SELECT (SELECT 1 / (v.salary - 770)) x FROM shown() v) s RIGHT JOIN consented u ON true",
        "WITH s AS (SELECT coalesce(1 / (v.salary - 770), 0) x FROM shown() v) SELECT count(x) FROM consented LEFT JOIN s ON true",
        "SELECT count(*) FROM (SELECT x, count(*) FROM (SELECT 1 / (v.salary - 770) x FROM shown() v) s GROUP BY ROLLUP (x)) t",
        "SELECT count(s.x) FROM consented u LEFT JOIN (SELECT coalesce(1 / (v.salary - 770), 0) x FROM over v) s ON true",
        "SELECT * FROM over WHERE id = 7",
        "SELECT * FROM barred WHERE id = 7",
    ] {
        let said = ground.check(&rep, text).await.map(|_| ()).expect_err(text).to_string();
        assert!(
            said.contains("could see them before it hides any")
                || said.contains("could see them first")
                || said.contains("could tell of rows that are hidden"),
            "{text}: {said}"
        );
    }
    for text in [
        "SELECT * FROM from_on(7) ORDER BY id LIMIT 3",
        "SELECT sum(salary) FROM shown()",
        "SELECT count(s.salary) FROM consented u LEFT JOIN (SELECT v.salary FROM shown() v) s ON true",
        "SELECT sum(s.x) FROM (SELECT salary + 1 AS x FROM shown()) s",
        "WITH t AS (SELECT sum(salary) / 100 AS total FROM shown()) SELECT c.id, t.total FROM consented c LEFT JOIN t ON true",
        "WITH t AS (SELECT id, salary * 2 AS gross FROM shown() ORDER BY salary DESC LIMIT 3) SELECT c.id, t.gross FROM consented c LEFT JOIN t ON true",
        "SELECT t.x, c.id FROM (SELECT salary * 2 AS x FROM shown()) t LEFT JOIN consented c ON c.id = 1",
        "SELECT c.id, s.x FROM consented c LEFT JOIN (SELECT id, id + 1 AS x FROM consented) s ON s.id = c.id",
        "SELECT * FROM kept() WHERE id = 7 AND 1 / (salary - 70) = 1",
        "SELECT * FROM owned() WHERE id = 7",
        "SELECT id FROM over ORDER BY id",
        "SELECT * FROM kept_rows WHERE id = 7",
        "SELECT * FROM generate_series(1, 9) g WHERE g > 3",
    ] {
        if let Err(error) = ground.check(&rep, text).await {
            panic!("refused: {text}: {error}");
        }
    }
    // Nor is it told what the planner makes of the rows behind one.
    let pool =
        rolewright_sessions::RolePool::open(&ground.open(&rep, &ground.db.url()), ground.check_of(&rep))
            .await
            .unwrap();
    assert_eq!(pool.verify(&Report::new("SELECT * FROM shown()")).await.unwrap().estimate, None);
    pool.close().await;
    ground.end().await;
}

#[tokio::test]
async fn what_is_advised_is_harmless() {
    let ground = Ground::new().await;
    let make = |how: &str| {
        format!(
            "CREATE OR REPLACE FUNCTION reporting.listed(lo int DEFAULT NULL) RETURNS TABLE (id int) LANGUAGE {how}; \
             GRANT EXECUTE ON FUNCTION reporting.listed(int) TO {{}}_rep"
        )
    };
    let mut rep = ground.rep.clone();
    rep.functions.push(Read::parse("reporting.listed").unwrap());
    let body = "SELECT g FROM generate_series(1, 9) g WHERE lo IS NULL OR g >= lo";
    let text = "SELECT count(*) FROM listed() WHERE id > 5";
    ground.sql(&make(&format!("sql STABLE AS '{body}'"))).await;
    let error = ground.check(&rep, text).await.unwrap_err();
    assert!(matches!(error, QueryError::Refused(Refusal::Denied(Denial::Merged { .. }))), "{error}");
    let hint = error.hint().unwrap();
    assert!(hint.starts_with("make reporting.listed VOLATILE, or write it in PL/pgSQL"), "{hint}");
    assert!(!hint.contains("STRICT") && !hint.contains("DEFINER"), "{hint}");
    // Followed, it gives the rows that the function gives.
    for how in
        [format!("sql VOLATILE AS '{body}'"), format!("plpgsql STABLE AS 'BEGIN RETURN QUERY {body}; END'")]
    {
        ground.sql(&make(&how)).await;
        let pool = ground.pool(&rep, &ground.db.url()).await;
        let rows = pool.query(&Report::new(text)).await.unwrap().collect().await.unwrap();
        assert_eq!(rows[0][0].as_deref(), Some("4"), "{how}");
        pool.close().await;
    }
    ground.end().await;
}
