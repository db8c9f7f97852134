//! A bridge to container engines that are older than testcontainers: it lowers the API version in each request to theirs.
//!
//! The client library names one fixed version of the Docker Engine API in every path, and an older engine, such as Debian's
//! `docker.io`, refuses that outright although it understands the requests. The library reads the engine's address from
//! `DOCKER_HOST`, so this program runs itself once more with that pointing to the bridge.

use std::{
    io::{self, Read as _, Write as _},
    net::Shutdown,
    os::unix::net::{UnixListener, UnixStream},
    path::{Path, PathBuf},
    process::{Command, ExitCode},
    thread,
    time::Duration,
};

use testcontainers::bollard::API_DEFAULT_VERSION;

/// Where the engine listens unless `DOCKER_HOST` says otherwise.
const USUAL: &str = "/var/run/docker.sock";

/// Set for the program behind the bridge: the engine is as old there, and one bridge is enough.
const BRIDGED: &str = "ROLEWRIGHT_TEST_BRIDGED";

/// Runs this program again behind a bridge, if the engine here needs one; `None` if it does not, or if there is no engine.
pub(crate) fn run_bridged() -> Option<ExitCode> {
    if variable(BRIDGED).is_some() {
        return None;
    }
    let engine = engine()?;
    let speaks = version(&engine)?;
    if speaks >= (API_DEFAULT_VERSION.major_version, API_DEFAULT_VERSION.minor_version) {
        return None;
    }
    let folder = tempfile::Builder::new().prefix("rolewright-bridge-").tempdir().ok()?;
    let socket = folder.path().join("engine.sock");
    let listener = UnixListener::bind(&socket).ok()?;
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            let engine = engine.clone();
            thread::spawn(move || carry(client, &engine, speaks));
        }
    });
    let mut again = Command::new(std::env::current_exe().ok()?);
    again
        .args(std::env::args_os().skip(1))
        .env("DOCKER_HOST", format!("unix://{}", socket.display()))
        .env(BRIDGED, "1");
    Some(ignoring_signals(&mut again))
}

/// Waits for the program, which removes its server on a signal; this process only carries its requests meanwhile.
fn ignoring_signals(program: &mut Command) -> ExitCode {
    let Ok(runtime) = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build()
    else {
        return ExitCode::FAILURE;
    };
    use tokio::signal::unix::{SignalKind, signal};
    let _inside = runtime.enter();
    for kind in [SignalKind::interrupt(), SignalKind::terminate(), SignalKind::hangup()] {
        if let Ok(mut noted) = signal(kind) {
            runtime.spawn(async move { while noted.recv().await.is_some() {} });
        }
    }
    let code = program.status().ok().and_then(|status| status.code()).unwrap_or(1);
    u8::try_from(code).map_or(ExitCode::FAILURE, ExitCode::from)
}

/// The engine's socket; none when it is reached by the network.
fn engine() -> Option<PathBuf> {
    match variable("DOCKER_HOST") {
        Some(host) => host.strip_prefix("unix://").map(PathBuf::from),
        None => Some(PathBuf::from(USUAL)),
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the variables are the container engine's and this program's own"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

/// The newest API version the engine speaks.
fn version(engine: &Path) -> Option<(usize, usize)> {
    let mut connection = UnixStream::connect(engine).ok()?;
    connection.set_read_timeout(Some(Duration::from_secs(5))).ok()?;
    connection.write_all(b"GET /version HTTP/1.1\r\nHost: engine\r\nConnection: close\r\n\r\n").ok()?;
    let mut answer = String::new();
    connection.read_to_string(&mut answer).ok()?;
    read_version(&answer)
}

fn read_version(answer: &str) -> Option<(usize, usize)> {
    let (_, rest) = answer.split_once("\"ApiVersion\"")?;
    let (major, minor) =
        rest.trim_start_matches([' ', ':']).strip_prefix('"')?.split('"').next()?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}

/// Carries one request and its answer. The connection ends with the answer, so that every request has a head of its own to rewrite.
fn carry(mut client: UnixStream, engine: &Path, speaks: (usize, usize)) -> Option<()> {
    let mut engine = UnixStream::connect(engine).ok()?;
    let head = rewrite(&read_head(&mut client).ok()?, speaks);
    engine.write_all(head.as_bytes()).ok()?;
    let (mut from_client, mut to_engine) = (client.try_clone().ok()?, engine.try_clone().ok()?);
    thread::spawn(move || {
        let _ = io::copy(&mut from_client, &mut to_engine);
        let _ = to_engine.shutdown(Shutdown::Write);
    });
    let _ = io::copy(&mut engine, &mut client);
    let _ = client.shutdown(Shutdown::Both);
    Some(())
}

/// The request up to the empty line that ends its head (RFC 9112, section 2.1).
fn read_head(client: &mut UnixStream) -> io::Result<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && head.len() < 64 << 10 {
        client.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    String::from_utf8(head).map_err(io::Error::other)
}

/// Lowers the version in the path, and asks for the connection to be closed, unless it is to become something else.
fn rewrite(head: &str, (major, minor): (usize, usize)) -> String {
    let (line, headers) = head.split_once("\r\n").unwrap_or((head, ""));
    let mut words: Vec<String> = line.split(' ').map(str::to_owned).collect();
    if let Some(path) = words.get_mut(1)
        && let Some((_, rest)) = path.strip_prefix("/v").and_then(|path| path.split_once('/'))
    {
        *path = format!("/v{major}.{minor}/{rest}");
    }
    let close =
        if headers.to_ascii_lowercase().contains("\nupgrade:") { "" } else { "Connection: close\r\n" };
    format!("{}\r\n{close}{headers}", words.join(" "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_in_the_path_becomes_the_engines() {
        let head = "POST /v1.53/containers/create?name=/v1.53/x HTTP/1.1\r\nhost: h\r\n\r\n";
        assert_eq!(
            rewrite(head, (1, 41)),
            "POST /v1.41/containers/create?name=/v1.53/x HTTP/1.1\r\nConnection: close\r\nhost: h\r\n\r\n"
        );
        assert!(
            !rewrite("POST /v1.53/exec HTTP/1.1\r\nhost: h\r\nUpgrade: tcp\r\n\r\n", (1, 41))
                .contains("close")
        );
    }

    #[test]
    fn the_engines_version_is_read_from_its_answer() {
        let answer =
            "HTTP/1.1 200 OK\r\n\r\n{\"Components\":[],\"ApiVersion\":\"1.41\",\"MinAPIVersion\":\"1.12\"}";
        assert_eq!(read_version(answer), Some((1, 41)));
        assert_eq!(read_version("HTTP/1.1 404 Not Found\r\n\r\n"), None);
    }
}
