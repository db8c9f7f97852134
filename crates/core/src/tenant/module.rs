//! A module's name, and the names of the roles that belong to it.

use std::{
    cmp::Ordering,
    fmt,
    hash::{Hash, Hasher},
};

use super::{NameError, Part, TenantId, check};
use crate::Ident;

/// A module: a lower-case letter, then up to 30 lower-case letters, digits, `-` and `_`. In names of roles each `-` is a `_`.
///
/// ```
/// use rolewright_core::tenant::{Module, NameError};
///
/// assert_eq!(Module::new("mod-foo")?, Module::new("mod_foo")?);
/// # Ok::<(), NameError>(())
/// ```
#[derive(Clone)]
pub struct Module {
    name: String,
    given: String,
}

impl Module {
    /// Checks a name.
    ///
    /// # Errors
    /// When it is empty, too long, begins with anything but a letter, or has any other character.
    pub fn new(name: impl AsRef<str>) -> Result<Self, NameError> {
        let name = name.as_ref();
        check(Part::Module, name, |character| matches!(character, '-' | '_'))?;
        Ok(Self { name: name.replace('-', "_"), given: name.to_owned() })
    }

    /// The name, with `_` for each `-`.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.name
    }

    /// The name as it was given: what its callers know it by.
    ///
    /// ```
    /// let module = rolewright_core::tenant::Module::new("mod-foo")?;
    /// assert_eq!((module.given(), module.as_str()), ("mod-foo", "mod_foo"));
    /// # Ok::<(), rolewright_core::tenant::NameError>(())
    /// ```
    #[must_use]
    pub fn given(&self) -> &str {
        &self.given
    }

    /// The role and schema of a tenant, `<tenant>_<module>`. No two tenants or modules share one: a tenant has no `_`.
    ///
    /// # Errors
    /// When it would have more than 63 bytes, which PostgreSQL would cut. Of the limits given here none can; the check is
    /// what keeps it so.
    pub fn tenant(&self, tenant: &TenantId) -> Result<Ident, NameError> {
        let name = format!("{tenant}_{}", self.name);
        Ident::new(&name).map_err(|_| NameError::Together(name))
    }

    /// The role that a tenant's own reports log in as, `_r_<tenant>_<module>`.
    ///
    /// # Errors
    /// When it would have more than 63 bytes: id and module together may have 59 characters then.
    pub fn reporter(&self, tenant: &TenantId) -> Result<Ident, NameError> {
        let name = format!("_r_{tenant}_{}", self.name);
        Ident::new(&name).map_err(|_| NameError::Together(name))
    }

    /// Whether a role has the name of one that the module has besides its tenants: a login, a keeper, the login of a tenant's reports.
    /// They begin with `_`, so that no tenant's can be one of them.
    #[must_use]
    pub fn names_its_own(&self, role: &str) -> bool {
        role.starts_with('_') && role.strip_suffix(self.as_str()).is_some_and(|head| head.ends_with('_'))
    }

    /// The role that the module logs in as for the tenants of this bucket; buckets count from 1.
    #[must_use]
    pub fn login(&self, bucket: u32) -> Ident {
        self.own(&bucket.to_string())
    }

    /// The role that makes tenants' roles and holds the right to manage them, some hundreds each; keepers count from 1.
    #[must_use]
    pub fn keeper(&self, keeper: u32) -> Ident {
        self.own(&format!("k{keeper}"))
    }

    /// The group of all keepers, which holds what they share.
    #[must_use]
    pub fn keepers(&self) -> Ident {
        self.own("k")
    }

    /// A role that is there while a login role is made, and marks it.
    #[must_use]
    pub fn marker(&self) -> Ident {
        self.own("m")
    }

    /// A role of the module's own: 1 + at most 11 + 1 + 31 bytes.
    #[expect(clippy::unwrap_used, reason = "at most 44 bytes, none of them NUL")]
    fn own(&self, which: &str) -> Ident {
        Ident::new(format!("_{which}_{}", self.name)).unwrap()
    }
}

impl fmt::Display for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name)
    }
}

impl fmt::Debug for Module {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.name)
    }
}

// One module, however its name was written: its roles are the same.

impl PartialEq for Module {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Module {}

impl PartialOrd for Module {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Module {
    fn cmp(&self, other: &Self) -> Ordering {
        self.name.cmp(&other.name)
    }
}

impl Hash for Module {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.name.hash(state);
    }
}
