//! The run: every attempt, in every way, as every role asked for; each one judged, and put back before the next.

use std::{path::PathBuf, sync::Arc, time::Duration};

use super::{
    AttackError, Attempt, Boundary, Effect, LeftOut, Mode, Outcome, Tried, Way,
    fingerprint::Watch,
    ground::{Ground, Site},
    place::{Place, Text},
};
use crate::stages::Provisioned;

mod bench;

use bench::Bench;

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
            boundary: None,
        }
    }
}

/// What is tried as one role.
struct Plan<'a> {
    site: Site<'a>,
    jobs: Vec<(&'a Attempt, Text)>,
    /// What the application works on beside the attempts.
    table: Option<String>,
}

/// Tries every attempt in every way, and puts back what each one changed.
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
    let mut outcome = Outcome::default();
    let mut plans = Vec::new();
    for connection in &connections {
        let site = match connection.strip_prefix("tenant:") {
            Some(id) => ground.tenant(id, options.deadline).await?,
            None => ground.site(connection, options.deadline)?,
        };
        let mut plan = plan(site, attempts, options, &mut outcome.left_out).await?;
        if let Some(other) = &options.boundary {
            plan.site.log_in_as(other.login(connection));
        }
        plans.push(plan);
    }
    let ways: Vec<Way> = if options.boundary.is_some() {
        vec![Way::Boundary]
    } else if options.ways.is_empty() {
        Way::USUAL.to_vec()
    } else {
        options.ways.clone()
    };
    // What a tenant's login gave up on a plain connection, only the tenant could grant again.
    let tries = |plan: &Plan<'_>, attempt: &Attempt, way: Way| {
        goes(attempt, way) && !(way.is_plain() && plan.site.neighbours().is_some())
    };
    let of_way = |plan: &Plan<'_>, way: Way| plan.jobs.iter().filter(|(a, _)| tries(plan, a, way)).count();
    let total = plans.iter().map(|plan| ways.iter().map(|way| of_way(plan, *way)).sum::<usize>()).sum();
    let mut roles: Vec<String> = settings.roles.values().map(|role| role.role.to_string()).collect();
    roles.push(provisioned.core_role().to_owned());
    roles.extend(plans.iter().map(|plan| plan.site.role.to_string()));
    roles.sort();
    roles.dedup();
    let mut watch = Watch::new(ground.core.clone(), roles);
    let first = watch.take().await?;
    for plan in &plans {
        for way in &ways {
            let jobs: Vec<_> = plan.jobs.iter().filter(|(attempt, _)| tries(plan, attempt, *way)).collect();
            if jobs.is_empty() {
                continue;
            }
            let mut bench = Bench::open(&plan.site, *way, plan.table.as_deref(), options).await?;
            for (attempt, text) in jobs {
                let mut tried = bench.attempt(attempt, text, &mut watch, &first).await?;
                // Even a text that is refused takes locks while it is parsed, and a busy machine draws that moment out: what
                // blocks others does so again.
                if tried.effects.iter().all(|effect| *effect == Effect::BlockedOthers)
                    && !tried.effects.is_empty()
                {
                    tried = bench.attempt(attempt, text, &mut watch, &first).await?;
                }
                progress(outcome.attempts.len() + 1, total, &tried);
                outcome.attempts.push(tried);
            }
            outcome.blind.extend(bench.blind());
            if plan.site.neighbours().is_some() {
                outcome.blind.insert("the rows of tenants: core cannot read them".to_owned());
            }
            bench.close().await;
        }
    }
    let (left, _) = watch.compare(&first).await?;
    if !left.is_empty() {
        return Err(AttackError::LeftBehind { id: "of the end".to_owned(), what: left.join(", ") });
    }
    outcome.unwatched = watch.moving.into_iter().collect();
    ground.core.close().await;
    Ok(outcome)
}

/// Controls say something of the sandbox alone.
fn goes(attempt: &Attempt, way: Way) -> bool {
    !attempt.control || !way.is_plain()
}

/// Chooses what this role tries, and says what is left out and why.
async fn plan<'a>(
    site: Site<'a>,
    attempts: &'a [Attempt],
    options: &Options,
    left_out: &mut Vec<LeftOut>,
) -> Result<Plan<'a>, AttackError> {
    let mut schemas = site.schemas.clone();
    schemas.dedup();
    let needs: Vec<&str> = attempts.iter().flat_map(|attempt| &attempt.needs).map(String::as_str).collect();
    let place =
        Place::find(&site.ground.core, site.role.as_str(), &schemas, &needs, site.ground.major).await?;
    let configured = &site.ground.provisioned.settings().roles;
    let mut jobs = Vec::new();
    for attempt in attempts {
        let of_another = site.neighbours().is_none()
            && attempt
                .role
                .as_ref()
                .is_some_and(|role| *role != site.connection && configured.contains_key(role));
        let unwanted = !options.classes.is_empty() && !options.classes.contains(&attempt.class);
        if of_another || unwanted {
            continue;
        }
        let text = match attempt.mode {
            Mode::Login => place.text(attempt, options.heavy),
            Mode::Tenant => match site.neighbours() {
                Some(neighbours) => neighbours.speak(attempt).and_then(|own| place.text(&own, options.heavy)),
                None => Err("it is a tenant's; --as tenant:ID tries it".to_owned()),
            },
            Mode::Rls => {
                Err("it is a subject's under row level security, and there are none here".to_owned())
            }
        };
        match text {
            Ok(text) => jobs.push((attempt, text)),
            Err(reason) => left_out.push(LeftOut {
                id: attempt.id.clone(),
                class: attempt.class.clone(),
                role: site.connection.clone(),
                reason,
            }),
        }
    }
    Ok(Plan { site, jobs, table: place.readable_table() })
}
