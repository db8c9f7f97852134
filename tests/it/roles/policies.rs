//! Policies that read what a role may not: each query of such a table fails, and the plan says why.

use super::fixture::Clinic;

/// What the plan says of policies.
async fn told(clinic: &Clinic) -> Vec<String> {
    let plan = clinic.plan().await;
    let of_policies = plan.findings.into_iter().filter(|one| one.kind == "policy-denied");
    of_policies.map(|one| one.message.replace(&clinic.db.app(), "app")).collect()
}

#[tokio::test]
async fn a_policy_that_reads_a_denied_table_is_reported() {
    let clinic = Clinic::new().await;
    clinic
        .sql(
            "ALTER TABLE public.visits ENABLE ROW LEVEL SECURITY; \
             CREATE POLICY by_token ON public.visits USING (id IN (SELECT id FROM public.access_tokens))",
        )
        .await;
    assert_eq!(
        told(&clinic).await,
        [
            "policy by_token of public.visits reads public.access_tokens, which app_raw may not: every query of its on public.visits fails"
        ]
    );
    let plan = clinic.plan().await;
    let fix = plan.findings.iter().find_map(|one| (one.kind == "policy-denied").then(|| one.fix.clone()));
    assert!(fix.flatten().unwrap().contains("SECURITY DEFINER function"), "{plan:?}");
    clinic.provision().await.unwrap();
    assert_eq!(clinic.state("raw", "SELECT * FROM visits").await.as_deref(), Some("42501"), "it is so");
    assert_eq!(told(&clinic).await.len(), 1, "afterwards too");
    clinic.db.drop().await;
}

#[tokio::test]
async fn by_columns_and_by_schemas_that_nobody_reads() {
    let clinic = Clinic::new().await;
    clinic.sql("CREATE SCHEMA rights; CREATE TABLE rights.seen (id int, open int)").await;
    for (name, reads) in [
        ("by_name", "SELECT id FROM public.patients WHERE name <> ''"),
        ("by_password", "SELECT id FROM public.patients WHERE password <> ''"),
        ("by_right", "SELECT id FROM rights.seen"),
    ] {
        clinic.sql(&format!("CREATE POLICY {name} ON public.visits USING (id IN ({reads}))")).await;
    }
    assert_eq!(told(&clinic).await.len(), 0, "row level security is off");
    clinic.sql("ALTER TABLE public.visits ENABLE ROW LEVEL SECURITY").await;
    assert_eq!(
        told(&clinic).await,
        [
            "policy by_password of public.visits reads public.patients (password), which app_raw may not: every query of its on public.visits fails",
            "policy by_right of public.visits reads rights.seen, which app_raw may not: every query of its on public.visits fails",
        ]
    );
    // What everyone reads, what others are held to, and what no SELECT asks for.
    clinic
        .sql(
            "GRANT SELECT ON rights.seen TO PUBLIC; ALTER POLICY by_password ON public.visits TO CURRENT_USER; \
             CREATE POLICY by_writing ON public.visits FOR INSERT WITH CHECK (id IN (SELECT id FROM public.access_tokens))",
        )
        .await;
    assert_eq!(told(&clinic).await.len(), 0);
    clinic.provision().await.unwrap();
    assert_eq!(clinic.state("raw", "SELECT * FROM visits").await, None);
    clinic.sql("ALTER POLICY by_password ON public.visits TO {}_raw").await;
    assert_eq!(told(&clinic).await.len(), 1, "the role by its name");
    clinic.db.drop().await;
}
