//! What was received, for tests and for people who want to see it.

use std::collections::{BTreeMap, VecDeque};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::answers::{Answer, Service};

/// Calls and keys that are remembered; the oldest are forgotten.
const CALLS_MAX: usize = 10_000;

/// A call that was received.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Call {
    /// `bureau` or `payments`.
    pub service: String,
    /// The `Idempotency-Key` that came with it.
    pub idempotency_key: Option<String>,
    /// What was sent; a text where it was no JSON.
    pub body: Value,
    /// Whether its work was done, now or by an earlier call with the same key.
    pub done: bool,
}

/// All that was received.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct CallLog {
    /// The latest calls, oldest first.
    pub calls: Vec<Call>,
    /// How often the work of each service was really done; a repeated key counts once.
    pub done: BTreeMap<String, u64>,
}

#[derive(Debug, Default)]
pub(super) struct Calls {
    number: u64,
    latest: VecDeque<Call>,
    answers: BTreeMap<(Service, String), Answer>,
    keys: VecDeque<(Service, String)>,
    done: BTreeMap<String, u64>,
}

impl Calls {
    pub(super) fn next_number(&mut self) -> u64 {
        self.number += 1;
        self.number
    }

    /// Does the work, unless it was done for the same key: then its answer is given again.
    pub(super) fn once(
        &mut self,
        service: Service,
        key: Option<&str>,
        make: impl FnOnce() -> Answer,
    ) -> Answer {
        let key = key.map(|key| (service, key.to_owned()));
        if let Some(answer) = key.as_ref().and_then(|key| self.answers.get(key)) {
            return answer.clone();
        }
        let answer = make();
        *self.done.entry(name(service)).or_default() += 1;
        if let Some(key) = key {
            self.keys.push_back(key.clone());
            self.answers.insert(key, answer.clone());
            if self.keys.len() > CALLS_MAX
                && let Some(oldest) = self.keys.pop_front()
            {
                self.answers.remove(&oldest);
            }
        }
        answer
    }

    pub(super) fn note(&mut self, service: Service, key: Option<&str>, body: &[u8], done: bool) {
        let body = serde_json::from_slice(body)
            .unwrap_or_else(|_| Value::String(String::from_utf8_lossy(body).into_owned()));
        let idempotency_key = key.map(str::to_owned);
        self.latest.push_back(Call { service: name(service), idempotency_key, body, done });
        if self.latest.len() > CALLS_MAX {
            self.latest.pop_front();
        }
    }

    pub(super) fn log(&self) -> CallLog {
        CallLog { calls: self.latest.iter().cloned().collect(), done: self.done.clone() }
    }
}

fn name(service: Service) -> String {
    match service {
        Service::Bureau => "bureau",
        Service::Payments => "payments",
    }
    .to_owned()
}
