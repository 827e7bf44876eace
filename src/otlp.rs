//! Sends spans to a collector by the OpenTelemetry protocol (protobuf over HTTP), in builds with the
//! feature `otlp` and where the environment names a collector.
//!
//! Never sends what other crates say, which would be said again by the sending itself; never holds
//! up the work: spans that cannot be sent in time are dropped.

use opentelemetry::trace::TracerProvider;
use opentelemetry_otlp::{Protocol, SpanExporter, WithExportConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::SdkTracerProvider;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::{Layer, Registry};

/// The standard variables that name a collector; without one of them nothing is sent.
const ENDPOINTS: [&str; 2] = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];
/// The standard variable with the name under which the collector shows this server.
const SERVICE_NAME: &str = "OTEL_SERVICE_NAME";
/// The name where it is not set.
const NAME: &str = "spartito";

/// What sends spans, in a thread of its own.
#[derive(Debug)]
pub struct Export(SdkTracerProvider);

impl Export {
    /// Begins to send to the collector that the environment names; `None` where it names none. All
    /// else is set by the standard variables too (headers, timeout, sampling, size of batches).
    ///
    /// # Errors
    /// A variable that cannot be used; the message says why.
    pub fn from_environment() -> Result<Option<Self>, String> {
        let is_set = |name: &&str| std::env::var(name).is_ok_and(|value| !value.trim().is_empty());
        if !ENDPOINTS.iter().any(is_set) {
            return Ok(None);
        }
        let exporter = SpanExporter::builder()
            .with_http()
            .with_protocol(Protocol::HttpBinary)
            .build()
            .map_err(|error| format!("spans cannot be sent ({}): {error}", ENDPOINTS[0]))?;
        let mut resource = Resource::builder();
        if std::env::var_os(SERVICE_NAME).is_none() {
            resource = resource.with_service_name(NAME);
        }
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource.build())
            .build();
        Ok(Some(Self(provider)))
    }

    /// What gathers the spans: requests, turns and attempts at jobs.
    pub fn layer(&self) -> Box<dyn Layer<Registry> + Send + Sync> {
        let ours = Targets::new().with_target("spartito", LevelFilter::DEBUG);
        tracing_opentelemetry::layer().with_tracer(self.0.tracer(NAME)).with_filter(ours).boxed()
    }

    /// Sends what is left. To be called outside of all tasks: it waits.
    pub fn end(self) {
        if let Err(error) = self.0.shutdown() {
            tracing::warn!(%error, "the last spans were not sent");
        }
    }
}
