//! The sums of pools against what a server leaves for them.

use super::*;
use crate::settings::{Settings, Sources};

fn settings(url: &str, variables: &[(&str, &str)]) -> Settings {
    let mut environment = vec![("DATABASE_URL".to_owned(), url.to_owned())];
    environment
        .extend(variables.iter().map(|(name, value)| (format!("ROLEWRIGHT__{name}"), (*value).to_owned())));
    Settings::load(&Sources { file: None, environment }).unwrap().settings
}

const READ: (&str, &str) = ("ROLES__R__READ", "[\"s\"]");

fn server(max_connections: u32) -> ServerLimits {
    ServerLimits { max_connections, superuser_reserved: 3, reserved_connections: 2 }
}

#[test]
fn every_pool_counts_for_every_replica() {
    let settings = settings("postgres://h/d?max=10", &[READ, ("DATABASE__REPLICAS", "2")]);
    let headroom = Headroom::of(&settings, server(100)).unwrap();
    assert_eq!((headroom.wanted, headroom.usable, headroom.warning()), (28, 95, None));
    let subjects = [READ, ("ACCESS__JWT__JWKS_FILE", "k"), ("ACCESS__POOL__MAX", "4")];
    let with = Headroom::of(&self::settings("postgres://h/d?max=10", &subjects), server(100)).unwrap();
    assert_eq!(with.wanted, 21);
    let close = Headroom::of(&settings, server(34)).unwrap();
    assert!(close.warning().unwrap().contains("28 of the 29"));
}

#[test]
fn what_cannot_fit_is_an_error_with_the_numbers() {
    let settings = settings("postgres://h/d?max=10", &[READ]);
    assert!(Headroom::of(&settings, server(22)).is_ok(), "17 of 17");
    let error = Headroom::of(&settings, server(21)).unwrap_err();
    assert!(matches!(error, HeadroomError::Server { wanted: 17, usable: 16, .. }));
    assert!(error.hint().unwrap().contains("database.pool.max"));
    assert!(Headroom::of(&settings, server(1)).is_err());
}

#[test]
fn a_role_has_a_limit_of_its_own() {
    let variables =
        [READ, ("DATABASE__REPLICAS", "3"), ("ROLES__R__MAX_CONNECTIONS", "5"), ("ROLES__R__POOL__MAX", "2")];
    let error = Headroom::of(&settings("postgres://h/d", &variables), server(1000)).unwrap_err();
    assert!(matches!(&error, HeadroomError::Role { wanted: 6, limit: 5, .. }));
    assert!(error.hint().unwrap().contains("roles.r.max_connections"));
}
