mod bad_input;

use std::sync::Arc;

use super::{
    Budget, BudgetLimit, Environment, Evaluation, EvaluationError, Expression, Layers, Names,
    Scope, Type,
};
use crate::time::Timestamp;
use crate::value::{Context, Value, json};

/// The smallest stack that the server gives a thread.
const STACK_BYTES: usize = 1 << 20;

fn env() -> Environment {
    Environment { now: Timestamp::parse("2026-01-01T12:30:00Z").unwrap(), seed: 1 }
}

fn scope(text: &str) -> Context {
    match json::parse(text, json::Limits::default()).unwrap() {
        Value::Context(context) => Arc::unwrap_or_clone(context),
        other => panic!("{other:?} is no context"),
    }
}

fn evaluate(text: &str, scope: &Context) -> Result<Evaluation, EvaluationError> {
    Expression::parse(text, &Names::of(scope)).unwrap().evaluate(scope, &env(), &Budget::default())
}

/// Each line is an expression, `=>`, and its value as JSON.
fn check(variables: &str, table: &str) {
    let scope = scope(variables);
    for line in table.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let (text, expected) = line.rsplit_once("=>").unwrap();
        let found = evaluate(text.trim(), &scope).unwrap();
        assert_eq!(found.value.to_json(), expected.trim(), "{text} {:?}", found.warnings);
    }
}

fn value_of(text: &str) -> String {
    evaluate(text, &Context::new()).unwrap().value.to_json()
}

fn exceeded(text: &str) -> Option<BudgetLimit> {
    match evaluate(text, &Context::new()) {
        Err(EvaluationError::BudgetExceeded { which, .. }) => Some(which),
        Ok(_) => None,
    }
}

/// Runs with a stack of 1 MiB, which overflows where recursion has no bound.
fn on_small_stack(run: impl FnOnce() + Send + 'static) {
    std::thread::Builder::new().stack_size(STACK_BYTES).spawn(run).unwrap().join().unwrap();
}

#[test]
fn reads_names_with_spaces_and_signs_that_are_in_scope() {
    check(
        r#"{"Full Name":"Ann","a":5,"b":3,"a-b":1,"loan amount":{"net value":7},"x":null}"#,
        r#"
        "Dear " + Full Name => "Dear Ann"
        a-b => 1
        a -b => 1
        a+b => 8
        loan amount.net value + 1 => 8
        [loan amount.net value, a-b][item > 1] => [7]
        if x = null then a else b => 5
        {full sum: 1, r: full sum + 1}.r => 2
        for my item in [1, 2] return my item * 2 => [2,4]
        "#,
    );
}

#[test]
fn logic_has_three_values() {
    check(
        r#"{"n":null}"#,
        "
        true and n => null
        false and n => false
        n or true => true
        n or false => null
        not(n) => null
        1 < n => null
        n = null => true
        n between 1 and 2 => null
        if n then 1 else 2 => 2
        ",
    );
}

#[test]
fn numbers_are_exact() {
    check(
        "{}",
        "
        0.1 + 0.2 = 0.3 => true
        1 / 3 => 0.3333333333333333333333333333333333
        2 ** 10 => 1024
        -2 ** 2 => 4
        10 - 2 - 3 => 5
        2 + 3 * 4 - 6 / 2 => 11
        decimal(1/3, 2) => 0.33
        modulo(-12, 5) => 3
        ",
    );
}

#[test]
fn functions_see_the_names_around_them_and_themselves() {
    check(
        r#"{"rate":2}"#,
        "
        {f: function(x) x * rate, r: f(5)}.r => 10
        {k: 3, f: function(x) function(y) x * y * k * rate, r: f(2)(5)}.r => 60
        {fact: function(n) if n < 2 then 1 else n * fact(n - 1), r: fact(20)}.r => 2432902008176640000
        {f: function(a, b) a - b, r: f(b: 1, a: 10)}.r => 9
        {f: function(a: number) a, r: f(\"x\")}.r => null
        (for i in 1..3 return function(x) x + i)[2](10) => 12
        sort([3, 1, 2], function(a, b) a > b) => [3,2,1]
        [{v: 1, w: 2}, {v: 3, w: 4}][v > 1 and w = 4].w => [4]
        {v: 9, r: [{v: 1}, {x: 2}][v = 9]}.r => [{\"x\":2}]
        ",
    );
}

#[test]
fn warnings_tell_why_a_value_is_null() {
    let found = evaluate("custmer.tier = \"gold\"", &scope(r#"{"customer":{}}"#)).unwrap();
    assert_eq!(found.value, Value::Boolean(false));
    let message = &found.warnings[0].message;
    assert_eq!(message, "unknown name `custmer`; did you mean `customer`?");
    let found = evaluate("\"é\" + 1", &Context::new()).unwrap();
    assert_eq!(found.warnings[0].to_string(), "'+' on a string and a number (at 1)");
    assert!(
        evaluate("is defined(x) or is defined(x.y)", &Context::new()).unwrap().warnings.is_empty()
    );
}

#[test]
fn a_syntax_error_has_its_place_and_a_hint() {
    let error = Expression::parse("a >\n é && 1", &Names::none()).unwrap_err();
    assert_eq!((error.line, error.column, error.position), (2, 4, 7));
    assert_eq!(error.hint.as_deref(), Some("write 'and'"));
    for text in ["", " ", "1 +", "(1", "[1", "{a:1", "if 1 then 2", "\"a", "f(1,", "a b) c", "for"]
    {
        assert!(Expression::parse(text, &Names::none()).is_err(), "{text}");
    }
}

#[test]
fn unary_tests_test_the_input() {
    let test = |text: &str, input: &str| {
        let scope = scope(&format!("{{\"?\":{input},\"limit\":10}}"));
        let tests = Expression::parse_unary_tests(text, &Names::none()).unwrap();
        tests.evaluate(&scope, &env(), &Budget::default()).unwrap().value.to_json()
    };
    for (text, input, expected) in [
        ("-", "1", "true"),
        ("< limit", "9", "true"),
        ("[1..5], 7", "7", "true"),
        ("(1..5]", "1", "false"),
        ("not(1, 2)", "3", "true"),
        ("not(1, 2)", "2", "false"),
        ("\"a\", \"b\"", "\"b\"", "true"),
        ("? > 5 and ? < limit", "7", "true"),
        ("ends with(?, \"x\")", "\"ax\"", "true"),
        ("null", "null", "true"),
        ("!= 3", "4", "true"),
        ("> 5", "null", "null"),
        ("[1, 2, 3]", "2", "true"),
        ("true", "false", "false"),
    ] {
        assert_eq!(test(text, input), expected, "{text} on {input}");
    }
}

#[test]
fn the_present_is_an_argument() {
    assert_eq!(value_of("now()"), "\"2026-01-01T12:30:00Z\"");
    assert_eq!(value_of("today() + @\"P1M\""), "\"2026-02-01\"");
    assert_eq!(value_of("random number() = random number()"), "false");
    assert_eq!(value_of("uuid()"), value_of("uuid()"), "the seed decides");
}

#[test]
fn inner_layers_hide_outer_ones() {
    let (inner, outer) = (scope(r#"{"a":1}"#), scope(r#"{"a":2,"b":3}"#));
    let layers = Layers::new(vec![&inner, &outer]);
    let sum = Expression::parse("a + b", &Names::none()).unwrap();
    let found = sum.evaluate(&layers, &env(), &Budget::default()).unwrap();
    assert_eq!(found.value, Value::from(4));
    assert_eq!(layers.names().len(), 2);
}

// --- names and types

#[test]
fn names_that_nothing_defines_are_told_with_their_places() {
    let text = "amout > 1 and\n  (for i in itms return i + amount * custmer.tier) = 2";
    let expression = Expression::parse(text, &Names::none()).unwrap();
    let unknown = expression.unknown_names(["amount", "items", "customer"]);
    let told: Vec<(String, u32, u32)> =
        unknown.iter().map(|it| (it.to_string(), it.line, it.column)).collect();
    assert_eq!(
        told,
        [
            ("unknown name `amout`; did you mean `amount`?".to_owned(), 1, 1),
            ("unknown name `itms`; did you mean `items`?".to_owned(), 2, 13),
            ("unknown name `custmer`; did you mean `customer`?".to_owned(), 2, 38),
        ]
    );
    let used = expression.names_used();
    assert_eq!(
        used.iter().map(|it| &**it).collect::<Vec<_>>(),
        ["amout", "itms", "amount", "custmer"]
    );
}

#[test]
fn what_may_be_known_is_no_unknown_name() {
    for text in [
        "orders[total > 10]",
        "sort(orders, function(a, b) a.total < b.total)",
        "list replace(orders, before, 1)",
        "{f: function(n) if n = 0 then 1 else n * f(n - 1), r: f(3)}.r",
        "is defined(anything) or get or else(nothing, 1) = 1",
        "? > 5",
        "for i in 1..3 return i + sum(partial)",
    ] {
        let expression = Expression::parse(text, &Names::none()).unwrap();
        assert_eq!(expression.unknown_names(["orders"]), [], "{text}");
    }
}

#[test]
fn types_in_scope_can_be_named() {
    let of = |name: &str, of: Type| (Arc::<str>::from(name), of);
    let person = Type::Context(Box::new([of("name", Type::String), of("age", Type::Number)]));
    let names = Names::none().with_types([
        of("tPerson", person.clone()),
        of("t Person list", Type::List(person.into())),
        of("shop.tPrice", Type::Number),
    ]);
    for (text, expected) in [
        ("{name: \"Ann\", age: 3} instance of tPerson", "true"),
        ("{name: \"Ann\"} instance of tPerson", "false"),
        ("[{name: \"Ann\", age: 3}] instance of t Person list", "true"),
        ("[{name: \"Ann\", age: 3}] instance of list<tPerson>", "true"),
        ("5 instance of shop.tPrice", "true"),
        ("{f: function(p: tPerson) p.name, r: f({name: \"Ann\", age: 3})}.r", "\"Ann\""),
        ("{f: function(p: tPerson) p.name, r: f({name: \"Ann\"})}.r", "null"),
        ("5 instance of shop.other", "null"),
    ] {
        let expression = Expression::parse(text, &names).unwrap();
        let found = expression.evaluate(&Context::new(), &env(), &Budget::default()).unwrap();
        assert_eq!(found.value.to_json(), expected, "{text}");
    }
}
