//! What policies compare with settings is asked before a report begins: where a setting is missing, the report fails whatever rows there are; where it is
//! there, nothing that asks for it fails where a row is found, and tables of one application are joined as they are.

use rolewright_core::Advice;
use rolewright_sessions::{QueryError, Report, RolePool};

use super::fixture::Ground;

const TABLES: &str = "CREATE TABLE reporting.invoices (id int PRIMARY KEY, tenant int, total int); CREATE TABLE reporting.lines (id int PRIMARY KEY, invoice int NOT NULL REFERENCES reporting.invoices, cost int); \
    CREATE TABLE reporting.notes (id int PRIMARY KEY, tenant uuid, total int); CREATE TABLE reporting.others (id int PRIMARY KEY, tenant int, total int); \
    ALTER TABLE reporting.invoices ENABLE ROW LEVEL SECURITY; ALTER TABLE reporting.lines ENABLE ROW LEVEL SECURITY; \
    ALTER TABLE reporting.notes ENABLE ROW LEVEL SECURITY; ALTER TABLE reporting.others ENABLE ROW LEVEL SECURITY; \
    INSERT INTO reporting.invoices SELECT g, 1 + g % 2, g * 10 FROM generate_series(1, 400) g; INSERT INTO reporting.lines SELECT g, g, g FROM generate_series(1, 400) g; \
    INSERT INTO reporting.others SELECT g, 1 + g % 2, g * 10 FROM generate_series(1, 400) g; INSERT INTO reporting.notes SELECT id, '00000000-0000-0000-0000-000000000001', total FROM reporting.others; \
    CREATE INDEX ON reporting.invoices (total); CREATE INDEX ON reporting.others (total); ANALYZE; \
    CREATE POLICY own ON reporting.invoices USING (tenant = current_setting('app.tenant')::int); \
    CREATE POLICY own ON reporting.lines USING (EXISTS (SELECT 1 FROM reporting.invoices h WHERE h.id = invoice)); \
    CREATE POLICY own ON reporting.notes USING (tenant = (SELECT nullif(current_setting('app.it''s\\', true), '')::uuid)); \
    CREATE POLICY own ON reporting.others USING (tenant = 1); \
    CREATE TABLE reporting.spared (id int, tenant int); ALTER TABLE reporting.spared ENABLE ROW LEVEL SECURITY; INSERT INTO reporting.spared VALUES (1, 1); \
    CREATE POLICY own ON reporting.spared USING (tenant = (SELECT current_setting('app.other')::int)); CREATE POLICY zall ON reporting.spared USING (current_setting('app.all', true) IS NULL); \
    CREATE SCHEMA hidden; CREATE TABLE hidden.rows (id int PRIMARY KEY, total int, shown bool); INSERT INTO hidden.rows SELECT g, g * 10, g % 2 = 0 FROM generate_series(1, 400) g; CREATE INDEX ON hidden.rows (total); \
    CREATE VIEW reporting.shown AS SELECT id, total FROM hidden.rows WHERE shown; \
    CREATE TABLE hidden.owned (id int, tenant int); ALTER TABLE hidden.owned ENABLE ROW LEVEL SECURITY; INSERT INTO hidden.owned VALUES (1, 1); \
    CREATE POLICY own ON hidden.owned USING (tenant = current_setting('app.of_owner')::int); CREATE VIEW reporting.owned AS SELECT id FROM hidden.owned; \
    GRANT SELECT ON ALL TABLES IN SCHEMA reporting TO {}_rep";

/// Each with `{at}`, a value of a hidden row (770) or of none.
const JOINED: [&str; 8] = [
    "SELECT count(*) FROM others o JOIN invoices h ON h.tenant = o.id WHERE o.total = {at}",
    "SELECT count(*) FROM others o JOIN lines l ON l.invoice = o.id WHERE o.total = {at}",
    "SELECT count(*) FROM others o WHERE o.total = {at} AND o.id <> (SELECT count(*) FROM invoices h WHERE h.tenant = 1)",
    "SELECT count(*) FROM shown s WHERE s.total = {at} AND (SELECT count(*) FROM invoices h WHERE h.tenant = 1 AND h.id = s.id) >= 0",
    "SELECT count(*) FROM shown s JOIN lines l ON l.invoice = s.id WHERE s.total = {at}",
    "SELECT count(*) FROM invoices h JOIN lines l ON l.invoice = h.id WHERE h.total = {at}",
    "SELECT count(*) FROM shown s JOIN notes n USING (id) WHERE s.total = {at}",
    "SELECT count(*) FROM others o JOIN notes n USING (id) WHERE o.total = {at}",
];

async fn outcome(pool: &RolePool, text: &str) -> Result<String, QueryError> {
    let rows = pool.query(&Report::new(text)).await?.collect().await?;
    Ok(format!("{rows:?}"))
}

async fn set(ground: &Ground, setting: &str, value: Option<&str>) {
    let role = ground.rep.role.quoted();
    let sql = match value {
        Some(value) => format!("ALTER ROLE {role} SET {setting} = '{value}'"),
        None => format!("ALTER ROLE {role} RESET {setting}"),
    };
    sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&ground.db.admin()).await.unwrap();
}

#[tokio::test]
async fn a_setting_that_policies_ask_for_tells_of_no_row() {
    let ground = Ground::new().await;
    ground.sql(TABLES).await;
    // Without the settings, and with what is no number: the same for a hidden row as for none.
    for value in [None, Some("x")] {
        set(&ground, "app.tenant", value).await;
        let pool = ground.pool(&ground.rep, &ground.db.url()).await;
        for of in JOINED.iter().filter(|of| !of.contains("notes")) {
            for _ in 0..2 {
                let [hit, miss] = [770, 771].map(|at| of.replace("{at}", &at.to_string()));
                let (hit, miss) =
                    (outcome(&pool, &hit).await.unwrap_err(), outcome(&pool, &miss).await.unwrap_err());
                assert!(matches!(hit, QueryError::Setting { .. }) && hit == miss, "{of}: {hit:?}, {miss:?}");
                assert!(hit.hint().unwrap().contains("ALTER DATABASE"));
                assert!(!hit.to_string().contains("\"x\""), "the value of a setting is told: {hit}");
            }
        }
        assert_eq!(outcome(&pool, "SELECT count(*) FROM others").await.unwrap(), "[[Some(\"200\")]]");
        // What its owner is spared, and a policy beside which another lets rows pass, is asked for nothing.
        assert_eq!(outcome(&pool, "SELECT count(*) FROM owned").await.unwrap(), "[[Some(\"1\")]]");
        assert_eq!(
            outcome(&pool, "SELECT count(*) FROM spared WHERE tenant IS NOT NULL").await.unwrap(),
            "[[Some(\"1\")]]"
        );
        pool.close().await;
    }
    set(&ground, "app.tenant", Some("1")).await;
    let pool = ground.pool(&ground.rep, &ground.db.url()).await;
    for of in JOINED {
        let [hit, miss] = [770, 771].map(|at| of.replace("{at}", &at.to_string()));
        let (hit, miss) = (outcome(&pool, &hit).await.expect(of), outcome(&pool, &miss).await.expect(of));
        assert_eq!(hit, miss, "{of}");
    }
    for (text, seen) in [
        (
            "SELECT count(*), sum(l.cost) FROM invoices h JOIN lines l ON l.invoice = h.id",
            "[[Some(\"200\"), Some(\"40200\")]]",
        ),
        ("SELECT count(*) FROM others o JOIN lines l ON l.invoice = o.id", "[[Some(\"200\")]]"),
        ("SELECT count(*) FROM notes", "[[Some(\"0\")]]"),
    ] {
        assert_eq!(outcome(&pool, text).await.unwrap(), seen, "{text}");
    }
    // A policy that changes meanwhile is asked for what it says then.
    ground
        .sql("ALTER POLICY own ON reporting.invoices USING (tenant = current_setting('app.else')::int)")
        .await;
    let text = JOINED[5].replace("{at}", "770");
    assert!(matches!(outcome(&pool, &text).await, Err(QueryError::Setting { .. })));
    ground
        .sql("ALTER POLICY own ON reporting.invoices USING (tenant = current_setting('app.tenant')::int)")
        .await;
    assert_eq!(outcome(&pool, &text).await.unwrap(), "[[Some(\"0\")]]");
    pool.close().await;
    ground.end().await;
}

#[tokio::test]
async fn what_may_be_asked_for_nothing_is_not_asked_before() {
    let ground = Ground::new().await;
    ground.sql(TABLES).await;
    let settings = async |text: &str| {
        ground.check(&ground.rep, text).await.map(|checked| checked.settings.unwrap_or_default())
    };
    assert_eq!(
        settings("SELECT id FROM lines").await.unwrap(),
        "/* rolewright: settings */ SELECT pg_catalog.int4in(pg_catalog.textout(pg_catalog.current_setting('app.tenant'::pg_catalog.text)))"
    );
    assert_eq!(
        settings("SELECT id FROM notes").await.unwrap(),
        "/* rolewright: settings */ SELECT pg_catalog.uuid_in(pg_catalog.textout(NULLIF(pg_catalog.current_setting( E'app.it''s\\\\'::pg_catalog.text, true), ''::pg_catalog.text)))"
    );
    assert_eq!(settings("SELECT id FROM others").await.unwrap(), "");
    for policy in [
        "tenant = CASE WHEN current_setting('app.a', true) = 'x' THEN current_setting('app.tenant')::int END",
        "current_setting('app.a', true) IS NULL OR tenant = (SELECT current_setting('app.tenant')::int)",
        "current_setting('app.a', true) IS NOT NULL AND tenant = (SELECT current_setting('app.tenant')::int)",
        "tenant = (SELECT current_setting('app.tenant')::int FROM reporting.others LIMIT 1)",
        "tenant = (SELECT current_setting('app.tenant')::int WHERE random() < 0.5)",
        "tenant < current_setting('app.tenant')::int",
        "tenant = ANY (string_to_array(current_setting('app.tenant'), ',')::int[])",
        "tenant = current_setting('app.' || current_user)::int",
        "tenant = current_setting('app.ťenant')::int",
    ] {
        ground.sql(&format!("ALTER POLICY own ON reporting.invoices USING ({policy})")).await;
        assert_eq!(settings("SELECT id FROM invoices").await.unwrap(), "", "{policy}");
        let joined = "SELECT count(*) FROM shown s JOIN invoices h ON h.tenant = s.id WHERE s.total = 770";
        settings(joined).await.expect_err(policy);
    }
    // Where another lets every row pass; beside one that hides more; one that is for somebody else, whatever that looks into.
    ground.sql("ALTER POLICY own ON reporting.invoices USING (tenant = current_setting('app.tenant')::int); CREATE POLICY reports ON reporting.invoices TO {}_rep USING (true)").await;
    assert_eq!(settings("SELECT id FROM invoices").await.unwrap(), "");
    for text in [
        "SELECT count(*) FROM shown s JOIN invoices h ON h.tenant = s.id WHERE s.total = 770",
        "SELECT id FROM invoices WHERE 1 / (total - 770) = 1",
    ] {
        assert_eq!(settings(text).await.expect(text), "");
    }
    ground.sql("DROP POLICY reports ON reporting.invoices; CREATE POLICY more ON reporting.invoices AS RESTRICTIVE USING (total < 5)").await;
    assert!(settings("SELECT id FROM invoices").await.unwrap().contains("'app.tenant'"));
    ground.sql("ALTER POLICY own ON reporting.invoices USING (tenant = (SELECT current_setting('app.tenant')::int))").await;
    assert!(settings("SELECT id FROM invoices").await.unwrap().contains("'app.tenant'"));
    ground.sql("ALTER POLICY own ON reporting.invoices USING (true); ALTER POLICY more ON reporting.invoices USING (tenant = current_setting('app.more')::int)").await;
    assert!(settings("SELECT id FROM invoices").await.unwrap().contains("'app.more'"));
    ground.sql("DROP POLICY own ON reporting.invoices").await;
    assert_eq!(settings("SELECT id FROM invoices").await.unwrap(), "");
    ground.sql("DROP POLICY more ON reporting.invoices; CREATE POLICY own ON reporting.invoices USING (tenant = current_setting('app.tenant')::int)").await;
    ground.sql("ALTER POLICY own ON reporting.lines TO {}_raw; CREATE POLICY of_role ON reporting.lines TO {}_rep USING (cost < 100)").await;
    assert_eq!(settings("SELECT id FROM lines").await.unwrap(), "");
    // Those of a view's owner are not known to be the role's.
    ground.sql("ALTER TABLE hidden.owned FORCE ROW LEVEL SECURITY").await;
    assert_eq!(settings("SELECT id FROM owned").await.unwrap(), "");
    let joined = "SELECT count(*) FROM shown s JOIN owned o ON o.id = s.id WHERE s.total = 770";
    settings(joined).await.expect_err("a policy of the view's owner may fail");
    ground.sql("ALTER POLICY own ON reporting.invoices TO {}_raw USING (tenant = current_setting('app.tenant')::int)").await;
    assert_eq!(settings("SELECT id FROM invoices").await.unwrap(), "");
    ground.end().await;
}
