//! A database that goes away under a running `serve`, and comes back: told as that, and not as connections that are all taken.

use std::{
    io,
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use super::gateway::{asked, call, open};
use crate::{
    harness::proxy::{through, upstream},
    server::serve::{end, serve_with, until},
};

/// A way to the server that can be shut: nothing accepts connections there then.
struct Way {
    address: SocketAddr,
    open: Arc<Mutex<Option<Vec<TcpStream>>>>,
}

impl Way {
    fn to(upstream: String) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let (address, open) = (listener.local_addr().unwrap(), Arc::new(Mutex::new(Some(Vec::new()))));
        let seen = Arc::clone(&open);
        thread::spawn(move || {
            loop {
                let Some(streams) = &mut *seen.lock().unwrap() else { return };
                if let Ok((client, _)) = listener.accept() {
                    let server = TcpStream::connect(&upstream).unwrap();
                    client.set_nonblocking(false).unwrap();
                    for (from, to) in [(&client, &server), (&server, &client)] {
                        let (mut from, mut to) = (from.try_clone().unwrap(), to.try_clone().unwrap());
                        thread::spawn(move || {
                            let _ = io::copy(&mut from, &mut to);
                            let _ = to.shutdown(Shutdown::Both);
                        });
                    }
                    streams.push(client);
                    continue;
                }
                thread::sleep(Duration::from_millis(2));
            }
        });
        Self { address, open }
    }

    fn shut(&self) {
        for stream in self.open.lock().unwrap().take().unwrap() {
            let _ = stream.shutdown(Shutdown::Both);
        }
        while TcpStream::connect(self.address).is_ok() {
            thread::sleep(Duration::from_millis(2));
        }
    }
}

#[tokio::test]
async fn a_database_that_is_down_is_told_as_that() {
    let host = open().await;
    let config = std::fs::read_to_string(host.folder.path().join("rolewright.toml")).unwrap();
    host.config(&format!("{config}\n[database.pool]\nacquire = \"2s\"\n"));
    let way = Way::to(upstream(&host.db.url()));
    let url = through(&host.db.url(), way.address);
    let (child, address) = serve_with(&host, &[("DATABASE_URL", &url)]);
    until(&address, |status, _| status == 200);
    let to = format!(r#"{{"module_to":"{}-1.0.0"}}"#, host.db.app());
    asked(&address, "diku", &to);
    way.shut();
    let words = format!("nothing accepts connections at {}", way.address);
    for line in ["POST /_/tenant", "GET /_/tenant/497f6eca-6276-4993-bfeb-53cbbbba6f08"] {
        let started = Instant::now();
        let (status, _, text) = call(&address, line, "diku", &to);
        assert!(status == 503 && text.contains(&words), "{line}: {status} {text}");
        assert!(text.contains("start PostgreSQL"), "{line}: {text}");
        // What it had begun it goes on with by itself.
        assert!(!text.contains("CONNECTION LIMIT") && !text.contains("resume"), "{line}: {text}");
        assert!(started.elapsed() < Duration::from_secs(6), "{line}: {:?}", started.elapsed());
    }
    end(child);
    host.db.drop().await;
}
