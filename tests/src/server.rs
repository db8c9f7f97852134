//! Which server the tests run on, and where it logs.

use std::path::PathBuf;

use crate::{TestkitError, private, url::ServerUrl};

/// The environment variable that names the server: a superuser's URL.
const URL: &str = "ROLEWRIGHT_TEST_DATABASE_URL";
/// The environment variable that names that server's log file, where it can be read here.
const LOG: &str = "ROLEWRIGHT_TEST_SERVER_LOG";

/// A server to test on.
#[derive(Clone)]
pub(crate) struct Server {
    pub(crate) url: ServerUrl,
    pub(crate) log: Option<PathBuf>,
}

/// The server that is named, else the private cluster, which is made and started where it is not there.
pub(crate) async fn find() -> Result<Server, TestkitError> {
    if let Some(url) = variable(URL) {
        return Ok(Server { url: ServerUrl::parse(&url)?, log: variable(LOG).map(PathBuf::from) });
    }
    // Away from the test's own thread: it may take a minute, and the test may have a timer running.
    let opened = tokio::task::spawn_blocking(private::cluster).await;
    let cluster = opened.map_err(|_| TestkitError::Interrupted)??;
    Ok(Server { url: ServerUrl::parse(&cluster.admin_url())?, log: Some(cluster.log_file()) })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the variables belong to test suites, not to the product's settings"
)]
fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}
