//! Where a right comes from, so that the fix can be named.

use serde::{Serialize, Serializer};

use crate::quote::ident;

/// Where a right comes from.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Why {
    /// A grant to the role itself.
    Direct,
    /// A grant to `PUBLIC`.
    Public,
    /// Membership in this role.
    Membership(String),
    /// The role owns the object.
    Owner,
    /// An attribute of the role.
    Attribute,
    /// Nothing gives it.
    Missing,
}

impl Why {
    /// Finds the reason for `privileges` in what the ACL and the memberships say. `PUBLIC` comes first, because a
    /// grant to the role itself is repaired by the next apply, and one to `PUBLIC` is not.
    pub(super) fn find(
        role: &str,
        owner: &str,
        memberships: &[String],
        superuser: bool,
        acl: &[(String, String)],
        privileges: &[String],
    ) -> Self {
        let holds = |grantee: &str| {
            acl.iter().any(|(name, privilege)| name == grantee && privileges.contains(privilege))
        };
        if superuser {
            Self::Attribute
        } else if holds("") {
            Self::Public
        } else if holds(role) {
            Self::Direct
        } else if owner == role {
            Self::Owner
        } else if let Some(through) = memberships.iter().find(|name| *name == owner || holds(name)) {
            Self::Membership(through.clone())
        } else if let Some(through) = memberships.first() {
            Self::Membership(through.clone())
        } else {
            Self::Direct
        }
    }

    /// The statement that ends it: a REVOKE of `what` (such as `INSERT ON TABLE x`), or the membership's end.
    pub(super) fn fix(&self, role: &str, what: &str) -> String {
        match self {
            Self::Direct | Self::Missing => format!("REVOKE {what} FROM {}", ident(role)),
            Self::Public => format!("REVOKE {what} FROM PUBLIC"),
            Self::Membership(through) => format!("REVOKE {} FROM {}", ident(through), ident(role)),
            Self::Owner => format!("REASSIGN OWNED BY {} TO CURRENT_USER", ident(role)),
            Self::Attribute => format!("ALTER ROLE {} WITH NOSUPERUSER", ident(role)),
        }
    }
}

impl std::fmt::Display for Why {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Direct => f.write_str("granted to it directly"),
            Self::Public => f.write_str("granted to PUBLIC"),
            Self::Membership(through) => write!(f, "as a member of {through}"),
            Self::Owner => f.write_str("as the owner"),
            Self::Attribute => f.write_str("by an attribute of the role"),
            Self::Missing => f.write_str("not granted"),
        }
    }
}

impl Serialize for Why {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Direct => serializer.serialize_str("direct"),
            Self::Public => serializer.serialize_str("public"),
            Self::Membership(through) => serializer.serialize_str(&format!("membership of {through}")),
            Self::Owner => serializer.serialize_str("owner"),
            Self::Attribute => serializer.serialize_str("attribute"),
            Self::Missing => serializer.serialize_str("missing"),
        }
    }
}
