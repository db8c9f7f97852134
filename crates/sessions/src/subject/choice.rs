//! Which database role a token's subject acts as: exactly one, chosen by rules and never by what can be had.

use std::fmt;

use rolewright_core::{Ident, settings::AccessSettings};

use super::SubjectError;
use crate::token::{Identity, Shown};

/// How the database role is chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Subjects and roles have database roles of their own. Where not, all have one.
    pub db_role: bool,
    /// The token's role decides, where it lists any, and not its subject.
    pub role_precedence: bool,
    /// The roles that a token may ask for, the preferred one first.
    pub roles: Vec<String>,
    /// What the names of subjects' database roles begin with.
    pub subject_prefix: String,
    /// What the names of roles' database roles begin with.
    pub role_prefix: String,
    /// The one that all have where they have none of their own.
    pub shared: Ident,
}

/// A database role, and whose it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Chosen {
    /// Whose.
    pub of: Of,
    /// The database role.
    pub role: Ident,
}

/// Whose a database role is. Its `Display` is harmless in a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Of {
    /// A subject's.
    Subject(Shown),
    /// One of the roles that tokens may list.
    Role(Shown),
    /// Everybody's.
    All,
}

impl Rules {
    /// The database role of this token's subject; of one of its roles where the caller asks for that.
    ///
    /// # Errors
    /// When the token does not give the role that is asked for, or none that may be given, or its name would be too long for one.
    pub fn choose(&self, identity: &Identity, asked: Option<&str>) -> Result<Chosen, SubjectError> {
        let lists = |role: &str| identity.roles().iter().any(|listed| listed == role);
        let allowed = |role: &str| self.roles.iter().any(|allowed| allowed == role);
        if let Some(role) = asked {
            if !lists(role) {
                return Err(SubjectError::NotListed { role: Shown::new(role) });
            }
            if !allowed(role) {
                return Err(SubjectError::NotAllowed { role: Shown::new(role) });
            }
        }
        if !self.db_role {
            return Ok(Chosen { of: Of::All, role: self.shared.clone() });
        }
        if let Some(role) = asked {
            return named(&self.role_prefix, role, Of::Role);
        }
        if !self.role_precedence || identity.roles().is_empty() {
            return named(&self.subject_prefix, identity.subject(), Of::Subject);
        }
        // In the order of our list, whatever the order of the token's.
        match self.roles.iter().find(|role| lists(role)) {
            Some(role) => named(&self.role_prefix, role, Of::Role),
            None => Err(SubjectError::NoneAllowed { subject: Shown::new(identity.subject()) }),
        }
    }
}

fn named(prefix: &str, name: &str, of: fn(Shown) -> Of) -> Result<Chosen, SubjectError> {
    let of = of(Shown::new(name));
    match Ident::new(format!("{prefix}{name}")) {
        Ok(role) => Ok(Chosen { of, role }),
        Err(_) => Err(SubjectError::LongName { of, bytes: prefix.len() + name.len() }),
    }
}

impl From<&AccessSettings> for Rules {
    fn from(settings: &AccessSettings) -> Self {
        Self {
            db_role: settings.db_role,
            role_precedence: settings.role_precedence,
            roles: settings.roles.clone(),
            subject_prefix: settings.subject_prefix.clone(),
            role_prefix: settings.role_prefix.clone(),
            shared: settings.shared_role.clone(),
        }
    }
}

impl fmt::Display for Of {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Subject(name) => write!(f, "the subject `{name}`"),
            Self::Role(name) => write!(f, "the role `{name}`"),
            Self::All => f.write_str("all subjects"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(role_precedence: bool) -> Rules {
        Rules {
            db_role: true,
            role_precedence,
            roles: vec!["physician".into(), "nurse".into()],
            subject_prefix: "c_subject_".into(),
            role_prefix: "c_role_".into(),
            shared: Ident::new("c_subject").unwrap(),
        }
    }

    fn chosen(rules: &Rules, subject: &str, roles: &[&str], asked: Option<&str>) -> String {
        let identity = Identity::of(subject, roles);
        match rules.choose(&identity, asked) {
            Ok(chosen) => chosen.role.to_string(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn exactly_one() {
        let (by_subject, by_role) = (rules(false), rules(true));
        assert_eq!(chosen(&by_subject, "alice", &["nurse"], None), "c_subject_alice");
        assert_eq!(chosen(&by_role, "alice", &[], None), "c_subject_alice");
        // Our order, and not the token's.
        assert_eq!(chosen(&by_role, "alice", &["nurse", "physician"], None), "c_role_physician");
        assert_eq!(chosen(&by_role, "alice", &["offline", "nurse"], None), "c_role_nurse");
        for rules in [&by_subject, &by_role] {
            assert_eq!(chosen(rules, "alice", &["nurse", "physician"], Some("nurse")), "c_role_nurse");
        }
        let shared = Rules { db_role: false, ..rules(true) };
        assert_eq!(chosen(&shared, "alice", &["offline"], None), "c_subject");
    }

    #[test]
    fn none_that_is_not_given() {
        let by_role = rules(true);
        assert_eq!(
            chosen(&by_role, "alice", &["admin", "nurse,physician", "Nurse", ""], None),
            "none of the roles of the subject `alice` is among those that tokens may ask for"
        );
        assert_eq!(
            chosen(&by_role, "alice", &["nurse"], Some("physician")),
            "the token does not list the role `physician` that is asked for"
        );
        assert_eq!(
            chosen(&by_role, "alice", &["admin"], Some("admin")),
            "the role `admin` is not among those that tokens may ask for"
        );
    }

    /// A subject who is named like a role, or like a database role, is a subject all the same.
    #[test]
    fn a_name_is_never_another() {
        let by_subject = rules(false);
        assert_eq!(chosen(&by_subject, "physician", &[], None), "c_subject_physician");
        assert_eq!(chosen(&by_subject, "x\"; RESET ROLE; --", &[], None), "c_subject_x\"; RESET ROLE; --");
        let long = chosen(&by_subject, &"é".repeat(100), &[], None);
        assert_eq!(
            long,
            format!(
                "the database role of the subject `{}…` would have a name of 210 bytes, and PostgreSQL keeps 63",
                "é".repeat(40)
            )
        );
        // What PostgreSQL would cut off makes nobody somebody else.
        let (a, b) = ("x".repeat(53), "x".repeat(54));
        assert_eq!(chosen(&by_subject, &a, &[], None), format!("c_subject_{a}"));
        assert!(chosen(&by_subject, &b, &[], None).ends_with("64 bytes, and PostgreSQL keeps 63"));
    }
}
