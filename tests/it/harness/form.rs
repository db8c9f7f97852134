//! How much of a long harness runs: the whole of it, or a sample that is quick enough for every run of the suite.

/// The environment variable that asks for the whole; `cargo xtask stress` sets it.
const FULL: &str = "ROLEWRIGHT_TEST_FULL";

/// Whether the whole was asked for.
pub(crate) fn full() -> bool {
    std::env::var_os(FULL).is_some_and(|value| !value.is_empty() && value != "0")
}

/// One number for each form.
pub(crate) fn either<T>(whole: T, sample: T) -> T {
    if full() { whole } else { sample }
}

/// The statements to strike at, of `last`: each one, or about `sample` of them, the first and the last included.
pub(crate) fn points(last: u64, sample: u64) -> Vec<u64> {
    if full() || last <= sample {
        return (1..=last).collect();
    }
    let mut points: Vec<u64> = (0..sample).map(|n| 1 + n * (last - 1) / (sample - 1)).collect();
    points.dedup();
    points
}
