//! What those who run a server see of it: health, readiness, figures, ids in the log, its stop.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use reqwest::Client;
use serde_json::{Value, json};
use spartito::connectors::{Catalogue, Connector, ConnectorError, Job};
use spartito::runtime::Clock;
use spartito::store::{Figures, JOB_TYPES_MAX, JobFigures};
use spartito_core::value::Variables;

use crate::bench::Bench;
use crate::databases::{on_every_database, postgres, sqlite};
use crate::house::House;
use crate::models;
use crate::nodes::{self, Line, start_sandbox, until};
use crate::process::{DEADLINE, Place, Server};

/// Cannot do its jobs.
enum Unable {
    FailsForNow,
    GivesUp,
    NeverAnswers,
}

#[async_trait]
impl Connector for Unable {
    async fn run(&self, _: &Job) -> Result<Variables, ConnectorError> {
        match self {
            Self::FailsForNow => Err(ConnectorError::retry("not now")),
            Self::GivesUp => Err(ConnectorError::give_up("not at all")),
            Self::NeverAnswers => std::future::pending().await,
        }
    }

    fn concurrency(&self) -> usize {
        8
    }
}

fn of_type<'f>(figures: &'f Figures, job_type: &str) -> &'f JobFigures {
    let found = figures.jobs.iter().find(|jobs| jobs.job_type.as_deref() == Some(job_type));
    found.unwrap_or_else(|| panic!("no {job_type} among {:?}", figures.jobs))
}

#[test]
fn the_figures_of_the_database_say_what_waits_for_whom() {
    on_every_database("the_figures_of_the_database", |database| async move {
        let mut catalogue = Catalogue::default();
        catalogue.add("fails", Arc::new(Unable::FailsForNow));
        catalogue.add("hangs", Arc::new(Unable::NeverAnswers));
        catalogue.add("stops", Arc::new(Unable::GivesUp));
        let bench = Bench::start(&database.settings, catalogue).await;
        let figures = async || bench.runtime.store.figures(bench.clock.now()).await.unwrap();
        let empty = figures().await;
        assert_eq!((empty.instances_open, empty.incidents_open, empty.timers_due), (0, 0, 0));
        assert_eq!((empty.jobs.len(), empty.timer_late_ms), (0, None));
        for job_type in ["fails", "hangs", "nobody", "stops"] {
            let task = models::service_task("work", job_type, 3);
            let key = bench.deploy(&models::sequence(job_type, &[task])).await;
            for _ in 0..2 {
                bench.start_instance(key, "anna", "LA-1").await;
            }
        }
        let settled = || async {
            let figures = figures().await;
            figures.jobs.iter().map(|jobs| jobs.waiting + jobs.leased + jobs.stopped).sum::<u64>()
                == 6
                && of_type(&figures, "fails").waiting == 2
                && of_type(&figures, "stops").stopped == 2
                // What nobody does here waits for a worker outside.
                && of_type(&figures, "nobody").due == 2
        };
        until("each job is where it belongs", DEADLINE, settled).await;
        let now = figures().await;
        assert_eq!((now.instances_open, now.incidents_open), (8, 2));
        assert_eq!(of_type(&now, "hangs").leased, 2);
        // Nobody looks after them any more, and time goes on.
        bench.runtime.stop().await;
        let later = bench.clock.now().plus_millis_saturating(86_400_000);
        let late = bench.runtime.store.figures(later).await.unwrap();
        let fails = of_type(&late, "fails");
        assert_eq!((fails.due, fails.waiting, of_type(&late, "hangs").due), (2, 0, 2));
        assert!(fails.oldest_due_ms.is_some_and(|ms| ms > 80_000_000), "{fails:?}");
        assert_eq!(of_type(&late, "stops").oldest_due_ms, None);
        assert_eq!(of_type(&late, "nobody").oldest_due_ms, Some(86_400_000));
        bench.runtime.store.close().await;
    });
}

#[test]
fn timers_that_are_due_are_told_with_how_late_they_are() {
    on_every_database("timers_that_are_due_are_told", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let key = bench.deploy(&models::sequence("waits", &[nodes::wait("PT1H")])).await;
        for _ in 0..3 {
            bench.start_instance(key, "anna", "LA-1").await;
        }
        bench.runtime.stop().await;
        let at = |ms| bench.clock.now().plus_millis_saturating(ms);
        let figures = bench.runtime.store.figures(at(3_599_000)).await.unwrap();
        assert_eq!((figures.timers_due, figures.timer_late_ms), (0, None));
        let figures = bench.runtime.store.figures(at(3_607_000)).await.unwrap();
        assert_eq!((figures.timers_due, figures.timer_late_ms), (3, Some(7_000)));
        bench.runtime.store.close().await;
    });
}

#[test]
fn types_of_jobs_past_the_bound_are_told_together() {
    on_every_database("types_of_jobs_past_the_bound", |database| async move {
        let count = JOB_TYPES_MAX + 3;
        let mut catalogue = Catalogue::default();
        // The last ones fail for now, all others stop.
        for number in 0..count {
            let is_last = number >= count - 2;
            let unable = if is_last { Unable::FailsForNow } else { Unable::GivesUp };
            catalogue.add(&format!("t{number:02}"), Arc::new(unable));
        }
        let bench = Bench::start(&database.settings, catalogue).await;
        for number in 0..count {
            let task = models::service_task("work", &format!("t{number:02}"), 3);
            let key = bench.deploy(&models::sequence(&format!("p{number}"), &[task])).await;
            bench.start_instance(key, "anna", "LA-1").await;
        }
        let figures = async || bench.runtime.store.figures(bench.clock.now()).await.unwrap();
        let settled = || async {
            let jobs = figures().await.jobs;
            jobs.last().is_some_and(|others| others.job_type.is_none() && others.waiting == 2)
                && jobs.iter().map(|jobs| jobs.stopped).sum::<u64>() == u64::from(count) - 2
        };
        until("each job is where it belongs", DEADLINE, settled).await;
        let jobs = figures().await.jobs;
        assert_eq!(jobs.len(), JOB_TYPES_MAX as usize + 1);
        assert_eq!(jobs[31].job_type.as_deref(), Some("t31"));
        let others = jobs.last().expect("the others");
        assert_eq!((others.due, others.leased, others.waiting, others.stopped), (0, 0, 2, 1));
        bench.runtime.stop().await;
        let later = bench.clock.now().plus_millis_saturating(86_400_000);
        let jobs = bench.runtime.store.figures(later).await.unwrap().jobs;
        assert_eq!(jobs.last().map(|others| (others.due, others.waiting)), Some((2, 0)));
        bench.runtime.store.close().await;
    });
}

/// What a server shows: names with their labels, and values.
async fn scrape(house: &House) -> BTreeMap<String, f64> {
    let answer = reqwest::get(format!("http://{}/metrics", house.metrics)).await.unwrap();
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "text/plain; version=0.0.4; charset=utf-8");
    let text = answer.text().await.unwrap();
    let values = text.lines().filter(|line| !line.starts_with('#'));
    values
        .map(|line| {
            let (name, value) = line.rsplit_once(' ').unwrap();
            (name.to_owned(), value.parse().unwrap_or_else(|_| panic!("{line}")))
        })
        .collect()
}

/// Figures that are shown whatever is done.
const SHOWN: [&str; 6] = [
    "spartito_queue_requests{lane=\"people\"}",
    "spartito_queue_requests{lane=\"machines\"}",
    "spartito_queue_limit_requests",
    "spartito_timers_due",
    "spartito_timer_late_seconds",
    "spartito_database_figures_duration_seconds",
];

#[test]
fn each_figure_moves_by_what_is_done() {
    on_every_database("each_figure_moves_by_what_is_done", |database| async move {
        let house = House::with_example(database).await;
        let before = scrape(&house).await;
        let sofia = house.browser_of("sofia").await;
        house.sandbox_mode("down").await;
        house.loan(&sofia, "Anna Keller").await;
        let mut stream = sofia.get("/api/v1/stream?topic=tasks").await;
        assert!(stream.chunk().await.unwrap().is_some());
        let refused = sofia.get("/api/v1/process-instances/nonsense").await;
        assert_eq!(refused.status(), 404);
        let in_trouble = || async {
            house.clock.advance(Duration::from_secs(10));
            scrape(&house).await["spartito_incidents_open"] > 0.0
        };
        until("an incident", DEADLINE, in_trouble).await;
        let after = scrape(&house).await;
        let moved = |name: &str| {
            let value = |figures: &BTreeMap<String, f64>| figures.get(name).copied();
            value(&after).unwrap_or_else(|| panic!("no {name} in {after:#?}"))
                - value(&before).unwrap_or(0.0)
        };
        let route = |what: &str, class: &str| {
            format!("spartito_http_requests_total{{door=\"api\",{what},class=\"{class}\"}}")
        };
        let start = "method=\"POST\",route=\"/api/v1/process-instances\"";
        let look = "method=\"GET\",route=\"/api/v1/process-instances/{key}\"";
        for (name, by) in [
            (route(start, "2xx"), 1.0),
            (route(look, "4xx"), 1.0),
            ("spartito_live_clients".to_owned(), 1.0),
            ("spartito_instances_open".to_owned(), 1.0),
            ("spartito_incidents_open".to_owned(), 1.0),
            (format!("spartito_http_request_duration_seconds_count{{door=\"api\",{start}}}"), 1.0),
        ] {
            assert!((moved(&name) - by).abs() < 1e-9, "{name} moved by {}", moved(&name));
        }
        for name in [
            "spartito_turns_total{outcome=\"done\"}",
            "spartito_batch_requests_count",
            "spartito_batch_requests_sum",
            "spartito_commit_duration_seconds_count",
            "spartito_commit_duration_seconds_bucket{le=\"+Inf\"}",
            "spartito_commit_duration_seconds_sum",
        ] {
            assert!(moved(name) > 0.0, "{name} moved by {}", moved(name));
        }
        let jobs = after.iter().filter(|(name, _)| {
            name.starts_with("spartito_jobs{") && name.contains("state=\"stopped\"")
        });
        assert!((jobs.map(|(_, value)| value).sum::<f64>() - 1.0).abs() < 1e-9);
        for name in ["spartito_turns_total{outcome=\"failed\"}", "spartito_commits_failed_total"] {
            assert!(after[name].abs() < 1e-9, "{name} is {}", after[name]);
        }
        for name in SHOWN {
            assert!(after.contains_key(name), "no {name}");
        }
        for name in ["spartito_database_up", "spartito_lease_held"] {
            assert!((after[name] - 1.0).abs() < 1e-9, "{name}");
        }
        assert!(after["process_resident_memory_bytes"] > 1e6);
        assert!(after["process_open_fds"] > 3.0);
        assert!(after.keys().any(|name| name.starts_with("spartito_build_info{version=")));
        drop(stream);
        let alone = || async { scrape(&house).await["spartito_live_clients"] < 0.5 };
        until("nobody listens", DEADLINE, alone).await;
        house.close().await;
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn figures_are_shown_on_their_own_address_only_and_in_both_formats() {
    let house = House::with_example(sqlite()).await;
    let admin = house.browser_of("admin").await;
    assert_eq!(admin.get("/metrics").await.status(), 404, "not where people are");
    let client = Client::new();
    let url = format!("http://{}", house.metrics);
    for path in ["/", "/api/v1/me", "/readyz", "/tasks"] {
        let answer = client.get(format!("{url}{path}")).send().await.unwrap();
        assert_eq!(answer.status(), 404, "{path}");
    }
    let answer = client
        .get(format!("{url}/metrics"))
        .header("accept", "application/openmetrics-text;version=1.0.0,text/plain;q=0.5")
        .send()
        .await
        .unwrap();
    let kind = answer.headers()["content-type"].to_str().unwrap().to_owned();
    assert!(kind.starts_with("application/openmetrics-text; version=1.0.0"), "{kind}");
    let text = answer.text().await.unwrap();
    assert!(text.ends_with("# EOF\n"), "{text}");
    for line in [
        "# TYPE spartito_turns counter",
        "# UNIT spartito_commit_duration_seconds seconds",
        "# TYPE spartito_instances_open gauge",
    ] {
        assert!(text.lines().any(|found| found == line), "no {line} in {text}");
    }
    let helped = text.lines().filter(|line| line.starts_with("# HELP ")).count();
    let typed = text.lines().filter(|line| line.starts_with("# TYPE ")).count();
    assert!(helped == typed && helped > 20, "each of {typed} has its words");
    house.close().await;
}

/// What `/readyz` says, and whether that is 200.
async fn readiness(client: &Client, url: &str) -> (u16, Value) {
    let answer = client.get(format!("{url}/readyz")).send().await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_is_not_ready_while_its_database_is_away_and_is_alive_all_the_time() {
    let Some(mut database) = postgres() else {
        println!("SKIPPED, PostgreSQL is not installed: a_server_is_not_ready");
        return;
    };
    let (line, near) = nodes::line(&database.settings.url).await;
    database.settings.url = near;
    let house = House::with_example(database).await;
    let (client, url) = (Client::new(), house.url.clone());
    let ready = (200, json!({ "status": "ready" }));
    assert_eq!(readiness(&client, &url).await, ready);
    line.send_replace(Line::Cut);
    until("not ready", DEADLINE, || async { readiness(&client, &url).await.0 == 503 }).await;
    let (status, answer) = readiness(&client, &url).await;
    assert_eq!((status, &answer["status"]), (503, &json!("not ready")));
    let reason = answer["reason"].as_str().unwrap();
    assert!(reason.contains("database"), "{reason}");
    assert!(!reason.contains("127.0.0.1") && !reason.contains("postgres"), "{reason}");
    let alive = client.get(format!("{url}/healthz")).timeout(Duration::from_secs(5)).send().await;
    assert_eq!(alive.expect("at once").status(), 200);
    let figures = scrape(&house).await;
    assert!(figures["spartito_database_up"] < 0.5);
    assert!(figures.contains_key("spartito_turns_total{outcome=\"done\"}"));
    assert!(!figures.contains_key("spartito_instances_open"), "what is not known is not shown");
    line.send_replace(Line::Whole);
    until("ready again", DEADLINE, || async { readiness(&client, &url).await == ready }).await;
    let known = || async { scrape(&house).await.contains_key("spartito_instances_open") };
    until("figures again", DEADLINE, known).await;
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_is_told_to_stop_is_not_ready_and_serves_until_the_delay_is_over() {
    let delay = Duration::from_hours(1);
    let house = House::changed(sqlite(), |settings| settings.stop_delay = delay).await;
    let (client, url) = (Client::new(), house.url.clone());
    assert_eq!(readiness(&client, &url).await.0, 200);
    house.tell_to_stop();
    until("not ready", DEADLINE, || async { readiness(&client, &url).await.0 == 503 }).await;
    let (_, answer) = readiness(&client, &url).await;
    assert_eq!(answer["reason"], "The server is being stopped.");
    assert_eq!(client.get(format!("{url}/healthz")).send().await.unwrap().status(), 200);
    assert_eq!(client.get(format!("{url}/api/v1/me")).send().await.unwrap().status(), 401);
    assert!(scrape(&house).await["spartito_database_up"] > 0.5);
    // Told once more, it does not wait.
    house.hurry.cancel();
    house.close().await;
    assert!(client.get(format!("{url}/healthz")).send().await.is_err(), "it has gone");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_request_has_an_id_that_its_answer_bears() {
    let house = House::with_example(sqlite()).await;
    let stranger = house.visitor();
    let ask = async |path: &str, id: &str| {
        let request = stranger.request(reqwest::Method::GET, path).header("x-request-id", id);
        let answer = request.send().await.unwrap();
        answer.headers()["x-request-id"].to_str().unwrap().to_owned()
    };
    for path in ["/healthz", "/api/v1/me", "/sign-in", "/pkg/spartito.css", "/nothing/here"] {
        assert_eq!(ask(path, "550e8400-e29b").await, "550e8400-e29b", "{path}");
        let made = ask(path, "not} an id").await;
        assert!(made.len() == 32 && made.bytes().all(|byte| byte.is_ascii_hexdigit()), "{made}");
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_tells_which_request_made_which_turn_one_line_for_each() {
    let place = Place::new(sqlite(), start_sandbox(0).await);
    let server = Server::start_with(&place, &["--log", "info,spartito=debug"]).await;
    nodes::deploy(&server, models::sequence("short", &[models::script_task("s", "1", "v")])).await;
    let start = server.call("POST", "/process-instances").header("x-request-id", "from-a-test");
    let body = json!({ "processDefinitionId": "short" });
    let started: Value = start.json(&body).send().await.unwrap().json().await.unwrap();
    let instance = started["processInstanceKey"].as_str().unwrap();
    let is_turn = |line: &str| {
        line.contains("request{id=from-a-test method=POST path=\"/api/v1/process-instances\"}")
            && line.contains(&format!("instance={instance}"))
            && line.contains("command=")
            && line.contains("outcome=\"done\"")
    };
    until("a line about the turn", DEADLINE, || async { place.log().lines().any(is_turn) }).await;
    for line in place.log().lines().filter(|line| line.contains("spartito")) {
        let is_whole = line.contains(" DEBUG ")
            || line.contains(" INFO ")
            || line.contains(" WARN ")
            || line.contains(" ERROR ")
            || line.starts_with("Spartito is ready")
            || line.starts_with("Set it up");
        assert!(is_whole, "{line}");
    }
}
