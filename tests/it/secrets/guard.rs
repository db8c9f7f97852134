//! What exposes the table is found, and the SQL that is offered mends it.

use rolewright_core::{Advice, Exit};
use rolewright_secrets::guard::{Exposed, Finding, FindingKind, exposures};
use rolewright_testkit::Database;

use super::fixture::{Fixture, orm};

const TABLE: &str = "rolewright.local_system_secrets";

/// Exposes the table as the superuser, expects these findings, runs their SQL, and expects none.
async fn found_and_mended(f: &Fixture, expose: &str, expected: &[(FindingKind, &str)]) -> Vec<Finding> {
    assert_eq!(exposures(&f.c).await.unwrap(), [], "before: {expose}");
    f.admin(expose).await;
    let findings = exposures(&f.c).await.unwrap();
    let told: Vec<_> = findings.iter().map(|finding| (finding.kind, finding.object.as_str())).collect();
    assert_eq!(told, expected, "{expose}: {findings:#?}");
    for finding in &findings {
        f.admin(&finding.mend).await;
    }
    assert_eq!(exposures(&f.c).await.unwrap(), [], "after: {findings:#?}");
    findings
}

#[tokio::test]
async fn without_the_table_and_with_a_fresh_one_nothing_is_exposed() {
    let db = Database::fresh().await;
    assert_eq!(exposures(&orm(db.core())).await.unwrap(), []);
    let f = Fixture::fresh().await;
    assert_eq!(exposures(&f.c).await.unwrap(), []);
}

#[tokio::test]
async fn triggers_and_rules_are_found() {
    let f = Fixture::fresh().await;
    f.core(
        "CREATE TABLE public.log (row text); CREATE FUNCTION public.copy() RETURNS trigger LANGUAGE plpgsql AS \
         $$ BEGIN INSERT INTO public.log VALUES (NEW::text); RETURN NEW; END $$",
    )
    .await;
    let trigger = format!(
        "CREATE TRIGGER \"Log it\" AFTER INSERT ON {TABLE} FOR EACH ROW EXECUTE FUNCTION public.copy()"
    );
    let findings = found_and_mended(&f, &trigger, &[(FindingKind::Trigger, "Log it")]).await;
    assert_eq!(findings[0].mend, format!("DROP TRIGGER \"Log it\" ON {TABLE};"));
    let rule =
        format!("CREATE RULE r AS ON INSERT TO {TABLE} DO ALSO INSERT INTO public.log VALUES (NEW.value)");
    found_and_mended(&f, &rule, &[(FindingKind::Rule, "r")]).await;
}

#[tokio::test]
async fn publications_of_each_kind_are_found() {
    let f = Fixture::fresh().await;
    f.core("CREATE TABLE public.data (id int PRIMARY KEY)").await;
    let app = f.db.app();
    let one = [(FindingKind::Publication, app.as_str())];
    let explicit = format!("CREATE PUBLICATION {app} FOR TABLE {TABLE}, public.data");
    found_and_mended(&f, &explicit, &one).await;
    f.admin(&format!("DROP PUBLICATION {app}")).await;
    let all = format!("CREATE PUBLICATION {app} FOR ALL TABLES WITH (publish = 'insert')");
    let findings = found_and_mended(&f, &all, &one).await;
    assert!(findings[0].detail.contains("all tables"));
    let still: Vec<String> =
        sqlx::query_scalar("SELECT tablename::text FROM pg_publication_tables WHERE pubname = $1")
            .bind(&app)
            .fetch_all(&f.db.admin())
            .await
            .unwrap();
    assert_eq!(still, ["data"], "what it was for is still published");
    f.admin(&format!("DROP PUBLICATION {app}")).await;
    let version: String =
        sqlx::query_scalar("SHOW server_version_num").fetch_one(&f.db.core()).await.unwrap();
    if version.as_str() >= "150000" {
        let schema = format!("CREATE PUBLICATION {app} FOR TABLES IN SCHEMA rolewright");
        let findings = found_and_mended(&f, &schema, &one).await;
        assert!(findings[0].detail.contains("schema rolewright"));
        f.admin(&format!("DROP PUBLICATION {app}")).await;
    }
    f.admin(&format!("CREATE PUBLICATION {app} FOR TABLE public.data")).await;
    assert_eq!(exposures(&f.c).await.unwrap(), [], "a publication without it is none of our business");
}

#[tokio::test]
async fn grants_to_anyone_are_found() {
    let f = Fixture::fresh().await;
    let role = format!("{}_reader", f.db.app());
    f.core(&format!("CREATE ROLE {role}")).await;
    let grant = format!("GRANT SELECT, INSERT ON {TABLE} TO {role}");
    let findings = found_and_mended(&f, &grant, &[(FindingKind::Grant, &role)]).await;
    assert!(findings[0].detail.contains("INSERT, SELECT"));
    found_and_mended(&f, &format!("GRANT SELECT ON {TABLE} TO PUBLIC"), &[(FindingKind::Grant, "PUBLIC")])
        .await;
    let column = format!("GRANT SELECT (value) ON {TABLE} TO {role}");
    found_and_mended(&f, &column, &[(FindingKind::ColumnGrant, &role)]).await;
    let (core, onward) = (f.db.core_role(), format!("{}_onward", f.db.app()));
    f.core(&format!("CREATE ROLE {onward}")).await;
    let chain = format!(
        "GRANT SELECT ON {TABLE} TO {role} WITH GRANT OPTION; GRANT USAGE ON SCHEMA rolewright TO {role}; \
         SET ROLE {role}; GRANT SELECT ON {TABLE} TO {onward}; RESET ROLE"
    );
    let expected = [(FindingKind::Grant, onward.as_str()), (FindingKind::Grant, role.as_str())];
    found_and_mended(&f, &chain, &expected).await;
    for scope in ["", " IN SCHEMA rolewright"] {
        let default =
            format!("ALTER DEFAULT PRIVILEGES FOR ROLE {core}{scope} GRANT SELECT ON TABLES TO {role}");
        let findings = found_and_mended(&f, &default, &[(FindingKind::DefaultPrivileges, &role)]).await;
        assert!(findings[0].kind.is_latent());
    }
    let elsewhere =
        format!("ALTER DEFAULT PRIVILEGES FOR ROLE {core} IN SCHEMA public GRANT SELECT ON TABLES TO {role}");
    f.admin(&elsewhere).await;
    assert_eq!(exposures(&f.c).await.unwrap(), [], "other schemas' defaults are none of our business");
}

#[tokio::test]
async fn relatives_and_views_are_found() {
    let f = Fixture::fresh().await;
    f.core("CREATE TABLE public.parent (key text NOT NULL, value text NOT NULL)").await;
    let child = format!("CREATE TABLE public.child () INHERITS ({TABLE})");
    found_and_mended(&f, &child, &[(FindingKind::Inheritance, "public.child")]).await;
    let parent = format!("ALTER TABLE {TABLE} INHERIT public.parent");
    found_and_mended(&f, &parent, &[(FindingKind::Inheritance, "public.parent")]).await;
    let view = format!("CREATE VIEW public.\"V\" AS SELECT key, value FROM {TABLE}");
    found_and_mended(&f, &view, &[(FindingKind::View, "public.\"V\"")]).await;
    let kept = format!("CREATE MATERIALIZED VIEW public.m AS SELECT * FROM {TABLE}");
    found_and_mended(&f, &kept, &[(FindingKind::View, "public.m")]).await;
}

#[tokio::test]
async fn another_owner_is_found() {
    let f = Fixture::fresh().await;
    let owner = format!("{}_owner", f.db.app());
    f.core(&format!("CREATE ROLE {owner}")).await;
    let change = format!("ALTER TABLE {TABLE} OWNER TO {owner}");
    found_and_mended(&f, &change, &[(FindingKind::Owner, &owner)]).await;
}

#[tokio::test]
async fn a_start_that_refuses_names_everything_and_its_remedy() {
    let f = Fixture::fresh().await;
    f.core(&format!("GRANT SELECT ON {TABLE} TO PUBLIC")).await;
    f.core(&format!("CREATE VIEW public.v AS SELECT * FROM {TABLE}")).await;
    let error = Exposed(exposures(&f.c).await.unwrap());
    assert_eq!(error.0.len(), 2);
    assert!(error.to_string().contains("PUBLIC holds SELECT") && error.to_string().contains("view public.v"));
    let hint = error.hint().unwrap();
    assert!(
        hint.contains(&format!("REVOKE ALL ON TABLE {TABLE} FROM PUBLIC"))
            && hint.contains("DROP VIEW public.v;")
    );
    assert_eq!(error.exit(), Exit::NoPermission);
}
