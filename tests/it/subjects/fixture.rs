//! A clinic with a table of notes, a group that may read and write it, some subjects and roles in that group, and an issuer.

use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use futures_util::future::{BoxFuture, FutureExt as _};
use ring::hmac;
use rolewright_core::{
    ConnInfo, Ident, Password,
    settings::{Algorithm, PoolSettings},
};
use rolewright_sessions::{
    SubjectTransaction, Subjects,
    subject::{OpenSubjects, Rules, Standing, SubjectRoles},
    token::{Keys, KeysError, Policy, ReadKeys, Verifier},
};
use rolewright_testkit::Database;
use sea_orm::{ConnectionTrait as _, DbErr, Statement};
use serde_json::{Value, json};
use sqlx::AssertSqlSafe;

use crate::acting::fixture::run;

const PASSWORD: &str = "sesame-4711";
pub(crate) const SECRET: &[u8] = b"a secret that the issuer shares with the clinic";

pub(super) struct Clinic {
    pub(super) db: Database,
    pub(super) list: Arc<List>,
    pub(super) login: String,
}

/// The database roles that are said to be there, which tests may change.
#[derive(Default)]
pub(super) struct List(pub(super) Mutex<BTreeMap<String, Standing>>);

impl SubjectRoles for List {
    fn standing<'a>(&'a self, role: &'a Ident) -> BoxFuture<'a, Result<Standing, String>> {
        let found = self.0.lock().unwrap().get(role.as_str()).copied();
        async move { Ok(found.unwrap_or(Standing::Unknown)) }.boxed()
    }

    fn password<'a>(
        &'a self,
        _: &'a Ident,
        refused: Option<&'a Password>,
    ) -> BoxFuture<'a, Option<Password>> {
        let password = refused.is_none().then(|| Password::new(PASSWORD));
        async { password }.boxed()
    }
}

/// The secret that is shared with the issuer.
struct Shared;

impl ReadKeys for Shared {
    fn read(&self) -> BoxFuture<'_, Result<Keys, KeysError>> {
        async { Keys::hs256(SECRET) }.boxed()
    }
}

impl Clinic {
    /// A clinic with these subjects; the roles are `physician` and `nurse`.
    pub(super) async fn of(subjects: &[&str]) -> Self {
        let db = Database::fresh().await;
        let (app, list) = (db.app(), Arc::new(List::default()));
        let login = format!("{app}_access");
        let modern: bool = sqlx::query_scalar("SELECT current_setting('server_version_num')::int >= 160000")
            .fetch_one(&db.admin())
            .await
            .unwrap();
        let (set, inherit) = if modern {
            (" WITH INHERIT FALSE, SET TRUE", " WITH INHERIT TRUE, SET FALSE")
        } else {
            ("", "")
        };
        let sql = format!(
            "CREATE ROLE {login} LOGIN NOINHERIT PASSWORD '{PASSWORD}'; CREATE ROLE {app}_staff NOLOGIN;
             CREATE TABLE public.note (id serial, owner text, role text DEFAULT CURRENT_USER, body text);
             GRANT SELECT, INSERT ON public.note TO {app}_staff; GRANT USAGE ON SEQUENCE public.note_id_seq TO {app}_staff;
             ALTER TABLE public.note ENABLE ROW LEVEL SECURITY;
             CREATE POLICY own ON public.note USING (owner = (SELECT current_setting('rolewright.subject', true)));"
        );
        run(&db, &sql).await;
        let roles = subjects.iter().map(|name| format!("{app}_subject_{name}"));
        let roles = roles.chain(["physician", "nurse"].map(|name| format!("{app}_role_{name}")));
        for role in roles.chain([format!("{app}_subject")]) {
            let quoted = Ident::new(&role).unwrap().quoted();
            let sql = format!(
                "CREATE ROLE {quoted}; GRANT {app}_staff TO {quoted}{inherit}; GRANT {quoted} TO {login}{set}"
            );
            run(&db, &sql).await;
            list.0.lock().unwrap().insert(role, Standing::Provisioned);
        }
        for owner in subjects {
            let sql = "INSERT INTO public.note (owner, body) VALUES ($1, 'first')";
            sqlx::query(sql).bind(owner).execute(&db.admin()).await.unwrap();
        }
        Self { db, list, login }
    }

    pub(super) async fn open(&self, connections: u32) -> Subjects {
        Subjects::open(self.options(connections).await)
    }

    pub(super) async fn options(&self, connections: u32) -> OpenSubjects {
        let (server, _) = ConnInfo::parse(&self.db.admin_url()).unwrap();
        let app = self.db.app();
        let policy = Policy { algorithms: vec![Algorithm::Hs256], skew: Duration::ZERO, ..Policy::default() };
        let verifier = Verifier::open(policy, Shared, Duration::from_secs(60), 100).await.unwrap();
        OpenSubjects {
            server,
            app: Ident::new("acting").unwrap(),
            login: Ident::new(&self.login).unwrap(),
            search_path: vec![Ident::new("public").unwrap()],
            verifier: Arc::new(verifier),
            rules: Rules {
                db_role: true,
                role_precedence: false,
                roles: vec!["physician".into(), "nurse".into()],
                subject_prefix: format!("{app}_subject_"),
                role_prefix: format!("{app}_role_"),
                shared: Ident::new(format!("{app}_subject")).unwrap(),
            },
            roles: self.list.clone(),
            fresh: Duration::from_secs(60),
            pool: PoolSettings {
                max: connections,
                min: 0,
                idle: None,
                acquire: Duration::from_secs(30),
                max_lifetime: None,
            },
            max_in_flight: 100,
            statement_timeout: Duration::from_secs(20),
        }
    }

    /// The database role of a subject.
    pub(super) fn role(&self, subject: &str) -> String {
        format!("{}_subject_{subject}", self.db.app())
    }

    /// What a subject's notes say, as an administrator sees it.
    pub(super) async fn notes(&self, owner: &str) -> Vec<String> {
        let sql = "SELECT body FROM public.note WHERE owner = $1 ORDER BY id";
        sqlx::query_scalar(sql).bind(owner).fetch_all(&self.db.admin()).await.unwrap()
    }

    pub(super) async fn backends(&self) -> i64 {
        sqlx::query_scalar("SELECT count(*) FROM pg_stat_activity WHERE usename = $1")
            .bind(&self.login)
            .fetch_one(&self.db.admin())
            .await
            .unwrap()
    }

    pub(super) async fn admin(&self, sql: &str) {
        let sql = sql.replace("{login}", &self.login).replace("{app}", &self.db.app());
        sqlx::raw_sql(AssertSqlSafe(sql)).execute(&self.db.admin()).await.unwrap();
    }
}

/// A token of this subject, with these claims besides, good for a minute.
pub(crate) fn token(subject: &str, more: Value) -> String {
    token_until(now() + 60, subject, more)
}

pub(super) fn token_until(expires: u64, subject: &str, more: Value) -> String {
    let mut claims = json!({ "sub": subject, "exp": expires });
    claims.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    let encode = |text: &str| URL_SAFE_NO_PAD.encode(text);
    let message = format!("{}.{}", encode(r#"{"alg":"HS256"}"#), encode(&claims.to_string()));
    let signature = hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, SECRET), message.as_bytes());
    format!("{message}.{}", URL_SAFE_NO_PAD.encode(signature))
}

pub(super) fn now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()
}

/// The first column of the only row, as text.
pub(super) async fn value(tx: &SubjectTransaction, sql: &str) -> Result<String, DbErr> {
    let statement = Statement::from_string(tx.get_database_backend(), sql);
    let row = tx.query_one_raw(statement).await?.unwrap();
    Ok(row.try_get_by_index::<Option<String>>(0)?.unwrap_or_default())
}
