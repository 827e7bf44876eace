//! What the decision pages say: hit policies, shares, rules.

use spartito_core::dmn::{Aggregation, HitPolicy, InvocableKind};

use crate::ui::words::number;

/// How the rules that match make the result, such as “at most one rule may match”.
pub(super) const fn hit_policy_words(policy: HitPolicy) -> &'static str {
    match policy {
        HitPolicy::Unique => "at most one rule may match",
        HitPolicy::Any => "several rules may match, with the same result",
        HitPolicy::First => "the first rule that matches decides",
        HitPolicy::Priority => "of the rules that match, the most important result decides",
        HitPolicy::RuleOrder => "the results of all rules that match, in their order",
        HitPolicy::OutputOrder => "the results of all rules that match, most important first",
        HitPolicy::Collect(Aggregation::List) => "the results of all rules that match",
        HitPolicy::Collect(Aggregation::Sum) => "the sum of all rules that match",
        HitPolicy::Collect(Aggregation::Min) => "the least of all rules that match",
        HitPolicy::Collect(Aggregation::Max) => "the greatest of all rules that match",
        HitPolicy::Collect(Aggregation::Count) => "how many rules match",
    }
}

/// A part of a whole in percent, such as “41%”; “<1%” where it is little but something.
pub(super) fn share(part: u64, whole: u64) -> String {
    if whole == 0 {
        return "–".to_owned();
    }
    let (part, whole) = (u128::from(part), u128::from(whole));
    match (part * 100 + whole / 2) / whole {
        0 if part > 0 => "<1%".to_owned(),
        // Not all is not 100 percent.
        100 if part < whole => ">99%".to_owned(),
        percent => format!("{percent}%"),
    }
}

/// “Rule 3 decided 41% of the last 7 days: 12 of 29.”
pub(super) fn share_words(rule: u32, part: u64, whole: u64) -> String {
    let share = share(part, whole);
    format!("Rule {rule} decided {share} of the last 7 days: {} of {}", number(part), number(whole))
}

/// “rule 3” or “rules 1, 4”; nothing where there are none.
pub(super) fn rules_words(rules: &[u32]) -> String {
    let numbers: Vec<String> = rules.iter().map(ToString::to_string).collect();
    match numbers.as_slice() {
        [] => String::new(),
        [one] => format!("rule {one}"),
        _ => format!("rules {}", numbers.join(", ")),
    }
}

/// What something is, where it is no plain decision.
pub(super) const fn kind_word(kind: InvocableKind) -> Option<&'static str> {
    match kind {
        InvocableKind::Decision => None,
        InvocableKind::Service => Some("decision service"),
        InvocableKind::Knowledge => Some("knowledge model"),
    }
}

#[cfg(test)]
mod tests {
    use super::{rules_words, share, share_words};

    #[test]
    fn shares_never_round_something_to_nothing_or_a_part_to_all() {
        let told = [(0, 0), (0, 7), (12, 29), (1, 1_000), (999, 1_000), (5, 5)];
        let told = told.map(|(part, whole)| share(part, whole));
        assert_eq!(told.join(" "), "– 0% 41% <1% >99% 100%");
    }

    #[test]
    fn rules_are_told_in_words() {
        assert_eq!(rules_words(&[]), "");
        assert_eq!(rules_words(&[3]), "rule 3");
        assert_eq!(rules_words(&[1, 4]), "rules 1, 4");
        assert_eq!(share_words(3, 12, 29), "Rule 3 decided 41% of the last 7 days: 12 of 29");
    }
}
