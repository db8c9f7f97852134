//! A database with the objects the corpus speaks of, and the roles that attack it.

use std::{path::Path, sync::Arc, time::Duration};

use rolewright::{
    Configured, NoMigrations,
    attack::{Attempt, Boundary, Options, Outcome, Way, attack, corpus},
    core::settings::{Settings, Sources},
    stages::Provisioned,
};
use rolewright_testkit::{Database, Options as DatabaseOptions};

use crate::server::cli::Host;

const OBJECTS: &str = include_str!("fixture.sql");

/// What core runs where an attempt, by way of an unsafe definer function of the fixture, has changed rows.
const REPAIR: &str = "DELETE FROM public.patients WHERE id > 3; \
    UPDATE public.patients SET name = CASE id WHEN 1 THEN 'Ann' WHEN 2 THEN 'Bob' ELSE 'Cy' END; \
    SELECT setval('public.patients_id_seq', 3); \
    SELECT lo_unlink(oid) FROM pg_largeobject_metadata WHERE oid <> 555001";

/// A host whose database is the corpus's.
pub(crate) async fn host() -> Host {
    let options = DatabaseOptions::new().setting("app.dbsecret = 'CANARY_DBSETTING'");
    let host = Host::bare(Database::with(options).await);
    sqlx::raw_sql(OBJECTS).execute(&host.db.core()).await.unwrap();
    // A view of the superuser's that core may hand on shows what core itself cannot read.
    let view = format!(
        "CREATE VIEW public.su_view AS SELECT rolname, left(rolpassword, 13) AS verifier FROM pg_authid \
             WHERE rolname LIKE '{}%'; \
         GRANT SELECT ON public.su_view TO {} WITH GRANT OPTION",
        host.db.app(),
        host.db.core_role()
    );
    sqlx::raw_sql(sqlx::AssertSqlSafe(view)).execute(&host.db.admin()).await.unwrap();
    host.config(&format!(
        "app = \"{}\"\n[crypto]\nkey_file = \"{}\"\n\
         [roles.raw]\nread = [\"public\"]\nstatement_timeout = \"5s\"\nmax_connections = 8\n\
         definer_functions = [\"public\", \"shared\", \"ehr\"]\nfunctions = [\"public.nhi_*\"]\n\
         deny = [\"public.local_system_secrets\", \"public.refresh_tokens\", \"public.users.password\", \"public.notes\", \"public.scores\"]\n\
         [roles.rep]\nread = [\"reporting\"]\nstatement_timeout = \"5s\"\nmax_connections = 8\n\
         definer_functions = [\"public\", \"shared\", \"ehr\"]\nfunctions = [\"public.scores_of\"]\n",
        host.db.app(),
        host.folder.path().join("rolewright.key").display()
    ));
    host
}

/// The host as far as provisioned.
pub(crate) async fn provisioned(host: &Host) -> Provisioned {
    let file = Some(host.folder.path().join("rolewright.toml"));
    let mut sources = Sources { file, ..Sources::default() };
    sources.set("DATABASE_URL", &host.db.url());
    let configured = Configured::new(Settings::load(&sources).unwrap().settings);
    let unlocked = configured.connect().await.unwrap().unlock().await.unwrap();
    unlocked.migrate(&NoMigrations).await.unwrap().provision().await.unwrap()
}

/// The whole corpus in one way, as both roles, with what burdens the server in harmless sizes.
pub(crate) async fn run(way: Way) -> Outcome {
    let host = host().await;
    let provisioned = provisioned(&host).await;
    attacked(&host, &provisioned, way, None).await
}

/// The same on this host, and through another boundary where one is given.
pub(crate) async fn attacked(
    host: &Host,
    provisioned: &Provisioned,
    way: Way,
    boundary: Option<Arc<dyn Boundary>>,
) -> Outcome {
    let attempts = corpus::builtin().unwrap();
    let deadline = Duration::from_millis(300);
    let options = Options { ways: vec![way], deadline, boundary, ..Options::default() };
    tried(host, provisioned, &attempts, options).await
}

/// What burdens the server, whole, and with time enough to do it.
pub(super) async fn heavy(way: Way) -> Outcome {
    let mut attempts = corpus::builtin().unwrap();
    attempts.retain(|attempt| attempt.heavy);
    let options =
        Options { ways: vec![way], heavy: true, deadline: Duration::from_secs(10), ..Options::default() };
    let host = host().await;
    let provisioned = provisioned(&host).await;
    tried(&host, &provisioned, &attempts, options).await
}

/// What core saw changed has been put back, and a superuser finds nothing besides.
pub(super) async fn tried(
    host: &Host,
    provisioned: &Provisioned,
    attempts: &[Attempt],
    options: Options,
) -> Outcome {
    let before = state(host).await;
    let options = Options {
        server_log: host.db.log_file().map(Path::to_owned),
        repair: Some(REPAIR.to_owned()),
        ..options
    };
    let outcome = attack(provisioned, attempts, &options, &mut |_, _, _| {}).await.unwrap();
    assert_eq!(state(host).await, before, "the attack left something behind");
    for class in outcome.classes() {
        for (way, cell) in class.ways {
            println!("class {} {way} {} {} {:?}", class.class, cell.attempts, cell.with_effect, cell.effects);
        }
    }
    for (reason, count) in outcome.reasons() {
        println!("left out {count}: {reason}");
    }
    for tried in outcome.attempts.iter().filter(|tried| !tried.effects.is_empty()) {
        let effects: Vec<&str> = tried.effects.iter().map(|effect| effect.word()).collect();
        println!(
            "{} {} [{}] {} | {}",
            tried.way,
            tried.id,
            effects.join(","),
            tried.details.join("; "),
            tried.stopped_by
        );
    }
    outcome
}

/// What a superuser sees that core does not: verifiers above all.
async fn state(host: &Host) -> Vec<String> {
    let sql = "SELECT rolname || coalesce(rolpassword, '') || rolconnlimit FROM pg_authid WHERE rolname LIKE $1 || '%' \
        UNION ALL SELECT 'setting ' || setrole || setconfig::text FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole \
            WHERE rolname LIKE $1 || '%' \
        UNION ALL SELECT 'large object ' || oid FROM pg_largeobject_metadata \
        UNION ALL SELECT 'table ' || oid || relname || relowner FROM pg_class WHERE oid >= 16384 AND relpersistence <> 't' AND relkind <> 't' \
        UNION ALL SELECT 'routine ' || oid || proname FROM pg_proc WHERE oid >= 16384 \
            AND pronamespace NOT IN (SELECT oid FROM pg_namespace WHERE nspname LIKE 'pg_temp%') \
        UNION ALL SELECT 'prepared ' || gid FROM pg_prepared_xacts WHERE database = current_database() \
        UNION ALL SELECT 'patient ' || p::text FROM public.patients p \
        ORDER BY 1";
    sqlx::query_scalar(sql).bind(host.db.app()).fetch_all(&host.db.admin()).await.unwrap()
}
