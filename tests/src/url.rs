//! The same server under another user and database: an admin's URL rewritten as text, so that nothing else of it is lost.

use crate::TestkitError;

/// A PostgreSQL URL in its parts.
#[derive(Clone)]
pub(crate) struct ServerUrl {
    user_info: Option<String>,
    hosts: String,
    database: Option<String>,
    query: Vec<String>,
}

impl ServerUrl {
    /// Splits `postgres://[user[:password]@]hosts[/database][?query]`.
    pub(crate) fn parse(text: &str) -> Result<Self, TestkitError> {
        let rest = text
            .strip_prefix("postgres://")
            .or_else(|| text.strip_prefix("postgresql://"))
            .ok_or(TestkitError::Url)?;
        let (address, query) = rest.split_once('?').map_or((rest, ""), |(address, query)| (address, query));
        let (authority, database) = address
            .split_once('/')
            .map_or((address, None), |(authority, database)| (authority, Some(database)));
        let (user_info, hosts) = match authority.rsplit_once('@') {
            Some((user_info, hosts)) => (Some(user_info.to_owned()), hosts),
            None => (None, authority),
        };
        Ok(Self {
            user_info,
            hosts: hosts.to_owned(),
            database: database.filter(|name| !name.is_empty()).map(str::to_owned),
            query: query.split('&').filter(|pair| !pair.is_empty()).map(str::to_owned).collect(),
        })
    }

    /// The URL as given.
    pub(crate) fn as_given(&self) -> String {
        self.render(self.user_info.as_deref(), self.database.as_deref(), &[])
    }

    /// The same user, in another database.
    pub(crate) fn in_database(&self, database: &str) -> String {
        self.render(self.user_info.as_deref(), Some(database), &["dbname"])
    }

    /// Another user, in another database. Both names and the password must need no escapes.
    pub(crate) fn login(&self, user: &str, password: &str, database: &str) -> String {
        self.render(Some(&format!("{user}:{password}")), Some(database), &["dbname", "user", "password"])
    }

    fn render(&self, user_info: Option<&str>, database: Option<&str>, without: &[&str]) -> String {
        let mut url = String::from("postgres://");
        if let Some(user_info) = user_info {
            url.push_str(user_info);
            url.push('@');
        }
        url.push_str(&self.hosts);
        if let Some(database) = database {
            url.push('/');
            url.push_str(database);
        }
        let mut separator = '?';
        for pair in &self.query {
            let key = pair.split('=').next().unwrap_or_default();
            if !without.contains(&key) {
                url.push(separator);
                url.push_str(pair);
                separator = '&';
            }
        }
        url
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_database_are_replaced_and_the_rest_is_kept() {
        let url = ServerUrl::parse("postgresql://admin:p%40ss@[::1]:54315/postgres?sslmode=disable&user=x")
            .unwrap();
        assert_eq!(url.in_database("d"), "postgres://admin:p%40ss@[::1]:54315/d?sslmode=disable&user=x");
        assert_eq!(url.login("core", "pw", "d"), "postgres://core:pw@[::1]:54315/d?sslmode=disable");
    }

    #[test]
    fn a_unix_socket_in_the_query_survives() {
        let url = ServerUrl::parse("postgres:///postgres?host=/tmp/x").unwrap();
        assert_eq!(url.login("core", "pw", "d"), "postgres://core:pw@/d?host=/tmp/x");
        assert_eq!(url.as_given(), "postgres:///postgres?host=/tmp/x");
    }

    #[test]
    fn other_schemes_are_refused() {
        assert!(ServerUrl::parse("mysql://root@localhost/").is_err());
    }
}
