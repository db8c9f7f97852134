//! Texts that would escape, none of which pass.

use rolewright_core::{Ident, pattern::Read};

use super::fixture::Ground;

const ATTEMPTS: &[(&str, &str)] = &[
    (
        "raw",
        r#"SELECT pg_catalog.pg_restore_relation_stats('schemaname','public','relname','patients','reltuples',1e9::real)"#,
    ),
    ("raw", r#"SELECT satisfies_hash_partition(1259::oid, 2, 0, 1)"#),
    ("raw", r#"SELECT json_populate_record(NULL::pg_catalog.pg_type, '{"typinput":"16384"}')"#),
    ("raw", r#"SELECT (jsonb_populate_record(NULL::pg_aggregate, '{"aggfnoid":"16384"}')).aggfnoid::text"#),
    ("raw", r#"SELECT ARRAY[]::pg_catalog.pg_proc[]"#),
    ("raw", r#"SELECT set_config('role','core',false)"#),
    ("raw", r#"SELECT set_config('session_authorization','core',false)"#),
    ("raw", r#"SELECT rolpassword FROM pg_catalog.pg_authid"#),
    ("raw", r#"SELECT passwd FROM pg_catalog.pg_shadow"#),
    ("raw", r#"SELECT * FROM public.local_system_secrets"#),
    ("raw", r#"SELECT password FROM public.users"#),
    ("raw", r#"SELECT * FROM public.v_active_secrets"#),
    ("raw", r#"SELECT token FROM public.mv_tokens"#),
    ("raw", r#"SELECT * FROM logs.changes"#),
    ("raw", r#"TABLE public.local_system_secrets"#),
    ("raw", r#"SELECT ctid, xmin FROM public.local_system_secrets"#),
    (
        "raw",
        r#"SELECT most_common_vals::text FROM pg_catalog.pg_stats WHERE tablename IN ('local_system_secrets','refresh_tokens','users','t','ehr')"#,
    ),
    ("raw", r#"SELECT stavalues1::text FROM pg_catalog.pg_statistic"#),
    ("raw", r#"SELECT * FROM pg_catalog.pg_statistic_ext_data"#),
    ("raw", r#"SELECT encode(data,'escape') FROM pg_catalog.pg_largeobject"#),
    ("raw", r#"SELECT loread(lo_open(555001, x'40000'::int), 1000)"#),
    ("raw", r#"SELECT prosrc FROM pg_catalog.pg_proc WHERE prosrc ~ 'k text'"#),
    ("raw", r#"SELECT current_setting('app.dbsecret')"#),
    ("raw", r#"SELECT srvoptions FROM pg_catalog.pg_foreign_server"#),
    ("raw", r#"SELECT pg_get_viewdef('public.v_active_secrets'::regclass)"#),
    (
        "raw",
        r#"SELECT query FROM pg_catalog.pg_stat_activity WHERE usename=current_user AND pid<>pg_backend_pid()"#,
    ),
    ("raw", r#"SELECT pg_stat_get_backend_activity(g) FROM generate_series(1,60) g"#),
    (
        "raw",
        r#"SELECT nspname||'.'||relname, attname FROM pg_attribute JOIN pg_class c ON attrelid=c.oid JOIN pg_namespace n ON n.oid=relnamespace WHERE relname='local_system_secrets' AND attname='value'"#,
    ),
    ("raw", r#"SELECT polname, pg_get_expr(polqual, polrelid) FROM pg_catalog.pg_policy"#),
    ("raw", r#"SELECT last_value FROM public.patients_id_seq"#),
    ("raw", r#"SELECT rolname, rolsuper, rolcanlogin FROM pg_catalog.pg_roles WHERE rolname='core'"#),
    ("raw", r#"SELECT locktype, objid FROM pg_catalog.pg_locks"#),
    ("raw", r#"SELECT convert_from(lo_get(oid),'UTF8') FROM pg_catalog.pg_largeobject_metadata"#),
    ("raw", r#"SELECT * FROM information_schema.views WHERE view_definition LIKE '%secrets%'"#),
    ("raw", r#"SELECT pg_read_binary_file('postgresql.conf')"#),
    ("raw", r#"SELECT * FROM pg_hba_file_rules"#),
    ("raw", r#"SELECT * FROM pg_file_settings"#),
    ("raw", r#"SELECT lo_export(555001,'/tmp/evil')"#),
    ("raw", r#"SELECT pg_reload_conf()"#),
    ("raw", r#"SELECT pg_rotate_logfile()"#),
    ("raw", r#"SELECT pg_switch_wal()"#),
    ("raw", r#"SELECT pg_create_logical_replication_slot('x','test_decoding')"#),
    ("raw", r#"SELECT pg_log_backend_memory_contexts(pg_backend_pid())"#),
    ("raw", r#"SELECT lo_create(0)"#),
    ("raw", r#"SELECT lo_from_bytea(0, convert_to(repeat('x',1000000),'UTF8'))"#),
    ("raw", r#"SELECT count(lo_from_bytea(0, '\x41'::bytea)) FROM generate_series(1,5000)"#),
    ("raw", r#"SELECT lo_unlink(555001)"#),
    ("raw", r#"SELECT pg_advisory_lock(7777)"#),
    ("raw", r#"SELECT count(*) FROM (SELECT pg_advisory_lock(g) FROM generate_series(1,200000) g) s"#),
    ("raw", r#"SELECT pg_sleep(1.2) FROM public.patients"#),
    ("raw", r#"SELECT count(pg_notify('c'||g, repeat('x',7000))) FROM generate_series(1,3000) g"#),
    (
        "raw",
        r#"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename=current_user AND pid<>pg_backend_pid()"#,
    ),
    (
        "raw",
        r#"SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE usename=current_user AND pid<>pg_backend_pid()"#,
    ),
    ("raw", r#"SELECT pg_terminate_backend(pg_backend_pid())"#),
    ("raw", r#"SELECT pg_notify('app_channel','spoofed-event')"#),
    ("raw", r#"SELECT setseed(0.42)"#),
    ("raw", r#"SELECT pg_advisory_unlock_all()"#),
    (
        "raw",
        r#"SELECT public.secdef_count('(SELECT 1 WHERE (SELECT string_agg(value,'','') FROM public.local_system_secrets)::int > 0) y')"#,
    ),
    ("raw", r#"SELECT query_to_xml('UPDATE public.patients SET name=''x''',true,true,'')"#),
    ("raw", r#"SELECT query_to_xml('SET search_path=pg_temp',true,true,'')"#),
    ("raw", r#"SELECT * FROM ts_stat('SELECT to_tsvector(value) FROM public.local_system_secrets')"#),
    (
        "raw",
        r#"SELECT ts_rewrite('a'::tsquery, 'SELECT ''a''::tsquery, ''b''::tsquery FROM pg_advisory_lock(7777)')"#,
    ),
    ("raw", r#"SELECT database_to_xml(true,true,'')"#),
    ("raw", r#"SELECT schema_to_xml('public',true,true,'')"#),
    ("raw", r#"SELECT query_to_xml('COMMIT',true,true,'')"#),
    ("raw", r#"SELECT "pg_advisory_lock"(7777)"#),
    ("raw", r#"SELECT/**/pg_advisory_lock/**/(7777)"#),
    ("raw", r#"select PG_Advisory_LOCK(7777)"#),
    ("raw", r#"SELECT * FROM pg_advisory_lock(7777)"#),
    ("raw", r#"VALUES (pg_advisory_lock(7777))"#),
    ("raw", r#"SELECT 1 ORDER BY pg_advisory_lock(7777)"#),
    ("raw", r#"SELECT (SELECT pg_advisory_lock(7777))"#),
    ("raw", r#"SELECT count(*) FILTER (WHERE pg_advisory_lock(7777) IS NOT NULL) FROM public.patients"#),
    ("raw", r#"SELECT 1 FROM public.patients, LATERAL pg_advisory_lock(7777) l"#),
    ("raw", r#"WITH x AS MATERIALIZED (SELECT pg_advisory_lock(7777)) SELECT count(*) FROM x"#),
    ("raw", r#"SELECT $q$;$q$ || pg_advisory_lock(7777)::text"#),
    ("raw", r#"SELECT E'\';' || pg_advisory_lock(7777)::text --'"#),
    ("raw", r#"SELECT 1) q, (SELECT pg_advisory_lock(7777)"#),
    ("raw", r#"SELECT 1) q; SELECT pg_advisory_lock(7777); --"#),
    (
        "raw",
        r#"SELECT xmltable.* FROM xmltable('/a' PASSING '<a>1</a>'::xml COLUMNS x text DEFAULT pg_advisory_lock(7777)::text PATH 'zz')"#,
    ),
    ("raw", r#"SELECT ROW(pg_advisory_lock(7777))"#),
    ("raw", r#"SELECT 1 WHERE EXISTS (SELECT FROM pg_advisory_lock(7777))"#),
    ("raw", r#"SELECT pg_advisory_lock(7777)"#),
    ("raw", r#"SELECT format('%s', pg_advisory_lock(7777))"#),
    ("raw", r#"SELECT pg_try_advisory_lock(7777)"#),
    ("raw", r#"SELECT pg_advisory_lock(0,7777)"#),
    (
        "raw",
        r#"SELECT * FROM json_populate_record(null::record, '{}') AS (a int) WHERE pg_advisory_lock(7777) IS NOT NULL"#,
    ),
    ("raw", r#"/* SELECT 1 */ SELECT pg_advisory_lock(7777)"#),
    ("raw", r#";;;SELECT pg_advisory_lock(7777)"#),
    ("raw", r#"SELECT 'public.local_system_secrets'::regclass, 'public.nope'::regclass"#),
    ("rep", r#"SELECT body FROM public.notes"#),
    ("rep", r#"SELECT public.consent_ok(3)"#),
    ("raw", r#"SELECT pg_export_snapshot()"#),
    ("raw", r#"SELECT 'real' AS r; SELECT 'fake' AS r"#),
    ("raw", r#"SELECT subconninfo FROM pg_catalog.pg_subscription"#),
    ("raw", r#"SELECT pg_get_functiondef('public.call_vendor_api()'::regprocedure)"#),
    ("raw", r#"SELECT * FROM pg_catalog.pg_stat_get_activity(NULL)"#),
    ("raw", r#"SELECT query_to_xml('SET TRANSACTION READ WRITE',true,true,'')"#),
    ("raw", r#"SELECT pg_catalog.pg_clear_relation_stats('public','patients')"#),
    (
        "raw",
        r#"WITH m AS (MERGE INTO public.patients p USING (VALUES (1)) v(i) ON p.id=v.i WHEN MATCHED THEN DELETE RETURNING p.*) SELECT * FROM m"#,
    ),
    ("raw", r#"SELECT pg_import_system_collations('public')"#),
    ("raw", r#"SELECT * FROM pg_ls_tmpdir()"#),
    ("raw", r#"SELECT system_identifier FROM pg_control_system()"#),
    ("raw", r#"SELECT pg_current_wal_lsn()"#),
    ("raw", r#"SELECT datname, xact_commit FROM pg_catalog.pg_stat_database WHERE datname='otherapp'"#),
    ("raw", r#"SELECT 1; END; SELECT 2"#),
    ("raw", r#"SELECT 1; END --"#),
    ("raw", r#"SELECT 1 END; DROP TABLE x /*"#),
    ("raw", r#"RETURN 1"#),
    ("raw", r#"SELECT 1; SELECT 2"#),
    ("raw", r#"UPDATE public.patients SET name = name"#),
    ("raw", r#"SELECT 'patients'::regclass"#),
    ("raw", r#"SELECT p FROM public.users p"#),
    ("raw", r#"SELECT * FROM public.users"#),
    ("raw", r#"SELECT 1 FROM public.patients FOR UPDATE"#),
    ("raw", r#"WITH d AS (DELETE FROM public.patients RETURNING 1) SELECT * FROM d"#),
    ("raw", r#"SELECT * FROM public.patients_id_seq"#),
    ("raw", r#"SELECT 1 AS ":relid" FROM public.local_system_secrets"#),
];

#[tokio::test]
async fn no_attempt_passes() {
    let ground = Ground::new().await;
    let mut passed = Vec::new();
    for (role, text) in ATTEMPTS {
        let policy = if *role == "rep" { &ground.rep } else { &ground.raw };
        if ground.check(policy, text).await.is_ok() {
            passed.push(*text);
        }
    }
    assert_eq!(passed, Vec::<&str>::new());
    ground.end().await;
}

#[tokio::test]
async fn a_refusal_names_what_and_the_key() {
    let ground = Ground::new().await;
    for (text, words) in [
        ("SELECT * FROM public.users", "public.users (password) is denied"),
        ("SELECT * FROM v_active_secrets", "public.v_active_secrets shows public.local_system_secrets"),
        ("SELECT token FROM mv_tokens", "public.mv_tokens is denied"),
        ("SELECT * FROM logs.changes", "logs.changes is not there, or not for this role"),
        ("SELECT call_vendor_api()", "public.call_vendor_api, which is not listed"),
        ("SELECT relname FROM pg_class", "pg_catalog.pg_class, which is the system's"),
        ("SELECT 1 FROM patients FOR SHARE", "lock rows"),
    ] {
        let said = ground.said(text).await;
        assert!(said.contains(words), "{text}: {said}");
    }
    ground.end().await;
}

#[tokio::test]
async fn an_operator_is_judged_by_those_that_the_planner_puts_in_its_place() {
    let ground = Ground::new().await;
    ground
        .sql(
            "CREATE FUNCTION public.open_op(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 = $2'; \
             CREATE FUNCTION public.shut_op(int, int) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1 <> $2'; \
             CREATE OPERATOR public.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = public.open_op, NEGATOR = OPERATOR(public.!==)); \
             CREATE OPERATOR public.!== (LEFTARG = int, RIGHTARG = int, FUNCTION = public.shut_op, NEGATOR = OPERATOR(public.===)); \
             CREATE OPERATOR public.<<< (LEFTARG = int, RIGHTARG = int, FUNCTION = public.open_op, COMMUTATOR = OPERATOR(public.>>>)); \
             CREATE OPERATOR public.>>> (LEFTARG = int, RIGHTARG = int, FUNCTION = public.shut_op, COMMUTATOR = OPERATOR(public.<<<)); \
             CREATE OPERATOR public.~~~ (LEFTARG = int, RIGHTARG = int, FUNCTION = public.open_op, COMMUTATOR = OPERATOR(public.&&&))",
        )
        .await;
    let mut policy = ground.raw.clone();
    policy.functions.push(Read::parse("public.open_op").unwrap());
    for text in ["SELECT id FROM patients WHERE NOT (id === 1)", "SELECT id FROM patients WHERE 1 <<< id"] {
        let said = ground.check(&policy, text).await.unwrap_err().to_string();
        assert!(said.contains("a report may not call public.shut_op"), "{text}: {said}");
    }
    // One that was promised and never made is none.
    assert!(ground.check(&policy, "SELECT id FROM patients WHERE id ~~~ 1").await.is_ok());
    policy.functions.push(Read::parse("public.shut_op").unwrap());
    assert!(ground.check(&policy, "SELECT id FROM patients WHERE NOT (id === 1)").await.is_ok());
    ground.end().await;
}

#[tokio::test]
async fn a_schema_that_the_role_sees_and_the_check_does_not_is_told() {
    let ground = Ground::new().await;
    ground
        .sql("CREATE SCHEMA early; CREATE TABLE early.patients (id int); GRANT USAGE ON SCHEMA early TO {}_raw")
        .await;
    let path = ["early", "public"].map(|name| Ident::new(name).unwrap());
    let check = || ground.checker.check_text("SELECT id FROM patients", &[], &path, &ground.raw);
    let said = check().await.unwrap_err().to_string();
    assert!(said.contains("the check may not look into the schema early"), "{said}");
    ground.sql("GRANT USAGE ON SCHEMA early TO {}_checker").await;
    let said = check().await.unwrap_err().to_string();
    assert!(said.contains("early.patients is not among what this role reads"), "{said}");
    ground.sql("REVOKE USAGE ON SCHEMA early FROM {}_raw, {}_checker").await;
    assert!(check().await.is_ok());
    ground.end().await;
}
