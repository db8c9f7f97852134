//! Casts of the application's own, which the server calls where no text says so.

use rolewright_core::pattern::Read;
use rolewright_sessions::Report;

use super::fixture::Ground;

const CAST: &str = "CREATE TABLE public.calls (n serial); \
    CREATE FUNCTION public.called() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN PERFORM nextval('public.calls_n_seq'); END $$; \
    CREATE TYPE public.ct AS (tok text); \
    CREATE FUNCTION public.ct_text(c public.ct) RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$ BEGIN PERFORM public.called(); RETURN 'known'; END $$; \
    CREATE CAST (public.ct AS text) WITH FUNCTION public.ct_text(public.ct); \
    CREATE TYPE public.mood AS ENUM ('ok', 'bad'); \
    CREATE FUNCTION public.mood_json(m public.mood) RETURNS json LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$ BEGIN PERFORM public.called(); RETURN to_json('known'::text); END $$; \
    CREATE CAST (public.mood AS json) WITH FUNCTION public.mood_json(public.mood); \
    CREATE DOMAIN public.dmood AS public.mood; \
    CREATE TABLE public.moods (id int, m public.mood); INSERT INTO public.moods VALUES (1, 'ok'); \
    CREATE TYPE public.ck AS (tok text); \
    CREATE FUNCTION public.ck_of(t text) RETURNS public.ck LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$ BEGIN PERFORM public.called(); RETURN row(t)::public.ck; END $$; \
    CREATE CAST (text AS public.ck) WITH FUNCTION public.ck_of(text); \
    CREATE FUNCTION public.nhi_rec(OUT a int, OUT m public.mood) LANGUAGE sql STABLE AS $$ SELECT 1, 'ok'::public.mood $$; \
    CREATE FUNCTION public.nhi_recs() RETURNS TABLE (a int, m public.mood) LANGUAGE sql STABLE AS $$ SELECT 1, 'ok'::public.mood $$; \
    CREATE FUNCTION public.nhi_inner(OUT a int, OUT r record) LANGUAGE sql STABLE AS $$ SELECT 1, row(1, 'ok'::public.mood) $$; \
    CREATE FUNCTION public.nhi_anon() RETURNS record LANGUAGE sql STABLE AS $$ SELECT 1, 'ok'::public.mood $$; \
    CREATE FUNCTION public.nhi_anons() RETURNS SETOF record LANGUAGE sql STABLE AS $$ SELECT 1, 'ok'::public.mood $$; \
    CREATE FUNCTION public.nhi_second(a public.mood, b public.mood) RETURNS public.mood LANGUAGE sql IMMUTABLE AS $$ SELECT b $$; \
    CREATE AGGREGATE public.nhi_last(public.mood) (SFUNC = public.nhi_second, STYPE = public.mood, FINALFUNC = to_json); \
    CREATE FUNCTION public.nhi_to(a public.mood, b int) RETURNS public.mood LANGUAGE sql IMMUTABLE AS $$ SELECT 'ok'::public.mood $$; \
    CREATE AGGREGATE public.nhi_of(int) (SFUNC = public.nhi_to, STYPE = public.mood, FINALFUNC = to_json); \
    CREATE OPERATOR public.@-@ (RIGHTARG = anyelement, FUNCTION = to_json); \
    CREATE OPERATOR public.|-| (RIGHTARG = anyelement, FUNCTION = quote_literal); \
    CREATE FUNCTION public.nhi_op(x int, y int, OUT a int, OUT m public.mood) LANGUAGE sql STABLE AS $$ SELECT 1, 'ok'::public.mood $$; \
    CREATE OPERATOR public.#@# (LEFTARG = int, RIGHTARG = int, FUNCTION = public.nhi_op); \
    CREATE FUNCTION public.nhi_opanon(x int, y int) RETURNS record LANGUAGE sql STABLE AS $$ SELECT 1, 'ok'::public.mood $$; \
    CREATE OPERATOR public.#%# (LEFTARG = int, RIGHTARG = int, FUNCTION = public.nhi_opanon); \
    CREATE TYPE public.c1 AS (tok text); CREATE TYPE public.c2 AS (tok text); \
    CREATE FUNCTION public.c12(c public.c1) RETURNS public.c2 LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$ BEGIN PERFORM public.called(); RETURN row('known')::public.c2; END $$; \
    CREATE CAST (public.c1 AS public.c2) WITH FUNCTION public.c12(public.c1) AS IMPLICIT; \
    CREATE FUNCTION public.nhi_compatible(a anycompatible, b anycompatible DEFAULT row('d')::public.c1) RETURNS anycompatible LANGUAGE sql IMMUTABLE AS $$ SELECT $2 $$; \
    CREATE TYPE public.tone AS ENUM ('x'); \
    CREATE FUNCTION public.tone_int(t public.tone) RETURNS smallint LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$ BEGIN PERFORM public.called(); RETURN 42; END $$; \
    CREATE CAST (public.tone AS smallint) WITH FUNCTION public.tone_int(public.tone) AS ASSIGNMENT; \
    CREATE FUNCTION public.nhi_tones() RETURNS SETOF record LANGUAGE sql STABLE AS $$ SELECT 'x'::text, 'x'::public.tone $$; \
    CREATE TYPE public.ci AS (n text); \
    CREATE FUNCTION public.text_ci(text) RETURNS public.ci LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$ BEGIN PERFORM public.called(); RETURN row('known')::public.ci; END $$; \
    CREATE CAST (text AS public.ci) WITH FUNCTION public.text_ci(text) AS ASSIGNMENT; \
    CREATE FUNCTION public.nhi_zero(anyelement) RETURNS anyelement LANGUAGE sql STABLE AS $$ SELECT 'x'::text $$; \
    CREATE FUNCTION public.nhi_tab(anyelement, OUT a anyelement, OUT b int) LANGUAGE sql STABLE AS $$ SELECT 'x'::text, 1 $$; \
    CREATE FUNCTION public.nhi_tone(anyelement) RETURNS anyelement LANGUAGE sql STABLE AS $$ SELECT 'x'::public.tone $$; \
    CREATE OPERATOR public.!@ (RIGHTARG = anyelement, FUNCTION = public.nhi_tone); \
    CREATE FUNCTION public.nhi_crossed() RETURNS SETOF record LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN QUERY SELECT 'x'::text, 1::smallint; END $$; \
    CREATE FUNCTION public.nhi_nvl(a anycompatible, b anycompatible DEFAULT NULL) RETURNS anycompatible LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN coalesce(a, b); END $$; \
    CREATE FUNCTION public.nhi_rowm(anyelement) RETURNS anyelement LANGUAGE sql STABLE AS $$ SELECT row('ok'::public.mood) $$; \
    CREATE FUNCTION public.nhi_rowp(anyelement) RETURNS anyelement LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN row('ok'::public.mood); END $$; \
    CREATE FUNCTION public.nhi_plzero(anyelement) RETURNS anyelement LANGUAGE plpgsql STABLE AS $$ BEGIN RETURN 'x'::public.tone; END $$; \
    CREATE DOMAIN public.email AS text CHECK (VALUE ~ '@'); CREATE TABLE public.contacts (id int, mail public.email); GRANT SELECT ON public.contacts TO {}_raw; \
    CREATE DOMAIN public.dct AS public.ct CHECK (quote_literal(VALUE) IS NOT NULL); \
    CREATE DOMAIN public.djson AS public.mood CHECK (to_json(VALUE) IS NOT NULL); \
    CREATE DOMAIN public.dplain AS public.mood CHECK (VALUE <> 'bad'); \
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO PUBLIC; GRANT SELECT ON public.moods TO {}_raw";

async fn calls(ground: &Ground) -> i64 {
    sqlx::query_scalar("SELECT last_value - 1 + is_called::int FROM public.calls_n_seq")
        .fetch_one(&ground.db.admin())
        .await
        .unwrap()
}

#[tokio::test]
async fn what_the_servers_own_casts_by_itself_is_judged() {
    let ground = Ground::new().await;
    ground.sql(CAST).await;
    let pool = ground.pool(&ground.raw, &ground.db.url()).await;
    for (text, cast) in [
        ("SELECT 'a' || row('x')::public.ct", "ct_text"),
        ("SELECT row('x')::public.ct || 'a'", "ct_text"),
        ("SELECT quote_literal(row('x')::public.ct)", "ct_text"),
        ("SELECT quote_nullable(array_agg(row('x')::public.ct)) FROM public.moods", "ct_text"),
        ("SELECT to_json(m) FROM public.moods", "mood_json"),
        ("SELECT to_jsonb('ok'::public.dmood)", "mood_json"),
        ("SELECT row_to_json(r), json_agg(r) FROM public.moods r GROUP BY r", "mood_json"),
        ("SELECT jsonb_build_object('a', m) FROM public.moods", "mood_json"),
        ("SELECT json_agg(s) FROM (SELECT m FROM public.moods) s", "mood_json"),
        ("SELECT array_to_json(array_agg(m)) FROM public.moods", "mood_json"),
    ] {
        let said = pool.query(&Report::new(text)).await.expect_err(text).to_string();
        assert!(said.contains(&format!("may not call public.{cast}")), "{text}: {said}");
    }
    // What a function gives is of the types that it says; and what it does not say is not known.
    let mut lists = ground.raw.clone();
    lists.functions.push(Read::parse("public.nhi_*").unwrap());
    for (text, words) in [
        ("SELECT to_json(public.nhi_rec())", "may not call public.mood_json"),
        ("SELECT to_json(x) FROM (SELECT public.nhi_recs() x) s", "may not call public.mood_json"),
        ("SELECT to_json(public.nhi_anon())", "the record of public.nhi_anon"),
        ("SELECT to_json(public.nhi_inner())", "the record of public.nhi_inner"),
        ("SELECT public.nhi_last(m) FROM public.moods", "may not call public.mood_json"),
        ("SELECT public.nhi_of(id) FROM public.moods", "may not call public.mood_json"),
        ("SELECT OPERATOR(public.@-@) m FROM public.moods", "may not call public.mood_json"),
        ("SELECT OPERATOR(public.|-|) row('x')::public.ct", "may not call public.ct_text"),
        ("SELECT to_json(1 OPERATOR(public.#@#) 2)", "may not call public.mood_json"),
        ("SELECT to_json(1 OPERATOR(public.#%#) 2)", "the record of public.nhi_opanon"),
        (
            "SELECT to_json(t) FROM public.nhi_anons() AS t(a int, m public.mood)",
            "may not call public.mood_json",
        ),
        (
            "SELECT to_json(1 OPERATOR(public.#%#) 2) FROM public.nhi_opanon(1, 2) AS t(a int, m text)",
            "the record of public.nhi_opanon",
        ),
        (
            "SELECT to_json(t.r) FROM public.nhi_anons() AS t(a int, r record)",
            "the record of public.nhi_anons",
        ),
        (
            "SELECT to_json(t) FROM public.nhi_anons() AS t(a int, r record[])",
            "the record of public.nhi_anons",
        ),
        // What a list of columns says is cast to, by casts that are made for assignments.
        ("SELECT * FROM public.nhi_tones() AS t(a text, m smallint)", "may not call public.tone_int"),
        ("SELECT * FROM public.nhi_tones() AS t(a text, m smallint[])", "may not call public.tone_int"),
        ("SELECT to_json(public.nhi_rowm(row(1)))", "the record of public.nhi_rowm"),
        ("SELECT to_json(public.nhi_rowp(u)) FROM (SELECT 1 AS a) u", "the record of public.nhi_rowp"),
        ("SELECT public.nhi_plzero(1::smallint)", "may not call public.tone_int"),
        ("SELECT public.nhi_zero(NULL::public.ci)", "may not call public.text_ci"),
        ("SELECT * FROM public.nhi_tab(NULL::public.ci)", "may not call public.text_ci"),
        ("SELECT public.nhi_tone(NULL::smallint)", "may not call public.tone_int"),
        ("SELECT OPERATOR(public.!@) id::smallint FROM public.moods", "may not call public.tone_int"),
        ("SELECT (public.nhi_compatible(row('x')::public.c2)).tok", "may not call public.c12"),
        ("SELECT '(x)'::public.dct IS NULL", "may not call public.ct_text"),
        ("SELECT '{(x)}'::public.dct[] IS NULL", "may not call public.ct_text"),
        ("SELECT '{ok}'::public.djson[] IS NULL", "may not call public.mood_json"),
    ] {
        let said = ground.check(&lists, text).await.map(|_| ()).expect_err(text).to_string();
        assert!(said.contains(words), "{text}: {said}");
    }
    for text in [
        "SELECT public.nhi_rec()",
        "SELECT * FROM public.nhi_tones() AS t(a text, m public.tone)",
        "SELECT public.nhi_zero(id) FROM public.moods",
        "SELECT * FROM public.nhi_crossed() AS t(a text, m smallint)",
        "SELECT public.nhi_nvl(1), public.nhi_nvl(1, 2)",
        // No function is called between an array's two names, and from a domain to what it is over.
        "SELECT array(SELECT m FROM public.moods) UNION ALL SELECT array(SELECT m FROM public.moods)",
        "SELECT mail FROM public.contacts UNION ALL SELECT 'a@b'",
        "SELECT json_build_object('id', t.a) FROM public.nhi_anons() AS t(a int, b text)",
        "SELECT OPERATOR(public.@-@) id FROM public.moods",
        "SELECT '{ok}'::public.dplain[]",
        "SELECT 'a' || m::text FROM public.moods",
    ] {
        ground.check(&lists, text).await.map(|_| ()).expect(text);
    }
    // In SQL's own words, where the server has them.
    for text in
        ["SELECT json_array(m) FROM public.moods", "SELECT json_object('a' VALUE m) FROM public.moods"]
    {
        pool.query(&Report::new(text)).await.expect_err(text);
    }
    assert_eq!(calls(&ground).await, 0);
    // The value itself, and what casts nothing, are as before; and so is what is listed.
    for text in
        ["SELECT m, m::text, format('%s', m) FROM public.moods WHERE m = 'ok'", "SELECT row('x')::public.ct"]
    {
        pool.query(&Report::new(text)).await.expect(text);
    }
    let mut listed = ground.raw.clone();
    for list in [&mut listed.functions, &mut listed.definer_functions] {
        list.push(Read::parse("public.mood_json").unwrap());
    }
    ground.check(&listed, "SELECT to_json(m) FROM public.moods").await.unwrap();
    pool.close().await;
    ground.end().await;
}

#[tokio::test]
async fn a_parameters_value_is_never_cast() {
    let ground = Ground::new().await;
    ground.sql(CAST).await;
    let pool = ground.pool(&ground.raw, &ground.db.url()).await;
    let text = "SELECT 1 / (id - 1) FROM public.moods WHERE :p::public.ck IS NOT NULL";
    for (value, words) in [("x", "not a valid"), ("(x)", "division by zero")] {
        let said = pool.query(&Report::new(text).bind("p", value)).await.unwrap_err().to_string();
        assert!(said.contains(words) || said.contains("22012"), "{value}: {said}");
    }
    assert_eq!(calls(&ground).await, 0);
    pool.close().await;
    ground.end().await;
}

#[tokio::test]
async fn a_parameter_counts_though_the_parser_leaves_it_out() {
    let ground = Ground::new().await;
    ground
        .sql(
            "CREATE TABLE public.zero (); GRANT SELECT ON public.zero TO {}_raw; \
             CREATE FUNCTION public.known_token(t text) RETURNS boolean LANGUAGE sql AS 'SELECT true'; \
             CREATE DOMAIN public.tok AS text CHECK (public.known_token(VALUE))",
        )
        .await;
    let pool = ground.pool(&ground.raw, &ground.db.url()).await;
    let report = Report::new("SELECT 1 AS a, (CASE WHEN :p IS NULL THEN NULL::public.zero END).*")
        .declare("p", "public.tok");
    let said = pool.verify(&report).await.unwrap_err().to_string();
    assert!(said.contains("may not call public.known_token"), "{said}");
    pool.close().await;
    ground.end().await;
}
