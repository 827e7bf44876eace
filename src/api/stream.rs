//! `/stream`: what has changed, as server-sent events.
//!
//! Never sends data: an event names a topic. Ends when the session ends or the server stops.

use std::collections::BTreeSet;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::extract::{FromRef, RawQuery, State};
use axum::response::sse::{Event, KeepAlive, Sse};
use futures::Stream;
use tokio::sync::broadcast::error::RecvError;
use tokio::sync::mpsc;
use tokio::time::{Instant, MissedTickBehavior, interval, sleep_until};
use tokio_stream::wrappers::ReceiverStream;
use tokio_util::sync::CancellationToken;

use super::SignedIn;
use super::problem::Problem;
use crate::auth::Caller;
use crate::operations::Desk;
use crate::operations::live::{self, Listening, Topic};

/// Changes of one topic within this time are told once.
const GATHER: Duration = Duration::from_millis(50);
/// Time between two signs of life.
const KEEP_ALIVE: Duration = Duration::from_secs(20);
/// Events that a slow reader may be behind; past it the stream waits for the reader.
const EVENTS_BEHIND_MAX: usize = 32;

/// `GET /stream?topic=tasks&topic=instance:KEY`: `event: changed` with the topic as data.
pub(super) async fn stream<S>(
    State(desk): State<Arc<Desk>>,
    State(stopping): State<CancellationToken>,
    SignedIn(caller): SignedIn,
    RawQuery(query): RawQuery,
) -> Result<Sse<impl Stream<Item = Result<Event, Infallible>>>, Problem>
where
    Arc<Desk>: FromRef<S>,
    CancellationToken: FromRef<S>,
{
    let mut topics = Vec::new();
    for (name, value) in url::form_urlencoded::parse(query.unwrap_or_default().as_bytes()) {
        if name != "topic" {
            return Err(Problem::bad_request(format!("“{name}” is not known; give topic=….")));
        }
        topics.push(value.into_owned());
    }
    let listening = live::listen(&desk, &caller, &topics).await?;
    let (events, receiver) = mpsc::channel(EVENTS_BEHIND_MAX);
    tokio::spawn(async move {
        tokio::select! {
            () = stopping.cancelled() => {}
            () = tell(&desk, &caller, listening, &events) => {}
        }
    });
    Ok(Sse::new(ReceiverStream::new(receiver))
        .keep_alive(KeepAlive::new().interval(KEEP_ALIVE).text("")))
}

/// Tells of changes until the session ends or nobody listens any more.
async fn tell(
    desk: &Desk,
    caller: &Caller,
    mut listening: Listening,
    events: &mpsc::Sender<Result<Event, Infallible>>,
) {
    // The browser takes a stream to be open once something has arrived.
    if events.send(Ok(Event::default().event("open").data(""))).await.is_err() {
        return;
    }
    let mut look = interval(desk.sessions.look_every());
    look.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut changed = BTreeSet::<usize>::new();
    let mut tell_at: Option<Instant> = None;
    let mut told_at: Option<Instant> = None;
    loop {
        tokio::select! {
            () = events.closed() => return,
            // Where all is known to have changed, nothing is to be learned before that is told.
            change = listening.changes.recv(), if changed.len() < listening.topics.len() => {
                match change {
                    Ok(change) => changed.extend(
                        concerned(&listening.topics, |topic| topic.concerns(&change)),
                    ),
                    // What was missed is not known: everything may have changed.
                    Err(RecvError::Lagged(_)) => {
                        changed.extend(concerned(&listening.topics, |_| true));
                    }
                    Err(RecvError::Closed) => return,
                }
                if !changed.is_empty() && tell_at.is_none() {
                    let now = Instant::now();
                    // At once after a pause, gathered in a rush.
                    tell_at = Some(told_at.map_or(now, |told| now.max(told + GATHER)));
                }
            }
            ended = listening.ends.recv() => {
                let ours = ended.map_or(true, |ended| ended.person == caller.person);
                if ours && !live::may_go_on(desk, caller).await.unwrap_or(false) {
                    return;
                }
            }
            _ = look.tick() => {
                // A database that does not answer ends no session; the next look will tell.
                if !live::may_go_on(desk, caller).await.unwrap_or(true) {
                    return;
                }
            }
            () = sleep_until(tell_at.unwrap_or_else(Instant::now)), if tell_at.is_some() => {
                if changed.len() == listening.topics.len() {
                    // Whoever hears it asks after that, and sees what came until now.
                    listening.changes = listening.changes.resubscribe();
                }
                for index in std::mem::take(&mut changed) {
                    let topic = listening.topics[index].to_string();
                    let event = Event::default().event("changed").data(topic);
                    if events.send(Ok(event)).await.is_err() {
                        return;
                    }
                }
                tell_at = None;
                told_at = Some(Instant::now());
            }
        }
    }
}

/// Positions of the topics that are concerned.
fn concerned(
    topics: &[Topic],
    is_concerned: impl Fn(&Topic) -> bool,
) -> impl Iterator<Item = usize> {
    let positions: Vec<usize> = topics
        .iter()
        .enumerate()
        .filter(|(_, topic)| is_concerned(topic))
        .map(|(index, _)| index)
        .collect();
    positions.into_iter()
}
