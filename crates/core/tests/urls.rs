//! Connection URLs one by one: what each parses to, or the exact error.

use rolewright_core::{Advice, ConnInfo};

/// A short form of everything that was understood.
fn show(url: &str) -> String {
    let (info, pool) = match ConnInfo::parse(url) {
        Ok(parsed) => parsed,
        Err(error) => {
            assert!(error.hint().is_some(), "{url}: {error} has no hint");
            return format!("error: {error}");
        }
    };
    let mut parts = vec![
        format!("{}@", info.user.as_deref().unwrap_or("-")),
        info.hosts.iter().map(ToString::to_string).collect::<Vec<_>>().join(","),
        format!("/{}", info.database.as_deref().unwrap_or("-")),
    ];
    let mut add = |name: &str, value: Option<String>| {
        parts.extend(value.map(|value| format!(" {name}={value}")));
    };
    add("password", info.password.map(|p| p.expose().to_owned()));
    add("tsa", Some(info.target_session_attrs.to_string()).filter(|word| word != "any"));
    add("ssl", Some(info.ssl_mode.to_string()).filter(|word| word != "prefer"));
    add("root", info.ssl_root_cert.map(|f| f.display().to_string()));
    add("cert", info.ssl_cert.map(|f| f.display().to_string()));
    add("key", info.ssl_key.map(|f| f.display().to_string()));
    add("app", info.application_name);
    add("options", Some(format!("{:?}", info.options)).filter(|o| o != "[]"));
    add("timeout", info.connect_timeout.map(|t| format!("{t:?}")));
    add("max", pool.max.map(|n| n.to_string()));
    add("min", pool.min.map(|n| n.to_string()));
    add("idle", pool.idle.map(|t| format!("{t:?}")));
    add("acquire", pool.acquire.map(|t| format!("{t:?}")));
    add("lifetime", pool.max_lifetime.map(|t| format!("{t:?}")));
    parts.concat()
}

const SCHEME: &str = "error: the connection URL begins neither with `postgres://` nor with `postgresql://`";
const HOST: &str = "error: `host` of the connection URL is not a host name, an address or a directory";
const SPACE: &str = "error: the connection URL contains white space or a control character";

#[rustfmt::skip]
const TABLE: &[(&str, &str)] = &[
    // Schemes.
    ("postgres://u:p@h/db", "u@h:5432/db password=p"),
    ("postgresql://u:p@h/db", "u@h:5432/db password=p"),
    ("POSTGRES://u@h/db", "u@h:5432/db"),
    ("PostgreSQL://u@h/db", "u@h:5432/db"),
    ("", SCHEME),
    ("postgres:", SCHEME),
    ("postgres:/h/db", SCHEME),
    ("mysql://u:p@h/db", SCHEME),
    ("http://h", SCHEME),
    ("jdbc:postgresql://h/db", SCHEME),
    ("host=h user=u password=p", SPACE),
    (" postgres://h/db", SPACE),
    ("postgres://h/db\n", SPACE),
    ("postgres://h/d b", SPACE),
    // What is absent.
    ("postgres://", "-@localhost:5432/-"),
    ("postgres:///", "-@localhost:5432/-"),
    ("postgres:///db", "-@localhost:5432/db"),
    ("postgres://h", "-@h:5432/-"),
    ("postgres://h/", "-@h:5432/-"),
    ("postgres://@h/db", "-@h:5432/db"),
    ("postgres://:@h/db", "-@h:5432/db"),
    ("postgres://u:@h/db", "u@h:5432/db"),
    ("postgres://:p@h/db", "-@h:5432/db password=p"),
    ("postgres://h/db?", "-@h:5432/db"),
    ("postgres://h/db?password=&user=", "-@h:5432/db"),
    ("postgres://u:p@h/db?password=", "u@h:5432/db"),
    // Ports.
    ("postgres://h:6432/db", "-@h:6432/db"),
    ("postgres://h:/db", "-@h:5432/db"),
    ("postgres://h:65535/db", "-@h:65535/db"),
    ("postgres://:6432/db", "-@localhost:6432/db"),
    ("postgres://h:0/db", "error: `port` is out of range"),
    ("postgres://h:70000/db", "error: `port` is out of range"),
    ("postgres://h:99999999999999999999999/db", "error: `port` is out of range"),
    ("postgres://h:abc/db", "error: `port` is not a number"),
    ("postgres://h:+5/db", "error: `port` is not a number"),
    ("postgres://h:-5/db", "error: `port` is not a number"),
    ("postgres://h/db?port=6432", "-@h:6432/db"),
    // Escapes.
    ("postgres://u%40x:p%2Fw%3A%25@h/d%20b", "u@x@h:5432/d b password=p/w:%"),
    ("postgres://u:p:q@h/db", "u@h:5432/db password=p:q"),
    ("postgres://u:%C3%A9@h/db", "u@h:5432/db password=é"),
    ("postgres://u:é@h/db", "u@h:5432/db password=é"),
    ("postgres://u:a+b@h/db?application_name=a+b", "u@h:5432/db password=a+b app=a+b"),
    ("postgres://u:p#q@h/db", "u@h:5432/db password=p#q"),
    ("postgres://%68ost/db", "-@host:5432/db"),
    ("postgres://u:%@h/db", "error: `password` of the connection URL has a percent escape that is not text"),
    ("postgres://u:%4@h/db", "error: `password` of the connection URL has a percent escape that is not text"),
    ("postgres://u:%zz@h/db", "error: `password` of the connection URL has a percent escape that is not text"),
    ("postgres://u:%00@h/db", "error: `password` of the connection URL has a percent escape that is not text"),
    ("postgres://u%FF@h/db", "error: `user` of the connection URL has a percent escape that is not text"),
    ("postgres://h/%FF", "error: `dbname` of the connection URL has a percent escape that is not text"),
    // Passwords that somebody forgot to escape.
    ("postgres://u:p@ss@h/db", "error: an unescaped `@` stands in the host of the connection URL"),
    ("postgres://u:p/ss@h/db", "error: an unescaped `@` stands in the database of the connection URL"),
    ("postgres://u:p/ss", "error: `port` is not a number"),
    ("postgres://u:12/ss@h/db", "error: an unescaped `@` stands in the database of the connection URL"),
    ("postgres://u:p?ss@h/db", "error: an unescaped `?` stands in the user or password of the connection URL"),
    ("postgres://h/a/b", "error: an unescaped `/` stands in the database of the connection URL"),
    ("postgres://h/db#x", "error: an unescaped `#` stands in the database of the connection URL"),
    ("postgres://h/db?password=a&b", "error: the query of the connection URL has a part without `=`"),
    ("postgres://h/db?password=a&b=c", "error: the query of the connection URL has a parameter that does not exist"),
    // Unix sockets.
    ("postgresql://user@/db?host=/var/run/postgresql", "user@/var/run/postgresql/.s.PGSQL.5432/db"),
    ("postgresql://%2Fvar%2Frun/db", "-@/var/run/.s.PGSQL.5432/db"),
    ("postgresql://u@%2Fvar%2Frun:5433/db", "u@/var/run/.s.PGSQL.5433/db"),
    ("postgresql:///db?host=/tmp&port=5433", "-@/tmp/.s.PGSQL.5433/db"),
    ("postgresql:///db?host=%2Ftmp", "-@/tmp/.s.PGSQL.5432/db"),
    ("postgresql:///db?host=%40abstract", HOST),
    // IPv6.
    ("postgres://[::1]/db", "-@[::1]:5432/db"),
    ("postgres://u@[2001:db8::1]:6432/db", "u@[2001:db8::1]:6432/db"),
    ("postgres:///db?host=::1", "-@[::1]:5432/db"),
    ("postgres://[::1/db", HOST),
    ("postgres://[::1]x/db", HOST),
    ("postgres://[nonsense]/db", HOST),
    ("postgres://::1/db", "error: `port` is not a number"),
    // Several hosts.
    ("postgres://h1:5433,h2/db", "-@h1:5433,h2:5432/db"),
    ("postgres://h1,[::1]:1,%2Frun/db", "-@h1:5432,[::1]:1,/run/.s.PGSQL.5432/db"),
    ("postgres://h1,h2/db?target_session_attrs=read-write", "-@h1:5432,h2:5432/db tsa=read-write"),
    ("postgres:///db?host=a,b&port=1,2", "-@a:1,b:2/db"),
    ("postgres:///db?host=a,b&port=7", "-@a:7,b:7/db"),
    ("postgres:///db?host=a,b&port=,2", "-@a:5432,b:2/db"),
    ("postgres:///db?host=a,b&port=1,2,3", "error: `port` has 3 entries for 2 hosts"),
    ("postgres://h:1,i:2/db?host=a,b,c", "error: `port` has 2 entries for 3 hosts"),
    ("postgres://h1,,h2/db", HOST),
    ("postgres://h1,/db", HOST),
    ("postgres:///db?host=a,", HOST),
    ("postgres://h/db?target_session_attrs=master", "error: `target_session_attrs` has a value that is not understood"),
    // The query overrides the authority.
    ("postgres://u:p@h:1/db?user=v&password=q&host=i&port=2&dbname=e", "v@i:2/e password=q"),
    // TLS.
    ("postgres://h/db?sslmode=disable", "-@h:5432/db ssl=disable"),
    ("postgres://h/db?sslmode=verify-full&sslrootcert=/ca.pem&sslcert=c.pem&sslkey=k.pem", "-@h:5432/db ssl=verify-full root=/ca.pem cert=c.pem key=k.pem"),
    ("postgres://h/db?sslmode=REQUIRE", "error: `sslmode` has a value that is not understood"),
    ("postgres://h/db?sslmode=", "error: `sslmode` has a value that is not understood"),
    ("postgres://h/db?sslrootcert=system", "error: `sslrootcert` has a value that is not understood"),
    // The session.
    ("postgres://h/db?application_name=my%20app", "-@h:5432/db app=my app"),
    ("postgres://h/db?options=-c%20a.b%3D1%20-cc-d%3Dx%5C%20y%20--e%3D", "-@h:5432/db options=[(\"a.b\", \"1\"), (\"c_d\", \"x y\"), (\"e\", \"\")]"),
    ("postgres://h/db?options=-d%205", "error: `options` has a value that is not understood"),
    ("postgres://h/db?options=-c", "error: `options` has a value that is not understood"),
    ("postgres://h/db?options=-c%20a", "error: `options` has a value that is not understood"),
    ("postgres://h/db?options=-c%20a%3Db%5C", "error: `options` has a value that is not understood"),
    ("postgres://h/db?options=-c%201a%3Db", "error: `options` has a value that is not understood"),
    ("postgres://h/db?connect_timeout=10", "-@h:5432/db timeout=10s"),
    ("postgres://h/db?connect_timeout=0", "-@h:5432/db"),
    ("postgres://h/db?connect_timeout=1.5", "error: `connect_timeout` is not a number"),
    ("postgres://h/db?connect_timeout=99999999", "error: `connect_timeout` is out of range"),
    // The pool.
    ("postgres://h/db?max=10&min=2&idle=10000&acquire=30000&max_lifetime=1800000", "-@h:5432/db max=10 min=2 idle=10s acquire=30s lifetime=1800s"),
    ("postgres://h/db?idle=0&max_lifetime=0", "-@h:5432/db idle=0ns lifetime=0ns"),
    ("postgres://h/db?max=0", "error: `max` is out of range"),
    ("postgres://h/db?max=abc", "error: `max` is not a number"),
    ("postgres://h/db?max=", "error: `max` is not a number"),
    ("postgres://h/db?max=-1", "error: `max` is not a number"),
    ("postgres://h/db?max=4294967296", "error: `max` is out of range"),
    ("postgres://h/db?min=1e3", "error: `min` is not a number"),
    ("postgres://h/db?acquire=0", "error: `acquire` is out of range"),
    ("postgres://h/db?idle=10s", "error: `idle` is not a number"),
    ("postgres://h/db?max_lifetime=99999999999999", "error: `max_lifetime` is out of range"),
    ("postgres://h/db?max=2&min=3", "error: `min` of a pool is 3, more than its `max`, 2"),
    // Parameters that do not exist, come twice, or cannot be honoured.
    ("postgres://h/db?sslmod=require", "error: there is no connection parameter `sslmod`"),
    ("postgres://h/db?MAX=1", "error: there is no connection parameter `MAX`"),
    ("postgres://h/db?=1", "error: the query of the connection URL has a parameter that does not exist"),
    ("postgres://h/db?max", "error: the query of the connection URL has a part without `=`"),
    ("postgres://h/db?max=1&max=1", "error: `max` is given twice"),
    ("postgres://h/db?%6Dax=1&max=1", "error: `max` is given twice"),
    ("postgres://h/db?channel_binding=require", "error: the connection parameter `channel_binding` is not supported"),
    ("postgres://h/db?channel_binding=prefer", "-@h:5432/db"),
    ("postgres://h/db?gssencmode=require", "error: the connection parameter `gssencmode` is not supported"),
    ("postgres://h/db?service=x", "error: the connection parameter `service` is not supported"),
    ("postgres://h/db?passfile=x", "error: the connection parameter `passfile` is not supported"),
    ("postgres://h/db?hostaddr=127.0.0.1", "error: the connection parameter `hostaddr` is not supported"),
    ("postgres://h/db?require_auth=scram-sha-256", "error: the connection parameter `require_auth` is not supported"),
    ("postgres://h/db?sslcrl=x", "error: the connection parameter `sslcrl` is not supported"),
    ("postgres://h/db?keepalives=1&keepalives_idle=30&tcp_user_timeout=5", "-@h:5432/db"),
];

#[test]
fn every_url_of_the_table_gets_what_it_says() {
    let wrong: Vec<_> = TABLE
        .iter()
        .map(|(url, expected)| (url, *expected, show(url)))
        .filter(|(_, expected, actual)| expected != actual)
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(TABLE.len() >= 60);
}

#[test]
fn hints_name_the_nearest_parameter_and_the_escape() {
    let hint = |url: &str| ConnInfo::parse(url).unwrap_err().hint().unwrap();
    assert_eq!(hint("postgres://h/db?sslmod=require"), "did you mean `sslmode`?");
    assert_eq!(hint("postgres://h/db?username=x"), "did you mean `user`?");
    assert_eq!(hint("postgres://h/db?MAX=1"), "did you mean `max`?");
    assert!(hint("postgres://u:p@ss@h/db").contains("`%40`"));
    assert!(hint("postgres://u:p/ss@h/db").contains("`%2F`"));
    assert!(hint("postgres://h/db?max=0").contains("`max`"));
    assert!(hint("postgres://h/db?channel_binding=require").contains("`prefer`"));
    assert!(hint("mysql://h").contains("postgresql://"));
}
