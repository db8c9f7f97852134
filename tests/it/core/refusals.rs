//! Refusals that a healthy server cannot be made to give, from a listener that speaks just enough of the protocol.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU32, Ordering},
    },
    time::{Duration, Instant},
};

use rolewright_core::{
    Advice, Exit,
    connect::{ConnectError, ConnectionLimit},
};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpListener,
};

use super::to;

/// A server that answers every login with this error; its URL, and how often it was asked.
async fn refusing(code: &str, routine: &str, message: &str) -> (String, Arc<AtomicU32>) {
    let mut fields = Vec::new();
    for (kind, text) in [(b'S', "FATAL"), (b'V', "FATAL"), (b'C', code), (b'M', message), (b'R', routine)] {
        fields.push(kind);
        fields.extend_from_slice(text.as_bytes());
        fields.push(0);
    }
    fields.push(0);
    let mut answer = vec![b'E'];
    answer.extend_from_slice(&u32::try_from(fields.len() + 4).expect("a short message").to_be_bytes());
    answer.extend(fields);

    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a port");
    let address = listener.local_addr().expect("its address");
    let asked = Arc::new(AtomicU32::new(0));
    let count = asked.clone();
    tokio::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            count.fetch_add(1, Ordering::Relaxed);
            let mut startup = [0; 1024];
            let _ = stream.read(&mut startup).await;
            let _ = stream.write_all(&answer).await;
        }
    });
    (format!("postgres://u:kanari@{address}/d?sslmode=disable"), asked)
}

async fn refusal(code: &str, routine: &str, message: &str) -> ConnectError {
    let (url, _) = refusing(code, routine, message).await;
    let error = to(&url).await.expect_err("a refusal");
    assert!(!format!("{error} {error:?} {:?}", error.hint()).contains("kanari"));
    error
}

#[tokio::test]
async fn each_code_has_its_words() {
    let error = refusal("28000", "ClientAuthentication", "kein Eintrag in pg_hba.conf").await;
    assert!(matches!(error, ConnectError::NoHbaEntry { .. }), "{error:?}");
    assert_eq!(error.exit(), Exit::NoPermission);
    let error = refusal("28000", "auth_failed", "Peer authentication failed").await;
    assert!(matches!(error, ConnectError::NotAuthenticated { .. }), "{error:?}");
    let error = refusal("53300", "InitProcess", "sorry, too many clients already").await;
    assert!(matches!(error, ConnectError::TooMany { limit: ConnectionLimit::Server, .. }), "{error:?}");
    let error = refusal("53300", "CheckMyDatabase", "too many connections for database").await;
    assert!(matches!(error, ConnectError::TooMany { limit: ConnectionLimit::Database, .. }), "{error:?}");
    let error = refusal("57P03", "ProcessStartupPacket", "the database system is shutting down").await;
    assert!(matches!(error, ConnectError::ShuttingDown { .. }), "{error:?}");
    let error = refusal("57P01", "ProcessInterrupts", "terminating connection").await;
    assert!(matches!(error, ConnectError::Ended { .. }), "{error:?}");
    let words = "the session was ended by the server at";
    assert!(
        error.to_string().starts_with(words) && error.hint().unwrap().starts_with("try again"),
        "{error}"
    );
    assert_eq!(error.exit(), Exit::Unavailable);
    let error = refusal("22023", "x", "invalid value for parameter: kanari").await;
    assert!(matches!(&error, ConnectError::Other { sqlstate, .. } if sqlstate == "22023"), "{error:?}");
    assert_eq!(error.exit(), Exit::Unavailable);
}

#[tokio::test]
async fn a_server_that_is_starting_up_is_asked_again_until_the_time_is_over() {
    let (url, asked) = refusing("57P03", "ProcessStartupPacket", "the database system is starting up").await;
    let started = Instant::now();
    let error = to(&url).await.expect_err("a refusal");
    assert!(matches!(error, ConnectError::StartingUp { .. }), "{error:?}");
    assert!(started.elapsed() > Duration::from_secs(3) && started.elapsed() < Duration::from_secs(5));
    assert!(asked.load(Ordering::Relaxed) > 5);
}
