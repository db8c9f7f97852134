//! What PostgreSQL takes for what cannot fail (`contain_leaked_vars`), though it does for some values: it evaluates that before views that
//! are barriers, and before policies, hide any row.

use super::{
    Tree,
    carries::is_made,
    constant,
    known::{self, Names},
    read::Item,
    scope::is_set,
};

/// Types whose values have one length, and a short one: numbers, dates and times, `uuid`, booleans.
const SHORT: [u32; 14] = [16, 18, 20, 21, 23, 26, 700, 701, 1082, 1083, 1114, 1184, 1186, 2950];
/// `name`, which is of collation "C".
const NAME: u32 = 19;
/// `text`, `bpchar`, `varchar` and `name`.
const TEXTS: [u32; 4] = [25, 1042, 1043, NAME];
/// `name`, `int2vector`, `oidvector`, `point`, `lseg`, `box` and `line`.
const FEW: [u32; 7] = [NAME, 22, 30, 600, 601, 603, 628];

/// `COERCE_IMPLICIT_CAST`; `lower` and `upper`.
const IMPLICIT: u32 = 2;
const CASES: [u32; 2] = [870, 871];

/// What an expression has in it of that.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Unsound {
    /// An array, or a row, that is built of columns or queries: it may be too large, or its parts differ in their dimensions.
    Built,
    /// A comparison of texts of which nothing says in which collation.
    Collation,
    /// A function that is said to tell nothing (`proleakproof`), and yet fails: comparisons of circles and line segments, where their sizes
    /// overflow; `starts_with`, in a collation that is not deterministic.
    Leakproof,
    /// A value that is none of its type, of which whatever is given it fails: of `oidvector`, made by functions of any array, which even the
    /// comparisons do that are said to tell nothing; of `"char"`, a byte that as a text is none (PostgreSQL 14).
    Broken,
}

/// `circle_lt` and its like, `lseg_lt` and its like, `starts_with`.
const NOT_LEAKPROOF: [u32; 12] = [1462, 1463, 1464, 1465, 1466, 1467, 1482, 1483, 1484, 1485, 1486, 3696];

/// `oidvector` and its array; `"char"` and its array.
const OID_VECTORS: [u32; 2] = [30, 1013];
const BYTES: [u32; 2] = [18, 1002];

/// Whether a function tells what it saw, though the server says that it does not.
pub(crate) fn is_said_to_be_leakproof(function: u32) -> bool {
    NOT_LEAKPROOF.contains(&function)
}

/// What a node by itself is of that.
pub(super) fn unsound(tree: &Tree<'_>, node: usize) -> Option<Unsound> {
    let built = match tree.kind(node)? {
        "ARRAY" | "ARRAYEXPR" => {
            tree.word(node, "multidims") == Ok("true")
                || !tree.number(node, "element_typeid").is_ok_and(|oid| SHORT.contains(&oid))
        }
        "ROW" | "ROWEXPR" => true,
        _ => false,
    };
    if built && varies(tree, node) || is_slice_of_few(tree, node) {
        return Some(Unsound::Built);
    }
    if may_be_broken(tree, node) {
        return Some(Unsound::Broken);
    }
    if ["opfuncid", "funcid"].iter().any(|name| tree.number(node, name).is_ok_and(is_said_to_be_leakproof)) {
        return Some(Unsound::Leakproof);
    }
    (collates_by_nothing(tree, node) || puts_together_what_differs(tree, node)).then_some(Unsound::Collation)
}

/// Whether a node gives a value that may be none of its type. What is stored of `"char"`, and a constant in ASCII, is one.
fn may_be_broken(tree: &Tree<'_>, node: usize) -> bool {
    let Some(kind) = tree.kind(node) else { return false };
    let plain = || match kind {
        "VAR" => true,
        "CONST" => constant::bytes(tree, node).is_none_or(|bytes| bytes.first().is_some_and(u8::is_ascii)),
        _ => false,
    };
    let fields = known::fields(kind).into_iter().flatten();
    let mut types = fields.filter(|(_, names)| matches!(names, Names::Type | Names::Row));
    types.any(|(name, _)| {
        let of: u32 = tree.number(node, name).unwrap_or_default();
        OID_VECTORS.contains(&of) || BYTES.contains(&of) && !plain()
    })
}

/// Whether an array is built of arrays, which fails where their dimensions differ.
pub(super) fn may_differ_in_dimensions(tree: &Tree<'_>, node: usize) -> bool {
    matches!(tree.kind(node), Some("ARRAY" | "ARRAYEXPR"))
        && tree.word(node, "multidims") == Ok("true")
        && varies(tree, node)
}

/// Whether an expression has anything in it but constants, parameters and what the parser casts these to, or `lower` and `upper` of them, so
/// that its size is not known before rows are read. Of arrays within an array these are not known either: the server may compute them late.
fn varies(tree: &Tree<'_>, expression: usize) -> bool {
    const KNOWN: [&str; 8] =
        ["CONST", "PARAM", "ARRAY", "ARRAYEXPR", "ROW", "ROWEXPR", "RELABELTYPE", "COLLATEEXPR"];
    let nested = tree.word(expression, "multidims") == Ok("true");
    let is_known = |item: usize, kind: &str| {
        let cast = || {
            tree.number(item, "funcformat") == Ok(IMPLICIT) && !is_made(tree, item)
                || tree.number(item, "funcid").is_ok_and(|oid| CASES.contains(&oid))
        };
        KNOWN.contains(&kind) || kind == "FUNCEXPR" && !nested && cast()
    };
    let mut open = vec![expression];
    while let Some(item) = open.pop() {
        match &tree.items[item] {
            Item::Node(kind, _) if !is_known(item, kind) => return true,
            Item::Node(_, fields) => open.extend(fields.iter().map(|(_, item)| item)),
            Item::List(items) => open.extend(items),
            Item::Word(_) | Item::Bytes(_) => {}
        }
    }
    false
}

/// Whether a node takes a slice of what has subscripts and is no array, which the server refuses when it is asked to.
pub(super) fn is_slice_of_few(tree: &Tree<'_>, node: usize) -> bool {
    tree.kind(node) == Some("SUBSCRIPTINGREF")
        && tree.number(node, "refcontainertype").is_ok_and(|oid| FEW.contains(&oid))
        && tree.field(node, "reflowerindexpr").is_some_and(|item| tree.items[item] != Item::Word("<>"))
}

/// Whether a node is given texts, and no collation for them: those of two columns differ, and nobody said which it is to be.
fn collates_by_nothing(tree: &Tree<'_>, node: usize) -> bool {
    if let Some(collations) = tree.field(node, "inputcollids") {
        let collations = tree.numbers::<u32>(collations, "o", "inputcollids").unwrap_or_default();
        let sides = ["largs", "rargs"].map(|side| tree.list(node, side).unwrap_or_default());
        return collations.iter().enumerate().any(|(place, collation)| {
            *collation == 0
                && sides.iter().any(|side| side.get(place).is_some_and(|item| is_collated(tree, *item)))
        });
    }
    let any = |items: &[usize]| items.iter().any(|item| is_collated(tree, *item));
    // What is one of several texts, and of the collation of none.
    let chosen = |name: &str| tree.word(node, name) == Ok("0");
    match tree.kind(node) {
        // The column of a set of queries, or of VALUES.
        Some("VAR") if chosen("varcollid") => {
            return tree.number(node, "vartype").is_ok_and(|oid| TEXTS.contains(&oid));
        }
        Some("CASE" | "CASEEXPR") if chosen("casecollid") => {
            let whens = tree.list(node, "args").unwrap_or_default().iter();
            let mut results =
                whens.filter_map(|when| tree.field(*when, "result")).chain(tree.field(node, "defresult"));
            return results.any(|result| is_collated(tree, result));
        }
        Some("COALESCE" | "COALESCEEXPR") if chosen("coalescecollid") => {
            return tree.list(node, "args").is_ok_and(any);
        }
        Some("ARRAY" | "ARRAYEXPR") if chosen("array_collid") => {
            return tree.list(node, "elements").is_ok_and(any);
        }
        _ => {}
    }
    let called =
        ["opfuncid", "funcid", "aggfnoid", "winfnoid"].iter().find_map(|name| tree.number(node, name).ok());
    chosen("inputcollid")
        && (called.is_some_and(|oid| COLLATING.binary_search(&oid).is_ok())
            || tree.list(node, "args").is_ok_and(any))
}

/// Whether what a set of queries, or VALUES, puts together is a text in each, and of one collation in none: it is told by these, since a
/// domain is a text as well.
fn puts_together_what_differs(tree: &Tree<'_>, node: usize) -> bool {
    let (collations, rows) = match tree.kind(node) {
        Some("QUERY") if is_set(tree, node) => {
            let entries = tree.list(node, "rtable").unwrap_or_default();
            let leaves = entries.iter().filter_map(|entry| tree.field(*entry, "subquery"));
            let rows = leaves.filter_map(|leaf| tree.list(leaf, "targetList").ok()).collect::<Vec<_>>();
            let set = tree.field(node, "setOperations");
            (set.and_then(|set| tree.field(set, "colCollations")), rows)
        }
        Some("RTE" | "RANGETBLENTRY") => {
            let rows = tree.list(node, "values_lists").unwrap_or_default().iter();
            let items = rows.filter_map(|row| match &tree.items[*row] {
                Item::List(items) => Some(items.as_slice()),
                _ => None,
            });
            (tree.field(node, "colcollations"), items.collect())
        }
        _ => return false,
    };
    let collations = collations.and_then(|item| tree.numbers::<u32>(item, "o", "collations").ok());
    let is_text =
        |place: usize| rows.iter().any(|row| row.get(place).is_some_and(|item| is_collated(tree, *item)));
    collations.into_iter().flatten().enumerate().any(|(place, collation)| collation == 0 && is_text(place))
}

/// Whether an expression is a text, by the collation that it is said to be in.
fn is_collated(tree: &Tree<'_>, expression: usize) -> bool {
    let mut open = vec![expression];
    while let Some(item) = open.pop() {
        let Item::Node(kind, fields) = &tree.items[item] else { continue };
        let within = match *kind {
            // These say nothing of it themselves.
            "SUBLINK" => {
                let query = tree.field(item, "subselect");
                query.and_then(|query| tree.list(query, "targetList").ok()?.first().copied())
            }
            "TARGETENTRY" => tree.field(item, "expr"),
            "NAMEDARGEXPR" => tree.field(item, "arg"),
            "JSONVALUEEXPR" => tree.field(item, "formatted_expr"),
            "XMLEXPR" => return true,
            "SQLVALUEFUNCTION" if tree.number(item, "type") == Ok(NAME) => return true,
            _ => None,
        };
        open.extend(within);
        let said = |name: &str| {
            name != "inputcollid" && (name.ends_with("collid") || matches!(name, "collOid" | "collation"))
        };
        // The column of a set of queries is a text, though it is of no collation.
        let types = ["vartype", "casetype", "coalescetype", "paramtype", "funcresulttype", "opresulttype"];
        if types.iter().any(|name| tree.number(item, name).is_ok_and(|oid| TEXTS.contains(&oid))) {
            return true;
        }
        let mut collations = fields.iter().filter(|(name, _)| said(name));
        if collations.any(|(_, value)| !matches!(tree.items[*value], Item::Word("0" | "<>"))) {
            return true;
        }
    }
    false
}

/// The server's own functions that compare texts by a collation, and fail where there is none.
const COLLATING: [u32; 73] = [
    62, 67, 157, 240, 241, 242, 243, 244, 245, 246, 247, 248, 249, 250, 251, 252, 253, 359, 360, 458, 459,
    655, 656, 657, 658, 659, 740, 741, 742, 743, 849, 850, 851, 858, 859, 868, 870, 871, 872, 1048, 1049,
    1050, 1051, 1052, 1053, 1063, 1064, 1569, 1570, 1571, 1572, 1631, 1632, 1633, 1634, 1635, 1636, 1660,
    1661, 2088, 2129, 2145, 2160, 2161, 2163, 2164, 2166, 2174, 2175, 2177, 2178, 2180, 3696,
];
