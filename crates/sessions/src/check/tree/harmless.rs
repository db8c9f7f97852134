//! Calls that fail for no value, by what they are given besides: LIKE with a pattern that is whole, the month of a time, a time a constant
//! while ago. The same functions fail with other constants, and whoever writes these would see for which rows they do.

use super::{Tree, constant, read::Item};

/// Types of text that any value is written as: `text`, `varchar` and `bpchar`.
const WRITTEN: [u32; 3] = [25, 1043, 1042];
/// What GREATEST and LEAST compare without fail: whole and other numbers, texts, dates and times, `uuid`.
const ORDERED: [u32; 13] = [20, 21, 23, 700, 701, 1700, 25, 1043, 1082, 1114, 1184, 1083, 2950];
/// `textlike` and its like, with NOT, and without regard to case.
const LIKE: [u32; 16] =
    [850, 851, 858, 859, 1569, 1570, 1571, 1572, 1631, 1632, 1633, 1634, 1635, 1636, 1660, 1661];
/// `int8(int4)`.
const INT8: u32 = 481;
/// `textcat`.
const CONCATENATION: u32 = 1258;
/// `strpos` and `position`, which fail in a nondeterministic collation.
const SEARCHES: [u32; 2] = [868, 849];
/// `split_part`.
const SPLIT_PART: u32 = 2088;
/// `substr` and `substring` with a length.
const SUBSTRING: [u32; 2] = [877, 936];
/// `/` and `%` of whole numbers.
const DIVISIONS: [u32; 6] = [154, 156, 173, 466, 945, 1277];
/// `date_trunc`, and `date_part` and `extract`, of times and dates.
const DATE_TRUNC: [u32; 2] = [1217, 2020];
const DATE_PART: [u32; 5] = [1171, 1384, 2021, 6202, 6203];
const EXTRACT_OF_DATE: u32 = 6199;
/// `to_char` of times.
const TO_CHAR: [u32; 2] = [1770, 2049];
/// `now()` and its like.
const NOW: [u32; 4] = [1299, 2647, 2648, 2649];
/// A date or a time as another of these.
const CASTS: [u32; 6] = [1174, 1178, 2024, 2027, 2028, 2029];
/// `timestamptz` and `timestamp` of a date, `float8` of a `numeric`, and what rounds that: they fail for values that nobody has.
const FOR_STORED: [u32; 5] = [1174, 2024, 1746, 1707, 1708];
/// A date or a time, and days, or an interval, after or before it.
const MOVES: [u32; 8] = [1141, 1142, 1189, 1190, 2032, 2033, 2071, 2072];
/// `date`, `timestamp` and `timestamptz`.
const TIMES: [u32; 3] = [1082, 1114, 1184];

/// What all these may be cut to, and taken of any.
const UNITS: [&str; 8] = ["century", "day", "decade", "millennium", "month", "quarter", "week", "year"];
/// What times may be cut to besides.
const OF_TIMES: [&str; 5] = ["hour", "microseconds", "milliseconds", "minute", "second"];
/// What may be taken of any besides.
const PARTS: [&str; 5] = ["dow", "doy", "epoch", "isodow", "isoyear"];

/// How long ago is not long: 3,000 years, in days, months and microseconds. PostgreSQL's own times go 294,000 years on.
const DAYS: i64 = 1_100_000;
const MONTHS: i64 = 36_000;
const MICROSECONDS: i64 = 95_000_000_000_000_000;
/// How often a time is moved at most.
const STEPS: usize = 8;
/// `EXISTS_SUBLINK`, `ALL_SUBLINK` and `ANY_SUBLINK`; `ROWCOMPARE_SUBLINK` and `EXPR_SUBLINK`.
const ANY_ROWS: [u32; 3] = [0, 1, 2];
const ONE_ROW: [u32; 2] = [3, 4];
/// `LIMIT_OPTION_COUNT`.
const NO_TIES: u32 = 0;
/// The first collation that somebody made; those before are deterministic.
const FIRST_NORMAL: u32 = 16_384;

/// Whether a node by itself, what it is given left out of account, fails for no value of that.
pub(super) fn is_harmless(tree: &Tree<'_>, node: usize) -> bool {
    let number = |name| tree.number(node, name).unwrap_or_default();
    match tree.kind(node) {
        Some("COERCEVIAIO") => WRITTEN.contains(&number("resulttype")),
        Some("MINMAX" | "MINMAXEXPR") => ORDERED.contains(&number("minmaxtype")),
        Some("SUBSCRIPTINGREF") => {
            tree.field(node, "refassgnexpr").is_some_and(|item| tree.items[item] == Item::Word("<>"))
        }
        Some("SUBLINK") => gives_what_is_asked_for(tree, node).unwrap_or_default(),
        Some("WINDOWCLAUSE") => is_framed_by_constants(tree, node),
        Some("FUNCEXPR" | "OPEXPR") => called(tree, node).is_some_and(|function| call(tree, node, function)),
        _ => false,
    }
}

/// The function that a node calls.
fn called(tree: &Tree<'_>, node: usize) -> Option<u32> {
    tree.number(node, if tree.kind(node) == Some("OPEXPR") { "opfuncid" } else { "funcid" }).ok()
}

fn call(tree: &Tree<'_>, node: usize, function: u32) -> bool {
    let Ok(arguments) = tree.list(node, "args") else { return false };
    let text = |place: usize| arguments.get(place).and_then(|item| constant::text(tree, *item));
    let whole = |place: usize| arguments.get(place).and_then(|item| constant::whole(tree, *item));
    let collation = tree.number(node, "inputcollid").unwrap_or_default();
    let deterministic = collation != 0 && collation < FIRST_NORMAL;
    if LIKE.contains(&function) {
        return deterministic && arguments.get(1).is_some_and(|pattern| is_whole(tree, *pattern));
    }
    match function {
        SPLIT_PART => deterministic && whole(2).is_some_and(|place| place > 0),
        EXTRACT_OF_DATE => text(0).is_some_and(|unit| UNITS.contains(&unit) || PARTS.contains(&unit)),
        _ if SEARCHES.contains(&function) => deterministic,
        _ if SUBSTRING.contains(&function) => whole(2).is_some_and(|length| length >= 0),
        _ if DIVISIONS.contains(&function) => whole(1).is_some_and(|divisor| divisor > 0),
        _ if DATE_TRUNC.contains(&function) => {
            text(0).is_some_and(|unit| UNITS.contains(&unit) || OF_TIMES.contains(&unit))
        }
        _ if DATE_PART.contains(&function) => text(0).is_some_and(|unit| {
            [&UNITS[..], &OF_TIMES[..], &PARTS[..]].iter().any(|units| units.contains(&unit))
        }),
        _ if TO_CHAR.contains(&function) => text(1).is_some_and(is_plain),
        _ => is_time(tree, node),
    }
}

/// Whether a pattern does not end within an escape, whatever is put into it: it ends in a constant whose last character is none.
fn is_whole(tree: &Tree<'_>, pattern: usize) -> bool {
    let mut pattern = pattern;
    loop {
        if let Some(text) = constant::text(tree, pattern) {
            return !text.ends_with('\\');
        }
        let joins = tree.kind(pattern) == Some("OPEXPR") && called(tree, pattern) == Some(CONCATENATION);
        let last = tree.list(pattern, "args").ok().filter(|_| joins).and_then(|items| items.last());
        let Some(last) = last else { return false };
        // Behind what is not known, an empty constant ends nothing.
        if constant::text(tree, *last).is_some_and(str::is_empty) {
            return false;
        }
        pattern = *last;
    }
}

/// Whether a format of a time is made of words and marks that each version takes.
fn is_plain(format: &str) -> bool {
    let taken = |character: char| character.is_ascii_alphanumeric() || " -:/.,_\"".contains(character);
    format.len() <= 40 && format.chars().all(taken) && !format.to_ascii_uppercase().contains("TM")
}

/// Whether an expression is a date or a time not far from now, by constants alone, so that nothing in it fails.
fn is_time(tree: &Tree<'_>, expression: usize) -> bool {
    let mut expression = expression;
    for _ in 0..STEPS {
        match tree.kind(expression) {
            Some("SQLVALUEFUNCTION") => {
                return tree.number(expression, "type").is_ok_and(|oid| TIMES.contains(&oid));
            }
            Some("CONST") => {
                let Ok(oid) = tree.number(expression, "consttype") else { return false };
                let most = if oid == TIMES[0] { DAYS } else { MICROSECONDS };
                let near = constant::whole(tree, expression).is_some_and(|value| value.abs() <= most);
                return TIMES.contains(&oid) && near;
            }
            Some("FUNCEXPR" | "OPEXPR") => {}
            _ => return false,
        }
        let Some(function) = called(tree, expression) else { return false };
        let Ok(arguments) = tree.list(expression, "args") else { return false };
        let next = match arguments {
            [] => return NOW.contains(&function),
            [of] if CASTS.contains(&function) => of,
            [of, by] if MOVES.contains(&function) && is_short(tree, *by) => of,
            [unit, of] if DATE_TRUNC.contains(&function) => {
                let known = constant::text(tree, *unit)
                    .is_some_and(|unit| UNITS.contains(&unit) || OF_TIMES.contains(&unit));
                if !known {
                    return false;
                }
                of
            }
            _ => return false,
        };
        expression = *next;
    }
    false
}

/// Whether a constant is a number of days, or an interval, that is not long.
fn is_short(tree: &Tree<'_>, item: usize) -> bool {
    if constant::is_null(tree, item) {
        return true;
    }
    let days = constant::whole(tree, item).map(|days| days.abs() <= DAYS);
    let interval = constant::interval(tree, item).map(|(time, days, months)| {
        time.unsigned_abs() <= MICROSECONDS.unsigned_abs()
            && i64::from(days).abs() <= DAYS
            && i64::from(months).abs() <= MONTHS
    });
    days.or(interval).unwrap_or_default()
}

/// Whether a query in an expression cannot give more rows than one where one is asked for, nor more than an array can have: EXISTS, ANY and
/// ALL, an aggregate over all rows, LIMIT 1.
fn gives_what_is_asked_for(tree: &Tree<'_>, link: usize) -> Option<bool> {
    let kind = tree.number(link, "subLinkType").ok()?;
    let query = tree.field(link, "subselect").filter(|query| tree.kind(*query) == Some("QUERY"))?;
    let none = |name: &str| tree.list(query, name).is_ok_and(<[usize]>::is_empty);
    let one = || {
        let aggregates = tree.word(query, "hasAggs") == Ok("true")
            && none("groupClause")
            && none("groupingSets")
            && tree.word(query, "hasTargetSRFs") == Ok("false");
        let limit = tree.field(query, "limitCount").and_then(|limit| limited_to(tree, limit));
        aggregates || limit == Some(1) && tree.number(query, "limitOption") == Ok(NO_TIES)
    };
    Some(ANY_ROWS.contains(&kind) || ONE_ROW.contains(&kind) && one())
}

/// The constant of LIMIT, or of a frame, which is cast to `bigint`.
fn limited_to(tree: &Tree<'_>, limit: usize) -> Option<i64> {
    let cast = tree.kind(limit) == Some("FUNCEXPR") && called(tree, limit) == Some(INT8);
    let of = tree.list(limit, "args").ok().filter(|_| cast).and_then(|items| items.first());
    constant::whole(tree, of.copied().unwrap_or(limit))
}

/// Whether texts are put together so seldom in a tree that none of it is too large for that: a few times, however often a query around them
/// doubles them, and no parameter among them.
pub(super) fn puts_little_together(tree: &Tree<'_>) -> bool {
    let mut joined = 0;
    tree.items.iter().enumerate().all(|(item, found)| {
        let joins = matches!(found, Item::Node("OPEXPR" | "FUNCEXPR", _)) && is_concatenation(tree, item);
        joined += usize::from(joins);
        joined <= 6 && (joined <= 3 || !matches!(found, Item::Node("PARAM", _)))
    })
}

/// What a node is given, where it fails for no value of that which is stored: a date of which no calendar is in use, a number of hundreds of
/// digits.
pub(super) fn given_if_stored(tree: &Tree<'_>, node: usize) -> Option<usize> {
    let calls = tree.kind(node) == Some("FUNCEXPR")
        && called(tree, node).is_some_and(|oid| FOR_STORED.contains(&oid));
    let [of, rest @ ..] = tree.list(node, "args").ok().filter(|_| calls)? else { return None };
    rest.iter().all(|item| constant::whole(tree, *item).is_some()).then_some(*of)
}

/// Whether a node puts two texts together.
pub(super) fn is_concatenation(tree: &Tree<'_>, node: usize) -> bool {
    called(tree, node) == Some(CONCATENATION)
}

/// Whether the frame of a window has no bound, or one by rows that is a constant.
fn is_framed_by_constants(tree: &Tree<'_>, window: usize) -> bool {
    ["startInRangeFunc", "endInRangeFunc"].iter().all(|name| tree.number(window, name) == Ok(0))
        && ["startOffset", "endOffset"].iter().all(|name| {
            tree.field(window, name).is_some_and(|offset| {
                tree.items[offset] == Item::Word("<>")
                    || limited_to(tree, offset).is_some_and(|rows| rows >= 0)
            })
        })
}
