//! The columns of a query's result: their names, and the types of their expressions (the server's `exprType`).

use super::{Tree, TreeError, read::Item};

const BOOL: u32 = 16;
const INT4: u32 = 23;
const TEXT: u32 = 25;
const XML: u32 = 142;

/// A column of the result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) name: String,
    pub(crate) of: TypeOf,
}

/// A type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum TypeOf {
    /// This one.
    Oid(u32),
    /// The array type over this one.
    ArrayOf(u32),
}

impl TypeOf {
    /// The type, or that of the array's elements.
    pub(crate) fn oid(self) -> u32 {
        match self {
            Self::Oid(oid) | Self::ArrayOf(oid) => oid,
        }
    }
}

/// The result's columns.
pub(crate) fn targets(tree: &Tree<'_>, query: usize) -> Result<Vec<Target>, TreeError> {
    let mut targets = Vec::new();
    for &target in tree.list(query, "targetList")? {
        if tree.word(target, "resjunk")? == "true" {
            continue;
        }
        let name = tree.text(target, "resname")?.unwrap_or_else(|| "?column?".to_owned());
        let expression = tree.field(target, "expr").ok_or_else(|| TreeError::Shape("expr".to_owned()))?;
        targets.push(Target { name, of: type_of(tree, expression)? });
    }
    Ok(targets)
}

pub(super) fn type_of(tree: &Tree<'_>, mut expression: usize) -> Result<TypeOf, TreeError> {
    let mut array = false;
    // Wrappers lead to what they wrap; each step goes further down.
    for _ in 0..tree.items.len() {
        let kind = tree.kind(expression).ok_or_else(|| TreeError::Shape("expr".to_owned()))?;
        let inner = match kind {
            "SUBLINK" => match tree.number(expression, "subLinkType")? {
                4 | 6 => {
                    array |= tree.number(expression, "subLinkType")? == 6;
                    first(tree, expression)?
                }
                0..=3 => return Ok(TypeOf::Oid(BOOL)),
                _ => return Err(TreeError::Shape("subLinkType".to_owned())),
            },
            "COLLATE" | "COLLATEEXPR" | "NAMEDARGEXPR" => within(tree, expression, "arg")?,
            "JSONVALUEEXPR" => within(tree, expression, "formatted_expr")?,
            "JSONCONSTRUCTOREXPR" | "JSONEXPR" => within(tree, expression, "returning")?,
            _ => {
                let oid = plain(tree, expression, kind)?;
                return Ok(if array { TypeOf::ArrayOf(oid) } else { TypeOf::Oid(oid) });
            }
        };
        expression = inner;
    }
    Err(TreeError::TooLarge)
}

/// The first column of a sublink's query.
fn first(tree: &Tree<'_>, sublink: usize) -> Result<usize, TreeError> {
    let query = within(tree, sublink, "subselect")?;
    let target = tree.list(query, "targetList")?.first().copied();
    within(tree, target.ok_or_else(|| TreeError::Shape("targetList".to_owned()))?, "expr")
}

fn within(tree: &Tree<'_>, node: usize, name: &str) -> Result<usize, TreeError> {
    match tree.field(node, name) {
        Some(item) if matches!(tree.items[item], Item::Node(..)) => Ok(item),
        _ => Err(TreeError::Shape(name.to_owned())),
    }
}

fn plain(tree: &Tree<'_>, node: usize, kind: &str) -> Result<u32, TreeError> {
    let field = match kind {
        "BOOLEXPR" | "SCALARARRAYOPEXPR" | "NULLTEST" | "BOOLEANTEST" | "ROWCOMPARE" | "ROWCOMPAREEXPR"
        | "JSONISPREDICATE" => return Ok(BOOL),
        "GROUPINGFUNC" => return Ok(INT4),
        "XMLEXPR" => {
            // IS_XMLSERIALIZE and IS_DOCUMENT.
            return Ok(match tree.number(node, "op")? {
                6 => TEXT,
                7 => BOOL,
                _ => XML,
            });
        }
        "VAR" => "vartype",
        "CONST" => "consttype",
        "PARAM" => "paramtype",
        "AGGREF" => "aggtype",
        "WINDOWFUNC" => "wintype",
        "SUBSCRIPTINGREF" => "refrestype",
        "FUNCEXPR" => "funcresulttype",
        "OPEXPR" | "DISTINCTEXPR" | "NULLIFEXPR" => "opresulttype",
        "CASE" | "CASEEXPR" => "casetype",
        "CASETESTEXPR" | "COERCETODOMAINVALUE" => "typeId",
        "ARRAY" | "ARRAYEXPR" => "array_typeid",
        "ROW" | "ROWEXPR" => "row_typeid",
        "COALESCE" | "COALESCEEXPR" => "coalescetype",
        "MINMAX" | "MINMAXEXPR" => "minmaxtype",
        "SQLVALUEFUNCTION" => "type",
        "JSONRETURNING" => "typid",
        _ => "resulttype",
    };
    tree.number(node, field)
}
