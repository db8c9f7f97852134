//! `@>`, `<@` and `&&` of arrays and ranges, which fail where a type knows no equality, or no order; those of the server's own that are named
//! here have both. What is made of two ranges, or of bounds that are no constants, fails for some values.

use super::{
    Tree,
    columns::{TypeOf, type_of},
    constant,
    folded::is_folded,
};

/// `arrayoverlap`, `arraycontains` and `arraycontained`.
const ARRAYS: [u32; 3] = [2747, 2748, 2749];
/// `range_eq`, `range_ne`, `range_overlaps`, `range_contains` and `range_contained_by`; of a range and an element, and the other way.
const TWO_RANGES: [u32; 5] = [3855, 3856, 3857, 3859, 3861];
const RANGE_AND_ELEMENT: u32 = 3858;
const ELEMENT_AND_RANGE: u32 = 3860;

/// `bool`, whole numbers, `date`, times, `numeric` and `uuid`, and their arrays; in texts a collation is asked besides.
const PLAIN: [(u32, u32); 9] = [
    (16, 1000),
    (20, 1016),
    (21, 1005),
    (23, 1007),
    (1082, 1182),
    (1114, 1115),
    (1184, 1185),
    (1700, 1231),
    (2950, 2951),
];
/// `text` and `varchar`, and their arrays.
const TEXTS: [(u32, u32); 2] = [(25, 1009), (1043, 1015)];
/// `int4range`, `tsrange`, `tstzrange`, `daterange` and `int8range`.
const RANGES: [u32; 5] = [3904, 3908, 3910, 3912, 3926];
/// `numrange`, what makes it, and `numeric` of whole numbers. To estimate how many rows it finds, the planner takes a constant range's bounds from
/// those that statistics have of hidden rows, as `double precision`: a bound of more than 308 digits fails, for some bounds there.
const NUMBERS: u32 = 3906;
const MADE_OF_NUMBERS: [u32; 2] = [3844, 3845];
const OF_WHOLE: [u32; 3] = [1740, 1781, 1782];

/// How long a constant array is at most where both may be an author's: each element is compared with each of the other.
const FEW_BYTES: usize = 1_000;
const FEW_ELEMENTS: usize = 100;

/// Whether a call searches in an array, or a range, of a type that cannot fail.
pub(super) fn is_search(tree: &Tree<'_>, function: u32, arguments: &[usize], deterministic: bool) -> bool {
    let [left, right] = *arguments else { return false };
    match function {
        RANGE_AND_ELEMENT => is_range(tree, left),
        ELEMENT_AND_RANGE => is_range(tree, right),
        _ if TWO_RANGES.contains(&function) => is_range(tree, left) && is_range(tree, right),
        _ => {
            is_of_arrays(tree, function, [left, right], deterministic)
                && (is_short(tree, left) || is_short(tree, right))
        }
    }
}

/// What of a search in ranges of numbers has to be stored as it is, where nothing else in it is long.
pub(super) fn of_numbers(tree: &Tree<'_>, function: u32, arguments: &[usize]) -> Option<Vec<usize>> {
    let [left, right] = *arguments else { return None };
    let is_of_numbers = |side: usize| type_of(tree, side) == Ok(TypeOf::Oid(NUMBERS));
    let known = match function {
        RANGE_AND_ELEMENT => is_of_numbers(left),
        ELEMENT_AND_RANGE => is_of_numbers(right),
        _ => TWO_RANGES.contains(&function) && is_of_numbers(left) && is_of_numbers(right),
    };
    let sides = || [left, right].into_iter().filter(|side| !is_few(tree, *side));
    (known && sides().all(|side| tree.kind(side) == Some("VAR"))).then(|| sides().collect())
}

/// Whether an item is a number, or a range of such, that is not long: by constants, or since it is a whole one.
fn is_few(tree: &Tree<'_>, item: usize) -> bool {
    let is_number = |item: usize| {
        constant::is_short_number(tree, item)
            || constant::is_null(tree, item)
            || tree.number(item, "funcid").is_ok_and(|oid| OF_WHOLE.contains(&oid))
    };
    let Ok(function) = tree.number(item, "funcid") else { return is_number(item) };
    let bounds = tree.list(item, "args").unwrap_or_default();
    is_number(item)
        || MADE_OF_NUMBERS.contains(&function)
            && is_folded(tree, function, bounds)
            && bounds.iter().take(2).all(|bound| is_number(*bound))
}

/// What of a search in arrays has to be stored as it is, where neither of both is short: a text's author would say how long it takes.
pub(super) fn given_if_stored(
    tree: &Tree<'_>,
    function: u32,
    arguments: &[usize],
    deterministic: bool,
) -> Option<usize> {
    let [left, right] = *arguments else { return None };
    let stored = if tree.kind(left) == Some("VAR") { left } else { right };
    is_of_arrays(tree, function, [left, right], deterministic).then_some(stored)
}

fn is_of_arrays(tree: &Tree<'_>, function: u32, sides: [usize; 2], deterministic: bool) -> bool {
    let is = |side: usize, types: &[(u32, u32)]| {
        types.iter().any(|(element, array)| {
            type_of(tree, side).is_ok_and(|of| [TypeOf::Oid(*array), TypeOf::ArrayOf(*element)].contains(&of))
        })
    };
    ARRAYS.contains(&function)
        && sides.iter().all(|side| is(*side, &PLAIN) || deterministic && is(*side, &TEXTS))
}

fn is_range(tree: &Tree<'_>, item: usize) -> bool {
    type_of(tree, item).is_ok_and(|of| matches!(of, TypeOf::Oid(oid) if RANGES.contains(&oid)))
}

/// Whether an array has few elements, whatever they are.
fn is_short(tree: &Tree<'_>, mut array: usize) -> bool {
    while let Some("RELABELTYPE" | "ARRAYCOERCEEXPR") = tree.kind(array) {
        let Some(of) = tree.field(array, "arg") else { return false };
        array = of;
    }
    match tree.kind(array) {
        Some("ARRAY" | "ARRAYEXPR") => {
            tree.word(array, "multidims") == Ok("false")
                && tree.list(array, "elements").is_ok_and(|elements| elements.len() <= FEW_ELEMENTS)
        }
        _ => {
            constant::is_null(tree, array)
                || constant::bytes(tree, array).is_some_and(|bytes| bytes.len() <= FEW_BYTES)
        }
    }
}
