use crate::feel::{Budget, Environment, Expression, Names};
use crate::time::Timestamp;
use crate::value::Context;

fn call(class: &str, signature: &str, arguments: &str) -> String {
    // No text in these tests holds a comma and a space.
    let count = if arguments.is_empty() { 0 } else { arguments.split(", ").count() };
    let parameters: Vec<String> = (0..count).map(|at| format!("p{at}")).collect();
    let text = format!(
        "{{f: function({}) external {{java: {{class: \"{class}\", method signature: \
         \"{signature}\"}}}}, r: f({arguments})}}.r",
        parameters.join(", ")
    );
    let env = Environment { now: Timestamp::EPOCH, seed: 1 };
    let parsed = Expression::parse(&text, &Names::none()).unwrap();
    let found = parsed.evaluate(&Context::new(), &env, &Budget::default()).unwrap();
    assert!(!found.value.is_null() || !found.warnings.is_empty(), "{text}");
    found.value.to_json()
}

#[test]
fn well_known_methods_are_carried_out() {
    for (class, signature, arguments, expected) in [
        ("Math", "max(double, double)", "123.45, 456.78", "456.78"),
        ("Math", "max(int,int)", "123, 456", "456"),
        ("Math", "cos(double)", "123", "-0.887968906691855"),
        ("Math", "floorMod(int, int)", "-7, 3", "2"),
        ("Math", "floorMod(long, long)", "7, -3", "-2"),
        ("Math", "floorDiv(int, int)", "-7, 3", "-3"),
        ("Math", "round(double)", "-2.5", "-2"),
        ("Math", "pow(double,double)", "2, 10", "1024"),
        ("Short", "valueOf(short)", "123", "123"),
        ("String", "valueOf(char)", "\"a\"", "\"a\""),
        ("String", "valueOf(double)", "1", "\"1.0\""),
        ("String", "valueOf(double)", "12345678", "\"1.2345678E7\""),
        ("String", "valueOf(java.lang.Object)", "true", "\"true\""),
        ("Integer", "valueOf(java.lang.String)", "\"123\"", "123"),
        ("Float", "valueOf(java.lang.String)", "\"1234.56\"", "1234.56"),
        ("Double", "parseDouble(java.lang.String)", "\" 1e3 \"", "1000"),
        ("Boolean", "parseBoolean(java.lang.String)", "\"TRUE\"", "true"),
    ] {
        assert_eq!(call(&format!("java.lang.{class}"), signature, arguments), expected);
    }
}

#[test]
fn texts_are_formatted() {
    let signature = "format(java.lang.String, [Ljava.lang.Object;)";
    for (arguments, expected) in [
        ("\"foo %s\", \"bar\"", "foo bar"),
        ("\"%05d|%-4s|%,.2f\", 42, \"x\", 1234567.895", "00042|x   |1,234,567.90"),
        ("\"%2$s%1$s%%\", \"a\", \"b\"", "ba%"),
        ("\"%X %b\", 255, null", "FF false"),
    ] {
        assert_eq!(call("java.lang.String", signature, arguments), format!("\"{expected}\""));
    }
}

#[test]
fn all_else_is_null_with_a_reason() {
    for (class, signature, arguments) in [
        ("java.lang.Math", "foo(double)", "1"),
        ("java.lang.Foo", "valueOf(double)", "1"),
        ("java.lang.Math", "max(java.lang.String, java.lang.String)", "\"1\", \"2\""),
        ("java.lang.String", "valueOf(char)", "\"abc\""),
        ("java.lang.Math", "max(int,int)", "1, 2.5"),
        ("java.lang.Math", "abs(int)", "1, 2"),
        ("java.lang.Math", "sqrt(double)", "-1"),
        ("java.lang.Math", "negateExact(int)", "-2147483648"),
        ("java.lang.Integer", "parseInt(java.lang.String)", "\"99,9\""),
        ("java.lang.Runtime", "getRuntime()", ""),
        ("java.lang.System", "exit(int)", "0"),
        ("java.lang.String", "format(java.lang.String, [Ljava.lang.Object;)", "\"%2000d\", 1"),
        ("java.lang.String", "format(java.lang.String, [Ljava.lang.Object;)", "\"%d\", 1.5"),
        ("java.lang.String", "format(java.lang.String, [Ljava.lang.Object;)", "\"%s %s\", 1"),
        ("java.lang.Math", "max(", "1"),
    ] {
        assert_eq!(call(class, signature, arguments), "null", "{class}.{signature}");
    }
}
