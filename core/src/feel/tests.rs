use super::{Budget, Environment, Expression, Names};
use crate::time::Timestamp;
use crate::value::Context;

fn value_of(text: &str) -> String {
    let env = Environment { now: Timestamp::EPOCH, seed: 1 };
    let expression = Expression::parse(text, &Names::none()).unwrap();
    expression.evaluate(&Context::new(), &env, &Budget::default()).unwrap().value.to_json()
}

#[test]
fn computes() {
    assert_eq!(value_of("1 + 2 * 3"), "7");
}
