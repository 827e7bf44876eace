//! Any bytes as a model of decisions: read, written, read again, checked and evaluated.

#![no_main]

use libfuzzer_sys::fuzz_target;
use spartito_core::dmn::{DecideError, Decisions};
use spartito_core::feel::{Budget, Environment};
use spartito_core::time::Timestamp;
use spartito_core::value::{Context, Value};

/// Less than a server allows, so that a hang shows itself.
const BUDGET: Budget = Budget { steps_max: 50_000, depth_max: 400, bytes_max: 4 * 1024 * 1024 };

/// The most elements of one input that are evaluated.
const EVALUATED_MAX: usize = 20;

fuzz_target!(|bytes: &[u8]| {
    if let Ok(written) = Decisions::rewrite(bytes) {
        let again = Decisions::rewrite(written.as_bytes()).expect("what is written is read");
        assert_eq!(again, written, "writing loses nothing");
    }
    let strict = Decisions::read(&[bytes]);
    let Ok(reading) = Decisions::read_to_try(&[bytes]) else {
        assert!(strict.is_err(), "what cannot be tried is not deployed");
        return;
    };
    assert_eq!(strict.is_err(), reading.has_error());
    for finding in reading.findings.iter().flatten() {
        assert!(!finding.message.is_empty() && !finding.remedy.is_empty());
        assert!(finding.position.line > 0 && finding.position.column > 0);
    }
    let inputs: Context = [("x", Value::from(5)), ("s", Value::from("a"))].into_iter().collect();
    let env = Environment { now: Timestamp::EPOCH, seed: 7 };
    for invocable in reading.decisions.invocables().iter().take(EVALUATED_MAX) {
        let name = &invocable.name;
        let first = reading.decisions.decide(name, &inputs, &env, &BUDGET);
        let second = reading.decisions.decide(name, &inputs, &env, &BUDGET);
        match (&first, &second) {
            (Ok(first), Ok(second)) => {
                assert_eq!(first.value.to_json(), second.value.to_json(), "the same each time");
            }
            (Err(first), Err(second)) => assert_eq!(first, second),
            _ => panic!("an evaluation differs from itself"),
        }
        assert!(!matches!(first, Err(DecideError::Unknown { .. })), "what is listed is found");
        reading.decisions.table(name);
        reading.decisions.typed(name, &inputs);
    }
});
