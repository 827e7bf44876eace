//! A server from its settings to its end: store, runtime, desk, routes, listener, and back.
//!
//! Never starts to listen before everything behind it is ready, and never closes the store before
//! what was accepted has been carried out.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio::net::TcpListener;
use tokio_util::sync::CancellationToken;

use super::config::Settings;
use super::metrics::Metrics;
use super::state::AppState;
use super::{listen, metrics, router};
use crate::auth::{TokenFileError, WorkerTokens};
use crate::connectors::{Catalogue, ConnectionError, Connections, ConnectorError};
use crate::operations::{Desk, OperationError, set_up};
use crate::runtime::{Chance, Clock, Marker, Runtime, RuntimeSettings};
use crate::store::{NodeSettings, Store, StoreError, StoreSettings};

/// Name of the database file in the data folder.
const DATABASE_FILE: &str = "spartito.db";
/// Name of the file in the data folder that says how far the database has come.
const MARK_FILE: &str = "spartito.mark";

/// Why a server did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The data folder cannot be made.
    #[error("cannot make the data folder {folder}: {source}")]
    Folder {
        /// The folder.
        folder: String,
        /// Why.
        source: std::io::Error,
    },
    /// The database cannot be used.
    #[error("{0}")]
    Store(#[from] StoreError),
    /// A connection cannot be used.
    #[error("{0}")]
    Connection(#[from] ConnectionError),
    /// No secure connection can be made on this machine.
    #[error("{0}")]
    Connectors(#[from] ConnectorError),
    /// The address cannot be listened on.
    #[error("cannot listen on {addr}: {source}")]
    Listen {
        /// The address.
        addr: SocketAddr,
        /// Why.
        source: std::io::Error,
    },
    /// The password file cannot be read or its password is not acceptable.
    #[error("the password file {file}: {reason}")]
    PasswordFile {
        /// The file.
        file: String,
        /// Why.
        reason: String,
    },
    /// The file with the tokens of workers cannot be used.
    #[error("the file of worker tokens {file} {source}")]
    WorkerTokens {
        /// The file.
        file: String,
        /// Why.
        source: TokenFileError,
    },
    /// The set-up cannot be prepared.
    #[error("{0}")]
    SetUp(#[from] OperationError),
}

/// The address of the database: SQLite in the data folder where none is given.
fn database_url(settings: &Settings) -> String {
    settings
        .database_url
        .clone()
        .unwrap_or_else(|| format!("sqlite:{}", settings.data.join(DATABASE_FILE).display()))
}

/// Makes the file of the embedded database anew, as small as it can be; says how many bytes it had
/// and has.
///
/// # Errors
/// A server uses it, there is none, or the disk has no room for a copy.
pub async fn vacuum(settings: &Settings) -> Result<(u64, u64), StoreError> {
    Store::vacuum(&StoreSettings { url: database_url(settings) }).await
}

/// A server that is ready to serve.
pub struct Server {
    listener: TcpListener,
    /// Where figures are shown.
    metrics: Option<TcpListener>,
    stop_delay: Duration,
    /// Cancelled, it ends the delay.
    hurry: CancellationToken,
    state: AppState,
    runtime: Runtime,
    marker: Marker,
    addr: SocketAddr,
    set_up_secret: Option<String>,
}

impl Server {
    /// Opens the store, starts the runtime and takes the address.
    ///
    /// # Errors
    /// What is in the way, in words for the person who starts the server.
    pub async fn start(settings: &Settings, clock: Arc<dyn Clock>) -> Result<Self, StartError> {
        let worker_tokens = worker_tokens(settings)?;
        let listener = bind(settings.addr).await?;
        let metrics = match settings.metrics_addr {
            Some(addr) => Some(bind(addr).await?),
            None => None,
        };
        let addr = listener
            .local_addr()
            .map_err(|source| StartError::Listen { addr: settings.addr, source })?;
        let mut connections = Connections::default();
        for (name, base) in &settings.connections {
            connections.add(name, base)?;
        }
        let connectors = Catalogue::built_in(connections)?;
        if settings.database_url.is_none() {
            make_folder(&settings.data)?;
        }
        let url = database_url(settings);
        let shared = url.starts_with("postgres");
        let node = NodeSettings {
            name: settings.node_name.clone().unwrap_or_else(|| node_name(addr)),
            address: addr.to_string(),
        };
        let store = Store::open_as(&StoreSettings { url }, &node).await?;
        let mark = match &settings.mark_file {
            Some(file) => file.clone(),
            None => {
                make_folder(&settings.data)?;
                settings.data.join(MARK_FILE)
            }
        };
        let marker = Marker::begin(&store, &mark, clock.now()).await?;
        let worker_limits = settings.worker_limits.clone();
        let parts = RuntimeSettings { store, clock, connectors, worker_limits };
        let runtime = Runtime::start_by(parts, settings.cache_bytes, Chance::default()).await?;
        let desk = Arc::new(Desk::new(runtime.clone(), shared));
        if let Some(file) = &settings.admin_password_file {
            administrator_from(&desk, file).await?;
        }
        let set_up_secret = set_up::new_link_secret(&desk).await?;
        let state = AppState::new(settings, desk, worker_tokens, CancellationToken::new());
        Ok(Self {
            listener,
            metrics,
            stop_delay: settings.stop_delay,
            hurry: CancellationToken::new(),
            state,
            runtime,
            marker,
            addr,
            set_up_secret,
        })
    }

    /// Where it listens.
    pub const fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// Where figures are shown; `None` for nowhere.
    pub fn metrics_addr(&self) -> Option<SocketAddr> {
        self.metrics.as_ref().and_then(|listener| listener.local_addr().ok())
    }

    /// Cancelled, it ends the time for which the server goes on serving after it was told to stop.
    pub fn hurry(&self) -> CancellationToken {
        self.hurry.clone()
    }

    /// Address for people.
    pub fn url(&self) -> String {
        match &self.state.public_url {
            Some(url) => url.to_string(),
            None => format!("http://{}", self.addr),
        }
    }

    /// The one-time set-up link; `None` once the set-up is over.
    pub fn set_up_link(&self) -> Option<String> {
        self.set_up_secret.as_ref().map(|secret| format!("{}/set-up/{secret}", self.url()))
    }

    /// The desk behind the doors.
    pub const fn desk(&self) -> &Arc<Desk> {
        &self.state.desk
    }

    /// Serves until `stop` is done and what was under way has ended; then closes the store.
    ///
    /// # Errors
    /// It had to end by itself, because another server has its name.
    pub async fn serve(
        self,
        stop: impl Future<Output = ()> + Send + 'static,
    ) -> Result<(), StartError> {
        let (closing, stopping) = (self.state.closing.clone(), self.state.stopping.clone());
        let (delay, hurry) = (self.stop_delay, self.hurry);
        let store = self.runtime.store.clone();
        let ousted = Arc::new(OnceLock::new());
        let why = Arc::clone(&ousted);
        let stop = tokio::spawn(async move {
            tokio::select! {
                () = stop => {
                    closing.cancel();
                    tokio::select! {
                        () = tokio::time::sleep(delay) => {}
                        () = hurry.cancelled() => {}
                    }
                }
                words = store.ousted() => drop(why.set(words)),
            }
            closing.cancel();
            stopping.cancel();
        });
        let watched = self.metrics.map(|listener| {
            let shown = metrics::router(Metrics::new(&self.state));
            tokio::spawn(listen::serve(listener, shown, self.state.stopping.clone()))
        });
        let app = router::router(&self.state);
        listen::serve(self.listener, app, self.state.stopping.clone()).await;
        stop.abort();
        if let Some(Err(error)) = futures::future::OptionFuture::from(watched).await {
            tracing::error!(%error, "the figures ended by a bug");
        }
        self.runtime.stop().await;
        self.marker.stop().await;
        self.runtime.store.close().await;
        match ousted.get() {
            None => Ok(()),
            Some(words) => Err(StoreError::Locked(words.clone()).into()),
        }
    }
}

/// The tokens of workers outside.
fn worker_tokens(settings: &Settings) -> Result<WorkerTokens, StartError> {
    let file = settings.worker_token_file.as_deref();
    WorkerTokens::read(file).map_err(|source| {
        let file = file.unwrap_or_else(|| Path::new("")).display().to_string();
        StartError::WorkerTokens { file, source }
    })
}

/// Takes an address.
async fn bind(addr: SocketAddr) -> Result<TcpListener, StartError> {
    TcpListener::bind(addr).await.map_err(|source| StartError::Listen { addr, source })
}

/// The name of this machine and the port: no two servers on a machine have the same.
fn node_name(addr: SocketAddr) -> String {
    let machine = std::fs::read_to_string("/proc/sys/kernel/hostname")
        .ok()
        .or_else(|| std::env::var("HOSTNAME").ok())
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty());
    format!("{}:{}", machine.as_deref().unwrap_or("server"), addr.port())
}

/// Makes the data folder, which nobody else may read.
fn make_folder(folder: &Path) -> Result<(), StartError> {
    let failed = |source| StartError::Folder { folder: folder.display().to_string(), source };
    if folder.is_dir() {
        return Ok(());
    }
    let mut builder = std::fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder).map_err(failed)
}

/// Makes the administrator with the password in `file`, on the first start.
async fn administrator_from(desk: &Desk, file: &Path) -> Result<(), StartError> {
    let failed =
        |reason: String| StartError::PasswordFile { file: file.display().to_string(), reason };
    let text = std::fs::read_to_string(file).map_err(|error| failed(error.to_string()))?;
    let password = text.trim_end_matches(['\r', '\n']);
    match set_up::with_password(desk, password).await {
        Ok(true) => {
            tracing::info!("the administrator `admin` was made");
            Ok(())
        }
        Ok(false) => Ok(()),
        Err(OperationError::Store(error)) => Err(error.into()),
        Err(error) => Err(failed(error.to_string())),
    }
}
