//! Sums, products and quotients of numbers (`numeric`) that have a place in any case: of what is stored, of whole numbers, of constants that
//! are not long. A number may have 131,072 digits before its point; whoever writes one of as many in CASE would see for which rows it is multiplied.

use super::{Tree, constant, harmless::called, whole::is_not_zero};

/// `numeric_add`, `numeric_sub` and `numeric_mul`.
const OPERATIONS: [u32; 3] = [1724, 1725, 1726];
/// `numeric_div`, `mod`, `numeric_mod`, `div` and `numeric_div_trunc`, by what is not zero.
const DIVISIONS: [u32; 5] = [1727, 1728, 1729, 1973, 1980];
/// `round`, `trunc`, `ceil`, `ceiling` and `floor`.
const ROUNDS: [u32; 6] = [1707, 1708, 1709, 1711, 1712, 2167];
/// What has about as many digits as what it is given: `trunc`, the absolute value, `-` and `+` before a number, `numeric(numeric, integer)`.
const AS_LONG: [u32; 6] = [1703, 1704, 1705, 1710, 1771, 1915];
/// `numeric` of whole numbers and of `real` and `double precision`, which have 309 digits at most.
const CASTS: [u32; 5] = [1740, 1742, 1743, 1781, 1782];
/// `avg` and `sum` of whole numbers.
const OF_WHOLE: [u32; 4] = [2100, 2101, 2102, 2107];
/// `avg`, `sum`, `max` and `min` of `numeric`.
const OF_NUMBERS: [u32; 4] = [2103, 2114, 2130, 2146];
/// `variance`, `stddev` and their like of whole numbers, and of `numeric`.
const VARIANCES_OF_WHOLE: [u32; 18] = [
    2148, 2149, 2150, 2154, 2155, 2156, 2641, 2642, 2643, 2712, 2713, 2714, 2718, 2719, 2720, 2724, 2725,
    2726,
];
const VARIANCES: [u32; 6] = [2153, 2159, 2646, 2717, 2723, 2729];
/// `EXPR_SUBLINK`.
const ONE_VALUE: u32 = 4;

/// The most operations, one upon the other, and the most that is looked at for them.
const MOST_OPERATIONS: usize = 6;
const MOST_PARTS: usize = 64;

/// What of a sum, a product, or what rounds one has to be stored as it is, so that nothing in it is too long; nothing where it may be.
pub(super) fn given_if_stored(tree: &Tree<'_>, node: usize) -> Option<Vec<usize>> {
    let function = called(tree, node)?;
    let rounds = ROUNDS.contains(&function) && rounds_by_a_constant(tree, node);
    (rounds || operates(tree, node, function)).then(|| made_of(tree, node)).flatten()
}

/// The columns that a number is made of, where it is not long if these are not: by few operations, and constants.
pub(super) fn made_of(tree: &Tree<'_>, number: usize) -> Option<Vec<usize>> {
    let (mut columns, mut open, mut operations) = (Vec::new(), vec![number], 0);
    for _ in 0..MOST_PARTS {
        let Some(item) = open.pop() else { return Some(columns) };
        match tree.kind(item)? {
            "CONST" if constant::is_null(tree, item) || constant::is_short_number(tree, item) => {}
            "VAR" => columns.push(item),
            "RELABELTYPE" => open.push(tree.field(item, "arg")?),
            "COALESCE" | "COALESCEEXPR" | "MINMAX" | "MINMAXEXPR" => {
                open.extend(tree.list(item, "args").ok()?)
            }
            "NULLIFEXPR" => open.push(*tree.list(item, "args").ok()?.first()?),
            "CASE" | "CASEEXPR" => {
                open.push(tree.field(item, "defresult")?);
                for when in tree.list(item, "args").ok()? {
                    open.push(tree.field(*when, "result")?);
                }
            }
            "SUBLINK" if tree.number(item, "subLinkType") == Ok(ONE_VALUE) => {
                let query = tree.field(item, "subselect")?;
                // What several queries make together is said by the first alone.
                if tree.field(query, "setOperations").is_none_or(|set| tree.kind(set).is_some()) {
                    return None;
                }
                open.push(tree.field(*tree.list(query, "targetList").ok()?.first()?, "expr")?);
            }
            "AGGREF" => {
                let function = tree.number(item, "aggfnoid").ok()?;
                let squares = VARIANCES.contains(&function) && operations < MOST_OPERATIONS;
                if squares || OF_NUMBERS.contains(&function) {
                    operations += usize::from(squares);
                    open.push(tree.field(*tree.list(item, "args").ok()?.first()?, "expr")?);
                } else if ![&OF_WHOLE[..], &VARIANCES_OF_WHOLE].iter().any(|of| of.contains(&function)) {
                    return None;
                }
            }
            "FUNCEXPR" | "OPEXPR" => {
                let (function, given) = (called(tree, item)?, tree.list(item, "args").ok()?);
                match given {
                    [_] if CASTS.contains(&function) => {}
                    [of, ..] if AS_LONG.contains(&function) => open.push(*of),
                    [of, ..] if ROUNDS.contains(&function) && rounds_by_a_constant(tree, item) => {
                        open.push(*of);
                    }
                    [left, right] if operates(tree, item, function) && operations < MOST_OPERATIONS => {
                        operations += 1;
                        open.extend([left, right]);
                    }
                    _ => return None,
                }
            }
            _ => return None,
        }
    }
    None
}

/// Whether a call adds, subtracts or multiplies, or divides by what is not zero.
fn operates(tree: &Tree<'_>, call: usize, function: u32) -> bool {
    let by = || tree.list(call, "args").ok().and_then(|given| given.get(1));
    OPERATIONS.contains(&function)
        || DIVISIONS.contains(&function) && by().is_some_and(|by| is_not_zero(tree, *by))
}

fn rounds_by_a_constant(tree: &Tree<'_>, call: usize) -> bool {
    let given = tree.list(call, "args").unwrap_or_default();
    given.iter().skip(1).all(|item| constant::whole(tree, *item).is_some())
}
