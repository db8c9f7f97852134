//! The run: every attempt, in every way, as every role asked for; each one judged, and put back before the next.

use std::{collections::BTreeSet, path::PathBuf, sync::Arc, time::Duration};

use super::{
    AttackError, Attempt, Boundary, Effect, Outcome, Tried, Way,
    fingerprint::{Fingerprint, Watch},
    ground::Ground,
    own::{self, Own},
};
use crate::{stages::Provisioned, stop::Stop};

mod bench;
mod plan;

use bench::Bench;
use plan::{About, Job, Plan};

/// What to try, and how far to go.
#[derive(Clone, Debug)]
pub struct Options {
    /// The connections whose roles try it; empty means all.
    pub connections: Vec<String>,
    /// The classes to try; empty means all.
    pub classes: Vec<String>,
    /// The ways; empty means all.
    pub ways: Vec<Way>,
    /// Also what burdens the server.
    pub heavy: bool,
    /// How long one text may take.
    pub deadline: Duration,
    /// The server's log, where it can be read here.
    pub server_log: Option<PathBuf>,
    /// What core runs to put rows back, where a test knows it. Without it, changed rows end the attack.
    pub repair: Option<String>,
    /// Whoever asks it to stop is heard before the next attempt: what was tried is told, and what it changed is put back.
    pub stop: Arc<Stop>,
    /// Another boundary, which is tried in place of every way; for measuring it against the sandbox's own.
    #[doc(hidden)]
    pub boundary: Option<Arc<dyn Boundary>>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            connections: Vec::new(),
            classes: Vec::new(),
            ways: Vec::new(),
            heavy: false,
            deadline: Duration::from_secs(1),
            server_log: None,
            repair: None,
            stop: Arc::default(),
            boundary: None,
        }
    }
}

/// Tries every attempt in every way, and puts back what each one changed.
///
/// Where [`Options::stop`] is asked, it ends after the attempt at hand, and [`Outcome::untried`] tells how many were left.
///
/// `progress` is told how many of how many are done, and the last of them.
///
/// # Errors
/// When the database cannot be looked at, a role cannot log in, or something cannot be put back; what came before is lost with it,
/// but for what `progress` was told.
pub async fn attack(
    provisioned: &Provisioned,
    attempts: &[Attempt],
    options: &Options,
    progress: &mut (dyn FnMut(usize, usize, &Tried) + Send),
) -> Result<Outcome, AttackError> {
    let ground = Ground::new(provisioned).await?;
    let settings = provisioned.settings();
    let connections: Vec<String> = if options.connections.is_empty() {
        settings.roles.keys().cloned().collect()
    } else {
        options.connections.clone()
    };
    let hindrance = Own::hindrance(&ground.core).await?;
    let mut outcome = Outcome::default();
    let (mut plans, mut readers) = (Vec::new(), BTreeSet::new());
    for connection in &connections {
        let site = match connection.strip_prefix("tenant:") {
            Some(id) => ground.tenant(id, options.deadline).await?,
            None => ground.site(connection, options.deadline)?,
        };
        let mut plan =
            Plan::new(site, attempts, options, hindrance.as_deref(), &mut outcome.left_out).await?;
        readers.insert(plan.site.role.quoted());
        if let Some(other) = &options.boundary {
            plan.site.log_in_as(other.login(connection));
            readers.insert(plan.site.role.quoted());
        }
        plans.push(plan);
    }
    let ways = ways(options);
    let of = |about| -> usize {
        plans.iter().map(|plan| ways.iter().map(|way| plan.jobs(*way, about).count()).sum::<usize>()).sum()
    };
    let (total, own) = (of(About::Database) + of(About::OwnSchema), of(About::OwnSchema));
    let mut roles: Vec<String> = settings.roles.values().map(|role| role.role.to_string()).collect();
    roles.push(provisioned.core_role().to_owned());
    roles.extend(plans.iter().map(|plan| plan.site.role.to_string()));
    roles.sort();
    roles.dedup();
    let watch = Watch::new(ground.core.clone(), roles);
    let first = watch.take().await?;
    let mut run = Run { options, ways, watch, total, outcome, progress };
    run.all(&plans, About::Database, &first).await?;
    if own > 0 && !options.stop.is_asked() {
        let made = Arc::new(Own::make(&ground, readers.into_iter().collect()).await?);
        for plan in &mut plans {
            plan.site.read_own(&made);
        }
        let with_own = run.watch.take().await;
        let tried = match &with_own {
            Ok(base) => run.all(&plans, About::OwnSchema, base).await,
            Err(_) => Ok(()),
        };
        own::remove(&ground.core).await?;
        tried.and(with_own.map(drop))?;
    }
    let (left, _) = run.watch.compare(&first).await?;
    if !left.is_empty() {
        return Err(AttackError::LeftBehind { id: "of the end".to_owned(), what: left.join(", ") });
    }
    run.outcome.untried = total - run.outcome.attempts.len();
    run.outcome.unwatched = run.watch.moving.into_iter().collect();
    ground.core.close().await;
    Ok(run.outcome)
}

fn ways(options: &Options) -> Vec<Way> {
    if options.boundary.is_some() {
        vec![Way::Boundary]
    } else if options.ways.is_empty() {
        Way::USUAL.to_vec()
    } else {
        options.ways.clone()
    }
}

/// One run, as far as it has come.
struct Run<'a> {
    options: &'a Options,
    ways: Vec<Way>,
    watch: Watch,
    total: usize,
    outcome: Outcome,
    progress: &'a mut (dyn FnMut(usize, usize, &Tried) + Send),
}

impl Run<'_> {
    /// Tries, as every role and in every way, what is about this.
    async fn all(&mut self, plans: &[Plan<'_>], about: About, base: &Fingerprint) -> Result<(), AttackError> {
        for plan in plans {
            for way in self.ways.clone() {
                if plan.jobs(way, about).next().is_none() || self.options.stop.is_asked() {
                    continue;
                }
                let mut bench = Bench::open(&plan.site, way, plan.table.as_deref(), self.options).await?;
                for job in plan.jobs(way, about).take_while(|_| !self.options.stop.is_asked()) {
                    self.one(&mut bench, job, base).await?;
                }
                self.outcome.blind.extend(bench.blind());
                if plan.site.neighbours().is_some() {
                    self.outcome.blind.insert("the rows of tenants: core cannot read them".to_owned());
                }
                bench.close().await;
            }
        }
        Ok(())
    }

    async fn one(
        &mut self,
        bench: &mut Bench<'_>,
        Job { attempt, text }: &Job<'_>,
        base: &Fingerprint,
    ) -> Result<(), AttackError> {
        let mut tried = bench.attempt(attempt, text, &mut self.watch, base).await?;
        // Even a text that is refused takes locks while it is parsed, and a busy machine draws that moment out: what
        // blocks others does so again.
        if tried.effects.iter().all(|effect| *effect == Effect::BlockedOthers) && !tried.effects.is_empty() {
            tried = bench.attempt(attempt, text, &mut self.watch, base).await?;
        }
        (self.progress)(self.outcome.attempts.len() + 1, self.total, &tried);
        self.outcome.attempts.push(tried);
        Ok(())
    }
}
