//! The server's settings, in a file of their own that is written before each start.

use std::{fmt::Write as _, path::Path};

/// The file in the data folder that `postgresql.conf` includes.
pub(crate) const FILE: &str = "rolewright.conf";

/// Listens on 127.0.0.1 and the socket alone; the caller's settings come after, so they win.
pub(crate) fn render(port: u16, sockets: &Path, settings: &[(String, String)]) -> String {
    let mut text = String::from("# Written by rolewright before each start.\n");
    let sockets = sockets.display().to_string();
    let port = port.to_string();
    let fixed = [
        ("listen_addresses", "127.0.0.1"),
        ("port", &port),
        ("unix_socket_directories", &sockets),
        ("unix_socket_permissions", "0777"),
        ("password_encryption", "scram-sha-256"),
        ("log_line_prefix", "%m [%p] %q%u@%d "),
        ("logging_collector", "off"),
    ];
    let given = settings.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    for (name, value) in fixed.into_iter().chain(given) {
        let _ = writeln!(text, "{name} = '{}'", value.replace('\'', "''"));
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_quoted_as_the_file_wants_it() {
        let text = render(5433, Path::new("/tmp/it's"), &[("log_statement".into(), "all".into())]);
        assert!(
            text.contains("unix_socket_directories = '/tmp/it''s'\n")
                && text.ends_with("log_statement = 'all'\n")
        );
    }
}
