//! `query --as token:…`: what a subject sees, from the command line.

use serde_json::{Value, json};

use super::{
    fixture::{now, token, token_until},
    start::host,
};
use crate::server::cli::{Host, Said};

async fn query(host: &Host, principal: &str, more: &[&str], sql: &str) -> Said {
    let said = host.run(&[&["query", "--as", principal], more, &[sql]].concat()).await;
    let secret = principal.trim_start_matches("token:");
    assert!(!said.out.contains(secret) && !said.err.contains(secret), "the token was printed");
    said
}

#[tokio::test]
async fn what_a_subject_sees() {
    let host = host().await;
    host.run(&["apply"]).await.exit(0);
    let alice = token("alice", json!({ "roles": "nurse", "ward": 3 }));
    let principal = format!("token:{alice}");
    let sql = "SELECT id, body, CURRENT_USER AS who, NULL AS nothing, current_setting('rolewright.claims')::jsonb -> 'ward' AS ward FROM note";
    let seen = query(&host, &principal, &["--format", "json"], sql).await.exit(0).json();
    let who = format!("{}_subject_alice", host.db.app());
    assert_eq!(seen, json!([{ "id": 1, "body": "hers", "who": who, "nothing": null, "ward": 3 }]));
    // From a file, so that the token does not stand among the arguments of processes; as one of its roles; with a parameter.
    host.key("token", &format!("{alice}\n"), 0o600);
    let more = ["--role", "nurse", "--param", "body=hers", "--format", "csv"];
    let sql = "SELECT CURRENT_USER AS who FROM note WHERE body = :body";
    let seen = query(&host, "token:@token", &more, sql).await.exit(0);
    assert_eq!(seen.out.replace('\r', ""), format!("who\n{}_role_nurse\n", host.db.app()));
    // No row has columns too.
    let seen =
        query(&host, &principal, &["--format", "csv"], "SELECT id, body FROM note WHERE false").await.exit(0);
    assert_eq!(seen.out.replace('\r', ""), "id,body\n");
    let many =
        query(&host, &principal, &["--format", "ndjson"], "SELECT n FROM generate_series(1, 100001) n")
            .await
            .exit(0);
    assert_eq!(many.out.lines().count(), 100_000);
    assert!(many.err.contains("more than 100000 rows"), "{}", many.err);
}

#[tokio::test]
async fn what_is_refused_says_why() {
    let host = host().await;
    let alice = format!("token:{}", token("alice", json!({ "roles": "nurse" })));
    // Before anything was applied.
    query(&host, &alice, &[], "SELECT 1").await.fails(78, "there are no subjects", "rolewright apply");
    host.run(&["apply"]).await.exit(0);
    let of = |subject: &str, claims: Value| format!("token:{}", token(subject, claims));
    let expired = format!("token:{}", token_until(now() - 60, "alice", json!({})));
    for (principal, more, code, error, hint) in [
        (expired.as_str(), &[][..], 5, "the token expired", "new token"),
        (
            "token:eyJhbGciOiJub25lIn0.eyJzdWIiOiJhbGljZSJ9.",
            &[],
            5,
            "the token is not signed: `alg` is `none`",
            "tampered",
        ),
        ("token:nonsense", &[], 5, "not three parts", "without quotes"),
        (&of("bob", json!({})), &[], 5, "the subject `bob` has no database role", "access.subjects"),
        (&alice, &["--role", "physician"], 5, "the token does not list the role `physician`", "ask for one"),
        ("role:reporting", &["--role", "nurse"], 64, "--role is for the roles of a token", "--as token:"),
        ("token:@missing", &[], 64, "cannot be read: it does not exist", "token:@FILE"),
    ] {
        query(&host, principal, more, "SELECT 1").await.fails(code, error, hint);
    }
    for (sql, code) in [
        ("INSERT INTO note (body) VALUES ('x')", 5),
        ("WITH d AS (DELETE FROM note RETURNING *) SELECT * FROM d", 5),
        ("SELECT 1; RESET ROLE", 5),
        ("RESET ROLE", 5),
        ("COMMIT", 5),
        ("", 5),
        ("SELECT * FROM rolewright.local_system_secrets", 6),
        ("SELECT 1/0", 6),
        ("SELECT :missing", 5),
        // It reads, and is somebody else at the transaction's end, so that nothing of it is shown.
        ("SELECT set_config('rolewright.subject', 'bob', true), set_config('role', 'none', true)", 5),
    ] {
        let said = query(&host, &alice, &[], sql).await;
        assert_eq!(said.code, code, "{sql}: {}{}", said.out, said.err);
        assert!(said.err.contains("error: ") && said.err.contains("hint: "), "{sql}: {}", said.err);
    }
    host.config("app = \"x\"\n[crypto]\nkey_file = \"rolewright.key\"\n");
    query(&host, &alice, &[], "SELECT 1").await.fails(78, "there are no subjects", "set `access.jwt`");
}
