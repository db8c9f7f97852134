//! Time zones that every server knows: `AT TIME ZONE` fails for another, but only once there is a time to move.

use super::{Tree, constant};

/// `timezone` of `timestamptz` and of `timestamp`, by the name of a zone.
const MOVES: [u32; 2] = [1159, 2069];
/// `date_trunc` in a zone.
const DATE_TRUNC: u32 = 1284;

/// UTC, and cities that the time zone database has had for decades, under names that are not said to be old ones.
const KNOWN: [&str; 57] = [
    "UTC",
    "GMT",
    "Africa/Cairo",
    "Africa/Johannesburg",
    "Africa/Lagos",
    "Africa/Nairobi",
    "America/Bogota",
    "America/Chicago",
    "America/Denver",
    "America/Lima",
    "America/Los_Angeles",
    "America/Mexico_City",
    "America/New_York",
    "America/Phoenix",
    "America/Santiago",
    "America/Sao_Paulo",
    "America/Toronto",
    "America/Vancouver",
    "Asia/Bangkok",
    "Asia/Dhaka",
    "Asia/Dubai",
    "Asia/Hong_Kong",
    "Asia/Jakarta",
    "Asia/Karachi",
    "Asia/Kolkata",
    "Asia/Manila",
    "Asia/Seoul",
    "Asia/Shanghai",
    "Asia/Singapore",
    "Asia/Tokyo",
    "Australia/Perth",
    "Australia/Sydney",
    "Europe/Amsterdam",
    "Europe/Athens",
    "Europe/Berlin",
    "Europe/Bratislava",
    "Europe/Brussels",
    "Europe/Bucharest",
    "Europe/Budapest",
    "Europe/Copenhagen",
    "Europe/Dublin",
    "Europe/Helsinki",
    "Europe/Istanbul",
    "Europe/Lisbon",
    "Europe/London",
    "Europe/Madrid",
    "Europe/Moscow",
    "Europe/Oslo",
    "Europe/Paris",
    "Europe/Prague",
    "Europe/Rome",
    "Europe/Sofia",
    "Europe/Stockholm",
    "Europe/Vienna",
    "Europe/Warsaw",
    "Europe/Zurich",
    "Pacific/Auckland",
];

/// All of them.
#[doc(hidden)]
pub fn time_zones() -> impl Iterator<Item = &'static str> {
    KNOWN.into_iter()
}

/// The time that a call moves to a zone, or from it, or cuts in it, where every server knows that.
pub(super) fn zoned(tree: &Tree<'_>, function: u32, arguments: &[usize]) -> Option<usize> {
    let (zone, of) = match *arguments {
        [zone, of] if MOVES.contains(&function) => (zone, of),
        [_, of, zone] if function == DATE_TRUNC => (zone, of),
        _ => return None,
    };
    constant::text(tree, zone).is_some_and(|zone| KNOWN.contains(&zone)).then_some(of)
}

/// Whether a function cuts a time in a zone.
pub(super) fn is_date_trunc(function: u32) -> bool {
    function == DATE_TRUNC
}
