//! Whole numbers that are reckoned with: whether a result has a place in its type, whatever is stored. The lowest number of a type has no
//! opposite there, so that `abs(id)` and `id / -1` fail for it; what is cast to a larger type before does not.

use super::{
    Tree,
    columns::{TypeOf, type_of},
    constant,
    harmless::called,
};

/// `smallint`, `integer` and `bigint`, and how many numbers above zero each has.
const TYPES: [(u32, u128); 3] = [(21, (1 << 15) - 1), (23, (1 << 31) - 1), (20, (1 << 63) - 1)];
/// From these to larger ones; to smaller ones, and to `numeric`, which give the same number or fail themselves.
const CASTS: [u32; 3] = [313, 481, 754];
const OTHER_CASTS: [u32; 6] = [314, 480, 714, 1740, 1781, 1782];
/// `+` and `-`, `*`, and `abs` and `-` before a number.
const SUMS: [u32; 18] =
    [176, 177, 178, 179, 180, 181, 182, 183, 463, 464, 837, 838, 841, 942, 1274, 1275, 1278, 1279];
const PRODUCTS: [u32; 9] = [141, 152, 170, 171, 465, 839, 943, 1276, 1280];
const OPPOSITES: [u32; 9] = [212, 213, 462, 1230, 1251, 1253, 1396, 1397, 1398];
/// `/`, and `%` and `mod`.
const DIVISIONS: [u32; 9] = [153, 154, 172, 173, 466, 840, 948, 1277, 1281];
const REMAINDERS: [u32; 6] = [155, 156, 940, 941, 945, 947];
/// How long a text is, and where something begins in it: none has a gigabyte.
const LENGTHS: [u32; 9] = [849, 868, 1317, 1318, 1367, 1369, 1372, 1374, 1381];
const MOST_BYTES: u128 = 1 << 30;
/// `=` of whole numbers, and of `numeric`.
const EQUALITIES: [u32; 10] = [63, 65, 158, 159, 467, 474, 852, 1718, 1850, 1856];
const NUMERIC: u32 = 1700;
/// `IS_GREATEST`.
const GREATEST: u32 = 0;
/// How deep it is looked into an expression.
const STEPS: usize = 6;

/// Whether a call reckons with whole numbers, and its result has a place in any case.
pub(super) fn has_a_place(tree: &Tree<'_>, node: usize, function: u32, arguments: &[usize]) -> bool {
    let fits = |most: Option<u128>| most.zip(most_of_type(tree, node)).is_some_and(|(one, all)| one <= all);
    match *arguments {
        [_, by] if REMAINDERS.contains(&function) => is_not_zero(tree, by),
        [of, by] if DIVISIONS.contains(&function) => {
            is_not_zero(tree, by) && (is_not_minus_one(tree, by) || fits(most(tree, of, STEPS)))
        }
        _ => {
            let known = [&SUMS[..], &PRODUCTS, &OPPOSITES].iter().any(|of| of.contains(&function));
            known && fits(reckoned(tree, function, arguments, STEPS))
        }
    }
}

/// Whether a number, whole or not, that something is divided by is zero for no value: it is a constant, `nullif(…, 0)`, or `greatest(…, 1)`.
pub(super) fn is_not_zero(tree: &Tree<'_>, number: usize) -> bool {
    let number = uncast(tree, number);
    match tree.kind(number) {
        Some("CONST") => constant::sign(tree, number).is_some_and(std::cmp::Ordering::is_ne),
        Some("NULLIFEXPR") => {
            let known = tree.number(number, "opfuncid").is_ok_and(|oid| EQUALITIES.contains(&oid));
            let zero = |item| constant::sign(tree, uncast(tree, item)).is_some_and(std::cmp::Ordering::is_eq);
            known && matches!(tree.list(number, "args"), Ok([_, but]) if zero(*but))
        }
        _ => is_above_zero(tree, number),
    }
}

/// Whether a number is the greatest of some, of which one is a constant above zero.
fn is_above_zero(tree: &Tree<'_>, number: usize) -> bool {
    let of = tree.number(number, "minmaxtype").unwrap_or_default();
    let known = of == NUMERIC || TYPES.iter().any(|(oid, _)| *oid == of);
    let above =
        |item: &usize| constant::sign(tree, uncast(tree, *item)).is_some_and(std::cmp::Ordering::is_gt);
    matches!(tree.kind(number), Some("MINMAX" | "MINMAXEXPR"))
        && known
        && tree.number(number, "op") == Ok(GREATEST)
        && tree.list(number, "args").is_ok_and(|items| items.iter().any(above))
}

fn is_not_minus_one(tree: &Tree<'_>, number: usize) -> bool {
    let number = uncast(tree, number);
    constant::whole(tree, number).is_some_and(|value| value != -1) || is_above_zero(tree, number)
}

/// A whole number, or a `numeric`, without the casts of whole numbers around it.
fn uncast(tree: &Tree<'_>, mut number: usize) -> usize {
    for _ in 0..STEPS {
        let casts =
            || called(tree, number).is_some_and(|oid| CASTS.contains(&oid) || OTHER_CASTS.contains(&oid));
        let of = match tree.kind(number) {
            Some("RELABELTYPE") => tree.field(number, "arg"),
            Some("FUNCEXPR") if casts() => {
                tree.list(number, "args").ok().and_then(|items| items.first()).copied()
            }
            _ => None,
        };
        let Some(of) = of else { break };
        number = of;
    }
    number
}

/// The most above zero that the type of an expression has.
fn most_of_type(tree: &Tree<'_>, expression: usize) -> Option<u128> {
    let of = type_of(tree, expression).ok()?;
    TYPES.iter().find(|(oid, _)| of == TypeOf::Oid(*oid)).map(|(_, most)| *most)
}

/// How far from zero a whole number is at most.
fn most(tree: &Tree<'_>, number: usize, steps: usize) -> Option<u128> {
    let of_type = most_of_type(tree, number)? + 1;
    if let Some(value) = constant::whole(tree, number) {
        return Some(value.unsigned_abs().into());
    }
    let calls = matches!(tree.kind(number), Some("FUNCEXPR" | "OPEXPR"));
    let function = called(tree, number).filter(|_| calls);
    let reckoned = function.zip(steps.checked_sub(1)).and_then(|(function, steps)| {
        reckoned(tree, function, tree.list(number, "args").unwrap_or_default(), steps)
    });
    Some(reckoned.map_or(of_type, |most| most.min(of_type)))
}

/// The same of what a call gives, were its type as large as one likes.
fn reckoned(tree: &Tree<'_>, function: u32, arguments: &[usize], steps: usize) -> Option<u128> {
    let most = |item| most(tree, item, steps);
    match *arguments {
        [of] if CASTS.contains(&function) || OPPOSITES.contains(&function) => most(of),
        [left, right] if SUMS.contains(&function) => Some(most(left)? + most(right)?),
        [left, right] if PRODUCTS.contains(&function) => Some(most(left)? * most(right)?),
        _ => LENGTHS.contains(&function).then_some(MOST_BYTES),
    }
}
