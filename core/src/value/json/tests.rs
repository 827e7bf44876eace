use super::{Limits, parse, write};

fn round_trip(text: &str) -> String {
    write(&parse(text, Limits::default()).unwrap())
}

fn refusal(text: &str) -> String {
    parse(text, Limits::default()).unwrap_err().to_string()
}

#[test]
fn keeps_numbers_and_key_order_exactly() {
    let text = r#"{"z":12.50,"a":[1,-0.001,1234567890123456789012345678901234],"m":{"y":null}}"#;
    assert_eq!(round_trip(text), text);
    assert_eq!(round_trip(" [ true , false , null , 1e3 ] "), "[true,false,null,1000]");
    assert_eq!(round_trip("18446744073709551616"), "18446744073709551616");
    assert_eq!(
        round_trip("0.1000000000000000055511151231257827021181583404541015625"),
        "0.1000000000000000055511151231257827"
    );
}

#[test]
fn reads_and_writes_escapes() {
    assert_eq!(round_trip(r#""a\"\\\/\n\u00e9\ud83d\ude00""#), "\"a\\\"\\\\/\\né😀\"");
    assert_eq!(round_trip(r#""\u0001\u2028""#), r#""\u0001\u2028""#);
    assert_eq!(refusal(r#""\ud83d""#), "half of a surrogate pair in a string (line 1, column 8)");
}

#[test]
fn refuses_repeated_keys_at_their_place() {
    assert_eq!(refusal("{\"a\":1,\n \"a\":2}"), "the key \"a\" is given twice (line 2, column 2)");
}

#[test]
fn refuses_what_nests_too_deep() {
    let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
    assert!(parse(nested(100), Limits::default()).is_ok());
    assert!(refusal(&nested(200)).starts_with("lists and objects nest too deep"));
    assert!(parse(nested(1_000_000), Limits::default()).is_err());
}

#[test]
fn refuses_what_is_not_json() {
    for bad in [
        "",
        " ",
        "{",
        "[1,]",
        "{\"a\"}",
        "{a:1}",
        "01",
        "1.",
        ".5",
        "+1",
        "-",
        "1e",
        "NaN",
        "tru",
        "\"a",
        "\"\n\"",
        "1 2",
        "'a'",
        "\"\\x\"",
        "\"\\u12\"",
        "[1 2]",
        "{\"a\":1,}",
        "1e99999",
    ] {
        assert!(parse(bad, Limits::default()).is_err(), "{bad}");
    }
    assert!(parse(b"\"\xff\"", Limits::default()).is_err());
    assert!(parse("[1,2,3]", Limits { bytes_max: 5, ..Limits::default() }).is_err());
}
