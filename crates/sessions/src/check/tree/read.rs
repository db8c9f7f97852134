//! From the text to items that refer to each other by number.

use super::{
    TreeError, known,
    lexer::{Token, Tokens, unescaped},
};

/// The most items of a tree, and the most levels.
const MOST_ITEMS: usize = 2_000_000;
const MOST_DEPTH: usize = 20_000;

/// A tree. Items refer to later ones by their numbers; the first is the root.
#[derive(Debug)]
pub(crate) struct Tree<'a> {
    pub(super) items: Vec<Item<'a>>,
}

/// One item.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Item<'a> {
    /// A word as it is written: a number, a name, `<>`, `true`.
    Word(&'a str),
    /// A list of items, or of words where its first word is `i`, `o`, `x` or `b`.
    List(Vec<usize>),
    /// A node: its kind, and its fields with their values.
    Node(&'a str, Vec<(&'a str, usize)>),
    /// The bytes of a constant; none for `<>`.
    Bytes(Box<[u8]>),
}

impl<'a> Tree<'a> {
    /// Reads a text.
    pub(crate) fn read(text: &'a str) -> Result<Self, TreeError> {
        let mut reader = Reader { tokens: Tokens::new(text), items: Vec::new(), open: Vec::new() };
        reader.value()?;
        while let Some(open) = reader.open.last().copied() {
            reader.step(open)?;
        }
        if reader.tokens.next().is_some() {
            return Err(TreeError::Malformed(reader.tokens.at));
        }
        Ok(Self { items: reader.items })
    }

    /// How many nodes there are.
    pub(crate) fn nodes(&self) -> u64 {
        self.items.iter().filter(|item| matches!(item, Item::Node(..))).count() as u64
    }

    /// The value of a node's field.
    pub(super) fn field(&self, node: usize, name: &str) -> Option<usize> {
        let Item::Node(_, fields) = &self.items[node] else { return None };
        fields.iter().find(|(field, _)| *field == name).map(|(_, value)| *value)
    }

    /// The kind of a node.
    pub(super) fn kind(&self, item: usize) -> Option<&'a str> {
        match &self.items[item] {
            Item::Node(kind, _) => Some(kind),
            _ => None,
        }
    }

    /// The word in a node's field.
    pub(super) fn word(&self, node: usize, name: &str) -> Result<&'a str, TreeError> {
        match self.field(node, name).map(|item| &self.items[item]) {
            Some(Item::Word(word)) => Ok(word),
            _ => Err(TreeError::Shape(name.to_owned())),
        }
    }

    /// The number in a node's field.
    pub(super) fn number(&self, node: usize, name: &str) -> Result<u32, TreeError> {
        self.word(node, name)?.parse().map_err(|_| TreeError::Shape(name.to_owned()))
    }

    /// The text in a node's field, without its escapes; nothing for `<>`.
    pub(super) fn text(&self, node: usize, name: &str) -> Result<Option<String>, TreeError> {
        Ok(unescaped(self.word(node, name)?))
    }

    /// The items of the list in a node's field; none for `<>`.
    pub(super) fn list(&self, node: usize, name: &str) -> Result<&[usize], TreeError> {
        match self.field(node, name).map(|item| &self.items[item]) {
            Some(Item::List(items)) => Ok(items),
            Some(Item::Word("<>")) => Ok(&[]),
            _ => Err(TreeError::Shape(name.to_owned())),
        }
    }

    /// The numbers of a list that is marked with this letter; none for `<>`.
    pub(super) fn numbers<N: std::str::FromStr>(
        &self,
        item: usize,
        mark: &str,
        name: &str,
    ) -> Result<Vec<N>, TreeError> {
        let shape = || TreeError::Shape(name.to_owned());
        let words = match &self.items[item] {
            Item::Word("<>") => return Ok(Vec::new()),
            Item::List(items) => items,
            _ => return Err(shape()),
        };
        let mut words = words.iter().map(|item| match &self.items[*item] {
            Item::Word(word) => Ok(*word),
            _ => Err(shape()),
        });
        if words.next().transpose()? != Some(mark) {
            return Err(shape());
        }
        words.map(|word| word?.parse().map_err(|_| shape())).collect()
    }
}

struct Reader<'a> {
    tokens: Tokens<'a>,
    items: Vec<Item<'a>>,
    /// The nodes and lists that are not closed yet.
    open: Vec<usize>,
}

impl<'a> Reader<'a> {
    fn malformed<T>(&self) -> Result<T, TreeError> {
        Err(TreeError::Malformed(self.tokens.at))
    }

    /// Takes one value, or its beginning if it is a node or a list.
    fn value(&mut self) -> Result<usize, TreeError> {
        let item = match self.tokens.next() {
            Some(Token::Word(word)) => Item::Word(word),
            Some(Token::OpenList) => Item::List(Vec::new()),
            Some(Token::OpenNode) => match self.tokens.next() {
                Some(Token::Word(kind)) if known::fields(kind).is_some() => Item::Node(kind, Vec::new()),
                Some(Token::Word(kind)) => return Err(TreeError::Node(kind.to_owned())),
                _ => return self.malformed(),
            },
            _ => return self.malformed(),
        };
        let number = self.items.len();
        let opens = !matches!(item, Item::Word(_));
        self.items.push(item);
        if opens {
            self.open.push(number);
        }
        if number >= MOST_ITEMS || self.open.len() > MOST_DEPTH {
            return Err(TreeError::TooLarge);
        }
        Ok(number)
    }

    /// Takes the next part of the innermost open item: a field, a list's value, or its end.
    fn step(&mut self, open: usize) -> Result<(), TreeError> {
        if let Item::Node(kind, _) = self.items[open] {
            match self.tokens.next() {
                Some(Token::CloseNode) => drop(self.open.pop()),
                Some(Token::Word(word)) => {
                    let Some(name) = word.strip_prefix(':') else { return self.malformed() };
                    let known = known::fields(kind).is_some_and(|fields| fields.contains_key(name));
                    if !known {
                        return Err(TreeError::Field(format!("{kind}.{name}")));
                    }
                    // Each field has one value, whatever that looks like: a name may begin with a colon.
                    let value = if name == "constvalue" { self.bytes()? } else { self.value()? };
                    if let Item::Node(_, fields) = &mut self.items[open] {
                        if fields.iter().any(|(field, _)| *field == name) {
                            return Err(TreeError::Shape(name.to_owned()));
                        }
                        fields.push((name, value));
                    }
                }
                _ => return self.malformed(),
            }
        } else if self.tokens.peek() == Some(Token::CloseList) {
            self.tokens.next();
            self.open.pop();
        } else {
            let value = self.value()?;
            if let Item::List(items) = &mut self.items[open] {
                items.push(value);
            }
        }
        Ok(())
    }

    /// A constant's value: `<>`, or its length and its bytes between brackets.
    fn bytes(&mut self) -> Result<usize, TreeError> {
        let mut bytes = Vec::new();
        match self.tokens.next() {
            Some(Token::Word("<>")) => {}
            Some(Token::Word(length)) if length.bytes().all(|byte| byte.is_ascii_digit()) => {
                if self.tokens.next() != Some(Token::Word("[")) {
                    return self.malformed();
                }
                loop {
                    match self.tokens.next() {
                        Some(Token::Word("]")) => break,
                        // A byte above 127 is written as a number below zero.
                        Some(Token::Word(byte)) => match byte.parse::<i16>() {
                            Ok(byte) => bytes.push(byte.to_le_bytes()[0]),
                            Err(_) => return self.malformed(),
                        },
                        _ => return self.malformed(),
                    }
                }
            }
            _ => return self.malformed(),
        }
        self.items.push(Item::Bytes(bytes.into()));
        Ok(self.items.len() - 1)
    }
}
