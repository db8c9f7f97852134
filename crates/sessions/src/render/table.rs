//! An aligned table for people. The widths are those of the first rows; a wider value further down sticks out.

use std::io::{self, Write};

use crate::{Column, Row};

/// Rows that are looked at before the widths are fixed, and the widest a column gets.
const SAMPLE: usize = 500;
const WIDEST: usize = 60;

pub(super) struct Table {
    names: Vec<String>,
    right: Vec<bool>,
    sample: Vec<Row>,
    widths: Option<Vec<usize>>,
    rows: u64,
}

impl Table {
    pub(super) fn new(columns: &[Column]) -> Self {
        // int8, int2, int4, oid, float4, float8, money, numeric: aligned right, as psql does.
        let right = |column: &Column| matches!(column.oid, 20 | 21 | 23 | 26 | 700 | 701 | 790 | 1700);
        Self {
            names: columns.iter().map(|column| column.name.clone()).collect(),
            right: columns.iter().map(right).collect(),
            sample: Vec::new(),
            widths: None,
            rows: 0,
        }
    }

    pub(super) fn row(&mut self, out: &mut impl Write, row: &Row) -> io::Result<()> {
        self.rows += 1;
        if let Some(widths) = &self.widths {
            return line(out, row.iter().map(Option::as_deref), widths, &self.right);
        }
        self.sample.push(row.clone());
        if self.sample.len() >= SAMPLE { self.begin(out) } else { Ok(()) }
    }

    pub(super) fn finish(&mut self, out: &mut impl Write) -> io::Result<()> {
        if self.widths.is_none() {
            self.begin(out)?;
        }
        writeln!(out, "({} {})", self.rows, if self.rows == 1 { "row" } else { "rows" })
    }

    fn begin(&mut self, out: &mut impl Write) -> io::Result<()> {
        let mut widths: Vec<usize> = self.names.iter().map(|name| width(name)).collect();
        for row in &self.sample {
            for (widest, cell) in widths.iter_mut().zip(row) {
                *widest = (*widest).max(width(cell.as_deref().unwrap_or_default()).min(WIDEST));
            }
        }
        line(out, self.names.iter().map(|name| Some(name.as_str())), &widths, &vec![false; widths.len()])?;
        let rule: Vec<String> = widths.iter().map(|width| "-".repeat(width + 2)).collect();
        writeln!(out, "{}", rule.join("+"))?;
        for row in std::mem::take(&mut self.sample) {
            line(out, row.iter().map(Option::as_deref), &widths, &self.right)?;
        }
        self.widths = Some(widths);
        Ok(())
    }
}

fn width(text: &str) -> usize {
    visible(text).chars().count()
}

/// Control characters would move the cursor, or worse, of the terminal.
fn visible(text: &str) -> String {
    let escape = |c: char| if c.is_control() { c.escape_default().collect() } else { String::from(c) };
    text.chars().map(escape).collect()
}

fn line<'a>(
    out: &mut impl Write,
    cells: impl Iterator<Item = Option<&'a str>>,
    widths: &[usize],
    right: &[bool],
) -> io::Result<()> {
    let mut text = String::new();
    for (index, (cell, width)) in cells.zip(widths).enumerate() {
        let cell = visible(cell.unwrap_or_default());
        let separator = if index == 0 { " " } else { " | " };
        if right.get(index) == Some(&true) {
            text.push_str(&format!("{separator}{cell:>width$}"));
        } else {
            text.push_str(&format!("{separator}{cell:<width$}"));
        }
    }
    writeln!(out, "{}", text.trim_end())
}
