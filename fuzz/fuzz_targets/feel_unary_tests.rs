//! Any text as unary tests.

#![no_main]

use libfuzzer_sys::fuzz_target;
use spartito_core::feel::{Expression, Names};

fuzz_target!(|text: &str| {
    let scope = spartito_fuzz::scope();
    let names = Names::of(&scope);
    let read = |text: &str, names: &Names| Expression::parse_unary_tests(text, names).ok();
    if let Some(expression) = read(text, &names) {
        spartito_fuzz::check(&expression, &scope, &names, read);
    }
});
