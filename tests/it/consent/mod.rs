//! Consent: what a person withdrew, no query shows.

mod commands;
mod fixture;
mod flipped;
mod joined;
mod kept;
mod missed;
mod older;
mod opened;
mod rule;
mod withdrawn;
