//! Which of PostgreSQL's own functions reports may call: by `builtins.txt`.

use std::{collections::HashSet, ops::RangeInclusive, sync::LazyLock};

/// What a function may depend on (`pg_proc.provolatile`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Volatility {
    /// Its arguments only.
    Immutable,
    /// Also what does not change within a statement.
    Stable,
    /// Anything.
    Volatile,
}

impl Volatility {
    pub(crate) fn of(letter: &str) -> Self {
        match letter {
            "i" => Self::Immutable,
            "s" => Self::Stable,
            _ => Self::Volatile,
        }
    }
}

#[derive(Default)]
struct Lists {
    closed: Vec<&'static str>,
    open_though: HashSet<&'static str>,
    stable: HashSet<&'static str>,
    volatile: HashSet<&'static str>,
    closed_numbers: HashSet<u32>,
}

static LISTS: LazyLock<Lists> = LazyLock::new(|| {
    let mut lists = Lists::default();
    for line in include_str!("builtins.txt").lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split_whitespace();
        match words.next() {
            Some("immutable!") => lists.closed.extend(words),
            Some("immutable+") => lists.open_though.extend(words),
            Some("stable") => lists.stable.extend(words),
            Some("volatile") => lists.volatile.extend(words),
            Some("number!") => {
                lists.closed_numbers.extend(words.next().and_then(|word| word.parse::<u32>().ok()))
            }
            _ => {}
        }
    }
    lists
});

/// Whether reports may call this function.
pub(crate) fn is_open(oid: u32, name: &str, volatility: Volatility) -> bool {
    if LISTS.closed_numbers.contains(&oid) {
        return false;
    }
    match volatility {
        Volatility::Immutable => !is_closed(name),
        Volatility::Stable => LISTS.stable.contains(name),
        Volatility::Volatile => LISTS.volatile.contains(name),
    }
}

/// Whether a view that its owner made may call it: the owner chose the arguments, so that only what runs a text of SQL,
/// looks at catalogs and files, or does something, is left out.
pub(crate) fn is_open_in_views(name: &str, volatility: Volatility) -> bool {
    const CLOSED: [&str; 7] =
        ["pg_", "lo", "database_to_", "schema_to_", "table_to_", "query_to_", "ts_stat"];
    match volatility {
        Volatility::Immutable => !is_closed(name),
        Volatility::Stable => {
            LISTS.stable.contains(name) || !CLOSED.iter().any(|beginning| name.starts_with(beginning))
        }
        Volatility::Volatile => LISTS.volatile.contains(name),
    }
}

fn is_closed(name: &str) -> bool {
    let hits = |pattern: &&str| match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => name == *pattern,
    };
    LISTS.closed.iter().any(hits) && !LISTS.open_though.contains(name)
}

/// Whether reports may call a function of the server's own, for a test that asks it of each.
#[doc(hidden)]
#[must_use]
pub fn opens(oid: u32, name: &str, volatility: &str) -> bool {
    is_open(oid, name, Volatility::of(volatility))
}

/// The server's own operators of ranges that are reckoned with by how far the subtype's values are apart (`oprrest` is `rangesel` or
/// `multirangesel`).
const RANGE_OPERATORS: [RangeInclusive<u32>; 7] =
    [2862..=2877, 3585..=3585, 3884..=3896, 4035..=4035, 4142..=4142, 4395..=4400, 4539..=4540];

pub(super) fn is_of_ranges(operator: u32) -> bool {
    RANGE_OPERATORS.iter().any(|of| of.contains(&operator))
}

/// All of these operators, for a test that there are no others.
#[doc(hidden)]
pub fn range_operators() -> impl Iterator<Item = u32> {
    RANGE_OPERATORS.into_iter().flatten()
}

/// All names that are listed as open, for a test that they exist.
#[doc(hidden)]
#[must_use]
pub fn listed() -> Vec<&'static str> {
    let lists = &*LISTS;
    lists.open_though.iter().chain(&lists.stable).chain(&lists.volatile).copied().collect()
}

#[cfg(test)]
mod tests {
    use super::{Volatility::*, is_open, is_open_in_views};

    #[test]
    fn what_computes_is_open_and_what_looks_or_does_is_not() {
        for (name, volatility) in
            [("upper", Immutable), ("now", Stable), ("random", Volatile), ("pg_size_pretty", Immutable)]
        {
            assert!(is_open(1, name, volatility), "{name}");
        }
        for (name, volatility) in [
            ("pg_walfile_name", Immutable),
            ("current_setting", Stable),
            ("table_to_xml", Stable),
            ("query_to_xml", Volatile),
            ("ts_rewrite", Volatile),
            ("setseed", Volatile),
            ("set_config", Volatile),
            ("never_heard_of", Stable),
        ] {
            assert!(!is_open(1, name, volatility), "{name}");
        }
        assert!(is_open(2058, "age", Stable) && !is_open(1181, "age", Stable));
        assert!(is_open_in_views("current_setting", Stable));
        assert!(!is_open_in_views("pg_stat_get_activity", Stable));
    }
}
