//! Workers outside: they wait for jobs, get them under a lease, and answer; on both databases, over
//! real HTTP.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde_json::{Value, json};
use spartito::runtime::{Ask, Clock};
use spartito::server::config::Settings;
use spartito::store::{InstanceStatus, JobTaker, TaskSelection, Unused, WantedJobs};
use spartito_core::engine::Command;
use spartito_core::ids::{DefinitionKey, InstanceId};

use crate::bench::Bench;
use crate::databases::{TestDatabase, on_every_database};
use crate::house::{House, problem};
use crate::models::{self, flows, process, user_task};

pub const TOKEN: &str = "a-token-of-the-tests-0123456789";
/// The type of the jobs of most tests.
pub const WORK: &str = "work";

/// A server with a door for workers, and a process with a job for them.
pub struct World {
    pub house: House,
    pub bench: Bench,
    pub client: Client,
    pub tokens: PathBuf,
    _folder: tempfile::TempDir,
}

impl World {
    pub async fn start(database: TestDatabase) -> Self {
        Self::changed(database, |_| {}).await
    }

    pub async fn changed(database: TestDatabase, change: impl FnOnce(&mut Settings)) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let tokens = folder.path().join("tokens");
        std::fs::write(&tokens, format!("# of the tests\n{TOKEN}\n")).unwrap();
        let file = tokens.clone();
        let house = House::changed(database, |settings| {
            settings.worker_token_file = Some(file);
            change(settings);
        })
        .await;
        let bench = Bench { runtime: house.desk.runtime.clone(), clock: house.clock.clone() };
        Self { house, bench, client: Client::new(), tokens, _folder: folder }
    }

    /// A process with one service task of a type, which is tried three times.
    pub async fn deploy(&self, job_type: &str) -> DefinitionKey {
        let task = models::service_task("score", job_type, 3);
        self.bench.deploy(&models::sequence(job_type, &[task])).await
    }

    pub async fn close(self) {
        self.house.close().await;
    }

    fn request(&self, method: Method, path: &str) -> RequestBuilder {
        let url = format!("{}/api/v1/jobs/{path}", self.house.url);
        self.client.request(method, url).bearer_auth(TOKEN)
    }

    pub async fn post(&self, path: &str, body: Value) -> Response {
        self.request(Method::POST, path).json(&body).send().await.unwrap()
    }

    pub async fn patch(&self, key: &str, changes: Value) -> Response {
        let body = json!({ "changeset": changes });
        self.request(Method::PATCH, key).json(&body).send().await.unwrap()
    }

    /// What a worker gets that asks like this, on top of what it has to say.
    pub async fn activate(&self, asked: Value) -> Vec<Value> {
        let mut body = json!({
            "type": WORK, "worker": "tester", "timeout": 60_000, "maxJobsToActivate": 10,
            "requestTimeout": -1,
        });
        for (name, value) in asked.as_object().unwrap() {
            body[name] = value.clone();
        }
        let answer = self.post("activation", body).await;
        assert_eq!(answer.status(), StatusCode::OK, "{}", answer.text().await.unwrap());
        let given: Value = answer.json().await.unwrap();
        given["jobs"].as_array().unwrap().clone()
    }

    /// The jobs that can be had now.
    pub async fn poll(&self) -> Vec<Value> {
        self.activate(json!({})).await
    }

    pub async fn one(&self) -> Value {
        let mut jobs = self.poll().await;
        assert_eq!(jobs.len(), 1, "{jobs:#?}");
        jobs.remove(0)
    }

    pub async fn complete(&self, job: &Value, variables: Value) -> Response {
        let path = format!("{}/completion", key_of(job));
        self.post(&path, json!({ "variables": variables })).await
    }

    pub async fn until_waiting(&self, count: usize) {
        let waiting = || async { self.bench.runtime.workers.figures().waiting == count };
        self.bench.until("as many wait", waiting).await;
    }

    pub async fn status(&self, instance: InstanceId) -> InstanceStatus {
        self.bench.runtime.store.instance(instance).await.unwrap().unwrap().status
    }

    async fn turns(&self, instance: InstanceId) -> usize {
        self.bench.runtime.store.turns(instance, 0, 100).await.unwrap().len()
    }
}

pub fn key_of(job: &Value) -> &str {
    job["jobKey"].as_str().unwrap()
}

pub fn ask(job_type: &str, wait: Duration) -> Ask {
    Ask {
        job_type: job_type.to_owned(),
        worker: "tester".to_owned(),
        lease_ms: 60_000,
        jobs_max: 1,
        variables: None,
        wait: Some(wait),
    }
}

#[test]
fn a_worker_that_waits_gets_a_job_as_soon_as_there_is_one() {
    on_every_database("a_worker_that_waits", |database| async move {
        let world = World::start(database).await;
        let definition = world.deploy(WORK).await;
        let mut late = Vec::new();
        for round in 1..=5_u32 {
            let waits = world.activate(json!({ "requestTimeout": 20_000 }));
            let starts = async {
                world.until_waiting(1).await;
                let instance = world.bench.start_with(definition, "amount", "70.10").await;
                (instance, Instant::now())
            };
            let ((jobs, got_at), (instance, started_at)) =
                tokio::join!(async { (waits.await, Instant::now()) }, starts);
            late.push(got_at.saturating_duration_since(started_at));
            let job = &jobs[0];
            assert_eq!((jobs.len(), job["type"].as_str()), (1, Some(WORK)), "{job:#}");
            assert_eq!(job["processInstanceKey"], instance.to_string());
            assert_eq!(job["elementInstanceKey"], format!("{instance}-2"));
            assert_eq!(job["jobKey"], format!("{instance}-2-1-1"));
            assert_eq!((&job["elementId"], &job["retries"]), (&json!("score"), &json!(3)));
            assert_eq!(job["processDefinitionId"], WORK);
            assert_eq!(job["customHeaders"], json!({ "retryBackoff": "PT10S" }));
            assert_eq!(job["variables"], json!({ "amount": "70.10" }));
            let deadline = world.bench.clock.now().plus_millis_saturating(60_000);
            assert_eq!(job["deadline"], deadline.as_millis());
            assert!(world.poll().await.is_empty(), "nobody else gets it");
            let done = world.complete(job, json!({ "score": 700 + round })).await;
            assert_eq!(done.status(), StatusCode::NO_CONTENT);
            assert_eq!(world.status(instance).await, InstanceStatus::Completed);
            let (state, _) = world.bench.runtime.state(instance).await.unwrap().unwrap();
            assert_eq!(
                state.variables().get("score").unwrap().to_json(),
                (700 + round).to_string()
            );
        }
        late.sort_unstable();
        println!(
            "handed over {:?} (p50), {:?} (most) after the start was answered",
            late[2], late[4]
        );
        let figures = world.bench.runtime.workers.figures();
        let of_work = figures.by_type[&Some(WORK.to_owned())];
        assert_eq!((of_work.activated, of_work.completed, of_work.failed), (5, 5, 0));
        world.close().await;
    });
}

#[test]
fn a_job_whose_lease_has_ended_goes_to_another_and_the_late_answer_is_refused() {
    on_every_database("a_job_whose_lease_has_ended", |database| async move {
        let world = World::start(database).await;
        let definition = world.deploy(WORK).await;
        let instance = world.bench.start_instance(definition, "anna", "LA-1").await;
        let first = world.one().await;
        world.bench.clock.advance(Duration::from_millis(59_999));
        assert!(world.poll().await.is_empty(), "the lease lasts");
        // Somebody waits for its end.
        let waits = world.activate(json!({ "requestTimeout": 20_000, "worker": "second" }));
        let ends = async {
            world.until_waiting(1).await;
            world.bench.clock.advance(Duration::from_millis(1));
        };
        let (second, ()) = tokio::join!(waits, ends);
        let second = &second[0];
        assert_eq!(second["elementInstanceKey"], first["elementInstanceKey"], "the same key");
        assert_eq!(second["jobKey"], format!("{instance}-2-1-2"));
        let late = world.complete(&first, json!({ "by": "first" })).await;
        let words = problem(late, 409).await;
        assert!(words.contains("given to somebody else"), "{words}");
        for what in ["failure", "error"] {
            let path = format!("{}/{what}", key_of(&first));
            let body = if what == "error" { json!({ "errorCode": "X" }) } else { json!({}) };
            problem(world.post(&path, body).await, 409).await;
        }
        problem(world.patch(key_of(&first), json!({ "timeout": 5_000 })).await, 409).await;
        problem(world.patch(key_of(&first), json!({ "retries": 5 })).await, 409).await;
        assert_eq!(world.turns(instance).await, 1, "nothing late was written");
        assert_eq!(world.complete(second, json!({ "by": "second" })).await.status(), 204);
        let (state, _) = world.bench.runtime.state(instance).await.unwrap().unwrap();
        assert_eq!(state.variables().get("by").unwrap().to_json(), "\"second\"");
        problem(world.complete(&first, json!({})).await, 409).await;
        world.close().await;
    });
}

#[test]
fn a_worker_whose_job_a_server_has_by_now_answers_too_late() {
    on_every_database("a_worker_whose_job_a_server_has", |database| async move {
        let world = World::start(database).await;
        let definition = world.deploy(WORK).await;
        let instance = world.bench.start_instance(definition, "anna", "LA-1").await;
        let job = world.one().await;
        world.bench.clock.advance(Duration::from_mins(1));
        // As a server does that has a connector for it by now.
        let (store, now) = (&world.bench.runtime.store, world.bench.clock.now());
        let until = now.plus_millis_saturating(90_000);
        let want = WantedJobs {
            job_type: WORK.to_owned(),
            by: JobTaker::Server,
            until,
            limit: 1,
            together_max: None,
            priorities: vec![0],
        };
        let taken = store.lease_jobs(now, &[want]).await.unwrap()[0][0].leased;
        assert_eq!(taken.lease, 2);
        let words = problem(world.complete(&job, json!({})).await, 409).await;
        assert!(words.contains("given to somebody else"), "{words}");
        assert_eq!(world.turns(instance).await, 1, "nothing late was written");
        assert!(world.poll().await.is_empty(), "the server has it");
        // Given back at once, and only as long as it has it.
        let unused = Unused::of(taken, until);
        for _ in 0..2 {
            let mut unused = vec![unused];
            store.give_jobs_back(&mut unused, now).await.unwrap();
            assert!(unused.is_empty());
        }
        let job = world.one().await;
        store.give_jobs_back(&mut vec![unused], now).await.unwrap();
        assert!(world.poll().await.is_empty(), "a worker has it");
        assert_eq!(world.complete(&job, json!({})).await.status(), 204);
        world.close().await;
    });
}

#[test]
fn the_repeat_of_an_answer_gets_the_first_answer() {
    on_every_database("the_repeat_of_an_answer", |database| async move {
        let world = World::start(database).await;
        let definition = world.deploy(WORK).await;
        let instance = world.bench.start_instance(definition, "anna", "LA-1").await;
        let job = world.one().await;
        // Three at once, as an impatient client sends them, and one later.
        let complete = |n: u32| world.complete(&job, json!({ "n": n }));
        let (a, b, c) = tokio::join!(complete(1), complete(2), complete(3));
        assert_eq!([a.status(), b.status(), c.status()], [StatusCode::NO_CONTENT; 3]);
        assert_eq!(complete(4).await.status(), 204);
        assert_eq!(world.turns(instance).await, 2, "it is done once");
        let refused = world.post(&format!("{}/failure", key_of(&job)), json!({})).await;
        problem(refused, 409).await;
        let other = world.bench.start_instance(definition, "anna", "LA-2").await;
        let job = world.one().await;
        let path = format!("{}/failure", key_of(&job));
        for _ in 0..2 {
            let failed = world.post(&path, json!({ "errorMessage": "no paper" })).await;
            assert_eq!(failed.status(), 204);
        }
        assert_eq!(world.turns(other).await, 2, "it failed once");
        world.close().await;
    });
}

#[test]
fn a_job_that_fails_is_tried_again_as_the_worker_says_or_as_the_task_does() {
    on_every_database("a_job_that_fails", |database| async move {
        let world = World::start(database).await;
        let definition = world.deploy(WORK).await;
        let instance = world.bench.start_instance(definition, "anna", "LA-1").await;
        let job = world.one().await;
        let fail = async |job: &Value, body: Value| {
            let answer = world.post(&format!("{}/failure", key_of(job)), body).await;
            assert_eq!(answer.status(), StatusCode::NO_CONTENT);
        };
        fail(&job, json!({ "errorMessage": "no paper" })).await;
        // The pause of the task is 10 s, and up to a quarter more.
        world.bench.clock.advance(Duration::from_millis(9_999));
        assert!(world.poll().await.is_empty(), "not before the pause is over");
        world.bench.clock.advance(Duration::from_millis(2_501));
        let job = world.one().await;
        assert_eq!(
            (&job["retries"], &job["jobKey"]),
            (&json!(2), &json!(format!("{instance}-2-2-2")))
        );
        let asked = json!({
            "retries": 7, "retryBackOff": 5_000, "errorMessage": "tray 2", "variables": { "tray": 3 },
        });
        fail(&job, asked).await;
        world.bench.clock.advance(Duration::from_millis(4_999));
        assert!(world.poll().await.is_empty());
        world.bench.clock.advance(Duration::from_millis(1));
        let job = world.one().await;
        assert_eq!((&job["retries"], &job["variables"]["tray"]), (&json!(7), &json!(3)));
        fail(&job, json!({ "retries": 0, "errorMessage": "out of order" })).await;
        let store = &world.bench.runtime.store;
        let incidents = store.open_incidents(instance).await.unwrap();
        assert_eq!((incidents.len(), incidents[0].message.as_str()), (1, "out of order"));
        world.bench.clock.advance(Duration::from_secs(86_400));
        assert!(world.poll().await.is_empty(), "it waits for a person");
        let command = Command::ResolveIncident { incident: incidents[0].key.number };
        world.bench.submit(instance, command, "olga").await.unwrap();
        let job = world.one().await;
        assert_eq!(world.complete(&job, json!({})).await.status(), 204);
        assert_eq!(world.status(instance).await, InstanceStatus::Completed);
        world.close().await;
    });
}

#[test]
fn an_error_of_a_worker_goes_the_way_that_the_model_has_for_it() {
    on_every_database("an_error_of_a_worker", |database| async move {
        let world = World::start(database).await;
        let content = [
            "<bpmn:startEvent id=\"start\" /><bpmn:endEvent id=\"end\" />".to_owned(),
            models::service_task("pay", WORK, 3),
            "<bpmn:boundaryEvent id=\"caught\" attachedToRef=\"pay\"><bpmn:errorEventDefinition />\
             </bpmn:boundaryEvent>"
                .to_owned(),
            user_task("call", "Call the customer", "clerks"),
            flows("start pay end"),
            flows("caught call"),
        ];
        let definition = world.bench.deploy(&process("shop", &content.concat())).await;
        let instance = world.bench.start_instance(definition, "anna", "LA-1").await;
        let job = world.one().await;
        let body = json!({
            "errorCode": "DECLINED", "errorMessage": "no money", "variables": { "reason": "limit" },
        });
        let answer = world.post(&format!("{}/error", key_of(&job)), body).await;
        assert_eq!(answer.status(), StatusCode::NO_CONTENT);
        let tasks = world.bench.tasks("ben", &["clerks"], TaskSelection::Groups).await;
        assert_eq!(tasks[0].title, "Call the customer");
        let (state, _) = world.bench.runtime.state(instance).await.unwrap().unwrap();
        assert_eq!(state.variables().get("reason").unwrap().to_json(), "\"limit\"");
        assert!(world.poll().await.is_empty());
        world.close().await;
    });
}

#[test]
fn a_worker_can_have_a_job_for_longer_and_change_what_it_may_cost() {
    on_every_database("a_worker_can_have_a_job_for_longer", |database| async move {
        let world = World::start(database).await;
        let definition = world.deploy(WORK).await;
        let instance = world.bench.start_instance(definition, "anna", "LA-1").await;
        let job = world.one().await;
        let changes = json!({ "timeout": 300_000, "retries": 9, "priority": 50 });
        assert_eq!(world.patch(key_of(&job), changes).await.status(), 204);
        world.bench.clock.advance(Duration::from_secs(299));
        assert!(world.poll().await.is_empty(), "it has the job for longer");
        world.bench.clock.advance(Duration::from_secs(1));
        let job = world.one().await;
        assert_eq!((&job["retries"], &job["priority"]), (&json!(9), &json!(50)));
        for wrong in [
            json!({}),
            json!({ "timeout": 0 }),
            json!({ "timeout": 86_400_001 }),
            json!({ "retries": 0 }),
            json!({ "priority": 1_001 }),
        ] {
            problem(world.patch(key_of(&job), wrong).await, 400).await;
        }
        // An instance that stands still keeps its jobs to itself, and takes no answer.
        world
            .bench
            .submit(instance, Command::SuspendInstance { reason: String::new() }, "olga")
            .await
            .unwrap();
        let words =
            problem(world.patch(key_of(&job), json!({ "timeout": 5_000 })).await, 409).await;
        assert!(words.contains("stands still"), "{words}");
        world.bench.clock.advance(Duration::from_secs(600));
        assert!(world.poll().await.is_empty(), "nothing is handed out");
        let words = problem(world.complete(&job, json!({})).await, 409).await;
        assert!(words.contains("suspended"), "{words}");
        world.bench.submit(instance, Command::ResumeInstance, "olga").await.unwrap();
        assert_eq!(world.complete(&job, json!({})).await.status(), 204, "nobody else has it yet");
        assert_eq!(world.status(instance).await, InstanceStatus::Completed);
        problem(world.patch(key_of(&job), json!({ "timeout": 5_000 })).await, 404).await;
        world.close().await;
    });
}

/// A process whose job has the priority that the variable `urgent` says.
pub fn prioritized(job_type: &str) -> String {
    let task = models::service_task("score", job_type, 3).replace(
        "<zeebe:taskHeaders>",
        "<zeebe:jobPriorityDefinition priority=\"=number(urgent)\" /><zeebe:taskHeaders>",
    );
    models::sequence("prioritized", &[task])
}

#[test]
fn jobs_of_a_higher_priority_come_first_and_the_oldest_of_each() {
    on_every_database("jobs_of_a_higher_priority", |database| async move {
        let world = World::start(database).await;
        let definition = world.bench.deploy(&prioritized(WORK)).await;
        for urgent in ["0", "5", "-3", "1000", "5", "-1000"] {
            world.bench.start_with(definition, "urgent", urgent).await;
            world.bench.clock.advance(Duration::from_millis(10));
        }
        let mut got = Vec::new();
        for most in [1, 2, 10] {
            for job in world.activate(json!({ "maxJobsToActivate": most })).await {
                assert_eq!(job["variables"]["urgent"], job["priority"].to_string());
                got.push((job["priority"].as_i64().unwrap(), key_of(&job).to_owned()));
            }
        }
        let priorities: Vec<i64> = got.iter().map(|(priority, _)| *priority).collect();
        assert_eq!(priorities, [1000, 5, 5, 0, -3, -1000]);
        assert!(got[1].1 < got[2].1, "the older one first: {got:?}");
        world.close().await;
    });
}

#[test]
fn a_worker_gets_the_variables_that_it_names() {
    on_every_database("a_worker_gets_the_variables", |database| async move {
        let world = World::start(database).await;
        let definition = world.deploy(WORK).await;
        for _ in 0..2 {
            world.bench.start_with(definition, "secret", "4711").await;
        }
        let asked = json!({ "fetchVariable": ["amount", "unknown"], "maxJobsToActivate": 1 });
        assert_eq!(world.activate(asked).await[0]["variables"], json!({}));
        let asked = json!({ "fetchVariable": ["secret"], "maxJobsToActivate": 1 });
        assert_eq!(world.activate(asked).await[0]["variables"], json!({ "secret": "4711" }));
        world.close().await;
    });
}
