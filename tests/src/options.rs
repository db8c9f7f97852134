//! Which rights the core role of a test database has, for tests of a start that lacks one.

/// The rights of a test database's core role; the default is what Rolewright asks for.
///
/// ```
/// let options = rolewright_testkit::Options::new().without_create_role().setting("log_statement = 'all'");
/// # let _ = options;
/// ```
#[derive(Debug, Clone)]
pub struct Options {
    pub(crate) create_role: bool,
    pub(crate) create_on_database: bool,
    pub(crate) may_grant_create: bool,
    pub(crate) owns_public: bool,
    pub(crate) connection_limit: Option<u32>,
    pub(crate) settings: Vec<String>,
    pub(crate) pool_size: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            create_role: true,
            create_on_database: true,
            may_grant_create: false,
            owns_public: true,
            connection_limit: None,
            settings: Vec::new(),
            pool_size: 5,
        }
    }
}

impl Options {
    /// A core role with CREATEROLE, CREATE on its database and ownership of schema `public`.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The core role cannot create roles.
    #[must_use]
    pub fn without_create_role(mut self) -> Self {
        self.create_role = false;
        self
    }

    /// The core role cannot create schemas in its database.
    #[must_use]
    pub fn without_create_on_database(mut self) -> Self {
        self.create_on_database = false;
        self
    }

    /// The core role may give the right to create schemas in its database away, as its owner may: what tenants need.
    #[must_use]
    pub fn may_grant_create(mut self) -> Self {
        self.may_grant_create = true;
        self
    }

    /// Schema `public` stays with its owner, and the core role cannot create tables in it.
    #[must_use]
    pub fn without_public(mut self) -> Self {
        self.owns_public = false;
        self
    }

    /// The core role's CONNECTION LIMIT.
    #[must_use]
    pub fn connection_limit(mut self, limit: u32) -> Self {
        self.connection_limit = Some(limit);
        self
    }

    /// One more setting of the test's database, as it stands after `ALTER DATABASE … SET`, such as `log_statement = 'all'`.
    ///
    /// It is set by the superuser, so it may be one the core role may not set itself.
    #[must_use]
    pub fn setting(mut self, assignment: impl Into<String>) -> Self {
        self.settings.push(assignment.into());
        self
    }

    /// The most connections each of the two pools opens; 5 unless told.
    #[must_use]
    pub fn pool_size(mut self, connections: u32) -> Self {
        self.pool_size = connections.max(1);
        self
    }
}
