-- The objects that the corpus speaks of, owned by the core role; for tests. CANARY_… values must never be seen by the roles under
-- attack. Some objects are deliberate mistakes (owner views, unsafe definer functions, secrets in comments), so that each class of
-- attempts has something to try itself on.
CREATE TABLE public.patients(id serial PRIMARY KEY, name text NOT NULL, nhi text UNIQUE, sensitive boolean DEFAULT false, weight float8 DEFAULT 70.123456789, born date DEFAULT '1990-02-03');
INSERT INTO public.patients(id,name,nhi) VALUES (1,'Ann','NHI001'),(2,'Bob','NHI002'),(3,'Cy','NHI003');
SELECT setval('public.patients_id_seq', 3);
CREATE TABLE public.local_system_secrets(key text PRIMARY KEY, value text);
INSERT INTO public.local_system_secrets VALUES ('deviceKey','CANARY_SECRET_LSS'),('other','CANARY_SECRET_LSS');
CREATE TABLE public.refresh_tokens(id int PRIMARY KEY, token text); INSERT INTO public.refresh_tokens SELECT g,'CANARY_TOKEN' FROM generate_series(1,50) g;
CREATE TABLE public.users(id int PRIMARY KEY, email text, password text); INSERT INTO public.users VALUES (1,'a@x','CANARY_PWHASH'),(2,'b@x','CANARY_PWHASH');
CREATE TABLE public.settings(key text PRIMARY KEY, value text); INSERT INTO public.settings VALUES ('greeting','hello'),('report_table','patients');
CREATE SCHEMA logs; CREATE TABLE logs.changes(id int, record_data jsonb); INSERT INTO logs.changes VALUES (1,'{"value":"CANARY_AUDIT"}');
CREATE VIEW public.v_active_secrets AS SELECT key, value FROM public.local_system_secrets;
CREATE MATERIALIZED VIEW public.mv_tokens AS SELECT id, token FROM public.refresh_tokens;
CREATE SCHEMA reporting; CREATE TABLE reporting.encounters(id int PRIMARY KEY, patient_id int REFERENCES public.patients(id), v int); INSERT INTO reporting.encounters VALUES (1,1,10),(2,2,20),(3,3,30);
CREATE TABLE public.consents(patient_id int PRIMARY KEY, ok boolean); INSERT INTO public.consents VALUES (1,true),(2,true),(3,false);
CREATE TABLE public.notes(id int PRIMARY KEY, patient_id int, body text); INSERT INTO public.notes VALUES (1,1,'fine'),(2,2,'fine'),(3,3,'CANARY_HIDDEN_NOTE');
CREATE FUNCTION public.consent_ok(int) RETURNS boolean LANGUAGE plpgsql STABLE COST 1000 SECURITY DEFINER SET search_path = public, pg_temp AS $$ BEGIN RETURN (SELECT ok FROM public.consents WHERE patient_id=$1); END $$;
CREATE VIEW reporting.notes_consented AS SELECT id, patient_id, body FROM public.notes WHERE public.consent_ok(patient_id);
CREATE VIEW reporting.notes_consented_sb WITH (security_barrier) AS SELECT id, patient_id, body FROM public.notes WHERE public.consent_ok(patient_id);
CREATE FUNCTION public.secdef_nopath() RETURNS text LANGUAGE plpgsql SECURITY DEFINER AS $$ DECLARE r text; BEGIN SELECT value INTO r FROM settings WHERE key='greeting'; RETURN r; END $$;
CREATE FUNCTION public.secdef_public_path() RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public AS $$ DECLARE r text; BEGIN SELECT value INTO r FROM settings WHERE key='greeting'; RETURN r; END $$;
CREATE FUNCTION public.secdef_safe() RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$ DECLARE r text; BEGIN SELECT value INTO r FROM settings WHERE key='greeting'; RETURN r; END $$;
CREATE FUNCTION public.secdef_count(tbl text) RETURNS text LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$ DECLARE r text; BEGIN EXECUTE 'SELECT count(*)::text FROM ' || tbl INTO r; RETURN r; END $$;
CREATE FUNCTION public.call_vendor_api() RETURNS int LANGUAGE plpgsql AS $$ DECLARE k text := 'CANARY_PROSRC'; BEGIN RETURN 1; END $$;
CREATE FUNCTION public.touch_all() RETURNS void LANGUAGE sql AS $$ UPDATE public.patients SET name = name || '!' $$;
CREATE FUNCTION public.nhi_ok(text) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$ SELECT $1 LIKE 'NHI%' $$;
CREATE PROCEDURE public.proc_commit() LANGUAGE plpgsql AS $$ BEGIN COMMIT; END $$;
CREATE TABLE public.obs(id int, patient_id int, v text) PARTITION BY LIST (patient_id);
CREATE TABLE public.obs_1 PARTITION OF public.obs FOR VALUES IN (1); CREATE TABLE public.obs_3 PARTITION OF public.obs FOR VALUES IN (3); INSERT INTO public.obs VALUES (1,1,'ok'),(2,3,'obs3');
COMMENT ON TABLE public.users IS 'jdbc:CANARY_COMMENT';
CREATE TABLE public.typos(a int DEFAULT length('CANARY_DEFAULTEXPR'));
-- what the server calls though no text says so
CREATE FUNCTION public.secret_of(text) RETURNS text LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$ BEGIN RETURN (SELECT string_agg(value, ',') FROM public.local_system_secrets); END $$;
CREATE TYPE public.stamp AS (tok text); CREATE FUNCTION public.stamp_text(public.stamp) RETURNS text LANGUAGE sql STABLE AS 'SELECT public.secret_of(NULL)'; CREATE CAST (public.stamp AS text) WITH FUNCTION public.stamp_text(public.stamp);
CREATE TYPE public.humour AS ENUM ('ok', 'bad'); CREATE FUNCTION public.humour_json(public.humour) RETURNS json LANGUAGE sql STABLE AS 'SELECT to_json(public.secret_of(NULL))'; CREATE CAST (public.humour AS json) WITH FUNCTION public.humour_json(public.humour);
CREATE TABLE public.humours(id int PRIMARY KEY, m public.humour); INSERT INTO public.humours VALUES (1, 'ok');
CREATE FUNCTION public.token_known(text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$ BEGIN RAISE '%', public.secret_of($1); END $$; CREATE DOMAIN public.token_text AS text CHECK (public.token_known(VALUE)); CREATE TYPE public.token_row AS (id int, t public.token_text);
CREATE FUNCTION public.tells(text, text) RETURNS boolean LANGUAGE plpgsql STABLE AS $$ BEGIN RAISE '%', public.secret_of($1); END $$; CREATE FUNCTION public.nhi_is(text, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT true';
CREATE OPERATOR public.#!# (LEFTARG = text, RIGHTARG = text, FUNCTION = public.nhi_is, NEGATOR = OPERATOR(public.!#!)); CREATE OPERATOR public.!#! (LEFTARG = text, RIGHTARG = text, FUNCTION = public.tells, NEGATOR = OPERATOR(public.#!#));
CREATE DOMAIN public.negated AS text CHECK (NOT (VALUE OPERATOR(public.#!#) 'x'));
CREATE FUNCTION public.nhi_keeps(public.humour, public.humour) RETURNS public.humour LANGUAGE sql IMMUTABLE AS 'SELECT $2'; CREATE AGGREGATE public.nhi_lastly(public.humour) (SFUNC = public.nhi_keeps, STYPE = public.humour, FINALFUNC = to_json);
CREATE OPERATOR public.@&@ (RIGHTARG = anyelement, FUNCTION = to_json);
CREATE FUNCTION public.nhi_pairs() RETURNS SETOF record LANGUAGE sql STABLE AS $$ SELECT 1, row('ok'::public.humour) $$; CREATE FUNCTION public.nhi_humours() RETURNS SETOF record LANGUAGE sql STABLE AS $$ SELECT 1, 'ok'::public.humour $$;
CREATE FUNCTION public.humour_stamp(public.humour) RETURNS public.stamp LANGUAGE sql STABLE AS 'SELECT row(public.secret_of(NULL))::public.stamp'; CREATE CAST (public.humour AS public.stamp) WITH FUNCTION public.humour_stamp(public.humour) AS ASSIGNMENT;
CREATE TYPE public.ink AS (tok text); CREATE FUNCTION public.ink_stamp(public.ink) RETURNS public.stamp LANGUAGE sql STABLE AS 'SELECT row(public.secret_of(NULL))::public.stamp'; CREATE CAST (public.ink AS public.stamp) WITH FUNCTION public.ink_stamp(public.ink) AS IMPLICIT;
CREATE FUNCTION public.nhi_either(anycompatible, anycompatible DEFAULT row('d')::public.ink) RETURNS anycompatible LANGUAGE sql IMMUTABLE AS 'SELECT $2';
-- rows that views hide, and what they compute
CREATE TABLE public.scores(id int PRIMARY KEY, patient_id int, value text); INSERT INTO public.scores VALUES (1,1,'10'),(2,2,'20'),(3,3,'CANARY_HIDDEN_SCORE');
CREATE VIEW reporting.scores_shown AS SELECT s.id, s.value FROM public.scores s JOIN public.consents c USING (patient_id) WHERE c.ok;
CREATE VIEW reporting.scores_over WITH (security_barrier) AS SELECT id, value::int AS v FROM reporting.scores_shown;
CREATE VIEW reporting.scores_barred WITH (security_barrier) AS SELECT s.id, s.value::int AS v FROM public.scores s JOIN public.consents c USING (patient_id) WHERE c.ok;
CREATE VIEW reporting.scores_paired WITH (security_barrier) AS SELECT s.id, 0 AS v FROM public.scores s JOIN public.consents c USING (patient_id) WHERE c.ok UNION ALL SELECT s.id, s.value::int FROM public.scores s JOIN public.consents c USING (patient_id) WHERE c.ok;
CREATE FUNCTION public.every_score() RETURNS SETOF public.scores LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS 'SELECT * FROM public.scores';
CREATE VIEW reporting.scores_called AS SELECT s.id, s.value FROM public.every_score() s WHERE public.consent_ok(s.patient_id);
CREATE VIEW reporting.scores_cast AS SELECT s.id, coalesce(s.value::int, 0) AS v FROM public.scores s JOIN public.consents c USING (patient_id) WHERE c.ok;
CREATE VIEW reporting.scores_lateral WITH (security_barrier) AS SELECT s.id, e.x FROM public.scores s JOIN public.consents c USING (patient_id) CROSS JOIN LATERAL abs(s.value::int) e(x) WHERE c.ok;
CREATE VIEW reporting.scores_joined WITH (security_barrier) AS SELECT c.patient_id, s.id, s.v FROM public.consents c LEFT JOIN (SELECT s.id, coalesce(s.value::int, 0) AS v FROM public.scores s JOIN public.consents d USING (patient_id) WHERE d.ok) s ON true;
CREATE FUNCTION public.scores_of() RETURNS SETOF reporting.scores_shown LANGUAGE sql STABLE AS 'SELECT * FROM reporting.scores_shown';
-- tenants
CREATE SCHEMA tenant_a; CREATE TABLE tenant_a.t(id int PRIMARY KEY, data text); INSERT INTO tenant_a.t VALUES (1,'a-data');
CREATE SCHEMA tenant_b; CREATE TABLE tenant_b.t(id int PRIMARY KEY, data text); INSERT INTO tenant_b.t SELECT g,'CANARY_TENANT_B' FROM generate_series(1,100) g;
CREATE SEQUENCE tenant_b.t_seq; SELECT setval('tenant_b.t_seq', 4242);
CREATE SCHEMA shared; CREATE TABLE shared.codes(code text PRIMARY KEY); INSERT INTO shared.codes VALUES ('A'),('B');
CREATE TABLE shared.all_orders(id serial PRIMARY KEY, tenant text, code text UNIQUE, item text); INSERT INTO shared.all_orders(tenant,code,item) VALUES ('tenant_a','oa','x'),('tenant_b','ob','CANARY_TENANT_B');
CREATE FUNCTION shared.tenant_stats() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path=shared,pg_temp AS 'SELECT count(*) FROM shared.all_orders';
CREATE VIEW shared.v_all_orders AS SELECT * FROM shared.all_orders;
-- RLS consent
CREATE SCHEMA ehr; CREATE TABLE ehr.ehr(id int PRIMARY KEY, clinician text, code text UNIQUE, data text);
INSERT INTO ehr.ehr VALUES (1,'alice','E1','mine'),(2,'bob','E2','CANARY_RLS_E2'); INSERT INTO ehr.ehr SELECT g,'bob','E'||g,'CANARY_RLS_E2' FROM generate_series(3,60) g;
CREATE TABLE ehr.part(id int, clinician text, data text) PARTITION BY LIST (clinician); CREATE TABLE ehr.part_alice PARTITION OF ehr.part FOR VALUES IN ('alice'); CREATE TABLE ehr.part_bob PARTITION OF ehr.part FOR VALUES IN ('bob');
INSERT INTO ehr.part VALUES (1,'alice','mine'),(2,'bob','CANARY_RLS_PART');
CREATE TABLE ehr.child(id int PRIMARY KEY, ehr_id int REFERENCES ehr.ehr(id), clinician text DEFAULT 'alice');
CREATE TABLE ehr.seedpol(id int PRIMARY KEY, data text); INSERT INTO ehr.seedpol VALUES (1,'ok'),(2,'CANARY_RLS_REVOKED_2'),(3,'CANARY_RLS_REVOKED_3');
CREATE VIEW ehr.v_owner AS SELECT * FROM ehr.ehr; CREATE MATERIALIZED VIEW ehr.mv AS SELECT * FROM ehr.ehr;
CREATE FUNCTION ehr.cnt_all() RETURNS bigint LANGUAGE sql SECURITY DEFINER SET search_path=ehr,pg_temp AS 'SELECT count(*) FROM ehr.ehr';
CREATE FUNCTION ehr.whoami() RETURNS text LANGUAGE sql STABLE AS $$ SELECT current_setting('app.user', true) $$;
SELECT lo_from_bytea(555001, 'CANARY_LARGE_OBJECT');
ANALYZE;
