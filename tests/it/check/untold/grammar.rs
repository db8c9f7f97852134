//! Random texts of reports, written from templates (`grammar.txt`) by a sequence of choices. A shorter sequence, or smaller numbers in it,
//! make a simpler text, so that what is found is simplified by taking choices away. `{F}` is what hides rows, `{w}` any relation of the schema;
//! `[vp:…]` is an expression that knows the columns of the aliases v and p.

use std::collections::BTreeMap;

/// What an expression gives, or what else a template asks for: `{b}` a boolean, `{g}` one that the hidden row alone meets, `{u}` the alias of the innermost
/// query, `{c}` the column by which the hidden row is known; capitals are relations, and what views are made of.
pub(super) type Type = char;

/// The columns of an alias, as a report's brackets name it.
fn columns(of: char) -> &'static [(Type, &'static str)] {
    match of {
        'v' => &[
            ('c', "v.salary"),
            ('i', "v.id"),
            ('i', "v.salary"),
            ('t', "v.name"),
            ('d', "v.born"),
            ('n', "v.fee"),
            ('j', "v.doc"),
            ('a', "v.nums"),
            ('z', "v.seen"),
            ('u', "v"),
        ],
        'X' => &[('i', "v.x"), ('t', "v.y")],
        'S' => &[('c', "v.salary"), ('i', "v.salary")],
        'p' => &[('i', "p.id"), ('t', "p.name"), ('d', "p.born"), ('n', "p.fee"), ('u', "p")],
        'P' => &[('i', "p.id"), ('t', "p.name"), ('u', "p")],
        'I' => &[('i', "p.id")],
        'n' => &[
            ('c', "n.salary"),
            ('i', "n.id"),
            ('i', "n.salary"),
            ('t', "n.name"),
            ('d', "n.born"),
            ('n', "n.fee"),
            ('j', "n.doc"),
            ('a', "n.nums"),
            ('z', "n.seen"),
            ('u', "n"),
        ],
        _ => unreachable!("no such alias"),
    }
}

/// The columns of each relation of the schema.
const COLUMNS: [(Type, &str); 4] = [('i', "id"), ('t', "name"), ('d', "born"), ('n', "fee")];

/// How deep an expression is at most.
const DEEPEST: usize = 4;

/// The templates, by what they give; whole reports are of type `R`.
pub(super) struct Grammar<'a> {
    templates: BTreeMap<Type, Vec<&'a str>>,
    /// Calls of what the server has.
    calls: BTreeMap<Type, Vec<String>>,
}

impl<'a> Grammar<'a> {
    /// Reads templates: one a line, below a line that begins with `[`, what they give, and `]`.
    pub(super) fn parse(text: &'a str, calls: Vec<(Type, String)>) -> Self {
        let (mut all, mut of) = (BTreeMap::<Type, Vec<&str>>::new(), None);
        for line in text.lines().filter(|line| !line.is_empty() && !line.starts_with('#')) {
            match line.as_bytes() {
                [b'[', letter, b']', ..] => of = Some(char::from(*letter)),
                _ => all.entry(of.expect("a section before all templates")).or_default().push(line),
            }
        }
        let mut by_type = BTreeMap::<Type, Vec<String>>::new();
        calls.into_iter().for_each(|(of, call)| by_type.entry(of).or_default().push(call));
        Self { templates: all, calls: by_type }
    }

    /// A report, of type `R`, or a view's body as a sequence of choices has it.
    pub(super) fn text(&self, of: Type, choices: &[u16]) -> String {
        let mut writer = Writer {
            grammar: self,
            choices: choices.iter(),
            scope: Vec::new(),
            aliases: 0,
            text: String::new(),
        };
        let choice = writer.below(self.templates[&of].len());
        writer.whole(self.templates[&of][choice]);
        writer.text
    }
}

struct Writer<'a> {
    grammar: &'a Grammar<'a>,
    choices: std::slice::Iter<'a, u16>,
    scope: Vec<(Type, String)>,
    aliases: usize,
    text: String,
}

impl Writer<'_> {
    fn below(&mut self, count: usize) -> usize {
        self.choices.next().map_or(0, |choice| usize::from(*choice) % count)
    }

    fn whole(&mut self, mut template: &str) {
        while let Some(at) = template.find(['{', '[', ']']) {
            self.text.push_str(&template[..at]);
            let rest = &template[at..];
            if let Some(behind) = rest.strip_prefix(']') {
                self.scope.clear();
                template = behind;
            } else if let Some(aliases) = rest.strip_prefix('[') {
                let end = aliases.find(':').expect("aliases end");
                for of in aliases[..end].chars() {
                    self.scope.extend(columns(of).iter().map(|(of, name)| (*of, (*name).to_owned())));
                }
                template = &aliases[end + 1..];
            } else {
                match rest.as_bytes()[1] {
                    of @ (b'F' | b'w' | b'H' | b'Q' | b'S') => self.relation(char::from(of)),
                    of => self.expression(char::from(of), 0),
                }
                template = &rest[3..];
            }
        }
        self.text.push_str(template);
    }

    fn relation(&mut self, of: Type) {
        let grammar = self.grammar;
        let relations = &grammar.templates[&of];
        let choice = self.below(relations.len());
        self.text.push_str(relations[choice]);
    }

    /// A column of the type, if the choice falls on one, or a template of it.
    fn expression(&mut self, of: Type, depth: usize) {
        let columns = self.scope.iter().filter(|(is, _)| *is == of).map(|(_, name)| name.clone());
        let columns: Vec<String> = columns.collect();
        // The innermost query's alias; the first column by which a row is known, or what the hidden row has there.
        if of == 'u' || of == 'c' {
            let one = if of == 'u' { columns.last() } else { columns.first() };
            self.text.push_str(one.map_or("770", String::as_str));
            return;
        }
        let grammar = self.grammar;
        let templates = &grammar.templates[&of];
        let deepest = depth >= DEEPEST;
        // A third of what may be a column is one.
        if !columns.is_empty() && (deepest || self.below(3) == 1) {
            let choice = self.below(columns.len());
            self.text.push_str(&columns[choice]);
        } else if deepest {
            self.text.push_str(templates[0]);
        } else if let Some(calls) = grammar.calls.get(&of).filter(|_| self.below(4) == 3) {
            let choice = self.below(calls.len());
            self.template(&calls[choice], depth);
        } else {
            let choice = self.below(templates.len());
            self.template(templates[choice], depth);
        }
    }

    /// Writes a template. Its own relation is known to all that is asked for within its query.
    fn template(&mut self, mut template: &str, depth: usize) {
        let kept = self.scope.len();
        let mut own = template.contains("{w} {u}").then(|| {
            self.aliases += 1;
            format!("u{}", self.aliases)
        });
        while let Some((before, hole, behind)) = next(template) {
            self.text.push_str(before);
            if before.contains("SELECT")
                && let Some(alias) = own.take()
            {
                let columns = COLUMNS.map(|(of, name)| (of, format!("{alias}.{name}")));
                self.scope.extend(columns.into_iter().chain([('u', alias)]));
            }
            match hole {
                'w' => self.relation('w'),
                of => self.expression(of, depth + 1),
            }
            template = behind;
        }
        self.text.push_str(template);
        self.scope.truncate(kept);
    }
}

/// What stands before the next hole of a template, what it asks for, and what stands behind it.
fn next(template: &str) -> Option<(&str, char, &str)> {
    let is_hole =
        |at: &usize| matches!(template.as_bytes()[*at..], [b'{', of, b'}', ..] if of.is_ascii_alphabetic());
    let at = template.match_indices('{').map(|(at, _)| at).find(is_hole)?;
    Some((&template[..at], char::from(template.as_bytes()[at + 1]), &template[at + 3..]))
}
