//! Calls that fail for no value, by what they are given besides: LIKE with a pattern that is whole, the month of a time, a time a constant
//! while ago. The same functions fail with other constants, and whoever writes these would see for which rows they do.

use super::{
    Tree, aggregates, asking,
    columns::{TypeOf, type_of},
    constant,
    folded::is_folded,
    numbers,
    read::Item,
    searches::{self, is_search},
    times::{self, is_calendar, is_short_product, is_time, takes_a_part},
    unsound::is_slice_of_few,
    whole,
};

/// Types of text that any value is written as: `text`, `varchar` and `bpchar`.
const WRITTEN: [u32; 3] = [25, 1043, 1042];
/// What is written as text without fail, and in about as much: numbers, texts, dates and times, `uuid`, booleans.
pub(super) const SHORT: [u32; 18] =
    [16, 18, 19, 20, 21, 23, 25, 26, 700, 701, 1042, 1043, 1082, 1083, 1114, 1184, 1700, 2950];
/// `@>` and `<@` of `jsonb`, which call themselves at each level, and how many bytes of one of both keep that short.
const JSONB_CONTAINS: [u32; 2] = [4046, 4050];
const FEW_BYTES: usize = 1_000;
/// What GREATEST and LEAST compare without fail: whole and other numbers, texts, dates and times, `uuid`.
pub(super) const ORDERED: [u32; 13] = [20, 21, 23, 700, 701, 1700, 25, 1043, 1082, 1114, 1184, 1083, 2950];
/// `textlike` and its like, with NOT, and without regard to case.
const LIKE: [u32; 16] =
    [850, 851, 858, 859, 1569, 1570, 1571, 1572, 1631, 1632, 1633, 1634, 1635, 1636, 1660, 1661];
/// `int8(int4)`.
const INT8: u32 = 481;
/// `_numeric`: a number of a few bytes may be written with many thousand digits.
const NUMBERS: u32 = 1231;
const NUMERIC: u32 = 1700;
/// `translate`, which makes more bytes of few where it puts others than ASCII in their place.
const TRANSLATE: u32 = 878;
/// `textcat`.
const CONCATENATION: u32 = 1258;
/// `strpos` and `position`, which fail in a nondeterministic collation.
const SEARCHES: [u32; 2] = [868, 849];
/// `split_part`.
const SPLIT_PART: u32 = 2088;
/// `substr` and `substring` with a length.
const SUBSTRING: [u32; 2] = [877, 936];
/// `to_char` of times.
const TO_CHAR: [u32; 2] = [1770, 2049];
/// `timestamptz` and `timestamp` of a date, `float8` of a `numeric`: they fail for values that nobody has.
const FOR_STORED: [u32; 3] = [1174, 2024, 1746];
/// `avg` and `sum`, `variance`, `stddev` and their like of `numeric`.
const SUMS: [u32; 8] = [2103, 2114, 2153, 2159, 2646, 2717, 2723, 2729];
/// Parts of `jsonb` as text: a number of it may have many more digits than are written.
const AS_TEXT: [u32; 3] = [3214, 3216, 3940];
/// The most parts that a pattern is put together of.
const MOST_PARTS: usize = 64;
/// The most `%` of a pattern: the server calls itself at each.
const MOST_WILDCARDS: usize = 100;
/// `generate_series` of whole numbers.
const SERIES: [u32; 2] = [1067, 1069];
/// `EXISTS_SUBLINK`, `ALL_SUBLINK` and `ANY_SUBLINK`; `ROWCOMPARE_SUBLINK` and `EXPR_SUBLINK`.
const ANY_ROWS: [u32; 3] = [0, 1, 2];
const ONE_ROW: [u32; 2] = [3, 4];
/// `RTE_FUNCTION`.
const FUNCTION: u32 = 3;
/// `LIMIT_OPTION_COUNT`.
const NO_TIES: u32 = 0;
/// The first collation that somebody made; those before are deterministic.
const FIRST_NORMAL: u32 = 16_384;

/// Whether a node by itself, what it is given left out of account, fails for no value of that.
pub(super) fn is_harmless(tree: &Tree<'_>, node: usize) -> bool {
    let number = |name| tree.number(node, name).unwrap_or_default();
    match tree.kind(node) {
        Some("COERCEVIAIO") => {
            let of = tree.field(node, "arg").and_then(|arg| type_of(tree, arg).ok());
            WRITTEN.contains(&number("resulttype")) && of.is_some_and(|of| SHORT.contains(&of.oid()))
        }
        Some("ARRAYCOERCEEXPR") => {
            let of = tree.field(node, "arg").and_then(|arg| type_of(tree, arg).ok());
            of.is_some_and(|of| of.oid() != NUMBERS && of != TypeOf::ArrayOf(NUMERIC))
        }
        Some("MINMAX" | "MINMAXEXPR") => ORDERED.contains(&number("minmaxtype")),
        Some("SUBSCRIPTINGREF") => {
            let fetches =
                tree.field(node, "refassgnexpr").is_some_and(|item| tree.items[item] == Item::Word("<>"));
            fetches && !is_slice_of_few(tree, node)
        }
        Some("QUERY") => takes_no_less_than_none(tree, node),
        Some("SUBLINK") => gives_what_is_asked_for(tree, node).unwrap_or_default(),
        Some("AGGREF") => aggregates::is_harmless(tree, node),
        Some("WINDOWCLAUSE") => is_framed_by_constants(tree, node),
        Some("FUNCEXPR" | "OPEXPR") => called(tree, node).is_some_and(|function| call(tree, node, function)),
        _ => false,
    }
}

/// The function that a node calls.
pub(super) fn called(tree: &Tree<'_>, node: usize) -> Option<u32> {
    tree.number(node, if tree.kind(node) == Some("OPEXPR") { "opfuncid" } else { "funcid" }).ok()
}

fn call(tree: &Tree<'_>, node: usize, function: u32) -> bool {
    let Ok(arguments) = tree.list(node, "args") else { return false };
    let text = |place: usize| arguments.get(place).and_then(|item| constant::text(tree, *item));
    let whole = |place: usize| arguments.get(place).and_then(|item| constant::whole(tree, *item));
    let deterministic = is_deterministic(tree, node);
    if LIKE.contains(&function) {
        return deterministic && arguments.get(1).is_some_and(|pattern| is_whole(tree, *pattern));
    }
    match function {
        SPLIT_PART => deterministic && whole(2).is_some_and(|place| place > 0),
        _ if SEARCHES.contains(&function) => deterministic,
        _ if JSONB_CONTAINS.contains(&function) => arguments
            .iter()
            .any(|item| constant::bytes(tree, *item).is_some_and(|bytes| bytes.len() <= FEW_BYTES)),
        _ if SUBSTRING.contains(&function) => whole(2).is_some_and(|length| length >= 0),
        _ if TO_CHAR.contains(&function) => text(1).is_some_and(is_plain),
        TRANSLATE => text(2).is_some_and(str::is_ascii),
        CONCATENATION => is_given(tree, node),
        _ => takes_a_part(tree, function, arguments).unwrap_or_else(|| {
            is_time(tree, node)
                || is_short_product(tree, node)
                || is_calendar(tree, function, arguments)
                || is_folded(tree, function, arguments)
                || is_search(tree, function, arguments, deterministic)
                || whole::has_a_place(tree, node, function, arguments)
                || asking::is_harmless(tree, function, arguments)
        }),
    }
}

/// Whether a node compares texts in a collation that takes none for equal that differ.
fn is_deterministic(tree: &Tree<'_>, node: usize) -> bool {
    let collation = tree.number(node, "inputcollid").unwrap_or_default();
    collation != 0 && collation < FIRST_NORMAL
}

/// Whether a pattern does not end within an escape, whatever is put into it: it ends in a constant whose last character is none.
fn is_whole(tree: &Tree<'_>, pattern: usize) -> bool {
    let mut pattern = pattern;
    loop {
        if let Some(text) = constant::text(tree, pattern) {
            return !text.ends_with('\\') && text.matches('%').count() <= MOST_WILDCARDS;
        }
        let joins = tree.kind(pattern) == Some("OPEXPR") && called(tree, pattern) == Some(CONCATENATION);
        let last = tree.list(pattern, "args").ok().filter(|_| joins).and_then(|items| items.last());
        let Some(last) = last else { return false };
        let Ok([first, _]) = tree.list(pattern, "args") else { return false };
        // Behind what is not known, an empty constant ends nothing.
        if constant::text(tree, *last).is_none_or(str::is_empty) || !is_given(tree, *first) {
            return false;
        }
        pattern = *last;
    }
}

/// Whether a part of a pattern is made of constants and parameters: of these it is looked when their values come.
fn is_given(tree: &Tree<'_>, part: usize) -> bool {
    let mut open = vec![part];
    for _ in 0..MOST_PARTS {
        let Some(part) = open.pop() else { return true };
        match tree.kind(part) {
            Some("PARAM") => {}
            Some("CONST") => {
                if constant::text(tree, part).is_none_or(|text| text.matches('%').count() > MOST_WILDCARDS) {
                    return false;
                }
            }
            Some("RELABELTYPE") => open.extend(tree.field(part, "arg")),
            Some("OPEXPR") if is_concatenation(tree, part) => {
                open.extend(tree.list(part, "args").unwrap_or_default());
            }
            _ => return false,
        }
    }
    false
}

/// Whether a format of a time is made of words and marks that each version takes.
fn is_plain(format: &str) -> bool {
    let taken = |character: char| character.is_ascii_alphanumeric() || " -:/.,_\"".contains(character);
    format.len() <= 40 && format.chars().all(taken) && !format.to_ascii_uppercase().contains("TM")
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
    // What takes as long as one likes tells by that.
    let functions = || {
        let entries = tree.list(query, "rtable").unwrap_or_default();
        entries.iter().any(|entry| tree.number(*entry, "rtekind") == Ok(FUNCTION))
    };
    Some((ANY_ROWS.contains(&kind) || ONE_ROW.contains(&kind) && one()) && !functions())
}

/// Whether LIMIT and OFFSET of a query are none, or constants that are not below zero.
pub(super) fn takes_no_less_than_none(tree: &Tree<'_>, query: usize) -> bool {
    ["limitCount", "limitOffset"].iter().all(|name| {
        tree.field(query, name).is_some_and(|limit| {
            tree.items[limit] == Item::Word("<>") || limited_to(tree, limit).is_some_and(|rows| rows >= 0)
        })
    })
}

/// The constant of LIMIT, or of a frame, which is cast to `bigint`.
pub(super) fn limited_to(tree: &Tree<'_>, limit: usize) -> Option<i64> {
    let cast = tree.kind(limit) == Some("FUNCEXPR") && called(tree, limit) == Some(INT8);
    let of = tree.list(limit, "args").ok().filter(|_| cast).and_then(|items| items.first());
    constant::whole(tree, of.copied().unwrap_or(limit))
}

/// Whether texts are put together so seldom in a tree that none of it is too large for that: a few times, however often a query around them
/// doubles them, and no parameter among them.
pub(super) fn puts_little_together(tree: &Tree<'_>) -> bool {
    let (mut joined, mut given) = (0, false);
    for (item, found) in tree.items.iter().enumerate() {
        // What is put together again and again is as long as one likes.
        if matches!(found, Item::Node("COMMONTABLEEXPR", _)) && tree.word(item, "cterecursive") == Ok("true")
        {
            return false;
        }
        let joins = matches!(found, Item::Node("OPEXPR" | "FUNCEXPR", _)) && is_concatenation(tree, item);
        given |= matches!(found, Item::Node("PARAM", _));
        joined += usize::from(joins && !is_given(tree, item));
        if joined > if given { 1 } else { 6 } {
            return false;
        }
    }
    true
}

/// Whether a node makes as many rows as it is told to by something that is computed: what takes as long as one likes tells by that.
pub(super) fn counts_by_choice(tree: &Tree<'_>, node: usize) -> bool {
    let given = |item: &usize| {
        let mut item = *item;
        while let (Some("FUNCEXPR"), Ok([of])) = (tree.kind(item), tree.list(item, "args")) {
            item = *of;
        }
        !matches!(tree.kind(item), Some("CONST" | "PARAM" | "VAR"))
    };
    tree.kind(node) == Some("FUNCEXPR")
        && called(tree, node).is_some_and(|function| SERIES.contains(&function))
        && tree.list(node, "args").is_ok_and(|arguments| arguments.iter().any(given))
}

/// What a node is given, where it fails for no value of that which is stored: a date of which no calendar is in use, a number of hundreds of
/// digits.
pub(super) fn given_if_stored(tree: &Tree<'_>, node: usize) -> Option<Vec<usize>> {
    if tree.kind(node) == Some("COERCEVIAIO") {
        let written = tree.number(node, "resulttype").is_ok_and(|oid| WRITTEN.contains(&oid));
        return tree.field(node, "arg").filter(|_| written).map(|arg| vec![arg]);
    }
    if tree.kind(node) == Some("ARRAYCOERCEEXPR") {
        return tree.field(node, "arg").map(|arg| vec![arg]);
    }
    if tree.kind(node) == Some("AGGREF") {
        let sums = tree.number(node, "aggfnoid").is_ok_and(|oid| SUMS.contains(&oid));
        let given = tree.list(node, "args").ok().filter(|_| sums)?.first();
        return given
            .and_then(|target| tree.field(*target, "expr"))
            .and_then(|number| numbers::made_of(tree, number));
    }
    let function = called(tree, node).filter(|_| matches!(tree.kind(node), Some("FUNCEXPR" | "OPEXPR")))?;
    let one = match tree.list(node, "args").ok()? {
        [of, ..] if AS_TEXT.contains(&function) => Some(*of),
        [of] if FOR_STORED.contains(&function) => Some(*of),
        arguments => times::given_if_stored(tree, function, arguments)
            .or_else(|| searches::given_if_stored(tree, function, arguments, is_deterministic(tree, node))),
    };
    let numbers = || numbers::given_if_stored(tree, node);
    let ranges = || searches::of_numbers(tree, function, tree.list(node, "args").unwrap_or_default());
    one.map(|one| vec![one]).or_else(numbers).or_else(ranges)
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
