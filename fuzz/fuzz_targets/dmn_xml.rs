//! Any bytes as a DMN file: read, checked, evaluated, written and read again.

#![no_main]

use libfuzzer_sys::fuzz_target;
use spartito_core::dmn::Decisions;
use spartito_core::feel::{Budget, Environment};
use spartito_core::time::Timestamp;

fuzz_target!(|file: &[u8]| {
    if let Ok(written) = Decisions::rewrite(file) {
        let again = Decisions::rewrite(written.as_bytes()).expect("what is written is read");
        assert_eq!(again, written);
    }
    let Ok(reading) = Decisions::read_to_try(&[file]) else { return };
    let scope = spartito_fuzz::scope();
    let env = Environment { now: Timestamp::EPOCH, seed: 7 };
    let budget = Budget { steps_max: 20_000, bytes_max: 1 << 20, ..Budget::default() };
    for invocable in reading.decisions.invocables() {
        let inputs = reading.decisions.typed(&invocable.name, &scope);
        let _ = reading.decisions.decide(&invocable.name, &inputs, &env, &budget);
        let _ = reading.decisions.table(&invocable.name);
    }
});
