//! What changes on the server, heard in the browser: one stream of server-sent events per page.
//!
//! Never carries data: an event names a topic, and whoever asked for the topic reads anew. On the
//! server, and without scripts, nothing happens here.

use std::collections::BTreeSet;
use std::time::Duration;

use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::closure::Closure;
use web_sys::{EventSource, MessageEvent};

/// Changes within this time are told once, at its end, in milliseconds.
const THROTTLE_MS: u64 = 100;

/// Wait before a closed stream is opened again, in milliseconds; doubled each time up to the next.
const REOPEN_MS_MIN: u64 = 1_000;

/// Longest wait before a closed stream is opened again, in milliseconds.
const REOPEN_MS_MAX: u64 = 30_000;

/// How the page hears of changes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum LiveState {
    /// The page asks for no topic, or scripts have not begun.
    #[default]
    Off,
    /// The stream is being opened.
    Connecting,
    /// Changes arrive.
    Live,
    /// The connection is lost and will be tried again.
    Lost,
}

/// Something on the page that wants to hear of its topics.
#[derive(Clone)]
struct Listener {
    number: u64,
    topics: Vec<String>,
    version: RwSignal<u64>,
}

/// The stream and who listens to it.
#[derive(Clone, Copy)]
struct Hub {
    listeners: RwSignal<Vec<Listener>>,
    count: StoredValue<u64>,
    state: RwSignal<LiveState>,
    /// Bumped to open the stream anew.
    attempt: RwSignal<u32>,
    /// Times that opening has failed in a row.
    failures: StoredValue<u32>,
}

/// An open stream with the closures that it calls.
struct Stream {
    source: EventSource,
    _changed: Closure<dyn FnMut(MessageEvent)>,
    _opened: Closure<dyn FnMut()>,
    _failed: Closure<dyn FnMut()>,
}

impl Drop for Stream {
    fn drop(&mut self) {
        self.source.close();
        self.source.set_onopen(None);
        self.source.set_onerror(None);
    }
}

/// Opens the door for [`use_live`]; called once by the app.
pub(crate) fn provide_live() {
    let hub = Hub {
        listeners: RwSignal::new(Vec::new()),
        count: StoredValue::new(0),
        state: RwSignal::new(LiveState::Off),
        attempt: RwSignal::new(0),
        failures: StoredValue::new(0),
    };
    provide_context(hub);
    let topics = Memo::new(move |_| {
        hub.listeners.with(|listeners| {
            listeners
                .iter()
                .flat_map(|listener| listener.topics.iter().cloned())
                .collect::<BTreeSet<_>>()
        })
    });
    Effect::new(move |before: Option<Option<Stream>>| {
        hub.attempt.track();
        let topics = topics.get();
        drop(before);
        if topics.is_empty() {
            hub.state.set(LiveState::Off);
            return None;
        }
        open(hub, &topics)
    });
}

/// A number that grows each time one of the topics has changed; 0 on the server and at first.
///
/// Topics are `tasks`, `processes`, `process:<id>`, `instance:<key>`, `dashboard:<id>` and
/// `decisions`.
pub fn use_live(topics: Signal<Vec<String>>) -> Signal<u64> {
    let version = RwSignal::new(0);
    let Some(hub) = use_context::<Hub>() else {
        return version.into();
    };
    let number = hub.count.get_value() + 1;
    hub.count.set_value(number);
    Effect::new(move |_| {
        let topics = topics.get();
        hub.listeners.update(|listeners| {
            listeners.retain(|listener| listener.number != number);
            listeners.push(Listener { number, topics, version });
        });
    });
    on_cleanup(move || {
        hub.listeners.try_update(|listeners| {
            listeners.retain(|listener| listener.number != number);
        });
    });
    version.into()
}

/// How the page hears of changes now.
pub fn use_live_state() -> Signal<LiveState> {
    use_context::<Hub>().map_or_else(|| Signal::stored(LiveState::Off), |hub| hub.state.into())
}

/// Opens the stream; only ever called in the browser.
fn open(hub: Hub, topics: &BTreeSet<String>) -> Option<Stream> {
    let query = topics
        .iter()
        .map(|topic| format!("topic={}", String::from(js_sys::encode_uri_component(topic))))
        .collect::<Vec<_>>()
        .join("&");
    let source = EventSource::new(&format!("/api/v1/stream?{query}")).ok()?;
    hub.state.update(|state| {
        if *state == LiveState::Off {
            *state = LiveState::Connecting;
        }
    });

    let pending = StoredValue::new(BTreeSet::<String>::new());
    let changed = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        let Some(topic) = event.data().as_string() else { return };
        let first = pending.try_update_value(|topics| {
            let first = topics.is_empty();
            topics.insert(topic);
            first
        });
        if first == Some(true) {
            set_timeout(move || tell(hub, pending), Duration::from_millis(THROTTLE_MS));
        }
    });
    let opened = Closure::<dyn FnMut()>::new(move || {
        hub.state.set(LiveState::Live);
        hub.failures.set_value(0);
        // What happened before the stream was open is not known: read everything anew.
        tell_all(hub);
    });
    let failing = source.clone();
    let failed = Closure::<dyn FnMut()>::new(move || {
        hub.state.set(LiveState::Lost);
        // The browser tries again by itself unless the server's answer was no stream at all.
        if failing.ready_state() == EventSource::CLOSED {
            let failures = hub.failures.get_value();
            hub.failures.set_value(failures.saturating_add(1));
            let wait = (REOPEN_MS_MIN << failures.min(5)).min(REOPEN_MS_MAX);
            set_timeout(
                move || {
                    hub.attempt.try_update(|attempt| *attempt += 1);
                },
                Duration::from_millis(wait),
            );
        }
    });
    let listening =
        source.add_event_listener_with_callback("changed", changed.as_ref().unchecked_ref());
    if listening.is_err() {
        return None;
    }
    source.set_onopen(Some(opened.as_ref().unchecked_ref()));
    source.set_onerror(Some(failed.as_ref().unchecked_ref()));
    Some(Stream { source, _changed: changed, _opened: opened, _failed: failed })
}

/// Tells the listeners of the topics that have changed.
fn tell(hub: Hub, pending: StoredValue<BTreeSet<String>>) {
    let Some(topics) = pending.try_update_value(std::mem::take) else { return };
    let concerned = hub.listeners.with_untracked(|listeners| {
        listeners
            .iter()
            .filter(|listener| listener.topics.iter().any(|topic| topics.contains(topic)))
            .map(|listener| listener.version)
            .collect::<Vec<_>>()
    });
    for version in concerned {
        version.try_update(|version| *version += 1);
    }
}

/// Tells every listener.
fn tell_all(hub: Hub) {
    let all = hub.listeners.with_untracked(|listeners| {
        listeners.iter().map(|listener| listener.version).collect::<Vec<_>>()
    });
    for version in all {
        version.try_update(|version| *version += 1);
    }
}
