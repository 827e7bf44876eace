//! What the targets for FEEL share: the variables, the budget, and what must hold of every text.

use spartito_core::feel::{Budget, Environment, Evaluation, Expression, Names};
use spartito_core::time::Timestamp;
use spartito_core::value::{Context, Value, json};

/// Variables of every type, and names that are hard to read.
pub fn scope() -> Context {
    let text = r#"{"a":1,"b":[1,2,{"a":3}],"a b":"text","a-b":{"x":null},"x":[{"item":1}],
        "?":5,"Full Name":"Ann","s":"some longer text, with commas","n":-2.50}"#;
    let value = json::parse(text, json::Limits::default()).expect("the variables are JSON");
    value.as_context().expect("the variables are a context").clone()
}

/// What every expression must fulfil that could be read: it ends within its budget, gives the same
/// again, and means the same when it is written anew.
pub fn check(
    expression: &Expression,
    scope: &Context,
    names: &Names,
    read: fn(&str, &Names) -> Option<Expression>,
) {
    let found = evaluate(expression, scope);
    let printed = expression.print(names);
    let Some(again) = read(&printed, names) else {
        // Written out in full, a text at the bound on length or nesting may pass it.
        assert!(expression.text().len() > 2_000 || nests(&printed), "not read again: {printed}");
        return;
    };
    assert_eq!(again.print(names), printed);
    if let Some(found) = found {
        assert!(found.value.depth() <= spartito_core::value::VALUE_DEPTH_MAX);
        let second = evaluate(&again, scope).expect("it went well before");
        assert_eq!(second.value.to_json(), found.value.to_json(), "{printed}");
    }
    let _ = expression.unknown_names(["a", "b"]);
}

fn nests(text: &str) -> bool {
    text.matches(['(', '[', '{', '-', '<', '>', '=']).count() >= 30 || text.matches(" ").count() > 60
}

fn evaluate(expression: &Expression, scope: &Context) -> Option<Evaluation> {
    let env = Environment { now: Timestamp::EPOCH, seed: 7 };
    let budget = Budget { steps_max: 20_000, bytes_max: 1 << 20, ..Budget::default() };
    let evaluation = expression.evaluate(scope, &env, &budget).ok()?;
    let Value::Function(_) = evaluation.value else { return Some(evaluation) };
    None
}
