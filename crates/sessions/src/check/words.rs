//! The names in a text by which it may mean an object: if one of these names appears, changes or goes, the text may mean
//! something else.

use std::collections::BTreeSet;

/// The most words of a text that is remembered.
const MOST_WORDS: usize = 2_000;

/// The server keeps 63 bytes of a name, so that more characters tell nothing.
const MOST_LETTERS: usize = 64;

/// The names in a text.
#[derive(Debug)]
pub(crate) struct Words {
    /// In every form the server may make of them, but for its cut of long ones.
    pub(crate) names: BTreeSet<String>,
    /// Whether there are no others: where one is written in escapes, or there are too many, the text is better not remembered.
    pub(crate) all: bool,
}

/// The names in a text.
pub(crate) fn words(text: &str) -> Words {
    let mut all = !text.to_lowercase().contains("u&\"");
    let mut words = BTreeSet::new();
    // Where there is no quote, the server folds every name.
    let quoted = text.contains('"');
    // Whether in quotes or not: what is in a string may be one more word than there is, which does no harm.
    for word in text.split(|c: char| !(c.is_alphanumeric() || c == '_' || c == '$' || !c.is_ascii())) {
        if words.len() > MOST_WORDS {
            break;
        }
        if !word.is_empty() && !word.starts_with(|c: char| c.is_ascii_digit()) {
            add(&mut words, word, quoted);
        }
    }
    let mut rest = text;
    while let Some(start) = rest.find('"') {
        rest = &rest[start + 1..];
        let mut name = String::new();
        // Every quote may be the beginning of a name, whatever the server takes it for.
        let mut inner = rest;
        while let Some(end) = inner.find('"') {
            name.extend(inner[..end].chars().take(MOST_LETTERS));
            if name.len() > 4 * MOST_LETTERS {
                break;
            }
            inner = &inner[end + 1..];
            if !inner.starts_with('"') {
                break;
            }
            name.push('"');
            inner = &inner[1..];
        }
        if !name.is_empty() {
            add(&mut words, &name, true);
        }
        if words.len() > MOST_WORDS {
            break;
        }
    }
    all &= words.len() <= MOST_WORDS;
    Words { names: words, all }
}

/// A word in lower case by both the rules the server may use, and as it is, where it may be in quotes.
fn add(words: &mut BTreeSet<String>, word: &str, quoted: bool) {
    let word = word.char_indices().nth(MOST_LETTERS).map_or(word, |(end, _)| &word[..end]);
    let as_it_is = quoted.then(|| word.to_owned());
    words.extend(as_it_is.into_iter().chain([word.to_ascii_lowercase(), word.to_lowercase()]));
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{MOST_WORDS, words};

    #[test]
    fn every_form_of_a_name_is_there() {
        let found = words("SELECT Foo, \"Bar \"\"Baz\" FROM S.t -- @@x\nWHERE a<-b").names;
        for word in ["Foo", "foo", "Bar \"Baz", "s", "S", "t"] {
            assert!(found.contains(word), "{word}: {found:?}");
        }
        assert!(!found.contains("1"));
        // A reserved word may be a name after a dot.
        let all = ["from", "select", "t"];
        assert_eq!(words("SELECT t.FROM FROM t").names.into_iter().collect::<Vec<_>>(), all);
        assert!(!words("SELECT u&\"\\0061\"").all && words("SELECT a").all);
        let many: Vec<String> = (0..3 * MOST_WORDS).map(|number| format!("w{number}")).collect();
        assert!(!words(&many.join(" ")).all);
        // Every quote may begin a name that goes on to the end: what is looked at for each is bounded.
        let long = words(&format!("SELECT {} {}", "\"".repeat(60_000), "x".repeat(60_000)));
        assert!(long.names.iter().all(|name| name.chars().count() <= super::MOST_LETTERS));
    }

    proptest! {
        #[test]
        fn no_text_panics(text in ".*", quoted in "[a\"U& é*-]*") {
            let _ = (words(&text), words(&quoted));
        }
    }
}
