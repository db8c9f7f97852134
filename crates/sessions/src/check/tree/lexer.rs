//! The tokens of a tree's text, by the rules of the server's `pg_strtok`: separated by space, brackets alone, a backslash
//! before what is not meant so.

/// A token: its place, and what it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// `{`
    OpenNode,
    /// `}`
    CloseNode,
    /// `(`
    OpenList,
    /// `)`
    CloseList,
    /// Anything else, as it is written, backslashes included.
    Word(&'a str),
}

/// The tokens of a text with the bytes they begin at.
pub(super) struct Tokens<'a> {
    text: &'a str,
    pub(super) at: usize,
}

impl<'a> Tokens<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { text, at: 0 }
    }

    /// The token that comes next, without taking it.
    pub(super) fn peek(&self) -> Option<Token<'a>> {
        Tokens { text: self.text, at: self.at }.next()
    }
}

impl<'a> Iterator for Tokens<'a> {
    type Item = Token<'a>;

    fn next(&mut self) -> Option<Token<'a>> {
        let bytes = self.text.as_bytes();
        while matches!(bytes.get(self.at), Some(b' ' | b'\n' | b'\t')) {
            self.at += 1;
        }
        let start = self.at;
        let bracket = match bytes.get(start)? {
            b'{' => Some(Token::OpenNode),
            b'}' => Some(Token::CloseNode),
            b'(' => Some(Token::OpenList),
            b')' => Some(Token::CloseList),
            _ => None,
        };
        if bracket.is_some() {
            self.at += 1;
            return bracket;
        }
        loop {
            match bytes.get(self.at) {
                None | Some(b' ' | b'\n' | b'\t' | b'{' | b'}' | b'(' | b')') => break,
                Some(b'\\') => self.at += 2,
                Some(_) => self.at += 1,
            }
        }
        // A backslash may stand before a character of several bytes, or at the very end.
        self.at = self.at.min(bytes.len());
        while !self.text.is_char_boundary(self.at) {
            self.at += 1;
        }
        Some(Token::Word(&self.text[start..self.at]))
    }
}

/// A word without its backslashes, and nothing for the word that stands for nothing.
pub(super) fn unescaped(word: &str) -> Option<String> {
    match word {
        "<>" => return None,
        r#""""# => return Some(String::new()),
        _ => {}
    }
    let mut out = String::with_capacity(word.len());
    let mut escaped = false;
    for c in word.chars() {
        if c == '\\' && !escaped {
            escaped = true;
        } else {
            out.push(c);
            escaped = false;
        }
    }
    Some(out)
}
