//! Calls of constants alone, which the planner computes before it reads any row (`eval_const_expressions`), in CASE as anywhere: what fails among
//! them fails for every text, whatever rows there are. Of a parameter, or of what is only STABLE, that is not so.

use super::Tree;

/// Casts of numbers to others, IMMUTABLE each: those that the parser writes, and those that are written.
const CASTS: [u32; 31] = [
    235, 236, 237, 238, 311, 312, 313, 314, 316, 317, 318, 319, 480, 481, 482, 483, 652, 653, 714, 754, 1703,
    1740, 1742, 1743, 1744, 1745, 1746, 1779, 1781, 1782, 1783,
];
/// `int4range`, `numrange`, `tsrange`, `tstzrange`, `daterange` and `int8range`, of two bounds, and of what these are.
const RANGES: [u32; 12] = [3840, 3841, 3844, 3845, 3933, 3934, 3937, 3938, 3941, 3942, 3945, 3946];
/// How many casts there are of one constant.
const MOST_CASTS: usize = 4;

/// Whether a call casts a constant, or makes a range of constants.
pub(super) fn is_folded(tree: &Tree<'_>, function: u32, arguments: &[usize]) -> bool {
    let known = CASTS.contains(&function) || RANGES.contains(&function);
    known && arguments.iter().all(|item| is_constant(tree, *item))
}

/// Whether an item is a constant, or casts one.
fn is_constant(tree: &Tree<'_>, mut item: usize) -> bool {
    for _ in 0..=MOST_CASTS {
        let casts = || tree.number(item, "funcid").is_ok_and(|oid| CASTS.contains(&oid));
        match tree.kind(item) {
            Some("CONST") => return true,
            Some("RELABELTYPE") => match tree.field(item, "arg") {
                Some(of) => item = of,
                None => return false,
            },
            Some("FUNCEXPR") if casts() => match tree.list(item, "args") {
                Ok([of, rest @ ..]) if rest.iter().all(|item| tree.kind(*item) == Some("CONST")) => {
                    item = *of
                }
                _ => return false,
            },
            _ => return false,
        }
    }
    false
}
