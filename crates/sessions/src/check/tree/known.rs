//! The nodes and fields that are known, from `nodes.txt`, which says what each number names.

use std::{collections::HashMap, sync::LazyLock};

/// What the number in a field names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Names {
    /// Nothing that matters.
    Nothing,
    /// A function.
    Function,
    /// An operator.
    Operator,
    /// A type that values are made of.
    Type,
    /// A type whose attributes a star may stand for.
    Row,
}

type Fields = HashMap<&'static str, Names>;

static KNOWN: LazyLock<HashMap<&'static str, Fields>> = LazyLock::new(|| {
    let mut known: HashMap<&'static str, Fields> = HashMap::new();
    let mut node = "";
    for line in include_str!("nodes.txt").lines().filter(|line| !line.starts_with('#')) {
        let mut words = line.split_whitespace();
        if !line.starts_with(' ') {
            node = words.next().unwrap_or_default();
        }
        let fields = known.entry(node).or_default();
        for word in words {
            let (name, names) = match word.split_once(':') {
                Some((name, "f")) => (name, Names::Function),
                Some((name, "o")) => (name, Names::Operator),
                Some((name, "r")) => (name, Names::Row),
                Some((name, _)) => (name, Names::Type),
                None => (word, Names::Nothing),
            };
            fields.insert(name, names);
        }
    }
    known
});

/// The fields of a kind of node; nothing where that is not known.
pub(super) fn fields(node: &str) -> Option<&'static Fields> {
    KNOWN.get(node)
}
