//! Speed of decision tables of four inputs: microseconds for one decision, one thread.
//!
//! Aims: 100 rules in at most 10 µs, 10,000 rules in at most 5 ms; read and checked, 10,000 rules
//! in at most a few seconds. Reports and never asserts.

#[path = "../tests/dmn_tables/mod.rs"]
mod dmn_tables;

use std::hint::black_box;
use std::time::Instant;

use spartito_core::dmn::Decisions;
use spartito_core::feel::{Budget, Environment};
use spartito_core::time::Timestamp;
use spartito_core::value::{Context, Value};

/// The best of so many batches counts: others use the machine, too.
const BATCHES: u32 = 20;

fn main() {
    let env = Environment { now: Timestamp::EPOCH, seed: 1 };
    let budget = Budget::default();
    for (rules, hit_policy, rounds) in [
        (100, "UNIQUE", 2_000),
        (100, "FIRST", 2_000),
        (100, "COLLECT", 2_000),
        (10_000, "UNIQUE", 200),
        (10_000, "COLLECT", 200),
    ] {
        let text = dmn_tables::four_inputs(rules, hit_policy);
        let read_us = best_ns(1, 3, || {
            black_box(Decisions::read(&[black_box(&text)]).is_ok());
        }) / 1_000;
        let decisions = Decisions::read(&[&text]).expect("the table is sound").decisions;
        let amount = i64::try_from(rules * 25 - 50).expect("a small number");
        for (name, amount) in [("the last rules", amount), ("no rule", amount * 10)] {
            let inputs: Context = [
                ("amount", Value::from(amount)),
                ("tier", Value::from("bronze")),
                ("age", Value::from(44)),
                ("known", Value::from(true)),
            ]
            .into_iter()
            .collect();
            let ns = best_ns(rounds, BATCHES, || {
                black_box(decisions.decide("Rate", black_box(&inputs), &env, &budget).is_ok());
            });
            println!(
                "{:>8}.{:03} us decided, {:>7}.{:03} ms read and checked: {rules} rules, 4 inputs, \
                 {hit_policy}, {name} match",
                ns / 1_000,
                ns % 1_000,
                read_us / 1_000,
                read_us % 1_000
            );
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn best_ns(rounds: u32, batches: u32, mut work: impl FnMut()) -> u128 {
    let mut best = u128::MAX;
    for _ in 0..batches {
        let start = Instant::now();
        for _ in 0..rounds {
            work();
        }
        best = best.min(start.elapsed().as_nanos() / u128::from(rounds));
    }
    best
}
