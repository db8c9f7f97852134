//! What one role tries: the attempts that concern it, their texts for this database, and what is left out with the reason.

use crate::attack::{
    AttackError, Attempt, LeftOut, Mode, Options, Way, ground::Site, own, place::Place, place::Text,
};

/// What is tried as one role.
pub(super) struct Plan<'a> {
    pub(super) site: Site<'a>,
    jobs: Vec<Job<'a>>,
    /// What the application works on beside the attempts.
    pub(super) table: Option<String>,
}

/// One attempt.
pub(super) struct Job<'a> {
    pub(super) attempt: &'a Attempt,
    pub(super) text: Text,
}

/// Which attempts: those about the database at hand, or those about the attack's own schema.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum About {
    Database,
    OwnSchema,
}

impl<'a> Plan<'a> {
    /// Chooses what this role tries, and says what is left out and why. `hindrance` is why there can be no schema of the attack's own.
    pub(super) async fn new(
        site: Site<'a>,
        attempts: &'a [Attempt],
        options: &Options,
        hindrance: Option<&str>,
        left_out: &mut Vec<LeftOut>,
    ) -> Result<Self, AttackError> {
        let mut schemas = site.schemas.clone();
        schemas.dedup();
        let needs: Vec<&str> =
            attempts.iter().flat_map(|attempt| &attempt.needs).map(String::as_str).collect();
        let mut place =
            Place::find(&site.ground.core, site.role.as_str(), &schemas, &needs, site.ground.major).await?;
        place.will_have(own::names());
        let hindrance = match site.neighbours() {
            Some(_) => Some(
                "it asks for rows that are made for it, and a tenant's reports read that tenant's own alone",
            ),
            None => hindrance,
        };
        let mut jobs = Vec::new();
        for attempt in attempts.iter().filter(|attempt| concerns(attempt, &site, options)) {
            let text = match (hindrance.filter(|_| own::is_of(attempt)), attempt.mode) {
                (Some(why), _) => Err(why.to_owned()),
                (None, Mode::Login) => place.text(attempt, options.heavy),
                (None, Mode::Tenant) => match site.neighbours() {
                    Some(neighbours) => {
                        neighbours.speak(attempt).and_then(|own| place.text(&own, options.heavy))
                    }
                    None => Err("it is a tenant's; --as tenant:ID tries it".to_owned()),
                },
                (None, Mode::Rls) => {
                    Err("it is a subject's under row level security, and there are none here".to_owned())
                }
            };
            match text {
                Ok(text) => jobs.push(Job { attempt, text }),
                Err(reason) => left_out.push(LeftOut {
                    id: attempt.id.clone(),
                    class: attempt.class.clone(),
                    role: site.connection.clone(),
                    reason,
                }),
            }
        }
        Ok(Self { site, jobs, table: place.readable_table() })
    }

    /// What is tried in this way.
    pub(super) fn jobs(&self, way: Way, about: About) -> impl Iterator<Item = &Job<'a>> {
        let own = about == About::OwnSchema;
        self.jobs.iter().filter(move |job| own::is_of(job.attempt) == own && self.tries(job.attempt, way))
    }

    /// Controls say something of the sandbox alone, but for those that show that a difference is seen. And what a tenant's login gave up
    /// on a plain connection, only the tenant could grant again.
    fn tries(&self, attempt: &Attempt, way: Way) -> bool {
        !way.is_plain() || (!attempt.control || attempt.at.is_some()) && self.site.neighbours().is_none()
    }
}

/// Whether this role is to try it.
fn concerns(attempt: &Attempt, site: &Site<'_>, options: &Options) -> bool {
    let configured = &site.ground.provisioned.settings().roles;
    let of_another = site.neighbours().is_none()
        && attempt
            .role
            .as_ref()
            .is_some_and(|role| *role != site.connection && configured.contains_key(role));
    let wanted = options.classes.is_empty() || options.classes.contains(&attempt.class);
    wanted && !of_another
}
