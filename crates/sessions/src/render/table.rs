//! An aligned table for people. The widths are those of the first rows; a wider value further down sticks out.

use std::io::{self, Read, Write};

use crate::{Column, Row};

/// Rows and bytes that are looked at before the widths are fixed, and the widest a column gets.
const SAMPLE: usize = 500;
const SAMPLE_BYTES: usize = 1 << 20;
const WIDEST: usize = 60;

pub(super) struct Table {
    names: Vec<String>,
    right: Vec<bool>,
    sample: Vec<Row>,
    sample_bytes: usize,
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
            sample_bytes: 0,
            widths: None,
            rows: 0,
        }
    }

    pub(super) fn row(&mut self, out: &mut impl Write, row: &Row) -> io::Result<()> {
        self.rows += 1;
        if let Some(widths) = &self.widths {
            return line(out, row.iter().map(Option::as_deref), widths, &self.right);
        }
        let bytes: usize = row.iter().flatten().map(String::len).sum();
        if self.sample_bytes + bytes > SAMPLE_BYTES {
            // Not kept: it is written from where it lies.
            let widths = self.begin(out, Some(row))?;
            line(out, row.iter().map(Option::as_deref), &widths, &self.right)?;
            self.widths = Some(widths);
            return Ok(());
        }
        self.sample_bytes += bytes;
        self.sample.push(row.clone());
        if self.sample.len() >= SAMPLE {
            self.widths = Some(self.begin(out, None)?);
        }
        Ok(())
    }

    pub(super) fn finish(&mut self, out: &mut impl Write) -> io::Result<()> {
        if self.widths.is_none() {
            self.widths = Some(self.begin(out, None)?);
        }
        writeln!(out, "({} {})", self.rows, if self.rows == 1 { "row" } else { "rows" })
    }

    /// Writes the header and the sample, as wide as these and the row at hand want it.
    fn begin(&mut self, out: &mut impl Write, at_hand: Option<&Row>) -> io::Result<Vec<usize>> {
        let mut widths: Vec<usize> = self.names.iter().map(|name| width(name, usize::MAX)).collect();
        for row in self.sample.iter().chain(at_hand) {
            for (widest, cell) in widths.iter_mut().zip(row) {
                *widest = (*widest).max(width(cell.as_deref().unwrap_or_default(), WIDEST));
            }
        }
        line(out, self.names.iter().map(|name| Some(name.as_str())), &widths, &vec![false; widths.len()])?;
        let rule: Vec<String> = widths.iter().map(|width| "-".repeat(width + 2)).collect();
        writeln!(out, "{}", rule.join("+"))?;
        for row in std::mem::take(&mut self.sample) {
            line(out, row.iter().map(Option::as_deref), &widths, &self.right)?;
        }
        Ok(widths)
    }
}

/// How wide a text is written, or `most` where it is wider.
fn width(text: &str, most: usize) -> usize {
    let mut wide = 0;
    for c in text.chars() {
        wide += if c.is_control() { c.escape_default().count() } else { 1 };
        if wide >= most {
            return most;
        }
    }
    wide
}

/// A line that is written as it comes, but for spaces, which wait for something to follow them.
struct Line<'a, W> {
    out: &'a mut W,
    spaces: u64,
}

impl<W: Write> Line<'_, W> {
    fn put(&mut self, text: &str) -> io::Result<()> {
        let body = text.trim_end_matches(' ');
        if !body.is_empty() {
            // Not by a format's width, which has a limit.
            io::copy(&mut io::repeat(b' ').take(std::mem::take(&mut self.spaces)), self.out)?;
            self.out.write_all(body.as_bytes())?;
        }
        self.spaces += (text.len() - body.len()) as u64;
        Ok(())
    }

    /// Control characters would move the cursor, or worse, of the terminal.
    fn put_visible(&mut self, mut text: &str) -> io::Result<()> {
        while let Some((at, c)) = text.char_indices().find(|(_, c)| c.is_control()) {
            self.put(&text[..at])?;
            self.put(&c.escape_default().to_string())?;
            text = &text[at + c.len_utf8()..];
        }
        self.put(text)
    }
}

fn line<'a>(
    out: &mut impl Write,
    cells: impl Iterator<Item = Option<&'a str>>,
    widths: &[usize],
    right: &[bool],
) -> io::Result<()> {
    let mut line = Line { out, spaces: 0 };
    for (index, (cell, &wanted)) in cells.zip(widths).enumerate() {
        let cell = cell.unwrap_or_default();
        line.put(if index == 0 { " " } else { " | " })?;
        let padding = (wanted - width(cell, wanted)) as u64;
        if right.get(index) == Some(&true) {
            line.spaces += padding;
            line.put_visible(cell)?;
        } else {
            line.put_visible(cell)?;
            line.spaces += padding;
        }
    }
    writeln!(line.out)
}
