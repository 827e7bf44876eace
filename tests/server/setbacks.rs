//! A database that was set back: the end of its log is lost, or an old copy was put in its place. It
//! is noticed, said, and nothing outside is called before a person has looked. And one of which a
//! part is damaged: that part is named, and all else goes on.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use async_trait::async_trait;
use reqwest::Method;
use serde_json::{Value as Json, json};
use spartito::connectors::{Catalogue, Connector, ConnectorError, Job};
use spartito::runtime::{Clock, Marker, SimulatedClock, SubmitError, SystemClock};
use spartito::store::{InstanceStatus, Store, StoreError, TaskSelection};
use spartito_core::ids::{InstanceId, PersonId};
use spartito_core::value::Variables;

use crate::bench::Bench;
use crate::databases::{TestDatabase, on_every_database, on_postgres, sqlite};
use crate::house::{House, problem};
use crate::models;
use crate::nodes::until;
use crate::process::{DEADLINE, Place, Server, acknowledged, free_address, keys};

async fn deploy(server: &Server, xml: String) {
    let deploy = server.call("POST", "/deployments?fileName=model.bpmn");
    let deploy = deploy.header("content-type", "application/xml").body(xml);
    acknowledged(deploy).await.expect("the model is deployed");
}

async fn start(server: &Server) -> String {
    let start = json!({ "processDefinitionId": "one" });
    let started = acknowledged(server.call("POST", "/process-instances").json(&start)).await;
    started.expect("it starts")["processInstanceKey"].as_str().unwrap().to_owned()
}

async fn all(server: &Server) -> Vec<String> {
    let page = acknowledged(server.call("GET", "/process-instances")).await.expect("a list");
    let mut found = keys(&page, "processInstanceKey");
    found.sort();
    found
}

fn file_of(place: &Place) -> PathBuf {
    PathBuf::from(place.settings().url.strip_prefix("sqlite:").unwrap())
}

/// The position that is noted in the mark of a place.
fn noted(place: &Place) -> i64 {
    let text = std::fs::read_to_string(place.folder().join("data/spartito.mark"));
    let mark: Json = serde_json::from_str(&text.unwrap_or_default()).unwrap_or_default();
    mark["position"].as_i64().unwrap_or(-1)
}

/// Case 107.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_107_of_a_log_that_was_cut_off_the_whole_part_is_used_and_an_alarm_is_given() {
    let place = Place::new(sqlite(), free_address());
    let server = Server::start(&place).await;
    deploy(&server, models::sequence("one", &[models::user_task("check", "Check", "clerks")]))
        .await;
    let mut started = Vec::new();
    for _ in 0..20 {
        started.push(start(&server).await);
    }
    until("it is noted", DEADLINE, || async { noted(&place) == 20 }).await;
    server.signal("KILL");
    drop(server);
    let log = file_of(&place).with_extension("db-wal");
    let bytes = std::fs::metadata(&log).expect("nothing was folded into the file yet").len();
    assert!(bytes > 500_000, "{bytes}");
    // In the midst of a page, within what the last starts have written.
    let cut = std::fs::File::options().write(true).open(&log).unwrap();
    cut.set_len(bytes - 150_001).unwrap();
    let server = Server::start(&place).await;
    let found = all(&server).await;
    println!("{} of {} starts are in what is left of the log", found.len(), started.len());
    assert!(!found.is_empty() && found.len() < started.len());
    assert_eq!(found, started[..found.len()], "all up to a point, and nothing after it");
    let said = place.log();
    assert!(said.contains("ALARM: the database has lost its last"), "{said}");
    let outbound = acknowledged(server.call("GET", "/outbound-work")).await.unwrap();
    assert_eq!(outbound["state"], "HELD", "{outbound}");
    // People work on.
    start(&server).await;
    server.signal("KILL");
    drop(server);
    // It says so once; what is held stays so until somebody releases it.
    let server = Server::start(&place).await;
    assert_eq!(place.log().matches("ALARM").count(), 1);
    let outbound = acknowledged(server.call("GET", "/outbound-work")).await.unwrap();
    assert_eq!(outbound["state"], "HELD", "{outbound}");
    let sound: String = rusqlite::Connection::open(file_of(&place))
        .unwrap()
        .query_row("pragma integrity_check", [], |row| row.get(0))
        .unwrap();
    assert_eq!(sound, "ok");
}

/// Counts what it does.
#[derive(Default)]
struct Counting(AtomicU32);

#[async_trait]
impl Connector for Counting {
    async fn run(&self, _job: &Job) -> Result<Variables, ConnectorError> {
        self.0.fetch_add(1, Ordering::SeqCst);
        Ok(Variables::default())
    }

    fn concurrency(&self) -> usize {
        4
    }
}

fn counting() -> (Arc<Counting>, Catalogue) {
    let counting = Arc::new(Counting::default());
    let mut catalogue = Catalogue::default();
    catalogue.add("count", counting.clone());
    (counting, catalogue)
}

/// Takes a copy of a database that nobody uses.
fn back_up(database: &TestDatabase) {
    match database.settings.url.strip_prefix("sqlite:") {
        Some(path) => drop(std::fs::copy(path, format!("{path}.copy")).unwrap()),
        None => in_place_of(database, "copy", "own"),
    }
}

/// Puts the copy in the place of the database.
fn put_back(database: &TestDatabase) {
    match database.settings.url.strip_prefix("sqlite:") {
        Some(path) => drop(std::fs::copy(format!("{path}.copy"), path).unwrap()),
        None => in_place_of(database, "own", "copy"),
    }
}

/// Makes `to` of PostgreSQL a copy of `from`; `own` stands for the database itself.
fn in_place_of(database: &TestDatabase, to: &str, from: &str) {
    let (head, name) = database.settings.url.rsplit_once('/').unwrap();
    let named = |which: &str| match which {
        "own" => name.to_owned(),
        other => format!("{name}_{other}"),
    };
    let root = format!("{head}/postgres");
    on_postgres(&root, &format!("drop database if exists {} with (force)", named(to)));
    on_postgres(&root, &format!("create database {} template {}", named(to), named(from)));
}

/// Case 109.
#[test]
fn case_109_an_old_copy_is_noticed_and_nothing_outside_is_called_until_that_is_released() {
    on_every_database("case_109_an_old_copy_is_noticed", |database| async move {
        let mark = database.folder.path().join("mark");
        let (counting, catalogue) = counting();
        let bench = Bench::start(&database.settings, catalogue.clone()).await;
        let steps = [
            models::user_task("check", "Check", "clerks"),
            models::service_task("count", "count", 3),
        ];
        let definition = bench.deploy(&models::sequence("one", &steps)).await;
        let first = bench.start_instance(definition, "anna", "LA-1").await;
        begin_on(&bench.runtime.store, &mark).await;
        bench.stop().await;
        back_up(&database);
        // Work goes on after the copy was taken.
        let bench = Bench::start(&database.settings, catalogue.clone()).await;
        assert!(!bench.runtime.outbound.is_held());
        do_task(&bench, first).await;
        assert_eq!(counting.0.load(Ordering::SeqCst), 1);
        begin_on(&bench.runtime.store, &mark).await;
        bench.stop().await;
        // The copy is put in its place: what was done outside is not known to it.
        put_back(&database);
        let store = Store::open(&database.settings).await.unwrap();
        begin_on(&store, &mark).await;
        store.close().await;
        let bench = Bench::start(&database.settings, catalogue.clone()).await;
        assert!(bench.runtime.outbound.is_held());
        let hold = bench.runtime.outbound.last().await.unwrap().unwrap();
        assert!(hold.why.contains("is an older copy"), "{hold:?}");
        // People work on; what their work asks of others waits, over a restart too.
        claim_and_complete(&bench, first).await;
        let second = bench.start_instance(definition, "anna", "LA-2").await;
        claim_and_complete(&bench, second).await;
        bench.stop().await;
        let bench = Bench::start(&database.settings, catalogue).await;
        assert!(bench.runtime.outbound.is_held());
        bench.clock.advance(Duration::from_secs(3_600));
        bench.start_instance(definition, "anna", "LA-3").await;
        assert_eq!(counting.0.load(Ordering::SeqCst), 1, "nothing was called");
        let by = PersonId::from("olga");
        assert!(bench.runtime.outbound.release(&by, bench.clock.now()).await.unwrap());
        for instance in [first, second] {
            bench.until("it goes on", || is_done(&bench, instance)).await;
        }
        assert_eq!(counting.0.load(Ordering::SeqCst), 3);
        assert!(!bench.runtime.outbound.release(&by, bench.clock.now()).await.unwrap());
        let hold = bench.runtime.outbound.last().await.unwrap().unwrap();
        assert_eq!(hold.released_by.as_deref(), Some("olga"));
        bench.stop().await;
    });
}

async fn begin_on(store: &Store, mark: &Path) {
    Marker::begin(store, mark, SystemClock.now()).await.unwrap().stop().await;
}

async fn is_done(bench: &Bench, instance: InstanceId) -> bool {
    let row = bench.runtime.store.instance(instance).await.unwrap().unwrap();
    row.status == InstanceStatus::Completed
}

async fn claim_and_complete(bench: &Bench, instance: InstanceId) {
    let tasks = bench.tasks("ben", &["clerks"], TaskSelection::Groups).await;
    let task = tasks.iter().find(|task| task.key.instance == instance).unwrap().key;
    bench.claim(task, "ben").await.unwrap();
    bench.complete(task, "ben").await.unwrap();
}

async fn do_task(bench: &Bench, instance: InstanceId) {
    claim_and_complete(bench, instance).await;
    bench.until("the end", || is_done(bench, instance)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_109_who_releases_what_is_held_has_the_right_and_is_named() {
    let database = sqlite();
    let store = Store::open(&database.settings).await.unwrap();
    let mark = database.folder.path().join("spartito.mark");
    begin_on(&store, &mark).await;
    let noted = std::fs::read_to_string(&mark).unwrap();
    std::fs::write(&mark, noted.replace("\"position\":0", "\"position\":70")).unwrap();
    store.close().await;
    let house = House::with_example(database).await;
    let (sofia, olga) = (house.browser_of("sofia").await, house.browser_of("olga").await);
    let path = "/api/v1/outbound-work";
    problem(house.visitor().get(path).await, 401).await;
    problem(sofia.get(path).await, 403).await;
    problem(sofia.post(&format!("{path}/release"), &json!({})).await, 403).await;
    let view: Json = olga.get(path).await.json().await.unwrap();
    assert_eq!(view["state"], "HELD");
    let reason = view["lastHold"]["reason"].as_str().unwrap();
    assert!(reason.contains("lost its last 70 turns"), "{reason}");
    house.loan(&sofia, "Anna Keller").await;
    let ready = async || house.visitor().get("/readyz").await.json::<Json>().await.unwrap();
    // Work inside goes on, so the server is ready; what exactly is the matter is not for strangers.
    assert_eq!(ready().await, json!({ "status": "ready", "alarms": ["outbound-held"] }));
    let said = "Systems outside are not called since";
    for page in ["/dashboard", "/tasks", "/incidents"] {
        let text = olga.page(page).await.text().await.unwrap();
        assert!(text.contains(said) && text.contains("href=\"/upkeep\""), "{page} says so");
    }
    let text = sofia.page("/tasks").await.text().await.unwrap();
    assert!(!text.contains(said), "who can do nothing about it is not told");
    assert_eq!(sofia.page("/upkeep").await.status(), 403);
    let text = olga.page("/upkeep").await.text().await.unwrap();
    for words in [
        "lost its last 70 turns",
        "What waits: 1 call of io.camunda:http-json:1.",
        "Release the calls",
    ] {
        assert!(text.contains(words), "{words}: {text}");
    }
    // As a form does it without scripts.
    sofia.form("upkeep/release", "").await;
    assert_eq!(olga.get(path).await.json::<Json>().await.unwrap()["state"], "HELD");
    let released = olga.form("upkeep/release", "").await;
    assert_eq!(released.headers()["location"], "/upkeep");
    until("no alarm", DEADLINE, || async { ready().await == json!({ "status": "ready" }) }).await;
    let text = olga.page("/upkeep").await.text().await.unwrap();
    assert!(text.contains("Olga Operator") && !text.contains("Release the calls"), "{text}");
    let view: Json = olga.get(path).await.json().await.unwrap();
    assert_eq!(
        (&view["state"], &view["lastHold"]["releasedBy"]),
        (&json!("RUNNING"), &json!("olga"))
    );
    problem(olga.post(&format!("{path}/release"), &json!({})).await, 409).await;
    house.close().await;
}

/// Turns bits over in what is stored of an instance.
async fn damage(database: &TestDatabase, instance: InstanceId) {
    let id = instance.number();
    match database.settings.url.strip_prefix("sqlite:") {
        Some(path) => {
            let connection = rusqlite::Connection::open(path).unwrap();
            let sql = "select sequence, events from journal where instance = ?1";
            let (sequence, mut events): (i64, Vec<u8>) = connection
                .query_row(sql, [i64::try_from(id).unwrap()], |row| Ok((row.get(0)?, row.get(1)?)))
                .unwrap();
            let last = events.len() - 9;
            events[last] ^= 4;
            let sql = "update journal set events = ?1 where sequence = ?2";
            connection.execute(sql, rusqlite::params![events, sequence]).unwrap();
        }
        None => drop(on_postgres(
            &database.settings.url,
            &format!(
                "update journal set events = set_byte(events, length(events) - 9, \
                 get_byte(events, length(events) - 9) # 4) where instance = {id}"
            ),
        )),
    }
}

/// Case 106.
#[test]
fn case_106_a_damaged_instance_is_named_and_set_aside_and_all_others_go_on() {
    on_every_database("case_106_a_damaged_instance", |database| async move {
        let (_, catalogue) = counting();
        let bench = Bench::start(&database.settings, catalogue.clone()).await;
        let steps = [
            models::user_task("check", "Check", "clerks"),
            models::service_task("count", "count", 3),
        ];
        let one = bench.deploy(&models::sequence("one", &steps)).await;
        let mut all = Vec::new();
        for n in 0..6 {
            all.push(bench.start_instance(one, "anna", &format!("LA-{n}")).await);
        }
        bench.stop().await;
        let bad = all[2];
        damage(&database, bad).await;
        let bench = Bench::start(&database.settings, catalogue).await;
        let tasks = bench.tasks("ben", &["clerks"], TaskSelection::Groups).await;
        assert_eq!(tasks.len(), 6, "lists go on");
        // All at once: the bad one is refused with its name, and the others are done.
        let claims = tasks.iter().map(|task| bench.claim(task.key, "ben"));
        let claims = futures::future::join_all(claims).await;
        for (task, claim) in tasks.iter().zip(claims) {
            match claim {
                Ok(_) => assert_ne!(task.key.instance, bad),
                Err(SubmitError::Store(error @ StoreError::Corrupt { .. })) => {
                    assert_eq!(task.key.instance, bad);
                    let (words, id) = (error.to_string(), bad.number().to_string());
                    assert!(words.contains("journal") && words.contains(&id), "{words}");
                }
                Err(error) => panic!("{error:?}"),
            }
        }
        for task in tasks.iter().filter(|task| task.key.instance != bad) {
            bench.complete(task.key, "ben").await.unwrap();
            bench.until("the end", || is_done(&bench, task.key.instance)).await;
        }
        let checked = bench.runtime.integrity.check_now().await.unwrap();
        assert_eq!((checked.instances, checked.damaged), (6, 1));
        let damaged = bench.runtime.store.damaged().await.unwrap();
        assert_eq!(damaged.len(), 1);
        assert_eq!(damaged[0].instance, bad);
        // Repaired, it is forgotten.
        damage(&database, bad).await;
        let checked = bench.runtime.integrity.check_now().await.unwrap();
        assert_eq!((checked.instances, checked.damaged), (6, 0));
        assert!(bench.runtime.store.damaged().await.unwrap().is_empty());
        let task = tasks.iter().find(|task| task.key.instance == bad).unwrap().key;
        bench.claim(task, "ben").await.unwrap();
        bench.stop().await;
    });
}

/// Destroys the page of a file on which the first turn of an instance stands.
fn destroy_page_of(path: &str, instance: InstanceId) {
    const PAGE_BYTES: usize = 4_096;
    let connection = rusqlite::Connection::open(path).unwrap();
    let sql = "select events from journal where instance = ?1 order by position limit 1";
    let id = i64::try_from(instance.number()).unwrap();
    let events: Vec<u8> = connection.query_row(sql, [id], |row| row.get(0)).unwrap();
    drop(connection);
    let mut file = std::fs::read(path).unwrap();
    let at = file.windows(events.len()).position(|bytes| bytes == events).expect("it is there");
    let page = at - at % PAGE_BYTES;
    file[page..page + PAGE_BYTES].fill(0x5a);
    std::fs::write(path, file).unwrap();
}

/// Case 106: a page of the file is destroyed, and with it the turns of the instances on it.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_106_a_destroyed_page_concerns_the_instances_on_it_and_no_others() {
    let database = sqlite();
    let bench = Bench::start(&database.settings, Catalogue::default()).await;
    let task = [models::user_task("check", "Check", "clerks")];
    let definition = bench.deploy(&models::sequence("one", &task)).await;
    let mut all = Vec::new();
    for n in 0..100 {
        all.push(bench.start_instance(definition, "anna", &format!("LA-{n}")).await);
    }
    bench.stop().await;
    destroy_page_of(database.settings.url.strip_prefix("sqlite:").unwrap(), all[40]);
    let bench = Bench::start(&database.settings, Catalogue::default()).await;
    let mut tasks = bench.tasks("ben", &["clerks"], TaskSelection::Groups).await;
    tasks.retain(|task| (20..50).any(|n| all[n] == task.key.instance));
    let claims = tasks.iter().map(|task| bench.claim(task.key, "ben"));
    let claims = futures::future::join_all(claims).await;
    let mut refused = BTreeSet::new();
    for (task, claim) in tasks.iter().zip(claims) {
        match claim {
            Ok(_) => {}
            Err(SubmitError::Store(StoreError::Corrupt { .. })) => {
                refused.insert(task.key.instance);
            }
            Err(error) => panic!("{error:?}"),
        }
    }
    let checked = bench.runtime.integrity.check_now().await.unwrap();
    println!("{} of 100 instances stood on the page", checked.damaged);
    assert!((1..50).contains(&checked.damaged), "{checked:?}");
    assert_eq!(checked.instances, 100);
    let damaged = bench.runtime.store.damaged().await.unwrap();
    let damaged: BTreeSet<InstanceId> = damaged.into_iter().map(|row| row.instance).collect();
    assert!(damaged.contains(&all[40]) && refused.is_subset(&damaged));
    let claimed = tasks.iter().map(|task| task.key.instance);
    assert_eq!(claimed.filter(|id| damaged.contains(id)).count(), refused.len());
    // New work goes on.
    let more = bench.start_instance(definition, "anna", "LA-100").await;
    assert!(bench.runtime.store.load_state(more).await.unwrap().is_some());
    bench.stop().await;
}

/// Waiting work of a damaged instance holds up nobody: its job is put off, and so is its timer.
#[test]
fn case_106_jobs_and_timers_of_a_damaged_instance_hold_up_no_others() {
    on_every_database("case_106_jobs_and_timers", |database| async move {
        let (counting, catalogue) = counting();
        let bench = Bench::start(&database.settings, catalogue.clone()).await;
        let wait = format!(
            "<bpmn:intermediateCatchEvent id=\"rest\">{}</bpmn:intermediateCatchEvent>",
            models::timer("timeDuration", "PT1H")
        );
        let steps = [wait, models::service_task("count", "count", 3)];
        let definition = bench.deploy(&models::sequence("one", &steps)).await;
        let mut all = Vec::new();
        for n in 0..5 {
            all.push(bench.start_instance(definition, "anna", &format!("LA-{n}")).await);
        }
        let clock = bench.clock.clone();
        bench.stop().await;
        damage(&database, all[0]).await;
        let bench = Bench::start_at(&database.settings, catalogue.clone(), clock).await;
        bench.clock.advance(Duration::from_secs(3_600));
        for instance in &all[1..] {
            bench.until("it goes on", || is_done(&bench, *instance)).await;
        }
        assert_eq!(counting.0.load(Ordering::SeqCst), 4);
        // A job that waits for its next attempt.
        let clock = bench.clock.clone();
        bench.stop().await;
        let failing = Arc::new(Failing);
        let mut catalogue_of_failing = Catalogue::default();
        catalogue_of_failing.add("count", failing);
        let bench = Bench::start_at(&database.settings, catalogue_of_failing, clock).await;
        let by_itself = [models::service_task("count", "count", 3)];
        let definition = bench.deploy(&models::sequence("two", &by_itself)).await;
        let mut waiting = Vec::new();
        for n in 0..5 {
            waiting.push(bench.start_instance(definition, "anna", &format!("LB-{n}")).await);
        }
        for instance in &waiting {
            bench
                .until("an attempt", || async {
                    let turns = bench.runtime.store.turns(*instance, 0, 10).await.unwrap();
                    turns.len() == 2
                })
                .await;
        }
        let clock = bench.clock.clone();
        bench.stop().await;
        damage(&database, waiting[0]).await;
        let bench = Bench::start_at(&database.settings, catalogue, clock).await;
        bench.clock.advance(Duration::from_secs(60));
        for instance in &waiting[1..] {
            bench.until("it goes on", || is_done(&bench, *instance)).await;
        }
        bench.stop().await;
    });
}

/// Never gets anywhere.
struct Failing;

#[async_trait]
impl Connector for Failing {
    async fn run(&self, _job: &Job) -> Result<Variables, ConnectorError> {
        Err(ConnectorError::retry("not now"))
    }

    fn concurrency(&self) -> usize {
        4
    }
}

/// Case 106 at the door.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_106_people_are_told_what_is_damaged() {
    let database = sqlite();
    let settings = database.settings.clone();
    let house = House::with_example(database).await;
    let (sofia, olga) = (house.browser_of("sofia").await, house.browser_of("olga").await);
    let loan = house.loan(&sofia, "Anna Keller").await;
    let other = house.loan(&sofia, "Bruno Marti").await;
    let instance: InstanceId = loan.parse().unwrap();
    house.task(&house.browser_of("ben").await, "Verify identity").await;
    let path = settings.url.strip_prefix("sqlite:").unwrap().to_owned();
    let connection = rusqlite::Connection::open(path).unwrap();
    let sql = "update journal set events = zeroblob(length(events)) where instance = ?1";
    connection.execute(sql, [i64::try_from(instance.number()).unwrap()]).unwrap();
    let page = format!("/api/v1/process-instances/{loan}");
    let told = problem(olga.get(&page).await, 500).await;
    assert!(told.contains("damaged") && told.contains("tell an administrator"), "{told}");
    assert_eq!(olga.get(&format!("/api/v1/process-instances/{other}")).await.status(), 200);
    house.desk.runtime.integrity.check_now().await.unwrap();
    problem(sofia.get("/api/v1/integrity").await, 403).await;
    let view: Json =
        olga.request(Method::GET, "/api/v1/integrity").send().await.unwrap().json().await.unwrap();
    assert_eq!(view["instancesRead"], 2, "{view}");
    assert_eq!(view["damagedInstances"][0]["processInstanceKey"], json!(loan), "{view}");
    house.close().await;
}

/// Never answers.
struct Silent;

#[async_trait]
impl Connector for Silent {
    async fn run(&self, _job: &Job) -> Result<Variables, ConnectorError> {
        std::future::pending().await
    }

    fn concurrency(&self) -> usize {
        4
    }
}

/// A former process had more jobs than places, a day ahead by a clock that was set back since: some it had
/// begun, some it gives back when it stops, and some nobody has had. None of them waits for a day.
#[test]
fn jobs_of_before_the_clock_was_set_back_are_run_at_once() {
    on_every_database("jobs_of_before_the_clock", |database| async move {
        const JOBS: u32 = 40;
        let mut catalogue = Catalogue::default();
        catalogue.add("count", Arc::new(Silent));
        let bench = Bench::start(&database.settings, catalogue).await;
        let before = bench.clock.now();
        bench.clock.advance(Duration::from_secs(86_400));
        let by_itself = [models::service_task("count", "count", 3)];
        let definition = bench.deploy(&models::sequence("one", &by_itself)).await;
        let mut instances = Vec::new();
        for n in 0..JOBS {
            instances.push(bench.start_instance(definition, "anna", &format!("LA-{n}")).await);
        }
        bench.stop().await;
        let (counting, catalogue) = counting();
        let clock = SimulatedClock::new(before);
        let bench = Bench::start_at(&database.settings, catalogue, clock).await;
        for instance in instances {
            bench.until("it is run", || is_done(&bench, instance)).await;
        }
        assert_eq!(counting.0.load(Ordering::SeqCst), JOBS);
        bench.stop().await;
    });
}
