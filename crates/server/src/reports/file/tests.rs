//! The file form reads back what it wrote, whatever that is, and says where it cannot read.

use std::time::Duration;

use proptest::{collection::vec, option, prelude::*};

use super::{FileError, parse, render};
use crate::reports::{Definition, Parameter};

/// Any text a database can hold, with the characters that a header could stumble over more often than chance has it.
fn anything() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        4 => "[^\0]{0,6}",
        1 => prop::sample::select(vec!["\n", "---", "-- ---", "\n---\n", "\"\"\"", "\\", "\r\n", " \n", "\t", "#", "[[param]]", "\u{7f}", "\u{2028}"])
            .prop_map(str::to_owned),
    ];
    vec(piece, 0..8).prop_map(|pieces| pieces.concat())
}

fn param() -> impl Strategy<Value = Parameter> {
    let default = prop_oneof![Just(None), Just(Some(None)), option::of(anything()).prop_map(Some)];
    ("[a-z_][a-z0-9_]{0,9}", "[a-z\"][a-z. \"]{0,8}[a-z\"](\\[\\])?", default, anything()).prop_map(
        |(name, type_name, default, description)| Parameter {
            name,
            type_name,
            required: default.is_none(),
            default: default.flatten(),
            description,
        },
    )
}

prop_compose! {
    fn definition()(
        name in "[a-z0-9_-]{1,63}",
        title in anything(),
        description in anything(),
        connection in "[^\\x00-\\x1f\\x7f-\\x9f]{1,9}",
        max_rows in option::of(1..=i64::MAX as u64),
        timeout in option::of(1..=i32::MAX as u64),
        max_bytes in option::of(1..=i64::MAX as u64),
        params in vec(param(), 0..4),
        text in anything(),
    ) -> Definition {
        let mut report = Definition::new(name.parse().unwrap(), connection, &text);
        report = Definition { title, description, max_rows, max_bytes, ..report };
        report.timeout = timeout.map(Duration::from_millis);
        for param in params {
            if report.params.iter().all(|known| known.name != param.name) {
                report.params.push(param);
            }
        }
        report
    }
}

proptest! {
    #[test]
    fn what_is_written_reads_back_the_same(report in definition()) {
        prop_assume!(report.check().is_ok());
        let file = render(&report);
        prop_assert!(file.ends_with('\n'));
        let read = parse(&file).map_err(|error| TestCaseError::fail(format!("{error} in:\n{file}")))?;
        prop_assert_eq!(&read, &report);
        prop_assert_eq!(render(&read), file);
    }

    #[test]
    fn no_text_makes_it_panic(text in anything(), header in anything()) {
        let _ = parse(&text);
        let lines: String = header.split('\n').map(|line| format!("-- {line}\n")).collect();
        let _ = parse(&format!("-- ---\n{lines}-- ---\n{text}"));
    }
}

#[test]
fn a_title_with_a_fence_in_it_ends_no_header() {
    for title in ["---\u{2028}\n---\n", "a\n---\u{a0}", "a\n--- \nb", "a\n---\u{85}\n"] {
        let mut report = Definition::new("r".parse().unwrap(), "c".to_owned(), "SELECT 1");
        report.title = title.to_owned();
        assert_eq!(parse(&render(&report)).unwrap(), report, "{title:?}");
    }
}

fn failure(text: &str) -> FileError {
    parse(text).unwrap_err()
}

#[test]
fn what_cannot_be_read_is_named_by_line_and_key() {
    let file = |header: &str| format!("-- ---\n{header}\n-- ---\nSELECT 1\n");
    let fine = "-- name = \"r\"\n-- connection = \"c\"\n";
    for (text, line, key, word) in [
        ("SELECT 1".to_owned(), 1, None, "begins with"),
        ("-- ---\n-- name = \"r\"\n".to_owned(), 3, None, "does not end"),
        ("-- ---\nSELECT 1\n-- ---\n".to_owned(), 2, None, "`--`"),
        (file("-- name = 7\n-- connection = \"c\""), 2, Some("name"), "string"),
        (file("-- name = \"R!\"\n-- connection = \"c\""), 2, Some("name"), "cannot name"),
        (file(&format!("{fine}-- colour = \"red\"")), 4, Some("colour"), "unknown field"),
        (file(&format!("{fine}-- timeout = \"soon\"")), 4, Some("timeout"), "30s"),
        (file(&format!("{fine}-- max_rows = 0")), 4, Some("max_rows"), "at least 1"),
        (file(&format!("{fine}-- max_rows = -1")), 4, Some("max_rows"), ""),
        (
            file(&format!("{fine}-- [[param]]\n-- name = \"a\"\n-- type = \"\"")),
            6,
            Some("param.a.type"),
            "type",
        ),
        (
            file(&format!(
                "{fine}-- [[param]]\n-- name = \"a\"\n-- type = \"int\"\n-- required = true\n-- default = \"1\""
            )),
            7,
            Some("param.a.required"),
            "contradicts",
        ),
        (
            file(&format!(
                "{fine}-- [[param]]\n-- name = \"a\"\n-- type = \"int\"\n-- [[param]]\n-- name = \"a\"\n-- type = \"int\""
            )),
            8,
            Some("param.a.name"),
            "two",
        ),
        (file("-- name = \"r"), 2, Some("name"), ""),
    ] {
        let error = failure(&text);
        assert_eq!((error.line, error.key.as_deref()), (line, key), "{error}\n{text}");
        assert!(error.to_string().contains(word), "{error}");
    }
    assert!(failure(&file("-- name = \"r\"")).to_string().contains("connection"));
}

#[test]
fn line_ends_of_windows_and_a_byte_order_mark_make_no_difference() {
    let unix = "-- ---\n-- name = \"r\"\n-- connection = \"c\"\n-- ---\nSELECT 1,\n  2\n";
    let windows = format!("\u{feff}{}", unix.replace('\n', "\r\n"));
    assert_eq!(parse(&windows).unwrap(), parse(unix).unwrap());
}
