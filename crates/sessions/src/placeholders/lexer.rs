//! Just enough of PostgreSQL's lexical rules (manual, 4.1 "Lexical Structure") to tell a placeholder from everything
//! that merely looks like one: strings, quoted names, dollar quotes, comments, casts and array slices.

/// What a stretch of text is, as far as placeholders are concerned.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// White space or a comment.
    Space,
    /// A name or keyword without quotes.
    Word,
    /// A string, a quoted name, a number, or a closing bracket: something a slice's colon may follow.
    Operand,
    /// `;`
    Semicolon,
    /// Any other character, and `::` and `:=`.
    Other,
    /// `:name`
    Placeholder,
    /// `:name` that runs on into a character no name of a parameter has.
    BadName,
    /// `$1`
    Positional,
}

/// The tokens of a text with their byte ranges; together they are the whole text.
pub(super) fn tokens(text: &str) -> Vec<(usize, usize, Token)> {
    let mut lexer = Lexer { text, bytes: text.as_bytes(), at: 0, brackets: Vec::new(), operand: false };
    let mut tokens = Vec::new();
    while lexer.at < text.len() {
        let start = lexer.at;
        let token = lexer.next();
        // A character of several bytes is one token.
        while !text.is_char_boundary(lexer.at) {
            lexer.at += 1;
        }
        if token != Token::Space {
            lexer.operand =
                matches!(token, Token::Word | Token::Operand | Token::Placeholder | Token::Positional);
        }
        tokens.push((start, lexer.at, token));
    }
    tokens
}

struct Lexer<'a> {
    text: &'a str,
    bytes: &'a [u8],
    at: usize,
    /// The brackets that are open.
    brackets: Vec<u8>,
    /// Whether the last token was something a slice's colon may follow.
    operand: bool,
}

fn begins_word(byte: u8) -> bool {
    byte.is_ascii_alphabetic() || byte == b'_' || byte >= 0x80
}

fn continues_word(byte: u8) -> bool {
    begins_word(byte) || byte.is_ascii_digit() || byte == b'$'
}

impl Lexer<'_> {
    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(0)
    }

    fn skip_while(&mut self, test: impl Fn(u8) -> bool) {
        while self.at < self.bytes.len() && test(self.bytes[self.at]) {
            self.at += 1;
        }
    }

    fn next(&mut self) -> Token {
        let byte = self.peek(0);
        match byte {
            b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => {
                self.at += 1;
                Token::Space
            }
            b'-' if self.peek(1) == b'-' => {
                self.line_comment();
                Token::Space
            }
            b'/' if self.peek(1) == b'*' => {
                self.block_comment();
                Token::Space
            }
            b'\'' | b'"' => {
                self.quoted(byte, false);
                Token::Operand
            }
            b'e' | b'E' if self.peek(1) == b'\'' => {
                self.at += 1;
                self.quoted(b'\'', true);
                Token::Operand
            }
            b'$' => self.dollar(),
            b':' => self.colon(),
            b'0'..=b'9' => {
                self.skip_while(|byte| byte.is_ascii_digit() || byte == b'.');
                Token::Operand
            }
            byte if begins_word(byte) => {
                self.skip_while(continues_word);
                Token::Word
            }
            _ => {
                self.at += 1;
                self.bracket(byte)
            }
        }
    }

    fn bracket(&mut self, byte: u8) -> Token {
        match byte {
            b'(' | b'[' => self.brackets.push(byte),
            b')' | b']' => {
                self.brackets.pop();
                return Token::Operand;
            }
            b';' => return Token::Semicolon,
            _ => {}
        }
        Token::Other
    }

    fn line_comment(&mut self) {
        self.skip_while(|byte| byte != b'\n' && byte != b'\r');
    }

    /// Comments nest.
    fn block_comment(&mut self) {
        let mut depth = 0usize;
        while self.at < self.bytes.len() {
            match (self.peek(0), self.peek(1)) {
                (b'/', b'*') => {
                    depth += 1;
                    self.at += 2;
                }
                (b'*', b'/') => {
                    depth -= 1;
                    self.at += 2;
                    if depth == 0 {
                        return;
                    }
                }
                _ => self.at += 1,
            }
        }
        self.at = self.bytes.len();
    }

    /// A string or a quoted name. A doubled quote is part of it; a backslash escapes only in `E'…'`, and in what
    /// continues one on a later line.
    fn quoted(&mut self, quote: u8, escapes: bool) {
        loop {
            self.at += 1;
            while self.at < self.bytes.len() {
                match self.bytes[self.at] {
                    b'\\' if escapes => self.at += 2,
                    byte if byte == quote && self.peek(1) == quote => self.at += 2,
                    byte if byte == quote => break,
                    _ => self.at += 1,
                }
            }
            self.at = (self.at + 1).min(self.bytes.len());
            if !escapes || !self.continues_string() {
                return;
            }
        }
    }

    /// Moves to the quote of a continued string: white space with a line's end in it, comments included.
    fn continues_string(&mut self) -> bool {
        let start = self.at;
        loop {
            match self.peek(0) {
                b' ' | b'\t' | b'\n' | b'\r' | 0x0b | 0x0c => self.at += 1,
                b'-' if self.peek(1) == b'-' => self.line_comment(),
                _ => break,
            }
        }
        let line_ended =
            self.text.as_bytes()[start..self.at].iter().any(|byte| matches!(byte, b'\n' | b'\r'));
        if line_ended && self.peek(0) == b'\'' {
            return true;
        }
        self.at = start;
        false
    }

    /// `$tag$…$tag$`, or `$1`, or a stray dollar.
    fn dollar(&mut self) -> Token {
        let start = self.at;
        self.at += 1;
        if self.peek(0).is_ascii_digit() {
            self.skip_while(|byte| byte.is_ascii_digit());
            return Token::Positional;
        }
        if begins_word(self.peek(0)) {
            self.skip_while(|byte| begins_word(byte) || byte.is_ascii_digit());
        }
        if self.peek(0) != b'$' {
            self.at = start + 1;
            return Token::Other;
        }
        self.at += 1;
        let tag = &self.text[start..self.at];
        self.at = self.text[self.at..].find(tag).map_or(self.text.len(), |found| self.at + found + tag.len());
        Token::Operand
    }

    /// `::`, `:=`, the colon of a slice, or a placeholder.
    fn colon(&mut self) -> Token {
        let slice = self.operand && self.brackets.last() == Some(&b'[');
        self.at += 1;
        match self.peek(0) {
            b':' | b'=' => {
                self.at += 1;
                Token::Other
            }
            byte if (byte.is_ascii_alphabetic() || byte == b'_') && !slice => {
                self.skip_while(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
                if continues_word(self.peek(0)) { Token::BadName } else { Token::Placeholder }
            }
            _ => Token::Other,
        }
    }
}
