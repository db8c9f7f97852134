//! No secret anywhere: not in any output, not in the server's log with every statement logged.

use rolewright_testkit::{Database, Options};

use super::cli::Host;
use crate::harness::given;

#[tokio::test]
async fn no_secret_in_output_or_server_log() {
    let db = Database::with(Options::new().setting("log_statement = 'all'")).await;
    let host = Host::bare(db);
    sqlx::raw_sql("CREATE SCHEMA reporting; CREATE TABLE reporting.daily (day date)")
        .execute(&host.db.core())
        .await
        .unwrap();
    let mut said = String::new();
    for args in [
        &["plan"][..],
        &["apply", "-vv"],
        &["check", "-vv"],
        &["verify"],
        &["doctor"],
        &["matrix"],
        &["config", "show"],
        &["secret", "list"],
        &["secret", "rotate-roles", "-vv"],
        &["query", "--as", "role:reporting", "-vv", "SELECT 1"],
        &["query", "--as", "role:reporting", "SELECT nonsense"],
    ] {
        let one = host.run_with(args, "", &[("RUST_LOG", "trace")]).await;
        said += &format!("{}{}", one.out, one.err);
    }
    host.run_with(&["secret", "set", "smtp"], "CANARY_smtp", &[]).await.exit(0);
    let url = host.run(&["url", "reporting"]).await.exit(0).out;
    let password = url
        .trim()
        .split_once("://")
        .unwrap()
        .1
        .split_once('@')
        .unwrap()
        .0
        .split_once(':')
        .unwrap()
        .1
        .to_owned();
    assert!(password.len() >= 43);
    let key = "ab".repeat(32);
    assert!(!said.contains(&password) && !said.contains(&key) && !said.contains(&host.db.core_password()));
    // The failing statement is logged by the server at any setting; the verifier must be all there is of a password.
    let Some(log) = given::log(&host.db) else { return };
    assert!(log.contains(&host.role("reporting")), "the log is not the one of this server");
    for secret in [password.as_str(), &key, &host.db.core_password(), "CANARY_smtp"] {
        assert!(!log.contains(secret), "a secret is in the server's log");
    }
}
