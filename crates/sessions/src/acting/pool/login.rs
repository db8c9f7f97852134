//! Logging in, with the password that is right now.

use rolewright_core::{Advice as _, Ident, Password, connect};

use super::Seat;
use crate::acting::{Open, Trouble, messages};

/// How often another password is asked for when the server refuses one.
const TRIES: u32 = 3;

/// Logs in as `login`; a refused password is asked for anew.
pub(super) async fn log_in(open: &Open, login: &Ident) -> Result<Seat, Trouble> {
    let fail = |why: String| Trouble::Login { login: login.clone(), why };
    let mut refused: Option<Password> = None;
    for _ in 0..TRIES {
        let password = open.logins.password(login, refused.as_ref()).await;
        let password = password.ok_or_else(|| fail("there is no password for it".to_owned()))?;
        let mut server = open.server.for_role(login.as_str(), &password);
        server.options = messages::startup(open.statement_timeout);
        match connect::connect(&server, &open.app).await {
            Ok(connected) => {
                let mut seat = Seat::new(connected.connection, login.clone());
                // What was asked of the server at the login is prepared too, and the first one served would see it.
                let lost = || fail("the connection was lost at once".to_owned());
                return seat.forget().await.then_some(seat).ok_or_else(lost);
            }
            Err(connect::ConnectError::WrongPassword { .. }) => refused = Some(password),
            Err(error) => return Err(fail(told(&error))),
        }
    }
    Err(fail("the server refuses its password".to_owned()))
}

/// The error with its hint, which is about the server and not about who is acted as.
fn told(error: &connect::ConnectError) -> String {
    error.hint().map_or_else(|| error.to_string(), |hint| format!("{error} ({hint})"))
}
