//! From what was seen to the effects an attempt had. Only what was seen counts: an error code is no evidence, in either direction.

use super::{
    Attempt, Effect,
    bystander::Met,
    fingerprint::effect_of,
    look::{Login, Spent},
    pair::Told,
    place::Text,
    ran::{Failure, Ran},
    server_log::Logged,
};

/// Temporary bytes and transaction numbers from which on a heavy attempt has had an effect.
const MUCH: Spent = Spent { temp_bytes: 16 << 20, xids: 1000 };
/// Memory of one session from which on an attempt has had an effect, whatever its text: a report's sorts and hashes take far less.
const MUCH_MEMORY: u64 = 128 << 20;
/// What one attempt may add to the server's log.
const MUCH_LOG: u64 = 1 << 20;
/// The mark in the statement of the role's other session, which is logged where that is cancelled.
const PEERS: &str = "CANARY_PEERQUERY";

/// All that was seen of one attempt.
pub(super) struct Evidence<'a> {
    pub(super) attempt: &'a Attempt,
    pub(super) text: &'a Text,
    pub(super) ran: &'a Ran,
    /// What the texts beside it were answered.
    pub(super) told: Told,
    /// Parts of the fingerprint that differ.
    pub(super) changed: &'a [String],
    /// What the session's next user finds that was not there before.
    pub(super) residue: Vec<String>,
    /// Locks that are held while nothing runs.
    pub(super) locks: Vec<String>,
    pub(super) heard: usize,
    pub(super) harm: Option<Effect>,
    pub(super) login: Login,
    pub(super) spent: Option<Spent>,
    pub(super) met: Met,
    pub(super) logged: Logged,
}

/// One effect, with what was seen of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    pub(super) effect: Effect,
    pub(super) detail: String,
}

impl Evidence<'_> {
    /// The effects, the worst first.
    pub(super) fn effects(&self) -> Vec<Seen> {
        let mut seen = Vec::new();
        let mut see = |effect, detail: String| seen.push(Seen { effect, detail });
        let own = |mark: &String| {
            let beside = self.text.beside.iter().flatten();
            self.text.sql.iter().chain(&self.text.next).chain(beside).any(|sql| sql.contains(mark.as_str()))
        };
        for mark in self.ran.marked.iter().filter(|mark| !own(mark)) {
            see(Effect::ReadSecret, format!("{mark} came back"));
        }
        for seen_as in &self.attempt.seen_as {
            if self.ran.shows(&seen_as.text) {
                let what = if seen_as.text == "*" { "a value came back" } else { seen_as.text.as_str() };
                see(seen_as.effect, what.to_owned());
            }
        }
        if let Told::Apart(how) = &self.told {
            see(Effect::ToldHiddenRow, how.clone());
        }
        for part in self.changed {
            see(effect_of(part), format!("{part} changed"));
        }
        for left in &self.residue {
            see(Effect::Residue, left.clone());
        }
        for lock in &self.locks {
            see(Effect::BlockedOthers, lock.clone());
        }
        if self.heard > 0 {
            see(Effect::Notified, format!("{} heard", count(self.heard, "notification")));
        }
        if let Some(effect) = self.harm {
            see(effect, "another session of the role".to_owned());
        }
        match &self.login {
            Login::Fine => {}
            Login::Password => see(Effect::PasswordChanged, "the password is refused".to_owned()),
            Login::Locked(why) => see(Effect::LockedOut, why.clone()),
        }
        if self.ran.overran {
            see(Effect::Overran, format!("ended from outside after {:.1} s", self.ran.elapsed.as_secs_f64()));
        }
        for what in &self.met.blocked {
            see(Effect::BlockedOthers, what.clone());
        }
        if self.met.memory >= MUCH_MEMORY {
            see(Effect::TookMemory, format!("{} MB in one session", self.met.memory >> 20));
        }
        for mark in self.logged.marked.iter().filter(|mark| !own(mark) && *mark != PEERS) {
            see(Effect::LoggedSecret, format!("{mark} is in the server's log"));
        }
        if self.logged.bytes >= MUCH_LOG {
            see(Effect::FloodedLog, format!("{} kB in the server's log", self.logged.bytes >> 10));
        }
        if let Some(spent) = self.spent {
            if spent.temp_bytes >= MUCH.temp_bytes {
                see(Effect::TookDisk, format!("{} MB of temporary files", spent.temp_bytes >> 20));
            }
            if spent.xids >= MUCH.xids {
                see(Effect::BurnedXids, format!("{} transaction numbers", spent.xids));
            }
        }
        seen.sort_by_key(|one| std::cmp::Reverse(one.effect));
        seen
    }
}

impl Ran {
    /// Whether this text came back; `*` is any value.
    fn shows(&self, text: &str) -> bool {
        if text == "*" {
            return self.any;
        }
        let said = match &self.failure {
            Some(Failure::Server { message, .. }) => Some(message),
            _ => None,
        };
        self.values.iter().chain(said).any(|value| value.contains(text))
    }
}

fn count(n: usize, what: &str) -> String {
    if n == 1 { format!("1 {what}") } else { format!("{n} {what}s") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::attack::SeenAs;

    fn evidence<'a>(attempt: &'a Attempt, text: &'a Text, ran: &'a Ran) -> Evidence<'a> {
        Evidence {
            attempt,
            text,
            ran,
            told: Told::Alone,
            changed: &[],
            residue: Vec::new(),
            locks: Vec::new(),
            heard: 0,
            harm: None,
            login: Login::Fine,
            spent: None,
            met: Met::default(),
            logged: Logged::default(),
        }
    }

    #[test]
    fn an_error_alone_is_no_effect_and_a_value_is_one() {
        let attempt = Attempt {
            seen_as: vec![SeenAs { effect: Effect::Oracle, text: "division by zero".to_owned() }],
            ..Attempt::default()
        };
        let text = Text { sql: vec!["SELECT 'CANARY_OWN'".to_owned()], ..Text::default() };
        let mut ran = Ran::default();
        ran.fail(Failure::Server { sqlstate: "42501".to_owned(), message: "permission denied".to_owned() });
        assert!(evidence(&attempt, &text, &ran).effects().is_empty());
        ran.take(Some(b"CANARY_OWN"));
        assert!(evidence(&attempt, &text, &ran).effects().is_empty());
        ran.take(Some(b"CANARY_OTHER"));
        ran.fail(Failure::Server { sqlstate: "22012".to_owned(), message: "division by zero".to_owned() });
        let effects = evidence(&attempt, &text, &ran).effects();
        assert_eq!(
            effects.iter().map(|seen| seen.effect).collect::<Vec<_>>(),
            [Effect::ReadSecret, Effect::Oracle]
        );
        let mut all = evidence(&attempt, &text, &ran);
        let changed = ["rows public.x".to_owned()];
        all.changed = &changed;
        all.heard = 2;
        all.told = Told::Apart("failed with 22012".to_owned());
        let effects = all.effects();
        assert_eq!(effects[0].effect, Effect::WroteRows);
        assert!(effects.iter().any(|seen| seen.effect == Effect::ToldHiddenRow));
    }
}
