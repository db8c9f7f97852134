//! How large a query becomes: what it says is copied for each relation that it reads, and all of it for each min and max.

use super::{
    super::{TreeError, read::Item, simple::is_simple},
    Counted, Mode, Size,
    parts::Parts,
    walk::Sizes,
};

impl Sizes<'_, '_, '_, '_> {
    /// The size of a query, as it stands in another.
    pub(super) fn query(&mut self, query: usize, mode: Mode) -> Result<Size, TreeError> {
        let Item::Node(_, fields) = &self.tree.items[query] else { return Ok(self.one()) };
        let mut size = self.one();
        for (_, item) in fields {
            size = size.plus(self.of(*item, mode)?);
        }
        let parts = self.parts.get(&query).cloned().unwrap_or_default();
        let mut copied = self.results(query, &parts, mode)?;
        // Conditions are taken into queries that are not merged, too. What is copied of them is simplified, which copies it again.
        for &condition in &parts.conditions {
            let condition = self.of(condition, Mode::Pushed)?;
            if self.counted == Counted::Nodes {
                size.nodes = size.nodes.saturating_add(condition.nodes);
            }
            copied = copied.saturating_add(condition.own.saturating_mul(2));
        }
        let reach = self.reach(query)?;
        size.planned = size.planned.saturating_add(copied.saturating_mul(reach.relations));
        // For each min and max of one source the planner tries a path of its own, and copies the query for it; the plan is made of one.
        if reach.sources <= 1 && self.tree.list(query, "groupClause")?.is_empty() {
            let times = 1 + parts.extremes.div_ceil(2);
            size.nodes = size.nodes.saturating_mul(times);
            size.planned = size.planned.saturating_mul(times);
        }
        Ok(Size { own: size.nodes, ..size })
    }

    /// What is copied of a query's results: those it sorts and groups by once more, and where it groups, of others their columns. Where it is merged with the one around it, that one copies them, but for what it may have to keep.
    fn results(&mut self, query: usize, parts: &Parts, mode: Mode) -> Result<u64, TreeError> {
        let merged = (parts.within || self.is_view(query)) && is_simple(self.tree, query);
        let groups =
            self.tree.word(query, "hasAggs")? == "true" || !self.tree.list(query, "groupClause")?.is_empty();
        let mut copied = 0_u64;
        for &aggregate in &parts.sorted {
            copied = copied.saturating_add(self.of(aggregate, mode)?.own.saturating_mul(2));
        }
        for &target in self.tree.list(query, "targetList")? {
            let expression = self.tree.field(target, "expr");
            if merged && expression.and_then(|item| self.tree.kind(item)) == Some("VAR") {
                continue;
            }
            let size = self.of(target, mode)?;
            let sorted = self.tree.number(target, "ressortgroupref")? != 0;
            copied = copied.saturating_add(match sorted {
                true => size.own.saturating_mul(2),
                false if groups => size.columns,
                false => size.own,
            });
        }
        Ok(copied)
    }
}
