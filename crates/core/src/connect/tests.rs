//! What a failed connection is called, for each of the ways to fail.

use super::*;
use crate::{Advice, Exit};

fn app() -> Ident {
    Ident::new("clinic").unwrap()
}

#[test]
fn the_driver_gets_what_the_url_says() {
    let url = "postgres://u:p@h:7000/d?sslmode=require&options=-c%20a.b%3Dx%5C%20y";
    let (info, _) = ConnInfo::parse(url).unwrap();
    let options = options(&info, &info.hosts[0], &app());
    assert_eq!((options.get_host(), options.get_port(), options.get_username()), ("h", 7000, "u"));
    assert_eq!(options.get_database(), Some("d"));
    assert_eq!(options.get_application_name(), Some("clinic"));
    assert_eq!(options.get_options(), Some("-c a.b=x\\ y"));
    assert!(matches!(options.get_ssl_mode(), sqlx::postgres::PgSslMode::Require));
}

#[test]
fn tls_is_never_less_than_asked_and_not_spoken_on_a_socket() {
    let mode = |url: &str| {
        let (info, _) = ConnInfo::parse(url).unwrap();
        format!("{:?}", options(&info, &info.hosts[0], &app()).get_ssl_mode())
    };
    assert_eq!(mode("postgres://h"), "Prefer");
    assert_eq!(mode("postgres://h?sslmode=allow"), "Prefer");
    assert_eq!(mode("postgres://h?sslmode=require&sslrootcert=/ca"), "VerifyCa");
    assert_eq!(mode("postgres://h?sslmode=verify-full"), "VerifyFull");
    assert_eq!(mode("postgres://?host=/run&sslmode=require"), "Disable");
}

#[test]
fn the_database_defaults_to_the_user() {
    let (info, _) = ConnInfo::parse("postgres://u@h").unwrap();
    assert_eq!(options(&info, &info.hosts[0], &app()).get_database(), Some("u"));
}

#[test]
fn broken_connections_are_told_apart() {
    use std::io::{Error, ErrorKind};
    let host = Host::new("h", 5432).unwrap();
    let target = Target { host: &host, user: "u", database: "d" };
    let of = |error: sqlx::Error| ConnectError::classify(&error, target);
    let io = |kind: ErrorKind| of(sqlx::Error::Io(Error::from(kind)));
    assert!(matches!(io(ErrorKind::ConnectionRefused), ConnectError::Refused { .. }));
    assert!(matches!(io(ErrorKind::HostUnreachable), ConnectError::Unreachable { .. }));
    assert!(matches!(io(ErrorKind::UnexpectedEof), ConnectError::Dropped { .. }));
    assert!(matches!(of(sqlx::Error::PoolTimedOut), ConnectError::Timeout { .. }));
    let quoted = of(sqlx::Error::Configuration("kanari".into()));
    assert!(!format!("{quoted} {quoted:?}").contains("kanari"));
    assert_eq!(quoted.exit(), Exit::Unavailable);
}
