//! The values of constants, as a tree has them: a datum's own bytes, in the server's order.

use std::cmp::Ordering;

use super::{Tree, read::Item};

/// `text` and `unknown`.
const TEXTS: [u32; 2] = [25, 705];
const NUMERIC: u32 = 1700;
/// `double precision`.
const FLOAT8: u32 = 701;
/// `NUMERIC_SIGN_MASK`, `NUMERIC_SHORT`, `NUMERIC_SHORT_SIGN_MASK`, `NUMERIC_SHORT_WEIGHT_SIGN_MASK`, and that with `NUMERIC_SHORT_WEIGHT_MASK`.
const SIGN_MASK: u16 = 0xC000;
const SHORT: u16 = 0x8000;
const BELOW_ZERO: u16 = 0x2000;
const BELOW_ONE: u16 = 0x0040;
const WEIGHT: u16 = 0x007F;

/// A constant's bytes; nothing where the item is none, or NULL.
pub(super) fn bytes<'t>(tree: &'t Tree<'_>, item: usize) -> Option<&'t [u8]> {
    let constant = tree.kind(item) == Some("CONST") && tree.word(item, "constisnull") == Ok("false");
    match constant.then(|| tree.field(item, "constvalue")).flatten().map(|value| &tree.items[value]) {
        Some(Item::Bytes(bytes)) => Some(bytes),
        _ => None,
    }
}

/// Whether an item is a constant that is NULL.
pub(super) fn is_null(tree: &Tree<'_>, item: usize) -> bool {
    tree.kind(item) == Some("CONST") && tree.word(item, "constisnull") == Ok("true")
}

/// The value of a constant of type `text`.
pub(super) fn text<'t>(tree: &'t Tree<'_>, item: usize) -> Option<&'t str> {
    let bytes = bytes(tree, item)?;
    let is_text = TEXTS.contains(&tree.number(item, "consttype").ok()?);
    // What is made from a text by the parser has the long form of a length before it.
    is_text.then(|| bytes.get(4..)).flatten().and_then(|text| std::str::from_utf8(text).ok())
}

/// The value of a constant that is a whole number, or a date, of this many bytes at most.
pub(super) fn whole(tree: &Tree<'_>, item: usize) -> Option<i64> {
    let bytes: [u8; 8] = bytes(tree, item)?.try_into().ok()?;
    let value = i64::from_ne_bytes(bytes);
    // What is shorter stands in the first bytes of a datum; of what is behind nothing is said.
    match tree.number(item, "constlen").ok()? {
        8 => Some(value),
        4 => Some(i64::from(i32::from_ne_bytes(bytes[..4].try_into().ok()?))),
        2 => Some(i64::from(i16::from_ne_bytes(bytes[..2].try_into().ok()?))),
        _ => None,
    }
}

/// Whether a constant is a number (`numeric`) of at most 256 digits before the point and 63 behind it, or none at all (`NaN`): one of the short
/// form, whose header says so (`NUMERIC_SHORT`, `NUMERIC_SPECIAL`).
pub(super) fn is_short_number(tree: &Tree<'_>, item: usize) -> bool {
    number(tree, item).is_some_and(|(header, _)| header & SHORT != 0)
}

/// The header of a constant number, and its digits, four in two bytes each.
fn number<'t>(tree: &'t Tree<'_>, item: usize) -> Option<(u16, &'t [u8])> {
    if tree.number(item, "consttype") != Ok(NUMERIC) {
        return None;
    }
    match bytes(tree, item)? {
        // What the parser makes has the long form of a length before it.
        [first, _, _, _, one, other, digits @ ..] if first & 3 == 0 => {
            Some((u16::from_ne_bytes([*one, *other]), digits))
        }
        _ => None,
    }
}

/// Whether a constant that is a whole number, or a short one of type `numeric`, is below, above or equal to zero.
pub(super) fn sign(tree: &Tree<'_>, item: usize) -> Option<Ordering> {
    let Some((header, digits)) = number(tree, item) else {
        return whole(tree, item).map(|value| value.cmp(&0));
    };
    (header & SIGN_MASK == SHORT).then_some(match digits {
        [] => Ordering::Equal,
        _ if header & BELOW_ZERO != 0 => Ordering::Less,
        _ => Ordering::Greater,
    })
}

/// Whether a constant is a number from 0 to 1, as it is or to be cast.
pub(super) fn is_share(tree: &Tree<'_>, item: usize) -> bool {
    if tree.number(item, "consttype") == Ok(FLOAT8) {
        let share = bytes(tree, item).and_then(|bytes| bytes.try_into().ok()).map(f64::from_ne_bytes);
        return share.is_some_and(|share| (0.0..=1.0).contains(&share));
    }
    let Some((header, digits)) = number(tree, item) else {
        return whole(tree, item).is_some_and(|value| (0..=1).contains(&value));
    };
    match sign(tree, item) {
        Some(Ordering::Equal) => true,
        Some(Ordering::Greater) => {
            header & BELOW_ONE != 0 || header & WEIGHT == 0 && digits == 1_u16.to_ne_bytes()
        }
        _ => false,
    }
}

/// The microseconds, days and months of a constant of type `interval`.
pub(super) fn interval(tree: &Tree<'_>, item: usize) -> Option<(i64, i32, i32)> {
    let bytes = bytes(tree, item).filter(|bytes| bytes.len() == 16)?;
    let time = i64::from_ne_bytes(bytes[..8].try_into().ok()?);
    let days = i32::from_ne_bytes(bytes[8..12].try_into().ok()?);
    Some((time, days, i32::from_ne_bytes(bytes[12..].try_into().ok()?)))
}
