//! Dates and times that fail for nothing: those not far from now, and what units there are.

use super::{
    Tree, constant,
    harmless::called,
    zones::{is_date_trunc, zoned},
};

/// `date_trunc`, and `date_part` and `extract`, of times and dates.
const DATE_TRUNC: [u32; 2] = [1217, 2020];
const DATE_PART: [u32; 4] = [1171, 2021, 6202, 6203];
const PART_OF_DATE: u32 = 1384;
const EXTRACT_OF_DATE: u32 = 6199;
/// `now()` and its like.
const NOW: [u32; 3] = [1299, 2647, 2648];
/// A date or a time as another of these.
const CASTS: [u32; 6] = [1174, 1178, 2024, 2027, 2028, 2029];
/// A date or a time, and days, or an interval, after or before it.
const MOVES: [u32; 8] = [1141, 1142, 1189, 1190, 2032, 2033, 2071, 2072];
/// `->`, `->>`, `#>` and `#>>` of `jsonb`.
const PARTS_OF_JSONB: [u32; 6] = [3478, 3214, 3215, 3216, 3217, 3940];
/// `date`, `timestamp` and `timestamptz`.
const TIMES: [u32; 3] = [1082, 1114, 1184];

/// What all these may be cut to, and taken of any.
const UNITS: [&str; 8] = ["century", "day", "decade", "millennium", "month", "quarter", "week", "year"];
/// What times may be cut to besides.
const OF_TIMES: [&str; 5] = ["hour", "microseconds", "milliseconds", "minute", "second"];
/// What may be taken of any besides.
const PARTS: [&str; 5] = ["dow", "doy", "epoch", "isodow", "isoyear"];

/// How long ago is not long, all steps together. PostgreSQL's own times begin 6,700 years ago.
const YEARS: u64 = 1_000;
/// How far a time that is stored is moved at most: about 100,000 days.
const YEARS_OF_STORED: u64 = 275;
/// Days of a year, and microseconds of a day.
const DAYS: u64 = 365;
const MICROSECONDS: i64 = 86_400_000_000;
/// `float8(int4)`.
const FLOAT8: u32 = 316;
/// `int4mul`, `mul_d_interval` and `interval_mul`.
const DAYS_TIMES: u32 = 141;
const TIMES_INTERVAL: u32 = 1624;
const INTERVAL_TIMES: u32 = 1618;
/// `generate_series` of times.
const SERIES: [u32; 2] = [938, 939];
/// How often a time is moved at most.
const STEPS: usize = 8;

/// Whether a call takes a part of a date or a time that there is; nothing where it does something else.
pub(super) fn takes_a_part(tree: &Tree<'_>, function: u32, arguments: &[usize]) -> Option<bool> {
    let unit = *arguments.first()?;
    match function {
        EXTRACT_OF_DATE => Some(is_unit(tree, unit, &PARTS)),
        _ if DATE_PART.contains(&function) => {
            Some(is_unit(tree, unit, &OF_TIMES) || is_unit(tree, unit, &PARTS))
        }
        _ => None,
    }
}

/// What a call is given that fails for no date or time that is stored.
pub(super) fn given_if_stored(tree: &Tree<'_>, function: u32, arguments: &[usize]) -> Option<usize> {
    let zoned = zoned(tree, function, arguments).filter(|_| cuts_by_a_unit(tree, function, arguments));
    if zoned.is_some() {
        return zoned;
    }
    let [unit, of] = *arguments else { return None };
    if MOVES.contains(&function) {
        return years(tree, of).filter(|years| *years <= YEARS_OF_STORED).map(|_| unit);
    }
    let known = match function {
        _ if DATE_TRUNC.contains(&function) => is_unit(tree, unit, &OF_TIMES),
        PART_OF_DATE => is_unit(tree, unit, &OF_TIMES) || is_unit(tree, unit, &PARTS),
        _ => false,
    };
    known.then_some(of)
}

/// Whether an expression is a date or a time not far from now, by constants alone, so that nothing in it fails.
pub(super) fn is_time(tree: &Tree<'_>, mut expression: usize) -> bool {
    let mut left = YEARS;
    for _ in 0..STEPS {
        match tree.kind(expression) {
            Some("SQLVALUEFUNCTION") => {
                return tree.number(expression, "type").is_ok_and(|oid| TIMES.contains(&oid));
            }
            Some("CONST") => return is_near(tree, expression),
            Some("FUNCEXPR" | "OPEXPR") => {}
            _ => return false,
        }
        let Some(function) = called(tree, expression) else { return false };
        let Ok(arguments) = tree.list(expression, "args") else { return false };
        expression = match arguments {
            [] => return NOW.contains(&function),
            [of] if CASTS.contains(&function) => *of,
            [of, by] if MOVES.contains(&function) => {
                let Some(rest) = years(tree, *by).and_then(|years| left.checked_sub(years)) else {
                    return false;
                };
                left = rest;
                *of
            }
            [unit, of] if DATE_TRUNC.contains(&function) && is_unit(tree, *unit, &OF_TIMES) => *of,
            _ if cuts_by_a_unit(tree, function, arguments) => match zoned(tree, function, arguments) {
                Some(of) => of,
                None => return false,
            },
            _ => return false,
        };
    }
    false
}

/// Whether a call gives the days, or other steps, of a calendar: between two times, by a constant step that leads somewhere.
pub(super) fn is_calendar(tree: &Tree<'_>, function: u32, arguments: &[usize]) -> bool {
    let [from, to, step] = *arguments else { return false };
    let forward = |(time, days, months): (i64, i32, i32)| {
        time >= 0 && days >= 0 && months >= 0 && (time, days, months) != (0, 0, 0)
    };
    SERIES.contains(&function)
        && is_time(tree, from)
        && is_time(tree, to)
        && constant::interval(tree, step).is_some_and(forward)
        && years(tree, step).is_some_and(|years| years <= YEARS)
}

/// Whether a node is `now()`, or its like.
pub(super) fn is_now(tree: &Tree<'_>, node: usize) -> bool {
    tree.kind(node) == Some("FUNCEXPR") && called(tree, node).is_some_and(|oid| NOW.contains(&oid))
}

/// Whether a constant is a date or a time of this millennium, or of the one before or after.
fn is_near(tree: &Tree<'_>, constant: usize) -> bool {
    let Ok(oid) = tree.number(constant, "consttype") else { return false };
    let day = if oid == TIMES[0] { 1 } else { MICROSECONDS };
    let near = |value: i64| value.unsigned_abs() <= YEARS * DAYS * day.unsigned_abs();
    TIMES.contains(&oid) && constant::whole(tree, constant).is_some_and(near)
}

/// How many years a constant number of days, or an interval, is at most; a product of two such as well.
fn years(tree: &Tree<'_>, item: usize) -> Option<u64> {
    if tree.kind(item) == Some("OPEXPR") {
        let [left, right] = *tree.list(item, "args").ok()? else { return None };
        let (by, of) = match called(tree, item)? {
            DAYS_TIMES | TIMES_INTERVAL => (left, right),
            INTERVAL_TIMES => (right, left),
            _ => return None,
        };
        let cast = tree.kind(by) == Some("FUNCEXPR") && called(tree, by) == Some(FLOAT8);
        let given = tree.list(by, "args").ok().filter(|_| cast).and_then(|given| given.first());
        let by = given.copied().unwrap_or(by);
        return constant::whole(tree, by)?.unsigned_abs().checked_mul(years(tree, of)?);
    }
    if constant::is_null(tree, item) {
        return Some(0);
    }
    let in_days = |days: u64| days / DAYS + 1;
    let days = constant::whole(tree, item).map(|days| in_days(days.unsigned_abs()));
    let interval = || {
        let (time, days, months) = constant::interval(tree, item)?;
        let time = time.unsigned_abs() / MICROSECONDS.unsigned_abs();
        Some(in_days(time) + in_days(days.unsigned_abs().into()) + u64::from(months.unsigned_abs()) / 12 + 1)
    };
    days.or_else(interval)
}

/// Whether a node multiplies constant days, or an interval, by a constant, to what is not long.
pub(super) fn is_short_product(tree: &Tree<'_>, node: usize) -> bool {
    tree.kind(node) == Some("OPEXPR") && years(tree, node).is_some_and(|years| years <= YEARS)
}

/// Whether a call that cuts a time in a zone does so by a unit that there is; none else cuts by any.
fn cuts_by_a_unit(tree: &Tree<'_>, function: u32, arguments: &[usize]) -> bool {
    !is_date_trunc(function) || arguments.first().is_some_and(|unit| is_unit(tree, *unit, &OF_TIMES))
}

/// Whether a constant names a unit of dates, or one of these.
fn is_unit(tree: &Tree<'_>, unit: usize, besides: &[&str]) -> bool {
    constant::text(tree, unit).is_some_and(|unit| UNITS.contains(&unit) || besides.contains(&unit))
}

/// What a date or a time is made of, where it is one of another type or zone, or its beginning; what a part of a `jsonb` is taken of.
pub(super) fn cast_of(tree: &Tree<'_>, node: usize) -> Option<usize> {
    let calls = matches!(tree.kind(node), Some("FUNCEXPR" | "OPEXPR"));
    let (function, arguments) = (called(tree, node).filter(|_| calls)?, tree.list(node, "args").ok()?);
    match *arguments {
        [of, ..] if CASTS.contains(&function) || PARTS_OF_JSONB.contains(&function) => Some(of),
        [_, of] if DATE_TRUNC.contains(&function) => Some(of),
        _ => zoned(tree, function, arguments),
    }
}
