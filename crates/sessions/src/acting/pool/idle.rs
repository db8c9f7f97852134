//! Which of the idle connections serves next, and which must go.

use std::time::{Duration, Instant};

use rolewright_core::Ident;

use super::{Key, Seat};

/// The idle connections, the longest idle first.
#[derive(Default)]
pub(super) struct Idle(Vec<Seat>);

impl Idle {
    /// The one that served this one last; else the one of its login that remembers nobody; else the one of its login that
    /// has been idle longest.
    pub(super) fn pick(&mut self, key: &Key, login: &Ident) -> Option<Seat> {
        let of_login = |seat: &Seat| seat.login() == login;
        let own = |seat: &Seat| of_login(seat) && seat.served_last(key);
        let position = (self.0.iter().rposition(own))
            .or_else(|| self.0.iter().rposition(|seat| of_login(seat) && seat.remembers().is_none()))
            .or_else(|| self.0.iter().position(of_login))?;
        Some(self.0.remove(position))
    }

    /// Takes a connection in. Where more than `warm` of them then remember somebody, gives the longest idle of these out.
    pub(super) fn put(&mut self, mut seat: Seat, warm: usize) -> Option<Seat> {
        seat.rest();
        self.0.push(seat);
        let remembering = self.0.iter().filter(|seat| seat.remembers().is_some()).count();
        if remembering <= warm {
            return None;
        }
        let coldest = self.0.iter().position(|seat| seat.remembers().is_some())?;
        Some(self.0.remove(coldest))
    }

    /// Gives out the longest idle ones until only so many are left.
    pub(super) fn shrink(&mut self, left: usize) -> Vec<Seat> {
        let surplus = self.0.len().saturating_sub(left);
        self.0.drain(..surplus).collect()
    }

    /// Gives out those that have been idle for longer than this.
    pub(super) fn stale(&mut self, now: Instant, limit: Duration) -> Vec<Seat> {
        self.0.extract_if(.., |seat| now.duration_since(seat.since()) > limit).collect()
    }

    pub(super) fn drain(&mut self) -> Vec<Seat> {
        std::mem::take(&mut self.0)
    }
}
