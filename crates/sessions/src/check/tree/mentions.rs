//! Everything a tree mentions by its number: relations with their columns, functions, operators and types.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Tree, TreeError, TypeOf, casts,
    conditions::filters,
    known::{self, Names},
    named,
    read::Item,
    scope::Scopes,
};

/// PostgreSQL's `FirstLowInvalidHeapAttributeNumber`, the other way round: what a column's number is raised by in a set.
const COLUMN_OFFSET: i32 = 7;
/// `ACL_SELECT`.
const SELECT: u32 = 2;
/// `RTE_RELATION`, and the kinds that a report cannot have (`RTE_NAMEDTUPLESTORE`, and the planner's own).
const RELATION: u32 = 0;
const STRANGE: [u32; 2] = [7, 8];
/// `RTE_CTE`.
const WITH: u32 = 6;
/// `RTE_FUNCTION`, `RTE_TABLEFUNC` and `RTE_VALUES`.
const MAKERS: [u32; 3] = [3, 4, 5];

/// `FirstNormalObjectId`.
const FIRST_NORMAL: u32 = 16_384;
/// `record` and `record[]`.
const RECORDS: [u32; 2] = [2249, 2287];

/// What gives a value of a type that stands in none of its fields: `boolean`, `integer`, `xml`.
const UNSAID: [(&str, u32); 10] = [
    ("BOOLEANTEST", 16),
    ("BOOLEXPR", 16),
    ("JSONISPREDICATE", 16),
    ("NULLTEST", 16),
    ("ROWCOMPARE", 16),
    ("ROWCOMPAREEXPR", 16),
    ("SCALARARRAYOPEXPR", 16),
    ("SUBLINK", 16),
    ("GROUPINGFUNC", 23),
    ("XMLEXPR", 142),
];

/// What a tree mentions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Mentions {
    /// Relations that are read.
    pub(crate) relations: BTreeMap<u32, Used>,
    /// Functions, aggregates and sampling methods.
    pub(crate) functions: BTreeSet<u32>,
    /// Operators.
    pub(crate) operators: BTreeSet<u32>,
    /// Types that values are made of.
    pub(crate) types: BTreeSet<u32>,
    /// Types of values that are there already: of columns, and rows, whose attributes a star may have stood for when the text was parsed.
    pub(crate) rows: BTreeSet<u32>,
    /// What values are cast from and to without its being written, where somebody made either type.
    pub(crate) casts: BTreeSet<(TypeOf, TypeOf)>,
    /// Whether it has conditions, and so may leave rows out.
    pub(crate) filters: bool,
    /// Whether it keeps one row of several by DISTINCT ON.
    pub(crate) keeps: bool,
    /// Whether it tells of rows which relation they are from.
    pub(crate) origins: bool,
    /// Whether rows are made in it: by a function, VALUES or XMLTABLE, and not of columns of its own.
    pub(crate) makes: bool,
    /// Whether it makes JSON in SQL's own words.
    pub(crate) json: bool,
    /// Functions that stand in FROM alone, each time with a list that says what their columns are.
    pub(crate) described: BTreeSet<u32>,
    /// What such lists say the columns of functions that somebody made are of, by the function: the server casts to these what SQL gives.
    pub(crate) defined: BTreeMap<u32, BTreeSet<u32>>,
}

/// How a relation is read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Used {
    /// The columns, by number: 0 is the whole row, and what is below is a system column.
    pub(crate) columns: BTreeSet<i32>,
    /// With its partitions and children.
    pub(crate) children: bool,
    /// By a sample of its rows.
    pub(crate) sampled: bool,
    /// How often.
    pub(crate) times: u32,
    /// Nothing but its name: as the old and new row of a view's own rule.
    pub(crate) idle: bool,
}

/// What a tree mentions, wherever in it.
pub(crate) fn mentions(tree: &Tree<'_>) -> Result<Mentions, TreeError> {
    let told = named::told(tree)?;
    let mut all =
        Mentions { filters: filters(tree), keeps: keeps(tree), origins: told.origins, ..Mentions::default() };
    let again = named_again(tree)?;
    for (number, item) in tree.items.iter().enumerate() {
        let Item::Node(kind, values) = item else { continue };
        match *kind {
            "RTE" | "RANGETBLENTRY" => {
                entry(tree, number, &mut all)?;
                if again[number] && tree.number(number, "rtekind")? == RELATION {
                    used(&mut all, tree.number(number, "relid")?).times += 1;
                }
            }
            "RTEPERMISSIONINFO" => relation(tree, number, &mut all)?,
            "JSONCONSTRUCTOREXPR" => all.json = true,
            _ => {}
        }
        all.rows.extend(UNSAID.iter().filter(|(unsaid, _)| unsaid == kind).map(|(_, oid)| oid));
        let fields = known::fields(kind).ok_or_else(|| TreeError::Node((*kind).to_owned()))?;
        for (name, value) in values {
            let into = match fields.get(name) {
                Some(Names::Function) => &mut all.functions,
                Some(Names::Operator) => &mut all.operators,
                Some(Names::Type) if !told.nodes.contains(&number) => &mut all.types,
                Some(Names::Row) => &mut all.rows,
                _ => continue,
            };
            match &tree.items[*value] {
                Item::Word("<>") => {}
                Item::Word(_) => drop(into.insert(tree.number(number, name)?)),
                _ => into.extend(tree.numbers::<u32>(*value, "o", name)?),
            }
        }
    }
    described(tree, &mut all)?;
    all.casts = casts::unwritten(tree)?;
    // What they are is among the facts.
    let ends = all.casts.iter().flat_map(|(from, to)| [from.oid(), to.oid()]);
    all.types.extend(ends.filter(|oid| *oid >= FIRST_NORMAL));
    for oids in [&mut all.functions, &mut all.operators, &mut all.types, &mut all.rows] {
        oids.remove(&0);
    }
    Ok(all)
}

/// The functions of which a column definition list says what they give, wherever they are called; and what these lists say of functions
/// that somebody made.
fn described(tree: &Tree<'_>, all: &mut Mentions) -> Result<(), TreeError> {
    let called = |node: usize| Ok::<_, TreeError>((tree.number(node, "funcid")?, node));
    let of_kind = |kind| (0..tree.items.len()).filter(move |node| tree.kind(*node) == Some(kind));
    let mut said = BTreeSet::new();
    for node in of_kind("RANGETBLFUNCTION") {
        let types = tree.field(node, "funccoltypes").filter(|types| tree.items[*types] != Item::Word("<>"));
        let Some(types) = types else { continue };
        let types = tree.numbers::<u32>(types, "o", "funccoltypes")?;
        let call = tree.field(node, "funcexpr").filter(|call| tree.kind(*call) == Some("FUNCEXPR"));
        // A column may be a record itself.
        if !types.iter().any(|oid| RECORDS.contains(oid)) {
            said.extend(call);
        }
        let called = call.map(|call| tree.number(call, "funcid")).transpose()?.unwrap_or(0);
        if called == 0 || called >= FIRST_NORMAL {
            all.defined.entry(called).or_default().extend(types);
        }
    }
    let calls = of_kind("FUNCEXPR").map(called).collect::<Result<Vec<_>, _>>()?;
    let (with, without): (Vec<_>, Vec<_>) = calls.into_iter().partition(|(_, node)| said.contains(node));
    let without: BTreeSet<u32> = without.into_iter().map(|(oid, _)| oid).collect();
    all.described = with.into_iter().map(|(oid, _)| oid).filter(|oid| !without.contains(oid)).collect();
    Ok(())
}

fn keeps(tree: &Tree<'_>) -> bool {
    (0..tree.items.len()).any(|item| tree.word(item, "hasDistinctOn") == Ok("true"))
}

/// Which items are in a query of WITH that is named more than once, and so may be read as often.
fn named_again(tree: &Tree<'_>) -> Result<Vec<bool>, TreeError> {
    let (mut again, scopes) = (vec![false; tree.items.len()], Scopes::of(tree));
    let mut open = Vec::new();
    for number in (0..tree.items.len()).filter(|number| tree.kind(*number) == Some("COMMONTABLEEXPR")) {
        open.extend((tree.number(number, "cterefcount")? > 1).then_some(number));
    }
    while let Some(number) = open.pop() {
        if std::mem::replace(&mut again[number], true) {
            continue;
        }
        match &tree.items[number] {
            Item::Node(kind, fields) => {
                open.extend(fields.iter().map(|(_, item)| item));
                // Another that is named there, by whatever name, is read there.
                if ["RTE", "RANGETBLENTRY"].contains(kind) && tree.number(number, "rtekind")? == WITH {
                    open.extend(scopes.common(tree, number, scopes.around(number))?);
                }
            }
            Item::List(items) => open.extend(items),
            Item::Word(_) | Item::Bytes(_) => {}
        }
    }
    Ok(again)
}

/// An entry of a range table. From 16 on the columns are kept beside it, and it only refers to them.
fn entry(tree: &Tree<'_>, node: usize, all: &mut Mentions) -> Result<(), TreeError> {
    let kind = tree.number(node, "rtekind")?;
    if STRANGE.contains(&kind) {
        return Err(TreeError::Shape("rtekind".to_owned()));
    }
    all.makes |= MAKERS.contains(&kind) && !is_made_of_columns(tree, node)?;
    if kind != RELATION {
        return Ok(());
    }
    used(all, tree.number(node, "relid")?).times += 1;
    if tree.field(node, "tablesample").is_some_and(|sample| tree.kind(sample).is_some()) {
        used(all, tree.number(node, "relid")?).sampled = true;
    }
    if tree.field(node, "requiredPerms").is_some() {
        return relation(tree, node, all);
    }
    if tree.number(node, "perminfoindex")? == 0 {
        used(all, tree.number(node, "relid")?);
    }
    Ok(())
}

/// `unnest`, `jsonb_array_elements` and `jsonb_each`, and these as texts.
const APART: [u32; 5] = [2331, 3219, 3465, 3208, 3932];

/// Whether the rows of an entry are made of columns of what stands beside it: who reads these reads its rows. Each row of VALUES has one.
fn is_made_of_columns(tree: &Tree<'_>, entry: usize) -> Result<bool, TreeError> {
    let has_columns = |item: usize| super::shown::has(tree, item, "VAR");
    if let Some(rows) = tree.field(entry, "values_lists").filter(|rows| tree.items[*rows] != Item::Word("<>"))
    {
        return Ok(matches!(&tree.items[rows], Item::List(rows) if rows.iter().all(|row| has_columns(*row))));
    }
    let mut functions = tree.list(entry, "functions").unwrap_or_default().iter();
    let taken = functions.all(|function| {
        let call = tree.field(*function, "funcexpr").filter(|call| tree.kind(*call) == Some("FUNCEXPR"));
        call.is_some_and(|call| {
            tree.number(call, "funcid").is_ok_and(|oid| APART.contains(&oid)) && has_columns(call)
        })
    });
    Ok(taken && tree.number(entry, "rtekind")? == MAKERS[0])
}

/// What an entry takes apart into its rows.
pub(super) fn parts_of(tree: &Tree<'_>, entry: usize) -> Result<Option<usize>, TreeError> {
    let [one] = tree.list(entry, "functions")? else { return Ok(None) };
    let call = tree.field(*one, "funcexpr").filter(|call| tree.kind(*call) == Some("FUNCEXPR"));
    let call = call.filter(|call| tree.number(*call, "funcid").is_ok_and(|oid| APART.contains(&oid)));
    Ok(call.and_then(|call| tree.list(call, "args").ok()?.first().copied()))
}

fn used(all: &mut Mentions, relation: u32) -> &mut Used {
    all.relations.entry(relation).or_insert(Used { idle: true, ..Used::default() })
}

fn relation(tree: &Tree<'_>, node: usize, all: &mut Mentions) -> Result<(), TreeError> {
    let rights = tree.number(node, "requiredPerms")?;
    if rights & !SELECT != 0 {
        return Err(TreeError::Shape("requiredPerms".to_owned()));
    }
    let shape = || TreeError::Shape("selectedCols".to_owned());
    let columns = tree.field(node, "selectedCols").ok_or_else(shape)?;
    let columns = tree.numbers::<i32>(columns, "b", "selectedCols")?;
    let used = used(all, tree.number(node, "relid")?);
    used.columns.extend(columns.iter().map(|column| column - COLUMN_OFFSET));
    used.children |= tree.word(node, "inh")? == "true";
    used.idle &= rights == 0;
    Ok(())
}
