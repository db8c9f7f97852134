//! What is a placeholder, what is not, and where it stands.

use proptest::prelude::*;

use super::*;

fn numbered(text: &str) -> String {
    let template = Template::parse(text).unwrap();
    template.render("", |index| format!("${}", index + 1)).sql
}

#[test]
fn placeholders_are_replaced_each_name_by_one_number() {
    assert_eq!(numbered("select :a, :b_2, :a"), "select  $1 ,  $2 ,  $1 ");
    assert_eq!(numbered("select x:a"), "select x $1 ");
    assert_eq!(numbered("select :a::date"), "select  $1 ::date");
    assert_eq!(numbered("select array[:a, :b]"), "select array[ $1 ,  $2 ]");
    assert_eq!(numbered("select x[:a]"), "select x[ $1 ]");
    assert_eq!(numbered("select f(a := :a)"), "select f(a :=  $1 )");
    assert_eq!(numbered("select 1E'\\':a':b"), "select 1E'\\':a' $1 ");
    assert_eq!(numbered("select x[1: :n]"), "select x[1:  $1 ]");
    assert_eq!(numbered("select x[f(:n)]"), "select x[f( $1 )]");
}

#[test]
fn what_looks_like_a_placeholder_is_left_alone() {
    for text in [
        "select ':a'",
        "select ''':a'",
        r"select '\', ':a'",
        r"select E'\':a'",
        r"select e'x\\\':a'",
        "select E'a'\n  '\\':a'",
        "select E'a' -- ' c\n'\\':a'",
        "select \":a\", \"x\"\":a\"",
        "select $$:a$$, $x$ :a $$ :b $x$",
        "select $é$ :a $é$",
        "select 1 -- :a",
        "select 1 /* :a /* :b */ :c */",
        "select 1 /* :a",
        "select ':a",
        "select $$ :a",
        "select '1'::a, x::b[]",
        "select x[1:2], x[1:n], x[n:m], x[f(1):n], x['1':n]",
        "select a$1, b$x$",
        "select U&':a', B'1', x':a'",
        "select f(a := 1)",
        "select é:1, 1:2",
    ] {
        assert_eq!(numbered(text), text);
    }
}

#[test]
fn numbers_and_strange_names_are_refused() {
    let place = |line, column| Place { line, column };
    assert_eq!(Template::parse("select $1"), Err(Refusal::Positional { place: place(1, 8) }));
    assert_eq!(Template::parse("select 1,\n 1$2"), Err(Refusal::Positional { place: place(2, 3) }));
    assert_eq!(Template::parse("select :é, :aé"), Err(Refusal::ParameterName { place: place(1, 12) }));
    assert_eq!(Template::parse("select :a$b"), Err(Refusal::ParameterName { place: place(1, 8) }));
    assert_eq!(Template::parse(" -- only\n/* this */;; "), Err(Refusal::Empty));
    assert_eq!(Template::parse(""), Err(Refusal::Empty));
    assert_eq!(Template::parse("select '\0'"), Err(Refusal::Nul));
    assert!(matches!(Template::parse(&"x".repeat(MOST_BYTES + 1)), Err(Refusal::TooLong { .. })));
    let many: Vec<String> = (0..=MOST_NAMES).map(|number| format!(":p{number}")).collect();
    let said = Template::parse(&format!("SELECT {}", many.join(","))).unwrap_err().to_string();
    assert!(said.contains("1001 parameters"), "{said}");
    assert!(Template::parse(&format!("SELECT {}", many[1..].join(","))).is_ok());
}

#[test]
fn positions_lead_back_to_the_text() {
    let template = Template::parse("é :abc x :d y").unwrap();
    let rendered = template.render("before ", |_| "CAST(…)".to_owned());
    for (needle, origin) in [("x", 7), ("y", 12)] {
        let byte = rendered.sql.rfind(needle).unwrap();
        let position = rendered.sql[..byte].chars().count() + 1;
        assert_eq!(rendered.origin(position), Some(origin), "{needle}");
    }
    let second = rendered.sql.rfind("CAST").unwrap();
    assert_eq!(rendered.origin(rendered.sql[..second].chars().count() + 1), Some(9));
    assert_eq!(rendered.origin(1), None);
}

#[test]
fn words_are_found_around_comments() {
    let template = Template::parse("/* a */ ; Vacuum -- b\n into /* c */ x").unwrap();
    assert_eq!(template.first_word(), Some((10, "VACUUM".to_owned())));
    let x = template.text().chars().count() - 1;
    assert_eq!(template.words_before(x), ["VACUUM", "INTO"]);
    assert!(template.has_word("INTO") && !template.has_word("B"));
}

proptest! {
    #[test]
    fn no_text_panics_and_tokens_are_the_whole_text(text in any::<String>()) {
        let mut at = 0;
        for (start, end, _) in tokens(&text) {
            prop_assert_eq!(start, at);
            prop_assert!(end > start && text.is_char_boundary(end));
            at = end;
        }
        prop_assert_eq!(at, text.len());
    }

    #[test]
    fn a_text_without_placeholders_is_unchanged(text in r#"[ -~\nßé']{0,60}"#) {
        if let Ok(template) = Template::parse(&text)
            && template.names().is_empty()
        {
            prop_assert_eq!(template.render("", |_| String::new()).sql, text);
        }
    }

    #[test]
    fn sql_like_texts_do_not_panic(parts in prop::collection::vec(
        prop::sample::select(vec!["'", "\"", "$$", "$a$", ":a", "::", ":", "E'", "\\", "/*", "*/", "--", "\n", "[", "]", "(", ")", "1", "é", ";", "$1", "x"]), 0..30)) {
        let text = parts.concat();
        if let Ok(template) = Template::parse(&text) {
            let rendered = template.render("p ", |i| format!("${}", i + 1));
            for position in 0..rendered.sql.chars().count() + 3 {
                if let Some(origin) = rendered.origin(position) {
                    prop_assert!(origin <= text.chars().count() + 2);
                    Place::at(&text, origin);
                    template.words_before(origin);
                }
            }
        }
    }
}
