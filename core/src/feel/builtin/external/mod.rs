//! External functions: a closed table of well-known Java methods, carried out here.
//!
//! DMN 1.5, clause "External functions". Nothing is ever looked up by name in a host: a class or
//! method that is not in the table is null with a reason, and so is every other kind of external
//! function. The methods count in binary floating point, as their signatures say; results of
//! series are cut to 15 digits, so that they are the same on every machine.

mod format;
mod methods;

use super::{context, text};
use crate::feel::eval::{Machine, Outcome, null};
use crate::value::{Decimal, Value};

/// The longest signature that is read.
const SIGNATURE_BYTES_MAX: usize = 256;

/// An argument as its Java type.
enum Argument<'v> {
    /// `byte`, `short`, `int` or `long`, in its range.
    Integer(i64),
    /// `float` or `double`.
    Float(f64),
    Boolean(bool),
    Character(char),
    Text(&'v str),
    /// Any object, or the values of an array of objects.
    Objects(&'v [Value]),
}

/// Calls the method that the mapping (the first value) names with the other values.
pub(super) fn external(machine: &mut Machine<'_>, values: &[Value]) -> Outcome {
    let Some((mapping, given)) = values.split_first() else {
        return null("an external function needs a mapping");
    };
    let mapping = context(mapping)?;
    let Some(java) = mapping.get("java") else {
        return null("external functions are not called, but for well-known Java methods");
    };
    let part = |name: &str| match context(java)?.get(name) {
        Some(value) => text(value),
        None => null(format!("the external function has no \"{name}\"")),
    };
    let (class, signature) = (part("class")?, part("method signature")?);
    let Some((method, types)) = split(signature) else {
        return null("the signature of the external function is not understood");
    };
    let unknown = || null(format!("the external function {class}.{signature} is not known"));
    let Some(types) = types.iter().map(|name| known_type(name)).collect::<Option<Vec<_>>>() else {
        return unknown();
    };
    machine.work(50)?;
    let arguments = arguments(given, &types)?;
    match methods::call(machine, class, method, &types, &arguments)? {
        Some(value) => Ok(value),
        None => unknown(),
    }
}

/// `max(int, int)` as the name and the types.
fn split(signature: &str) -> Option<(&str, Vec<&str>)> {
    if signature.len() > SIGNATURE_BYTES_MAX {
        return None;
    }
    let (name, types) = signature.trim().strip_suffix(')')?.split_once('(')?;
    let types = match types.trim() {
        "" => Vec::new(),
        types => types.split(',').map(str::trim).collect(),
    };
    Some((name.trim(), types))
}

/// The short name of a type that arguments can have.
fn known_type(name: &str) -> Option<&'static str> {
    Some(match name {
        "byte" | "java.lang.Byte" => "byte",
        "short" | "java.lang.Short" => "short",
        "int" | "java.lang.Integer" => "int",
        "long" | "java.lang.Long" => "long",
        "float" | "java.lang.Float" => "float",
        "double" | "java.lang.Double" => "double",
        "boolean" | "java.lang.Boolean" => "boolean",
        "char" | "java.lang.Character" => "char",
        "java.lang.String" | "String" => "String",
        "java.lang.Object" | "Object" => "Object",
        "[Ljava.lang.Object;" | "java.lang.Object[]" | "java.lang.Object..." => "Object[]",
        _ => return None,
    })
}

fn arguments<'v>(given: &'v [Value], types: &[&str]) -> Outcome<Vec<Argument<'v>>> {
    let is_array = types.last() == Some(&"Object[]");
    let fits = if is_array { given.len() + 1 >= types.len() } else { given.len() == types.len() };
    if !fits {
        return null("the external function takes another count of arguments");
    }
    let mut found = Vec::with_capacity(types.len());
    for (at, of) in types.iter().enumerate() {
        found.push(match *of {
            "Object[]" => match &given[at..] {
                [Value::List(items)] => Argument::Objects(items),
                rest => Argument::Objects(rest),
            },
            of => argument(&given[at], of)?,
        });
    }
    Ok(found)
}

fn argument<'v>(value: &'v Value, of: &str) -> Outcome<Argument<'v>> {
    let found = match (of, value) {
        ("byte", Value::Number(it)) => integer(*it, i8::MIN.into(), i8::MAX.into()),
        ("short", Value::Number(it)) => integer(*it, i16::MIN.into(), i16::MAX.into()),
        ("int", Value::Number(it)) => integer(*it, i32::MIN.into(), i32::MAX.into()),
        ("long", Value::Number(it)) => integer(*it, i64::MIN, i64::MAX),
        ("float", Value::Number(it)) => Some(Argument::Float(single(&it.to_string())?)),
        ("double", Value::Number(it)) => Some(Argument::Float(double(&it.to_string())?)),
        ("boolean", Value::Boolean(flag)) => Some(Argument::Boolean(*flag)),
        ("char", Value::String(text)) => {
            let mut letters = text.chars();
            letters.next().filter(|_| letters.next().is_none()).map(Argument::Character)
        }
        ("String", Value::String(text)) => Some(Argument::Text(text)),
        ("Object", any) => Some(Argument::Objects(std::slice::from_ref(any))),
        _ => None,
    };
    match found {
        Some(argument) => Ok(argument),
        None => null(format!("a {} does not fit the parameter of type {of}", value.type_name())),
    }
}

fn integer(number: Decimal, min: i64, max: i64) -> Option<Argument<'static>> {
    number.to_i64().filter(|it| (min..=max).contains(it)).map(Argument::Integer)
}

/// A text as a binary number of double precision; endless ones are refused.
fn double(text: &str) -> Outcome<f64> {
    match text.parse::<f64>() {
        Ok(number) if number.is_finite() => Ok(number),
        _ => null("this is no number of double precision"),
    }
}

/// The number of single precision, by its shortest digits.
fn single(text: &str) -> Outcome<f64> {
    match text.parse::<f32>() {
        Ok(number) if number.is_finite() => double(&number.to_string()),
        _ => null("this is no number of single precision"),
    }
}

/// A binary number by its shortest digits; endless ones and those that are none have no decimal.
fn decimal(number: f64) -> Outcome {
    if !number.is_finite() {
        return null("the external function gives no finite number");
    }
    match format!("{number:e}").parse() {
        Ok(number) => Ok(Value::Number(number)),
        Err(_) => null("the external function gives no finite number"),
    }
}

/// The same, cut to the digits on which machines agree.
fn rounded(number: f64) -> Outcome {
    if !number.is_finite() {
        return decimal(number);
    }
    decimal(double(&format!("{number:.14e}"))?)
}

#[cfg(test)]
mod tests;
