//! Entries of the configuration that meet nothing: `plan`, `check` and `doctor` tell of them, and end as they would.

use super::cli::Host;

#[tokio::test]
async fn entries_that_meet_nothing_are_told() {
    let host = Host::fresh().await;
    sqlx::raw_sql("CREATE FUNCTION reporting.mask(text) RETURNS text LANGUAGE sql AS 'SELECT $1'")
        .execute(&host.db.core())
        .await
        .unwrap();
    let (app, key) = (host.db.app(), host.folder.path().join("rolewright.key"));
    host.config(&format!(
        "app = \"{app}\"\n[crypto]\nkey_file = {key:?}\n\
         [roles.raw]\nread = [\"public.users\", \"public.nope\", \"public.later_*\"]\n\
         functions = [\"reporting.mask\", \"reporting.nofn\", \"nofn.*\", \"reporting\"]\n\
         definer_functions = [\"reporting.gone\"]\n\
         deny = [\"public.users.password\", \"public.users.pasword\", \"public.nothere\", \"public.user.pass*\", \"publik.*\", \
         \"public.*_none\", \"*.nobodys\", '\"public\".\"users*\"']\n"
    ));
    let told = [
        "deny: `\"public\".\"users*\"`",
        "deny: `public.nothere`",
        "deny: `public.user.pass*`",
        "deny: `public.users.pasword`",
        "deny: `publik.*`",
        "functions: `nofn.*`",
        "functions: `reporting.nofn`",
        "definer_functions: `reporting.gone`",
        "read: `public.nope`",
    ];
    let mut expected = told.map(|one| format!("roles.raw.{one} meets nothing"));
    expected.sort();
    let findings = |said: &serde_json::Value| {
        let all = said["findings"].as_array().unwrap().iter().filter(|one| one["kind"] == "unmet-entry");
        let mut all: Vec<String> = all.map(|one| one["message"].as_str().unwrap().to_owned()).collect();
        all.sort();
        all
    };
    assert_eq!(findings(&host.run(&["plan", "--format", "json"]).await.exit(0).json()), expected);
    host.run(&["apply"]).await.exit(0);
    assert_eq!(findings(&host.run(&["check", "--format", "json"]).await.exit(0).json()), expected);
    let said = host.run(&["check"]).await.exit(0);
    assert!(said.out.contains("note: roles.raw.deny: `publik.*` meets nothing"), "{}", said.out);
    let said = host.run(&["doctor"]).await.exit(0);
    assert!(said.out.contains("roles.raw.read: `public.nope` meets nothing"), "{}", said.out);
    assert!(said.out.contains("out of roles.raw.read"), "{}", said.out);
}
