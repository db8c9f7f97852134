//! Names that no other test has, and that tell how old they are.

use std::time::{SystemTime, UNIX_EPOCH};

/// A new prefix: `t_`, eight hexadecimal digits of the time in seconds, eight random ones.
///
/// It names the test's database and begins each of its roles' names, so that parallel processes never meet. The time
/// lets a later run recognise and remove what a killed run left behind.
pub(crate) fn fresh_prefix() -> String {
    let random = uuid::Uuid::new_v4().simple().to_string();
    format!("t_{:08x}{}", now_seconds(), &random[..8])
}

/// A password no one else has, of letters and digits alone, so that it needs no escape in a URL.
pub(crate) fn fresh_password() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

/// How many seconds ago this prefix was made; `None` if the name is not one of ours.
pub(crate) fn age_seconds(prefix: &str) -> Option<u64> {
    let digits = prefix.strip_prefix("t_")?;
    if digits.len() != 16 || !digits.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
        return None;
    }
    let made = u64::from_str_radix(&digits[..8], 16).ok()?;
    Some(now_seconds().saturating_sub(made))
}

fn now_seconds() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_fresh_prefix_is_new_and_known_as_ours() {
        let prefix = fresh_prefix();
        assert!(age_seconds(&prefix).unwrap() < 5);
        assert_ne!(prefix, fresh_prefix());
    }

    #[test]
    fn other_names_are_not_ours() {
        for name in [
            "postgres",
            "t_",
            "t_zz00000000000000",
            "t_000000000000000",
            "t_00000000000000000",
            "x_0000000000000000",
        ] {
            assert_eq!(age_seconds(name), None, "{name}");
        }
    }
}
