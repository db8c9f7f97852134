//! Writes a connection URL, for `psql` and for BI tools.

use std::fmt::Write;

use super::{ConnInfo, DEFAULT_PORT, Host, SslMode, TargetSessionAttrs, escape::encode, options};
use crate::Password;

impl ConnInfo {
    /// A connection to `localhost` of which nothing else is said.
    #[must_use]
    pub fn local() -> Self {
        Self {
            hosts: vec![Host::Tcp { name: "localhost".to_owned(), port: DEFAULT_PORT }],
            user: None,
            password: None,
            database: None,
            target_session_attrs: TargetSessionAttrs::default(),
            ssl_mode: SslMode::default(),
            ssl_root_cert: None,
            ssl_cert: None,
            ssl_key: None,
            application_name: None,
            options: Vec::new(),
            connect_timeout: None,
        }
    }

    /// The same servers and database for another role; this role's session settings stay behind.
    #[must_use]
    pub fn for_role(&self, user: &str, password: &Password) -> Self {
        Self {
            user: Some(user.to_owned()),
            password: Some(password.clone()),
            // Absent means the user's name, and that must not become the other role's.
            database: self.database.clone().or_else(|| self.user.clone()),
            application_name: None,
            options: Vec::new(),
            ..self.clone()
        }
    }

    /// A libpq URL for another role on the same servers and database. It contains the password, and is typed as one.
    ///
    /// ```
    /// use rolewright_core::{ConnInfo, Password};
    ///
    /// let (core, _) = ConnInfo::parse("postgres://core:secret@db/clinic?sslmode=require")?;
    /// let url = core.libpq_url("clinic_reporting", &Password::new("p/w"));
    /// assert_eq!(url.expose(), "postgresql://clinic_reporting:p%2Fw@db:5432/clinic?sslmode=require");
    /// # Ok::<(), rolewright_core::conninfo::UrlError>(())
    /// ```
    #[must_use]
    pub fn libpq_url(&self, user: &str, password: &Password) -> Password {
        self.for_role(user, password).to_url()
    }

    /// The URL that [`parse`](ConnInfo::parse) reads back as this.
    #[must_use]
    pub fn to_url(&self) -> Password {
        let mut url = String::from("postgresql://");
        if self.user.is_some() || self.password.is_some() {
            url.push_str(&encode(self.user.as_deref().unwrap_or_default()).to_string());
            if let Some(password) = &self.password {
                url.push(':');
                url.push_str(&encode(password.expose()).to_string());
            }
            url.push('@');
        }
        for (position, host) in self.hosts.iter().enumerate() {
            url.push_str(if position == 0 { "" } else { "," });
            // Writing to a String cannot fail.
            let _ = match host {
                Host::Tcp { name, port } if name.contains(':') => write!(url, "[{name}]:{port}"),
                Host::Tcp { name, port } => write!(url, "{}:{port}", encode(name)),
                Host::Unix { directory, port } => {
                    write!(url, "{}:{port}", encode(&directory.to_string_lossy()))
                }
            };
        }
        url.push('/');
        url.push_str(&encode(self.database.as_deref().unwrap_or_default()).to_string());
        let mut separator = '?';
        for (name, value) in self.query() {
            let _ = write!(url, "{separator}{name}={}", encode(&value));
            separator = '&';
        }
        Password::new(url)
    }

    fn query(&self) -> Vec<(&'static str, String)> {
        let mut query = Vec::new();
        if self.target_session_attrs != TargetSessionAttrs::default() {
            query.push(("target_session_attrs", self.target_session_attrs.to_string()));
        }
        if self.ssl_mode != SslMode::default() {
            query.push(("sslmode", self.ssl_mode.to_string()));
        }
        for (name, file) in
            [("sslrootcert", &self.ssl_root_cert), ("sslcert", &self.ssl_cert), ("sslkey", &self.ssl_key)]
        {
            query.extend(file.as_ref().map(|file| (name, file.to_string_lossy().into_owned())));
        }
        query.extend(self.application_name.clone().map(|name| ("application_name", name)));
        if !self.options.is_empty() {
            query.push(("options", options::render(&self.options)));
        }
        query.extend(
            self.connect_timeout.map(|timeout| ("connect_timeout", timeout.as_secs().max(1).to_string())),
        );
        query
    }
}
