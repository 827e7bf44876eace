//! Values as stored data (`serde`): self-describing, compact, readable for ever.
//!
//! Null, booleans, texts and lists are plain; integers that fit 64 bits are plain numbers; a
//! context is a map whose names keep their order, with a `$` put before names that begin with
//! `$`. What has no plain form is a map of one entry, named by its type:
//!
//! | Entry | Holds |
//! |---|---|
//! | `$n` | a number, as text with all its digits |
//! | `$d`, `$t`, `$dt` | a date, a time, a date and time, as ISO 8601 |
//! | `$dd`, `$ym` | a duration of days and time, of years and months |
//! | `$r` | a range: start, whether it is included, end, whether it is included |
//!
//! A function is stored as null. None of these forms may change: old journals are read by them.

use std::fmt;
use std::sync::Arc;

use serde::de::{Error as _, MapAccess, SeqAccess, Visitor};
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::{Context, Date, DateTime, DaysTimeDuration, List, Range, Time, Value};
use super::{Decimal, YearsMonthsDuration};

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null | Self::Function(_) => serializer.serialize_unit(),
            Self::Boolean(flag) => serializer.serialize_bool(*flag),
            Self::Number(number) => match plain_integer(*number) {
                Some(integer) => serializer.serialize_i64(integer),
                None => tagged(serializer, "$n", &number.to_string()),
            },
            Self::String(text) => serializer.serialize_str(text),
            Self::List(list) => {
                let mut seq = serializer.serialize_seq(Some(list.len()))?;
                for item in list.iter() {
                    seq.serialize_element(item)?;
                }
                seq.end()
            }
            Self::Context(context) => context.serialize(serializer),
            Self::Date(date) => tagged(serializer, "$d", &date.to_string()),
            Self::Time(time) => tagged(serializer, "$t", &time.to_string()),
            Self::DateTime(date_time) => tagged(serializer, "$dt", &date_time.to_string()),
            Self::DaysTimeDuration(it) => tagged(serializer, "$dd", &it.to_string()),
            Self::YearsMonthsDuration(it) => tagged(serializer, "$ym", &it.to_string()),
            Self::Range(range) => tagged(
                serializer,
                "$r",
                &(&range.start, range.start_included, &range.end, range.end_included),
            ),
        }
    }
}

/// The integer that stands for the number without loss: 5, but not 5.0.
fn plain_integer(number: Decimal) -> Option<i64> {
    let integer = number.to_i64()?;
    (Decimal::from(integer).to_string() == number.to_string()).then_some(integer)
}

fn tagged<S: Serializer>(
    serializer: S,
    tag: &'static str,
    content: &impl Serialize,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(1))?;
    map.serialize_entry(tag, content)?;
    map.end()
}

impl Serialize for Context {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.len()))?;
        for (name, value) in self.iter() {
            if name.starts_with('$') {
                map.serialize_entry(&format!("${name}"), value)?;
            } else {
                map.serialize_entry(&**name, value)?;
            }
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

impl<'de> Deserialize<'de> for Context {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let value = deserializer.deserialize_map(ValueVisitor)?;
        if let Value::Context(context) = value {
            return Ok(Arc::unwrap_or_clone(context));
        }
        Err(D::Error::custom(format!("a {} is no context", value.type_name())))
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a value of process data")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Value, E> {
        Ok(Value::Boolean(flag))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::from(number))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(Decimal::from(number)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::from(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Value, A::Error> {
        let mut list = List::default();
        while let Some(item) = seq.next_element()? {
            list.push(item);
        }
        Ok(Value::from(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut context = Context::new();
        while let Some(key) = map.next_key::<String>()? {
            let name = match key.strip_prefix('$') {
                None => key.as_str(),
                Some(escaped) if escaped.starts_with('$') => escaped,
                Some(tag) if context.is_empty() => {
                    let value = read_tagged(tag, &mut map)?;
                    return match map.next_key::<String>()? {
                        None => Ok(value),
                        Some(_) => Err(A::Error::custom("a tagged value has one entry")),
                    };
                }
                Some(_) => return Err(A::Error::custom(format!("misplaced tag \"{key}\""))),
            };
            context.insert(name, map.next_value()?);
        }
        Ok(Value::from(context))
    }
}

fn read_tagged<'de, A: MapAccess<'de>>(tag: &str, map: &mut A) -> Result<Value, A::Error> {
    if tag == "r" {
        let (start, start_included, end, end_included) = map.next_value()?;
        let range = Range { start, start_included, end, end_included };
        return Ok(Value::Range(Arc::new(range)));
    }
    let text: String = map.next_value()?;
    let value = match tag {
        "n" => text.parse().ok().map(Value::Number),
        "d" => Date::parse(&text).map(Value::Date),
        "t" => Time::parse(&text).map(|time| Value::Time(Arc::new(time))),
        "dt" => DateTime::parse(&text).map(|it| Value::DateTime(Arc::new(it))),
        "dd" => DaysTimeDuration::parse(&text).map(Value::DaysTimeDuration),
        "ym" => YearsMonthsDuration::parse(&text).map(Value::YearsMonthsDuration),
        _ => return Err(A::Error::custom(format!("unknown tag \"${tag}\""))),
    };
    value.ok_or_else(|| A::Error::custom(format!("\"{text}\" is not what \"${tag}\" holds")))
}

#[cfg(test)]
mod tests {
    use super::super::{Range, Value, json, parse_temporal};

    fn samples() -> Value {
        let json = r#"{"n":[0,-5,12.50,5.0,1E+100,9223372036854775808],"$n":"x","$$":{"$r":1},
            "t":[null,true,"$n",{}],"deep":{"a":{"b":[[1]]}}}"#;
        let parsed = json::parse(json, json::Limits::default()).unwrap();
        let mut context = parsed.as_context().unwrap().clone();
        for text in ["2026-01-31", "12:00:00Z", "2026-01-31T12:00:00", "P1DT2H", "P1Y2M"] {
            context.insert(text, parse_temporal(text).unwrap());
        }
        let range = Range {
            start: Some(Value::from(1)),
            start_included: true,
            end: None,
            end_included: false,
        };
        context.insert("range", Value::Range(range.into()));
        Value::from(context)
    }

    #[test]
    fn survives_json_and_message_pack() {
        let value = samples();
        let json = serde_json::to_string(&value).unwrap();
        let back: Value = serde_json::from_str(&json).unwrap();
        assert_eq!(back, value);
        assert_eq!(back.to_json(), value.to_json(), "digits and order are kept");
        let bytes = rmp_serde::to_vec_named(&value).unwrap();
        let back: Value = rmp_serde::from_slice(&bytes).unwrap();
        assert_eq!(back.to_json(), value.to_json());
    }

    #[test]
    fn reads_the_stored_form_of_the_first_version() {
        let stored = r#"{"a":5,"b":{"$n":"12.50"},"c":{"$d":"2026-01-31"},"$$d":{"$dd":"PT1H"}}"#;
        let value: Value = serde_json::from_str(stored).unwrap();
        assert_eq!(serde_json::to_string(&value).unwrap(), stored);
        assert_eq!(value.to_json(), r#"{"a":5,"b":12.50,"c":"2026-01-31","$d":"PT1H"}"#);
        for bad in [r#"{"$x":"1"}"#, r#"{"$n":"x"}"#, r#"{"$n":"1","a":1}"#, "1.5"] {
            assert!(serde_json::from_str::<Value>(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn the_deepest_value_is_stored_and_read() {
        let mut value = Value::from(1);
        for _ in 0..super::super::VALUE_DEPTH_MAX {
            value = Value::context([("$deep", value)]);
        }
        let json = serde_json::to_string(&value).unwrap();
        assert_eq!(serde_json::from_str::<Value>(&json).unwrap(), value);
    }
}
