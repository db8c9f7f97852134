//! The server that tests run on: which one it is, and how to get at it.

mod choice;
#[cfg(feature = "containers")]
mod container;
mod folder;
mod private;

use std::{
    fmt,
    path::{Path, PathBuf},
};

pub use choice::{ServerOptions, Way};
use tokio::sync::OnceCell;

use crate::{TestkitError, fixture, url::ServerUrl};

/// A PostgreSQL server for tests.
///
/// [`shared`](Self::shared) is the one every [`Database`](crate::Database) of this process lives on.
/// [`start`](Self::start) gives one of its own, which goes with the value; a suite's runner starts one that way and hands its
/// URL to every test process in `ROLEWRIGHT_TEST_DATABASE_URL`.
///
/// ```no_run
/// # async fn example() -> Result<(), rolewright_testkit::TestkitError> {
/// use rolewright_testkit::{Server, ServerOptions};
///
/// let server = Server::start(&ServerOptions::from_environment()?.major(17)).await?;
/// println!("PostgreSQL {} on {}", server.version().await?, server.served());
/// server.stop().await;
/// # Ok(())
/// # }
/// ```
pub struct Server {
    pub(crate) url: ServerUrl,
    log: Option<PathBuf>,
    socket: Option<PathBuf>,
    served: Served,
    passed_over: Vec<PassedOver>,
    hold: Hold,
}

/// What serves.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Served {
    /// The server that `ROLEWRIGHT_TEST_DATABASE_URL` names.
    Named,
    /// A container of this image.
    Container(String),
    /// Programs that were on this machine, in this folder.
    Local(PathBuf),
    /// Programs that were obtained if they were not there, in this folder.
    Embedded(PathBuf),
}

/// A way that led to no server, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct PassedOver {
    /// The way.
    pub way: Way,
    /// Why it led nowhere.
    pub why: String,
    /// What would help, when something would.
    pub remedy: Option<String>,
}

/// What is let go of with the value.
enum Hold {
    Nothing,
    Cluster(Box<rolewright_embedded::Cluster>),
    #[cfg(feature = "containers")]
    Container(Box<container::Running>),
}

impl Server {
    /// The server of this process: chosen once, and shared with other test processes.
    ///
    /// # Errors
    ///
    /// When no way leads to one, each with its reason; or when an environment variable says nothing sensible.
    pub async fn shared() -> Result<&'static Self, TestkitError> {
        static SHARED: OnceCell<Server> = OnceCell::const_new();
        SHARED.get_or_try_init(|| async { open(&ServerOptions::from_environment()?, true).await }).await
    }

    /// A server for the holder of the value, removed at its end; a named one is left as it is.
    ///
    /// # Errors
    ///
    /// As [`shared`](Self::shared).
    pub async fn start(options: &ServerOptions) -> Result<Self, TestkitError> {
        open(options, false).await
    }

    /// The superuser's URL, password included.
    #[must_use]
    pub fn admin_url(&self) -> String {
        self.url.as_given()
    }

    /// What serves.
    #[must_use]
    pub fn served(&self) -> &Served {
        &self.served
    }

    /// The ways that were tried before, and why they were passed over.
    #[must_use]
    pub fn passed_over(&self) -> &[PassedOver] {
        &self.passed_over
    }

    /// The server's log file, where it can be read here.
    #[must_use]
    pub fn log_file(&self) -> Option<&Path> {
        self.log.as_deref()
    }

    /// The folder of its Unix-domain socket, where it is on this machine.
    #[must_use]
    pub fn socket_folder(&self) -> Option<&Path> {
        self.socket.as_deref()
    }

    /// The version it says it is, such as `17.10`.
    ///
    /// # Errors
    ///
    /// When it does not answer.
    pub async fn version(&self) -> Result<String, TestkitError> {
        let mut admin = fixture::connect(&self.admin_url()).await?;
        let version: String = sqlx::query_scalar(
            "/* rolewright-testkit: version */ SELECT pg_catalog.split_part(pg_catalog.current_setting('server_version'), ' ', 1)",
        )
        .fetch_one(&mut admin)
        .await
        .map_err(|source| TestkitError::Fixture { step: "asking for its version", source })?;
        Ok(version)
    }

    /// Stops and removes what [`start`](Self::start) made.
    pub async fn stop(self) {
        match self.hold {
            Hold::Nothing => {}
            Hold::Cluster(cluster) => {
                let _ = tokio::task::spawn_blocking(move || cluster.stop()).await;
            }
            #[cfg(feature = "containers")]
            Hold::Container(container) => container.remove().await,
        }
    }
}

async fn open(options: &ServerOptions, shared: bool) -> Result<Server, TestkitError> {
    if let Some(url) = &options.url {
        let (log, socket) = (options.log.clone(), options.socket.clone());
        let url = ServerUrl::parse(url)?;
        return Ok(Server {
            url,
            log,
            socket,
            served: Served::Named,
            passed_over: Vec::new(),
            hold: Hold::Nothing,
        });
    }
    let mut passed_over = Vec::new();
    for way in options.ways() {
        let opened = match way {
            Way::Container => contained(options, shared).await,
            Way::Local | Way::Embedded => private::open(options, way, shared).await,
        };
        match opened {
            Ok(server) => return Ok(Server { passed_over, ..server }),
            Err(over) => {
                tell(&over.to_string());
                passed_over.push(over);
            }
        }
    }
    let why = passed_over.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ");
    let remedies: Vec<_> = passed_over.into_iter().filter_map(|over| over.remedy).collect();
    Err(TestkitError::NoServer { why, hint: remedies.join("; or ") })
}

#[cfg(feature = "containers")]
async fn contained(options: &ServerOptions, shared: bool) -> Result<Server, PassedOver> {
    container::open(options, shared).await
}

#[cfg(not(feature = "containers"))]
async fn contained(_: &ServerOptions, _: bool) -> Result<Server, PassedOver> {
    let why = "this build of rolewright-testkit has no containers".to_owned();
    Err(PassedOver {
        way: Way::Container,
        why,
        remedy: Some("build it with its feature `containers`".into()),
    })
}

/// Says what takes so long; a test harness keeps it and shows it with a failed test.
#[expect(
    clippy::print_stderr,
    reason = "a test suite has no other place to be told why its first test takes a while"
)]
fn tell(line: &str) {
    eprintln!("rolewright-testkit: {line}");
}

impl fmt::Display for Served {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named => write!(f, "the server that {} names", choice::URL),
            Self::Container(image) => write!(f, "a container of {image}"),
            Self::Local(folder) => write!(f, "local programs in {}", folder.display()),
            Self::Embedded(folder) => write!(f, "obtained programs in {}", folder.display()),
        }
    }
}

impl fmt::Display for PassedOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} was passed over: {}", self.way.name(), self.why)
    }
}

impl fmt::Debug for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Server").field("served", &self.served).finish_non_exhaustive()
    }
}
