//! One call: from the inputs of a task to an answer, or to words for what happened instead.

use std::error::Error as _;
use std::time::Duration;

use reqwest::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER};
use reqwest::{Client, Method, Response, StatusCode};
use spartito_core::value::{Value, json};
use url::Url;

use super::{ANSWER_BYTES_MAX, CALL_MAX};
use crate::connectors::address::{LeadsInside, check_public_url, check_url};
use crate::connectors::{Connections, ConnectorError, Job};

/// Time to wait for an answer where the task says nothing.
const READ_TIMEOUT: Duration = Duration::from_secs(10);
/// Characters of an answer that are repeated in words for people.
const EXCERPT_CHARS_MAX: usize = 200;
/// The longest pause that an outside system can ask for.
const RETRY_AFTER_MAX: Duration = Duration::from_hours(1);

/// A call to be made.
#[derive(Debug)]
pub(super) struct Call {
    method: Method,
    url: Url,
    trusted: bool,
    headers: HeaderMap,
    body: Option<String>,
    time_limit: Duration,
}

/// An answer with a status of success.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) headers: Vec<(String, String)>,
    pub(super) body: Value,
}

impl Call {
    /// Reads the inputs of the task.
    pub(super) fn of(job: &Job, connections: &Connections) -> Result<Self, ConnectorError> {
        let body = match job.inputs.get("body") {
            None | Some(Value::Null) => None,
            // A text is sent as it is: it may be JSON already.
            Some(Value::String(text)) => Some(text.to_string()),
            Some(value) => Some(value.to_json()),
        };
        let method = match text(job, "method")? {
            Some(method) => Method::from_bytes(method.trim().to_ascii_uppercase().as_bytes())
                .map_err(|_| give_up(format!("“{method}” is no method of HTTP")))?,
            None if body.is_some() => Method::POST,
            None => Method::GET,
        };
        refuse_authentication(job)?;
        let (mut url, trusted) = address(job, connections)?;
        add_query(job, &mut url)?;
        let mut headers = headers(job)?;
        if body.is_some() && !headers.contains_key(CONTENT_TYPE) {
            headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        }
        let key = HeaderValue::from_str(&job.key.to_string()).expect("a key is ASCII");
        headers.insert(HeaderName::from_static("idempotency-key"), key);
        let connect = seconds(job, "connectionTimeoutInSeconds")?;
        let read = seconds(job, "readTimeoutInSeconds")?.unwrap_or(READ_TIMEOUT);
        let time_limit = (connect.unwrap_or_default() + read).min(CALL_MAX);
        Ok(Self { method, url, trusted, headers, body, time_limit })
    }

    /// Whether it goes to a configured connection.
    pub(super) fn is_trusted(&self) -> bool {
        self.trusted
    }

    /// Makes the call.
    pub(super) async fn send(self, client: &Client, job: &Job) -> Result<Answer, ConnectorError> {
        let limit = self.time_limit;
        let host = self.url.host_str().unwrap_or_default().to_owned();
        let mut request = client.request(self.method, self.url).headers(self.headers);
        if let Some(body) = self.body {
            request = request.body(body);
        }
        let exchange = async {
            let response = request.send().await.map_err(|error| failure(&host, &error))?;
            read(&host, response).await
        };
        tracing::debug!(job = %job.key, attempt = job.attempt, host, "calling");
        match tokio::time::timeout(limit, exchange).await {
            Ok(answer) => answer,
            Err(_) => Err(ConnectorError::retry(format!(
                "“{host}” gave no answer within {} s.",
                limit.as_secs()
            ))),
        }
    }
}

fn give_up(reason: impl std::fmt::Display) -> ConnectorError {
    ConnectorError::give_up(format!("The call cannot be made: {reason}."))
}

/// An input that is a text; `None` where it is absent or empty.
fn text<'j>(job: &'j Job, name: &str) -> Result<Option<&'j str>, ConnectorError> {
    match job.inputs.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) if text.trim().is_empty() => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => Err(give_up(format!("“{name}” is a {}, not a text", other.type_name()))),
    }
}

/// An input that is a number of seconds.
fn seconds(job: &Job, name: &str) -> Result<Option<Duration>, ConnectorError> {
    let written = match job.inputs.get(name) {
        None | Some(Value::Null) => return Ok(None),
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(value) => value.to_json(),
    };
    let seconds: Option<f64> = written.parse().ok().filter(|s: &f64| *s > 0.0 && *s <= 86_400.0);
    match seconds {
        Some(seconds) => Ok(Some(Duration::from_secs_f64(seconds))),
        None => Err(give_up(format!("“{name}” is “{written}”, not a number of seconds"))),
    }
}

/// Credentials belong into a connection, which this version cannot hold: never send without them
/// what the model wants to send with them.
fn refuse_authentication(job: &Job) -> Result<(), ConnectorError> {
    let kind = match job.inputs.get("authentication") {
        None | Some(Value::Null) => return Ok(()),
        Some(value) => value.get("type").and_then(Value::as_str).unwrap_or("unknown").to_owned(),
    };
    if kind == "noAuth" {
        return Ok(());
    }
    Err(give_up(format!("authentication of type “{kind}” is not supported")))
}

/// Where the call goes, and whether a connection leads there.
fn address(job: &Job, connections: &Connections) -> Result<(Url, bool), ConnectorError> {
    let url = text(job, "url")?;
    if let Some(name) = text(job, "connection")? {
        let Some(connection) = connections.get(name) else {
            return Err(give_up(format!("there is no connection “{name}” on this server")));
        };
        let path = url.unwrap_or_default();
        let url = match Url::parse(path) {
            Ok(absolute) => connection.covers(&absolute).then_some(absolute),
            Err(_) => connection.resolve(path),
        };
        let url = url.ok_or_else(|| {
            give_up(format!("“{path}” does not lead to the host of the connection “{name}”"))
        })?;
        check_url(&url)?;
        return Ok((url, true));
    }
    let Some(written) = url else { return Err(give_up("no “url” is given")) };
    let url = Url::parse(written.trim())
        .map_err(|error| give_up(format!("“{written}” is no web address: {error}")))?;
    check_public_url(&url)?;
    Ok((url, false))
}

fn add_query(job: &Job, url: &mut Url) -> Result<(), ConnectorError> {
    for (name, value) in entries(job, "queryParameters")? {
        url.query_pairs_mut().append_pair(&name, &value);
    }
    Ok(())
}

fn headers(job: &Job) -> Result<HeaderMap, ConnectorError> {
    let mut headers = HeaderMap::new();
    for (name, value) in entries(job, "headers")? {
        let wrong = || give_up(format!("the header “{}” cannot be sent", name.escape_debug()));
        let value = HeaderValue::from_str(&value).map_err(|_| wrong())?;
        headers.insert(HeaderName::from_bytes(name.as_bytes()).map_err(|_| wrong())?, value);
    }
    Ok(headers)
}

/// Names and values of an input that is a context; what is null is left out.
fn entries(job: &Job, name: &str) -> Result<Vec<(String, String)>, ConnectorError> {
    let context = match job.inputs.get(name) {
        None | Some(Value::Null) => return Ok(Vec::new()),
        Some(Value::Context(context)) => context,
        Some(other) => {
            return Err(give_up(format!("“{name}” is a {}, not a context", other.type_name())));
        }
    };
    let given = context.iter().filter(|(_, value)| !matches!(value, Value::Null));
    let written = given.map(|(key, value)| {
        let text = value.as_str().map_or_else(|| value.to_json(), str::to_owned);
        (key.to_string(), text)
    });
    Ok(written.collect())
}

/// What kept a call from being answered.
fn failure(host: &str, error: &reqwest::Error) -> ConnectorError {
    let mut causes = vec![];
    let mut cause = error.source();
    while let Some(inner) = cause {
        if let Some(inside) = inner.downcast_ref::<LeadsInside>() {
            return inside.clone().into();
        }
        if let Some(io) = inner.downcast_ref::<std::io::Error>()
            && io.kind() == std::io::ErrorKind::ConnectionRefused
        {
            return ConnectorError::retry(format!("“{host}” does not answer: connection refused."));
        }
        causes.push(inner.to_string());
        cause = inner.source();
    }
    let deepest = causes.pop().unwrap_or_else(|| error.to_string());
    if error.is_timeout() {
        return ConnectorError::retry(format!("“{host}” gave no answer in time."));
    }
    if error.is_connect() {
        return ConnectorError::retry(format!("“{host}” cannot be reached: {deepest}."));
    }
    ConnectorError::retry(format!("The call to “{host}” broke off: {deepest}."))
}

async fn read(host: &str, mut response: Response) -> Result<Answer, ConnectorError> {
    let status = response.status();
    let headers = response.headers().clone();
    let mut bytes: Vec<u8> = Vec::new();
    let mut cut = false;
    while let Some(chunk) = response.chunk().await.map_err(|error| failure(host, &error))? {
        let room = ANSWER_BYTES_MAX - bytes.len();
        bytes.extend_from_slice(&chunk[..chunk.len().min(room)]);
        if chunk.len() > room {
            cut = true;
            break;
        }
    }
    if !status.is_success() {
        return Err(refused(host, status, &headers, &bytes));
    }
    if cut {
        return Err(ConnectorError::retry(format!(
            "“{host}” answered {} with more than 1 MB; the answer was cut off: {}",
            status.as_u16(),
            excerpt(&bytes)
        )));
    }
    let body = body(&headers, &bytes).map_err(|reason| {
        ConnectorError::retry(format!(
            "“{host}” answered {} with what it calls JSON and is not ({reason}): {}",
            status.as_u16(),
            excerpt(&bytes)
        ))
    })?;
    let headers = headers
        .iter()
        .filter_map(|(name, value)| Some((name.to_string(), value.to_str().ok()?.to_owned())))
        .collect();
    Ok(Answer { status: status.as_u16(), headers, body })
}

/// JSON where the answer says so, else the text; null where there is nothing.
fn body(headers: &HeaderMap, bytes: &[u8]) -> Result<Value, String> {
    let kind = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let kind = kind.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
    let is_json = kind == "application/json" || kind.ends_with("+json");
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    if !is_json {
        return Ok(Value::string(String::from_utf8_lossy(bytes).into_owned()));
    }
    let text = std::str::from_utf8(bytes).map_err(|error| error.to_string())?;
    json::parse(text, json::Limits::default()).map_err(|error| error.to_string())
}

/// A status that is no success. What the caller did wrong will be wrong again; the rest may pass.
fn refused(host: &str, status: StatusCode, headers: &HeaderMap, bytes: &[u8]) -> ConnectorError {
    let reason = status.canonical_reason().map(|words| format!(" {words}")).unwrap_or_default();
    let message = format!("“{host}” answered {}{reason}: {}", status.as_u16(), excerpt(bytes));
    if status.is_redirection() {
        return ConnectorError::give_up(format!("{message} (redirects are not followed)"));
    }
    let passing = status.is_server_error()
        || matches!(
            status,
            StatusCode::REQUEST_TIMEOUT | StatusCode::TOO_MANY_REQUESTS | StatusCode::TOO_EARLY
        );
    if !passing {
        return ConnectorError::give_up(message);
    }
    let after = headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let after = after.map(|seconds| Duration::from_secs(seconds).min(RETRY_AFTER_MAX));
    ConnectorError::Retry { after, message }
}

/// The beginning of an answer, on one line.
fn excerpt(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(EXCERPT_CHARS_MAX * 4)]);
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let clean = line.chars().filter(|c| !c.is_control());
    let mut short: String = clean.clone().take(EXCERPT_CHARS_MAX).collect();
    if clean.count() > EXCERPT_CHARS_MAX {
        short.push('…');
    }
    if short.is_empty() { "(nothing)".to_owned() } else { short }
}
