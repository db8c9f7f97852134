//! A proxy between a client and PostgreSQL that counts statements and strikes at the chosen one.
//!
//! It reads the client's side of the protocol (PostgreSQL manual, 55.7 "Message Formats") only as far as message types and
//! lengths: a simple query and an execution of a prepared statement each count as one statement, and every message that makes
//! the server answer (a simple query, a Sync, a Flush) as one round trip.

use std::{
    io::{self, Read, Write},
    net::{Shutdown, SocketAddr, TcpListener, TcpStream},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
};

/// What happens when the chosen statement arrives.
pub(crate) type Strike = Box<dyn Fn() + Send + Sync>;

/// A running proxy; it ends with the process.
pub(crate) struct Proxy {
    address: SocketAddr,
    plan: Arc<Plan>,
}

struct Plan {
    upstream: String,
    at: u64,
    /// Whether the server still gets the chosen statement, so that its effect may or may not be kept.
    deliver: bool,
    strike: Strike,
    seen: AtomicU64,
    struck: AtomicBool,
    trips: AtomicU64,
    texts: Mutex<Vec<String>>,
    frames: Mutex<String>,
    /// Held while the blow falls: nobody else is cut before it has.
    falling: Mutex<()>,
}

impl Plan {
    /// Whether the blow has fallen; waits for it while it falls.
    fn is_over(&self) -> bool {
        let struck = self.struck.load(Ordering::SeqCst);
        if struck {
            drop(self.falling.lock().unwrap());
        }
        struck
    }
}

impl Proxy {
    /// Strikes never: only counts, and remembers the text of every statement.
    pub(crate) fn watching(upstream: &str) -> Self {
        Self::start(upstream, u64::MAX, true, Box::new(|| {}))
    }

    /// Cuts every connection at the statement `at`, counted from 1 over all connections.
    pub(crate) fn cutting(upstream: &str, at: u64, deliver: bool) -> Self {
        Self::start(upstream, at, deliver, Box::new(|| {}))
    }

    /// Does something else at that statement, and cuts then.
    pub(crate) fn striking(upstream: &str, at: u64, deliver: bool, strike: Strike) -> Self {
        Self::start(upstream, at, deliver, strike)
    }

    fn start(upstream: &str, at: u64, deliver: bool, strike: Strike) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let plan = Arc::new(Plan {
            upstream: upstream.to_owned(),
            at,
            deliver,
            strike,
            seen: AtomicU64::new(0),
            struck: AtomicBool::new(false),
            trips: AtomicU64::new(0),
            texts: Mutex::default(),
            frames: Mutex::default(),
            falling: Mutex::default(),
        });
        let accepting = Arc::clone(&plan);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                let plan = Arc::clone(&accepting);
                thread::spawn(move || serve(client, &plan));
            }
        });
        Self { address, plan }
    }

    /// How many statements came by.
    pub(crate) fn seen(&self) -> u64 {
        self.plan.seen.load(Ordering::SeqCst)
    }

    /// Whether the chosen statement came by.
    pub(crate) fn struck(&self) -> bool {
        self.plan.struck.load(Ordering::SeqCst)
    }

    /// How many messages made the server answer, the startup's apart.
    pub(crate) fn round_trips(&self) -> u64 {
        self.plan.trips.load(Ordering::SeqCst)
    }

    /// The text of every statement that was sent or prepared, in order.
    pub(crate) fn texts(&self) -> Vec<String> {
        self.plan.texts.lock().unwrap().clone()
    }

    /// The types of all messages, in order: Q a simple query; P, D, B, E, S the parts of a prepared one.
    pub(crate) fn frames(&self) -> String {
        self.plan.frames.lock().unwrap().clone()
    }

    /// The URL with the proxy in place of the server.
    pub(crate) fn url(&self, url: &str) -> String {
        through(url, self.address)
    }
}

/// The URL with another address in place of the server's.
pub(crate) fn through(url: &str, address: SocketAddr) -> String {
    let (head, tail) = url.rsplit_once('@').unwrap();
    let (_, database) = tail.split_once('/').unwrap();
    let separator = if database.contains('?') { '&' } else { '?' };
    format!("{head}@{address}/{database}{separator}sslmode=disable")
}

/// Host and port of a URL.
pub(crate) fn upstream(url: &str) -> String {
    url.rsplit_once('@').unwrap().1.split_once('/').unwrap().0.to_owned()
}

fn serve(mut client: TcpStream, plan: &Plan) {
    if plan.is_over() {
        return;
    }
    let Ok(mut server) = TcpStream::connect(&plan.upstream) else { return };
    // Messages are passed on as they come: waiting to fill a packet would make every one of them late.
    client.set_nodelay(true).unwrap();
    server.set_nodelay(true).unwrap();
    let (mut from_server, mut to_client) = (server.try_clone().unwrap(), client.try_clone().unwrap());
    thread::spawn(move || {
        // Either side may be gone at any moment; that is what this is for.
        let _ = io::copy(&mut from_server, &mut to_client);
        let _ = to_client.shutdown(Shutdown::Both);
    });
    let _ = forward(&mut client, &mut server, plan);
    let _ = client.shutdown(Shutdown::Both);
    let _ = server.shutdown(Shutdown::Both);
}

fn forward(client: &mut TcpStream, server: &mut TcpStream, plan: &Plan) -> io::Result<()> {
    // The startup message has no type.
    let mut length = [0; 4];
    client.read_exact(&mut length)?;
    let mut body = vec![0; u32::from_be_bytes(length) as usize - 4];
    client.read_exact(&mut body)?;
    server.write_all(&[length.as_slice(), &body].concat())?;
    loop {
        let mut head = [0; 5];
        client.read_exact(&mut head)?;
        let length = u32::from_be_bytes([head[1], head[2], head[3], head[4]]) as usize - 4;
        let mut body = vec![0; length];
        client.read_exact(&mut body)?;
        let message = [head.as_slice(), &body].concat();
        if let Some(text) = text(head[0], &body) {
            plan.texts.lock().unwrap().push(text);
        }
        plan.frames.lock().unwrap().push(char::from(head[0]));
        if matches!(head[0], b'Q' | b'S' | b'H') {
            plan.trips.fetch_add(1, Ordering::SeqCst);
        }
        let counts = matches!(head[0], b'Q' | b'E');
        if counts && plan.seen.fetch_add(1, Ordering::SeqCst) + 1 == plan.at {
            let _falling = plan.falling.lock().unwrap();
            plan.struck.store(true, Ordering::SeqCst);
            if plan.deliver {
                // With an execution goes the Sync that makes the server act on it.
                server.write_all(&message)?;
                if head[0] == b'E' {
                    server.write_all(&[b'S', 0, 0, 0, 4])?;
                }
                thread::sleep(std::time::Duration::from_millis(30));
            }
            (plan.strike)();
            return Ok(());
        }
        if plan.is_over() {
            return Ok(());
        }
        server.write_all(&message)?;
    }
}

/// The statement's text: the whole of a Query, and of a Parse what follows the prepared statement's name.
fn text(kind: u8, body: &[u8]) -> Option<String> {
    let mut fields = body.split(|byte| *byte == 0);
    let text = match kind {
        b'Q' => fields.next(),
        b'P' => fields.nth(1),
        _ => None,
    };
    text.map(|text| String::from_utf8_lossy(text).into_owned())
}
