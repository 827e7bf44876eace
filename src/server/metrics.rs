//! `/metrics` on an address of its own: figures for Prometheus and what reads its format.
//!
//! Never on the address for people, because nobody signs in for it. Never costs more where more is
//! stored: what the database is asked for comes from counters and the ends of indexes.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use axum::Router;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::http::header::{ACCEPT, CONTENT_TYPE, HeaderValue};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use prometheus_client::collector::Collector;
use prometheus_client::encoding::{
    DescriptorEncoder, EncodeGaugeValue, MetricEncoder, NoLabelSet, prometheus_text, text,
};
use prometheus_client::metrics::MetricType;
use prometheus_client::registry::{Registry, Unit};
use spartito_core::time::Timestamp;
use tokio::sync::Mutex;

use super::requests::Requests;
use super::state::AppState;
use crate::operations::Desk;
use crate::runtime::{Histogram, Measures, REQUESTS_WAITING_MAX, TurnOutcome, WorkerFigures};
use crate::store::{Figures, JobFigures};

/// Time in which the database must have given its figures; else those of the server come alone.
const DATABASE_TIME_MAX: Duration = Duration::from_secs(5);

static IN_SECONDS: Unit = Unit::Seconds;
static IN_BYTES: Unit = Unit::Bytes;
const SECONDS: Option<&Unit> = Some(&IN_SECONDS);
const BYTES: Option<&Unit> = Some(&IN_BYTES);

const OPENMETRICS: HeaderValue =
    HeaderValue::from_static("application/openmetrics-text; version=1.0.0; charset=utf-8");
const PROMETHEUS: HeaderValue =
    HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");

/// Where the figures come from. Cheap to clone.
#[derive(Clone)]
pub struct Metrics {
    desk: Arc<Desk>,
    requests: Arc<Requests>,
    started_at: Timestamp,
    /// Held while the database is asked, so that it is asked by one at a time.
    turn: Arc<Mutex<()>>,
}

impl Metrics {
    /// Those of the server with this state, which starts now.
    pub fn new(state: &AppState) -> Self {
        Self {
            desk: Arc::clone(&state.desk),
            requests: Arc::clone(&state.requests),
            started_at: state.desk.now(),
            turn: Arc::default(),
        }
    }

    async fn look(&self) -> Seen {
        let runtime = &self.desk.runtime;
        let turn = self.turn.lock().await;
        let asked = Instant::now();
        let figures = runtime.store.figures(self.desk.now());
        let figures = match tokio::time::timeout(DATABASE_TIME_MAX, figures).await {
            Ok(Ok(figures)) => Some(figures),
            Ok(Err(error)) => {
                tracing::warn!(%error, "the figures of the database cannot be read now");
                None
            }
            Err(_) => {
                tracing::warn!("the database gives no figures in time");
                None
            }
        };
        let database_time = asked.elapsed();
        drop(turn);
        Seen {
            requests: Arc::clone(&self.requests),
            measures: Arc::clone(&runtime.measures),
            waiting: runtime.orchestrator.waiting(),
            listeners: runtime.live.listeners(),
            workers: runtime.workers.figures(),
            holds_lease: runtime.store.holds_lease(),
            started_at: self.started_at,
            figures,
            database_time,
        }
    }
}

/// The routes of the address for figures.
pub fn router(metrics: Metrics) -> Router {
    Router::new().route("/metrics", get(show)).with_state(metrics)
}

async fn show(State(metrics): State<Metrics>, headers: HeaderMap) -> Response {
    let wants_openmetrics = headers
        .get(ACCEPT)
        .and_then(|kinds| kinds.to_str().ok())
        .is_some_and(|kinds| kinds.contains("application/openmetrics-text"));
    let mut registry = Registry::default();
    registry.register_collector(Box::new(metrics.look().await));
    let mut body = String::new();
    let (written, kind) = if wants_openmetrics {
        (text::encode(&mut body, &registry), OPENMETRICS)
    } else {
        (prometheus_text::encode(&mut body, &registry), PROMETHEUS)
    };
    written.expect("writing to a string");
    ([(CONTENT_TYPE, kind)], body).into_response()
}

/// All that is shown, as it was at one moment.
#[derive(Debug)]
struct Seen {
    requests: Arc<Requests>,
    measures: Arc<Measures>,
    /// Requests that wait: of people, then of machines.
    waiting: [usize; 2],
    listeners: usize,
    workers: WorkerFigures,
    holds_lease: bool,
    started_at: Timestamp,
    /// `None` where the database did not answer.
    figures: Option<Figures>,
    database_time: Duration,
}

impl Collector for Seen {
    fn encode(&self, encoder: DescriptorEncoder<'_>) -> fmt::Result {
        let mut page = Page(encoder);
        self.requests(&mut page)?;
        self.turns(&mut page)?;
        workers(&self.workers, &mut page)?;
        self.database(&mut page)?;
        if let Some(figures) = &self.figures {
            stored(figures, &mut page)?;
            jobs(&figures.jobs, &mut page)?;
        }
        self.process(&mut page)
    }
}

impl Seen {
    fn requests(&self, page: &mut Page<'_>) -> fmt::Result {
        let name = "spartito_http_requests";
        let help = "Requests answered, by door, route and class of status";
        let mut answered = page.family((name, None), help, MetricType::Counter)?;
        for route in self.requests.routes() {
            for (class, count) in route.by_class() {
                let labels = [
                    ("door", route.door.word()),
                    ("method", route.method),
                    ("route", &*route.template),
                    ("class", class),
                ];
                answered
                    .encode_family(&labels)?
                    .encode_counter::<NoLabelSet, _, f64>(&count, None)?;
            }
        }
        let name = ("spartito_http_request_duration", SECONDS);
        let help = "Time until the answer to a request began";
        let mut times = page.family(name, help, MetricType::Histogram)?;
        for route in self.requests.routes() {
            let labels = [
                ("door", route.door.word()),
                ("method", route.method),
                ("route", &*route.template),
            ];
            histogram(&mut times.encode_family(&labels)?, &route.time)?;
        }
        let help = "Browsers and programs that follow the live stream";
        page.gauge("spartito_live_clients", help, count(self.listeners))
    }

    fn turns(&self, page: &mut Page<'_>) -> fmt::Result {
        let help = "Requests to instances, by what came of them";
        let mut turns = page.family(("spartito_turns", None), help, MetricType::Counter)?;
        for (outcome, count) in self.measures.turns() {
            let labels = [("outcome", TurnOutcome::word(outcome))];
            turns.encode_family(&labels)?.encode_counter::<NoLabelSet, _, f64>(&count, None)?;
        }
        let name = ("spartito_batch_requests", None);
        let help = "Requests that were committed together";
        let mut sizes = page.family(name, help, MetricType::Histogram)?;
        histogram(&mut sizes, &self.measures.batch_requests)?;
        let name = ("spartito_commit_duration", SECONDS);
        let help = "Time in which a batch was written and committed";
        let mut times = page.family(name, help, MetricType::Histogram)?;
        histogram(&mut times, &self.measures.commit)?;
        let help = "Batches that were not committed, or of which that had to be looked up";
        let name = ("spartito_commits_failed", None);
        let mut failed = page.family(name, help, MetricType::Counter)?;
        let count_failed = self.measures.commits_failed.value();
        failed.encode_counter::<NoLabelSet, _, f64>(&count_failed, None)?;
        let name = ("spartito_queue_requests", None);
        let help = "Requests that wait to be carried out";
        let mut lanes = page.family(name, help, MetricType::Gauge)?;
        for (lane, waiting) in ["people", "machines"].into_iter().zip(self.waiting) {
            lanes.encode_family(&[("lane", lane)])?.encode_gauge(&count(waiting))?;
        }
        let name = ("spartito_queue_limit_requests", None);
        let help = "Requests that may wait in each lane; further ones are refused";
        page.family(name, help, MetricType::Gauge)?.encode_gauge(&count(REQUESTS_WAITING_MAX))
    }

    fn database(&self, page: &mut Page<'_>) -> fmt::Result {
        let help = "1 where the database has given its figures, else 0";
        page.gauge("spartito_database_up", help, u64::from(self.figures.is_some()))?;
        let name = ("spartito_database_figures_duration", SECONDS);
        let help = "Time in which the database gave the figures of this answer";
        let mut time = page.family(name, help, MetricType::Gauge)?;
        time.encode_gauge(&self.database_time.as_secs_f64())?;
        let help = "1 where nobody can have taken over the work of this server, else 0";
        page.gauge("spartito_lease_held", help, u64::from(self.holds_lease))
    }

    fn process(&self, page: &mut Page<'_>) -> fmt::Result {
        let help = "The version that runs";
        let mut build = page.family(("spartito_build", None), help, MetricType::Info)?;
        build.encode_info(&[("version", env!("CARGO_PKG_VERSION"))])?;
        let name = ("process_start_time", SECONDS);
        let help = "When the server started, in seconds since 1970";
        let mut started = page.family(name, help, MetricType::Gauge)?;
        started.encode_gauge(&seconds(self.started_at.as_millis()))?;
        if let Some(bytes) = resident_bytes() {
            let name = ("process_resident_memory", BYTES);
            let help = "Memory that the process holds";
            page.family(name, help, MetricType::Gauge)?.encode_gauge(&bytes)?;
        }
        if let Some(handles) = open_handles() {
            page.gauge("process_open_fds", "Files and connections that are open", handles)?;
        }
        Ok(())
    }
}

fn stored(figures: &Figures, page: &mut Page<'_>) -> fmt::Result {
    let help = "Open process instances in the database";
    page.gauge("spartito_instances_open", help, figures.instances_open)?;
    let help = "Open incidents in the database";
    page.gauge("spartito_incidents_open", help, figures.incidents_open)?;
    let help = "Timers that are due and have not been fired, as far as they are counted";
    page.gauge("spartito_timers_due", help, figures.timers_due)?;
    let name = ("spartito_timer_late", SECONDS);
    let help = "For how long the timer that waits longest has been due";
    let mut late = page.family(name, help, MetricType::Gauge)?;
    late.encode_gauge(&seconds(figures.timer_late_ms.unwrap_or(0)))
}

fn jobs(jobs: &[JobFigures], page: &mut Page<'_>) -> fmt::Result {
    let help = "Jobs in the database by type and state, as far as they are counted";
    let mut numbers = page.family(("spartito_jobs", None), help, MetricType::Gauge)?;
    for job in jobs {
        for (state, count) in [
            ("due", job.due),
            ("leased", job.leased),
            ("waiting", job.waiting),
            ("stopped", job.stopped),
        ] {
            let labels = [("type", type_of(job)), ("state", state)];
            numbers.encode_family(&labels)?.encode_gauge(&count)?;
        }
    }
    let name = ("spartito_job_late", SECONDS);
    let help = "For how long the job that waits longest to be taken has been due";
    let mut late = page.family(name, help, MetricType::Gauge)?;
    for job in jobs {
        let labels = [("type", type_of(job))];
        late.encode_family(&labels)?.encode_gauge(&seconds(job.oldest_due_ms.unwrap_or(0)))?;
    }
    Ok(())
}

/// What workers outside were given and have answered.
fn workers(workers: &WorkerFigures, page: &mut Page<'_>) -> fmt::Result {
    let help = "Workers outside that wait for jobs on this server";
    page.gauge("spartito_workers_waiting", help, count(workers.waiting))?;
    let help = "Jobs handed to workers outside by this server, by type";
    let mut activated =
        page.family(("spartito_jobs_activated", None), help, MetricType::Counter)?;
    let name = |job_type: &Option<String>| job_type.clone().unwrap_or_else(|| "other".to_owned());
    for (job_type, figures) in &workers.by_type {
        let labels = [("type", name(job_type))];
        let count = figures.activated;
        activated.encode_family(&labels)?.encode_counter::<NoLabelSet, _, f64>(&count, None)?;
    }
    let help = "Jobs that workers outside have answered to this server, by type and outcome";
    let mut answered = page.family(("spartito_jobs_answered", None), help, MetricType::Counter)?;
    for (job_type, figures) in &workers.by_type {
        for (outcome, count) in [
            ("completed", figures.completed),
            ("failed", figures.failed),
            ("error", figures.raised),
        ] {
            let labels = [("type", name(job_type)), ("outcome", outcome.to_owned())];
            answered.encode_family(&labels)?.encode_counter::<NoLabelSet, _, f64>(&count, None)?;
        }
    }
    Ok(())
}

fn type_of(job: &JobFigures) -> &str {
    job.job_type.as_deref().unwrap_or("other")
}

/// What is written, family by family.
struct Page<'a>(DescriptorEncoder<'a>);

impl Page<'_> {
    fn family(
        &mut self,
        (name, unit): (&'static str, Option<&'static Unit>),
        help: &str,
        kind: MetricType,
    ) -> Result<MetricEncoder<'_>, fmt::Error> {
        self.0.encode_descriptor(name, help, unit, kind)
    }

    fn gauge(
        &mut self,
        name: &'static str,
        help: &str,
        value: impl EncodeGaugeValue,
    ) -> fmt::Result {
        self.family((name, None), help, MetricType::Gauge)?.encode_gauge(&value)
    }
}

fn histogram(encoder: &mut MetricEncoder<'_>, histogram: &Histogram) -> fmt::Result {
    let buckets = histogram.buckets();
    let count = buckets.iter().map(|(_, count)| count).sum();
    encoder.encode_histogram::<NoLabelSet>(histogram.sum(), count, &buckets, None)
}

fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[expect(clippy::cast_precision_loss, reason = "a time to look at")]
fn seconds(ms: i64) -> f64 {
    ms as f64 / 1e3
}

/// Memory of the process; `None` where the system does not tell.
fn resident_bytes() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse().ok()?;
    Some(kib * 1_024)
}

/// Open files of the process; `None` where the system does not tell.
fn open_handles() -> Option<u64> {
    let handles = std::fs::read_dir("/proc/self/fd").ok()?;
    // One of them is that of the folder.
    Some(count(handles.count().saturating_sub(1)))
}
