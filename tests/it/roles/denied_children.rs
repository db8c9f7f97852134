//! Partitions and children of denied tables, and of tables with denied columns: they have the same rows, so that they are denied with them.

use rolewright_core::pattern::{Deny, Read};
use rolewright_roles::{Finding, Plan, Violation, verify::ViolationKind};

use super::fixture::{Clinic, kinds};

const DENIED: Option<&str> = Some("42501");

/// Partitions of partitions, a child of two tables, one of them open, a denied column that a child computes another from, and a parent in
/// a schema that is not read.
const TREE: &str = "
    CREATE TABLE public.sec (id int) PARTITION BY LIST (id);
    CREATE TABLE public.part_a PARTITION OF public.sec FOR VALUES IN (1) PARTITION BY LIST (id);
    CREATE TABLE public.part_a_1 PARTITION OF public.part_a FOR VALUES IN (1);
    CREATE TABLE public.open (id int, note text); CREATE TABLE public.shut (id int, secret text);
    CREATE TABLE public.pair () INHERITS (public.open, public.shut);
    CREATE TABLE public.vis (id int, pw text) PARTITION BY LIST (id);
    CREATE TABLE public.vis_a PARTITION OF public.vis FOR VALUES IN (1) PARTITION BY LIST (id);
    CREATE TABLE public.vis_a_1 PARTITION OF public.vis_a FOR VALUES IN (1);
    CREATE TABLE public.gen (id int, pw text);
    CREATE TABLE public.gen_1 (big text GENERATED ALWAYS AS (upper(pw)) STORED, own int) INHERITS (public.gen);
    CREATE SCHEMA apart; CREATE TABLE apart.far (id int); CREATE TABLE public.near () INHERITS (apart.far);
    INSERT INTO public.sec VALUES (1); INSERT INTO public.pair VALUES (1); INSERT INTO public.vis VALUES (1, 'canary');
";
const DENY: [&str; 5] = ["public.sec", "public.shut", "public.vis.pw", "public.gen.p*", "apart.far"];
const CHILDREN: [&str; 4] = ["near", "pair", "part_a", "part_a_1"];

fn deny(clinic: &mut Clinic, role: &str, entries: &[&str]) {
    let role = clinic.name(role);
    let deny = &mut clinic.desired.roles.get_mut(&role).unwrap().deny;
    deny.extend(entries.iter().map(|text| Deny::parse(text).unwrap()));
}

async fn violations(clinic: &Clinic) -> Vec<Violation> {
    rolewright_roles::verify(&clinic.core, &clinic.desired).await.unwrap().violations
}

fn told<'a>(plan: &'a Plan, kind: &str) -> Vec<&'a str> {
    let found = |one: &&'a Finding| one.kind == kind;
    plan.findings.iter().filter(found).map(|one| one.object.as_str()).collect()
}

async fn assert_shut(clinic: &Clinic) {
    for child in CHILDREN {
        let sql = format!("SELECT id FROM {child}");
        assert_eq!(clinic.state("raw", &sql).await.as_deref(), DENIED, "{child}");
    }
    for shut in
        ["pw FROM vis", "pw FROM vis_a", "pw FROM vis_a_1", "pw FROM gen_1", "big FROM gen_1", "* FROM vis_a"]
    {
        assert_eq!(clinic.state("raw", &format!("SELECT {shut}")).await.as_deref(), DENIED, "{shut}");
    }
    for open in ["id FROM vis", "id FROM vis_a", "id FROM vis_a_1", "id, own FROM gen_1", "* FROM open"] {
        assert_eq!(clinic.state("raw", &format!("SELECT {open}")).await, None, "{open}");
    }
}

#[tokio::test]
async fn what_is_denied_of_a_table_is_denied_of_what_has_its_rows() {
    let mut clinic = Clinic::new().await;
    clinic.sql(TREE).await;
    deny(&mut clinic, "raw", &DENY);
    // Not even by its full name, for `deny` wins.
    let raw = clinic.name("raw");
    clinic.desired.roles.get_mut(&raw).unwrap().read.push(Read::parse("public.part_a_1").unwrap());
    clinic.provision().await.unwrap();
    assert_shut(&clinic).await;
    let plan = clinic.plan().await;
    assert!(plan.in_sync(), "{plan:?}");
    let tables = ["apart.far", "public.gen (pw)", "public.sec", "public.shut", "public.vis (pw)"];
    assert_eq!(told(&plan, "denied-children"), tables);
    assert_eq!(told(&plan, "shows-denied"), ["public.open"]);
    let of_sec = plan.findings.iter().find(|one| one.object == "public.sec").unwrap();
    assert!(of_sec.message.contains("public.part_a, public.part_a_1"), "{of_sec:?}");
    assert!(of_sec.fix.as_ref().unwrap().contains("roles.raw.deny"), "{of_sec:?}");
    assert_eq!(violations(&clinic).await, []);
    let matrix = rolewright_roles::matrix(&clinic.core, &clinic.desired).await.unwrap();
    let at = matrix.roles.iter().position(|role| *role == raw).unwrap();
    for row in matrix.rows.iter().filter(|row| CHILDREN.contains(&row.relation.as_str())) {
        assert_eq!(row.cells[at].word(), "denied", "{row:?}");
    }
    clinic.db.drop().await;
}

#[tokio::test]
async fn what_was_granted_is_taken_away() {
    let mut clinic = Clinic::new().await;
    clinic.sql(TREE).await;
    clinic.provision().await.unwrap();
    assert_eq!(clinic.state("raw", "SELECT * FROM part_a_1").await, None, "nothing is denied yet");
    deny(&mut clinic, "raw", &DENY);
    let broken = violations(&clinic).await;
    assert!(broken.iter().all(|one| one.kind == ViolationKind::DeniedReadable), "{broken:?}");
    let broken: Vec<&str> = broken.iter().map(|one| one.object.as_str()).collect();
    for object in
        ["public.pair", "public.near", "public.part_a_1", "public.vis_a_1 (pw)", "public.gen_1 (pw, big)"]
    {
        assert!(broken.contains(&object), "{object}: {broken:?}");
    }
    let plan = clinic.plan().await;
    assert!(kinds(&plan).iter().all(|kind| ["revoke", "grant-columns"].contains(kind)), "{plan:?}");
    clinic.provision().await.unwrap();
    assert_shut(&clinic).await;
    assert!(clinic.plan().await.in_sync());
    assert_eq!(violations(&clinic).await, []);
    clinic.db.drop().await;
}

#[tokio::test]
async fn it_follows_what_is_attached_and_detached() {
    let mut clinic = Clinic::new().await;
    clinic.sql(TREE).await;
    deny(&mut clinic, "raw", &DENY);
    clinic
        .sql("CREATE TABLE public.loose (id int); CREATE TABLE public.heir (id int, pw text, own int)")
        .await;
    clinic.provision().await.unwrap();
    assert_eq!(clinic.state("raw", "SELECT * FROM loose, heir").await, None);
    clinic
        .sql(
            "ALTER TABLE public.part_a ATTACH PARTITION public.loose DEFAULT; ALTER TABLE public.heir INHERIT public.gen; \
             ALTER TABLE public.sec DETACH PARTITION public.part_a; ALTER TABLE public.sec ATTACH PARTITION public.part_a FOR VALUES IN (1, 2)",
        )
        .await;
    let broken = violations(&clinic).await;
    let broken: Vec<&str> = broken.iter().map(|one| one.object.as_str()).collect();
    assert_eq!(broken, ["public.heir (pw)", "public.loose"]);
    clinic.provision().await.unwrap();
    assert_eq!(clinic.state("raw", "SELECT id FROM loose").await.as_deref(), DENIED);
    assert_eq!(clinic.state("raw", "SELECT pw FROM heir").await.as_deref(), DENIED);
    assert_eq!(clinic.state("raw", "SELECT id, own FROM heir").await, None);
    assert!(clinic.plan().await.in_sync());
    clinic
        .sql("ALTER TABLE public.sec DETACH PARTITION public.part_a; ALTER TABLE public.heir NO INHERIT public.gen")
        .await;
    clinic.provision().await.unwrap();
    assert_eq!(clinic.state("raw", "SELECT * FROM loose, heir, part_a_1").await, None);
    assert!(clinic.plan().await.in_sync());
    clinic.db.drop().await;
}

#[tokio::test]
async fn columns_are_followed_by_their_names() {
    let mut clinic = Clinic::new().await;
    clinic.sql(TREE).await;
    deny(&mut clinic, "raw", &DENY);
    clinic.sql("ALTER TABLE public.vis ADD COLUMN pin text").await;
    clinic.provision().await.unwrap();
    assert_eq!(clinic.state("raw", "SELECT pin FROM vis_a_1").await, None);
    clinic
        .sql("ALTER TABLE public.vis RENAME COLUMN pw TO was; ALTER TABLE public.vis RENAME COLUMN pin TO pw")
        .await;
    clinic.provision().await.unwrap();
    assert_eq!(clinic.state("raw", "SELECT was FROM vis_a_1").await, None);
    assert_eq!(clinic.state("raw", "SELECT pw FROM vis_a_1").await.as_deref(), DENIED);
    assert!(clinic.plan().await.in_sync());
    assert_eq!(violations(&clinic).await, []);
    // Once the parent has it no more, it is the child's own.
    clinic.sql("ALTER TABLE ONLY public.gen DROP COLUMN pw").await;
    clinic.provision().await.unwrap();
    assert_eq!(clinic.state("raw", "SELECT pw, big FROM gen_1").await, None);
    clinic.db.drop().await;
}

#[tokio::test]
async fn a_view_over_a_child_is_told() {
    let mut clinic = Clinic::new().await;
    clinic.sql(TREE).await;
    clinic
        .sql(
            "CREATE TABLE apart.below () INHERITS (apart.far); CREATE VIEW public.a AS SELECT 1 FROM apart.below; \
             CREATE VIEW public.b AS SELECT pw FROM public.vis_a_1; CREATE VIEW public.c AS SELECT id FROM public.vis_a_1; \
             CREATE VIEW public.d AS SELECT big FROM public.gen_1",
        )
        .await;
    deny(&mut clinic, "raw", &DENY);
    clinic.provision().await.unwrap();
    assert_eq!(
        told(&clinic.plan().await, "shows-denied"),
        ["public.a", "public.b", "public.d", "public.open"]
    );
    clinic.db.drop().await;
}

#[tokio::test]
async fn what_everyone_may_read_is_refused() {
    let mut clinic = Clinic::new().await;
    clinic.sql(TREE).await;
    deny(&mut clinic, "raw", &DENY);
    clinic
        .sql("GRANT SELECT ON public.part_a_1 TO PUBLIC; GRANT SELECT (pw) ON public.vis_a TO PUBLIC")
        .await;
    let plan = clinic.plan().await;
    let refused: Vec<(&str, &str)> =
        plan.refusals.iter().map(|one| (one.kind.as_str(), one.object.as_str())).collect();
    assert_eq!(refused, [("public-right", "public.part_a_1"), ("public-right", "public.vis_a")], "{plan:?}");
    clinic.mend(&plan.refusals).await;
    clinic.provision().await.unwrap();
    assert!(clinic.plan().await.in_sync());
    clinic.db.drop().await;
}

#[tokio::test]
async fn nothing_is_promised_where_a_denied_table_has_partitions() {
    let mut clinic = Clinic::new().await;
    clinic.sql(TREE).await;
    deny(&mut clinic, "reporting", &["public.sec", "public.gen.pw"]);
    clinic.provision().await.unwrap();
    for (make, below) in [
        ("CREATE TABLE reporting.of_sec PARTITION OF public.sec FOR VALUES IN (7)", "public.sec"),
        ("DROP TABLE reporting.of_sec; CREATE TABLE reporting.of_gen () INHERITS (public.gen)", "public.gen"),
    ] {
        clinic.sql(make).await;
        let plan = clinic.plan().await;
        assert_eq!(told(&plan, "future-tables-deny"), ["reporting"], "{plan:?}");
        assert!(plan.findings.iter().any(|one| one.message.contains(below)), "{plan:?}");
        clinic.provision().await.unwrap();
        assert!(clinic.plan().await.in_sync());
    }
    clinic.sql("CREATE TABLE reporting.more () INHERITS (reporting.of_gen)").await;
    assert_eq!(clinic.state("reporting", "SELECT pw FROM more").await.as_deref(), DENIED);
    clinic.provision().await.unwrap();
    assert_eq!(clinic.state("reporting", "SELECT id FROM more").await, None);
    assert_eq!(clinic.state("reporting", "SELECT pw FROM more").await.as_deref(), DENIED);
    clinic.sql("DROP TABLE reporting.more; DROP TABLE reporting.of_gen").await;
    assert_eq!(kinds(&clinic.plan().await), ["default-privileges"]);
    clinic.db.drop().await;
}
