//! How soon a change is where people look: in a list and a stream over HTTP, and in a counter; at
//! seven tenths of what the machine can do, and while twice of it is asked for. And what viewers
//! cost those who work.
//!
//! A whole server. One instance changes every so often: what a list and a counter say is asked for
//! as soon as the change is acknowledged, until it is there; the stream says it by itself. Others
//! start instances at a steady rate, and are turned away where there is no room for them.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use spartito::runtime::{Runtime, SubmitError};
use spartito::store::{TaskQuery, TaskSelection};
use spartito_core::engine::Command;
use spartito_core::ids::{DefinitionKey, PersonId};
use spartito_core::time::Timestamp;
use spartito_core::value::Variables;
use tokio::sync::{Barrier, mpsc};
use tokio_util::sync::CancellationToken;

use super::heard::{Served, listen, session, toggle};
use super::{load, part};

/// How long the machine is driven as fast as it goes, to know what it can do.
const CAPACITY_FOR: Duration = Duration::from_secs(5);
/// Rounds without viewers and with them, in turn.
const ROUNDS: usize = 3;
/// Viewers of whom it is asked what they cost.
const VIEWERS: u64 = 100;
/// Sessions that they share: one may not ask for more than some things at the same time.
const SESSIONS: u64 = 10;
/// Time between two changes that are watched.
const BETWEEN_CHANGES: Duration = Duration::from_millis(80);
/// Starts that are under way at once, at most: more is not asked for.
const UNDER_WAY_MAX: u64 = 50_000;
/// Not seen within this time is a failure.
const SEEN_MAX: Duration = Duration::from_secs(30);

/// `changes` changes are watched at each load.
pub async fn run(changes: u64, clients: u64) {
    let watched = Served::start().await;
    let (without, with) = viewers(&watched, clients).await;
    let usual = watched.at_rate(without * 7 / 10, changes).await;
    let overload = watched.at_rate(without * 2, changes).await;
    watched.stop().await;
    #[expect(clippy::cast_precision_loss, reason = "figures for people")]
    let cost = 100.0 * (1.0 - with as f64 / without as f64);
    println!(
        r#"{{"engine": "Spartito", "scenario": "visible", "clients": {clients}, "n": {changes}, "starts_per_s": {without}, "starts_per_s_with_{VIEWERS}_viewers": {with}, "viewers_cost_percent": {cost:.1}, "at_70_percent": {}, "at_200_percent": {}, "load1": {}}}"#,
        usual.report(),
        overload.report(),
        load()
    );
}

/// Milliseconds from the acknowledgement.
#[derive(Default)]
struct Seen {
    list: Vec<f64>,
    counter: Vec<f64>,
    stream: Vec<f64>,
    acknowledged: Vec<f64>,
    refused: u64,
    started: u64,
}

impl Seen {
    fn report(mut self) -> String {
        let p99 = |values: &mut Vec<f64>| part(values, 99);
        format!(
            r#"{{"list_p99_ms": {:.1}, "counter_p99_ms": {:.1}, "stream_p99_ms": {:.1}, "acknowledged_p99_ms": {:.1}, "started": {}, "refused": {}}}"#,
            p99(&mut self.list),
            p99(&mut self.counter),
            p99(&mut self.stream),
            p99(&mut self.acknowledged),
            self.started,
            self.refused
        )
    }
}

/// Starts per second without viewers and with them: medians of rounds in turn.
async fn viewers(watched: &Served, clients: u64) -> (u64, u64) {
    let (mut without, mut with) = (Vec::new(), Vec::new());
    let mut sessions = Vec::new();
    for _ in 0..SESSIONS {
        sessions.push(session(&watched.url).await);
    }
    watched.capacity(clients).await;
    for _ in 0..ROUNDS {
        without.push(watched.capacity(clients).await);
        let stop = CancellationToken::new();
        let (heard, events) = mpsc::unbounded_channel();
        let ready = Arc::new(Barrier::new(usize::try_from(VIEWERS).expect("few") + 1));
        let cookies = sessions.iter().cycle().take(usize::try_from(VIEWERS).expect("few"));
        let views: Vec<_> = cookies
            .map(|cookie| {
                let address = format!("{}/api/v1/stream?topic=tasks", watched.url);
                let view = listen(address, cookie.clone(), ready.clone(), heard.clone());
                tokio::spawn(stop.clone().run_until_cancelled_owned(view))
            })
            .collect();
        ready.wait().await;
        with.push(watched.capacity(clients).await);
        stop.cancel();
        futures::future::join_all(views).await;
        drop(events);
    }
    let median = |mut rates: Vec<u64>| {
        rates.sort_unstable();
        rates[rates.len() / 2]
    };
    (median(without), median(with))
}

impl Served {
    /// Starts per second with `clients` that never pause.
    async fn capacity(&self, clients: u64) -> u64 {
        let (begin, done) = (Instant::now(), Arc::new(AtomicU64::new(0)));
        let work = (0..clients).map(|_| {
            let (runtime, definition, done) =
                (self.runtime.clone(), self.definition, Arc::clone(&done));
            tokio::spawn(async move {
                while begin.elapsed() < CAPACITY_FOR {
                    start_one(&runtime, definition).await.expect("there is room");
                    done.fetch_add(1, Ordering::Relaxed);
                }
            })
        });
        futures::future::join_all(work.collect::<Vec<_>>()).await;
        let ms = u64::try_from(begin.elapsed().as_millis()).expect("a short time");
        (done.load(Ordering::Relaxed) * 1_000 / ms.max(1)).max(1)
    }

    /// Watches changes while others start so many instances per second.
    async fn at_rate(&self, rate: u64, changes: u64) -> Seen {
        let stop = CancellationToken::new();
        let others =
            tokio::spawn(start_others(self.runtime.clone(), self.definition, rate, stop.clone()));
        let (heard, mut events) = mpsc::unbounded_channel();
        let ready = Arc::new(Barrier::new(2));
        let address = format!("{}/api/v1/stream?topic=instance%3A{}", self.url, self.instance);
        let view = listen(address, self.cookie.clone(), ready.clone(), heard);
        let view = tokio::spawn(stop.clone().run_until_cancelled_owned(view));
        ready.wait().await;
        let mut seen = Seen::default();
        let client = reqwest::Client::builder().no_proxy().build().expect("a client");
        let mut mine = self.counted().await;
        for _ in 0..changes {
            tokio::time::sleep(BETWEEN_CHANGES).await;
            let asked = Instant::now();
            // Whoever is turned away tries again.
            while toggle(&self.runtime, self.instance, self.task).await.is_err() {
                assert!(asked.elapsed() < SEEN_MAX, "nobody gets in");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
            seen.acknowledged.push(asked.elapsed().as_secs_f64() * 1e3);
            let committed = Instant::now();
            let ms = |at: Instant| at.saturating_duration_since(committed).as_secs_f64() * 1e3;
            // Who holds it is in the list, and in the number beside it.
            let wanted = u64::from(mine == 0);
            while self.counted().await != wanted {
                assert!(committed.elapsed() < SEEN_MAX, "the counter does not follow");
            }
            seen.counter.push(ms(Instant::now()));
            mine = wanted;
            let committed_for_list = Instant::now();
            while self.listed(&client).await != wanted {
                assert!(committed.elapsed() < SEEN_MAX, "the list does not follow");
            }
            seen.list.push(committed_for_list.elapsed().as_secs_f64() * 1e3);
            let event = tokio::time::timeout(SEEN_MAX, events.recv()).await;
            seen.stream.push(ms(event.expect("it is heard").expect("the stream goes on")));
        }
        stop.cancel();
        (seen.started, seen.refused) = others.await.expect("the others go on");
        let _ = view.await;
        seen
    }

    /// Tasks that the viewer holds, by the counter.
    async fn counted(&self) -> u64 {
        let query = TaskQuery {
            person: PersonId::from("admin"),
            groups: Vec::new(),
            view: TaskSelection::Mine,
            every: true,
            process: None,
            q: None,
            now: Timestamp::EPOCH,
            limit: 50,
            after: None,
        };
        self.runtime.store.task_counts(&query).await.expect("the database answers").mine
    }

    /// The same, by the list.
    async fn listed(&self, client: &reqwest::Client) -> u64 {
        let asked = client
            .post(format!("{}/api/v1/user-tasks/search", self.url))
            .header("cookie", &self.cookie)
            .json(&serde_json::json!({ "filter": { "view": "mine" } }));
        let answer = asked.send().await.expect("the server answers");
        assert_eq!(answer.status(), 200);
        let answer: serde_json::Value = answer.json().await.expect("JSON");
        answer["items"].as_array().expect("a list").len() as u64
    }
}

async fn start_one(runtime: &Runtime, definition: DefinitionKey) -> Result<(), SubmitError> {
    let instance = runtime.orchestrator.new_instance_id();
    let (business_key, variables) = (None, Variables::default());
    let command = Command::StartInstance {
        instance,
        definition,
        business_key,
        variables,
        node: None,
        occurred: None,
        caller: None,
    };
    let by = Some(PersonId::from("other"));
    runtime.orchestrator.submit(instance, command, by, None).await.map(|_| ())
}

/// Starts `rate` instances per second, whether or not those before are done; gives how many were,
/// and how many were turned away.
async fn start_others(
    runtime: Runtime,
    definition: DefinitionKey,
    rate: u64,
    stop: CancellationToken,
) -> (u64, u64) {
    let [started, refused, under_way] = std::array::from_fn(|_| Arc::new(AtomicU64::new(0)));
    let (begin, mut asked) = (Instant::now(), 0);
    while !stop.is_cancelled() {
        tokio::time::sleep(Duration::from_millis(1)).await;
        let due =
            u64::try_from(begin.elapsed().as_micros()).expect("a short time") * rate / 1_000_000;
        while asked < due && under_way.load(Ordering::Relaxed) < UNDER_WAY_MAX {
            asked += 1;
            under_way.fetch_add(1, Ordering::Relaxed);
            let runtime = runtime.clone();
            let (started, refused) = (Arc::clone(&started), Arc::clone(&refused));
            let under_way = Arc::clone(&under_way);
            tokio::spawn(async move {
                let done =
                    if start_one(&runtime, definition).await.is_ok() { started } else { refused };
                done.fetch_add(1, Ordering::Relaxed);
                under_way.fetch_sub(1, Ordering::Relaxed);
            });
        }
        asked = asked.max(due);
    }
    (started.load(Ordering::Relaxed), refused.load(Ordering::Relaxed))
}
