//! Speed of prepared FEEL expressions: nanoseconds for one evaluation, one thread.
//!
//! Reports and never asserts.

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use spartito_core::feel::{Budget, Environment, Expression, Names};
use spartito_core::time::Timestamp;
use spartito_core::value::{Context, Value, json};

/// Evaluations between two looks at the clock.
const ROUNDS: u32 = 5_000;
/// The best of so many batches counts: others use the machine, too.
const BATCHES: u32 = 40;

const EXPRESSIONS: &[&str] = &[
    "amount > 1000",
    "amount > 1000 and customer.tier = \"gold\"",
    "if amount / term > income * 0.4 then \"high\" else \"low\"",
    "amount in [1000..5000]",
    "sum(items) > 50",
    "items[item > 5]",
    "for i in items return i * 2",
    "starts with(customer.tier, \"go\")",
    "date(\"2026-01-31\") + duration(\"P1M\")",
    "{a: amount, b: a * 2}.b",
    "sqrt(amount)",
    "exp(1.5)",
    "log(amount)",
    "1.0001 ** 360",
    "2 ** 0.5",
];

fn main() {
    let variables = r#"{"applicant":"Ann","amount":2500,"term":36,"income":4200.50,
        "customer":{"tier":"gold","since":2019},"items":[1,2,3,4,5,6,7,8,9,10]}"#;
    let Ok(Value::Context(scope)) = json::parse(variables, json::Limits::default()) else {
        panic!("the variables are a JSON object");
    };
    let env = Environment { now: Timestamp::EPOCH, seed: 1 };
    let budget = Budget::default();
    for text in EXPRESSIONS {
        let parse_ns = best_ns(|| {
            black_box(Expression::parse(black_box(text), &Names::none()).expect("it parses"));
        });
        let expression = Expression::parse(text, &Names::none()).expect("it parses");
        let ns = best_ns(|| {
            let evaluation = expression.evaluate(black_box(&*scope), &env, &budget);
            black_box(evaluation.expect("it is within the budget"));
        });
        println!("{ns:>6} ns evaluated, {parse_ns:>5} ns parsed: {text}");
    }
    rebuilt_scope(&scope, &env, &budget);
    let two = scope.iter().filter(|(name, _)| matches!(&***name, "amount" | "customer"));
    let two: Context = two.map(|(name, value)| (Arc::clone(name), value.clone())).collect();
    rebuilt_scope(&two, &env, &budget);
}

/// As a caller evaluates a condition: the scope is built anew from names and values each time.
fn rebuilt_scope(variables: &Context, env: &Environment, budget: &Budget) {
    let text = "amount > 1000 and customer.tier = \"gold\"";
    let expression = Expression::parse(text, &Names::none()).expect("it parses");
    let ns = best_ns(|| {
        let entries = variables.iter().map(|(name, value)| (Arc::clone(name), value.clone()));
        let scope: Context = black_box(entries).collect();
        let evaluation = expression.evaluate(&scope, env, budget);
        black_box(evaluation.expect("it is within the budget"));
    });
    println!("{ns:>6} ns with a scope of {} rebuilt each time: {text}", variables.len());
}

#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn best_ns(mut work: impl FnMut()) -> u128 {
    let mut best = u128::MAX;
    for _ in 0..BATCHES {
        let start = Instant::now();
        for _ in 0..ROUNDS {
            work();
        }
        best = best.min(start.elapsed().as_nanos() / u128::from(ROUNDS));
    }
    best
}
