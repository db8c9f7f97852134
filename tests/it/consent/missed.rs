//! What shows records beside the policies is found, with the fix.

use super::fixture::{Records, Who, key};

#[tokio::test]
async fn nothing_is_forgotten() {
    let records = Records::ten().await;
    records
        .core(
            "CREATE TABLE ehr.stored (ehr_id uuid, text text); \
             CREATE TABLE public.linked (id int, whose uuid REFERENCES ehr.ehr (id)); \
             CREATE TABLE public.deeper (id int, version uuid REFERENCES ehr.comp_version (vo_id)); \
             CREATE TABLE public.other (ehr_id text, id uuid); \
             CREATE MATERIALIZED VIEW reporting.copy AS SELECT * FROM reporting.patients; \
             CREATE VIEW reporting.mine AS SELECT * FROM ehr.ehr",
        )
        .await;
    records.admin("ALTER VIEW reporting.mine OWNER TO CURRENT_USER; ALTER ROLE {}_staff BYPASSRLS").await;
    records.say(&["revoke", &key(1)]).await;
    // That it matters: the copy was made before.
    let copied = records.seen(Who::Owner, "SELECT count(*) FROM reporting.copy").await.unwrap();
    assert_eq!((copied, records.sees(Who::Owner, 1).await), (vec!["10".to_owned()], false));
    let said = records.host.run(&["check"]).await.exit(2);
    for words in [
        "ehr.stored has the key of ehr in ehr_id, and no policy hides its rows",
        "add \"ehr.stored(ehr_id)\" to consent.ehr.children, or \"ehr.stored\" to consent.ehr.except",
        "public.linked has the key of ehr in whose",
        "add \"public.deeper(version) -> ehr.comp_version(…)\"",
        "reporting.copy keeps a copy of records of ehr",
        "reporting.mine shows records of ehr with the rights of",
        "has BYPASSRLS, and sees every record",
    ] {
        assert!(said.out.contains(words), "no `{words}` in:\n{}", said.out);
    }
    assert!(!said.out.contains("public.other"), "{}", said.out);
    let doctor = records.host.run(&["doctor"]).await;
    assert!(doctor.out.contains("ehr.stored has the key of ehr"), "{}", doctor.out);
    // Decided, one way or the other.
    records.admin("ALTER VIEW reporting.mine OWNER TO CURRENT_USER; ALTER ROLE {}_staff NOBYPASSRLS; DROP VIEW reporting.mine").await;
    records.write(
        "[consent.ehr]\nroot = \"ehr.ehr(id)\"\nchildren = [\"ehr.comp_version(ehr_id)\", \
         \"ehr.comp_data(vo_id) -> ehr.comp_version(vo_id)\", \"ehr.event(ehr_id)\", \"ehr.stored(ehr_id)\", \
         \"public.deeper(version) -> ehr.comp_version(vo_id)\"]\nexcept = [\"public.linked\", \"reporting.copy\"]",
    );
    records.host.run(&["apply"]).await.exit(0);
    let said = records.host.run(&["check"]).await.exit(0);
    assert!(said.out.contains("in sync"), "{}", said.out);
    records.host.db.drop().await;
}

#[tokio::test]
async fn what_was_said_for_a_role_that_is_gone_is_told() {
    let records = Records::ten().await;
    records.say(&["revoke", &key(1), "--for", &format!("database-role:{}_staff", records.app)]).await;
    assert!(!records.sees(Who::Alice, 1).await);
    records.admin("ALTER ROLE {}_staff RENAME TO {}_crew").await;
    let said = records.host.run(&["plan"]).await.exit(0);
    let words = format!("what was said for the role {}_staff holds for nobody", records.app);
    assert!(said.out.contains(&words), "{}", said.out);
    records.admin("ALTER ROLE {}_crew RENAME TO {}_staff").await;
    assert!(!records.sees(Who::Alice, 1).await);
    records.host.run(&["check"]).await.exit(0);
    records.host.db.drop().await;
}

#[tokio::test]
async fn a_link_that_may_lead_to_several_records_is_told() {
    let records = Records::ten().await;
    records
        .core("CREATE TABLE ehr.note (n int, vo_id uuid); CREATE TABLE ehr.part (vo_id uuid, ehr_id uuid)")
        .await;
    records.write(
        "[consent.ehr]\nroot = \"ehr.ehr(id)\"\nchildren = [\"ehr.comp_version(ehr_id)\", \
         \"ehr.comp_data(vo_id) -> ehr.comp_version(vo_id)\", \"ehr.event(ehr_id)\", \"ehr.part(ehr_id)\", \"ehr.note(vo_id) -> ehr.part(vo_id)\"]",
    );
    records.host.run(&["apply"]).await.exit(0);
    let said = records.host.run(&["check"]).await.exit(2);
    assert!(
        said.out.contains("ehr.part(vo_id) is not unique: a row of ehr.note is shown where any"),
        "{}",
        said.out
    );
    records.core("CREATE UNIQUE INDEX ON ehr.part (vo_id)").await;
    records.host.run(&["check"]).await.exit(0);
    records.host.db.drop().await;
}
