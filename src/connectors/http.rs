//! Calls over HTTP: job types `io.camunda:http-json:1` and `http`.
//!
//! Inputs of the task (Camunda's convention): `connection`, `method`, `url` (a path where a
//! connection is given), `headers`, `queryParameters`, `body`, `connectionTimeoutInSeconds`,
//! `readTimeoutInSeconds`. Headers of the task: `resultVariable`, `resultExpression`.
//! An answer is never a BPMN error: what has to be told apart, `resultExpression` puts into a
//! variable, and a gateway decides.
//!
//! Follows no redirect, uses no proxy, reads at most [`ANSWER_BYTES_MAX`] of an answer after
//! decompression and waits at most [`CALL_MAX`]. Never reaches an address of the inside but
//! through a configured connection.

mod call;
mod result;

use std::time::Duration;

use async_trait::async_trait;
use reqwest::redirect::Policy;
use reqwest::{Client, ClientBuilder};
use spartito_core::value::Variables;

use super::address::PublicResolver;
use super::{Connections, Connector, ConnectorError, Job};
use call::Call;

/// Types of jobs that are done by a call over HTTP.
pub const JOB_TYPES: [&str; 2] = ["io.camunda:http-json:1", "http"];

/// The longest answer that is read, after decompression.
pub const ANSWER_BYTES_MAX: usize = 1024 * 1024;

/// The longest time a call takes, from the first byte out to the last byte in.
pub const CALL_MAX: Duration = Duration::from_secs(30);

/// Calls under way at the same time.
const CALLS_AT_ONCE_MAX: usize = 128;
/// Open connections kept for the next call to the same host.
const CONNECTIONS_IDLE_MAX: usize = 16;
/// How long these are kept.
const CONNECTIONS_IDLE_TIMEOUT: Duration = Duration::from_secs(30);
/// Time to connect where the task says nothing; the call's own limit is in `call.rs`.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// Does calls over HTTP.
pub struct HttpConnector {
    connections: Connections,
    /// For calls anywhere: resolves to public addresses only.
    outside: Client,
    /// For calls to configured connections.
    trusted: Client,
}

impl HttpConnector {
    /// A connector that knows these connections.
    ///
    /// # Errors
    /// [`ConnectorError::GiveUp`] where no secure connections can be made on this machine.
    pub fn new(connections: Connections) -> Result<Self, ConnectorError> {
        let build = |builder: ClientBuilder| {
            builder.build().map_err(|error| {
                ConnectorError::give_up(format!("No calls can be made from here: {error}."))
            })
        };
        Ok(Self {
            connections,
            outside: build(client().dns_resolver(PublicResolver))?,
            trusted: build(client())?,
        })
    }
}

fn client() -> ClientBuilder {
    Client::builder()
        .redirect(Policy::none())
        .no_proxy()
        .gzip(true)
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(CONNECTIONS_IDLE_TIMEOUT)
        .pool_max_idle_per_host(CONNECTIONS_IDLE_MAX)
        .user_agent(concat!("spartito/", env!("CARGO_PKG_VERSION")))
}

#[async_trait]
impl Connector for HttpConnector {
    async fn run(&self, job: &Job) -> Result<Variables, ConnectorError> {
        let call = Call::of(job, &self.connections)?;
        let client = if call.is_trusted() { &self.trusted } else { &self.outside };
        let answer = call.send(client, job).await?;
        result::variables(job, &answer)
    }

    fn concurrency(&self) -> usize {
        CALLS_AT_ONCE_MAX
    }
}

#[cfg(test)]
mod tests;
