//! The hosts and ports of a connection URL, from its authority or from its query.

use std::path::PathBuf;

use super::{DEFAULT_PORT, Host, UrlError, escape};

/// What is tried where no host is given. libpq would first look for a unix socket in a folder it was compiled with.
const DEFAULT_HOST: &str = "localhost";

/// Hosts and ports as two lists, as libpq keeps them, so that the query can override either.
#[derive(Default)]
pub(super) struct Lists {
    pub(super) hosts: Vec<String>,
    pub(super) ports: Vec<u16>,
}

impl Lists {
    /// Reads the authority: `h1:5432,[::1],%2Frun%2Fpostgresql`.
    pub(super) fn from_authority(authority: &str) -> Result<Self, UrlError> {
        let mut lists = Self::default();
        if authority.is_empty() {
            return Ok(lists);
        }
        let several = authority.contains(',');
        for entry in authority.split(',') {
            let (host, port) = match entry.strip_prefix('[') {
                Some(rest) => {
                    let (address, after) = rest.split_once(']').ok_or(UrlError::Host)?;
                    address.parse::<std::net::Ipv6Addr>().map_err(|_| UrlError::Host)?;
                    match after.strip_prefix(':') {
                        Some(port) => (address, port),
                        None if after.is_empty() => (address, ""),
                        None => return Err(UrlError::Host),
                    }
                }
                None => entry.split_once(':').unwrap_or((entry, "")),
            };
            let host = escape::decode(host, "host")?;
            if host.is_empty() && several {
                return Err(UrlError::Host);
            }
            lists.ports.push(port_number(port)?);
            lists.hosts.push(host);
        }
        Ok(lists)
    }

    /// Reads the query's `host=a,b`, already decoded.
    pub(super) fn override_hosts(&mut self, value: &str) {
        self.hosts =
            if value.is_empty() { Vec::new() } else { value.split(',').map(str::to_owned).collect() };
    }

    /// Reads the query's `port=1,2`, already decoded.
    pub(super) fn override_ports(&mut self, value: &str) -> Result<(), UrlError> {
        self.ports = value.split(',').map(port_number).collect::<Result<_, _>>()?;
        Ok(())
    }

    /// Joins the two lists.
    pub(super) fn join(mut self) -> Result<Vec<Host>, UrlError> {
        if self.hosts.is_empty() || self.hosts == [""] {
            self.hosts = vec![DEFAULT_HOST.to_owned()];
        }
        let hosts = self.hosts.len();
        let ports = match self.ports.as_slice() {
            [] => vec![DEFAULT_PORT; hosts],
            [port] => vec![*port; hosts],
            ports if ports.len() == hosts => self.ports,
            ports => return Err(UrlError::PortCount { ports: ports.len(), hosts }),
        };
        self.hosts.into_iter().zip(ports).map(|(host, port)| Host::new(&host, port)).collect()
    }
}

impl Host {
    /// Takes a host as `host` of a URL or of `[database]` spells it: a path is the directory of a unix socket.
    ///
    /// # Errors
    /// When it is empty, or has characters that no host name, address or directory has.
    pub fn new(host: &str, port: u16) -> Result<Self, UrlError> {
        let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
        if host.starts_with('/') {
            if host.chars().any(char::is_control) {
                return Err(UrlError::Host);
            }
            Ok(Self::Unix { directory: PathBuf::from(host), port })
        } else if bare.parse::<std::net::Ipv6Addr>().is_ok() {
            Ok(Self::Tcp { name: bare.to_owned(), port })
        } else if !host.is_empty()
            && host.len() <= 255
            && host.chars().all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_'))
        {
            Ok(Self::Tcp { name: host.to_owned(), port })
        } else {
            Err(UrlError::Host)
        }
    }
}

impl std::fmt::Display for Host {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Tcp { name, port } if name.contains(':') => write!(f, "[{name}]:{port}"),
            Self::Tcp { name, port } => write!(f, "{name}:{port}"),
            Self::Unix { directory, port } => write!(f, "{}/.s.PGSQL.{port}", directory.display()),
        }
    }
}

fn port_number(text: &str) -> Result<u16, UrlError> {
    if text.is_empty() {
        return Ok(DEFAULT_PORT);
    }
    super::words::number(text, "port", 1, u64::from(u16::MAX))
        .map(|port| u16::try_from(port).unwrap_or(DEFAULT_PORT))
}
