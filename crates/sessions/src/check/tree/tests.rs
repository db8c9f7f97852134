//! Trees captured from every major, one a line below its text, and texts that are no trees.

use proptest::prelude::*;

use super::{Behind, Body, NotOne, Tree, TreeError, TypeOf, body, bounded, mentions, targets};

const CAPTURED: [(u32, &str); 5] = [
    (14, include_str!("captured/14.txt")),
    (15, include_str!("captured/15.txt")),
    (16, include_str!("captured/16.txt")),
    (17, include_str!("captured/17.txt")),
    (18, include_str!("captured/18.txt")),
];

/// Relations of this many partitions, all of them plain.
struct Partitions(u64);

impl Behind for Partitions {
    fn view(&self, _: u32) -> Option<&str> {
        None
    }

    fn relations(&self, _: u32) -> (u64, u64, u64) {
        (self.0, 6, 1)
    }

    fn computed(&self, _: u32) -> Vec<(i32, u64)> {
        Vec::new()
    }

    fn is_extreme(&self, _: u32) -> bool {
        true
    }
}

/// The texts of a major with their trees.
fn captured(text: &'static str) -> impl Iterator<Item = (&'static str, &'static str)> {
    text.lines().zip(text.lines().skip(1)).step_by(2)
}

/// The tree of the text that begins so.
fn tree_of(major: usize, beginning: &str) -> &'static str {
    captured(CAPTURED[major - 14].1).find(|(sql, _)| sql.starts_with(beginning)).unwrap().1
}

#[test]
fn every_captured_tree_is_read() {
    for (major, text) in CAPTURED {
        assert!(captured(text).count() > 10, "{major}");
        for (sql, text) in captured(text) {
            let tree = Tree::read(text).unwrap_or_else(|error| panic!("{major}: {sql}: {error}"));
            let query =
                body(&tree, Body::Function).unwrap_or_else(|error| panic!("{major}: {sql}: {error:?}"));
            mentions(&tree).unwrap_or_else(|error| panic!("{major}: {sql}: {error}"));
            targets(&tree, query).unwrap_or_else(|error| panic!("{major}: {sql}: {error}"));
            bounded(&tree, &Partitions(1), 0).unwrap_or_else(|error| panic!("{major}: {sql}: {error}"));
        }
    }
}

#[test]
fn what_is_read_is_counted_with_its_partitions() {
    for major in 14..=18 {
        let tree = Tree::read(tree_of(major, "SELECT id, name, p FROM")).unwrap();
        assert_eq!(bounded(&tree, &Partitions(1_000), 0), Ok(Vec::new()));
        assert_eq!(bounded(&tree, &Partitions(20_000), 0), Err(TreeError::Copied));
    }
}

#[test]
fn columns_and_their_types_are_told() {
    for major in 14..=18 {
        let tree = Tree::read(tree_of(major, "SELECT id, name, p FROM")).unwrap();
        let query = body(&tree, Body::Function).unwrap();
        let found = targets(&tree, query).unwrap();
        let names: Vec<&str> = found.iter().map(|target| target.name.as_str()).collect();
        assert_eq!(names, ["id", "name", "p"]);
        assert_eq!((found[0].of, found[1].of), (TypeOf::Oid(23), TypeOf::Oid(25)));
        let mentions = mentions(&tree).unwrap();
        let used = mentions.relations.values().next().unwrap();
        // The whole row, id, name and born.
        assert_eq!(used.columns.iter().copied().collect::<Vec<_>>(), [0, 1, 2, 6]);
        assert!(used.children && !used.idle);
        assert!(mentions.operators.contains(&1097) && mentions.types.contains(&1082));
    }
}

#[test]
fn what_is_not_known_is_refused() {
    let good = tree_of(18, "SELECT id, name, p FROM");
    let node = good.replace("{CONST ", "{SURPRISE ");
    assert_eq!(Tree::read(&node).unwrap_err(), TreeError::Node("SURPRISE".to_owned()));
    let field = good.replace(":paramid 2", ":paramid 2 :newoid 7");
    assert_eq!(Tree::read(&field).unwrap_err(), TreeError::Field("PARAM.newoid".to_owned()));
    let twice = good.replace(":paramid 2", ":paramid 2 :paramid 3");
    assert_eq!(Tree::read(&twice).unwrap_err(), TreeError::Shape("paramid".to_owned()));
    let update = good.replace(":commandType 1", ":commandType 2");
    assert_eq!(body(&Tree::read(&update).unwrap(), Body::Function), Err(NotOne::Writes));
    let two = format!("{} {}", &good[..good.len() - 1], &good[1..]);
    assert_eq!(body(&Tree::read(&two).unwrap(), Body::Function), Err(NotOne::Several));
}

#[test]
fn a_name_cannot_pass_for_a_field() {
    let good = tree_of(16, "SELECT id, name, p FROM");
    for alias in [":relid", r":relid\ 0", "<>", r"\<>", r"\{QUERY", r"x\}"] {
        let text = good.replace(":aliasname p", &format!(":aliasname {alias}"));
        let (tree, plain) = (Tree::read(&text).unwrap(), Tree::read(good).unwrap());
        assert_eq!(mentions(&tree).unwrap(), mentions(&plain).unwrap(), "{alias}");
    }
}

#[test]
fn depth_is_bounded() {
    let deep = "(".repeat(1_000_000);
    assert_eq!(Tree::read(&deep).unwrap_err(), TreeError::TooLarge);
    let deep = "{COLLATE :arg ".repeat(1_000_000);
    assert_eq!(Tree::read(&deep).unwrap_err(), TreeError::TooLarge);
}

proptest! {
    #[test]
    fn no_input_panics(text in ".*", near in r"(\(|\)|\{|\}|\{QUERY|:rtable|:args|:constvalue|<>|\[|\]| |7|\\|é|\{RTE|\(o|\{VAR)*") {
        for text in [text, near] {
            if let Ok(tree) = Tree::read(&text) {
                let _ = (body(&tree, Body::Function), body(&tree, Body::View), mentions(&tree), targets(&tree, 0), bounded(&tree, &Partitions(9), 0));
            }
        }
    }

    #[test]
    fn no_damaged_tree_panics(at in 0usize..20_000, cut in 0usize..40, put in "[(){} :<>a0-9\\\\]{0,8}", major in 14usize..19) {
        let mut text = tree_of(major, "SELECT CASE id").to_owned();
        let at = at.min(text.len());
        let end = (at + cut).min(text.len());
        prop_assume!(text.is_char_boundary(at) && text.is_char_boundary(end));
        text.replace_range(at..end, &put);
        if let Ok(tree) = Tree::read(&text) {
            if let Ok(query) = body(&tree, Body::Function) {
                let _ = targets(&tree, query);
            }
            let _ = (mentions(&tree), bounded(&tree, &Partitions(9), 0));
        }
    }
}
