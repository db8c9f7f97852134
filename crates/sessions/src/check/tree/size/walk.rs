//! The nodes of items, each column as large as what it stands for.

use std::collections::{HashMap, HashSet};

use super::{
    super::{
        Tree, TreeError,
        read::Item,
        scope::{Column, Scopes},
    },
    Counted, Mode, Size,
    merged::WITH,
    parts::{Parts, parts},
    reach::{RELATION, Reach},
    views::Views,
};

/// `FirstNormalObjectId`; and how often a function of the application's may use a parameter, if the planner puts its body in its place.
const FIRST_NORMAL: u32 = 16_384;
const USES: u64 = 4;
/// `EXISTS_SUBLINK` and `ANY_SUBLINK`.
const EXISTS: u32 = 0;
const ANY: u32 = 2;
/// `PARAM_EXTERN`: a parameter of the query.
const GIVEN: u32 = 0;
/// What each part of AND and OR weighs in a condition, which the planner keeps by itself.
const ARM_WEIGHT: u64 = 3;

/// The sizes of a tree's items.
pub(super) struct Sizes<'t, 'a, 'v, 'b> {
    pub(super) tree: &'t Tree<'a>,
    pub(super) scopes: Scopes,
    pub(super) parts: HashMap<usize, Parts>,
    pub(super) views: &'v mut Views<'b>,
    /// What each query reads.
    pub(super) reached: HashMap<usize, Reach>,
    /// All entries that are read.
    read: HashSet<usize>,
    /// By item; what is being measured counts nothing within itself, as a recursive query does not.
    known: HashMap<(usize, Mode), Size>,
    /// The query that is a view's body.
    view: Option<usize>,
    pub(super) counted: Counted,
}

impl<'t, 'a, 'v, 'b> Sizes<'t, 'a, 'v, 'b> {
    pub(super) fn over(
        tree: &'t Tree<'a>,
        views: &'v mut Views<'b>,
        view: Option<usize>,
    ) -> Result<Self, TreeError> {
        let scopes = Scopes::of(tree);
        let parts = parts(tree, &scopes, views.behind)?;
        let read = parts.values().flat_map(|parts| parts.read.iter().copied()).collect();
        let (reached, known) = (HashMap::new(), HashMap::new());
        let counted = Counted::Nodes;
        Ok(Self { tree, scopes, parts, views, reached, read, known, view, counted })
    }

    /// How often a parameter is copied: once for each place where it comes to stand, and in conditions for each relation that they are
    /// said of, which the size of a query reckons twice.
    pub(super) fn copies_of(&mut self, number: usize) -> Result<u64, TreeError> {
        self.counted = Counted::Parameter(number);
        self.known.clear();
        let size = self.of(0, Mode::Merged)?;
        Ok(size.nodes.max(size.planned.div_ceil(2)))
    }

    /// A node that is no parameter.
    pub(super) fn one(&self) -> Size {
        if self.counted == Counted::Nodes { Size::ONE } else { Size::default() }
    }

    /// Whether it is the query that is a view's body.
    pub(super) fn is_view(&self, query: usize) -> bool {
        self.view == Some(query)
    }

    /// The size of an item. This calls itself once for each level of queries.
    pub(super) fn of(&mut self, root: usize, mode: Mode) -> Result<Size, TreeError> {
        if let Some(known) = self.known.get(&(root, mode)) {
            return Ok(*known);
        }
        if matches!(self.tree.items[root], Item::Word(_) | Item::Bytes(_)) {
            return Ok(Size::default());
        }
        self.known.insert((root, mode), Size::default());
        self.views.deeper()?;
        let size = if self.tree.kind(root) == Some("QUERY") {
            self.query(root, mode)?
        } else {
            self.within(root, mode)?
        };
        self.views.higher();
        self.known.insert((root, mode), size);
        Ok(size)
    }

    fn within(&mut self, root: usize, mode: Mode) -> Result<Size, TreeError> {
        let (mut size, mut open) = (Size::default(), vec![root]);
        while let Some(number) = open.pop() {
            match &self.tree.items[number] {
                Item::Node("QUERY", _) => size = size.plus(self.of(number, mode)?),
                Item::Node(kind, fields) => {
                    size = size.plus(self.node(number, kind, mode)?);
                    let apart = self.apart(number, kind)?;
                    let inner = fields.iter().filter(|(name, _)| Some(*name) != apart);
                    open.extend(inner.map(|(_, item)| item));
                }
                Item::List(items) => open.extend(items),
                Item::Word(_) | Item::Bytes(_) => {}
            }
        }
        Ok(size)
    }

    /// A node, without what is in it but for what is copied by itself.
    fn node(&mut self, number: usize, kind: &str, mode: Mode) -> Result<Size, TreeError> {
        match kind {
            "VAR" => {
                let column = self.column(number, mode)?;
                let size = if self.counted == Counted::Nodes { column.some() } else { column };
                let outer = if self.tree.number(number, "varlevelsup")? > 0 { size.own } else { 0 };
                Ok(Size { columns: size.own, outer: size.outer.saturating_add(outer), ..size })
            }
            "RTE" | "RANGETBLENTRY" => self.entry(number, mode),
            "SUBLINK" => self.sublink(number, mode),
            "PARAM" if self.counted != Counted::Nodes => {
                let own = self.tree.number(number, "paramkind")? == GIVEN
                    && self.counted == Counted::Parameter(self.tree.number(number, "paramid")? as usize);
                Ok(if own { Size::ONE } else { Size::default() })
            }
            "BOOLEXPR" if mode == Mode::Pushed && self.counted == Counted::Nodes => {
                let arms = self.tree.list(number, "args")?.len() as u64;
                Ok(Size { own: 1 + arms * ARM_WEIGHT, ..Size::ONE })
            }
            _ => match self.apart(number, kind)?.and_then(|field| self.tree.field(number, field)) {
                Some(inner) => Ok(self.of(inner, mode)?.times(USES).plus(self.one())),
                None => Ok(self.one()),
            },
        }
    }

    /// An entry of a range table.
    fn entry(&mut self, number: usize, mode: Mode) -> Result<Size, TreeError> {
        match self.tree.number(number, "rtekind")? {
            RELATION if self.counted == Counted::Nodes && self.read.contains(&number) => {
                let (_, planned) = self.relation(number)?;
                Ok(Size { planned, ..Size::ONE })
            }
            WITH => match self.scopes.copied(self.tree, number)? {
                Some(query) => Ok(self.of(query, mode)?.plus(self.one())),
                None => Ok(self.one()),
            },
            _ => Ok(self.one()),
        }
    }

    /// A query in an expression, which is planned by itself, or becomes a join of the one around it.
    fn sublink(&mut self, number: usize, mode: Mode) -> Result<Size, TreeError> {
        let Some(query) = self.tree.field(number, "subselect") else { return Ok(self.one()) };
        let kind = self.tree.number(number, "subLinkType")?;
        let size = self.of(query, mode)?;
        let joined = mode == Mode::Pushed && [EXISTS, ANY].contains(&kind);
        let own = if joined { size.nodes } else { size.outer };
        let size = Size { own, columns: own, ..size };
        // EXISTS is planned in two ways.
        Ok(size.times(1 + u64::from(kind == EXISTS)).plus(self.one()))
    }

    fn column(&mut self, var: usize, mode: Mode) -> Result<Size, TreeError> {
        if !self.scopes.is_merged(self.tree, var, mode)? {
            return Ok(self.one());
        }
        let number: i32 = self.tree.word(var, "varattno")?.parse().unwrap_or_default();
        let within = match self.scopes.column(self.tree, var)? {
            Column::Computed(item) => return self.of(item, mode),
            Column::Within(item) => item,
            Column::Of(relation, _) => return self.column_of(relation, number, mode),
            Column::Row(_) | Column::Own(_) => return Ok(self.one()),
        };
        let place = match usize::try_from(number).ok().and_then(|place| place.checked_sub(1)) {
            Some(place) => place,
            // The whole row becomes one of all its columns.
            None => return self.of(within, mode),
        };
        let mut size = Size::default();
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
                    size = size.or(self.of(expression, mode)?);
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

    /// The column of a relation; 0 is its whole row.
    fn column_of(&mut self, relation: u32, number: i32, mode: Mode) -> Result<Size, TreeError> {
        if self.counted != Counted::Nodes {
            return Ok(Size::default());
        }
        if let Some(view) = self.views.view(relation)? {
            return Ok(view.column(number, mode));
        }
        let computed = self.views.behind.computed(relation).into_iter();
        let nodes = computed.filter(|(column, _)| number == 0 || number == *column).map(|(_, nodes)| nodes);
        Ok(nodes
            .fold(Size::default(), |size, nodes| size.plus(Size { nodes, own: nodes, ..Size::default() })))
    }

    /// What of a node is copied by itself.
    fn apart(&self, number: usize, kind: &str) -> Result<Option<&'static str>, TreeError> {
        Ok(match kind {
            "SUBLINK" => Some("subselect"),
            "FUNCEXPR" if self.tree.number(number, "funcid")? >= FIRST_NORMAL => Some("args"),
            "OPEXPR" if self.tree.number(number, "opno")? >= FIRST_NORMAL => Some("args"),
            _ => None,
        })
    }
}
