//! How many grouping sets a text asks for, before the server multiplies them.

use super::lexer::{Token, tokens};

/// The sets that all of CUBE, ROLLUP and GROUPING SETS make, multiplied with each other, and the commas of the text. What stands within
/// another is multiplied too, though the server adds it: more rather than less.
pub(super) fn count(text: &str) -> (usize, usize) {
    let (mut sets, mut commas) = (1_usize, 0);
    // The lists that are open: at which depth of brackets, of which kind, and with how many items so far.
    let (mut depth, mut open, mut next) = (0_usize, Vec::<(usize, Kind, u32)>::new(), None);
    let mut grouping = false;
    for (start, end, token) in tokens(text) {
        if token == Token::Space {
            continue;
        }
        let part = &text[start..end];
        match part {
            "(" => {
                depth += 1;
                open.extend(next.take().map(|kind| (depth, kind, 1)));
            }
            ")" => {
                while let Some((_, kind, items)) = open.pop_if(|(at, _, _)| *at >= depth) {
                    sets = sets.saturating_mul(kind.sets(items));
                }
                depth = depth.saturating_sub(1);
            }
            "," => {
                commas += 1;
                if let Some((at, _, items)) = open.last_mut()
                    && *at == depth
                {
                    *items += 1;
                }
            }
            _ => next = None,
        }
        if token == Token::Word {
            let word = part.to_ascii_uppercase();
            next = match word.as_str() {
                "CUBE" => Some(Kind::Cube),
                "ROLLUP" => Some(Kind::Rollup),
                "SETS" if grouping => Some(Kind::Sets),
                _ => None,
            };
            grouping = word == "GROUPING";
        } else {
            grouping = false;
        }
    }
    (sets, commas)
}

/// A list of sets.
#[derive(Clone, Copy)]
enum Kind {
    Cube,
    Rollup,
    Sets,
}

impl Kind {
    fn sets(self, items: u32) -> usize {
        match self {
            Self::Cube => 1_usize.checked_shl(items).unwrap_or(usize::MAX),
            Self::Rollup => items as usize + 1,
            Self::Sets => items as usize,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::count;

    #[test]
    fn sets_are_multiplied() {
        for (text, sets) in [
            ("SELECT cube, a FROM t GROUP BY a, b", 1),
            ("SELECT 1 FROM t GROUP BY CUBE (a, (b, c), f(d, e))", 8),
            ("SELECT 1 FROM t GROUP BY ROLLUP(a, b), cube(c)", 6),
            ("SELECT grouping(a) FROM t GROUP BY GROUPING SETS ((a), (a, b), ())", 3),
            ("SELECT 1 FROM t GROUP BY GROUPING /* x */ SETS (CUBE (a, b), (c))", 8),
            ("SELECT 1 FROM t GROUP BY CUBE (a", 1),
        ] {
            assert_eq!(count(text).0, sets, "{text}");
        }
        let wide = format!("SELECT 1 FROM t GROUP BY CUBE({})", vec!["1"; 80].join(","));
        assert_eq!(count(&wide), (usize::MAX, 79));
    }
}
