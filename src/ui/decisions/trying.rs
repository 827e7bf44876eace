//! The state of a decision that is being tried out: what was typed, and what came of it.
//!
//! The page comes with what the server made of the answers in its address. From the first key on
//! the browser decides by itself; until its code is there, and for what it cannot evaluate, it
//! asks the server. Nothing here runs on the server.

use std::time::Duration;

use leptos::leptos_dom::helpers::TimeoutHandle;
use leptos::prelude::*;
use leptos::task::spawn_local;
use spartito_core::ids::DecisionId;

use super::calls::try_decision;
use super::evaluate::{Answers, Evaluator, evaluator};
use crate::wire::Trial;

/// How long nothing must be typed before the address is brought up to date, in milliseconds.
const REST_MS: u64 = 500;

/// One decision that is being tried out.
#[derive(Clone, Copy)]
pub(super) struct Trying {
    decision: StoredValue<(DecisionId, u32)>,
    trial: RwSignal<Trial>,
    answers: RwSignal<Answers>,
    evaluator: StoredValue<Option<Evaluator>>,
    asked: StoredValue<bool>,
    latest: StoredValue<u64>,
    timer: StoredValue<Option<TimeoutHandle>>,
}

impl Trying {
    /// A decision at a version, with the answers of the address and what came of them.
    pub(super) fn new(decision: DecisionId, version: u32, answers: Answers, trial: Trial) -> Self {
        Self {
            decision: StoredValue::new((decision, version)),
            trial: RwSignal::new(trial),
            answers: RwSignal::new(answers),
            evaluator: StoredValue::new(None),
            asked: StoredValue::new(false),
            latest: StoredValue::new(0),
            timer: StoredValue::new(None),
        }
    }

    /// What came of the answers.
    pub(super) fn trial(self) -> Signal<Trial> {
        self.trial.into()
    }

    /// The answers, by the path of their input; those that were left empty are not among them.
    pub(super) fn answers(self) -> Signal<Answers> {
        self.answers.into()
    }

    /// Numbers of the rules of the decision's own table that match.
    pub(super) fn matched(self) -> Memo<Vec<u32>> {
        Memo::new(move |_| {
            let id = self.decision.with_value(|(id, _)| id.clone());
            self.trial.with(|trial| {
                let made = trial.decisions.iter().rev().find(|made| made.id == id);
                made.map(|made| made.rules.clone()).unwrap_or_default()
            })
        })
    }

    /// Loads what evaluates in the browser, once.
    pub(super) fn prepare(self) {
        if self.asked.get_value() {
            return;
        }
        self.asked.set_value(true);
        let (decision, version) = self.decision.get_value();
        spawn_local(async move {
            // Where it cannot be had, the server goes on to answer.
            let Ok(evaluator) = evaluator(decision.to_string(), version).await else { return };
            self.evaluator.try_set_value(Some(evaluator));
        });
    }

    /// Decides anew, for other answers; `rested` is called once nothing has been typed for a
    /// moment.
    pub(super) fn decide(self, answers: Answers, rested: impl Fn() + 'static) {
        if self.answers.with_untracked(|before| *before == answers) {
            return;
        }
        self.answers.set(answers.clone());
        let evaluate = self.evaluator.get_value();
        let made = evaluate.and_then(|evaluate| evaluate(&answers));
        let number = self.latest.get_value() + 1;
        self.latest.set_value(number);
        match made {
            Some(trial) => self.trial.set(trial),
            None => self.ask(number, answers),
        }
        self.forget_timer();
        let timer = set_timeout_with_handle(rested, Duration::from_millis(REST_MS));
        self.timer.set_value(timer.ok());
    }

    /// Lets the server decide; a late answer never overwrites a newer one.
    fn ask(self, number: u64, answers: Answers) {
        let (decision, version) = self.decision.get_value();
        spawn_local(async move {
            let answer = try_decision(decision.to_string(), Some(version), answers).await;
            if self.latest.try_get_value() == Some(number) {
                let trial = answer.unwrap_or_else(|error| Trial {
                    problems: vec![error.to_string()],
                    ..Trial::default()
                });
                self.trial.try_set(trial);
            }
        });
    }

    /// Leaves the address as it is.
    pub(super) fn forget_timer(self) {
        if let Some(timer) = self.timer.try_update_value(Option::take).flatten() {
            timer.clear();
        }
    }
}
