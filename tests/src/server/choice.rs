//! Which server is wanted: what the caller says, or the environment.

use std::path::PathBuf;

use crate::TestkitError;

/// The environment variable that names the server: a superuser's URL.
pub(crate) const URL: &str = "ROLEWRIGHT_TEST_DATABASE_URL";
/// The environment variable that names that server's log file, where it can be read here.
const LOG: &str = "ROLEWRIGHT_TEST_SERVER_LOG";
/// The environment variable that names the folder of that server's Unix-domain socket, where it has one on this machine.
const SOCKET: &str = "ROLEWRIGHT_TEST_SERVER_SOCKET";
/// The environment variable that chooses the way: `container`, `local` or `embedded`.
pub(crate) const SERVER: &str = "ROLEWRIGHT_TEST_SERVER";
/// The environment variable that chooses the major version.
pub(crate) const MAJOR: &str = "ROLEWRIGHT_TEST_MAJOR";

/// The version of a container where none is asked for: the newest that Rolewright supports.
#[cfg(feature = "containers")]
const NEWEST: u32 = 18;

/// A way to a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// A container of `postgres:<major>`, where an engine answers and has the image or can pull it.
    Container,
    /// PostgreSQL's programs on this machine.
    Local,
    /// PostgreSQL's programs, obtained where they are not there.
    Embedded,
}

impl Way {
    /// Its name, as `ROLEWRIGHT_TEST_SERVER` has it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Container => "container",
            Self::Local => "local",
            Self::Embedded => "embedded",
        }
    }

    /// The way of this name.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        [Self::Container, Self::Local, Self::Embedded].into_iter().find(|way| way.name() == name)
    }
}

/// Which server is wanted. The default is any version, and the first way that leads to one.
///
/// ```
/// use rolewright_testkit::{ServerOptions, Way};
///
/// let options = ServerOptions::new().major(16).way(Way::Container);
/// # let _ = options;
/// ```
#[derive(Clone, Default)]
pub struct ServerOptions {
    pub(crate) url: Option<String>,
    pub(crate) log: Option<PathBuf>,
    pub(crate) socket: Option<PathBuf>,
    pub(crate) way: Option<Way>,
    pub(crate) major: Option<u32>,
}

impl ServerOptions {
    /// Any version, any way, whatever the environment says.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What `ROLEWRIGHT_TEST_DATABASE_URL`, `ROLEWRIGHT_TEST_SERVER` and `ROLEWRIGHT_TEST_MAJOR` say.
    ///
    /// # Errors
    ///
    /// When one of them is set to something else than it can be.
    pub fn from_environment() -> Result<Self, TestkitError> {
        let way = match variable(SERVER) {
            None => None,
            Some(name) => Some(
                Way::named(&name)
                    .ok_or(TestkitError::Variable { name: SERVER, wanted: "container, local or embedded" })?,
            ),
        };
        let major = match variable(MAJOR) {
            None => None,
            Some(text) => Some(text.parse().map_err(|_| TestkitError::Variable {
                name: MAJOR,
                wanted: "a major version, such as 17",
            })?),
        };
        let (log, socket) = (variable(LOG).map(PathBuf::from), variable(SOCKET).map(PathBuf::from));
        Ok(Self { url: variable(URL), log, socket, way, major })
    }

    /// Only this major version. It does not count where a server is named.
    #[must_use]
    pub fn major(mut self, major: u32) -> Self {
        self.major = Some(major);
        self
    }

    /// Only this way.
    #[must_use]
    pub fn way(mut self, way: Way) -> Self {
        self.way = Some(way);
        self
    }

    /// The ways, in their order.
    pub(crate) fn ways(&self) -> Vec<Way> {
        self.way.map_or_else(|| vec![Way::Container, Way::Local, Way::Embedded], |way| vec![way])
    }

    /// The image's tag.
    #[cfg(feature = "containers")]
    pub(crate) fn tag(&self) -> u32 {
        self.major.unwrap_or(NEWEST)
    }
}

impl std::fmt::Debug for ServerOptions {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("ServerOptions")
            .field("way", &self.way)
            .field("major", &self.major)
            .finish_non_exhaustive()
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "the variables belong to test suites, not to the product's settings"
)]
pub(super) fn variable(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|text| !text.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_come_first_unless_a_way_is_chosen() {
        assert_eq!(ServerOptions::new().ways(), [Way::Container, Way::Local, Way::Embedded]);
        assert_eq!(ServerOptions::new().way(Way::Local).ways(), [Way::Local]);
        assert_eq!(Way::named("embedded"), Some(Way::Embedded));
        assert_eq!(Way::named("docker"), None);
    }

    #[test]
    fn options_do_not_show_the_url() {
        let options = ServerOptions { url: Some("postgres://u:CANARY@h/d".into()), ..ServerOptions::new() };
        let shown = format!("{options:?}");
        assert!(shown.contains("ServerOptions") && !shown.contains("CANARY"));
    }
}
