//! Texts that are copied within themselves, and texts that are only long.

use proptest::prelude::*;

use super::weigh;

fn nested(levels: usize, before: &str, core: &str, after: &str) -> String {
    format!("SELECT {}{core}{}", before.repeat(levels), after.repeat(levels))
}

#[test]
fn what_is_copied_is_weighed_as_often() {
    let between = |levels| nested(levels, "(", "true", " BETWEEN false AND true)");
    assert!(weigh(&between(10)).tokens < 20_000 && weigh(&between(20)).tokens > 1_000_000);
    let symmetric = nested(10, "(", "true", " between symmetric false and true)");
    assert!(weigh(&symmetric).tokens > 1_000_000);
    let rows = |levels| nested(levels, "row((", "row(1, 2)", ").*, 1)");
    assert!(weigh(&rows(5)).tokens < 50_000 && weigh(&rows(9)).tokens > 1_000_000);
    let arrays = |levels| nested(levels, "json_array(SELECT ", "1", ")");
    assert!(weigh(&arrays(4)).tokens < 5_000 && weigh(&arrays(12)).tokens > 1_000_000);
    let ids = vec!["id"; 2_000];
    let within = format!("SELECT 1 FROM t WHERE ({}) IN ({})", ids.join("+"), ids.join(","));
    assert!(weigh(&within).tokens > 1_000_000);
    assert!(weigh("SELECT (CASE WHEN true THEN f(a, b) END BETWEEN 1 AND 2) BETWEEN a AND b").tokens < 60);
    assert!(weigh("SELECT (f(x)).*").tokens < 10_000);
    assert!(weigh("SELECT (((f(((f(((f(x)).*))).*))).*))").tokens > 1_000_000);
}

#[test]
fn no_name_stands_for_less() {
    let by = nested(20, "((", "by", ")::int + by BETWEEN 0 AND 1)");
    let json = nested(12, "json_array((SELECT ", "1", ") LIMIT 1)");
    let stars = nested(3, "row((", "row(w.*)", ").*)");
    let within = |first: &str, name: &str| {
        let list = vec![name; 1_000].join(",");
        format!("SELECT 1 FROM t WHERE ({}) IN ({first}{list})", vec!["id"; 1_000].join("+"))
    };
    let subscripts = nested(3, "row((array[", "row(1)::t", "])[1].*)::t");
    let cases = nested(3, "row((CASE WHEN true THEN ", "row(1)::t", " END).*)::t");
    let wide = "SELECT row((row(w.*)).*) IS NULL FROM w".to_owned();
    for text in [
        by,
        json,
        stars,
        subscripts,
        cases,
        wide,
        within("", "\"id\""),
        within("values,", "id"),
        within("", "(1, 2)"),
    ] {
        assert!(weigh(&text).tokens > 1_000_000, "{text}");
    }
    let on = "SELECT 1 FROM a JOIN a b ON 1 IS DISTINCT FROM 2, a c, a d";
    assert_eq!(weigh(on).joins, 2);
    assert_eq!(weigh("SELECT *, t.*, count(*), 2 * 3 FROM t").stars, 2);
}

#[test]
fn what_stands_behind_words_that_copy_is_weighed_as_well() {
    let rights = nested(20, "true between symmetric (", "true", ") and true");
    let bare = nested(20, "true between symmetric false and not true ", "true", "");
    let upper = nested(20, "true between symmetric false and (", "true", ")");
    let within = nested(
        18,
        "(SELECT (percentile_cont(",
        "1",
        ") within group (order by id) between 0 and 1)::int from t)",
    );
    let fields = nested(4, "(row(1, row(", "1", ")::addr)::pers).home.*");
    let quoted = nested(4, "(row(1, row(", "1", ")::addr)::pers) . \"home\" . a.*");
    let json = nested(20, "json_value(", "'1'", ", '$')");
    let is_json = nested(20, "(", "'1'", " is json)::text");
    let arrays = format!(
        "SELECT 1 FROM t WHERE (array[{}]) IN ({})",
        vec!["id"; 1_000].join(","),
        vec!["'{}'"; 1_000].join(",")
    );
    let given = format!(
        "SELECT 1 FROM t WHERE (array[{}]) IN ({})",
        vec!["id"; 1_000].join(","),
        vec![":p"; 1_000].join(",")
    );
    for text in [rights, bare, upper, within, fields, quoted, json, is_json, arrays, given] {
        assert!(weigh(&text).tokens > 1_000_000, "{text}: {}", weigh(&text).tokens);
    }
    let columns = (0..400).map(|n| format!("c{n} int")).collect::<Vec<_>>().join(", ");
    let passed = vec!["1"; 4_000].join(",");
    let passed =
        format!("SELECT 1 FROM json_table('1', '$' PASSING coalesce({passed}) AS a COLUMNS ({columns}))");
    assert!(weigh(&passed).tokens > 1_000_000);
    assert_eq!(
        weigh(
            "SELECT 1 FROM a JOIN b ON percentile_cont(0.5) WITHIN GROUP (ORDER BY x) > 0, c, d GROUP BY 1, 2"
        )
        .joins,
        2
    );
    let levels = nested(9, "(SELECT ", "1", " FROM a)");
    assert_eq!(weigh(&levels).depth, 10);
    let windows = weigh(
        "SELECT sum(x) OVER (w ORDER BY f(1, 2)), sum(y) OVER (PARTITION BY a), sum(z) OVER w FROM t WINDOW w AS (PARTITION BY 1, 2), v AS (w)",
    );
    assert_eq!((windows.windows, windows.in_windows > 10), (2, true));
}

#[test]
fn what_is_only_long_weighs_as_it_is_long() {
    let ranges = vec!["x BETWEEN 1 AND 2"; 1_000];
    assert!(weigh(&format!("SELECT 1 WHERE {}", ranges.join(" AND "))).tokens < 8_000);
    assert!(weigh(&format!("SELECT {}", ranges.join(", "))).tokens < 8_000);
    let cases = vec!["WHEN x BETWEEN 1 AND 2 THEN y"; 500];
    assert!(weigh(&format!("SELECT CASE {} END", cases.join(" "))).tokens < 6_000);
    let cells = vec!["format('<td>%s</td>', name)"; 100];
    assert!(weigh(&format!("SELECT {} FROM t", cells.join(" || "))).tokens < 1_000);
    let list = vec!["'a'"; 5_000];
    assert!(weigh(&format!("SELECT 1 WHERE lower(trim(x)) IN ({})", list.join(","))).tokens < 12_000);
}

#[test]
fn commas_between_what_is_read_are_joins() {
    for (text, joins) in [
        ("SELECT a, b, c FROM t", 0),
        ("SELECT a, b FROM t, u x, (SELECT 1, 2 FROM v, w) y WHERE a IN (1, 2) ORDER BY 1, 2", 3),
        ("SELECT a IS DISTINCT FROM b, c, d", 0),
        ("WITH a AS (SELECT 1), b AS (SELECT 2 FROM a, a a2) TABLE b", 1),
    ] {
        assert_eq!(weigh(text).joins, joins, "{text}");
    }
}

proptest! {
    #[test]
    fn no_text_panics(text in "(\\(|\\)|\\[|case|end|between|in|\\.|\\*|,|from|[a-z' ]| )*") {
        let _ = weigh(&text);
    }
}
