//! How many tests passed and failed, as the runners report it.

/// A count of tests, and whether all went well.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Outcome {
    pub(super) passed: u32,
    pub(super) failed: u32,
    pub(super) ok: bool,
}

impl Outcome {
    pub(super) fn add(&mut self, other: &Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.ok &= other.ok;
    }
}

/// Counts in one line: nextest's `Summary [ 1.2s] 9 tests run: 8 passed, 1 failed, 0 skipped`, or cargo test's
/// `test result: ok. 8 passed; 1 failed; …`. Any other line counts nothing, and so does an indented result: nextest shows it of
/// each test that failed, which its summary counts.
pub(super) fn parse(line: &str) -> Outcome {
    let reports =
        (line.contains("Summary [") && line.contains(" run: ")) || line.starts_with("test result: ");
    let after = if reports { line.split_once(": ").map_or("", |(_, rest)| rest) } else { "" };
    let words: Vec<&str> = after.split([' ', ',', ';', '(']).filter(|word| !word.is_empty()).collect();
    let count = |wanted: &str| -> u32 {
        words.windows(2).filter(|pair| pair[1] == wanted).filter_map(|pair| pair[0].parse::<u32>().ok()).sum()
    };
    Outcome { passed: count("passed"), failed: count("failed"), ok: true }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_runners_are_understood() {
        let counts = |line: &str| (parse(line).passed, parse(line).failed);
        assert_eq!(
            counts("     Summary [  37.604s] 42 tests run: 40 passed (2 slow), 2 failed, 0 skipped"),
            (40, 2)
        );
        assert_eq!(counts("test result: ok. 8 passed; 1 failed; 0 ignored; finished in 0.1s"), (8, 1));
        assert_eq!(
            counts("    test result: FAILED. 0 passed; 1 failed; 0 ignored; finished in 0.1s"),
            (0, 0)
        );
        assert_eq!(counts("  3 passed, 1 failed"), (0, 0));
    }
}
