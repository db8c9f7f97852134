//! What breaks no promise, in as few lines as a person reads.

use std::collections::BTreeMap;

use super::{Verified, Violation};

/// As many that differ by nothing but their object are told one by one.
const FEW: usize = 3;

impl Verified {
    /// The [`warnings`](Self::warnings) for people: where more than three differ by nothing but their object, as with the functions of
    /// a thousand tenants' schemas, the first stands for all, with their number.
    #[must_use]
    pub fn notes(&self) -> Vec<Violation> {
        let mut alike: BTreeMap<_, Vec<&Violation>> = BTreeMap::new();
        for warning in &self.warnings {
            alike
                .entry((&warning.role, warning.kind, &warning.why, &warning.rights))
                .or_default()
                .push(warning);
        }
        alike.into_values().flat_map(|group| told(&group)).collect()
    }
}

fn told(group: &[&Violation]) -> Vec<Violation> {
    match group {
        [first, rest @ ..] if group.len() > FEW => {
            let object = format!("{} (and {} more)", first.object, rest.len());
            vec![Violation { object, ..(*first).clone() }]
        }
        few => few.iter().map(|one| (*one).clone()).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{ViolationKind, Why, judge::violation},
        *,
    };

    #[test]
    fn what_differs_by_its_object_alone_is_told_once() {
        let calls = |role: &str, n: usize| {
            let object = format!("t{n}.f()");
            let rights = ["EXECUTE".to_owned()];
            violation(role, ViolationKind::DefinerRoutine, &object, &rights, Why::Public, String::new())
        };
        let mut warnings: Vec<Violation> = (1..=4).map(|n| calls("many", n)).collect();
        warnings.extend((1..=3).map(|n| calls("few", n)));
        let notes = Verified { warnings, ..Verified::default() }.notes();
        let objects: Vec<&str> = notes.iter().map(|note| note.object.as_str()).collect();
        assert_eq!(objects, ["t1.f()", "t2.f()", "t3.f()", "t1.f() (and 3 more)"]);
    }
}
