//! JSON bodies, read strictly: the content type must say JSON, a field must be known, and no key
//! may stand twice in one object, at any depth.
//!
//! Never guesses: two readers that understand one text differently are how checks are bypassed.
//! Never takes process data through a binary number.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;
use axum::http::header::{CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Response};
use serde::Serialize;
use serde::de::DeserializeOwned;
use spartito_core::value::{Value, Variables, json};

use super::problem::Problem;
use crate::wire::Fact;

/// A JSON body of the type `T`, which must deny unknown fields, and the same with exact numbers.
#[derive(Debug)]
pub struct Strict<T>(pub T, pub Value);

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for Strict<T> {
    type Rejection = Problem;

    async fn from_request(request: Request, state: &S) -> Result<Self, Problem> {
        let json = request
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|value| value.to_str().ok())
            .and_then(|value| value.split(';').next())
            .is_some_and(|kind| kind.trim().eq_ignore_ascii_case("application/json"));
        if !json {
            return Err(Problem::unsupported("Send Content-Type: application/json."));
        }
        let body = Bytes::from_request(request, state)
            .await
            .map_err(|_| Problem::bad_request("The request's body could not be read."))?;
        read(&body)
    }
}

/// Reads `body` as one JSON document.
///
/// # Errors
/// 400 with the place: not JSON, nested too deeply, a key twice, an unknown or missing field, a
/// value of another type.
fn read<T: DeserializeOwned>(body: &[u8]) -> Result<Strict<T>, Problem> {
    let refuse = |words: String| Problem::bad_request(format!("The JSON is not right: {words}."));
    let exact =
        json::parse(body, json::Limits::default()).map_err(|error| refuse(error.to_string()))?;
    let typed = serde_json::from_slice(body).map_err(|error| refuse(error.to_string()))?;
    Ok(Strict(typed, exact))
}

/// The object under `variables` in a body; no variables where it is absent.
///
/// # Errors
/// 400 where it is something else.
pub fn variables(body: &Value) -> Result<Variables, Problem> {
    match body.get("variables") {
        None => Ok(Variables::default()),
        Some(Value::Context(variables)) => Ok((**variables).clone()),
        Some(_) => Err(Problem::bad_request("`variables` must be an object.")),
    }
}

/// Answers with `view` and, under `variables`, the facts with all digits of their numbers.
pub fn with_variables(view: &impl Serialize, facts: &[Fact]) -> Response {
    let mut text = serde_json::to_string(view).expect("a view can be written as JSON");
    let end = text.pop();
    debug_assert_eq!(end, Some('}'), "a view is an object");
    text.push_str(",\"variables\":{");
    for (index, fact) in facts.iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        let quoted = |words: &str| Value::from(words).to_json();
        text.push_str(&quoted(&fact.name));
        text.push(':');
        // What was cut for being long is no longer JSON, and is given as text.
        match json::parse(&fact.json, json::Limits::default()) {
            Ok(_) => text.push_str(&fact.json),
            Err(_) => text.push_str(&quoted(&fact.json)),
        }
    }
    text.push_str("}}");
    let kind = (CONTENT_TYPE, HeaderValue::from_static("application/json"));
    (StatusCode::OK, [kind], text).into_response()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    #[derive(Debug, serde::Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Body {
        #[expect(dead_code, reason = "only its presence matters here")]
        answers: BTreeMap<String, String>,
    }

    #[test]
    fn case_32_a_key_that_stands_twice_is_refused_at_any_depth() {
        assert!(read::<Body>(br#"{"answers":{"amount":"1"}}"#).is_ok());
        assert!(read::<Body>(br#"{"answers":{"amount":"1","amount":"2"}}"#).is_err());
        assert!(read::<Body>(br#"{"answers":{},"answers":{}}"#).is_err());
        assert!(read::<Body>(br#"{"answers":{"a\u006dount":"1","amount":"2"}}"#).is_err());
    }

    #[test]
    fn case_30_and_34_unknown_fields_and_deep_nesting_are_refused() {
        assert!(read::<Body>(br#"{"answers":{},"role":"administrator"}"#).is_err());
        let deep = format!("{{\"answers\":{}{}}}", "[".repeat(200), "]".repeat(200));
        assert!(read::<Body>(deep.as_bytes()).is_err());
    }

    #[test]
    fn case_33_an_integer_beyond_64_bits_is_exact_as_a_variable() {
        let body = br#"{"variables":{"n":18446744073709551617}}"#;
        let Ok(Strict(_, exact)) = read::<serde::de::IgnoredAny>(body) else { panic!("refused") };
        let variables = variables(&exact).expect("an object");
        let n = variables.get("n").expect("there").to_json();
        assert_eq!(n, "18446744073709551617");
    }
}
