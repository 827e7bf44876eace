//! Makes decisions in the browser.
//!
//! The only part of the portal that evaluates DMN, and reached through [`evaluator`] alone, so
//! that a browser loads its code when somebody tries a decision out and not before. Never asked
//! on the server, where `operations::decisions` does the same.

use std::collections::BTreeMap;
use std::sync::Arc;

use leptos::wasm_split::{SplitLoaderError, wasm_split};
use spartito_core::dmn::{Decisions, try_out};

use super::calls::decision_texts;
use crate::wire::{CallError, DecisionTexts, Trial};

/// Answers of a form by the path of their input, such as `customer.tier`.
pub(super) type Answers = BTreeMap<String, String>;

/// Makes one decision for answers; `None` where only the server can.
pub(super) type Evaluator = Arc<dyn Fn(&Answers) -> Option<Trial> + Send + Sync>;

/// Functions with regular expressions, which the browser half is built without.
const SERVER_FUNCTIONS: [&str; 4] = ["matches", "replace", "split", "extract"];

/// What makes the decision at that version: its texts are read once, then evaluated often.
///
/// # Errors
/// The texts cannot be had or read, or only the server can evaluate them.
pub(super) async fn evaluator(decision: String, version: u32) -> Result<Evaluator, CallError> {
    let texts = decision_texts(decision.clone(), Some(version)).await?;
    let beyond = || CallError::Internal("The browser cannot evaluate this model.".to_owned());
    evaluate(texts, decision).await.ok().flatten().ok_or_else(beyond)
}

/// [`prepare`], in a part of the browser half of its own.
#[wasm_split(evaluate, wasm_split_path = ::leptos::wasm_split, fallible)]
fn evaluate(texts: DecisionTexts, decision: String) -> Result<Option<Evaluator>, SplitLoaderError> {
    Ok(prepare(texts, decision))
}

/// `None` where the texts are no models, or need what only the server has.
fn prepare(texts: DecisionTexts, decision: String) -> Option<Evaluator> {
    let DecisionTexts { texts, now } = texts;
    let calls = |text: &String| SERVER_FUNCTIONS.iter().any(|name| text.contains(name));
    if texts.iter().any(|text| calls(text) || names_zone(text)) {
        return None;
    }
    let decisions = Decisions::read_to_try(&texts).ok()?.decisions;
    Some(Arc::new(move |answers| {
        let here = !answers.values().any(|answer| names_zone(answer));
        here.then(|| Trial::from(&try_out(&decisions, &decision, answers, now)))
    }))
}

/// Whether a text may name a time zone, such as `@Europe/Berlin`: the browser half is built without
/// their table.
fn names_zone(text: &str) -> bool {
    text.split('@').skip(1).any(|after| after.starts_with(|it: char| it.is_ascii_alphabetic()))
}

#[cfg(test)]
mod tests {
    use super::{Answers, prepare};
    use crate::wire::DecisionTexts;
    use spartito_core::time::Timestamp;

    const LOAN_RISK: &str = include_str!("../../../examples/loan-application/loan-risk.dmn");

    fn loan_risk(texts: &[&str]) -> DecisionTexts {
        DecisionTexts {
            texts: texts.iter().map(|text| (*text).to_owned()).collect(),
            now: Timestamp::EPOCH,
        }
    }

    #[test]
    fn one_reading_serves_many_answers() {
        let texts = loan_risk(&[LOAN_RISK]);
        let evaluate = prepare(texts, "RiskClass".to_owned()).expect("it is a model");
        let answers = |score: &str| -> Answers {
            [("score", score), ("amount", "24000"), ("term", "48"), ("income", "3900")]
                .map(|(name, answer)| (name.to_owned(), answer.to_owned()))
                .into()
        };
        let evaluate = |score| evaluate(&answers(score)).expect("it needs no server");
        let medium = evaluate("612");
        assert_eq!(medium.outcome.as_deref(), Some("medium"));
        let last = medium.decisions.last().expect("it was made");
        assert_eq!((last.id.as_str(), last.rules.as_slice()), ("RiskClass", &[4][..]));
        assert_eq!(evaluate("480").outcome.as_deref(), Some("too high"));
        let unread = evaluate("good");
        assert_eq!(
            unread.problems.first().map(String::as_str),
            Some("score: “good” is not a number")
        );
    }

    #[test]
    fn what_is_no_model_is_not_evaluated() {
        assert!(prepare(loan_risk(&["<definitions"]), "RiskClass".to_owned()).is_none());
    }

    #[test]
    fn regular_expressions_and_named_zones_are_left_to_the_server() {
        let matching = LOAN_RISK.replace("decimal(amount", "matches(amount");
        assert!(prepare(loan_risk(&[&matching]), "RiskClass".to_owned()).is_none());
        let evaluate = prepare(loan_risk(&[LOAN_RISK]), "RiskClass".to_owned()).expect("a model");
        let zoned = [("score".to_owned(), "10:00:00@Europe/Berlin".to_owned())].into();
        assert!(evaluate(&zoned).is_none());
        let dated = [("score".to_owned(), "@\"2026-11-25\"".to_owned())].into();
        assert!(evaluate(&dated).is_some());
    }
}
