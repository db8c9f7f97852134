//! `query` and `url`: a statement as a role, and what it is told when it is refused.

use super::cli::Host;

#[tokio::test]
async fn a_report_in_every_format() {
    let host = Host::fresh().await;
    host.run(&["apply"]).await.exit(0);
    let sql = "SELECT day, ward, admissions FROM daily WHERE day >= :from AND ward = :ward ORDER BY day";
    let with = |format: &'static str| {
        [
            "query",
            "--as",
            "role:reporting",
            "--param",
            "from=2026-01-05",
            "--param",
            "ward=ward 1",
            "--format",
            format,
            sql,
        ]
    };
    let csv = host.run(&with("csv")).await.exit(0);
    assert_eq!(csv.out.replace('\r', ""), "day,ward,admissions\n2026-01-05,ward 1,4\n2026-01-08,ward 1,7\n");
    let json = host.run(&with("json")).await.exit(0).json();
    assert_eq!(json[1]["admissions"], 7);
    let ndjson = host.run(&with("ndjson")).await.exit(0);
    assert_eq!(ndjson.out.lines().count(), 2);
    assert!(host.run(&with("table")).await.exit(0).out.contains("ward 1"));
}

#[tokio::test]
async fn what_is_refused_says_why() {
    let host = Host::fresh().await;
    host.run(&["apply"]).await.exit(0);
    let before = fingerprint(&host).await;
    let refused = [
        "SELECT 1; SELECT 2",
        "COMMIT",
        "COMMIT; DELETE FROM public.patients",
        "RESET ROLE; DELETE FROM public.patients",
        "SET search_path = public",
        "UPDATE public.patients SET name = 'x'",
        "UPDATE public.patients SET name = 'x' RETURNING id",
        "WITH d AS (DELETE FROM public.patients RETURNING *) SELECT * FROM d",
        "DO $$ BEGIN COMMIT; END $$",
        "EXPLAIN ANALYZE SELECT 1",
        "SELECT * INTO public.copied FROM public.patients",
        "CREATE TABLE public.mine (id int)",
        "",
    ];
    for sql in refused {
        let said = host.run(&["query", "--as", "role:raw", sql]).await;
        assert_eq!(said.code, 5, "{sql}: {}{}", said.out, said.err);
        assert!(said.err.contains("error: ") && said.err.contains("hint: "), "{sql}: {}", said.err);
    }
    for (sql, words) in [
        ("SELECT * FROM public.user_tokens", "user_tokens"),
        ("SELECT password FROM public.users", "users"),
        ("SELECT 1/0", "division by zero"),
        ("SELECT * FROM public.nothing_here", "nothing_here"),
    ] {
        let said = host.run(&["query", "--as", "role:raw", sql]).await;
        assert!(matches!(said.code, 5 | 6), "{sql}: {} {}", said.code, said.err);
        assert!(said.err.contains(words) && !said.out.contains("CANARY"), "{sql}: {}", said.err);
    }
    assert_eq!(fingerprint(&host).await, before);
}

#[tokio::test]
async fn the_check_holds_for_a_single_query_too() {
    let host = Host::fresh().await;
    host.run(&["apply"]).await.exit(0);
    for (sql, words) in [
        ("SELECT * FROM pg_catalog.pg_settings", "pg_catalog.pg_settings"),
        ("SELECT pg_sleep(0)", "pg_sleep"),
        ("SELECT pg_advisory_lock(1)", "pg_advisory_lock"),
        ("SELECT query_to_xml('SELECT 1', true, true, '')", "query_to_xml"),
        ("SELECT 'pg_authid'::regclass", "regclass"),
    ] {
        host.run(&["query", "--as", "role:raw", sql]).await.fails(5, words, "");
    }
}

#[tokio::test]
async fn parameters_are_named_when_they_do_not_fit() {
    let host = Host::fresh().await;
    host.run(&["apply"]).await.exit(0);
    let sql = "SELECT * FROM daily WHERE day = :day";
    let query = |params: &[&'static str]| {
        let mut args = vec!["query", "--as", "role:reporting", sql];
        for param in params {
            args.extend(["--param", param]);
        }
        args
    };
    host.run(&query(&[])).await.fails(5, "day", "day");
    host.run(&query(&["day=2026-01-01", "night=1"])).await.fails(5, "night", "");
    let said = host.run(&query(&["day=CANARY_value"])).await;
    assert!(matches!(said.code, 5 | 6), "{}", said.err);
    assert!(said.err.contains("day"), "{}", said.err);
    host.run(&query(&["day=1", "day=2"])).await.fails(64, "twice", "once");
}

#[tokio::test]
async fn limits_hold() {
    let host = Host::fresh().await;
    host.run(&["apply"]).await.exit(0);
    let cut = host
        .run(&[
            "query",
            "--as",
            "role:reporting",
            "--format",
            "csv",
            "SELECT * FROM generate_series(1, 5000)",
        ])
        .await;
    assert_eq!(cut.out.lines().count(), 1001, "{}", cut.err);
    assert!(cut.err.contains("1000 rows"), "{}", cut.err);
    let whole = async |rows: u32| {
        let sql = format!("SELECT * FROM generate_series(1, {rows})");
        host.run(&["query", "--as", "role:reporting", "--format", "csv", "--whole", &sql]).await
    };
    let said = whole(1001).await;
    assert_eq!(said.out.lines().count(), 1001, "what was printed stays");
    said.fails(6, "more than 1000 rows", "max_rows");
    whole(1000).await.exit(0);
    let start = std::time::Instant::now();
    let endless = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n FROM t) SELECT count(*) FROM t";
    host.run(&["query", "--as", "role:reporting", endless]).await.exit(6);
    assert!(start.elapsed().as_secs() < 20);
}

#[tokio::test]
async fn a_url_logs_in_as_the_role_and_cannot_write() {
    use sqlx::Connection;
    let host = Host::fresh().await;
    host.run(&["apply"]).await.exit(0);
    let url = host.run(&["url", "raw"]).await.exit(0).out;
    let mut connection = sqlx::PgConnection::connect(url.trim()).await.unwrap();
    let user: String =
        sqlx::query_scalar("SELECT session_user::text").fetch_one(&mut connection).await.unwrap();
    assert_eq!(user, host.role("raw"));
    let names: i64 =
        sqlx::query_scalar("SELECT count(*) FROM public.patients").fetch_one(&mut connection).await.unwrap();
    assert_eq!(names, 2);
    for sql in [
        "DELETE FROM public.patients",
        "SELECT * FROM public.user_tokens",
        "SELECT * FROM rolewright.local_system_secrets",
    ] {
        let error = sqlx::query(sql).execute(&mut connection).await.unwrap_err();
        let code = error.as_database_error().and_then(|e| e.code().map(|c| c.to_string()));
        assert!(matches!(code.as_deref(), Some("42501" | "25006")), "{sql}: {error}");
    }
    host.run(&["url", "rwa"]).await.fails(64, "rwa", "[roles.rwa]");
}

async fn fingerprint(host: &Host) -> (String, i64) {
    sqlx::query_as(
        "SELECT (SELECT string_agg(p::text, ',' ORDER BY id) FROM public.patients p), (SELECT count(*) FROM pg_class)",
    )
    .fetch_one(&host.db.admin())
    .await
    .unwrap()
}
