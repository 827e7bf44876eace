//! Much of one thing: large variables, timers that are due at the same moment, silent connections,
//! frames of another protocol, one person's flood. It is capped, and others are served meanwhile.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value as Json, json};
use spartito::connectors::Catalogue;
use spartito_core::ids::InstanceId;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::bench::Bench;
use crate::databases::{on_every_database, sqlite};
use crate::house::{Browser, House, problem};
use crate::models;
use crate::process::{DEADLINE, Place, Server, acknowledged, free_address};

/// Case 90.
#[test]
fn case_90_a_variable_of_a_megabyte_is_kept_and_one_that_is_larger_is_refused() {
    on_every_database("case_90_a_variable_of_a_megabyte", |database| async {
        let house = House::with_example(database).await;
        let (sofia, admin) = (house.browser_of("sofia").await, house.browser_of("admin").await);
        let model = models::sequence("mail", &[models::user_task("read", "Read it", "clerks")]);
        let deploy = admin
            .request(Method::POST, "/api/v1/deployments?fileName=mail.bpmn")
            .header("content-type", "application/xml")
            .body(model);
        assert_eq!(deploy.send().await.unwrap().status(), 200);
        let with_text = |bytes: usize| json!({ "processDefinitionId": "mail", "variables": { "letter": "x".repeat(bytes) } });
        let mut started = Vec::new();
        for _ in 0..5 {
            let answer = sofia.post("/api/v1/process-instances", &with_text(1_000_000)).await;
            assert_eq!(answer.status(), 201, "{}", answer.text().await.unwrap());
            let answer: Json = answer.json().await.unwrap();
            started.push(answer["processInstanceKey"].as_str().unwrap().to_owned());
        }
        let refused = sofia.post("/api/v1/process-instances", &with_text(1_100_000)).await;
        problem(refused, 413).await;
        let olga = house.browser_of("olga").await;
        for key in &started {
            let detail = olga.get(&format!("/api/v1/process-instances/{key}")).await;
            assert_eq!(detail.status(), 200);
            let id: InstanceId = key.parse().unwrap();
            let (state, _) = house.desk.runtime.store.load_state(id).await.unwrap().unwrap();
            let kept = state.variables().get("letter").unwrap().to_json();
            assert_eq!(kept.len(), 1_000_000 + 2, "kept whole, with its quotes");
        }
        let list = olga.get("/api/v1/process-instances").await.bytes().await.unwrap();
        assert!(list.len() < 100_000, "a list carries no large values: {} bytes", list.len());
        let page = olga.page(&format!("/instances/{}", started[0])).await;
        assert_eq!(page.status(), 200);
        house.loan(&sofia, "Bruno Marti").await;
        house.close().await;
    });
}

/// Timers of case 91 that are due at once, unless `SPARTITO_TIMERS` says how many.
const TIMERS: usize = 2_000;
/// Timers that are fired while one person is served, at most: those of the batches that are under way
/// when the request comes, and of the next ones.
const FIRED_MEANWHILE_MAX: usize = 400;

/// Case 91.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_91_timers_that_are_due_at_once_are_drained_and_people_are_served_meanwhile() {
    let timers = std::env::var("SPARTITO_TIMERS").map_or(TIMERS, |text| text.parse().unwrap());
    let database = sqlite();
    let bench = Bench::start(&database.settings, Catalogue::default()).await;
    let wait = format!(
        "<bpmn:intermediateCatchEvent id=\"rest\">{}</bpmn:intermediateCatchEvent>",
        models::timer("timeDuration", "PT1H")
    );
    let waits = bench.deploy(&models::sequence("waits", &[wait])).await;
    let task = [models::user_task("check", "Check it", "clerks")];
    let one = bench.deploy(&models::sequence("one", &task)).await;
    let mut all: Vec<InstanceId> = Vec::new();
    while all.len() < timers {
        let starts = (0..250).map(|_| bench.start_instance(waits, "anna", "W"));
        all.extend(futures::future::join_all(starts).await);
    }
    let completed = || async {
        let processes = bench.runtime.store.processes().await.unwrap();
        let of_waits = processes.iter().find(|row| row.latest.process.as_str() == "waits");
        usize::try_from(of_waits.unwrap().completed).unwrap()
    };
    bench.clock.advance(Duration::from_secs(3_600));
    let (mut served, mut most) = (0_u32, 0);
    let begun = Instant::now();
    loop {
        let before = completed().await;
        if before >= all.len() {
            break;
        }
        bench.start_instance(one, "anna", "P").await;
        let after = completed().await;
        (served, most) = (served + 1, most.max(after - before));
        assert!(begun.elapsed() < DEADLINE * 10, "{after} of {}", all.len());
    }
    println!(
        "{} timers in {:?}, {served} people served meanwhile, at most {most} timers between",
        all.len(),
        begun.elapsed()
    );
    assert!(served >= 5, "{served}");
    assert!(most <= FIRED_MEANWHILE_MAX, "{most}");
    assert_eq!(completed().await, all.len());
    for instance in all.iter().step_by(97) {
        assert_eq!(bench.runtime.store.turns(*instance, 0, 10).await.unwrap().len(), 2);
    }
    bench.stop().await;
}

/// Files that this process may have open.
fn open_files_max() -> usize {
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    let line = limits.lines().find(|line| line.starts_with("Max open files"));
    let soft = line.and_then(|line| line.split_whitespace().nth(3));
    soft.and_then(|soft| soft.parse().ok()).unwrap_or(1_024)
}

/// Silent connections that keep their places, of those that came last: as many as there are places, but
/// for those of who asks.
const NEWEST_KEPT: usize = 8_000;
/// A connection that says nothing for a little longer ends by itself.
const SILENT_FOR: Duration = Duration::from_secs(14);

/// Case 92.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_92_ten_thousand_silent_connections_give_their_places_to_who_asks() {
    let count = 10_000.min(open_files_max().saturating_sub(300));
    if count < 9_000 {
        println!(
            "SKIPPED, too few files may be open here: case_92_ten_thousand_silent_connections"
        );
        return;
    }
    let place = Place::new(sqlite(), free_address());
    let server = Server::start(&place).await;
    let mut silent = Vec::with_capacity(count);
    for _ in 0..count {
        let since = Instant::now();
        silent.push((since, TcpStream::connect(server.address).await.unwrap()));
    }
    // New connections, while those of which none has sent anything hold every place.
    for _ in 0..20 {
        let fresh = reqwest::Client::builder().no_proxy().build().unwrap();
        let url = format!("http://{}/healthz", server.address);
        assert_eq!(fresh.get(url).send().await.unwrap().status(), 200);
    }
    assert!(acknowledged(server.call("GET", "/me")).await.is_some());
    let mut open = 0;
    for (number, (since, stream)) in silent.iter().enumerate() {
        let mut byte = [0; 1];
        let is_open = matches!(stream.try_read(&mut byte), Err(error)
            if error.kind() == std::io::ErrorKind::WouldBlock);
        open += usize::from(is_open);
        // Those that came last keep their places, until their time to say something is over; however
        // long all of this takes on a busy machine.
        let is_late = number + NEWEST_KEPT >= count && since.elapsed() < SILENT_FOR;
        assert!(is_open || !is_late, "number {number} of {count} had to go");
    }
    println!("{open} of {count} silent connections are still open");
    assert!(open <= 8_192, "{open}");
}

/// Case 93: HTTP/2 is not spoken, so none of its frames is ever looked at.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn case_93_a_flood_of_empty_http2_frames_ends_at_its_first_bytes() {
    let house = House::with_example(sqlite()).await;
    let sofia = house.browser_of("sofia").await;
    for _ in 0..50 {
        let mut stream = TcpStream::connect(house.addr).await.unwrap();
        stream.write_all(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\x04\0\0\0\0\0").await.unwrap();
        // Empty DATA and CONTINUATION frames, as long as somebody takes them.
        let frames = [b"\0\0\0\0\0\0\0\0\x01".as_slice(), b"\0\0\0\x09\0\0\0\0\x01"].concat();
        let flood = frames.repeat(1_000);
        let mut sent = 0;
        while sent < 100_000_000 && stream.write_all(&flood).await.is_ok() {
            sent += flood.len();
        }
        assert!(sent < 50_000_000, "{sent} bytes were taken");
        let mut answer = Vec::new();
        let _ = tokio::time::timeout(DEADLINE, stream.read_to_end(&mut answer)).await.unwrap();
        let answer = String::from_utf8_lossy(&answer).into_owned();
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 4"), "{answer}");
        assert_eq!(sofia.get("/api/v1/me").await.status(), 200);
    }
    house.close().await;
}

/// Requests of the flood of case 94 that are carried out while another person waits for one answer, at
/// most: eight times as many as one session may have in hand.
const FLOOD_MEANWHILE_MAX: u32 = 256;

/// The longest time that a person waits for a list or a page, and how many requests of others are
/// carried out meanwhile at most.
async fn times_of(person: &Browser, carried_out: &AtomicU32) -> (Duration, u32) {
    let (mut longest, mut most) = (Duration::ZERO, 0);
    for n in 0..20 {
        let (begun, before) = (Instant::now(), carried_out.load(Ordering::Relaxed));
        let answer = if n % 2 == 0 {
            person
                .post("/api/v1/user-tasks/search", &json!({ "filter": { "view": "groups" } }))
                .await
        } else {
            person.page("/tasks").await
        };
        assert_eq!(answer.status(), 200);
        longest = longest.max(begun.elapsed());
        most = most.max(carried_out.load(Ordering::Relaxed) - before);
    }
    (longest, most)
}

/// Case 94.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn case_94_the_flood_of_one_person_is_turned_away_and_others_are_served() {
    let house = House::with_example(sqlite()).await;
    let (sofia, ben) = (house.browser_of("sofia").await, house.browser_of("ben").await);
    let alone = times_of(&ben, &AtomicU32::new(0)).await;
    let is_over = Arc::new(AtomicBool::new(false));
    let carried_out = Arc::new(AtomicU32::new(0));
    let flood: Vec<_> = (0..150)
        .map(|n| {
            let (sofia, is_over) = (sofia.clone(), Arc::clone(&is_over));
            let carried_out = Arc::clone(&carried_out);
            tokio::spawn(async move {
                let (mut done, mut refused) = (0_u32, 0_u32);
                while !is_over.load(Ordering::Relaxed) {
                    let body = json!({ "processDefinitionId": "loan-application",
                        "businessKey": format!("F-{n}"), "variables": { "applicant": "Flood",
                        "amount": 8000, "term": 48, "income": 5000, "tier": "gold" } });
                    let answer = sofia.post("/api/v1/process-instances", &body).await;
                    match answer.status().as_u16() {
                        201 => {
                            done += 1;
                            carried_out.fetch_add(1, Ordering::Relaxed);
                        }
                        429 => {
                            assert_eq!(answer.headers()["retry-after"], "1");
                            refused += 1;
                        }
                        status => panic!("{status}"),
                    }
                }
                (done, refused)
            })
        })
        .collect();
    let meanwhile = times_of(&ben, &carried_out).await;
    println!("another person waits at most {:?} alone, {:?} in the flood", alone.0, meanwhile.0);
    // However fast the machine is: while somebody else waits, no more of the flood goes before than is
    // in hand at most, a few times over.
    assert!(meanwhile.1 <= FLOOD_MEANWHILE_MAX, "{}", meanwhile.1);
    is_over.store(true, Ordering::Relaxed);
    let (mut done, mut refused) = (0, 0);
    for one in flood {
        let (of_one, refused_of_one) = one.await.unwrap();
        (done, refused) = (done + of_one, refused + refused_of_one);
    }
    println!("{done} starts of the flood were done, {refused} turned away");
    assert!(refused > 100 && done > 0, "{done} {refused}");
    house.close().await;
}

/// Case 94, by who is not even signed in.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn case_94_a_flood_of_strangers_is_answered_and_leaves_nothing_behind() {
    let house = House::with_example(sqlite()).await;
    let ben = house.browser_of("ben").await;
    let runtime = house.desk.runtime.clone();
    let turns = || runtime.measures.turns().map(|(_, n)| n).sum::<u64>();
    let before = (turns(), runtime.store.position().await.unwrap());
    let alone = times_of(&ben, &AtomicU32::new(0)).await;
    let (is_over, answered) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicU32::new(0)));
    let flood: Vec<_> = (0..100)
        .map(|n| {
            let (is_over, answered) = (Arc::clone(&is_over), Arc::clone(&answered));
            let mut stranger = house.visitor();
            tokio::spawn(async move {
                let mut tries = 0_u32;
                while !is_over.load(Ordering::Relaxed) {
                    // A session that nobody has, another one each time.
                    stranger.cookie = Some(format!("spartito=AAAAAAAA{n:04}{tries:010}"));
                    assert_eq!(stranger.get("/api/v1/me").await.status(), 401);
                    stranger.cookie = None;
                    assert_eq!(stranger.page("/sign-in").await.status(), 200);
                    tries += 1;
                    answered.fetch_add(2, Ordering::Relaxed);
                }
            })
        })
        .collect();
    let meanwhile = times_of(&ben, &answered).await;
    is_over.store(true, Ordering::Relaxed);
    for one in flood {
        one.await.unwrap();
    }
    println!(
        "{} strangers answered; another person waits at most {:?} alone, {:?} in the flood",
        answered.load(Ordering::Relaxed),
        alone.0,
        meanwhile.0
    );
    let after = (turns(), runtime.store.position().await.unwrap());
    assert_eq!(after, before, "nothing is asked of an instance, and nothing is written");
    house.close().await;
}
