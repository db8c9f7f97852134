//! Plans from made-up catalogs.

use rolewright_core::settings::{Settings, Sources};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Wanted, diff::diff, facts::Observed, policy};
use crate::room::RoomPlan;

fn wanted(default: &str) -> Wanted {
    let folder = std::env::temp_dir().join(format!("rolewright-consent-{default}-{}", std::process::id()));
    let text = format!(
        "[consent.ehr]\nroot = 'ehr.ehr(id)'\nchildren = ['ehr.version(ehr_id)', 'ehr.data(v) -> ehr.version(v)']\n\
         default = '{default}'\nbreak_glass = ['emergency']\nexcept = ['public.log']"
    );
    std::fs::write(&folder, text).unwrap();
    let environment = [("DATABASE_URL".to_owned(), "postgres://core@db/clinic".to_owned())].into();
    let loaded = Settings::load(&Sources { file: Some(folder.clone()), environment }).unwrap();
    std::fs::remove_file(folder).unwrap();
    Wanted::new(&loaded.settings, Uuid::from_u128(7))
}

fn table(name: &str, columns: &[(&str, &str)]) -> Value {
    let columns: serde_json::Map<String, Value> = columns
        .iter()
        .map(|(name, kind)| {
            ((*name).to_owned(), json!({ "type": kind, "deterministic": true, "unique": true }))
        })
        .collect();
    json!({
        "schema": "ehr", "name": name, "sql": format!("ehr.{name}"), "kind": "r", "owner": "core", "ours": true,
        "enabled": false, "forced": false, "tops": [["ehr", name]], "columns": columns, "policies": {},
    })
}

fn catalog() -> Value {
    json!({
        "recovery": false, "kinds": {}, "openers": [], "callers": [], "visitors": [], "readable": true,
        "present": ["emergency"], "carriers": [], "views": [], "unbound": [], "nobody": [], "left": [],
        "tables": [
            table("ehr", &[("id", "uuid")]),
            table("version", &[("v", "uuid"), ("ehr_id", "uuid")]),
            table("data", &[("v", "uuid")]),
        ],
    })
}

fn observed(catalog: Value) -> Observed {
    serde_json::from_value(catalog).unwrap()
}

fn sql(plan: &RoomPlan) -> String {
    plan.changes
        .iter()
        .map(|change| format!("-- {} {}\n{}\n", change.kind, change.object, change.sql))
        .collect()
}

#[test]
fn a_first_plan() {
    insta::assert_snapshot!(sql(&diff(&wanted("allow"), &observed(catalog()))));
}

#[test]
fn hidden_by_default() {
    let plan = diff(&wanted("deny"), &observed(catalog()));
    let policy = plan.changes.iter().find(|change| change.kind == "create-policy").unwrap();
    insta::assert_snapshot!(policy.sql);
}

/// The catalogs as they are after a plan, by the seals that it sets.
fn after(wanted: &Wanted) -> Value {
    let mut catalog = catalog();
    let kind = &wanted.kinds["ehr"];
    for (number, found) in catalog["tables"].as_array_mut().unwrap().iter_mut().enumerate() {
        let on = found["sql"].as_str().unwrap().to_owned();
        let expression = policy::expression(wanted, "ehr", kind, &kind.tables[number], &on);
        found["enabled"] = json!(true);
        found["forced"] = json!(true);
        found["policies"] = json!({
            "rolewright_consent_ehr": { "permissive": false, "kept": "k", "comment": policy::seal(wanted, &expression, "k") },
            "rolewright_rows": { "permissive": true, "kept": "r", "comment": policy::seal(wanted, "true", "r") },
        });
    }
    catalog["kinds"] = json!({ "ehr": { "key_type": "uuid", "by_default": "allow" } });
    catalog["openers"] = json!([["ehr", "emergency"]]);
    catalog["callers"] = json!(["emergency"]);
    catalog["visitors"] = json!([["rolewright_break_glass", "emergency"]]);
    catalog
}

#[test]
fn what_is_sealed_is_in_sync_and_what_differs_is_made_again() {
    let wanted = wanted("allow");
    let plan = diff(&wanted, &observed(after(&wanted)));
    assert!(plan.is_empty() && plan.refused.is_empty() && plan.findings.is_empty(), "{plan:?}");
    let kinds = |change: &dyn Fn(&mut Value)| {
        let mut catalog = after(&wanted);
        change(&mut catalog);
        let plan = diff(&wanted, &observed(catalog));
        let all = plan.changes.iter().map(|change| change.kind.to_owned());
        let all = all.chain(plan.findings.iter().map(|finding| format!("note {}", finding.kind)));
        all.chain(plan.refused.values().flatten().map(|one| format!("refused {}", one.kind)))
            .collect::<Vec<_>>()
    };
    let root = |catalog: &mut Value, key: &str, value: Value| catalog["tables"][0][key] = value;
    assert_eq!(kinds(&|c| root(c, "enabled", json!(false))), ["enable-policies"]);
    assert_eq!(kinds(&|c| root(c, "forced", json!(false))), ["force-policies"]);
    assert_eq!(kinds(&|c| root(c, "ours", json!(false))), ["refused foreign-table"]);
    assert_eq!(kinds(&|c| root(c, "kind", json!("v"))), ["refused no-table"]);
    assert_eq!(kinds(&|c| root(c, "policies", json!({}))), ["create-policy", "create-policy"]);
    for (policy, word) in
        [("rolewright_consent_ehr", "replace-policy"), ("rolewright_rows", "replace-policy")]
    {
        for (key, value) in [("comment", json!(null)), ("kept", json!("else"))] {
            let changed = kinds(&|c| c["tables"][0]["policies"][policy][key] = value.clone());
            assert_eq!(changed, [word], "{policy} {key}");
        }
    }
    let theirs = json!({ "permissive": true, "kept": "x", "comment": null });
    assert_eq!(kinds(&|c| c["tables"][0]["policies"]["theirs"] = theirs.clone()), ["drop-policy"]);
    assert_eq!(
        kinds(&|c| c["visitors"] =
            json!([["rolewright_consent", "x"], ["rolewright_break_glass", "emergency"]])),
        ["close-schema"]
    );
    assert_eq!(kinds(&|c| c["callers"] = json!(["emergency", "public"])), ["revoke-open"]);
    assert_eq!(kinds(&|c| c["present"] = json!([])), ["note missing-opener"]);
    assert_eq!(kinds(&|c| c["unbound"] = json!(["etl"])), ["note bypassrls"]);
    assert_eq!(kinds(&|c| c["nobody"] = json!(["gone"])), ["note missing-role"]);
    let key = |value: &str| json!({ "ehr": { "key_type": value, "by_default": "allow" } });
    assert_eq!(kinds(&|c| c["kinds"] = key("bigint")), ["refused key-type"]);
    let carrier = |name: &str| json!([{ "schema": "public", "name": name, "column": "ehr_id", "type": "uuid", "refers": null }]);
    assert_eq!(kinds(&|c| c["carriers"] = carrier("notes")), ["note uncovered-table"]);
    assert_eq!(kinds(&|c| c["carriers"] = carrier("log")), Vec::<String>::new());
    assert_eq!(kinds(&|c| c["recovery"] = json!(true)), ["refused recovery"]);
}
