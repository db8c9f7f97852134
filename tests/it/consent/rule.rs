//! What holds, of random histories: the policies, `explain` and a model of the rule agree.

use rolewright::{
    consent::Principal,
    roles::consent::{Effect, Saying, Whom},
};
use rolewright_core::Ident;
use time::{Duration, OffsetDateTime};

use super::fixture::{Records, Who, key};

/// Numbers that are random and the same each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % most
    }
}

/// One thing that was said, as the model keeps it.
struct Told {
    record: usize,
    whom: Whom,
    effect: Effect,
    from: OffsetDateTime,
    until: Option<OffsetDateTime>,
}

/// The latest of those for each whom whose time is now; any revocation among them hides.
fn model(told: &[Told], record: usize, is_for: impl Fn(&Whom) -> bool, deny: bool) -> bool {
    let now = OffsetDateTime::now_utc();
    let mut latest: Vec<(&Whom, Effect)> = Vec::new();
    for one in told.iter().filter(|one| one.record == record) {
        if one.from <= now && one.until.is_none_or(|until| until > now) {
            latest.retain(|(whom, _)| *whom != &one.whom);
            latest.push((&one.whom, one.effect));
        }
    }
    let holds = |effect| latest.iter().any(|(whom, found)| *found == effect && is_for(whom));
    !holds(Effect::Revoke) && (!deny || holds(Effect::Allow))
}

async fn agree(default: &str, seed: u64) {
    let records = Records::unapplied(&format!("default = \"{default}\"")).await;
    let app = records.try_start().await.unwrap();
    let ident = |name: String| Ident::new(name).unwrap();
    let (staff, raw) = (ident(format!("{}_staff", records.app)), ident(records.role(Who::Raw)));
    let whoms = [
        Whom::Everybody,
        Whom::Role(staff.clone()),
        Whom::Role(raw.clone()),
        Whom::Subject("alice".into()),
        Whom::Subject("nobody' --".into()),
    ];
    let principals = [
        (Who::Raw, Principal::Role("raw".into())),
        (Who::Reporting, Principal::Role("reporting".into())),
        (Who::Alice, Principal::Subject("alice".into())),
        (Who::Bob, Principal::Subject("bob".into())),
    ];
    let mut dice = Dice(seed);
    let mut told: Vec<Told> = Vec::new();
    let consent = app.consent();
    let kind = consent.records("ehr").unwrap();
    for step in 0..60 {
        let now = OffsetDateTime::now_utc();
        let record = 1 + dice.below(3) as usize;
        let whom = whoms[dice.below(5) as usize].clone();
        let effect = if dice.below(2) == 0 { Effect::Revoke } else { Effect::Allow };
        let hours = Duration::hours(1);
        let from = match dice.below(4) {
            0 => Some(now - hours * (1 + dice.below(9) as i32)),
            1 => Some(now + hours * (1 + dice.below(9) as i32)),
            _ => None,
        };
        let until = match dice.below(3) {
            0 => Some(from.unwrap_or(now) + hours * (1 + dice.below(12) as i32)),
            _ => None,
        };
        let saying = Saying { effect, whom: whom.clone(), from, until, reason: None, by: None };
        kind.say(&[key(record)], &saying, &|_| {}).await.unwrap();
        told.push(Told { record, whom, effect, from: from.unwrap_or(now), until });
        for (who, principal) in &principals {
            let is_for = |whom: &Whom| match whom {
                Whom::Everybody => true,
                // Subjects have the group's rights; a role is bound by what is for itself.
                Whom::Role(role) if *role == staff => matches!(who, Who::Alice | Who::Bob),
                Whom::Role(_) => *who == Who::Raw,
                Whom::Subject(name) => *who == Who::Alice && name == "alice",
            };
            let expected = model(&told, record, is_for, default == "deny");
            assert_eq!(
                records.sees(*who, record).await,
                expected,
                "step {step}: {who:?} and record {record}"
            );
            let explained = consent.explain("ehr", &key(record), principal).await.unwrap();
            assert_eq!(explained.visible, expected, "step {step}: {principal:?}: {explained:?}");
        }
    }
    app.drain().await;
    records.host.db.drop().await;
}

#[tokio::test]
async fn policies_explanations_and_the_rule_agree_where_records_are_visible_by_default() {
    agree("allow", 7).await;
}

#[tokio::test]
async fn policies_explanations_and_the_rule_agree_where_records_are_hidden_by_default() {
    agree("deny", 11).await;
}
