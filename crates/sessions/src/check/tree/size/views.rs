//! How large views are, and their columns: a view is a query in FROM.

use std::{collections::HashMap, rc::Rc};

use super::{
    super::{Body, Tree, TreeError, body, simple::is_simple},
    Behind, Mode, Size,
    reach::{Reach, seen},
    walk::Sizes,
};

/// The most levels of what is copied.
const MOST_DEPTH: usize = 500;

/// A view.
#[derive(Debug, Default)]
pub(super) struct View {
    pub(super) size: Size,
    pub(super) reach: Reach,
    /// Whether it is merged with what reads it.
    merged: bool,
    /// Its columns in a query that it is merged with, and in conditions.
    columns: HashMap<i32, (Size, Size)>,
}

/// The views behind a tree, and how deep the measuring is.
pub(super) struct Views<'b> {
    pub(super) behind: &'b dyn Behind,
    /// What is being measured counts nothing within itself.
    known: HashMap<u32, Rc<View>>,
    depth: usize,
}

impl<'b> Views<'b> {
    pub(super) fn over(behind: &'b dyn Behind) -> Self {
        Self { behind, known: HashMap::new(), depth: 0 }
    }

    pub(super) fn deeper(&mut self) -> Result<(), TreeError> {
        self.depth += 1;
        if self.depth > MOST_DEPTH { Err(TreeError::Copied) } else { Ok(()) }
    }

    pub(super) fn higher(&mut self) {
        self.depth -= 1;
    }

    /// The view of this number, if it is one.
    pub(super) fn view(&mut self, relation: u32) -> Result<Option<Rc<View>>, TreeError> {
        if let Some(known) = self.known.get(&relation) {
            return Ok(Some(Rc::clone(known)));
        }
        let Some(text) = self.behind.view(relation) else { return Ok(None) };
        self.known.insert(relation, Rc::default());
        let view = Rc::new(self.measured(text)?);
        self.known.insert(relation, Rc::clone(&view));
        Ok(Some(view))
    }

    fn measured(&mut self, text: &str) -> Result<View, TreeError> {
        let shape = |name: &str| TreeError::Shape(name.to_owned());
        let tree = Tree::read(text)?;
        let query = body(&tree, Body::View).map_err(|_| shape("ev_action"))?;
        let mut sizes = Sizes::over(&tree, self, Some(query))?;
        let size = sizes.of(query, Mode::Merged)?;
        let reach = sizes.reach(query)?;
        let mut columns = HashMap::new();
        for &target in tree.list(query, "targetList")? {
            let number = tree.word(target, "resno")?.parse().map_err(|_| shape("resno"))?;
            let expression = tree.field(target, "expr").ok_or_else(|| shape("expr"))?;
            let merged = sizes.of(expression, Mode::Merged)?;
            columns.insert(number, (merged, sizes.of(expression, Mode::Pushed)?));
        }
        Ok(View { size, reach: seen(&tree, query, reach), merged: is_simple(&tree, query), columns })
    }
}

impl View {
    /// What a column becomes; 0 is the whole row, which becomes one of all its columns.
    pub(super) fn column(&self, number: i32, mode: Mode) -> Size {
        let of = |(merged, pushed): &(Size, Size)| if mode == Mode::Merged { *merged } else { *pushed };
        match number {
            _ if mode == Mode::Merged && !self.merged => Size::ONE,
            0 => self.columns.values().map(|column| of(column).some()).fold(Size::ONE, Size::plus),
            _ => self.columns.get(&number).map_or(Size::ONE, of),
        }
    }
}
