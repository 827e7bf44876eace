//! How the sandbox behaves, and when it fails.

use serde::{Deserialize, Serialize};

use super::answers::mix;

/// How the sandbox behaves.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Control {
    /// How long each answer takes.
    pub delay_ms: u64,
    /// Which part of the calls fails, 0 to 1.
    pub failure_rate: f64,
    /// Whether it works at all.
    pub mode: Mode,
}

/// Whether the sandbox works.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Mode {
    /// It works.
    #[default]
    Ok,
    /// It answers 503 and does nothing.
    Down,
    /// It answers after a minute.
    Slow,
    /// It does its work and answers what is not JSON.
    Nonsense,
}

/// A change of the control; what is absent stays.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Change {
    delay_ms: Option<u64>,
    failure_rate: Option<f64>,
    mode: Option<Mode>,
}

/// How a call fails, if it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Fate {
    /// Before the work is done.
    pub(super) fails_before: bool,
    /// After the work is done: only its answer is lost.
    pub(super) fails_after: bool,
}

impl Control {
    /// The control after a change.
    pub(super) fn changed(self, change: &Change, delay_ms_max: u64) -> Result<Self, String> {
        let delay_ms = change.delay_ms.unwrap_or(self.delay_ms);
        let failure_rate = change.failure_rate.unwrap_or(self.failure_rate);
        if delay_ms > delay_ms_max {
            return Err(format!("delayMs is at most {delay_ms_max}"));
        }
        if !(0.0..=1.0).contains(&failure_rate) {
            return Err("failureRate is between 0 and 1".to_owned());
        }
        Ok(Self { delay_ms, failure_rate, mode: change.mode.unwrap_or(self.mode) })
    }

    /// How the call with this number fails.
    pub(super) fn fate(self, seed: u64, number: u64) -> Fate {
        if self.mode == Mode::Down {
            return Fate { fails_before: true, fails_after: false };
        }
        let dice = mix(seed ^ mix(number));
        #[expect(clippy::cast_precision_loss, reason = "53 bits are kept")]
        let drawn = (dice >> 11) as f64 / (1_u64 << 53) as f64;
        let fails = drawn < self.failure_rate;
        let after = dice & 1 == 1;
        Fate { fails_before: fails && !after, fails_after: fails && after }
    }
}
