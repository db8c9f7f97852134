//! A container of `postgres:<major>`, by way of testcontainers and whatever engine `DOCKER_HOST` or the usual sockets lead to.

use std::{fs, io::Write as _, os::unix::fs::OpenOptionsExt as _, path::Path, time::Duration};

use testcontainers::{
    ContainerAsync, GenericImage, ImageExt as _, ReuseDirective,
    core::{IntoContainerPort as _, WaitFor},
    runners::AsyncRunner as _,
};
use tokio::task::JoinHandle;

use super::{Hold, PassedOver, Served, Server, ServerOptions, Way, folder, tell};
use crate::{fixture, name, url::ServerUrl};

/// Marks the containers that stay for the next test process; `cargo xtask stop` looks for it.
const LABEL: &str = "rolewright-testkit";

/// How long pulling the image and starting may take together.
const START: Duration = Duration::from_secs(300);

/// The same trade of safety for speed as a private cluster's, and the line prefix by which one database's log entries are told.
const SETTINGS: [&str; 6] = [
    "fsync=off",
    "full_page_writes=off",
    "synchronous_commit=off",
    "max_connections=300",
    "log_line_prefix=%m [%p] %q%u@%d ",
    "listen_addresses=*",
];

/// A container of the caller's own.
pub(super) struct Running {
    container: ContainerAsync<GenericImage>,
    follower: JoinHandle<()>,
    _log: tempfile::TempPath,
}

impl Running {
    pub(super) async fn remove(self) {
        self.follower.abort();
        let _ = self.container.rm().await;
    }
}

/// Starts a container, or, when it is to be shared, joins the one another test process has started.
pub(super) async fn open(options: &ServerOptions, shared: bool) -> Result<Server, PassedOver> {
    let over = |why: String| PassedOver {
        way: Way::Container,
        why: why.split_whitespace().collect::<Vec<_>>().join(" "),
        remedy: Some("start a container engine, and see that it has or can pull the image".into()),
    };
    let image = format!("postgres:{}", options.tag());
    let password =
        if shared { shared_password(options.tag()).map_err(over)? } else { name::fresh_password() };
    let container = start(options.tag(), &password, shared).await.map_err(over)?;
    let url = address(&container, &password).await.map_err(over)?;
    answer(&url).await.map_err(over)?;
    let (log, hold) = if shared {
        (None, Hold::Nothing)
    } else {
        let (follower, log) = follow(&container).map_err(|error| over(error.to_string()))?;
        (Some(log.to_path_buf()), Hold::Container(Box::new(Running { container, follower, _log: log })))
    };
    Ok(Server { url, log, socket: None, served: Served::Container(image), passed_over: Vec::new(), hold })
}

async fn start(tag: u32, password: &str, shared: bool) -> Result<ContainerAsync<GenericImage>, String> {
    let settings = SETTINGS.iter().flat_map(|setting| ["-c", setting]);
    let request = GenericImage::new("postgres", &tag.to_string())
        .with_exposed_port(5432.tcp())
        // The first server, which the image starts to make the cluster, says so on its standard output.
        .with_wait_for(WaitFor::message_on_stderr("database system is ready to accept connections"))
        .with_env_var("POSTGRES_PASSWORD", password)
        .with_cmd(std::iter::once("postgres").chain(settings))
        .with_shm_size(256 << 20)
        .with_startup_timeout(Duration::from_secs(120))
        .with_label(LABEL, if shared { "shared" } else { "own" });
    if !shared {
        return limited(request.start()).await;
    }
    // One process starts it while the others wait; the lock goes with the file.
    let _lock = lock(tag).await?;
    tell(&format!("joining or starting the container rolewright-test-{tag}"));
    let name = format!("rolewright-test-{tag}");
    limited(request.with_container_name(name).with_reuse(ReuseDirective::Always).start()).await
}

async fn limited<T, E: std::fmt::Display>(work: impl Future<Output = Result<T, E>>) -> Result<T, String> {
    match tokio::time::timeout(START, work).await {
        Ok(done) => done.map_err(|error| error.to_string()),
        Err(_) => Err(format!("no container within {} s", START.as_secs())),
    }
}

async fn address(container: &ContainerAsync<GenericImage>, password: &str) -> Result<ServerUrl, String> {
    let host = container.get_host().await.map_err(|error| error.to_string())?;
    let port = container.get_host_port_ipv4(5432.tcp()).await.map_err(|error| error.to_string())?;
    ServerUrl::parse(&format!("postgres://postgres:{password}@{host}:{port}/postgres"))
        .map_err(|error| error.to_string())
}

/// Waits until it lets the superuser in: a joined container may still be starting.
async fn answer(url: &ServerUrl) -> Result<(), String> {
    let mut said = String::new();
    for _ in 0..100 {
        match fixture::connect(&url.as_given()).await {
            Ok(_) => return Ok(()),
            Err(error) => {
                said =
                    std::error::Error::source(&error).map_or_else(|| error.to_string(), ToString::to_string);
            }
        }
        tokio::time::sleep(Duration::from_millis(200)).await;
    }
    Err(format!("the container's server lets nobody in: {said}"))
}

/// Writes what the server says into a file, for as long as the container lives.
fn follow(container: &ContainerAsync<GenericImage>) -> std::io::Result<(JoinHandle<()>, tempfile::TempPath)> {
    let (file, path) =
        tempfile::Builder::new().prefix("rolewright-test-").suffix(".log").tempfile()?.into_parts();
    let mut file = tokio::fs::File::from_std(file);
    let mut said = container.stderr(true);
    let follower = tokio::spawn(async move {
        // Ends with the container.
        let _ = tokio::io::copy_buf(&mut said, &mut file).await;
    });
    Ok((follower, path))
}

/// The shared container's password, in a file of this account alone: its port may be reachable from other machines.
fn shared_password(tag: u32) -> Result<String, String> {
    let path = folder::shared(Some(tag)).with_extension("password");
    let failed = |error: std::io::Error| format!("cannot keep a password in {}: {error}", path.display());
    match fs::File::options().write(true).create_new(true).mode(0o600).open(&path) {
        Ok(mut file) => file.write_all(name::fresh_password().as_bytes()).map_err(failed)?,
        Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
        Err(error) => return Err(failed(error)),
    }
    read_written(&path).map_err(failed)
}

/// Another process may have made the file and not written it yet.
fn read_written(path: &Path) -> std::io::Result<String> {
    for _ in 0..100 {
        let text = fs::read_to_string(path)?;
        if !text.is_empty() {
            return Ok(text);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    Err(std::io::Error::other("it stays empty"))
}

async fn lock(tag: u32) -> Result<fs::File, String> {
    let path = folder::shared(Some(tag)).with_extension("lock");
    let locked = tokio::task::spawn_blocking(move || {
        let file = fs::File::options().write(true).create(true).truncate(false).open(&path)?;
        file.lock()?;
        Ok::<_, std::io::Error>(file)
    });
    locked.await.map_err(|error| error.to_string())?.map_err(|error| format!("cannot lock: {error}"))
}
