//! Constants that the server reads while it parses: nothing is called, and no existence told, before a text is judged.

use rolewright_core::pattern::Read;
use rolewright_sessions::{Denial, QueryError, Refusal, Report};

use super::fixture::Ground;

const CHECKED: &str = "CREATE TABLE public.pay (id int, ssn text, salary int); INSERT INTO public.pay SELECT n, 's' || n, n FROM generate_series(1, 500) n; \
    CREATE VIEW public.pay_shown WITH (security_barrier) AS SELECT * FROM public.pay WHERE id < 3; \
    CREATE TABLE public.pay_secured (id int); ALTER TABLE public.pay_secured ENABLE ROW LEVEL SECURITY; ANALYZE public.pay; \
    CREATE TABLE public.calls (n serial); \
    CREATE FUNCTION public.known_token(t text) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN \
      BEGIN PERFORM nextval('public.calls_n_seq'); EXCEPTION WHEN OTHERS THEN NULL; END; RETURN length(t) < 4; END $$; \
    GRANT EXECUTE ON FUNCTION public.known_token TO PUBLIC; GRANT USAGE, SELECT ON SEQUENCE public.calls_n_seq TO PUBLIC; \
    CREATE DOMAIN public.tok AS text CHECK (public.known_token(VALUE)); \
    CREATE DOMAIN public.toks AS public.tok[]; \
    CREATE TYPE public.ticket AS (id int, t public.tok); \
    CREATE TYPE public.toknum AS RANGE (SUBTYPE = public.tok); \
    CREATE TABLE public.held (id int, t public.tok, all_t public.tok[]); \
    CREATE DOMAIN public.outerd AS text CHECK ((VALUE::public.tok) IS NOT NULL); \
    CREATE TABLE public.spans (r public.toknum); GRANT SELECT ON public.spans TO {}_raw; \
    CREATE FUNCTION public.poly(anyarray DEFAULT ARRAY[]::public.tok[]) RETURNS anyarray LANGUAGE sql AS 'SELECT $1'; \
    CREATE FUNCTION public.made() RETURNS public.tok[] LANGUAGE sql AS $$ SELECT ARRAY[]::public.tok[] $$; \
    CREATE FUNCTION public.poly2(anyarray DEFAULT public.made()) RETURNS anyarray LANGUAGE sql AS 'SELECT $1'; \
    CREATE FUNCTION public.takes(public.tok[]) RETURNS int LANGUAGE sql AS 'SELECT 1'; \
    GRANT SELECT ON public.held, public.pay, public.pay_shown, public.pay_secured TO {}_raw";

#[tokio::test]
async fn no_constant_calls_what_is_not_listed() {
    let ground = Ground::new().await;
    ground.sql(CHECKED).await;
    let pool = ground.pool(&ground.raw, &ground.db.url()).await;
    let calls = async || -> i64 {
        sqlx::query_scalar("SELECT last_value + is_called::int FROM public.calls_n_seq")
            .fetch_one(&ground.db.admin())
            .await
            .unwrap()
    };
    for text in [
        "SELECT '{x}'::public.tok[]",
        "SELECT CAST($$ {x} $$ AS public.tok ARRAY)",
        "SELECT public._tok('{x}')",
        r"SELECT E'\x7bx}'::tok[]",
        "SELECT U&'!007bx}' UESCAPE '!'::tok[]",
        "SELECT ''\n'{x}'::\"tok\"[]",
        "SELECT '{x}'::public.toks",
        "SELECT '(1,x)'::public.ticket",
        "SELECT '{\"(1,x)\"}'::public.ticket[]",
        "SELECT '[a,b]'::public.toknum",
        "SELECT '{[a,b]}'::public.toknum_multirange",
        "SELECT '(1,x,{y})'::public.held",
        "SELECT id FROM public.held WHERE all_t = '{x}'",
        "SELECT id FROM public.held h WHERE h = '(1,x,{y})'",
        "SELECT public.takes('{x}')",
        // As what type a constant is read follows from what is around it.
        "SELECT width_bucket(t, '{x}') FROM public.held",
        r#"SELECT 1 FROM public.spans WHERE r = any('{"(x,)"}')"#,
        "SELECT range_agg(r) = '{(x,)}' FROM public.spans",
        "SELECT '{x}'::public.outerd[]",
        "SELECT public.poly() || '{x}'",
        "SELECT public.poly2() || '{x}'",
        "SELECT U&\"\\0074akes\"('{x}')",
    ] {
        let report = Report::new(text);
        for said in [
            pool.verify(&report).await.map(|_| ()),
            pool.query(&report).await.map(|_| ()),
            ground.check(&ground.raw, text).await.map(|_| ()),
        ] {
            let said = said.expect_err(text).to_string();
            // Where a text may lead to any domain, the first of all is named.
            let domain = if text.contains("poly") || text.contains("U&") { "" } else { "tok" };
            let words = format!("a constant that may be made of public.{domain}");
            assert!(said.contains(&words), "{text}: {said}");
        }
    }
    let declared = Report::new("SELECT '{x}' = :p").declare("p", "public.tok[]");
    let said = pool.verify(&declared).await.unwrap_err().to_string();
    assert!(said.contains("a constant that may be made of public.tok"), "{said}");
    assert_eq!(calls().await, 1, "the function was called");
    // What has no such value in it, and what is listed.
    for text in ["SELECT '{\"a\": [1, 2]}'::jsonb, '(1,2)'::point, '[1,2)'::int4range, '{1,2}'::int[]"] {
        let said = ground.check(&ground.raw, text).await.map(|_| ()).map_err(|error| error.to_string());
        assert!(said.is_ok(), "{text}: {said:?}");
    }
    let mut listed = ground.raw.clone();
    listed.functions.push(Read::parse("public.known_token").unwrap());
    ground.check(&listed, "SELECT '{x}'::public.tok[]").await.unwrap();
    assert!(calls().await > 1, "the sequence tells whether it was called");
    pool.close().await;
    ground.end().await;
}

/// What a check calls by another name, or by none.
#[tokio::test]
async fn nothing_that_a_check_leads_to_is_called() {
    let ground = Ground::new().await;
    ground
        .sql(
            "CREATE SCHEMA shut; CREATE TABLE public.calls (n serial); GRANT USAGE, SELECT ON SEQUENCE public.calls_n_seq TO PUBLIC; \
             CREATE FUNCTION public.unlisted(text, text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN \
               BEGIN PERFORM nextval('public.calls_n_seq'); EXCEPTION WHEN OTHERS THEN NULL; END; RETURN true; END $$; \
             CREATE FUNCTION public.counted(int, int) RETURNS int LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN \
               BEGIN PERFORM nextval('public.calls_n_seq'); EXCEPTION WHEN OTHERS THEN NULL; END; RETURN 1; END $$; \
             CREATE FUNCTION public.nhi_yes(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true'; \
             CREATE OPERATOR public.@!@ (LEFTARG = text, RIGHTARG = text, FUNCTION = public.nhi_yes, NEGATOR = OPERATOR(public.!@!)); \
             CREATE OPERATOR public.!@! (LEFTARG = text, RIGHTARG = text, FUNCTION = public.unlisted, NEGATOR = OPERATOR(public.@!@)); \
             CREATE DOMAIN public.negd AS text CHECK (NOT (VALUE OPERATOR(public.@!@) 'x')); \
             CREATE OPERATOR public.#-# (LEFTARG = int, RIGHTARG = int, FUNCTION = public.counted); \
             CREATE FUNCTION public.nhi_def(t text, i int DEFAULT (1 OPERATOR(public.#-#) 2)) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true'; \
             CREATE DOMAIN public.opdef AS text CHECK (public.nhi_def(VALUE)); \
             CREATE DOMAIN public.asked AS text CHECK (query_to_xml('SELECT 1 / ' || (length(VALUE) - 1), true, true, '') IS NOT NULL); \
             CREATE OPERATOR public.~!~ (RIGHTARG = float8, FUNCTION = pg_sleep); \
             CREATE FUNCTION public.nhi_slept(t text, v text DEFAULT (OPERATOR(public.~!~) 0.001::float8)::text) RETURNS boolean LANGUAGE sql AS 'SELECT true'; \
             CREATE DOMAIN public.defk AS text CHECK (public.unlisted(VALUE, '')); \
             CREATE FUNCTION public.nhi_k(t text, k public.defk DEFAULT 'x') RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true'; \
             CREATE DOMAIN public.defd AS text CHECK (public.nhi_k(VALUE)); \
             CREATE DOMAIN public.slept AS text CHECK (public.nhi_slept(VALUE)); \
             CREATE TYPE public.shade AS ENUM ('x', 'y'); \
             CREATE FUNCTION public.shade_json(public.shade) RETURNS json LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM public.unlisted('', ''); RETURN '{}'; END $$; \
             CREATE CAST (public.shade AS json) WITH FUNCTION public.shade_json(public.shade); \
             CREATE DOMAIN public.plain AS public.shade CHECK (VALUE <> 'y'); \
             CREATE OPERATOR public.@-@ (RIGHTARG = anyelement, FUNCTION = to_json); \
             CREATE DOMAIN public.opjson AS public.shade CHECK ((OPERATOR(public.@-@) VALUE) IS NOT NULL); \
             CREATE DOMAIN public.fine AS text CHECK (length(VALUE) > 0); \
             CREATE DOMAIN public.made AS text CHECK (public.unlisted(VALUE, '')); \
             CREATE FUNCTION public.nhi_mk(int, int) RETURNS public.made[] LANGUAGE sql IMMUTABLE AS 'SELECT NULL::public.made[]'; \
             CREATE DOMAIN shut.a_secret AS text CHECK (public.unlisted(VALUE, '')); \
             GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO PUBLIC",
        )
        .await;
    let mut raw = ground.raw.clone();
    for name in ["nhi_yes", "nhi_def", "nhi_mk", "nhi_slept", "nhi_k"] {
        raw.functions.push(Read::parse(&format!("public.{name}")).unwrap());
    }
    for (text, words) in [
        ("SELECT '{x}'::public.negd[]", "public.unlisted"),
        ("SELECT '{x}'::public.opdef[]", "public.counted"),
        ("SELECT '{x}'::public.asked[]", "may not call query_to_xml"),
        ("SELECT '{x}'::public.defd[]", "public.unlisted"),
        ("SELECT '{x}'::public.slept[]", "may not call pg_sleep"),
        ("SELECT '{x}'::public.opjson[]", "public.shade_json"),
    ] {
        let said = ground.check(&raw, text).await.map(|_| ()).expect_err(text).to_string();
        assert!(said.contains("a constant that may be made of") && said.contains(words), "{text}: {said}");
    }
    for text in ["SELECT '{x}'::public.fine[]", r"SELECT id FROM public.patients WHERE id::text ~ '\d'"] {
        ground.check(&raw, text).await.map(|_| ()).expect(text);
    }
    ground.check(&raw, "SELECT '{x}'::public.plain[]").await.map(|_| ()).unwrap();
    // What JSON_VALUE makes, where the server has it.
    let version = ground.version().await;
    if version >= 170_000 {
        ground
            .sql(
                "CREATE DOMAIN public.within AS text CHECK (public.unlisted(VALUE, '')); \
                 CREATE DOMAIN public.jd AS text CHECK (json_value(('\"' || VALUE || '\"')::jsonb, '$' RETURNING public.within ERROR ON ERROR) IS NOT NULL)",
            )
            .await;
        let said = ground.check(&raw, "SELECT '{x}'::public.jd[]").await.map(|_| ()).unwrap_err().to_string();
        assert!(said.contains("may be made of public.within") && said.contains("public.unlisted"), "{said}");
    }
    // What the role cannot look up is not named, whatever a text may be called.
    for text in [r#"SELECT '{1}'::int[] AS U&"a""#, "SELECT '{1}'::int[] AS a_secret"] {
        let said = ground.check(&raw, text).await.map(|_| ()).expect_err(text).to_string();
        assert!(!said.contains("secret"), "{text}: {said}");
    }
    // An operator has no name that would be among a text's words.
    ground.sql("CREATE OPERATOR public.### (LEFTARG = int, RIGHTARG = int, FUNCTION = public.nhi_mk)").await;
    let said =
        ground.check(&raw, "SELECT (1 OPERATOR(public.###) 2) || '{x}'").await.map(|_| ()).unwrap_err();
    assert!(said.to_string().contains("may be made of public.made"), "{said}");
    let called: bool = sqlx::query_scalar("SELECT is_called FROM public.calls_n_seq")
        .fetch_one(&ground.db.admin())
        .await
        .unwrap();
    assert!(!called);
    ground.end().await;
}

#[tokio::test]
async fn whether_a_name_is_there_is_not_told() {
    let ground = Ground::new().await;
    ground.sql("CREATE SCHEMA shut; CREATE TABLE shut.secret (id int); CREATE FUNCTION shut.f() RETURNS int LANGUAGE sql AS 'SELECT 1'").await;
    let pool = ground.pool(&ground.raw, &ground.db.url()).await;
    let core = ground.db.core_role().to_owned();
    for (type_name, there) in [
        ("regnamespace", "shut"),
        ("regclass", "shut.secret"),
        ("regproc", "shut.f"),
        ("regprocedure", "shut.f()"),
        ("regrole", core.as_str()),
        ("regtype", "shut.secret"),
        ("regclass[]", "{shut.secret}"),
        ("aclitem", &format!("{core}=r/{core}")),
    ] {
        let said = async |name: &str| {
            let text = format!("SELECT '{name}'::{type_name}");
            let refused = pool.verify(&Report::new(&text)).await.expect_err(&text);
            // Both the parse on the role's own login and the check's.
            assert_eq!(refused.to_string(), ground.said(&text).await);
            refused
        };
        let absent = there.replace("shut", "shot").replace(&core, "nobody");
        let (there, absent) = (said(there).await, said(&absent).await);
        assert_eq!(there, absent, "{type_name}");
        assert_eq!(there, QueryError::from(Refusal::from(Denial::LookedUp)), "{type_name}");
    }
    pool.close().await;
    ground.end().await;
}

#[tokio::test]
async fn what_the_planner_reckons_of_hidden_rows_is_not_told() {
    let ground = Ground::new().await;
    ground.sql(CHECKED).await;
    let pool = ground.pool(&ground.raw, &ground.db.url()).await;
    let told = async |text: &str| pool.verify(&Report::new(text)).await.unwrap().estimate;
    assert!(
        told("SELECT * FROM public.pay WHERE ssn = 's1'").await.is_some_and(|estimate| estimate.rows >= 1.0)
    );
    assert!(told("SELECT 1").await.is_some());
    for text in [
        "SELECT * FROM public.pay_shown WHERE ssn = 's1'",
        "SELECT 1 FROM public.pay WHERE id IN (SELECT id FROM public.pay_shown)",
        "SELECT * FROM public.pay_secured WHERE id = 1",
    ] {
        assert_eq!(told(text).await, None, "{text}");
    }
    pool.close().await;
    ground.end().await;
}

#[tokio::test]
async fn a_text_of_more_queries_or_joins_than_can_be_parsed_in_peace_is_refused() {
    let ground = Ground::new().await;
    let joined =
        |count: usize| format!("SELECT 1 FROM patients p{}", " join patients USING (id)".repeat(count));
    let stacked = |count: usize| vec!["(table patients)"; count].join(" union all ");
    for (text, what) in [(joined(41), "JOIN"), (stacked(251), "SELECT")] {
        let said = ground.said(&text).await;
        assert!(said.contains(&format!("times {what}, and at most")), "{said}");
    }
    assert_eq!(ground.said(&stacked(250)).await, "taken");
    // The server multiplies grouping sets, and what is grouped by with each of them.
    let numbers = |most: usize| (1..=most).map(|n| n.to_string()).collect::<Vec<_>>().join(",");
    let cube = |items: usize| format!("SELECT {0} FROM patients GROUP BY CUBE({0})", numbers(items));
    assert_eq!(ground.said(&cube(8)).await, "taken");
    let wide = format!("SELECT {} FROM patients GROUP BY CUBE(1, 2), ({})", numbers(200), numbers(200));
    for text in [cube(9), wide] {
        let said = ground.said(&text).await;
        assert!(said.contains("CUBE, ROLLUP or GROUPING SETS, and at most"), "{said}");
    }
    ground.end().await;
}
