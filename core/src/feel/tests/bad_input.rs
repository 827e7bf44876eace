//! Bad input, each case with its number in the list of bad inputs: the answer is null with a
//! reason, or the budget ends the evaluation.

use super::{env, evaluate, exceeded, on_small_stack, scope, value_of};
use crate::feel::{Budget, BudgetLimit, Expression, Names};
use crate::value::{Context, Value};

#[test]
fn bad_input_16_names_of_the_host_are_null_with_a_reason() {
    for text in [
        "java.lang.Runtime.getRuntime().exec(\"id\")",
        "java.lang.System.exit(0)",
        "{f: function(x) external {java: {class: \"java.lang.Runtime\", method signature: \"exec(java.lang.String)\"}}, r: f(\"id\")}.r",
        "{f: function(x) external {pmml: {document: \"file:///etc/passwd\", model: \"m\"}}, r: f(1)}.r",
        "{f: function(x) external {python: {module: \"os\", call: \"system\"}}, r: f(\"id\")}.r",
        "T(java.lang.Runtime)",
    ] {
        let found = evaluate(text, &Context::new()).unwrap();
        assert!(found.value.is_null() && !found.warnings.is_empty(), "{text}");
    }
}

#[test]
fn bad_input_17_endless_recursion_ends_at_the_budget() {
    on_small_stack(|| {
        assert_eq!(exceeded("{f: function(n) 1 + f(n + 1), r: f(1)}.r"), Some(BudgetLimit::Depth));
        let omega = "{f: function(g) [if true then {a: sum(g(g))} else 1], r: f(f)}.r";
        assert_eq!(exceeded(omega), Some(BudgetLimit::Depth));
        let sorting = "{f: function(n) sort([2, 1], function(a, b) f(n) = 1), r: f(1)}.r";
        assert_eq!(exceeded(sorting), Some(BudgetLimit::Depth));
    });
}

#[test]
fn bad_input_18_huge_loops_end_at_the_budget() {
    assert!(exceeded("for i in 1..10**9 return i").is_some());
    assert_eq!(exceeded("some i in 1..10**9 satisfies i < 0"), Some(BudgetLimit::Steps));
    assert!(exceeded("count(for a in 1..10**5, b in 1..10**5 return 1)").is_some());
    assert_eq!(value_of("for i in [1..10**40] return i"), "null");
}

#[test]
fn bad_input_19_nesting_has_a_bound() {
    on_small_stack(|| {
        let nested = |open: &str, inner: &str, close: &str, times: usize| {
            let text = open.repeat(times) + inner + &close.repeat(times);
            Expression::parse(&text, &Names::none()).map(|expression| {
                let budget = Budget::default();
                expression.evaluate(&Context::new(), &env(), &budget).map_err(|_| ())
            })
        };
        for (open, inner, close) in [
            ("(", "1", ")"),
            ("[", "1", "]"),
            ("{a:", "1", "}"),
            ("-", "1", ""),
            ("not(", "true", ")"),
            ("if true then ", "1", " else 2"),
            ("for i in [1] return ", "i", ""),
            ("function(x) ", "x", ""),
            ("1 in (", "1", ")"),
            ("[1][", "1", "]"),
            ("1 + (", "1", ")"),
            ("< ", "1", ""),
            ("some i in ", "[true]", " satisfies i"),
        ] {
            assert!(nested(open, inner, close, 20).is_ok(), "{open}");
            assert!(nested(open, inner, close, 1_000).is_err(), "{open}");
            assert!(nested(open, inner, close, 1_000_000).is_err(), "{open}");
            for times in 30..200 {
                let _ = nested(open, inner, close, times);
            }
        }
    });
}

#[test]
fn long_flat_expressions_are_no_nesting() {
    on_small_stack(|| {
        for operator in ["+", "and", "or", "*", ","] {
            let text = format!("[{}]", vec!["1"; 5_000].join(&format!(" {operator} ")));
            let expression = Expression::parse(&text, &Names::none()).unwrap();
            expression.evaluate(&Context::new(), &env(), &Budget::default()).unwrap();
        }
        let types = |times: usize| {
            let text =
                format!("a instance of {}number{}", "list<".repeat(times), ">".repeat(times));
            Expression::parse(&text, &Names::none())
        };
        assert!(types(20).is_ok() && types(10_000).is_err());
        for chain in [".a", "[1]", "(1)", " instance of number", " = 1"] {
            let text = format!("a{}", chain.repeat(50));
            let expression = Expression::parse(&text, &Names::none()).unwrap();
            expression.evaluate(&Context::new(), &env(), &Budget::default()).unwrap();
            let text = format!("a{}", chain.repeat(10_000));
            assert!(Expression::parse(&text, &Names::none()).is_err(), "{chain}");
        }
    });
}

#[cfg(feature = "regex")]
#[test]
fn bad_input_20_hostile_patterns_take_no_time() {
    let text = format!("matches(\"{}!\", \"^(a+)+$\")", "a".repeat(5_000));
    assert_eq!(value_of(&text), "false");
    assert_eq!(value_of("matches(\"a\", \"(((a{1000}){1000}){1000})\")"), "null");
    assert_eq!(value_of(&format!("matches(\"a\", \"{}\")", "(".repeat(4_000))), "null");
}

#[test]
fn bad_input_21_huge_texts_and_values_end_at_the_budget() {
    let doubling =
        "{f: function(s, n) if n = 0 then s else f(s + s, n - 1), r: f(\"abcdefgh\", 30)}.r";
    assert_eq!(exceeded(doubling), Some(BudgetLimit::Bytes));
    let shared = "{f: function(s, n) if n = 0 then s else f([s, s], n - 1), r: f([1], 60)}.r";
    assert_eq!(exceeded(shared), Some(BudgetLimit::Bytes));
    let deep = "{f: function(s, n) if n = 0 then s else f([s], n - 1), r: f([1], 110)}.r";
    let found = evaluate(deep, &Context::new()).unwrap();
    assert_eq!(found.warnings[0].message, "lists and contexts nest too deep");
    assert!(found.value.depth() <= crate::value::VALUE_DEPTH_MAX);
}

#[test]
fn bad_input_22_and_23_impossible_numbers_are_null_with_a_reason() {
    for text in ["1/0", "0/0", "10**6145", "9e6144 * 10", "sqrt(-1)", "log(0)", "exp(1e9)"] {
        let found = evaluate(text, &Context::new()).unwrap();
        assert!(found.value.is_null() && !found.warnings.is_empty(), "{text}");
    }
}

#[test]
fn bad_input_24_and_25_data_stays_data() {
    let variables = scope(r#"{"a":"1 + 1","b":"{{secrets.X}}","c":"${x}"}"#);
    assert_eq!(
        evaluate("[a, b, c]", &variables).unwrap().value.to_json(),
        r#"["1 + 1","{{secrets.X}}","${x}"]"#
    );
}

#[test]
fn bad_input_18_and_21_work_on_long_texts_counts() {
    let mut variables = Context::new();
    variables.insert("s", Value::from(" ".repeat(1 << 20)));
    variables.insert("t", Value::from(format!("{}x", " ".repeat((1 << 20) - 1))));
    let budget = Budget { steps_max: 100_000, ..Budget::default() };
    for body in [
        "s < t",
        "s = t",
        "[s] = [t]",
        "s in (t, > t)",
        "s between t and t",
        "is blank(s)",
        "trim(s)",
        "number(s)",
        "date(s)",
        "contains(s, \"x\")",
        "starts with(s, t)",
        "min(s, t)",
        "list contains([s], t)",
        "before(s, t)",
        "sort([s, t, s], function(a, b) a < b)",
        "matches(s, \"x$\")",
        "decimal(1, s)",
        "modulo(1e6000, 1234567890123456789012345678901234)",
    ] {
        let text = format!("for i in 1..100 return count([{body}])");
        let found = Expression::parse(&text, &Names::none()).unwrap();
        assert!(found.evaluate(&variables, &env(), &budget).is_err(), "{body}");
    }
}

/// There is no assertion but the end of the test: what grew with the square of the length took
/// minutes.
#[test]
fn bad_input_19_reading_takes_no_more_than_the_text_is_long() {
    let many = |piece: &str| piece.repeat(200_000 / piece.len());
    let names = Names::new((0..10_000).map(|number| format!("a {number}")));
    for text in [
        many("[1..a["),
        many("a + "),
        many("f(a+"),
        many("{a b: "),
        many("a b c "),
        many("`a`."),
        format!("[{}1]", many("a 1, ")),
    ] {
        let _ = Expression::parse(&text, &names);
        let _ = Expression::parse_unary_tests(&text, &names);
    }
}

#[cfg(feature = "regex")]
#[test]
fn bad_input_20_back_references_end_at_the_budget() {
    let text = format!("matches(\"{}\", \"^(a|aa)+\\\\1$\")", "a".repeat(60) + "b");
    assert_eq!(exceeded(&text), Some(BudgetLimit::Steps));
    assert_eq!(value_of("matches(\"abab\", \"^(..)\\\\1$\")"), "true");
    let scanning = format!("count(extract(\"{}\", \"a(.*z)?\"))", "a".repeat(200_000));
    assert_eq!(exceeded(&scanning), Some(BudgetLimit::Steps));
}

#[test]
fn bad_input_23_numbers_and_moments_out_of_bounds_are_null_with_a_reason() {
    for text in [
        "999999999999999999 ** 999999999999999999",
        "-1 ** 0.5",
        "@\"999999999-12-31\" + @\"P1D\"",
        "@\"-999999999-01-01\" - @\"P1M\"",
        "@\"P9999999999Y\" * 1e300",
        "@\"P1D\" / 0",
        "@\"P1D\" * 1e6000",
        "decimal(1, 1e100)",
        "list replace([1], 1e100, 2)",
        "for i in 1e100..2 return i",
        "substring(\"abc\", -1e100)",
        "time(1e100, 0, 0)",
        "date(1e100, 1, 1)",
    ] {
        let found = evaluate(text, &Context::new()).unwrap();
        assert!(found.value.is_null() && !found.warnings.is_empty(), "{text} {:?}", found.value);
    }
}
