//! The methods of the table, by class.

use super::{Argument, decimal, double, format, rounded, single};
use crate::feel::eval::{Machine, Outcome, null};
use crate::value::{Decimal, Value};

/// Calls a method; `None` where the table lacks it.
pub(super) fn call(
    machine: &mut Machine<'_>,
    class: &str,
    method: &str,
    types: &[&str],
    arguments: &[Argument<'_>],
) -> Outcome<Option<Value>> {
    let value = match class {
        "java.lang.Math" | "java.lang.StrictMath" => match arguments {
            [Argument::Float(x)] => of_float(method, *x),
            [Argument::Float(x), Argument::Float(y)] => of_floats(method, *x, *y),
            [Argument::Integer(x)] => of_integer(method, types[0], *x),
            [Argument::Integer(x), Argument::Integer(y)] => of_integers(method, types, *x, *y),
            _ => return Ok(None),
        },
        "java.lang.String" => return of_string(machine, method, types, arguments),
        "java.lang.Byte" => boxed(method, "parseByte", "byte", i8::MAX.into(), arguments),
        "java.lang.Short" => boxed(method, "parseShort", "short", i16::MAX.into(), arguments),
        "java.lang.Integer" => boxed(method, "parseInt", "int", i32::MAX.into(), arguments),
        "java.lang.Long" => boxed(method, "parseLong", "long", i64::MAX, arguments),
        "java.lang.Float" => boxed_float(method, "parseFloat", single, arguments),
        "java.lang.Double" => boxed_float(method, "parseDouble", double, arguments),
        "java.lang.Boolean" => boxed_boolean(method, arguments),
        "java.math.BigDecimal" | "java.math.BigInteger" => match (method, arguments) {
            ("valueOf", [Argument::Integer(x)]) => Some(Ok(Value::from(*x))),
            ("valueOf", [Argument::Float(x)]) if class.ends_with('l') => Some(decimal(*x)),
            _ => None,
        },
        _ => None,
    };
    value.transpose()
}

/// A method of `Math` on one binary number.
fn of_float(method: &str, x: f64) -> Option<Outcome> {
    Some(match method {
        "abs" => decimal(x.abs()),
        "ceil" => decimal(x.ceil()),
        "floor" => decimal(x.floor()),
        "rint" => decimal(x.round_ties_even()),
        // Half a unit goes up.
        "round" => decimal((x + 0.5).floor()),
        "sqrt" => decimal(x.sqrt()),
        "signum" => decimal(if x == 0.0 { x } else { x.signum() }),
        "toRadians" => decimal(x.to_radians()),
        "toDegrees" => decimal(x.to_degrees()),
        "cbrt" => rounded(x.cbrt()),
        "exp" => rounded(x.exp()),
        "expm1" => rounded(x.exp_m1()),
        "log" => rounded(x.ln()),
        "log10" => rounded(x.log10()),
        "log1p" => rounded(x.ln_1p()),
        "sin" => rounded(x.sin()),
        "cos" => rounded(x.cos()),
        "tan" => rounded(x.tan()),
        "asin" => rounded(x.asin()),
        "acos" => rounded(x.acos()),
        "atan" => rounded(x.atan()),
        "sinh" => rounded(x.sinh()),
        "cosh" => rounded(x.cosh()),
        "tanh" => rounded(x.tanh()),
        _ => return None,
    })
}

/// A method of `Math` on two binary numbers.
fn of_floats(method: &str, x: f64, y: f64) -> Option<Outcome> {
    Some(match method {
        "max" => decimal(x.max(y)),
        "min" => decimal(x.min(y)),
        "copySign" => decimal(x.copysign(y)),
        "IEEEremainder" if y != 0.0 => decimal(x - y * (x / y).round_ties_even()),
        "pow" => rounded(x.powf(y)),
        "atan2" => rounded(x.atan2(y)),
        "hypot" => rounded(x.hypot(y)),
        _ => return None,
    })
}

/// What an operation on integers gives, where it fits the type.
fn fitting(of: &str, result: Option<i64>) -> Outcome {
    let fits = |it: &i64| of == "long" || i32::try_from(*it).is_ok();
    match result.filter(fits) {
        Some(integer) => Ok(Value::from(integer)),
        None => null("the result does not fit the integer type"),
    }
}

fn of_integer(method: &str, of: &str, x: i64) -> Option<Outcome> {
    Some(match method {
        "abs" => fitting(of, x.checked_abs()),
        "negateExact" => fitting(of, x.checked_neg()),
        "incrementExact" => fitting(of, x.checked_add(1)),
        "decrementExact" => fitting(of, x.checked_sub(1)),
        "toIntExact" => fitting("int", Some(x)),
        _ => return None,
    })
}

fn of_integers(method: &str, types: &[&str], x: i64, y: i64) -> Option<Outcome> {
    let of = if types.contains(&"long") { "long" } else { "int" };
    Some(match method {
        "max" => fitting(of, Some(x.max(y))),
        "min" => fitting(of, Some(x.min(y))),
        "addExact" => fitting(of, x.checked_add(y)),
        "subtractExact" => fitting(of, x.checked_sub(y)),
        "multiplyExact" => fitting(of, x.checked_mul(y)),
        // The quotient is rounded down, so that the rest has the sign of the divisor.
        "floorDiv" => {
            let down = |quotient: i64| quotient - i64::from(x % y != 0 && (x < 0) != (y < 0));
            fitting(of, x.checked_div(y).map(down))
        }
        "floorMod" => {
            fitting(of, x.checked_rem(y).map(|rest| (rest + y).checked_rem(y).unwrap_or(rest)))
        }
        _ => return None,
    })
}

fn of_string(
    machine: &mut Machine<'_>,
    method: &str,
    types: &[&str],
    arguments: &[Argument<'_>],
) -> Outcome<Option<Value>> {
    let text = match (method, arguments) {
        ("valueOf" | "copyValueOf", [one]) => match one {
            Argument::Character(letter) => letter.to_string(),
            Argument::Boolean(flag) => flag.to_string(),
            Argument::Integer(number) => number.to_string(),
            Argument::Float(number) => format::double(*number),
            Argument::Text(text) => (*text).to_owned(),
            Argument::Objects([only]) if types == ["Object"] => format::object(only),
            Argument::Objects(_) => return Ok(None),
        },
        ("format", [Argument::Text(pattern), Argument::Objects(objects)]) => {
            format::format(machine, pattern, objects)?
        }
        _ => return Ok(None),
    };
    machine.new_string(text).map(Some)
}

/// `valueOf` and the like of the integer types; `max` is the largest value.
fn boxed(
    method: &str,
    parse: &str,
    of: &str,
    max: i64,
    arguments: &[Argument<'_>],
) -> Option<Outcome> {
    Some(match (method, arguments) {
        ("valueOf", [Argument::Integer(number)]) => Ok(Value::from(*number)),
        ("toString", [Argument::Integer(number)]) => Ok(Value::from(number.to_string())),
        ("valueOf", [Argument::Text(text)]) => parsed(text, max),
        (name, [Argument::Text(text)]) if name == parse => parsed(text, max),
        ("max", [Argument::Integer(x), Argument::Integer(y)]) => fitting(of, Some(*x.max(y))),
        ("min", [Argument::Integer(x), Argument::Integer(y)]) => fitting(of, Some(*x.min(y))),
        ("sum", [Argument::Integer(x), Argument::Integer(y)]) => fitting(of, x.checked_add(*y)),
        ("signum", [Argument::Integer(x)]) => Ok(Value::from(x.signum())),
        _ => return None,
    })
}

fn parsed(text: &str, max: i64) -> Outcome {
    match text.parse::<i64>() {
        Ok(number) if (-max - 1..=max).contains(&number) => Ok(Value::from(number)),
        _ => null("this is no integer of the type"),
    }
}

fn boxed_float(
    method: &str,
    parse: &str,
    read: fn(&str) -> Outcome<f64>,
    arguments: &[Argument<'_>],
) -> Option<Outcome> {
    Some(match (method, arguments) {
        ("valueOf", [Argument::Float(number)]) => decimal(*number),
        ("toString", [Argument::Float(number)]) => Ok(Value::from(format::double(*number))),
        ("valueOf", [Argument::Text(text)]) => parsed_float(text, read),
        (name, [Argument::Text(text)]) if name == parse => parsed_float(text, read),
        ("max", [Argument::Float(x), Argument::Float(y)]) => decimal(x.max(*y)),
        ("min", [Argument::Float(x), Argument::Float(y)]) => decimal(x.min(*y)),
        ("sum", [Argument::Float(x), Argument::Float(y)]) => decimal(x + y),
        _ => return None,
    })
}

/// A decimal text with an optional letter for its type.
fn parsed_float(text: &str, read: fn(&str) -> Outcome<f64>) -> Outcome {
    let digits = text.trim();
    let digits = digits.strip_suffix(['f', 'F', 'd', 'D']).unwrap_or(digits);
    if digits.parse::<Decimal>().is_err() {
        return null("this is no number");
    }
    decimal(read(digits)?)
}

fn boxed_boolean(method: &str, arguments: &[Argument<'_>]) -> Option<Outcome> {
    Some(Ok(match (method, arguments) {
        ("valueOf", [Argument::Boolean(flag)]) => Value::Boolean(*flag),
        ("toString", [Argument::Boolean(flag)]) => Value::from(flag.to_string()),
        ("valueOf" | "parseBoolean", [Argument::Text(text)]) => {
            Value::Boolean(text.eq_ignore_ascii_case("true"))
        }
        _ => return None,
    }))
}
