//! How large a query becomes when the planner puts queries in FROM, and in WITH, into those around them: each column there becomes a copy
//! of what it stands for, so that a few levels of `x + x` are a million nodes, and nothing can interrupt the copying.

use std::{collections::HashMap, ops::RangeInclusive};

use super::{
    Tree, TreeError,
    read::Item,
    scope::{Column, Scopes},
};

/// The most nodes, and the most of conditions, those of each partition counted.
const MOST: u64 = 100_000;
const MOST_OF_PARTITIONS: u64 = 1_000_000;
/// The most levels of what is copied.
const MOST_DEPTH: usize = 500;
/// `FirstNormalObjectId`; and how often a function of the application's may use a parameter, if the planner puts its body in its place.
const FIRST_NORMAL: u32 = 16_384;
const USES: u64 = 4;
/// `RTE_SUBQUERY`, `RTE_CTE`; and of WITH: as it is by default, and NOT MATERIALIZED.
const SUBQUERY: u32 = 1;
const WITH: u32 = 6;
const DEFAULT: u32 = 0;
const NEVER: u32 = 2;
/// `EXISTS_SUBLINK`.
const EXISTS: u32 = 0;
/// The aggregates with a sort operator (`pg_aggregate.aggsortop`) that are numbered in 15 to 18.
const EXTREMES: [RangeInclusive<u32>; 11] = [
    2050..=2051,
    2115..=2146,
    2244..=2245,
    2517..=2519,
    2797..=2798,
    3526..=3527,
    3564..=3565,
    4189..=4190,
    5099..=5100,
    6373..=6374,
    6395..=6396,
];

/// Refuses a tree that would become too large; gives the size of its conditions, which the planner copies for each partition and child of
/// what is read.
pub(crate) fn bounded(tree: &Tree<'_>) -> Result<u64, TreeError> {
    let mut sizes = Sizes { tree, scopes: Scopes::of(tree), known: HashMap::new(), depth: 0 };
    // Conditions are taken into queries that are not merged, too.
    let mut conditions = 0_u64;
    for number in 0..tree.items.len() {
        let condition = match tree.kind(number) {
            Some("FROMEXPR" | "JOINEXPR") => tree.field(number, "quals"),
            Some("QUERY") => tree.field(number, "havingQual"),
            _ => None,
        };
        if let Some(condition) = condition {
            conditions = conditions.saturating_add(sizes.of(condition, Mode::Pushed)?);
        }
    }
    let size = sizes.of(0, Mode::Merged)?.saturating_add(conditions);
    if size > MOST { Err(TreeError::Copied) } else { Ok(conditions) }
}

/// Refuses conditions that would be copied for so many partitions and children.
pub(crate) fn bounded_by_partitions(conditions: u64, children: usize) -> Result<(), TreeError> {
    let copies = conditions.saturating_mul(children as u64);
    if copies > MOST_OF_PARTITIONS { Err(TreeError::Copied) } else { Ok(()) }
}

/// What a column becomes a copy of.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Mode {
    /// What it stands for in a query that is put in its place.
    Merged,
    /// What it stands for in any query, as in a condition that is taken into it.
    Pushed,
}

struct Sizes<'t, 'a> {
    tree: &'t Tree<'a>,
    scopes: Scopes,
    /// By item; what is being measured counts nothing within itself, as a recursive query does not.
    known: HashMap<(usize, Mode), u64>,
    depth: usize,
}

impl Sizes<'_, '_> {
    /// The nodes of an item, each column as large as what it stands for. This calls itself once for each level of queries.
    fn of(&mut self, root: usize, mode: Mode) -> Result<u64, TreeError> {
        if let Some(known) = self.known.get(&(root, mode)) {
            return Ok(*known);
        }
        self.known.insert((root, mode), 0);
        self.depth += 1;
        if self.depth > MOST_DEPTH {
            return Err(TreeError::Copied);
        }
        let (mut size, mut smallest, mut open) = (0_u64, 0_u64, vec![root]);
        while let Some(number) = open.pop() {
            match &self.tree.items[number] {
                Item::Node(kind, fields) => {
                    size = size.saturating_add(self.node(number, kind, mode)?);
                    smallest += u64::from(*kind == "AGGREF" && self.is_extreme(number)?);
                    let apart = self.apart(number, kind)?.map(|(field, _)| field);
                    let inner = fields.iter().filter(|(name, _)| Some(*name) != apart);
                    open.extend(inner.map(|(_, item)| item));
                }
                Item::List(items) => open.extend(items),
                Item::Word(_) | Item::Bytes => {}
            }
        }
        // The planner tries a path of its own for each, and copies the query for it.
        let size = size.saturating_mul(smallest.saturating_add(1));
        self.known.insert((root, mode), size);
        self.depth -= 1;
        Ok(size)
    }

    fn node(&mut self, number: usize, kind: &str, mode: Mode) -> Result<u64, TreeError> {
        match kind {
            "VAR" => Ok(self.column(number, mode)?.max(1)),
            "RTE" | "RANGETBLENTRY" if self.tree.number(number, "rtekind")? == WITH => {
                match self.scopes.copied(self.tree, number)? {
                    Some(query) => Ok(self.of(query, mode)?.saturating_add(1)),
                    None => Ok(1),
                }
            }
            _ => {
                let Some((field, times)) = self.apart(number, kind)? else { return Ok(1) };
                let Some(inner) = self.tree.field(number, field) else { return Ok(1) };
                Ok(self.of(inner, mode)?.saturating_mul(times).saturating_add(1))
            }
        }
    }

    fn column(&mut self, var: usize, mode: Mode) -> Result<u64, TreeError> {
        if !self.scopes.is_merged(self.tree, var, mode)? {
            return Ok(1);
        }
        let place: i32 = self.tree.word(var, "varattno")?.parse().unwrap_or_default();
        let within = match self.scopes.column(self.tree, var)? {
            Column::Computed(item) => return self.of(item, mode),
            Column::Within(item) => item,
            Column::Row(_) | Column::Of(..) | Column::Own(_) => return Ok(1),
        };
        let place = match usize::try_from(place).ok().and_then(|place| place.checked_sub(1)) {
            Some(place) => place,
            // The whole row becomes one of all its columns.
            None => return self.of(within, mode),
        };
        let mut size = 0_u64;
        if self.tree.kind(within) == Some("QUERY") {
            // What is said of the rows of several queries is said of those of each.
            for &entry in self.tree.list(within, "rtable")? {
                let Some(query) = self.tree.field(entry, "subquery") else { continue };
                if self.tree.kind(query) != Some("QUERY") {
                    continue;
                }
                if let Some(&target) = self.tree.list(query, "targetList")?.get(place)
                    && let Some(expression) = self.tree.field(target, "expr")
                {
                    size = size.saturating_add(self.of(expression, mode)?);
                }
            }
        } else if self.tree.field(within, "values_lists").is_some()
            && let [row] = self.tree.list(within, "values_lists")?
            && let Item::List(values) = &self.tree.items[*row]
            && let Some(value) = values.get(place)
        {
            size = self.of(*value, mode)?;
        }
        Ok(size)
    }

    /// Whether it is an aggregate of the server's own that an index may answer, such as min and max, in a query of one source that groups
    /// by nothing.
    fn is_extreme(&self, number: usize) -> Result<bool, TreeError> {
        let called = self.tree.number(number, "aggfnoid")?;
        let Some(query) =
            self.scopes.around(number).filter(|_| EXTREMES.iter().any(|known| known.contains(&called)))
        else {
            return Ok(false);
        };
        let from = self.tree.field(query, "jointree").filter(|item| self.tree.kind(*item).is_some());
        let sources =
            from.map(|from| self.tree.list(from, "fromlist")).transpose()?.map_or(0, <[usize]>::len);
        Ok(sources == 1 && self.tree.list(query, "groupClause")?.is_empty())
    }

    /// What of a node is copied by itself, and how often.
    fn apart(&self, number: usize, kind: &str) -> Result<Option<(&'static str, u64)>, TreeError> {
        Ok(match kind {
            // EXISTS is planned in two ways.
            "SUBLINK" if self.tree.number(number, "subLinkType")? == EXISTS => Some(("subselect", 2)),
            "FUNCEXPR" if self.tree.number(number, "funcid")? >= FIRST_NORMAL => Some(("args", USES)),
            "OPEXPR" if self.tree.number(number, "opno")? >= FIRST_NORMAL => Some(("args", USES)),
            _ => None,
        })
    }
}

impl Scopes {
    /// Whether a column may become a copy of what it stands for.
    fn is_merged(&self, tree: &Tree<'_>, var: usize, mode: Mode) -> Result<bool, TreeError> {
        let Some((query, entry)) = self.entry(tree, var)? else { return Ok(true) };
        let inner = match tree.number(entry, "rtekind")? {
            SUBQUERY => tree.field(entry, "subquery"),
            WITH => match self.copied_from(tree, entry, Some(query))? {
                Some(inner) => Some(inner),
                None => return Ok(false),
            },
            _ => return Ok(true),
        };
        let Some(inner) = inner.filter(|inner| mode == Mode::Merged && tree.kind(*inner) == Some("QUERY"))
        else {
            return Ok(true);
        };
        // As the planner asks (is_simple_subquery); the queries of a UNION ALL are asked for themselves.
        for (field, none) in [
            ("hasAggs", "false"),
            ("hasWindowFuncs", "false"),
            ("hasTargetSRFs", "false"),
            ("groupClause", "<>"),
            ("groupingSets", "<>"),
            ("havingQual", "<>"),
            ("sortClause", "<>"),
            ("distinctClause", "<>"),
            ("limitOffset", "<>"),
            ("limitCount", "<>"),
            ("cteList", "<>"),
        ] {
            let found = tree.field(inner, field).map(|item| &tree.items[item]);
            if found.is_some_and(|found| *found != Item::Word(none)) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// The WITH query that is put in the place of an entry that reads it.
    fn copied(&self, tree: &Tree<'_>, entry: usize) -> Result<Option<usize>, TreeError> {
        self.copied_from(tree, entry, self.around(entry))
    }

    fn copied_from(
        &self,
        tree: &Tree<'_>,
        entry: usize,
        query: Option<usize>,
    ) -> Result<Option<usize>, TreeError> {
        let Some(one) = self.common(tree, entry, query)? else { return Ok(None) };
        let (kept, read) = (tree.number(one, "ctematerialized")?, tree.number(one, "cterefcount")?);
        let copied = kept == NEVER || kept == DEFAULT && read == 1;
        Ok(tree.field(one, "ctequery").filter(|_| copied))
    }
}
