//! What stops a connection, and what is said about it.

use std::time::{Duration, Instant};

use rolewright_core::{
    Advice, Exit, Password,
    connect::{ConnectError, ConnectionLimit},
    conninfo::Host,
};
use rolewright_testkit::Database;
use tokio::net::TcpListener;

use super::{to, with};

/// The error, which never shows the password and always has a hint.
async fn refusal(url: &str) -> ConnectError {
    let started = Instant::now();
    let error = to(url).await.expect_err("a refusal");
    assert!(started.elapsed() < Duration::from_secs(5), "{:?}", started.elapsed());
    let all = format!("{error} {error:?} {}", error.hint().expect("a hint"));
    assert!(!all.contains("kanari"), "{all}");
    error
}

#[tokio::test]
async fn a_wrong_password_is_a_missing_right() {
    let db = Database::fresh().await;
    let error = refusal(&with(&db.url(), |info| info.password = Some(Password::new("kanari")))).await;
    assert!(
        matches!(&error, ConnectError::WrongPassword { user, .. } if *user == db.core_role()),
        "{error:?}"
    );
    assert_eq!(error.exit(), Exit::NoPermission);
    let absent = refusal(&with(&db.url(), |info| info.password = None)).await;
    assert!(matches!(absent, ConnectError::WrongPassword { .. }), "{absent:?}");
    db.drop().await;
}

#[tokio::test]
async fn a_database_that_is_not_there_is_named() {
    let db = Database::fresh().await;
    let error = refusal(&with(&db.url(), |info| info.database = Some("no_such_database".to_owned()))).await;
    assert!(
        matches!(&error, ConnectError::NoDatabase { database, .. } if database == "no_such_database"),
        "{error:?}"
    );
    assert!(error.hint().expect("a hint").contains("CREATE DATABASE \"no_such_database\""));
    assert_eq!(error.exit(), Exit::Unavailable);
    db.drop().await;
}

#[tokio::test]
async fn a_role_that_may_not_connect_is_told_why() {
    let db = Database::fresh().await;
    let core = db.core_role();
    let run = async |sql: String| {
        sqlx::raw_sql(sqlx::AssertSqlSafe(sql)).execute(&db.admin()).await.expect("fixture")
    };

    run(format!("/* test */ ALTER ROLE {core} NOLOGIN")).await;
    let error = refusal(&db.url()).await;
    assert!(matches!(error, ConnectError::MayNotLogIn { .. }), "{error:?}");
    assert_eq!(error.exit(), Exit::NoPermission);

    run(format!("/* test */ ALTER ROLE {core} LOGIN CONNECTION LIMIT 0")).await;
    let error = refusal(&db.url()).await;
    assert!(matches!(error, ConnectError::TooMany { limit: ConnectionLimit::Role, .. }), "{error:?}");
    assert_eq!(error.exit(), Exit::Unavailable);

    run(format!(
        "/* test */ ALTER ROLE {core} CONNECTION LIMIT -1; ALTER DATABASE {0} OWNER TO CURRENT_USER; \
                 REVOKE CONNECT ON DATABASE {0} FROM PUBLIC, {core}",
        db.name()
    ))
    .await;
    let error = refusal(&db.url()).await;
    assert!(matches!(error, ConnectError::MayNotConnect { .. }), "{error:?}");
    db.drop().await;
}

#[tokio::test]
async fn a_closed_port_is_refused_at_once() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("its number").port();
    drop(listener);
    let started = Instant::now();
    let error = refusal(&format!("postgres://u:kanari@127.0.0.1:{port}/d")).await;
    assert!(matches!(error, ConnectError::Refused { .. }), "{error:?}");
    assert!(started.elapsed() < Duration::from_secs(1));
    assert_eq!(error.exit(), Exit::Unavailable);
}

#[tokio::test]
async fn a_silent_host_runs_into_the_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("its number").port();
    let started = Instant::now();
    let error = refusal(&format!("postgres://u:kanari@127.0.0.1:{port}/d?connect_timeout=1")).await;
    assert!(matches!(error, ConnectError::Timeout { .. }), "{error:?}");
    assert!(started.elapsed() >= Duration::from_secs(1) && started.elapsed() < Duration::from_secs(2));
    let error = refusal(&format!("postgres://u:kanari@127.0.0.1:{port},127.0.0.1:{port}/d")).await;
    assert!(matches!(error, ConnectError::Timeout { .. }), "{error:?}");
}

#[tokio::test]
async fn what_does_not_speak_postgres_is_said() {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let port = listener.local_addr().expect("its number").port();
    let server = tokio::spawn(async move {
        for answer in [&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], b""] {
            let (stream, _) = listener.accept().await.expect("a client");
            stream.readable().await.expect("a request");
            let _ = stream.try_write(answer);
        }
    });
    let url = format!("postgres://u:kanari@127.0.0.1:{port}/d?sslmode=disable");
    let error = refusal(&url).await;
    assert!(matches!(error, ConnectError::NotPostgres { .. } | ConnectError::Dropped { .. }), "{error:?}");
    let error = refusal(&url).await;
    assert!(matches!(error, ConnectError::Dropped { .. }), "{error:?}");
    server.await.expect("the server");
}

#[tokio::test]
async fn hosts_sockets_and_files_that_are_not_there() {
    let error = refusal("postgres://u:kanari@no-such-host.invalid/d").await;
    assert!(matches!(error, ConnectError::HostNotFound { .. }), "{error:?}");
    let error = refusal("postgres://u:kanari@/d?host=/nowhere").await;
    assert!(matches!(&error, ConnectError::Refused { host: Host::Unix { .. } }), "{error:?}");
    let error =
        refusal("postgres://u:kanari@127.0.0.1/d?sslmode=verify-ca&sslrootcert=/nowhere/ca.pem").await;
    assert!(matches!(error, ConnectError::TlsFile { parameter: "sslrootcert", .. }), "{error:?}");
    assert_eq!(error.exit(), Exit::Config);
}

#[tokio::test]
async fn tls_is_not_dropped_where_the_server_has_none() {
    let db = Database::fresh().await;
    let mut core = to(&db.url()).await.expect("a connection").connection;
    let offered: String =
        sqlx::query_scalar("/* test */ SHOW ssl").fetch_one(&mut core).await.expect("a setting");
    let asked =
        to(&with(&db.url(), |info| info.ssl_mode = rolewright_core::conninfo::SslMode::Require)).await;
    match offered.as_str() {
        "on" => assert!(asked.expect("TLS").server.ssl),
        _ => assert!(matches!(asked, Err(ConnectError::Tls { .. })), "{asked:?}"),
    }
    db.drop().await;
}
