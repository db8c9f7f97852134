//! The command line of `rolewright-test-server`.

use rolewright_testkit::{ServerOptions, TestkitError, Way};

/// How it is used.
pub(crate) const USAGE: &str =
    "rolewright-test-server [--pg MAJOR] [--server container|local|embedded] [-- COMMAND…]";

/// What was asked for.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Arguments {
    major: Option<u32>,
    way: Option<Way>,
    pub(crate) command: Vec<String>,
}

impl Arguments {
    pub(crate) fn parse(mut words: impl Iterator<Item = String>) -> Result<Self, String> {
        let mut parsed = Self::default();
        while let Some(word) = words.next() {
            match word.as_str() {
                "--pg" => {
                    let major = words.next().and_then(|text| text.parse().ok());
                    parsed.major = Some(major.ok_or("--pg wants a major version, such as 17")?);
                }
                "--server" => {
                    let way = words.next().and_then(|name| Way::named(&name));
                    parsed.way = Some(way.ok_or("--server wants container, local or embedded")?);
                }
                "--" => {
                    parsed.command = words.collect();
                    break;
                }
                other => return Err(format!("what is {other}?")),
            }
        }
        Ok(parsed)
    }

    /// What the environment says, and then what the command line says.
    pub(crate) fn options(&self) -> Result<ServerOptions, TestkitError> {
        let mut options = ServerOptions::from_environment()?;
        if let Some(major) = self.major {
            options = options.major(major);
        }
        if let Some(way) = self.way {
            options = options.way(way);
        }
        Ok(options)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(line: &str) -> Result<Arguments, String> {
        Arguments::parse(line.split_whitespace().map(str::to_owned))
    }

    #[test]
    fn what_follows_two_dashes_is_the_command() {
        let parsed = parse("--pg 16 --server local -- cargo test --pg").unwrap();
        assert_eq!((parsed.major, parsed.way), (Some(16), Some(Way::Local)));
        assert_eq!(parsed.command, ["cargo", "test", "--pg"]);
        assert_eq!(parse("").unwrap(), Arguments::default());
    }

    #[test]
    fn nonsense_is_refused() {
        assert!(parse("--pg sixteen").unwrap_err().contains("major version"));
        assert!(parse("--server docker").unwrap_err().contains("container, local or embedded"));
        assert!(parse("cargo test").unwrap_err().contains("what is cargo"));
    }
}
