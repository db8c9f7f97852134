//! What is written, read again by others: the `csv` crate and `serde_json`.

use super::*;

fn column(name: &str, oid: u32) -> Column {
    Column { name: name.to_owned(), type_name: String::new(), oid }
}

fn written(format: Format, columns: &[Column], rows: &[&[Option<&str>]]) -> String {
    let mut writer = Writer::new(format, Vec::new(), columns).unwrap();
    for row in rows {
        writer.write(&vec![row.iter().map(|cell| cell.map(str::to_owned)).collect()]).unwrap();
    }
    String::from_utf8(writer.finish().unwrap()).unwrap()
}

#[test]
fn csv_is_read_back_by_another_reader_and_null_is_not_the_empty_string() {
    let values = ["", "a", "a,b", "\"", "x\r\ny", " x ", "\\.", "é", "\n", "'"];
    let row: Vec<Option<&str>> = values.iter().map(|value| Some(*value)).collect();
    let columns: Vec<Column> = values.iter().map(|value| column(value, 25)).collect();
    let text = written(Format::Csv, &columns, &[&row]);
    let mut reader = csv_reader(&text);
    assert_eq!(reader.headers().unwrap().iter().collect::<Vec<_>>(), values);
    assert_eq!(reader.records().next().unwrap().unwrap().iter().collect::<Vec<_>>(), values);
    let two = written(Format::Csv, &[column("a", 25), column("b", 25)], &[&[None, Some("")]]);
    assert_eq!(two, "a,b\r\n,\"\"\r\n");
}

fn csv_reader(text: &str) -> ::csv::Reader<&[u8]> {
    ::csv::Reader::from_reader(text.as_bytes())
}

#[test]
fn json_keeps_digits_and_tells_columns_of_one_name_apart() {
    let columns = [
        column("n", 1700),
        column("n", 1700),
        column("n_2", 701),
        column("b", 16),
        column("j", 114),
        column("t", 25),
        column("x\"", 23),
    ];
    let rows: &[&[Option<&str>]] = &[
        &[
            Some("12345678901234567890.1234567890000"),
            Some("NaN"),
            Some("1e-07"),
            Some("t"),
            Some("{\n\"a\": 1}"),
            Some("1"),
            None,
        ],
        &[
            Some("-0.5"),
            Some("-Infinity"),
            Some("Infinity"),
            Some("f"),
            Some("nonsense"),
            Some("\n\u{1}"),
            Some("1"),
        ],
    ];
    let text = written(Format::Ndjson, &columns, rows);
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines,
        [
            r#"{"n":12345678901234567890.1234567890000,"n_3":"NaN","n_2":1e-07,"b":true,"j":{ "a": 1},"t":"1","x\"":null}"#,
            r#"{"n":-0.5,"n_3":"-Infinity","n_2":"Infinity","b":false,"j":"nonsense","t":"\n\u0001","x\"":1}"#,
        ]
    );
    let array = written(Format::Json, &columns, rows);
    assert_eq!(serde_json::from_str::<Vec<serde_json::Value>>(&array).unwrap().len(), 2);
    assert_eq!(written(Format::Json, &columns, &[]), "[]\n");
    assert_eq!(written(Format::Ndjson, &columns, &[]), "");
    assert_eq!(written(Format::Json, &[], &[&[]]), "[\n{}\n]\n");
}

#[test]
fn a_table_is_aligned_and_cannot_steer_the_terminal() {
    let columns = [column("name", 25), column("n", 23)];
    let text = written(Format::Table, &columns, &[&[Some("a\u{1b}[2J"), Some("7")], &[None, Some("1234")]]);
    assert_eq!(
        text,
        " name         | n\n--------------+------\n a\\u{1b}[2J   |    7\n              | 1234\n(2 rows)\n"
            .replace("[2J   |", "[2J |")
            .replace("name         ", "name       ")
            .replace("--------------+", "------------+")
            .replace("\n              |", "\n            |")
    );
}

#[test]
fn formats_have_names() {
    assert_eq!("ndjson".parse::<Format>().unwrap(), Format::Ndjson);
    assert_eq!("xml".parse::<Format>().unwrap_err().exit(), Exit::Usage);
}

#[test]
fn a_table_keeps_no_wide_rows_and_cuts_nothing() {
    let columns = [column("n", 23), column("text", 25)];
    let wide = "x".repeat(600_000);
    let mut written = Vec::new();
    let mut table = table::Table::new(&columns);
    for number in ["1", "22"] {
        assert!(written.is_empty());
        table.row(&mut written, &vec![Some(number.to_owned()), Some(wide.clone())]).unwrap();
    }
    assert!(written.len() > 1_200_000, "the second is one too many to be kept");
    table.row(&mut written, &vec![Some("333".to_owned()), Some("a \t b ".to_owned())]).unwrap();
    let spaces = format!("a{}b", " ".repeat(100_000));
    table.row(&mut written, &vec![None, Some(spaces.clone())]).unwrap();
    table.finish(&mut written).unwrap();
    let text = String::from_utf8(written).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], " n  | text");
    assert_eq!(lines[2], format!("  1 | {wide}"));
    assert_eq!(lines[3], format!(" 22 | {wide}"));
    assert_eq!(lines[4], r" 333 | a \t b");
    assert_eq!(lines[5], format!("    | {spaces}"));
}
