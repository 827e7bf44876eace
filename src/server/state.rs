//! What every handler can reach.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::FromRef;
use leptos::config::{Env, LeptosOptions};
use tokio_util::sync::CancellationToken;

use super::config::Settings;
use super::health::Readiness;
use super::requests::Requests;
use crate::auth::WorkerTokens;
use crate::operations::Desk;

/// State of the server; cheap to clone.
#[derive(Clone)]
pub struct AppState {
    /// All that operations need.
    pub desk: Arc<Desk>,
    /// Where Leptos finds its parts.
    pub leptos: LeptosOptions,
    /// The folder with the browser half.
    pub site: PathBuf,
    /// Whether people come over https.
    pub https: bool,
    /// Address for people, when it is not the one listened on.
    pub public_url: Option<Arc<str>>,
    /// Time in which the body of a request must have arrived.
    pub body_time_max: Duration,
    /// What is known of the database by those who ask whether the server is ready.
    pub(super) readiness: Arc<Readiness>,
    /// What was asked and answered.
    pub(super) requests: Arc<Requests>,
    /// By what workers outside are known.
    pub(super) worker_tokens: Arc<WorkerTokens>,
    /// Cancelled when the server was told to stop; it may go on serving for a while.
    pub closing: CancellationToken,
    /// Cancelled when the server is to end: long-lived answers end then.
    pub stopping: CancellationToken,
}

impl AppState {
    /// State for `settings` over `desk`.
    pub fn new(
        settings: &Settings,
        desk: Arc<Desk>,
        worker_tokens: WorkerTokens,
        stopping: CancellationToken,
    ) -> Self {
        let leptos = LeptosOptions::builder()
            .output_name("spartito")
            .site_root(settings.site.display().to_string())
            .site_pkg_dir("pkg")
            .site_addr(settings.addr)
            .env(Env::PROD)
            .build();
        Self {
            desk,
            leptos,
            site: settings.site.clone(),
            https: settings.https(),
            public_url: settings.public_url.as_deref().map(Arc::from),
            body_time_max: settings.body_time_max,
            readiness: Arc::default(),
            requests: Arc::default(),
            worker_tokens: Arc::new(worker_tokens),
            closing: CancellationToken::new(),
            stopping,
        }
    }
}

impl FromRef<AppState> for LeptosOptions {
    fn from_ref(state: &AppState) -> Self {
        state.leptos.clone()
    }
}

impl FromRef<AppState> for Arc<Desk> {
    fn from_ref(state: &AppState) -> Self {
        Arc::clone(&state.desk)
    }
}

impl FromRef<AppState> for CancellationToken {
    fn from_ref(state: &AppState) -> Self {
        state.stopping.clone()
    }
}
