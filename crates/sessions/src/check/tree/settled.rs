//! What a policy compares a column with that is made of settings and constants alone, such as `current_setting('app.tenant')::int`. It may fail,
//! and is asked where a row is found; asked once before a report begins, it fails for no row of that any more.

use std::collections::BTreeMap;

use postgres_protocol::escape::escape_literal;

use super::{
    Tree, TreeError,
    columns::{TypeOf, type_of},
    constant,
    read::Item,
};

/// `AND_EXPR`, as a tree has it; `EXPR_SUBLINK`.
const AND: &str = "and";
const EXPRESSION: u32 = 4;
/// `=` of whole numbers, `name`, texts, `bpchar`, `numeric`, `date` and `uuid`. The planner reckons with what stands beside the column, and
/// fails there (`estimate_expression_value`), so that a report would not have run anyhow.
const EQUALITIES: [u32; 11] = [15, 93, 94, 96, 98, 410, 416, 1054, 1093, 1752, 2972];
/// `=` of texts.
const TEXT_EQUALITY: u32 = 98;
/// `current_setting`, without and with whether it may be missing.
const SETTINGS: [u32; 2] = [2077, 3294];
const BOOL: u32 = 16;
const TEXT: u32 = 25;
/// The types that a setting is read as, with their input functions: a cast that somebody made from a text means something else.
const TYPES: [(u32, &str, &str); 11] = [
    (BOOL, "bool", "boolin({})"),
    (20, "int8", "int8in({})"),
    (21, "int2", "int2in({})"),
    (23, "int4", "int4in({})"),
    (TEXT, "text", "textin({})"),
    (1043, "varchar", "varcharin({}, 0, -1)"),
    (1082, "date", "date_in({})"),
    (1114, "timestamp", "timestamp_in({}, 0, -1)"),
    (1184, "timestamptz", "timestamptz_in({}, 0, -1)"),
    (1700, "numeric", "numeric_in({}, 0, -1)"),
    (2950, "uuid", "uuid_in({})"),
];

/// These parts of a policy, each as SQL. What stands in a query, `(SELECT current_setting(…))`, is no part of any plan's reckoning: that is one
/// of these only where it is the policy's only setting, none of which may spare it.
pub(super) fn settled(tree: &Tree<'_>) -> Result<BTreeMap<usize, String>, TreeError> {
    let (mut all, mut open) = (BTreeMap::new(), vec![0]);
    let calls = |item: &usize| tree.number(*item, "funcid").is_ok_and(|oid| SETTINGS.contains(&oid));
    let once = (0..tree.items.len()).filter(calls).count() == 1;
    while let Some(item) = open.pop() {
        match tree.kind(item) {
            Some("BOOLEXPR") if tree.word(item, "boolop")? == AND => open.extend(tree.list(item, "args")?),
            Some("OPEXPR") if EQUALITIES.contains(&tree.number(item, "opno")?) => {
                let [left, right] = *tree.list(item, "args")? else { continue };
                for (column, other) in [(left, right), (right, left)] {
                    let value = match tree.kind(other) {
                        Some("SUBLINK") => selected(tree, other)?.filter(|_| once),
                        _ => Some(other),
                    };
                    let sql = value.filter(|_| is_column(tree, column)).and_then(|value| sql(tree, value));
                    all.extend(sql.map(|sql| (other, sql)));
                }
            }
            _ => {}
        }
    }
    // A constant is asked for nothing.
    all.retain(|item, _| tree.kind(*item) != Some("CONST"));
    Ok(all)
}

fn is_column(tree: &Tree<'_>, item: usize) -> bool {
    match tree.kind(item) {
        Some("RELABELTYPE") => tree.field(item, "arg").is_some_and(|item| tree.kind(item) == Some("VAR")),
        kind => kind == Some("VAR"),
    }
}

/// What a query gives that is nothing but a list of one.
fn selected(tree: &Tree<'_>, link: usize) -> Result<Option<usize>, TreeError> {
    let query = tree.field(link, "subselect").filter(|query| tree.kind(*query) == Some("QUERY"));
    let Some(query) = query.filter(|_| tree.number(link, "subLinkType") == Ok(EXPRESSION)) else {
        return Ok(None);
    };
    let given = |node: usize, name: &str| {
        tree.field(node, name).is_some_and(|item| {
            !matches!(&tree.items[item], Item::Word("<>"))
                && !matches!(&tree.items[item], Item::List(items) if items.is_empty())
        })
    };
    let other = [
        "rtable",
        "cteList",
        "groupClause",
        "groupingSets",
        "havingQual",
        "limitCount",
        "limitOffset",
        "setOperations",
    ];
    let from = tree.field(query, "jointree");
    let plain = !other.into_iter().any(|name| given(query, name))
        && !from.is_some_and(|from| given(from, "fromlist") || given(from, "quals"));
    match *tree.list(query, "targetList")? {
        [target] if plain => Ok(tree.field(target, "expr")),
        _ => Ok(None),
    }
}

/// An expression of settings and constants as SQL; nothing where it is made of anything else.
fn sql(tree: &Tree<'_>, item: usize) -> Option<String> {
    let list =
        || tree.list(item, "args").ok()?.iter().map(|item| sql(tree, *item)).collect::<Option<Vec<_>>>();
    let argument = || sql(tree, tree.field(item, "arg")?);
    match tree.kind(item)? {
        "CONST" => literal(tree, item),
        "FUNCEXPR" => {
            let called = tree.number(item, "funcid").is_ok_and(|oid| SETTINGS.contains(&oid));
            Some(format!("pg_catalog.current_setting({})", list().filter(|_| called)?.join(", ")))
        }
        "COALESCE" | "COALESCEEXPR" => Some(format!("COALESCE({})", list()?.join(", "))),
        "NULLIFEXPR" => {
            let texts = tree.number(item, "opno") == Ok(TEXT_EQUALITY);
            Some(format!("NULLIF({})", list().filter(|_| texts)?.join(", ")))
        }
        "COERCEVIAIO" => {
            let oid = tree.number(item, "resulttype").ok()?;
            let (.., input) = TYPES.iter().find(|(of, ..)| *of == oid)?;
            let text = type_of(tree, tree.field(item, "arg")?).is_ok_and(|of| of == TypeOf::Oid(TEXT));
            let given = format!("pg_catalog.textout({})", argument().filter(|_| text)?);
            Some(format!("pg_catalog.{}", input.replace("{}", &given)))
        }
        "RELABELTYPE" => argument(),
        _ => None,
    }
}

/// A constant; of a text only what is the same in every encoding.
fn literal(tree: &Tree<'_>, item: usize) -> Option<String> {
    let oid: u32 = tree.number(item, "consttype").ok()?;
    if oid == BOOL {
        return constant::bytes(tree, item).map(|bytes| (bytes.first() == Some(&1)).to_string());
    }
    let (_, name, _) = TYPES.iter().find(|(of, ..)| *of == oid)?;
    if constant::is_null(tree, item) {
        return Some(format!("NULL::pg_catalog.{name}"));
    }
    let text = constant::text(tree, item).filter(|text| text.is_ascii());
    let text = text.map(|text| format!("{}::pg_catalog.text", escape_literal(text)));
    text.or_else(|| {
        Some(format!(
            "({})::pg_catalog.{name}",
            constant::whole(tree, item).filter(|_| [20, 21, 23].contains(&oid))?
        ))
    })
}
