//! Casts by assignment to what a type is made of, where an argument, or a list of columns, chooses the type of a result.

use rolewright_core::pattern::Read;

use super::fixture::Ground;

const MADE: &str = "CREATE TABLE public.calls (n serial); \
    CREATE FUNCTION public.called() RETURNS void LANGUAGE plpgsql SECURITY DEFINER AS $$ BEGIN PERFORM nextval('public.calls_n_seq'); END $$; \
    CREATE TYPE public.ci AS (n text); \
    CREATE FUNCTION public.text_ci(text) RETURNS public.ci LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$ BEGIN PERFORM public.called(); RETURN row('known')::public.ci; END $$; \
    CREATE CAST (text AS public.ci) WITH FUNCTION public.text_ci(text) AS ASSIGNMENT; \
    CREATE TYPE public.mood AS ENUM ('ok', 'bad'); \
    CREATE FUNCTION public.mood_int(public.mood) RETURNS int LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$ BEGIN PERFORM public.called(); RETURN 42; END $$; \
    CREATE CAST (public.mood AS int) WITH FUNCTION public.mood_int(public.mood) AS ASSIGNMENT; \
    CREATE FUNCTION public.mood_bool(public.mood) RETURNS boolean LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$ BEGIN PERFORM public.called(); RETURN true; END $$; \
    CREATE CAST (public.mood AS boolean) WITH FUNCTION public.mood_bool(public.mood) AS ASSIGNMENT; \
    CREATE FUNCTION public.mood_dates(public.mood) RETURNS date[] LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$ BEGIN PERFORM public.called(); RETURN '{2001-01-01}'; END $$; \
    CREATE CAST (public.mood AS date[]) WITH FUNCTION public.mood_dates(public.mood) AS ASSIGNMENT; \
    CREATE FUNCTION public.mood_spans(public.mood) RETURNS nummultirange LANGUAGE plpgsql STABLE SECURITY DEFINER AS $$ BEGIN PERFORM public.called(); RETURN '{}'; END $$; \
    CREATE CAST (public.mood AS nummultirange) WITH FUNCTION public.mood_spans(public.mood) AS ASSIGNMENT; \
    CREATE TYPE public.card AS (c public.ci); CREATE TYPE public.deck AS (name text, cards public.ci[]); \
    CREATE DOMAIN public.dcard AS public.card; CREATE TYPE public.shelf AS (d public.dcard); \
    CREATE TABLE public.one (n int); CREATE TABLE public.box (o public.one); \
    CREATE TABLE public.stay (during int4range, on_day date, price numrange); INSERT INTO public.box VALUES (row(1)); INSERT INTO public.stay VALUES ('[1,2)', '2001-01-01', '[1,2)'); \
    CREATE TABLE public.plain (id bigint, name text, at timestamptz); INSERT INTO public.plain VALUES (1, 'a', now()); \
    CREATE TYPE public.leaf AS (name text, at timestamptz); CREATE TABLE public.tree (id bigint, leaves public.leaf[], root public.leaf); \
    CREATE FUNCTION public.nhi_zero(anyelement) RETURNS anyelement LANGUAGE sql STABLE AS $$ SELECT 'x'::text $$; \
    CREATE FUNCTION public.nhi_deck(anyelement) RETURNS anyelement LANGUAGE sql STABLE AS $$ SELECT 'n'::text, array['x'::text] $$; \
    CREATE FUNCTION public.nhi_shelf(anyelement) RETURNS anyelement LANGUAGE sql STABLE AS $$ SELECT row(row('x'::text)) $$; \
    CREATE FUNCTION public.nhi_pldcard(anyelement, OUT x anyelement) LANGUAGE plpgsql STABLE AS $$ BEGIN x := row('x'::text); END $$; \
    CREATE FUNCTION public.nhi_box(anyelement) RETURNS anyelement LANGUAGE sql STABLE AS $$ SELECT row(row('ok'::public.mood)) $$; \
    CREATE FUNCTION public.nhi_out(anyelement, OUT a text, OUT b anyelement) LANGUAGE plpgsql STABLE AS $$ BEGIN a := 'a'; b := 'ok'::public.mood; END $$; \
    CREATE FUNCTION public.nhi_m(anyelement) RETURNS anyelement LANGUAGE sql STABLE AS $$ SELECT 'ok'::public.mood $$; \
    CREATE FUNCTION public.nhi_rowm(anyelement) RETURNS anyelement LANGUAGE sql STABLE AS $$ SELECT row('ok'::public.mood) $$; \
    CREATE FUNCTION public.nhi_plm(anyelement, OUT x anyelement) LANGUAGE plpgsql STABLE AS $$ BEGIN SELECT 'ok'::public.mood INTO x; END $$; \
    CREATE FUNCTION public.nhi_plrow(anyelement, OUT x anyelement) LANGUAGE plpgsql STABLE AS $$ BEGIN x := row('ok'::public.mood); END $$; \
    CREATE FUNCTION public.nhi_rest(anyelement, OUT a text, OUT b anyarray) LANGUAGE plpgsql STABLE AS $$ BEGIN a := 'a'; b := 'ok'::public.mood; END $$; \
    CREATE FUNCTION public.nhi_low(anyrange, OUT a text, OUT b anyelement, OUT c anymultirange) LANGUAGE plpgsql STABLE AS $$ BEGIN a := 'a'; c := 'ok'::public.mood; END $$; \
    CREATE FUNCTION public.nhi_s(s anyelement, r anyrange) RETURNS anyelement LANGUAGE sql STABLE AS $$ SELECT 'ok'::public.mood $$; \
    CREATE FUNCTION public.nhi_e(s anyelement, r anyelement) RETURNS anyelement LANGUAGE sql STABLE AS $$ SELECT 'ok'::public.mood $$; \
    CREATE FUNCTION public.nhi_text(anyelement) RETURNS text LANGUAGE sql STABLE AS $$ SELECT $1::text $$; \
    CREATE AGGREGATE public.nhi_agg(anyrange) (SFUNC = public.nhi_s, STYPE = anyelement, FINALFUNC = public.nhi_text); \
    CREATE AGGREGATE public.nhi_any(anyelement) (SFUNC = public.nhi_e, STYPE = anyelement, FINALFUNC = public.nhi_text); \
    CREATE FUNCTION public.nhi_recs() RETURNS SETOF record LANGUAGE sql STABLE AS $$ SELECT 1, row('x'::text) $$; \
    CREATE FUNCTION public.nhi_moods() RETURNS SETOF record LANGUAGE sql STABLE AS $$ SELECT 1, row('ok'::public.mood) $$; \
    CREATE FUNCTION public.nhi_nvl(a anyelement, b anyelement) RETURNS anyelement LANGUAGE sql IMMUTABLE AS $$ SELECT coalesce($1, $2) $$; \
    CREATE FUNCTION public.nhi_plnvl(a anyelement, b anyelement) RETURNS anyelement LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN coalesce(a, b); END $$; \
    CREATE AGGREGATE public.nhi_last(anyelement) (SFUNC = public.nhi_nvl, STYPE = anyelement); \
    GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO PUBLIC; GRANT SELECT ON public.one, public.box, public.stay, public.plain, public.tree TO {}_raw";

/// How often an unlisted function was called.
async fn calls(ground: &Ground) -> i64 {
    sqlx::query_scalar("SELECT last_value - 1 + is_called::int FROM public.calls_n_seq")
        .fetch_one(&ground.db.admin())
        .await
        .unwrap()
}

#[tokio::test]
async fn what_a_result_is_made_of_is_cast_to_as_well() {
    let ground = Ground::new().await;
    ground.sql(MADE).await;
    let mut lists = ground.raw.clone();
    lists.functions.push(Read::parse("public.nhi_*").unwrap());
    for (text, cast) in [
        // Attributes, of attributes, of elements, behind domains.
        ("SELECT public.nhi_zero(NULL::public.card)", "text_ci"),
        ("SELECT public.nhi_deck(NULL::public.deck)", "text_ci"),
        ("SELECT public.nhi_shelf(NULL::public.shelf)", "text_ci"),
        ("SELECT public.nhi_pldcard(NULL::public.dcard)", "text_ci"),
        ("SELECT public.nhi_m(NULL::public.one)", "mood_int"),
        ("SELECT public.nhi_rowm(NULL::public.one)", "mood_int"),
        ("SELECT public.nhi_plm(NULL::public.one)", "mood_int"),
        ("SELECT public.nhi_plrow(NULL::public.one)", "mood_int"),
        ("SELECT public.nhi_box(b) FROM public.box b", "mood_int"),
        ("SELECT * FROM public.nhi_box(NULL::public.box)", "mood_int"),
        // What a list of columns says.
        ("SELECT * FROM public.nhi_recs() AS t(i bigint, a public.card)", "text_ci"),
        ("SELECT * FROM public.nhi_moods() AS t(i bigint, a public.one)", "mood_int"),
        // What a range is over, and the type of a state that the text does not say.
        ("SELECT public.nhi_agg(during) FROM public.stay", "mood_int"),
        ("SELECT public.nhi_agg('[1,2)'::int4range)", "mood_int"),
        ("SELECT public.nhi_any(at IS NULL) FROM public.plain", "mood_bool"),
        ("SELECT public.nhi_any(EXISTS (SELECT)) FROM public.plain", "mood_bool"),
        ("SELECT (public.nhi_out(GROUPING(id))).a FROM public.plain GROUP BY id", "mood_int"),
        // Results that nobody reads: an array of what is given, the multirange of a range.
        ("SELECT (public.nhi_rest(on_day)).a FROM public.stay", "mood_dates"),
        ("SELECT a FROM public.nhi_rest(current_date)", "mood_dates"),
        ("SELECT (public.nhi_low(price)).a FROM public.stay", "mood_spans"),
    ] {
        let before = calls(&ground).await;
        let seen = ground.seen(&ground.raw, &format!("BEGIN READ WRITE; {text}; COMMIT")).await;
        assert!(calls(&ground).await > before, "{text}: {seen:?}");
        let said = ground.check(&lists, text).await.map(|_| ()).expect_err(text).to_string();
        assert!(said.contains(&format!("may not call public.{cast}")), "{text}: {said}");
    }
    // What no unlisted function casts to, in rows of tables too.
    for text in [
        "SELECT public.nhi_nvl(name, 'a'), public.nhi_plnvl(id, id), public.nhi_last(at) OVER () FROM public.plain",
        "SELECT public.nhi_nvl(p, p), public.nhi_plnvl(p, NULL), public.nhi_last(p) OVER () FROM public.plain p",
        "SELECT public.nhi_nvl(t, t), public.nhi_plnvl(t.leaves, NULL), public.nhi_last(t.root) OVER () FROM public.tree t",
        "SELECT * FROM public.nhi_recs() AS t(i bigint, a public.leaf)",
        "SELECT public.nhi_nvl(current_user, 'a')",
        "SELECT NULL::public.card, NULL::public.deck, b FROM public.box b",
    ] {
        ground.check(&lists, text).await.map(|_| ()).expect(text);
    }
    // And what is listed.
    for list in [&mut lists.functions, &mut lists.definer_functions] {
        list.push(Read::parse("public.mood_*").unwrap());
    }
    ground.check(&lists, "SELECT public.nhi_box(b) FROM public.box b").await.unwrap();
    ground.end().await;
}
