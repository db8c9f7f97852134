//! Which tables and columns a pattern covers, and which patterns are refused.

use proptest::prelude::*;

use super::*;
use crate::Advice;

#[test]
fn read_takes_a_schema_or_tables_of_it() {
    let all = Read::parse("reporting").unwrap();
    assert!(
        all.covers_schema("reporting")
            && all.covers_table("reporting", "x")
            && !all.covers_table("other", "x")
    );
    let some = Read::parse("reporting.daily_*").unwrap();
    assert!(some.covers_table("reporting", "daily_x") && !some.covers_schema("reporting"));
    assert!(!some.covers_table("reporting", "Daily_x"));
    assert_eq!(some.to_string(), "reporting.daily_*");
}

#[test]
fn quoted_parts_are_literal() {
    let read = Read::parse(r#""a.b"."c*""#).unwrap();
    assert_eq!(read.schema.as_str(), "a.b");
    assert!(read.covers_table("a.b", "c*") && !read.covers_table("a.b", "cd"));
    let deny = Deny::parse(r#"*."say ""hi""".?"#).unwrap();
    assert!(deny.column("any", r#"say "hi""#, "x") && !deny.column("any", r#"say "hi""#, "xy"));
}

#[test]
fn deny_tells_tables_from_columns() {
    let tokens = Deny::parse("public.*_tokens").unwrap();
    assert!(tokens.table("public", "a_tokens") && tokens.column("public", "a_tokens", "any"));
    assert!(!tokens.table("public", "tokens_old") && !tokens.table("private", "a_tokens"));
    let column = Deny::parse("{public,private}.users.[ps]*").unwrap();
    assert!(!column.table("public", "users") && column.column("private", "users", "salt"));
    assert!(column.may_touch_schema("private") && !column.may_touch_schema("reporting"));
    assert!(Deny::parse("*.*").unwrap().may_touch_schema("anything/at.all"));
    assert!(Deny::parse("*.*").unwrap().table("anything", "with/slash.and.dots"));
}

#[test]
fn what_is_no_pattern_is_refused() {
    for pattern in [
        "", ".", "a.", ".a", "a..b", "a.b.c", "*", "a*.b", "[a].b", r#""a"#, r#"a"b"#, r#""a"b"#, "a.[b",
        "a.{b",
    ] {
        assert!(Read::parse(pattern).unwrap_err().hint().is_some(), "{pattern}");
    }
    for pattern in ["", "a", "a.b.c.d", "a.", "a.b.", "[.b", r#"a."b"#] {
        assert!(Deny::parse(pattern).unwrap_err().hint().is_some(), "{pattern}");
    }
}

#[test]
fn patterns_are_strings_in_json() {
    let deny: Deny = serde_json::from_str(r#""public.users.password""#).unwrap();
    assert_eq!(serde_json::to_string(&deny).unwrap(), r#""public.users.password""#);
    assert!(serde_json::from_str::<Read>(r#""*""#).is_err());
    assert_eq!(
        Deny::always(),
        Deny::parse(r#""rolewright"."local_system_secrets""#)
            .map(|mut deny| {
                deny.written = Deny::always().written;
                deny
            })
            .unwrap()
    );
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_panics_and_a_quoted_name_matches_itself(text in any::<String>(), name in "[^\0]{1,15}") {
        let _ = (Read::parse(&text), Deny::parse(&text));
        let quoted = format!("\"{0}\".\"{0}\"", name.replace('"', "\"\""));
        prop_assert!(Deny::parse(&quoted).unwrap().table(&name, &name));
    }
}
