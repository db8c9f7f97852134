//! The entrance: a subject by its token, and its transactions.

use std::{fmt, sync::Arc};

use rolewright_core::Ident;

use super::{
    CLAIMS, Chosen, Of, OpenSubjects, SUBJECT, Standing, SubjectError, SubjectTransaction,
    SubjectTransactionError,
};
use crate::{
    acting::{Access, Actor, Failed, House, Key, Known, Part, Told, Trouble, act},
    token::Identity,
};

/// All subjects, over one pool. Cheap to clone.
#[derive(Clone)]
pub struct Subjects(Arc<Ground>);

struct Ground {
    open: OpenSubjects,
    house: Arc<House>,
    known: Known<Ident, ()>,
}

/// One subject, as one database role. It is the only way to a connection, and what it opens is this subject's. It is worth nothing
/// any more when its token has expired.
#[derive(Clone)]
pub struct Subject {
    identity: Arc<Identity>,
    chosen: Chosen,
    key: Key,
    told: Told,
    ground: Arc<Ground>,
}

impl Subjects {
    /// Opens the pool; it connects when it is first used. Must be called within a tokio runtime.
    #[must_use]
    pub fn open(open: OpenSubjects) -> Self {
        let (house, known) = (House::open((&open).into()), Known::new(open.fresh));
        Self(Arc::new(Ground { open, house, known }))
    }

    /// The subject that this token names, as the database role that the rules choose.
    ///
    /// # Errors
    /// When the token is not believed, or its subject has no database role. Nothing was sent to the database as anybody then.
    pub async fn verify(&self, token: &str) -> Result<Subject, SubjectError> {
        let identity = self.0.open.verifier.verify(token).await?;
        Subject::new(&self.0, identity, None).await
    }

    /// Closes the pool. Transactions that are open come to their end; none that is asked for from here on begins.
    pub async fn close(&self) {
        self.0.house.close().await;
    }
}

impl Subject {
    async fn new(
        ground: &Arc<Ground>,
        identity: Arc<Identity>,
        asked: Option<&str>,
    ) -> Result<Self, SubjectError> {
        let chosen = ground.open.rules.choose(&identity, asked)?;
        ground.standing(&chosen).await?;
        // Two subjects of one role are two; NUL stands in neither name.
        let key = format!("{}\0{}", identity.subject(), chosen.role).into();
        let told: Told = [(SUBJECT, identity.subject().into()), (CLAIMS, identity.claims().into())].into();
        Ok(Self { identity, chosen, key, told, ground: Arc::clone(ground) })
    }

    /// The same subject, as one of the roles that its token lists.
    ///
    /// # Errors
    /// When the token does not list it, tokens may not ask for it, or it has no database role.
    pub async fn as_role(&self, role: &str) -> Result<Self, SubjectError> {
        Self::new(&self.ground, Arc::clone(&self.identity), Some(role)).await
    }

    /// Whom the token names.
    #[must_use]
    pub fn identity(&self) -> &Identity {
        &self.identity
    }

    /// Whose database role its transactions act as.
    #[must_use]
    pub fn acts_for(&self) -> &Of {
        &self.chosen.of
    }

    /// The database role that its transactions act as.
    #[must_use]
    pub fn role(&self) -> &Ident {
        &self.chosen.role
    }

    /// Runs `work` in a transaction of this subject's: committed when it returns `Ok`, rolled back when it returns `Err`, panics
    /// or is dropped.
    ///
    /// Called inside of a transaction of the same subject, role and token it is a savepoint of that one; inside of another's it is refused.
    ///
    /// # Errors
    /// The work's own, or why the transaction did not begin or was not committed.
    pub async fn transaction<T, E>(
        &self,
        work: impl AsyncFnOnce(&SubjectTransaction) -> Result<T, E>,
    ) -> Result<T, SubjectTransactionError<E>> {
        self.transaction_with(Access::default(), work).await
    }

    /// The same with an access mode or isolation level of its own, which a nested transaction cannot have.
    ///
    /// # Errors
    /// As [`transaction`](Self::transaction).
    pub async fn transaction_with<T, E>(
        &self,
        access: Access,
        work: impl AsyncFnOnce(&SubjectTransaction) -> Result<T, E>,
    ) -> Result<T, SubjectTransactionError<E>> {
        act(&self.ground.house, self, access, work).await.map_err(|failed| match failed {
            Failed::Refused(error) => SubjectTransactionError::Subject(error),
            Failed::Work(error) => SubjectTransactionError::Work(error),
        })
    }
}

impl Actor for Subject {
    type Who = Arc<Identity>;
    type Refusal = SubjectError;

    fn who(&self) -> &Arc<Identity> {
        &self.identity
    }

    fn key(&self) -> &Key {
        &self.key
    }

    fn told(&self) -> &Told {
        &self.told
    }

    async fn part(&self) -> Result<Part, SubjectError> {
        let OpenSubjects { login, search_path, verifier, .. } = &self.ground.open;
        verifier.is_in_time(&self.identity)?;
        self.ground.standing(&self.chosen).await?;
        let role = self.chosen.role.clone();
        Ok(Part { login: login.clone(), role, search_path: search_path.clone() })
    }

    fn forget(&self) {
        self.ground.known.forget(&self.chosen.role);
    }

    fn refusal(&self, trouble: Trouble) -> SubjectError {
        SubjectError::of(trouble, &self.chosen.of)
    }
}

impl Ground {
    /// Whether a database role may be acted as. Only that it may is remembered.
    async fn standing(&self, chosen: &Chosen) -> Result<(), SubjectError> {
        let ask = async {
            match self.open.roles.standing(&chosen.role).await {
                Ok(Standing::Provisioned) => Ok(()),
                Ok(Standing::Revoked) => Err(SubjectError::Revoked { of: chosen.of.clone() }),
                Ok(Standing::Unknown) => Err(SubjectError::NoDatabaseRole { of: chosen.of.clone() }),
                Err(why) => Err(SubjectError::Unread(why)),
            }
        };
        self.known.find(&chosen.role, ask).await
    }
}

impl fmt::Debug for Subjects {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subjects").finish_non_exhaustive()
    }
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Subject")
            .field("identity", &self.identity)
            .field("chosen", &self.chosen)
            .finish_non_exhaustive()
    }
}
