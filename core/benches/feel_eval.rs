//! Speed of prepared FEEL expressions: nanoseconds for one evaluation, one thread.
//!
//! Reports and never asserts.

use std::hint::black_box;
use std::time::Instant;

use spartito_core::feel::{Budget, Environment, Expression, Names};
use spartito_core::time::Timestamp;
use spartito_core::value::{Value, json};

const ROUNDS: u32 = 200_000;

fn main() {
    let variables = r#"{"applicant":"Ann","amount":2500,"term":36,"income":4200.50,
        "customer":{"tier":"gold","since":2019},"items":[1,2,3,4,5,6,7,8,9,10]}"#;
    let Ok(Value::Context(scope)) = json::parse(variables, json::Limits::default()) else {
        panic!("the variables are a JSON object");
    };
    let env = Environment { now: Timestamp::EPOCH, seed: 1 };
    let budget = Budget::default();
    for text in [
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
    ] {
        let start = Instant::now();
        for _ in 0..1_000 {
            black_box(Expression::parse(black_box(text), &Names::none()).expect("it parses"));
        }
        let parse_ns = start.elapsed().as_nanos() / 1_000;
        let expression = Expression::parse(text, &Names::none()).expect("it parses");
        let rounds = if text.contains("exp") || text.contains("log") { 2_000 } else { ROUNDS };
        let start = Instant::now();
        for _ in 0..rounds {
            let evaluation = expression.evaluate(black_box(&*scope), &env, &budget);
            black_box(evaluation.expect("it is within the budget"));
        }
        let ns = start.elapsed().as_nanos() / u128::from(rounds);
        println!("{ns:>7} ns evaluated, {parse_ns:>6} ns parsed: {text}");
    }
}
