//! Properties of connection URLs: nothing panics, no error shows the password, and what is written is read back.

use proptest::prelude::*;
use rolewright_core::{
    Advice, ConnInfo, Password,
    conninfo::{Host, SslMode, TargetSessionAttrs},
};

const CANARY: &str = "kanari7";

/// Everything a failed or successful parse could print.
fn printed(url: &str) -> String {
    match ConnInfo::parse(url) {
        Ok((info, pool)) => format!("{:?} {pool:?}", info.password),
        Err(error) => format!("{error} {error:?} {}", error.hint().unwrap_or_default()),
    }
}

fn piece() -> impl Strategy<Value = String> {
    prop_oneof![
        Just("postgres://".to_owned()),
        Just("@".to_owned()),
        Just(":".to_owned()),
        Just("/".to_owned()),
        Just("?".to_owned()),
        Just("&".to_owned()),
        Just("=".to_owned()),
        Just(",".to_owned()),
        Just("[".to_owned()),
        Just("]".to_owned()),
        Just("%".to_owned()),
        Just("%2F".to_owned()),
        Just("password".to_owned()),
        Just("options".to_owned()),
        Just("-c a=b\\".to_owned()),
        Just("host".to_owned()),
        Just("max".to_owned()),
        Just("5432".to_owned()),
        "[a-z]{1,4}",
        any::<String>(),
    ]
}

fn host() -> impl Strategy<Value = Host> {
    prop_oneof![
        ("[a-z][a-z0-9.-]{0,20}", 1..=u16::MAX).prop_map(|(name, port)| Host::Tcp { name, port }),
        (any::<u128>(), 1..=u16::MAX)
            .prop_map(|(bits, port)| Host::Tcp { name: std::net::Ipv6Addr::from(bits).to_string(), port }),
        ("/[a-z0-9 ._/@?#-]{0,20}", 1..=u16::MAX)
            .prop_map(|(directory, port)| Host::Unix { directory: directory.into(), port }),
    ]
}

fn ssl_mode() -> impl Strategy<Value = SslMode> {
    prop::sample::select(vec![SslMode::Disable, SslMode::Prefer, SslMode::Require, SslMode::VerifyFull])
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(2000) })]

    #[test]
    fn no_text_panics(text in any::<String>()) {
        printed(&text);
    }

    #[test]
    fn no_url_like_text_panics(pieces in prop::collection::vec(piece(), 0..20)) {
        printed(&format!("postgres://{}", pieces.concat()));
    }

    #[test]
    fn no_error_shows_a_password_of_the_authority(
        before in "[ -~]{0,8}",
        after in "[ -~]{0,8}",
        rest in prop::collection::vec(piece(), 0..8),
    ) {
        let url = format!("postgres://user:{before}{CANARY}{after}@host/{}", rest.concat());
        prop_assert!(!printed(&url).contains(CANARY), "{url}");
    }

    #[test]
    fn no_error_shows_a_password_of_the_query(
        before in "[ -~]{0,8}",
        after in "[ -~]{0,8}",
        rest in prop::collection::vec(piece(), 0..8),
    ) {
        let url = format!("postgres://host/db?password={before}{CANARY}{after}{}", rest.concat());
        prop_assert!(!printed(&url).contains(CANARY), "{url}");
    }

    #[test]
    fn what_is_written_is_read_back(
        hosts in prop::collection::vec(host(), 1..4),
        user in "[^\0]{1,12}",
        password in "[^\0]{1,12}",
        database in "[^\0]{1,12}",
        ssl_mode in ssl_mode(),
        value in "[^\0]{0,8}",
        standby in any::<bool>(),
    ) {
        let mut info = ConnInfo { hosts, database: Some(database), ssl_mode, ..ConnInfo::local() };
        if standby {
            info.target_session_attrs = TargetSessionAttrs::PreferStandby;
        }
        let password = Password::new(password);
        let other = info.for_role(&user, &password);
        prop_assert_eq!(&ConnInfo::parse(info.libpq_url(&user, &password).expose()).unwrap().0, &other);

        info.options = vec![("a.b".to_owned(), value)];
        info.application_name = Some("an app".to_owned());
        prop_assert_eq!(&ConnInfo::parse(info.to_url().expose()).unwrap().0, &info);
    }
}

#[test]
fn the_url_of_another_role_stays_on_the_core_roles_database() {
    let (info, _) = ConnInfo::parse("postgres://core:secret@h?application_name=x").unwrap();
    let url = info.libpq_url("reader", &Password::new("p"));
    assert_eq!(url.expose(), "postgresql://reader:p@h:5432/core");
    assert_eq!(format!("{url} {url:?}"), "*** ***");
}
