//! Where a desired role comes from: the keys that errors name, and the command that prints its password.

use super::DesiredRole;

impl DesiredRole {
    /// The key of the configuration that names the role.
    #[must_use]
    pub fn key(&self) -> String {
        if self.is_checker() { self.connection.clone() } else { format!("roles.{}.role", self.connection) }
    }

    /// The key by which a role of this name that is not ours is taken over.
    #[must_use]
    pub fn adopt_key(&self) -> String {
        if self.is_checker() {
            "sandbox.adopt".to_owned()
        } else {
            format!("roles.{}.adopt", self.connection)
        }
    }

    /// Where its password is to be had, for whoever sets it by hand.
    #[must_use]
    pub fn url(&self) -> String {
        let which = if self.is_checker() { "--checker" } else { self.connection.as_str() };
        format!("`rolewright url {which}` prints the password")
    }
}
