//! The plain connection, against a real server: who answers, who is passed over, and each failure in its own words.

mod failures;
mod hosts;
mod refusals;

use rolewright_core::{
    ConnInfo, Ident,
    connect::{ConnectError, Connected, connect},
};

/// Connects as the URL says.
async fn to(url: &str) -> Result<Connected, ConnectError> {
    let (info, _) = ConnInfo::parse(url).expect("the test's URL");
    connect(&info, &Ident::new("it_core").expect("a name")).await
}

/// The URL with other words for some of its words.
fn with(url: &str, change: impl FnOnce(&mut ConnInfo)) -> String {
    let (mut info, _) = ConnInfo::parse(url).expect("the test's URL");
    change(&mut info);
    info.to_url().expose().to_owned()
}
