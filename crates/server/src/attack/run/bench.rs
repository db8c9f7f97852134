//! One role and one way: the attempt, what is looked at before and after it, and the judgement.

use std::{collections::BTreeSet, time::Duration};

use crate::attack::{
    AttackError, Attempt, Effect, Options, Residual, Tried, Way,
    bystander::Bystander,
    fingerprint::{Fingerprint, Watch},
    ground::Site,
    judge::{Evidence, Seen},
    look::{self, Ear, Login, Spent},
    pair::{self, Told},
    peer::Peer,
    place::Text,
    ran::{Failure, Ran},
    residuals,
    restore::put_back,
    server_log::{Logged, ServerLog},
    stopped::stopped_by,
    ways::Sender,
};

const RESIDUE: &str = include_str!("../sql/residue.sql");

pub(super) struct Bench<'a> {
    site: &'a Site<'a>,
    way: Way,
    options: &'a Options,
    sender: Box<dyn Sender>,
    peer: Peer,
    ear: Ear,
    bystander: Bystander,
    log: Option<ServerLog>,
    /// Sessions of the role that are not of this attack.
    others: Vec<i32>,
    /// What a session's user finds where nobody has left anything.
    clean: String,
    known: Vec<Residual>,
}

impl<'a> Bench<'a> {
    pub(super) async fn open(
        site: &'a Site<'a>,
        way: Way,
        table: Option<&str>,
        options: &'a Options,
    ) -> Result<Self, AttackError> {
        let others = site.sessions().await?;
        let bystander = Bystander::open(site, table).await?;
        let log = match &options.server_log {
            Some(file) => Some(site.server_log(file).await?),
            None => None,
        };
        let peer = Peer::start(site).await?;
        let mut sender = match &options.boundary {
            Some(other) => other.open(&site.connection, site.deadline).await,
            None => way.open(site).await?,
        };
        let clean = sender.next(RESIDUE).await.answer();
        sender.end().await;
        let ear = Ear::open(&site.ground.core).await?;
        let known = residuals()?.into_iter().filter(|known| known.through.contains(&way)).collect();
        Ok(Self { site, way, options, sender, peer, ear, bystander, log, others, clean, known })
    }

    pub(super) async fn attempt(
        &mut self,
        attempt: &Attempt,
        text: &Text,
        watch: &mut Watch,
        base: &Fingerprint,
    ) -> Result<Tried, AttackError> {
        let core = &self.site.ground.core;
        let weighed = attempt.heavy && self.options.heavy;
        let spent = if weighed { Some(Spent::look(core).await?) } else { None };
        let before = if attempt.repeats { Vec::new() } else { self.answers(&text.next).await };
        self.sender.end().await;
        let mut others = self.others.clone();
        others.push(self.peer.pid);
        self.news()?;
        let asked = pair::ask(self.sender.as_mut(), text);
        let ((ran, told), mut met) = self.bystander.beside(&others, asked).await?;
        let residue = self.residue(attempt, text, &ran, before).await;
        let waits = if self.way.is_plain() { 0 } else { 40 };
        let locks = look::locks(self.site, &others, waits).await?;
        self.bystander.after(&others, &mut met).await?;
        if weighed {
            self.settle().await;
        }
        self.sender.end().await;
        let logged = self.news()?;
        let heard = self.ear.heard().await?;
        let patience = if attempt.class.contains("peer") { 400 } else { 0 };
        let harm = self.peer.harm(Duration::from_millis(patience)).await;
        let (changed, _) = watch.compare(base).await?;
        let login = look::login(self.site).await;
        let spent = match spent {
            None => None,
            Some(before) => {
                let after = Spent::look(core).await?;
                Some(Spent {
                    temp_bytes: after.temp_bytes - before.temp_bytes,
                    xids: after.xids - before.xids,
                })
            }
        };
        let evidence = Evidence {
            attempt,
            text,
            ran: &ran,
            told,
            changed: &changed,
            residue,
            locks,
            heard,
            harm,
            login,
            spent,
            met,
            logged,
        };
        let seen = if attempt.control { control(attempt, &ran, &evidence.told) } else { evidence.effects() };
        let mut effects: BTreeSet<Effect> = seen.iter().map(|seen| seen.effect).collect();
        if matches!(evidence.login, Login::Password) {
            effects.insert(Effect::PasswordChanged);
        }
        put_back(self.site, watch, base, &attempt.id, &effects, &changed, self.options.repair.as_deref())
            .await?;
        if harm.is_some() {
            self.peer = Peer::start(self.site).await?;
        }
        Ok(self.tried(attempt, &ran, seen))
    }

    /// What cannot be seen here.
    pub(super) fn blind(&self) -> Vec<String> {
        let mut blind = self.bystander.blind();
        if self.log.is_none() {
            blind.push("the server's log: --server-log names it where it can be read here".to_owned());
        }
        blind
    }

    pub(super) async fn close(self) {
        self.bystander.close().await;
        self.sender.close().await;
        self.peer.stop(self.site).await;
    }

    /// What the server has logged for the role since the last look.
    fn news(&mut self) -> Result<Logged, AttackError> {
        let Some(log) = &mut self.log else { return Ok(Logged::default()) };
        log.news().map_err(|error| AttackError::ServerLog {
            file: self.options.server_log.iter().map(|file| file.display().to_string()).collect(),
            cause: error.to_string(),
        })
    }

    /// Lets the session tell what it has used: the server counts that with a later statement, a second or more after the last.
    async fn settle(&mut self) {
        tokio::time::sleep(Duration::from_millis(1100)).await;
        self.sender.next("SELECT 1").await;
    }

    async fn answers(&mut self, next: &[String]) -> Vec<String> {
        let mut answers = Vec::new();
        for sql in next {
            answers.push(self.sender.next(sql).await.answer());
        }
        answers
    }

    /// What the session's next user finds: of its own accord, and in the answers to what it asks.
    async fn residue(
        &mut self,
        attempt: &Attempt,
        text: &Text,
        ran: &Ran,
        before: Vec<String>,
    ) -> Vec<String> {
        self.sender.release().await;
        if self.way.is_plain() && ran.lost() {
            return Vec::new();
        }
        let mut residue = Vec::new();
        if attempt.repeats {
            let first = self.answers(&text.next).await;
            self.sender.run(&text.sql).await;
            self.sender.release().await;
            let again = self.answers(&text.next).await;
            if first == again && !first.iter().any(|answer| is_failure(answer)) {
                residue.push("the next user's random answer is the same twice".to_owned());
            }
        }
        let left = self.sender.next(RESIDUE).await;
        let answer = left.answer();
        if answer != self.clean {
            residue.push(match &left.failure {
                Some(_) => format!("the next user's text fails: {answer}"),
                None => left.values.join(", "),
            });
        }
        if !attempt.repeats && self.answers(&text.next).await != before {
            residue.push("the next user's answer is another".to_owned());
        }
        residue
    }

    fn tried(&self, attempt: &Attempt, ran: &Ran, seen: Vec<Seen>) -> Tried {
        let mut effects: Vec<Effect> = seen.iter().map(|seen| seen.effect).collect();
        effects.dedup();
        let known = |residual: &&Residual| {
            residual.id == attempt.id && effects.iter().all(|effect| residual.effects.contains(effect))
        };
        let known = self.known.iter().find(known).filter(|_| !effects.is_empty());
        Tried {
            id: attempt.id.clone(),
            class: attempt.class.clone(),
            role: self.site.connection.clone(),
            way: self.way,
            effect: effects.first().copied().unwrap_or(Effect::None),
            stopped_by: stopped_by(ran),
            details: seen.into_iter().map(|seen| seen.detail).collect(),
            effects,
            control: attempt.control,
            residual: known.map(|known| known.reason.clone()),
            millis: u64::try_from(ran.elapsed.as_millis()).unwrap_or(u64::MAX),
        }
    }
}

/// A legitimate text has to be answered, and has to tell what it is shown.
fn control(attempt: &Attempt, ran: &Ran, told: &Told) -> Vec<Seen> {
    let why = match (&attempt.at, &ran.failure) {
        (Some(at), _) => pair::failed(at, ran, told),
        (None, None) if !ran.overran => None,
        (None, Some(Failure::Server { message, .. })) => Some(message.clone()),
        (None, _) => Some(stopped_by(ran)),
    };
    why.map(|detail| Seen { effect: Effect::ControlFailed, detail }).into_iter().collect()
}

fn is_failure(answer: &str) -> bool {
    ["failed with", "refused:", "timed out", "lost"].iter().any(|word| answer.starts_with(word))
}
