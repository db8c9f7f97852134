//! Untrusted SQL cannot change who is asking, nor look into what was said.

use rolewright::sessions::Report;

use super::fixture::{Records, Who, key};

/// Texts that would flip a policy that asks a setting; the record that alice alone may not see, or everybody may not, is `1`.
const TEXTS: &[&str] = &[
    "SELECT set_config('rolewright.subject', 'bob', true), count(*) FROM ehr",
    "SELECT set_config('role', '{}_subject_bob', true), count(*) FROM ehr",
    "WITH x AS MATERIALIZED (SELECT set_config('rolewright.subject', 'bob', false)) SELECT count(*) FROM x, ehr",
    "WITH x AS MATERIALIZED (SELECT set_config('row_security', 'off', true)) SELECT count(*) FROM x, ehr",
    "SELECT * FROM rolewright_consent.term",
    "SELECT * FROM rolewright_consent.saying",
    "SELECT record FROM rolewright_consent.opening",
    "SELECT most_common_vals::text FROM pg_stats WHERE tablename = 'term'",
    "SELECT rolewright_consent.say('ehr', ARRAY['x'], 'allow')",
    "SELECT rolewright_consent.canonical('ehr', 'x')",
    "SELECT rolewright_break_glass.open('ehr', '{id}', 'because')",
    "SELECT table_to_xml('rolewright_consent.term', true, true, '')",
];

#[tokio::test]
async fn no_text_and_no_login_shows_what_is_hidden() {
    let records = Records::ten().await;
    records.say(&["revoke", &key(1)]).await;
    records.say(&["revoke", &key(2), "--for", "role:raw"]).await;
    // Statistics would tell what is in a column.
    records.admin("ANALYZE rolewright_consent.term, rolewright_consent.opening").await;
    let app = records.try_start().await.unwrap();
    let raw = app.role("raw").unwrap();
    for text in TEXTS {
        let text = text.replace("{}", &records.app).replace("{id}", &key(1));
        assert!(raw.query(&Report::new(&text)).await.is_err(), "through the sandbox: {text}");
        // Straight on the login, where PostgreSQL alone stands in the way: whatever comes of it, no more rows are seen, and no key is told.
        let mut tx = records.host.db.admin().begin().await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(records.become_them(Who::Raw))).execute(&mut *tx).await.unwrap();
        sqlx::raw_sql("SET LOCAL search_path = ehr").execute(&mut *tx).await.unwrap();
        let sql = format!("SELECT to_jsonb(x)::text FROM ({text}) x");
        let told: Result<Vec<Option<String>>, _> =
            sqlx::query_scalar(sqlx::AssertSqlSafe(sql)).fetch_all(&mut *tx).await;
        for row in told.into_iter().flatten().flatten() {
            assert!(!row.contains(&key(1)) && !row.contains(&key(2)), "{text}: {row}");
            assert!(!row.contains("\"count\": 9") && !row.contains("\"count\": 10"), "{text}: {row}");
        }
        tx.rollback().await.unwrap();
    }
    // Settings that were set before hide more, never less.
    for setting in ["SET LOCAL rolewright.subject = 'bob'", "SET LOCAL row_security = off"] {
        let mut tx = records.host.db.admin().begin().await.unwrap();
        sqlx::raw_sql(sqlx::AssertSqlSafe(format!("{}; {setting}", records.become_them(Who::Raw))))
            .execute(&mut *tx)
            .await
            .unwrap();
        let seen: Result<i64, _> =
            sqlx::query_scalar("SELECT count(*) FROM ehr.ehr").fetch_one(&mut *tx).await;
        assert!(seen.is_err() || seen.unwrap() == 8, "{setting}");
        tx.rollback().await.unwrap();
    }
    // A cursor, a prepared statement and a function of their own obey as well.
    let mut tx = records.host.db.admin().begin().await.unwrap();
    sqlx::raw_sql(
        "CREATE FUNCTION public.peek() RETURNS bigint LANGUAGE sql STABLE AS 'SELECT count(*) FROM ehr.ehr'; \
         CREATE FUNCTION public.peek_as_core() RETURNS bigint LANGUAGE sql STABLE SECURITY DEFINER AS 'SELECT count(*) FROM ehr.ehr'",
    )
    .execute(&records.host.db.core())
    .await
    .unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(records.become_them(Who::Raw))).execute(&mut *tx).await.unwrap();
    sqlx::raw_sql(
        "PREPARE p AS SELECT count(*) FROM ehr.ehr; DECLARE c CURSOR FOR SELECT count(*) FROM ehr.ehr",
    )
    .execute(&mut *tx)
    .await
    .unwrap();
    for sql in ["EXECUTE p", "FETCH c", "SELECT public.peek()", "SELECT public.peek_as_core()"] {
        let row = sqlx::raw_sql(sqlx::AssertSqlSafe(sql.to_owned())).fetch_one(&mut *tx).await.unwrap();
        assert_eq!(sqlx::Row::get::<i64, _>(&row, 0), 8, "{sql}");
    }
    tx.rollback().await.unwrap();
    app.drain().await;
    records.host.db.drop().await;
}

#[tokio::test]
async fn by_default_hidden_no_setting_opens() {
    let records = Records::unapplied("default = \"deny\"").await;
    records.host.run(&["apply"]).await.exit(0);
    assert_eq!(records.counts(Who::Alice).await, ["0"; 6]);
    records.say(&["restore", &key(1), "--for", "subject:alice"]).await;
    records.say(&["restore", &key(2), "--for", "role:raw"]).await;
    assert!(records.sees(Who::Alice, 1).await && !records.sees(Who::Bob, 1).await);
    // Whoever says that it acts for alice, on a login that does not act for subjects, sees nothing of hers.
    let mut tx = records.host.db.admin().begin().await.unwrap();
    sqlx::raw_sql(sqlx::AssertSqlSafe(records.become_them(Who::Raw))).execute(&mut *tx).await.unwrap();
    sqlx::raw_sql("SET LOCAL rolewright.subject = 'alice'").execute(&mut *tx).await.unwrap();
    let seen: Vec<String> =
        sqlx::query_scalar("SELECT id::text FROM ehr.ehr").fetch_all(&mut *tx).await.unwrap();
    assert_eq!(seen, [key(2)]);
    tx.rollback().await.unwrap();
    records.host.db.drop().await;
}
