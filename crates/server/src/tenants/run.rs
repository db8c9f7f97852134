//! A job from its beginning to its end: tenant by tenant, a few at once, each result kept.

use std::time::Duration;

use futures_util::StreamExt as _;
use rolewright_core::tenant::TenantId;
use rolewright_roles::tenants::Aim;

use super::{
    BATCH, Ground, Item, JobReport, Kind, Stop, TenantError, Tenants, claim::Claim, item::Done, job::Left,
    upgrade::Logins,
};

/// How long a killed process may still seem to hold its job: until the server has noticed that its connection is gone.
const SETTLE: Duration = Duration::from_secs(5);

impl Tenants<'_> {
    pub(super) async fn begin(
        &self,
        kind: Kind,
        ids: &[TenantId],
        adopt: bool,
    ) -> Result<JobReport, TenantError> {
        let mut ids = ids.to_vec();
        ids.sort();
        ids.dedup();
        if ids.is_empty() {
            return Ok(JobReport::new(None, kind, Vec::new()));
        }
        let (job, claim) = self.ground.start(kind, &ids, adopt, None).await?;
        let left = Left { job, kind, adopt, asked: false, resumed: false, ids };
        let outcome = self.run(&claim, left).await;
        claim.free().await;
        outcome
    }

    /// Goes on with jobs that were cut short. What ends one of them is its own, as long as the database is there.
    pub(super) async fn go_on_with(&self, all: Vec<Left>) -> Result<Vec<JobReport>, TenantError> {
        if !all.is_empty() {
            self.ground.room()?;
        }
        let mut reports = Vec::new();
        for left in all {
            let (job, kind) = (left.job, left.kind);
            if self.stops() {
                reports.push(JobReport::failed(job, kind, &TenantError::NotGoneOnWith(job)));
                continue;
            }
            match self.go_on(left).await {
                Ok(report) => reports.extend(report),
                Err(error) if self.ground.answers().await => {
                    reports.push(JobReport::failed(job, kind, &error));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(reports)
    }

    /// Goes on with a job that was cut short; one that a process is at work on is left to it.
    async fn go_on(&self, Left { job, kind, .. }: Left) -> Result<Option<JobReport>, TenantError> {
        let wait = SETTLE.min(self.ground.connected.run.settings.start.lock_timeout);
        let claim = match self.ground.claim(job, wait).await? {
            Ok(claim) => claim,
            Err(holder) => {
                let held_by = Some(holder);
                return Ok(Some(JobReport { held_by, ..JobReport::new(Some(job), kind, Vec::new()) }));
            }
        };
        // It may have been finished until the lock was ours.
        let outcome = match self.ground.unfinished(Some(job)).await?.pop() {
            Some(left) => self.run(&claim, left).await.map(Some),
            None => Ok(None),
        };
        claim.free().await;
        let Some(mut report) = outcome? else { return Ok(None) };
        report.tenants.extend(self.replaced(job).await?);
        report.tenants.sort_by(|a, b| a.id.cmp(&b.id));
        Ok(Some(report))
    }

    pub(super) async fn run(&self, claim: &Claim, left: Left) -> Result<JobReport, TenantError> {
        let left = Left { ids: self.ground.by_bucket(left.ids).await?, ..left };
        let Left { job, kind, asked, .. } = left;
        let logins = Logins::default();
        let mut tenants = Vec::new();
        let work = async {
            match kind {
                Kind::Add if !asked => self.add_all(claim, &left, &logins, &mut tenants).await,
                _ => self.each(claim, &left, &logins, &mut tenants).await,
            }
        };
        let outcome = claim.during(work).await;
        logins.close().await;
        outcome?;
        self.ground.finish(job).await?;
        tenants.sort_by(|a: &Item, b| a.id.cmp(&b.id));
        Ok(JobReport::new(Some(job), kind, tenants))
    }

    async fn add_all(
        &self,
        claim: &Claim,
        left: &Left,
        logins: &Logins,
        tenants: &mut Vec<Item>,
    ) -> Result<(), TenantError> {
        let job = left.job;
        for some in left.ids.chunks(BATCH) {
            let halted = claim.halted().await?;
            let items = if halted || self.stops() {
                some.iter().map(|id| Item::new(id, Err(left.stopped(id, halted)))).collect()
            } else {
                self.ground.begun(job, some).await?;
                self.add_some(left, some, logins).await?
            };
            self.ground.ended(job, &items).await?;
            self.told(&items);
            tenants.extend(items);
        }
        Ok(())
    }

    /// Every other kind of job, of a few tenants at once. What fails for one is its own; the loss of the database ends it all.
    async fn each(
        &self,
        claim: &Claim,
        left: &Left,
        logins: &Logins,
        tenants: &mut Vec<Item>,
    ) -> Result<(), TenantError> {
        let job = left.job;
        let mut work = futures_util::stream::iter(left.ids.iter().cloned().map(|id| async move {
            let halted = claim.halted().await?;
            let outcome = if halted || self.stops() {
                Err(left.stopped(&id, halted))
            } else {
                self.ground.begun(job, std::slice::from_ref(&id)).await?;
                self.one(left, &id, logins).await
            };
            let item = match outcome {
                Err(error) if error.is_lost() => return Err(error),
                outcome => Item::new(&id, outcome),
            };
            self.ground.ended(job, std::slice::from_ref(&item)).await?;
            Ok::<_, TenantError>(item)
        }))
        .buffer_unordered(self.at_once());
        while let Some(item) = work.next().await {
            let item = item?;
            self.told(std::slice::from_ref(&item));
            tenants.push(item);
        }
        Ok(())
    }

    async fn one(&self, left: &Left, id: &TenantId, logins: &Logins) -> Result<Done, TenantError> {
        let &Left { job, kind, asked, .. } = left;
        let (held, mut busy) =
            self.ground.hold(job, std::slice::from_ref(id), |busy| self.waits(busy)).await?;
        if let Some(busy) = busy.pop() {
            return Err(busy);
        }
        let (open, halted) = self.ground.open(job, std::slice::from_ref(id)).await?;
        if open.is_empty() {
            return Err(TenantError::Superseded(id.clone()));
        }
        if halted || self.stops() {
            return Err(left.stopped(id, halted));
        }
        let work = async {
            match kind {
                Kind::Upgrade => {
                    let mut done = self.ground.align(id, Aim::Mended).await?;
                    done.changes.extend(self.upgrade_one(id, logins, &held).await?);
                    Ok(done)
                }
                Kind::Add => self.serve_one(id, logins, &held).await,
                Kind::Enable if asked => self.serve_one(id, logins, &held).await,
                Kind::Enable => self.enable_one(id, logins, &held).await,
                Kind::Disable => self.disable_one(id).await,
                Kind::Purge => self.purge_one(id, logins).await,
            }
        };
        held.during(id, work).await
    }

    /// How many tenants at once: as configured, and no more than the core pool has room for, of which each takes two.
    pub(crate) fn at_once(&self) -> usize {
        let pool = self.ground.core().options().get_max_connections();
        let room = (pool.saturating_sub(1) / 2).max(1);
        self.ground.tenancy.parallel.min(room) as usize
    }

    /// Whether nothing more is to be begun.
    pub(super) fn stops(&self) -> bool {
        self.stop.is_some_and(Stop::is_asked)
    }

    pub(super) fn waits(&self, busy: &TenantError) {
        if let Some(waiting) = self.waiting {
            waiting(busy);
        }
    }

    /// Tells whoever follows the work of what is finished; where nobody does, as in `serve`, what was found is in the log.
    pub(super) fn told(&self, items: &[Item]) {
        match self.progress {
            Some(progress) => items.iter().for_each(progress),
            None => items.iter().flat_map(|item| &item.findings).for_each(Ground::log),
        }
    }
}
