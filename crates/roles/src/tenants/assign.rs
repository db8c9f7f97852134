//! Which keeper and which login role a tenant belongs to: the ones it has, or the first with room.

use rolewright_core::{Ident, tenant::TenantId};
use uuid::Uuid;

use super::{
    Aim, PER_KEEPER, State, Wanted,
    facts::{Room, Row, Rows},
};

/// A tenant of the batch, with its place.
#[derive(Clone, Debug)]
pub(super) struct Assigned {
    pub(super) id: TenantId,
    pub(super) aim: Aim,
    /// Its role, and its schema.
    pub(super) role: Ident,
    /// The login of its own reports, whether it has one or not; absent where the name would be too long.
    pub(super) reporter: Option<Ident>,
    pub(super) bucket: u32,
    /// Who made it, or would; nobody where an administrator made it by hand.
    pub(super) keeper: Option<u32>,
    /// Its row, unless it is of a tenant that is gone.
    pub(super) row: Option<Row>,
    /// Whether it was purged.
    pub(super) purged: bool,
    /// The life of its id that the login of its reports has its password of.
    pub(super) life: Option<Uuid>,
}

/// Gives every tenant of the batch its place. One whose name cannot be is left out; there is none, by the limits of the parts.
pub(super) fn assign(wanted: &Wanted, rows: &Rows) -> Vec<Assigned> {
    let mut logins = Places::new(&rows.logins, rows.last_login, wanted.bucket);
    let mut keepers = Places::new(&rows.keepers, rows.last_keeper, PER_KEEPER);
    let one = |(id, aim): (&TenantId, &Aim)| {
        let role = wanted.module.tenant(id).ok()?;
        let row = rows.tenants.get(id.as_str());
        let purged = row.is_some_and(|row| row.state == State::Purged);
        let life = row.and_then(|row| row.life);
        let row = row.filter(|_| !purged).cloned();
        let (bucket, keeper) = match &row {
            Some(row) => (row.bucket, row.keeper),
            None => (logins.next(), Some(keepers.next())),
        };
        let reporter = wanted.module.reporter(id).ok();
        Some(Assigned { id: id.clone(), aim: *aim, role, reporter, bucket, keeper, row, purged, life })
    };
    wanted.aims.iter().filter_map(one).collect()
}

/// Holders of one kind, filled one after the other.
struct Places<'a> {
    rooms: std::slice::Iter<'a, Room>,
    size: u32,
    last: u32,
    number: u32,
    left: u32,
}

impl<'a> Places<'a> {
    fn new(rooms: &'a [Room], last: u32, size: u32) -> Self {
        Self { rooms: rooms.iter(), size, last, number: 0, left: 0 }
    }

    fn next(&mut self) -> u32 {
        if self.left == 0 {
            (self.number, self.left) = match self.rooms.next() {
                Some(room) => (room.number, self.size.saturating_sub(room.used).max(1)),
                None => {
                    self.last += 1;
                    (self.last, self.size)
                }
            };
        }
        self.left -= 1;
        self.number
    }
}
