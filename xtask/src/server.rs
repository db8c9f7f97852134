//! The PostgreSQL that a whole test run uses, started and removed by the testkit's own program.

use std::{
    collections::HashMap,
    io::{BufRead as _, BufReader},
    path::PathBuf,
    process::{Child, Command, Stdio},
};

use anyhow::{Context as _, Result, anyhow, bail};
use rolewright_embedded::{Cluster, ClusterOptions, Progress};

use crate::cargo;

/// The environment variable that names a server to use.
pub(crate) const URL: &str = "ROLEWRIGHT_TEST_DATABASE_URL";
/// The environment variable that tells the testkit where that server logs.
pub(crate) const LOG: &str = "ROLEWRIGHT_TEST_SERVER_LOG";

/// The environment variable that tells the tests where that server's socket is.
pub(crate) const SOCKET: &str = "ROLEWRIGHT_TEST_SERVER_SOCKET";

/// How the names of the shared private clusters' folders begin, and the containers' too.
const SHARED: &str = "rolewright-test";

/// A running server; it goes with the value.
pub(crate) struct Server {
    child: Child,
    /// What the tests are told.
    pub(crate) variables: Vec<(String, String)>,
    /// Which version, and what serves it.
    pub(crate) served: String,
}

impl Server {
    /// Starts it, or takes the one that is named.
    pub(crate) fn start(major: Option<u32>, way: Option<&str>) -> Result<Self> {
        let mut command = Command::new(cargo::debug_folder()?.join("rolewright-test-server"));
        if let Some(major) = major {
            // A named server has the version it has.
            command.args(["--pg", &major.to_string()]).env_remove(URL);
        }
        if let Some(way) = way {
            command.args(["--server", way]).env_remove(URL);
        }
        // It removes the server when this end of its standard input is closed, however that comes about.
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .context("cannot run rolewright-test-server")?;
        let lines = BufReader::new(child.stdout.take().context("it has no output")?).lines();
        let mut variables = HashMap::new();
        for line in lines {
            let line = line?;
            let Some((name, value)) = line.split_once('=') else { continue };
            if name == "served" {
                let variables = variables.into_iter().collect();
                return Ok(Self { child, variables, served: value.to_owned() });
            }
            variables.insert(name.to_owned(), value.to_owned());
        }
        child.wait()?;
        bail!("there is no server to test on")
    }

    /// Removes it.
    pub(crate) fn stop(mut self) -> Result<()> {
        drop(self.child.stdin.take());
        self.child.wait()?;
        Ok(())
    }
}

/// Stops the clusters and removes the containers that tests outside `cargo xtask test` share.
pub(crate) fn stop_left_over() -> Result<()> {
    let target: PathBuf = cargo::metadata()?.target_directory.into();
    for entry in std::fs::read_dir(&target).into_iter().flatten().flatten() {
        let folder = entry.path();
        if !entry.file_name().to_string_lossy().starts_with(SHARED) || !folder.join("data").is_dir() {
            continue;
        }
        let options = ClusterOptions::new(&folder).progress(Progress::new(|line| println!("xtask: {line}")));
        let stopped = Cluster::open(&options).and_then(Cluster::stop);
        stopped.map_err(|error| anyhow!("{}", error.hint()).context(error.to_string()))?;
        println!("xtask: no PostgreSQL runs in {} now", folder.display());
    }
    let listed = Command::new("docker")
        .args(["ps", "--all", "--quiet", "--filter", "label=rolewright-testkit"])
        .stderr(Stdio::null())
        .output();
    let listed =
        listed.map(|output| String::from_utf8_lossy(&output.stdout).into_owned()).unwrap_or_default();
    for container in listed.split_whitespace() {
        Command::new("docker").args(["rm", "--force", container]).stdout(Stdio::null()).status()?;
        println!("xtask: the container {container} is removed");
    }
    Ok(())
}
