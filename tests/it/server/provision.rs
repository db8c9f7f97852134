//! `POST /v1/provision`: off without a token, closed without the right one, and then what `apply` would do.

use std::os::unix::fs::PermissionsExt;

use serde_json::Value;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use super::{
    cli::Host,
    serve::{end, get, request, serve, until},
};

const TOKEN: &str = "kanari-Token_0123456789.abcdefghij+/=";
const CALL: &str = "POST /v1/provision";

/// A host whose `serve` has an admin token, and looks again only when it is asked to.
async fn fresh(start: &str) -> Host {
    let host = Host::fresh().await;
    host.key("admin.token", &format!("{TOKEN}\n"), 0o600);
    let http = "[http]\nadmin_token_file = \"admin.token\"\n";
    let config = format!("{}[start]\nreconcile = 0\n{start}", host.default_config());
    host.config(&config.replace("[http]\n", http));
    host
}

/// One call with the right token: status and JSON.
fn call(address: &str, body: &str) -> (u16, Value) {
    let (status, head, body) =
        request(address, CALL, &format!("Authorization: Bearer {TOKEN}\r\n"), body).expect("an answer");
    assert!(!format!("{head}{body}").contains("kanari"), "{head}{body}");
    (status, serde_json::from_str(&body).unwrap_or_else(|error| panic!("{error} in {body}")))
}

async fn core(host: &Host, sql: &str) {
    sqlx::raw_sql(AssertSqlSafe(sql.to_owned())).execute(&host.db.core()).await.unwrap();
}

#[tokio::test]
async fn without_a_token_in_the_settings_there_is_no_such_call() {
    let host = Host::fresh().await;
    let (child, address) = serve(&host);
    until(&address, |status, _| status == 200);
    let (status, body) = call(&address, "");
    assert_eq!(status, 404, "{body}");
    assert!(body["error"].is_string() && body["hint"].is_string(), "{body}");
    end(child);
}

#[tokio::test]
async fn without_the_right_token_nothing_is_looked_at() {
    let host = fresh("").await;
    let (child, address) = serve(&host);
    until(&address, |status, _| status == 200);
    core(&host, "CREATE TABLE public.visits (id int)").await;
    for (headers, challenge) in [
        ("", "Bearer realm=\"rolewright\""),
        ("Authorization: Bearer kanari-Token_0123456789.abcdefghij+/!\r\n", "error=\"invalid_token\""),
        ("Authorization: Basic a2FuYXJpOng=\r\n", "error=\"invalid_token\""),
    ] {
        // Not even how large the body is, or that it should be a POST, is told.
        for line in [CALL, "GET /v1/provision"] {
            let (status, head, body) =
                request(&address, line, headers, &"x".repeat(10_000)).expect("an answer");
            assert_eq!(status, 401, "{body}");
            assert!(
                head.to_lowercase().contains("www-authenticate: bearer realm") && head.contains(challenge),
                "{head}"
            );
            let body: Value = serde_json::from_str(&body).unwrap();
            assert!(body["hint"].as_str().unwrap().contains("http.admin_token"), "{body}");
        }
    }
    assert_eq!(host.run(&["check"]).await.code, 2, "the new table is not granted yet");
    let (_, body) = get(&address, "/readyz").unwrap();
    assert!(!body.contains("kanari"), "{body}");
    end(child);
}

#[tokio::test]
async fn it_answers_what_it_changed_and_then_nothing() {
    let host = fresh("").await;
    let (child, address) = serve(&host);
    until(&address, |status, _| status == 200);
    core(&host, "CREATE TABLE public.visits AS SELECT 1 AS id").await;
    host.run(&["query", "--as", "role:raw", "SELECT * FROM visits"]).await.exit(6);
    let (status, body) = call(&address, "");
    assert_eq!(status, 200, "{body}");
    let change = &body["changes"][0];
    assert_eq!(
        (&change["kind"], &change["role"]),
        (&"grant-select".into(), &host.role("raw").into()),
        "{body}"
    );
    assert!(change["sql"].as_str().unwrap().contains("visits"), "{body}");
    assert_eq!(
        (&body["refused"], &body["violations"]),
        (&serde_json::json!({}), &serde_json::json!([])),
        "{body}"
    );
    host.run(&["query", "--as", "role:raw", "SELECT * FROM visits"]).await.exit(0);
    let (status, body) = call(&address, " {} ");
    assert_eq!((status, &body["changes"]), (200, &serde_json::json!([])), "{body}");

    assert_eq!(call(&address, r#"{"roles":["raw"]}"#).0, 400);
    assert_eq!(call(&address, &"x".repeat(10_000)).0, 413);
    let with_token = format!("Authorization: Bearer {TOKEN}\r\n");
    let (status, head, _) = request(&address, "GET /v1/provision", &with_token, "").unwrap();
    assert!(status == 405 && head.to_lowercase().contains("allow: post"), "{head}");
    end(child);
}

#[tokio::test]
async fn a_role_that_can_do_too_much_is_refused_with_the_reason() {
    let host = fresh("").await;
    let (child, address) = serve(&host);
    until(&address, |status, _| status == 200);
    core(&host, "GRANT INSERT ON public.patients TO PUBLIC").await;
    let (status, body) = call(&address, "");
    // Core owns the table, and yet a right of PUBLIC is not Rolewright's to take away.
    assert_eq!(status, 409, "{body}");
    assert!(body["error"].as_str().unwrap().contains("patients") && body["hint"].is_string(), "{body}");
    let (_, report) = get(&address, "/readyz").unwrap();
    assert!(report.contains("refused"), "{report}");
    core(&host, "REVOKE INSERT ON public.patients FROM PUBLIC").await;
    let (status, body) = call(&address, "");
    assert_eq!((status, &body["refused"]), (200, &serde_json::json!({})), "{body}");
    end(child);
}

#[tokio::test]
async fn before_the_start_has_finished_it_tells_the_stage() {
    let host = fresh("").await;
    host.run(&["apply"]).await.exit(0);
    let mut blocker = PgConnection::connect(&host.db.admin_url()).await.unwrap();
    sqlx::raw_sql("BEGIN; LOCK TABLE rolewright.local_system_secrets").execute(&mut blocker).await.unwrap();
    let (child, address) = serve(&host);
    until(&address, |_, body| body.contains("\"stage\":\"unlock\""));
    let (status, body) = call(&address, "");
    assert_eq!((status, &body["stage"]), (503, &"unlock".into()), "{body}");
    assert!(body["error"].as_str().unwrap().contains("stage unlock") && body["hint"].is_string(), "{body}");
    let (status, ..) = request(&address, CALL, "", "").unwrap();
    assert_eq!(status, 401, "the stage is told to those alone who bring the token");
    sqlx::raw_sql("ROLLBACK").execute(&mut blocker).await.unwrap();
    until(&address, |status, _| status == 200);
    assert_eq!(call(&address, "").0, 200);
    end(child);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_make_each_change_once() {
    let host = fresh("").await;
    let (child, address) = serve(&host);
    until(&address, |status, _| status == 200);
    core(&host, "CREATE TABLE public.visits AS SELECT 1 AS id").await;
    let calls: Vec<_> = (0..16)
        .map(|_| {
            let address = address.clone();
            tokio::task::spawn_blocking(move || call(&address, ""))
        })
        .collect();
    let mut changed = 0;
    for one in calls {
        let (status, body) = one.await.unwrap();
        assert_eq!(status, 200, "{body}");
        changed += usize::from(body["changes"] != serde_json::json!([]));
    }
    assert!(changed >= 1, "nobody was told of the change");
    let log: i64 =
        sqlx::query_scalar("SELECT count(*) FROM rolewright.provision_log WHERE object = 'public.visits'")
            .fetch_one(&host.db.core())
            .await
            .unwrap();
    assert_eq!(log, 1);
    end(child);
}

#[tokio::test]
async fn a_database_that_is_away_is_unavailable() {
    let host = fresh("lock_timeout = \"1s\"\n").await;
    let (child, address) = serve(&host);
    until(&address, |status, _| status == 200);
    // Somebody sits on the lock while there is something to change.
    let mut holder = PgConnection::connect(&host.db.url()).await.unwrap();
    let lock = AssertSqlSafe(format!("SELECT pg_advisory_lock({})", rolewright_roles::LOCK_KEY));
    sqlx::raw_sql(lock).execute(&mut holder).await.unwrap();
    core(&host, "CREATE TABLE public.visits (id int)").await;
    let (status, body) = call(&address, "");
    assert_eq!(status, 503, "{body}");
    assert!(body["error"].as_str().unwrap().contains("lock") && body["hint"].is_string(), "{body}");
    holder.close().await.unwrap();
    assert_eq!(call(&address, "").0, 200);
    end(child);
}

#[tokio::test]
async fn a_token_file_that_others_may_read_ends_the_start() {
    let host = fresh("").await;
    let file = host.folder.path().join("admin.token");
    std::fs::set_permissions(file, std::fs::Permissions::from_mode(0o644)).unwrap();
    host.run(&["serve"]).await.fails(78, "`http.admin_token_file`", "chmod 600");
    let env = [("ROLEWRIGHT__HTTP__ADMIN_TOKEN", "kanari-too-short")];
    host.run_with(&["serve"], "", &env).await.fails(78, "`http.admin_token` and", "keep one of");
    host.config(&host.default_config());
    let said = host.run_with(&["serve"], "", &env).await.fails(78, "at least 32 characters", "openssl rand");
    assert!(!said.err.contains("kanari"), "{}", said.err);
}
