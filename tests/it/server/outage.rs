//! PostgreSQL down, starting up, or going away in the middle: the exit code, the words, and nothing half done.

use std::{
    io::{Read, Write},
    net::TcpListener,
    time::{Duration, Instant},
};

use super::cli::Host;
use crate::harness::proxy::{Proxy, upstream};

/// A server that says of itself that it is starting up, for ever.
fn starting_up() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        for mut client in listener.incoming().flatten() {
            let mut startup = [0; 1024];
            let _ = client.read(&mut startup);
            let fields = b"SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0";
            let length = u32::try_from(fields.len() + 4).unwrap().to_be_bytes();
            let _ = client.write_all(&[b"E".as_slice(), &length, fields].concat());
        }
    });
    address
}

#[tokio::test]
async fn a_server_that_starts_up_for_ever() {
    let host = Host::fresh().await;
    let url = format!("postgres://core:secret@{}/db?sslmode=disable", starting_up());
    let start = Instant::now();
    host.run_with(&["apply"], "", &[("DATABASE_URL", &url)]).await.fails(69, "starting up", "");
    assert!(start.elapsed() > Duration::from_secs(2), "it was not waited for");
    assert!(start.elapsed() < Duration::from_secs(6), "it was waited for too long");
}

/// Every statement of a report's command is the last one the connection carries.
#[tokio::test]
async fn a_connection_that_goes_away_under_a_query() {
    let host = Host::fresh().await;
    host.run(&["apply"]).await.exit(0);
    let args = ["query", "--as", "role:raw", "SELECT * FROM public.patients"];
    let mut cuts = 0;
    for at in 1.. {
        let proxy = Proxy::cutting(&upstream(&host.db.url()), at, at % 2 == 0);
        let said = host.run_with(&args, "", &[("DATABASE_URL", &proxy.url(&host.db.url()))]).await;
        if !proxy.struck() {
            said.exit(0);
            break;
        }
        // What is cut after the last row was written has done its work.
        assert!(matches!(said.code, 0 | 69 | 1), "cut at {at}: {} {}", said.code, said.err);
        if said.code != 0 {
            assert!(said.err.contains("error: "), "cut at {at}: {}", said.err);
            cuts += 1;
        }
    }
    assert!(cuts > 5, "only {cuts} cuts were felt");
}

/// The private PostgreSQL of `--embedded`: it is made by one command, goes away under a `serve`, and comes back.
#[tokio::test]
async fn a_private_server_that_stops_and_starts_again() {
    use rolewright_embedded::{Cluster, ClusterOptions};
    let host = Host::fresh().await;
    host.config("app = \"app\"\n[http]\nlisten = \"127.0.0.1:0\"\n[roles.raw]\nread = [\"public\"]\n");
    let nothing = [("DATABASE_URL", "")];
    host.run_with(&["--embedded", "apply"], "", &nothing).await.exit(0);
    let again = host.run_with(&["--embedded", "apply"], "", &nothing).await.exit(0);
    assert_eq!(again.out, "nothing to change\n");

    let folder = host.folder.path().join(".rolewright");
    let password = std::fs::read_to_string(folder.join("core.password")).unwrap();
    let open = || Cluster::open(&ClusterOptions::new(folder.join("postgres"))).unwrap();
    let cluster = open();
    let url = cluster.url("app_core", password.trim(), "app");
    let key = folder.join("rolewright.key").to_string_lossy().into_owned();
    let env = [("DATABASE_URL", url.as_str()), ("CRYPTO_KEY_FILE", key.as_str())];
    let (child, address) = super::serve::serve_with(&host, &env);
    super::serve::until(&address, |status, _| status == 200);

    cluster.stop().unwrap();
    let (_, body) = super::serve::until(&address, |status, _| status == 503);
    assert!(body.contains("the database does not answer"), "{body}");
    assert!(!body.contains(password.trim()), "{body}");
    host.run_with(&["check"], "", &env).await.fails(69, "", "");

    let cluster = open();
    if cluster.url("app_core", password.trim(), "app") == url {
        super::serve::until(&address, |status, _| status == 200);
        host.run_with(&["check"], "", &env).await.exit(0);
    } else {
        // Somebody took the port meanwhile: the running process cannot know the new one, and goes on saying so.
        let moved = cluster.url("app_core", password.trim(), "app");
        host.run_with(&["check"], "", &[("DATABASE_URL", &moved), env[1]]).await.exit(0);
        let (_, body) = super::serve::until(&address, |status, _| status == 503);
        assert!(body.contains("the database does not answer"), "{body}");
    }
    super::serve::end(child);
    cluster.stop().unwrap();
}
