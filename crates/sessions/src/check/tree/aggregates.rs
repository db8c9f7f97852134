//! Aggregates that fail for nothing, by what they are given: percentiles of a constant share, averages of numbers whose squares are not too large.

use super::{
    Tree,
    columns::{TypeOf, type_of},
    constant,
    harmless::{ORDERED, SHORT},
};

/// `percentile_cont` of `double precision`, `percentile_disc` and `mode`.
const PERCENTILE_CONT: u32 = 3974;
const PERCENTILE_DISC: u32 = 3972;
const MODE: u32 = 3984;
/// `avg`, `variance`, `stddev` and their like of `double precision`: squares of more than 308 digits fail.
const OF_DOUBLES: [u32; 7] = [2105, 2152, 2158, 2645, 2716, 2722, 2728];
/// `double precision` of whole numbers and of `real`.
const CASTS: [u32; 4] = [235, 311, 316, 482];
/// `double precision` of `integer` and of `numeric`, as a share is written.
const SHARES: [u32; 2] = [316, 1746];
/// `json_agg` and `jsonb_agg`.
const JSON_AGG: u32 = 3175;
const JSONB_AGG: u32 = 3267;
/// `json`, of which not all is `jsonb` (`\u0000`), and that.
const JSON: u32 = 114;
const JSONB: u32 = 3802;

/// Whether an aggregate fails for no value of what it is given.
pub(super) fn is_harmless(tree: &Tree<'_>, aggregate: usize) -> bool {
    let is_ordered =
        || of_what(tree, aggregate).is_some_and(|of| ORDERED.iter().any(|oid| of == TypeOf::Oid(*oid)));
    match tree.number(aggregate, "aggfnoid") {
        Ok(PERCENTILE_CONT) => is_of_a_share(tree, aggregate),
        Ok(PERCENTILE_DISC) => is_of_a_share(tree, aggregate) && is_ordered(),
        Ok(MODE) => is_ordered(),
        Ok(function) if OF_DOUBLES.contains(&function) => given(tree, aggregate)
            .is_some_and(|of| tree.number(of, "funcid").is_ok_and(|oid| CASTS.contains(&oid))),
        _ => false,
    }
}

/// Whether an aggregate makes JSON of what is not known to be written without fail.
pub(super) fn may_not_be_written(tree: &Tree<'_>, aggregate: usize) -> bool {
    let function = tree.number(aggregate, "aggfnoid").unwrap_or_default();
    let json = (function == JSON_AGG).then_some(&JSON);
    let written = |of: TypeOf| SHORT.iter().chain([&JSONB]).chain(json).any(|oid| of == TypeOf::Oid(*oid));
    tree.kind(aggregate) == Some("AGGREF")
        && [JSON_AGG, JSONB_AGG].contains(&function)
        && !of_what(tree, aggregate).is_some_and(written)
}

fn of_what(tree: &Tree<'_>, aggregate: usize) -> Option<TypeOf> {
    type_of(tree, given(tree, aggregate)?).ok()
}

/// What an aggregate is given first.
fn given(tree: &Tree<'_>, aggregate: usize) -> Option<usize> {
    tree.field(*tree.list(aggregate, "args").ok()?.first()?, "expr")
}

/// Whether an aggregate is of a share that is a constant from 0 to 1.
fn is_of_a_share(tree: &Tree<'_>, aggregate: usize) -> bool {
    let Ok([share]) = tree.list(aggregate, "aggdirectargs") else { return false };
    let cast = tree.number(*share, "funcid").is_ok_and(|oid| SHARES.contains(&oid));
    let of = tree.list(*share, "args").ok().filter(|_| cast).and_then(|items| items.first());
    constant::is_share(tree, of.copied().unwrap_or(*share))
}
