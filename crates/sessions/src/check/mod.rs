//! The check: PostgreSQL's own parse of a report's text, held against what its role may do, before anything of it runs.
//!
//! It is the second layer. The first is what the role's login may do at all; this one looks at every object that the server
//! found behind the text, by number and not by spelling: relations and columns, functions, operators, casts, domains and
//! views, down to what they are made of. The text is parsed on a login of its own, the checker's, which reads nothing; what
//! cannot be read in the server's tree is refused.
//!
//! Some things are not followed: the support functions of a user-made operator class where the server finds them by itself, for the
//! elements of an array, a record or a range that is compared as a whole (only a superuser can make such a class; those of operators that
//! a text sorts, groups or compares by are followed); and what the planner proves with, the CHECK constraints of inheritance children
//! and the predicates of partial indexes, of which it may compute an IMMUTABLE function of constants.

mod constants;
mod denial;
mod facts;
mod guard;
mod judge;
mod open;
mod parse;
mod pass;
mod policy;
mod tree;
mod words;

use std::{fmt, sync::Arc, time::Duration};

use rolewright_core::Ident;
use tokio::time::timeout;

use crate::{Column, OpenError, QueryError, placeholders::Template, pool::Sessions};

pub(crate) use constants::may_be_made_of_values;
pub use denial::Denial;
pub use guard::Guard;
pub(crate) use guard::{STALE, prepare_guard};
#[doc(hidden)]
pub use judge::{
    listed as listed_builtins, opens as opens_builtin, range_operators, total as total_builtins,
};
pub use open::OpenChecker;
pub use policy::Policy;
pub use tree::Unsound;
#[doc(hidden)]
pub use tree::time_zones;
pub(crate) use words::words;

/// How long a check may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Checks the texts of reports. Cheap to clone; all clones are one pool.
#[derive(Clone)]
pub struct Checker(Arc<Inner>);

struct Inner {
    role: Ident,
    sessions: Sessions,
}

/// What is asked: may this text run as that role?
pub(crate) struct Question<'a> {
    /// The text.
    pub(crate) template: &'a Template,
    /// The types of its parameters, in their order.
    pub(crate) param_types: &'a [u32],
    /// The schemas its unqualified names are looked up in.
    pub(crate) search_path: &'a [Ident],
    /// What the role may.
    pub(crate) policy: &'a Policy,
}

/// A text that may run.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The columns of its result.
    pub columns: Vec<Column>,
    /// How often the planner would copy the value of each parameter.
    pub copies: Vec<u64>,
    /// Whether all the rows that it reads are the role's to see: no view stands between, and no row level security.
    pub own: bool,
    /// What the policies of what it reads compare with settings: one query, to be asked in the same transaction before the text. A text whose
    /// query fails may not run: these would fail where a row is found.
    pub settings: Option<String>,
    /// What it rests on.
    pub guard: Guard,
}

impl Checker {
    /// Logs in once as the checker, and opens the pool.
    ///
    /// # Errors
    /// When it cannot log in, or the session acts as someone else.
    pub async fn open(request: &OpenChecker) -> Result<Self, OpenError> {
        let role = request.as_role();
        let sessions = Sessions::open(&role).await?;
        Ok(Self(Arc::new(Inner { role: role.role, sessions })))
    }

    /// Whether a text may run as a role. Nothing of it has run, and when this future is dropped, the server stops looking.
    pub(crate) async fn check(&self, question: &Question<'_>) -> Result<Checked, QueryError> {
        let elapsed = |_| QueryError::Timeout { after: PATIENCE };
        timeout(PATIENCE, self.0.check(question)).await.map_err(elapsed)?
    }

    /// Whether the server may parse a text at all: no constant of it calls what the role's reports may not call.
    pub(crate) async fn constants(
        &self,
        question: &Question<'_>,
        declared: &[&str],
    ) -> Result<(), QueryError> {
        let elapsed = |_| QueryError::Timeout { after: PATIENCE };
        timeout(PATIENCE, self.0.constants(question, declared)).await.map_err(elapsed)?
    }

    /// Whether a text without named parameters of unknown types may run; for tests.
    ///
    /// # Errors
    /// When it may not, or could not be checked.
    #[doc(hidden)]
    pub async fn check_text(
        &self,
        text: &str,
        param_types: &[u32],
        search_path: &[Ident],
        policy: &Policy,
    ) -> Result<Checked, QueryError> {
        let template = Template::parse(text)?;
        let question = Question { template: &template, param_types, search_path, policy };
        self.constants(&question, &[]).await?;
        self.check(&question).await
    }

    /// Whether a verdict still holds; for tests.
    ///
    /// # Errors
    /// When the connection fails.
    #[doc(hidden)]
    pub async fn still_holds(&self, guard: &Guard) -> Result<bool, QueryError> {
        let mut session = self.0.sessions.get().await?;
        let prepared = session.guard()?;
        let outcome = guard.hold(session.work()?, &prepared).await;
        session.rest();
        match outcome.map_err(|error| QueryError::of_driver(&error)) {
            Ok(()) => Ok(true),
            Err(QueryError::Database { sqlstate, .. }) if sqlstate == guard::STALE => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// The role that parses texts.
    #[must_use]
    pub fn role(&self) -> &Ident {
        &self.0.role
    }

    /// Refuses further checks, waits for those that are under way, and closes all connections.
    pub async fn close(&self) {
        self.0.sessions.close().await;
    }
}

impl fmt::Debug for Checker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Checker").field("role", &self.0.role).finish_non_exhaustive()
    }
}
