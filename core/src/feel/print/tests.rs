use proptest::prelude::{Just, Strategy, any, prop, prop_oneof, proptest};

use crate::feel::parse::{parse_expression, parse_unary_tests};
use crate::feel::{Expression, Names, Type};

/// Names in scope: plain, of several words, with signs, and such that begin others.
fn names() -> Names {
    Names::new(["Full Name", "a-b", "a-b-c", "loan to value", "x'", "if only", "5 o'clock", "a b"])
        .with_types([("tLoan", Type::Number), ("t Person-2", Type::String)])
}

const LEAVES: &[&str] = &[
    "1",
    "-2.50",
    "1e100",
    "\"text \\\"with\\\" \\\\ and\\nlines\"",
    "true",
    "null",
    "a",
    "b",
    "item",
    "partial",
    "?",
    "Full Name",
    "a-b",
    "a-b-c",
    "loan to value",
    "x'",
    "if only",
    "`5 o'clock`",
    "`if`",
    "`strange }: name`",
    "unknown name",
    "sum",
    "date",
    "@\"2026-01-31\"",
    "now()",
    "external",
];

const TYPES: &[&str] = &[
    "number",
    "list<string>",
    "list",
    "range<date and time>",
    "context<a: number, first name: list<Any>>",
    "context",
    "function<number, string>->days and time duration",
    "function",
    "tLoan",
    "t Person-2",
    "some.other",
    "Null",
];

/// Any expression, in parentheses where that changes nothing and where it does.
fn expressions() -> impl Strategy<Value = String> {
    let leaf = prop::sample::select(LEAVES).prop_map(ToOwned::to_owned);
    leaf.prop_recursive(5, 60, 4, |inner| {
        let one = inner.clone();
        let two = (inner.clone(), inner.clone());
        let three = (inner.clone(), inner.clone(), inner.clone());
        let many = prop::collection::vec(inner.clone(), 0..4);
        let operator = prop::sample::select(
            &["+", "-", "*", "/", "**", "=", "!=", "<", "<=", ">", ">=", "and", "or", "in"][..],
        );
        let unary = prop::sample::select(&["-", "(", "< ", ">= ", "= ", "not("][..]);
        let of = prop::sample::select(TYPES);
        prop_oneof![
            (two.clone(), operator).prop_map(|((a, b), sign)| format!("{a} {sign} {b}")),
            (two.clone(), any::<bool>()).prop_map(|((a, b), in_parentheses)| {
                if in_parentheses { format!("({a}) - ({b})") } else { format!("[{a}..{b})") }
            }),
            (one.clone(), unary).prop_map(|(a, sign)| {
                let end = if sign.ends_with('(') { ")" } else { "" };
                format!("{sign}{a}{end}")
            }),
            (one.clone(), of).prop_map(|(a, of)| format!("({a}) instance of {of}")),
            many.clone().prop_map(|items| format!("[{}]", items.join(", "))),
            many.clone().prop_map(|items| format!("(a in ({}))", items.join(", "))),
            two.clone().prop_map(|(a, b)| format!("{{a: {a}, \"c d\": {b}, e-f: c d}}")),
            two.clone().prop_map(|(a, b)| format!("({a})[{b}]")),
            one.clone().prop_map(|a| format!("({a}).Full Name")),
            one.clone().prop_map(|a| format!("({a}).`p.q`.b")),
            two.clone().prop_map(|(a, b)| format!("({a})({b})")),
            two.clone().prop_map(|(a, b)| format!("f(first: {a}, second one: {b})")),
            two.clone().prop_map(|(a, b)| format!("substring(length: {a}, string: {b})")),
            two.clone().prop_map(|(a, b)| format!("string join({a}, {b})")),
            one.clone().prop_map(|a| format!("sum(nothing like it: {a})")),
            three.clone().prop_map(|(a, b, c)| format!("if {a} then {b} else {c}")),
            three.clone().prop_map(|(a, b, c)| format!("{a} between {b} and {c}")),
            three.clone().prop_map(|(a, b, c)| format!("for i in {a}, j k in {b} return {c}")),
            two.clone()
                .prop_map(|(a, b)| format!("for i in 1..({a}) return {b} + i + partial[-1]")),
            two.clone().prop_map(|(a, b)| format!("(some i in {a} satisfies {b} = i)")),
            two.clone().prop_map(|(a, b)| format!("every g-h in {a} satisfies {b} - g-h")),
            two.clone().prop_map(|(a, b)| format!("function(x: number, y z) {a} + y z - {b}")),
            one.clone().prop_map(|a| format!("function(x): list<number> {a}")),
            one.prop_map(|a| format!("function(x) external {{java: {a}}}")),
        ]
    })
}

fn assert_same_tree(text: &str, is_unary: bool) {
    let parse = if is_unary { parse_unary_tests } else { parse_expression };
    let names = names();
    let Ok((tree, frame_size)) = parse(text, &names) else { return };
    let printed = super::print(&tree, &names);
    let again = parse(&printed, &names);
    let (again, size) = again.unwrap_or_else(|error| panic!("{text}\n{printed}\n{error}"));
    assert_eq!(format!("{again:?}"), format!("{tree:?}"), "{text}\n{printed}");
    assert_eq!(size, frame_size, "{text}\n{printed}");
}

proptest! {
    #[test]
    fn a_printed_expression_is_read_as_the_same_tree(text in expressions()) {
        assert_same_tree(&text, false);
    }

    #[test]
    fn printed_unary_tests_are_read_as_the_same_tree(
        texts in prop::collection::vec(
            prop_oneof![4 => expressions(), 1 => Just("!= 3".to_owned()), 1 => Just("-".to_owned())],
            1..4,
        ),
        negated in any::<bool>(),
    ) {
        let tests = texts.join(", ");
        assert_same_tree(&if negated { format!("not({tests})") } else { tests }, true);
    }
}

#[test]
fn prints_as_people_write() {
    for (text, printed) in [
        ("1+2*3 // six", "1 + 2 * 3"),
        ("(1+2)*3", "(1 + 2) * 3"),
        ("((c)) and (b or d)", "c and (b or d)"),
        ("-(2) ** 2", "-2 ** 2"),
        ("5 in [1..9]", "5 in ([1..9])"),
        ("{Full Name:1, \"}\" : 2}.Full Name", "{Full Name: 1, \"}\": 2}.Full Name"),
        ("loan to value + x' - (a)-b", "loan to value + x' - `a` - b"),
        ("substring(string:\"ab\",start position:2)", "substring(\"ab\", 2)"),
        ("substring(length:1,string:\"ab\")", "substring(length: 1, string: \"ab\")"),
        ("for i in c return i + partial", "for i in c return i + partial"),
        ("(sum)([1])", "(sum)([1])"),
        ("c[item>1].b", "c[item > 1].b"),
    ] {
        let expression = Expression::parse(text, &names()).unwrap();
        assert_eq!(expression.print(&names()), printed, "{text}");
    }
    for (text, printed) in
        [("-", "-"), ("not( 1,<2 )", "not(1, < 2)"), ("(not(a)),b", "(not(a)), b")]
    {
        let tests = Expression::parse_unary_tests(text, &Names::none()).unwrap();
        assert_eq!(tests.print(&Names::none()), printed, "{text}");
    }
}
