//! `serve`: health from the first moment, ready after the stages, honest while the database is away, gone on a signal.

use std::{
    io::{BufRead, BufReader, Read, Write},
    net::TcpStream,
    process::{Child, Command},
    time::{Duration, Instant},
};

use super::cli::Host;

/// One GET, by hand: status and body.
pub(crate) fn get(address: &str, path: &str) -> Option<(u16, String)> {
    request(address, &format!("GET {path}"), "", "").map(|(status, _, body)| (status, body))
}

/// One request, by hand: status, head and body.
pub(crate) fn request(address: &str, line: &str, headers: &str, body: &str) -> Option<(u16, String, String)> {
    let mut stream = TcpStream::connect(address).ok()?;
    stream.set_read_timeout(Some(Duration::from_secs(30))).ok()?;
    let length = body.len();
    let head = format!(
        "{line} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{headers}Content-Length: {length}\r\n\r\n"
    );
    // One that is refused before its body is read may be closed meanwhile.
    let _ = stream.write_all(format!("{head}{body}").as_bytes());
    let mut text = String::new();
    stream.read_to_string(&mut text).ok()?;
    let status = text.split(' ').nth(1)?.parse().ok()?;
    let (head, body) = text.split_once("\r\n\r\n")?;
    Some((status, head.to_owned(), body.to_owned()))
}

/// Starts `serve` and reads the address from its log.
pub(crate) fn serve(host: &Host) -> (Child, String) {
    serve_with(host, &[])
}

pub(crate) fn serve_with(host: &Host, env: &[(&str, &str)]) -> (Child, String) {
    let mut child = host.command(&["serve", "--no-color"]).envs(env.iter().copied()).spawn().unwrap();
    let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
    let address = loop {
        let line = lines.next().expect("serve ended early").unwrap();
        if let Some((_, rest)) = line.split_once("listen=") {
            break rest.split_whitespace().next().unwrap().to_owned();
        }
    };
    std::thread::spawn(move || lines.for_each(drop));
    (child, address)
}

pub(crate) fn until(address: &str, what: impl Fn(u16, &str) -> bool) -> (u16, String) {
    let start = Instant::now();
    loop {
        if let Some((status, body)) = get(address, "/readyz") {
            if what(status, &body) {
                return (status, body);
            }
            assert!(start.elapsed() < Duration::from_secs(30), "still {status}: {body}");
        }
        assert!(start.elapsed() < Duration::from_secs(40), "no answer from {address}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

pub(crate) fn end(mut child: Child) {
    Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    let start = Instant::now();
    loop {
        if let Some(status) = child.try_wait().unwrap() {
            assert_eq!(status.code(), Some(0));
            return;
        }
        assert!(start.elapsed() < Duration::from_secs(15), "serve did not end on SIGTERM");
        std::thread::sleep(Duration::from_millis(50));
    }
}

#[tokio::test]
async fn ready_after_the_stages_and_gone_on_a_signal() {
    let host = Host::fresh().await;
    let (child, address) = serve(&host);
    assert_eq!(get(&address, "/livez").unwrap().0, 200);
    let (_, body) = until(&address, |status, _| status == 200);
    let report: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(report["stage"], "serve");
    assert_eq!(report["roles"]["reporting"]["state"], "open");
    let stages: Vec<&str> =
        report["stages"].as_array().unwrap().iter().map(|s| s["stage"].as_str().unwrap()).collect();
    assert_eq!(stages, ["connect", "unlock", "migrate", "provision", "verify", "open"]);
    end(child);
}

#[tokio::test]
async fn health_answers_while_the_start_waits() {
    use sqlx::Connection;
    let host = Host::fresh().await;
    host.run(&["apply"]).await.exit(0);
    // Somebody holds a lock that the start needs: it waits, and says in which stage.
    let mut blocker = sqlx::PgConnection::connect(&host.db.admin_url()).await.unwrap();
    sqlx::raw_sql("BEGIN; LOCK TABLE rolewright.local_system_secrets").execute(&mut blocker).await.unwrap();
    let (child, address) = serve(&host);
    let (status, body) = until(&address, |_, body| body.contains("\"stage\":\"unlock\""));
    assert_eq!(status, 503, "{body}");
    assert_eq!(get(&address, "/livez").unwrap().0, 200);
    sqlx::raw_sql("ROLLBACK").execute(&mut blocker).await.unwrap();
    until(&address, |status, _| status == 200);
    end(child);
}

#[tokio::test]
async fn degraded_refuses_the_work_and_says_why() {
    let host = Host::fresh().await;
    let raw = host.role("raw");
    sqlx::raw_sql(sqlx::AssertSqlSafe(format!("CREATE ROLE {raw}"))).execute(&host.db.admin()).await.unwrap();
    host.config(&format!("{}[start]\nroles = \"degraded\"\n", host.default_config()));
    let (child, address) = serve(&host);
    let (_, body) = until(&address, |status, _| status == 200);
    let report: serde_json::Value = serde_json::from_str(&body).unwrap();
    assert_eq!(report["roles"]["raw"]["state"], "refused");
    assert!(report["roles"]["raw"]["reason"].as_str().unwrap().contains(&raw), "{body}");
    assert_eq!(report["roles"]["reporting"]["state"], "open", "one role's trouble is not the other's");
    end(child);
    host.config(&host.default_config());
    host.run(&["serve"]).await.fails(77, &raw, "adopt");
}
