//! Partitions and children of tables with row level security: PostgreSQL asks the parent's policies only of who reads the parent, so a
//! pattern over a schema does not open them.

use rolewright_core::pattern::Read;
use rolewright_roles::{Finding, Plan, verify::ViolationKind};

use super::fixture::{Clinic, kinds};

const DENIED: Option<&str> = Some("42501");

/// A table whose policy hides its one row, and its children: a child's child, one with row level security of its own, partitions of
/// partitions, and one in a schema that is read while its parent's is not.
const TREE: &str = "
    CREATE TABLE public.inh (id int); CREATE TABLE public.inh1 () INHERITS (public.inh);
    CREATE TABLE public.inh2 () INHERITS (public.inh1); CREATE TABLE public.own () INHERITS (public.inh1);
    CREATE TABLE public.parts (id int) PARTITION BY LIST (id);
    CREATE TABLE public.parts_1 PARTITION OF public.parts FOR VALUES IN (1) PARTITION BY LIST (id);
    CREATE TABLE public.parts_1_1 PARTITION OF public.parts_1 FOR VALUES IN (1);
    CREATE SCHEMA apart; CREATE TABLE apart.far (id int); CREATE TABLE public.near () INHERITS (apart.far);
    INSERT INTO public.inh2 VALUES (1); INSERT INTO public.parts VALUES (1); INSERT INTO public.near VALUES (1);
    ALTER TABLE public.own ENABLE ROW LEVEL SECURITY;
";
const CHILDREN: [&str; 5] = ["inh1", "inh2", "near", "parts_1", "parts_1_1"];

async fn secure(clinic: &Clinic) {
    for table in ["public.inh", "public.parts", "apart.far"] {
        let sql = format!(
            "ALTER TABLE {table} ENABLE ROW LEVEL SECURITY; CREATE POLICY none ON {table} USING (id > 1)"
        );
        clinic.sql(&sql).await;
    }
}

/// Lets raw read this relation by its full name.
fn name(clinic: &mut Clinic, relation: &str) {
    let raw = clinic.name("raw");
    clinic.desired.roles.get_mut(&raw).unwrap().read.push(Read::parse(relation).unwrap());
}

fn found<'a>(plan: &'a Plan, kind: &str) -> Vec<&'a Finding> {
    plan.findings.iter().filter(|one| one.kind == kind).collect()
}

#[tokio::test]
async fn a_pattern_opens_the_parent_and_no_child() {
    let clinic = Clinic::new().await;
    clinic.sql(TREE).await;
    secure(&clinic).await;
    clinic.provision().await.unwrap();
    for child in CHILDREN {
        let sql = format!("SELECT id FROM {child}");
        assert_eq!(clinic.state("raw", &sql).await.as_deref(), DENIED, "{child}");
    }
    for open in ["inh", "parts", "own"] {
        assert_eq!(clinic.state("raw", &format!("SELECT id FROM {open}")).await, None, "{open}");
    }
    let plan = clinic.plan().await;
    assert!(plan.in_sync(), "{plan:?}");
    let told: Vec<&str> = found(&plan, "withheld-children").iter().map(|one| one.object.as_str()).collect();
    assert_eq!(told, ["apart.far", "public.inh", "public.parts"]);
    let verified = rolewright_roles::verify(&clinic.core, &clinic.desired).await.unwrap();
    assert!(verified.violations.is_empty(), "{verified:?}");
    clinic.db.drop().await;
}

#[tokio::test]
async fn what_was_granted_is_taken_away_when_the_parent_is_secured() {
    let clinic = Clinic::new().await;
    clinic.sql(TREE).await;
    clinic.provision().await.unwrap();
    assert_eq!(clinic.state("raw", "SELECT id FROM inh2").await, None, "nothing is hidden yet");
    secure(&clinic).await;
    let plan = clinic.plan().await;
    assert_eq!(kinds(&plan), ["revoke"]);
    let sql = plan.changes[0].sql();
    assert!(CHILDREN.iter().all(|child| sql.contains(&format!("\"{child}\""))), "{sql}");
    let verified = rolewright_roles::verify(&clinic.core, &clinic.desired).await.unwrap();
    let broken: Vec<&str> = verified.violations.iter().map(|one| one.object.as_str()).collect();
    assert_eq!(broken, CHILDREN.map(|child| format!("public.{child}")));
    assert!(verified.violations.iter().all(|one| one.kind == ViolationKind::BypassesPolicies));
    clinic.provision().await.unwrap();
    assert_eq!(clinic.state("raw", "SELECT id FROM inh2").await.as_deref(), DENIED);
    assert!(clinic.plan().await.in_sync());

    // With row level security of its own it is opened again.
    clinic.sql("ALTER TABLE public.inh2 ENABLE ROW LEVEL SECURITY").await;
    assert_eq!(kinds(&clinic.plan().await), ["grant-select"]);
    clinic.provision().await.unwrap();
    assert_eq!(clinic.state("raw", "SELECT id FROM inh2").await, None);
    // So it is when it leaves the parent.
    clinic.sql("ALTER TABLE public.parts DETACH PARTITION public.parts_1").await;
    clinic.provision().await.unwrap();
    assert_eq!(clinic.state("raw", "SELECT id FROM parts_1_1").await, None);
    clinic.db.drop().await;
}

#[tokio::test]
async fn one_that_is_named_in_full_is_opened_and_told() {
    let mut clinic = Clinic::new().await;
    clinic.sql(TREE).await;
    secure(&clinic).await;
    name(&mut clinic, "public.inh2");
    name(&mut clinic, "public.nea[r]");
    clinic.provision().await.unwrap();
    assert_eq!(clinic.state("raw", "SELECT id FROM inh2").await, None);
    assert_eq!(clinic.state("raw", "SELECT id FROM near").await.as_deref(), DENIED, "a glob is no name");
    let plan = clinic.plan().await;
    assert!(plan.in_sync(), "{plan:?}");
    let told = found(&plan, "bypasses-policies");
    assert_eq!(told.iter().map(|one| one.object.as_str()).collect::<Vec<_>>(), ["public.inh2"]);
    assert!(told[0].message.contains("public.inh,"), "{told:?}");
    assert!(told[0].fix.as_ref().unwrap().contains("ENABLE ROW LEVEL SECURITY"), "{told:?}");
    let verified = rolewright_roles::verify(&clinic.core, &clinic.desired).await.unwrap();
    assert!(verified.violations.is_empty(), "{verified:?}");
    let warned = |one: &&rolewright_roles::Violation| one.kind == ViolationKind::BypassesPolicies;
    let warned: Vec<&str> = verified.warnings.iter().filter(warned).map(|one| one.object.as_str()).collect();
    assert_eq!(warned, ["public.inh2"]);
    clinic.db.drop().await;
}

#[tokio::test]
async fn what_everyone_may_read_is_refused() {
    let clinic = Clinic::new().await;
    clinic.sql(TREE).await;
    secure(&clinic).await;
    clinic.sql("GRANT SELECT ON public.parts_1_1 TO PUBLIC").await;
    let plan = clinic.plan().await;
    let refused: Vec<(&str, &str)> =
        plan.refusals.iter().map(|one| (one.kind.as_str(), one.object.as_str())).collect();
    assert_eq!(refused, [("public-right", "public.parts_1_1")], "{plan:?}");
    clinic.mend(&plan.refusals).await;
    clinic.provision().await.unwrap();
    assert!(clinic.plan().await.in_sync());
    clinic.db.drop().await;
}

#[tokio::test]
async fn no_partition_is_readable_from_birth() {
    let clinic = Clinic::new().await;
    clinic.provision().await.unwrap();
    clinic
        .sql(
            "CREATE TABLE reporting.parts (id int) PARTITION BY LIST (id); \
             ALTER TABLE reporting.parts ENABLE ROW LEVEL SECURITY",
        )
        .await;
    let plan = clinic.plan().await;
    assert_eq!(kinds(&plan), ["revoke-default"], "{plan:?}");
    assert_eq!(found(&plan, "future-tables-policies").len(), 1, "{plan:?}");
    clinic.provision().await.unwrap();
    clinic.sql("CREATE TABLE reporting.parts_1 PARTITION OF reporting.parts FOR VALUES IN (1)").await;
    assert_eq!(clinic.state("reporting", "SELECT id FROM parts_1").await.as_deref(), DENIED);
    assert!(clinic.plan().await.in_sync());
    clinic.sql("CREATE TABLE reporting.monthly (id int)").await;
    clinic.provision().await.unwrap();
    assert_eq!(clinic.state("reporting", "SELECT id FROM monthly").await, None, "others wait for an apply");
    clinic.db.drop().await;
}
