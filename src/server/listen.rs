//! Accepts connections and, when told to stop, lets requests under way end.
//!
//! Never waits without bound: a connection must send its headers in time, the number of
//! connections is limited, and so is the time that stopping may take. Where all places are taken,
//! who has been silent for longest since it came gives its place to who comes.

use std::collections::BTreeMap;
use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use hyper::body::Incoming;
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;
use tower::ServiceExt;

/// Connections at a time; further ones wait, unless a silent one is closed for them.
const CONNECTIONS_MAX: usize = 8_192;
/// Time in which the headers of a request must have arrived.
const HEADER_TIME_MAX: Duration = Duration::from_secs(15);
/// Time that requests under way have to end after the server was told to stop.
const STOP_TIME_MAX: Duration = Duration::from_secs(10);
/// Pause after the system could not accept a connection, as when it has no file handles left.
const ACCEPT_PAUSE: Duration = Duration::from_millis(200);

/// Serves `app` on `listener` until `stopping` is cancelled and what was under way has ended.
pub async fn serve(listener: TcpListener, app: Router, stopping: CancellationToken) {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let silent = Silent::default();
    let connections = TaskTracker::new();
    let abandoned = CancellationToken::new();
    loop {
        let accepted = tokio::select! {
            () = stopping.cancelled() => break,
            accepted = accept(&listener, &room, &silent) => accepted,
        };
        match accepted {
            Ok((stream, from, place)) => {
                let newcomer = silent.add();
                let closed = newcomer.closed.clone();
                let connection = connection(stream, from, app.clone(), stopping.clone(), newcomer);
                let abandoned = abandoned.clone();
                connections.spawn(async move {
                    let _place = place;
                    tokio::select! {
                        () = abandoned.cancelled() => {}
                        () = closed.cancelled() => {}
                        () = connection => {}
                    }
                });
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
    drop(listener);
    connections.close();
    if tokio::time::timeout(STOP_TIME_MAX, connections.wait()).await.is_err() {
        tracing::warn!(left = connections.len(), "requests did not end in time and are cut off");
        abandoned.cancel();
        connections.wait().await;
    }
}

async fn accept(
    listener: &TcpListener,
    room: &Arc<Semaphore>,
    silent: &Silent,
) -> io::Result<(TcpStream, SocketAddr, OwnedSemaphorePermit)> {
    let (stream, from) = listener.accept().await?;
    if room.available_permits() == 0 {
        silent.close_oldest();
    }
    let place = Arc::clone(room).acquire_owned().await.expect("the semaphore is never closed");
    // Live events are small and must not wait for more.
    stream.set_nodelay(true)?;
    Ok((stream, from, place))
}

/// Connections that have not asked for anything yet, in the order in which they came.
#[derive(Clone, Default)]
struct Silent(Arc<Mutex<Order>>);

#[derive(Default)]
struct Order {
    next: u64,
    waiting: BTreeMap<u64, CancellationToken>,
}

/// A connection as one of those; no longer when it has asked or is gone.
struct Newcomer {
    silent: Silent,
    number: u64,
    closed: CancellationToken,
    has_asked: AtomicBool,
}

impl Silent {
    fn lock(&self) -> std::sync::MutexGuard<'_, Order> {
        // The map is whole after every operation on it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self) -> Newcomer {
        let closed = CancellationToken::new();
        let mut order = self.lock();
        let number = order.next;
        order.next += 1;
        order.waiting.insert(number, closed.clone());
        drop(order);
        Newcomer { silent: self.clone(), number, closed, has_asked: AtomicBool::new(false) }
    }

    fn close_oldest(&self) {
        if let Some((_, closed)) = self.lock().waiting.pop_first() {
            closed.cancel();
        }
    }
}

impl Newcomer {
    fn asks(&self) {
        if !self.has_asked.swap(true, Ordering::Relaxed) {
            self.silent.lock().waiting.remove(&self.number);
        }
    }
}

impl Drop for Newcomer {
    fn drop(&mut self) {
        self.asks();
    }
}

async fn connection(
    stream: TcpStream,
    from: SocketAddr,
    app: Router,
    stopping: CancellationToken,
    newcomer: Newcomer,
) {
    let service = service_fn(move |request: Request<Incoming>| {
        newcomer.asks();
        let app = app.clone();
        let mut request = request.map(Body::new);
        request.extensions_mut().insert(ConnectInfo(from));
        app.oneshot(request)
    });
    let mut served = pin!(
        http1::Builder::new()
            .timer(TokioTimer::new())
            .header_read_timeout(HEADER_TIME_MAX)
            .serve_connection(TokioIo::new(stream), service)
    );
    let mut told = false;
    loop {
        tokio::select! {
            ended = served.as_mut() => {
                if let Err(error) = ended {
                    tracing::debug!(%from, %error, "a connection broke off");
                }
                return;
            }
            () = stopping.cancelled(), if !told => {
                told = true;
                served.as_mut().graceful_shutdown();
            }
        }
    }
}
