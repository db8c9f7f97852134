//! The number by which a tenant's role is known whatever it is called, and the row that keeps it.

use super::{
    State,
    assign::Assigned,
    change::{NewRow, Number},
    diff::Context,
    facts::Role,
    present,
};

impl Context<'_> {
    /// The number of the tenant's role: that of its row, unless that is plainly another's. Names that were swapped, or given to another
    /// role, have put such numbers into rows. 0 where it is not known.
    pub(super) fn number(&self, one: &Assigned) -> u32 {
        let Some(row) = &one.row else { return 0 };
        let (roles, role) = (&self.observed.roles, one.role.as_str());
        let Some((name, found)) = roles.iter().find(|(_, found)| found.oid == row.role_oid) else {
            return row.role_oid;
        };
        let owner = self.observed.schemas.get(role);
        let ours = |found: &Role| found.installation().is_some_and(|mark| self.wanted.is_ours(mark));
        let anothers = |name: &str, found: &Role| found.recorded && name != role;
        // The schema is the tenant's, so is its owner where nothing says that it is somebody else.
        let known = owner.and_then(|owner| Some((owner, roles.get(owner)?))).filter(|(owner, found)| {
            ours(found)
                && !anothers(owner, found)
                && !owner.starts_with('_')
                && !self.wanted.taken.contains(owner)
        });
        if let Some((_, owner)) = known {
            return owner.oid;
        }
        // What a keeper made bears the mark, which an administrator may have taken away; then its schema, or its maker, tells.
        let marked = found.installation().is_some() || row.keeper.is_none();
        let made = marked
            || owner == Some(name)
            || name == role && present::keeper_of(self.wanted, self.observed, &one.role).is_some();
        if anothers(name, found) || !made { 0 } else { row.role_oid }
    }

    /// The row as it shall be, where it is not so yet; with the number of the tenant's role where that is there.
    pub(super) fn keep(&mut self, one: &Assigned, target: State, number: Option<u32>) {
        let same = one.row.as_ref().is_some_and(|row| {
            row.state == target
                && number.is_none_or(|number| row.role_oid == number)
                && row.bucket == one.bucket
                && row.keeper == one.keeper
        });
        if !same {
            self.row(one, target, number.map_or(Number::Stays, Number::Is));
        }
    }

    pub(super) fn row(&mut self, one: &Assigned, state: State, number: Number) {
        let leaves = one.row.as_ref().map(|row| (row.bucket, row.keeper));
        self.plan.rows.push(NewRow {
            id: one.id.clone(),
            role: one.role.clone(),
            number,
            bucket: one.bucket,
            keeper: one.keeper,
            state,
            leaves,
        });
    }
}
