//! A command of the binary that is ended at a chosen statement: its process is killed, or its connections are cut.

use std::{
    fs::{self, File},
    process::{Child, Stdio},
    sync::{Arc, Mutex},
    thread,
    time::{Duration, Instant},
};

use super::proxy::{Proxy, upstream};
use crate::server::cli::Host;

/// What happens at the chosen statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Blow {
    /// SIGKILL for the process, besides the end of its connections.
    pub(crate) kill: bool,
    /// Whether the server still gets the statement.
    pub(crate) deliver: bool,
}

/// Every kind of blow.
pub(crate) const BLOWS: [Blow; 4] = [
    Blow { kill: true, deliver: false },
    Blow { kill: true, deliver: true },
    Blow { kill: false, deliver: false },
    Blow { kill: false, deliver: true },
];

/// How the command ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// Its exit code; none when it was killed.
    pub(crate) code: Option<i32>,
    pub(crate) err: String,
    /// Whether the chosen statement came by.
    pub(crate) struck: bool,
    /// How many statements came by.
    pub(crate) statements: u64,
}

/// Runs the command through a proxy that strikes at the statement `at`, counted from 1.
pub(crate) async fn strike(host: &Host, args: &[&str], at: u64, blow: Blow) -> Ended {
    let victim: Arc<Mutex<Option<Child>>> = Arc::default();
    let target = Arc::clone(&victim);
    let strike = move || {
        if blow.kill {
            // The command is spawned under this lock, so it is there.
            target.lock().unwrap().as_mut().unwrap().kill().unwrap();
        }
    };
    let proxy = Proxy::striking(&upstream(&host.db.url()), at, blow.deliver, Box::new(strike));
    let said = host.folder.path().join("victim.err");
    let mut command = host.command(args);
    command
        .env("DATABASE_URL", proxy.url(&host.db.url()))
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(File::create(&said).unwrap());
    let code = tokio::task::spawn_blocking(move || {
        {
            let mut place = victim.lock().unwrap();
            *place = Some(command.spawn().unwrap());
        }
        let started = Instant::now();
        loop {
            if let Some(status) = victim.lock().unwrap().as_mut().unwrap().try_wait().unwrap() {
                return status.code();
            }
            assert!(started.elapsed() < Duration::from_secs(60), "the command hangs after statement {at}");
            thread::sleep(Duration::from_millis(3));
        }
    })
    .await
    .unwrap();
    let err = fs::read_to_string(said).unwrap();
    Ended { code, err, struck: proxy.struck(), statements: proxy.seen() }
}

/// How many statements the command sends when nothing happens to it.
pub(crate) async fn count(host: &Host, args: &[&str]) -> u64 {
    let blow = Blow { kill: false, deliver: true };
    let ended = strike(host, args, u64::MAX, blow).await;
    assert_eq!(ended.code, Some(0), "{}", ended.err);
    ended.statements
}
