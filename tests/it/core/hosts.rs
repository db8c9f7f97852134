//! Several hosts, unix sockets, and what the server says about itself.

use rolewright_core::{
    ConnInfo,
    connect::ConnectError,
    conninfo::{Host, TargetSessionAttrs},
};
use rolewright_testkit::Database;
use tokio::net::TcpListener;

use super::{to, with};
use crate::harness::given;

async fn closed_port() -> Host {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    Host::new("127.0.0.1", listener.local_addr().expect("its number").port()).expect("a host")
}

#[tokio::test]
async fn one_query_tells_the_facts() {
    let db = Database::fresh().await;
    let connected = to(&db.url()).await.expect("a connection");
    let server = &connected.server;
    assert!(server.major() >= 14, "{server:?}");
    assert_eq!(
        (server.database.as_str(), server.user.as_str()),
        (db.name().as_str(), db.core_role().as_str())
    );
    assert!(!server.superuser && server.createrole && server.may_create_in_database && !server.in_recovery);
    let identifier: i64 = sqlx::query_scalar("/* test */ SELECT system_identifier FROM pg_control_system()")
        .fetch_one(&db.admin())
        .await
        .expect("the identifier");
    assert_eq!(server.system_identifier.as_deref(), Some(identifier.to_string().as_str()));
    let oid: i64 =
        sqlx::query_scalar("/* test */ SELECT oid::int8 FROM pg_database WHERE datname = current_database()")
            .fetch_one(&db.admin())
            .await
            .expect("the oid");
    assert_eq!(i64::from(server.database_oid), oid);
    assert!(server.limits().usable() < server.max_connections);
    let shown = format!("{connected:?} {}", serde_json::to_string(server).expect("JSON"));
    assert!(!shown.contains(&db.core_password()), "{shown}");
    connected.close().await;
    db.drop().await;
}

#[tokio::test]
async fn a_server_that_keeps_its_identifier_is_asked_for_the_rest() {
    let db = Database::fresh().await;
    let revoke = "/* test */ REVOKE EXECUTE ON FUNCTION pg_catalog.pg_control_system() FROM PUBLIC";
    sqlx::raw_sql(revoke).execute(&db.admin()).await.expect("fixture");
    let connected = to(&db.url()).await.expect("a connection");
    assert_eq!(connected.server.system_identifier, None);
    assert_eq!(connected.server.database, db.name());
    db.drop().await;
}

#[tokio::test]
async fn a_host_that_refuses_is_passed_over() {
    let db = Database::fresh().await;
    let closed = closed_port().await;
    let connected = to(&with(&db.url(), |info| info.hosts.insert(0, closed))).await.expect("the second host");
    let (info, _) = ConnInfo::parse(&db.url()).expect("the URL");
    assert_eq!(connected.host, info.hosts[0]);
    db.drop().await;
}

#[tokio::test]
async fn a_silent_first_host_leaves_time_for_the_second() {
    let db = Database::fresh().await;
    let silent = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let host = Host::new("127.0.0.1", silent.local_addr().expect("its number").port()).expect("a host");
    let connected = to(&with(&db.url(), |info| info.hosts.insert(0, host))).await;
    assert!(connected.is_ok(), "{connected:?}");
    db.drop().await;
}

#[tokio::test]
async fn a_refused_login_is_not_tried_elsewhere() {
    let db = Database::fresh().await;
    let closed = closed_port().await;
    let error = to(&with(&db.url(), |info| {
        info.hosts.push(closed);
        info.password = None;
    }))
    .await
    .expect_err("a refusal");
    assert!(matches!(error, ConnectError::WrongPassword { .. }), "{error:?}");
    db.drop().await;
}

#[tokio::test]
async fn the_kind_of_server_is_minded() {
    use TargetSessionAttrs::{Any, PreferStandby, Primary, ReadOnly, ReadWrite, Standby};
    let db = Database::fresh().await;
    let of = async |wanted, read_only: bool| {
        to(&with(&db.url(), |info| {
            info.target_session_attrs = wanted;
            if read_only {
                info.options = vec![("default_transaction_read_only".to_owned(), "on".to_owned())];
            }
        }))
        .await
        .map(|connected| connected.server.default_read_only)
    };
    for wanted in [Any, ReadWrite, Primary, PreferStandby] {
        assert_eq!(of(wanted, false).await, Ok(false), "{wanted}");
    }
    for wanted in [Any, ReadOnly, Primary, PreferStandby] {
        assert_eq!(of(wanted, true).await, Ok(true), "{wanted}");
    }
    for (wanted, read_only) in [(ReadOnly, false), (Standby, false), (ReadWrite, true)] {
        assert_eq!(of(wanted, read_only).await, Err(ConnectError::NoFittingHost { wanted, hosts: 1 }));
    }
    db.drop().await;
}

#[tokio::test]
async fn a_unix_socket_is_a_host() {
    let db = Database::fresh().await;
    let (info, _) = ConnInfo::parse(&db.url()).expect("the URL");
    let port = match &info.hosts[0] {
        Host::Tcp { port, .. } | Host::Unix { port, .. } => *port,
    };
    let Some(directory) = given::socket_folder(&db, port) else { return db.drop().await };
    let host = Host::Unix { directory, port };
    let connected = to(&with(&db.url(), |info| info.hosts = vec![host.clone()])).await.expect("the socket");
    assert_eq!(connected.host, host);
    assert!(!connected.server.ssl);
    db.drop().await;
}
