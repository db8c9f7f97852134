//! `secret …`: set, get, list, delete, rotate; missing and unreadable are different answers.

use super::cli::Host;

#[tokio::test]
async fn a_secret_goes_in_and_comes_out() {
    let host = Host::fresh().await;
    host.run(&["secret", "get", "smtp"]).await.fails(1, "no secret named smtp", "secret list");
    host.run_with(&["secret", "set", "smtp"], "hunter2\n", &[]).await.exit(0);
    assert_eq!(host.run(&["secret", "get", "smtp"]).await.exit(0).out, "hunter2\n");
    let stored: String =
        sqlx::query_scalar("SELECT value FROM rolewright.local_system_secrets WHERE key = 'smtp'")
            .fetch_one(&host.db.core())
            .await
            .unwrap();
    assert!(!stored.contains("hunter2"));
    let list = host.run(&["secret", "list"]).await.exit(0).out;
    assert!(list.contains("smtp") && !list.contains("hunter2"));
    host.run(&["secret", "delete", "smtp"]).await.exit(0);
    host.run(&["secret", "delete", "smtp"]).await.exit(1);
}

#[tokio::test]
async fn the_roles_secret_is_not_for_hands() {
    let host = Host::fresh().await;
    host.run(&["apply"]).await.exit(0);
    host.run(&["secret", "get", "roles.secret"]).await.fails(5, "belongs to Rolewright", "rotate-roles");
    host.run(&["secret", "delete", "roles.secret"]).await.exit(5);
}

#[tokio::test]
async fn keys_rotate_and_the_old_one_may_go() {
    let host = Host::fresh().await;
    host.run(&["apply"]).await.exit(0);
    host.run_with(&["secret", "set", "smtp"], "hunter2", &[]).await.exit(0);
    host.run(&["secret", "rotate-key", "--new"]).await.exit(0);
    let path = host.folder.path().join("rolewright.key");
    let first = std::fs::read_to_string(&path).unwrap();
    let first = first.lines().find(|line| !line.starts_with('#') && !line.is_empty()).unwrap().to_owned();
    host.key("rolewright.key", &first, 0o600);
    assert_eq!(host.run(&["secret", "get", "smtp"]).await.exit(0).out, "hunter2\n");
    assert_eq!(host.run(&["apply"]).await.exit(0).out, "nothing to change\n");
}

#[tokio::test]
async fn role_passwords_rotate() {
    let host = Host::fresh().await;
    host.run(&["apply"]).await.exit(0);
    let before = host.run(&["url", "raw"]).await.exit(0).out;
    assert_eq!(host.run(&["secret", "rotate-roles"]).await.exit(0).out, "3 role passwords changed\n");
    let after = host.run(&["url", "raw"]).await.exit(0).out;
    assert_ne!(before, after);
    host.run(&["query", "--as", "role:raw", "SELECT 1"]).await.exit(0);
    assert_eq!(host.run(&["apply"]).await.exit(0).out, "nothing to change\n");
}

#[tokio::test]
async fn init_key_never_overwrites() {
    let host = Host::fresh().await;
    host.run(&["secret", "init-key", "fresh.key"]).await.exit(0);
    let first = std::fs::read(host.folder.path().join("fresh.key")).unwrap();
    host.run(&["secret", "init-key", "fresh.key"]).await.fails(78, "fresh.key", "");
    assert_eq!(std::fs::read(host.folder.path().join("fresh.key")).unwrap(), first);
}

#[tokio::test]
async fn one_damaged_secret_does_not_stop_the_rest() {
    let host = Host::fresh().await;
    host.run(&["apply"]).await.exit(0);
    for name in ["good", "bad"] {
        host.run_with(&["secret", "set", name], "hunter2", &[]).await.exit(0);
    }
    let truncate = "UPDATE rolewright.local_system_secrets SET value = left(value, 40) WHERE key = 'bad'";
    sqlx::raw_sql(truncate).execute(&host.db.core()).await.unwrap();
    assert_eq!(host.run(&["apply"]).await.exit(0).out, "nothing to change\n");
    assert_eq!(host.run(&["secret", "get", "good"]).await.exit(0).out, "hunter2\n");
    host.run(&["secret", "get", "bad"]).await.fails(77, "bad", "secret set bad");
    host.run_with(&["secret", "set", "bad"], "hunter3", &[]).await.exit(0);
    assert_eq!(host.run(&["secret", "get", "bad"]).await.exit(0).out, "hunter3\n");
}

#[tokio::test]
async fn an_unreadable_role_secret_can_be_mended_as_the_hint_says() {
    let host = Host::fresh().await;
    host.run(&["apply"]).await.exit(0);
    let plain = "UPDATE rolewright.local_system_secrets SET value = 'planted' WHERE key = 'roles.secret'";
    sqlx::raw_sql(plain).execute(&host.db.core()).await.unwrap();
    host.run(&["apply"]).await.fails(77, "roles.secret", "secret delete roles.secret");
    host.run(&["secret", "delete", "roles.secret"]).await.exit(0);
    host.run(&["check"]).await.exit(2);
    host.run(&["apply"]).await.exit(0);
    host.run(&["query", "--as", "role:raw", "SELECT 1"]).await.exit(0);
}
