//! The outcome as JUnit XML, for CI: what escaped from the sandbox fails, what a plain connection can do is told.

use std::time::Duration;

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{Effect, Outcome, Tried, Way};

/// The document.
///
/// # Errors
/// When it cannot be made.
pub fn junit(outcome: &Outcome) -> Result<String, quick_junit::SerializeError> {
    let mut report = Report::new("rolewright attack");
    for way in Way::ALL {
        let mut suite = TestSuite::new(way.word());
        suite.add_test_cases(outcome.attempts.iter().filter(|tried| tried.way == way).map(case));
        report.add_test_suite(suite);
    }
    let mut suite = TestSuite::new("left out");
    suite.add_test_cases(outcome.left_out.iter().map(|left| {
        let mut status = TestCaseStatus::skipped();
        status.set_message(left.reason.clone());
        named(&left.id, &left.class, &left.role, status)
    }));
    report.add_test_suite(suite);
    report.to_string()
}

fn case(tried: &Tried) -> TestCase {
    let words = format!("{}: {}", tried.effect, tried.details.join("; "));
    let status = if tried.escaped() {
        let mut status = TestCaseStatus::non_success(NonSuccessKind::Failure);
        status.set_message(words.clone()).set_type(tried.effect.word());
        status
    } else {
        TestCaseStatus::success()
    };
    let mut case = named(&tried.id, &tried.class, &tried.role, status);
    case.set_time(Duration::from_millis(tried.millis));
    if tried.effect != Effect::None {
        case.set_system_out(words);
    }
    case
}

fn named(id: &str, class: &str, role: &str, status: TestCaseStatus) -> TestCase {
    let mut case = TestCase::new(format!("{id} as {role}"), status);
    case.set_classname(class.to_owned());
    case
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_escape_is_a_failure_and_a_plain_effect_is_not() {
        let tried = |way, effect| Tried {
            id: "A".to_owned(),
            class: "x".to_owned(),
            role: "raw".to_owned(),
            way,
            effect,
            stopped_by: String::new(),
            effects: vec![effect],
            details: vec!["seen <it>".to_owned()],
            control: false,
            residual: None,
            millis: 1,
        };
        let mut outcome = Outcome::default();
        outcome.attempts.push(tried(Way::Simple, Effect::ReadSecret));
        assert!(!junit(&outcome).unwrap().contains("<failure"));
        outcome.attempts.push(tried(Way::Sandbox, Effect::ReadSecret));
        let text = junit(&outcome).unwrap();
        assert!(text.contains("<failure") && text.contains("seen &lt;it&gt;"), "{text}");
    }
}
