//! The parameters of a connection URL: those that are honoured, and those of libpq that cannot be.

/// Every parameter that is honoured, as it is named in messages.
pub(super) const HONOURED: &[&str] = &[
    "user",
    "password",
    "host",
    "port",
    "dbname",
    "sslmode",
    "sslrootcert",
    "sslcert",
    "sslkey",
    "application_name",
    "options",
    "connect_timeout",
    "target_session_attrs",
    "max",
    "min",
    "idle",
    "acquire",
    "max_lifetime",
];

/// What happens to a parameter that libpq knows and Rolewright does not honour.
pub(super) struct Unhonoured {
    pub(super) name: &'static str,
    /// The values that ask for what happens anyway; anything else is refused.
    pub(super) accepted: &'static [&'static str],
    /// Whether dropping it changes neither where, as whom nor how safely we connect.
    pub(super) harmless: bool,
}

const fn refused(name: &'static str, accepted: &'static [&'static str]) -> Unhonoured {
    Unhonoured { name, accepted, harmless: false }
}

const fn harmless(name: &'static str) -> Unhonoured {
    Unhonoured { name, accepted: &[], harmless: true }
}

/// libpq's other parameters (PostgreSQL manual, 34.1.2 "Parameter Key Words", up to version 18).
pub(super) const UNHONOURED: &[Unhonoured] = &[
    // How the socket is kept alive: the operating system's defaults do.
    harmless("keepalives"),
    harmless("keepalives_idle"),
    harmless("keepalives_interval"),
    harmless("keepalives_count"),
    harmless("tcp_user_timeout"),
    // Only a default for `application_name`, which always has one here.
    harmless("fallback_application_name"),
    // libpq itself has ignored it since TLS compression was removed.
    harmless("sslcompression"),
    // The driver speaks UTF-8, without channel binding, GSSAPI encryption or direct TLS.
    refused("client_encoding", &["UTF8", "utf8", "UTF-8", "utf-8", "auto"]),
    refused("channel_binding", &["disable", "prefer"]),
    refused("gssencmode", &["disable", "prefer"]),
    refused("sslnegotiation", &["postgres"]),
    refused("load_balance_hosts", &["disable"]),
    refused("replication", &["false", "off", "no", "0"]),
    // Where else the connection could be described, and the address behind a name.
    refused("hostaddr", &[]),
    refused("passfile", &[]),
    refused("service", &[]),
    refused("servicefile", &[]),
    // What protects the connection, and so is never dropped silently.
    refused("require_auth", &[]),
    refused("requirepeer", &[]),
    refused("requiressl", &[]),
    refused("krbsrvname", &[]),
    refused("gsslib", &[]),
    refused("gssdelegation", &["0"]),
    refused("sslcertmode", &["allow"]),
    refused("sslcrl", &[]),
    refused("sslcrldir", &[]),
    refused("sslkeylogfile", &[]),
    refused("sslpassword", &[]),
    refused("sslsni", &["1"]),
    refused("ssl_min_protocol_version", &["TLSv1.2"]),
    refused("ssl_max_protocol_version", &[]),
    refused("min_protocol_version", &["3.0"]),
    refused("max_protocol_version", &["3.0", "latest"]),
    refused("scram_client_key", &[]),
    refused("scram_server_key", &[]),
    refused("oauth_issuer", &[]),
    refused("oauth_client_id", &[]),
    refused("oauth_client_secret", &[]),
    refused("oauth_scope", &[]),
];

/// The honoured parameter whose name is nearest, if any is near.
pub(super) fn nearest(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_lowercase();
    // What other drivers call the same thing.
    let alias = match name.as_str() {
        "username" | "role" => Some("user"),
        "database" | "db" => Some("dbname"),
        "ssl" | "tls" | "ssl_mode" | "ssl-mode" => Some("sslmode"),
        "pool_max" | "max_connections" | "pool_size" | "connection_limit" => Some("max"),
        "pool_min" | "min_connections" => Some("min"),
        "pool_timeout" | "acquire_timeout" => Some("acquire"),
        "idle_timeout" => Some("idle"),
        _ => None,
    };
    alias.or_else(|| crate::settings::nearest(&name, HONOURED.iter().copied()))
}
