//! What passes between instances: messages, signals and calls, on both databases.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value as Json, json};
use spartito::connectors::Catalogue;
use spartito::runtime::{Clock, Publication, PublishError, Published};
use spartito::store::{
    Changes, InstanceQuery, InstanceRow, InstanceStatus, NewTurn, Origin, Store, TaskSelection,
    Tracked,
};
use spartito_core::engine::decisions::DeployedDecisions;
use spartito_core::engine::{Command, Deployed, ExecutableProcess, InstanceState, Request, step};
use spartito_core::ids::{CommandId, DefinitionKey, DeploymentKey, InstanceId, ProcessId};
use spartito_core::value::{Value, Variables};

use crate::bench::Bench;
use crate::databases::on_every_database;
use crate::house::{House, problem};
use crate::models;

/// A message that is correlated by the variable `order`.
const PAID: &str = r#"<bpmn:message id="paid" name="paid"><bpmn:extensionElements>
    <zeebe:subscription correlationKey="=order"/></bpmn:extensionElements></bpmn:message>"#;
const GO: &str = r#"<bpmn:signal id="go" name="go"/>"#;

/// Waits for `paid`, then for a person.
fn catcher(process: &str) -> String {
    let nodes = r#"<bpmn:startEvent id="s"/>
        <bpmn:intermediateCatchEvent id="wait"><bpmn:messageEventDefinition messageRef="paid"/>
        </bpmn:intermediateCatchEvent><bpmn:endEvent id="e"/>"#;
    models::shaped(process, PAID, nodes, &["s wait", "wait e"])
}

/// Throws `paid` with the variable `amount`.
fn thrower() -> String {
    let nodes = r#"<bpmn:startEvent id="s"/>
        <bpmn:intermediateThrowEvent id="throw"><bpmn:extensionElements><zeebe:ioMapping>
        <zeebe:input source="=amount" target="amount"/></zeebe:ioMapping>
        </bpmn:extensionElements><bpmn:messageEventDefinition messageRef="paid"/>
        </bpmn:intermediateThrowEvent><bpmn:endEvent id="e"/>"#;
    models::shaped("thrower", PAID, nodes, &["s throw", "throw e"])
}

/// Calls the process `child`, and catches its error `NO`.
fn caller() -> String {
    let nodes = r#"<bpmn:startEvent id="s"/>
        <bpmn:callActivity id="call"><bpmn:extensionElements>
        <zeebe:calledElement processId="child" propagateAllChildVariables="true"/>
        </bpmn:extensionElements></bpmn:callActivity>
        <bpmn:endEvent id="e"/>"#;
    models::shaped("caller", "", nodes, &["s call", "call e"])
}

fn order(order: &str) -> Variables {
    [("order", Value::string(order)), ("amount", Value::from(12))].into_iter().collect()
}

impl Bench {
    async fn begin(&self, definition: DefinitionKey, variables: Variables) -> InstanceId {
        let instance = self.runtime.orchestrator.new_instance_id();
        let command = Command::StartInstance {
            instance,
            definition,
            business_key: None,
            variables,
            node: None,
            occurred: None,
            caller: None,
        };
        self.submit(instance, command, "anna").await.unwrap();
        instance
    }

    /// Publishes `paid` for an order, to wait for so many seconds.
    async fn paid(&self, order: &str, seconds: i64) -> Result<Published, PublishError> {
        self.runtime.exchange.publish(self.payment(order, seconds)).await
    }

    fn payment(&self, order: &str, seconds: i64) -> Publication {
        Publication {
            name: "paid".to_owned(),
            key: Some(order.to_owned()),
            message_id: None,
            waits_until: self.clock.now().plus_millis_saturating(seconds * 1_000),
            variables: [("amount", Value::from(12))].into_iter().collect(),
            by: None,
        }
    }

    async fn row(&self, instance: InstanceId) -> InstanceRow {
        self.runtime.store.instance(instance).await.unwrap().unwrap()
    }

    async fn is(&self, instance: InstanceId, status: InstanceStatus) -> bool {
        self.row(instance).await.status == status
    }

    async fn until_completed(&self, instance: InstanceId) {
        self.until("the end", || self.is(instance, InstanceStatus::Completed)).await;
    }

    async fn all(&self, process: &str) -> Vec<InstanceRow> {
        let process = Some(ProcessId::from(process));
        let query = InstanceQuery { process, limit: 200, ..Default::default() };
        self.runtime.store.instances(&query).await.unwrap().rows
    }

    async fn variable(&self, instance: InstanceId, name: &str) -> Option<Value> {
        let (state, _) = self.runtime.store.load_state(instance).await.unwrap().unwrap();
        state.variables().get(name).cloned()
    }

    async fn is_outbox_empty(&self) -> bool {
        self.runtime.store.outgoing(0, true, 10).await.unwrap().is_empty()
    }
}

#[test]
fn a_message_goes_from_one_process_to_another() {
    on_every_database("a_message_goes_from_one_process_to_another", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let catcher = bench.deploy(&catcher("catcher")).await;
        let thrower = bench.deploy(&thrower()).await;
        let first = bench.begin(catcher, order("7")).await;
        let second = bench.begin(catcher, order("7")).await;
        let other = bench.begin(catcher, order("8")).await;
        let sender = bench.begin(thrower, order("7")).await;
        bench.until_completed(first).await;
        assert!(bench.is(sender, InstanceStatus::Completed).await);
        assert_eq!(bench.variable(first, "amount").await, Some(Value::from(12)));
        bench.until("nothing is left to do", || bench.is_outbox_empty()).await;
        for waits in [second, other] {
            assert!(bench.is(waits, InstanceStatus::Active).await, "one gets it, the oldest");
        }
        bench.stop().await;
    });
}

#[test]
fn a_message_waits_for_who_waits_for_it() {
    on_every_database("a_message_waits_for_who_waits_for_it", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let catcher = bench.deploy(&catcher("catcher")).await;
        assert_eq!(bench.paid("7", 0).await.unwrap(), Published::Unmatched);
        assert_eq!(bench.paid("7", 60).await.unwrap(), Published::Waits);
        assert_eq!(bench.paid("9", 10).await.unwrap(), Published::Waits);
        let other = bench.begin(catcher, order("8")).await;
        let first = bench.begin(catcher, order("7")).await;
        bench.until_completed(first).await;
        let second = bench.begin(catcher, order("7")).await;
        assert_eq!(bench.paid("7", 60).await.unwrap(), Published::Received(vec![second]));
        assert!(bench.is(other, InstanceStatus::Active).await, "its key is another");
        // The time of the last one is over.
        bench.clock.advance(Duration::from_secs(10));
        let late = bench.begin(catcher, order("9")).await;
        bench.clock.advance(Duration::from_secs(60));
        let store = &bench.runtime.store;
        bench
            .until("it is forgotten", || async { store.messages_kept().await.unwrap() == 0 })
            .await;
        assert!(bench.is(late, InstanceStatus::Active).await);
        bench.stop().await;
    });
}

#[test]
fn a_message_with_an_id_is_taken_once() {
    on_every_database("a_message_with_an_id_is_taken_once", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let catcher = bench.deploy(&catcher("catcher")).await;
        let with_id = |order: &str| Publication {
            message_id: Some("m1".to_owned()),
            ..bench.payment(order, 60)
        };
        let exchange = &bench.runtime.exchange;
        let first = bench.begin(catcher, order("7")).await;
        let second = bench.begin(catcher, order("7")).await;
        assert_eq!(exchange.publish(with_id("7")).await.unwrap(), Published::Received(vec![first]));
        for _ in 0..2 {
            let refused = exchange.publish(with_id("7")).await.unwrap_err();
            assert!(matches!(refused, PublishError::Duplicate), "{refused:?}");
        }
        assert_eq!(exchange.publish(with_id("8")).await.unwrap(), Published::Waits, "another key");
        assert!(matches!(exchange.publish(with_id("8")).await, Err(PublishError::Duplicate)));
        let of_eight = bench.begin(catcher, order("8")).await;
        bench.until_completed(of_eight).await;
        assert!(bench.is(second, InstanceStatus::Active).await);
        // After its time the id is free again.
        bench.clock.advance(Duration::from_secs(2 * 3_600));
        let again = exchange.publish(with_id("7")).await.unwrap();
        assert_eq!(again, Published::Received(vec![second]));
        bench.stop().await;
    });
}

#[test]
fn of_each_process_one_instance_gets_a_message() {
    on_every_database("of_each_process_one_instance_gets_a_message", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let mut oldest = Vec::new();
        for process in ["a", "b"] {
            let definition = bench.deploy(&catcher(process)).await;
            oldest.push(bench.begin(definition, order("7")).await);
            bench.begin(definition, order("7")).await;
        }
        // A version of a third one starts by it, and an earlier version does not.
        let start = r#"<bpmn:startEvent id="s"><bpmn:messageEventDefinition messageRef="paid"/>
            </bpmn:startEvent><bpmn:userTask id="t"/><bpmn:endEvent id="e"/>"#;
        let flows = ["s t", "t e"];
        let other = r#"<bpmn:message id="paid" name="other"/>"#;
        bench.deploy(&models::shaped("started", other, start, &flows)).await;
        let started = bench.deploy(&models::shaped("started", PAID, start, &flows)).await;
        let Published::Received(mut reached) = bench.paid("7", 0).await.unwrap() else { panic!() };
        reached.sort_unstable();
        let rows = bench.all("started").await;
        assert_eq!(rows.len(), 1);
        assert_eq!((rows[0].definition, rows[0].business_key.as_deref()), (started, Some("7")));
        assert_eq!(reached, [oldest[0], oldest[1], rows[0].id]);
        assert_eq!(bench.variable(rows[0].id, "amount").await, Some(Value::from(12)));
        let unknown = Publication { name: "other".to_owned(), ..bench.payment("7", 0) };
        let unmatched = bench.runtime.exchange.publish(unknown).await.unwrap();
        assert_eq!(unmatched, Published::Unmatched);
        bench.stop().await;
    });
}

#[test]
fn all_hear_a_signal_and_it_starts_what_it_starts() {
    on_every_database("all_hear_a_signal", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let waits = r#"<bpmn:startEvent id="s"/><bpmn:userTask id="t"/>
            <bpmn:boundaryEvent id="stop" attachedToRef="t">
            <bpmn:signalEventDefinition signalRef="go"/></bpmn:boundaryEvent>
            <bpmn:endEvent id="e"/><bpmn:endEvent id="f"/>"#;
        let waits = models::shaped("waits", GO, waits, &["s t", "t e", "stop f"]);
        let starts = r#"<bpmn:startEvent id="s"><bpmn:signalEventDefinition signalRef="go"/>
            </bpmn:startEvent><bpmn:intermediateCatchEvent id="again">
            <bpmn:signalEventDefinition signalRef="go"/></bpmn:intermediateCatchEvent>
            <bpmn:endEvent id="e"/>"#;
        let waits = bench.deploy(&waits).await;
        bench.deploy(&models::shaped("starts", GO, starts, &["s again", "again e"])).await;
        let mut all = Vec::new();
        for _ in 0..300 {
            all.push(bench.begin(waits, order("7")).await);
        }
        bench.runtime.exchange.signal("go", order("9"), None).await.unwrap();
        bench.until("all is done", || bench.is_outbox_empty()).await;
        for instance in all {
            assert!(bench.is(instance, InstanceStatus::Completed).await);
        }
        let started = bench.all("starts").await;
        assert_eq!(started.len(), 1);
        assert_eq!(started[0].status, InstanceStatus::Active, "it began to wait after the signal");
        assert_eq!(bench.variable(started[0].id, "order").await, Some(Value::string("9")));
        // Asked once more, as after a crash: who has heard it hears nothing.
        bench.runtime.exchange.signal("go", order("9"), None).await.unwrap();
        bench.until("the second start", || async { bench.all("starts").await.len() == 2 }).await;
        bench.until_completed(started[0].id).await;
        bench.stop().await;
    });
}

/// Does `nodes`, as the process that is called.
fn child(beside: &str, nodes: &str, flows: &[&str]) -> String {
    models::shaped("child", beside, nodes, flows)
}

#[test]
fn a_called_process_gets_and_gives_variables() {
    on_every_database("a_called_process_gets_and_gives_variables", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let steps = [
            models::script_task("double", "amount * 2", "double"),
            models::user_task("check", "Check it", "clerks"),
        ];
        bench.deploy(&models::sequence("child", &steps)).await;
        let caller = bench.deploy(&caller()).await;
        let instance = bench.begin(caller, order("7")).await;
        bench.until("the call", || async { bench.all("child").await.len() == 1 }).await;
        let called = bench.all("child").await[0].id;
        let store = &bench.runtime.store;
        assert_eq!(store.relatives(instance, 9).await.unwrap(), (None, vec![called]));
        assert_eq!(store.relatives(called, 9).await.unwrap(), (Some(instance), vec![]));
        let tasks = bench.tasks("ben", &["clerks"], TaskSelection::Groups).await;
        bench.claim(tasks[0].key, "ben").await.unwrap();
        bench.complete(tasks[0].key, "ben").await.unwrap();
        bench.until_completed(instance).await;
        assert_eq!(bench.variable(instance, "double").await, Some(Value::from(24)));
        assert_eq!(bench.variable(instance, "seen").await, Some(Value::Boolean(true)));
        bench.stop().await;
    });
}

#[test]
fn a_called_instance_ends_with_its_caller() {
    on_every_database("a_called_instance_ends_with_its_caller", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let steps = [models::user_task("check", "Check it", "clerks")];
        bench.deploy(&models::sequence("child", &steps)).await;
        let caller = bench.deploy(&caller()).await;
        let instance = bench.begin(caller, order("7")).await;
        let terminate = Command::TerminateInstance { reason: String::new() };
        // At once: the start of the called instance is still on its way.
        bench.submit(instance, terminate.clone(), "olga").await.unwrap();
        bench.until("all is done", || bench.is_outbox_empty()).await;
        let called = bench.all("child").await;
        assert_eq!(called.len(), 1);
        assert_eq!(called[0].status, InstanceStatus::Terminated);
        // The other way round: the caller stops with an incident.
        let instance = bench.begin(caller, order("7")).await;
        bench.until("the call", || async { bench.all("child").await.len() == 2 }).await;
        let called = bench.all("child").await[0].id;
        bench.submit(called, terminate, "olga").await.unwrap();
        bench.until("an incident", || async { bench.row(instance).await.incidents == 1 }).await;
        bench.stop().await;
    });
}

#[test]
fn an_unknown_process_is_an_incident_until_it_is_deployed() {
    on_every_database("an_unknown_process_is_an_incident", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let caller = bench.deploy(&caller()).await;
        let instance = bench.begin(caller, order("7")).await;
        bench.until("an incident", || async { bench.row(instance).await.incidents == 1 }).await;
        let incident = &bench.runtime.store.open_incidents(instance).await.unwrap()[0];
        assert_eq!(incident.message, "The process “child” is not deployed.");
        let steps = [models::script_task("double", "amount * 2", "double")];
        bench.deploy(&models::sequence("child", &steps)).await;
        let retry = Command::ResolveIncident { incident: incident.key.number };
        bench.submit(instance, retry, "olga").await.unwrap();
        bench.until_completed(instance).await;
        assert_eq!(bench.variable(instance, "double").await, Some(Value::from(24)));
        bench.stop().await;
    });
}

#[test]
fn a_process_that_calls_itself_stops_at_the_bound() {
    on_every_database("a_process_that_calls_itself_stops", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let nodes = r#"<bpmn:startEvent id="s"/><bpmn:callActivity id="call">
            <bpmn:extensionElements><zeebe:calledElement processId="child"/>
            </bpmn:extensionElements></bpmn:callActivity><bpmn:endEvent id="e"/>"#;
        let child = bench.deploy(&child("", nodes, &["s call", "call e"])).await;
        bench.begin(child, order("7")).await;
        let stopped = InstanceQuery { incidents: true, limit: 9, ..Default::default() };
        let store = &bench.runtime.store;
        bench
            .until("an incident", || async {
                !store.instances(&stopped).await.unwrap().rows.is_empty()
            })
            .await;
        assert_eq!(bench.all("child").await.len(), 101);
        bench.stop().await;
    });
}

/// Writes the first turn of an instance and nothing more, as a process does that dies right after
/// its commit.
async fn commit_and_die(store: &Store, key: DefinitionKey, xml: &str, at: &impl Clock) -> Origin {
    let model = spartito_core::bpmn::read(xml.as_bytes()).unwrap().definitions.processes.remove(0);
    let process = ExecutableProcess::compile(key, 1, model).unwrap();
    let (forms, decisions) = (Default::default(), DeployedDecisions::default());
    let deployment = DeploymentKey::new(1);
    let (process, forms, decisions) = (&process, &forms, &decisions);
    let deployed = Deployed { process, from: None, forms, decisions, deployment };
    let instance = InstanceId::new(store.new_number(at.now()));
    let command = Command::StartInstance {
        instance,
        definition: key,
        business_key: None,
        variables: order("7"),
        node: None,
        occurred: None,
        caller: None,
    };
    let id = CommandId(u128::from(instance.number()));
    let request = Request { id, command, by: None, at: at.now(), seed: 1 };
    let mut state = InstanceState::default();
    let events = step(deployed, &mut state, &request).unwrap();
    let turn = NewTurn { instance, command: id, at: at.now(), by: None, events: &events };
    let (mut changes, mut tracked) = (Changes::default(), Tracked::default());
    changes.add(&turn, &mut tracked, &state);
    let mut tx = store.begin_batch().await.unwrap();
    tx.write(changes).await.unwrap();
    tx.commit().await.unwrap();
    Origin { instance, position: 1, number: 0 }
}

#[test]
fn what_a_dead_process_left_is_done_and_done_once() {
    on_every_database("what_a_dead_process_left_is_done_and_done_once", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let (thrower_xml, caller_xml) = (thrower(), caller());
        let catcher = bench.deploy(&catcher("catcher")).await;
        let thrower = bench.deploy(&thrower_xml).await;
        let steps = [models::user_task("check", "Check it", "clerks")];
        bench.deploy(&models::sequence("child", &steps)).await;
        let caller = bench.deploy(&caller_xml).await;
        let first = bench.begin(catcher, order("7")).await;
        let second = bench.begin(catcher, order("7")).await;
        let clock = bench.clock.clone();
        bench.stop().await;
        let store = Store::open(&database.settings).await.unwrap();
        let thrown = commit_and_die(&store, thrower, &thrower_xml, &clock).await;
        let called = commit_and_die(&store, caller, &caller_xml, &clock).await;
        let left = store.outgoing(0, true, 10).await.unwrap();
        assert_eq!(left.iter().map(|row| row.origin).collect::<Vec<_>>(), [thrown, called]);
        store.close().await;

        let bench = Bench::start_at(&database.settings, Catalogue::default(), clock.clone()).await;
        bench.until_completed(first).await;
        bench.until("the call", || async { bench.all("child").await.len() == 1 }).await;
        bench.until("all is done", || bench.is_outbox_empty()).await;
        bench.stop().await;
        // It died once more, after the commands were carried out and before that was noted.
        let store = Store::open(&database.settings).await.unwrap();
        for row in &left {
            store.ask(row.origin, None, &row.entry).await.unwrap();
        }
        store.close().await;
        let bench = Bench::start_at(&database.settings, Catalogue::default(), clock).await;
        bench.until("all is done", || bench.is_outbox_empty()).await;
        assert!(bench.is(second, InstanceStatus::Active).await, "the message arrived before");
        assert_eq!(bench.runtime.store.messages_kept().await.unwrap(), 0);
        assert_eq!(bench.all("child").await.len(), 1, "no call starts twice");
        bench.stop().await;
    });
}

#[test]
fn messages_reach_every_place_that_can_wait_for_one() {
    on_every_database("messages_reach_every_place", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        // A gateway with two ways, a border and a sub-process that may occur again and again.
        let beside = r#"<bpmn:message id="a" name="a"/><bpmn:message id="b" name="b"/>
            <bpmn:message id="note" name="note"/>"#;
        let nodes = r#"<bpmn:startEvent id="s"/><bpmn:eventBasedGateway id="g"/>
            <bpmn:intermediateCatchEvent id="left"><bpmn:messageEventDefinition messageRef="a"/>
            </bpmn:intermediateCatchEvent>
            <bpmn:intermediateCatchEvent id="right"><bpmn:messageEventDefinition messageRef="b"/>
            </bpmn:intermediateCatchEvent><bpmn:receiveTask id="last" messageRef="b"/>
            <bpmn:userTask id="t"/><bpmn:boundaryEvent id="over" attachedToRef="t">
            <bpmn:messageEventDefinition messageRef="a"/></bpmn:boundaryEvent>
            <bpmn:endEvent id="e"/><bpmn:endEvent id="f"/><bpmn:endEvent id="h"/>
            <bpmn:subProcess id="notes" triggeredByEvent="true">
            <bpmn:startEvent id="noted" isInterrupting="false">
            <bpmn:messageEventDefinition messageRef="note"/></bpmn:startEvent>
            <bpmn:endEvent id="n"/>
            <bpmn:sequenceFlow id="noted-n" sourceRef="noted" targetRef="n"/></bpmn:subProcess>"#;
        let flows = ["s g", "g left", "g right", "left t", "t e", "over last", "last f", "right h"];
        let definition = bench.deploy(&models::shaped("p", beside, nodes, &flows)).await;
        let instance = bench.begin(definition, order("7")).await;
        let publish = |name: &str, noted: i64| {
            let publication = Publication {
                name: name.to_owned(),
                key: None,
                variables: [("noted", Value::from(noted))].into_iter().collect(),
                ..bench.payment("7", 0)
            };
            bench.runtime.exchange.publish(publication)
        };
        let reached = Published::Received(vec![instance]);
        for noted in 1..=2 {
            assert_eq!(publish("note", noted).await.unwrap(), reached);
        }
        assert_eq!(publish("a", 0).await.unwrap(), reached);
        assert_eq!(publish("b", 0).await.unwrap(), Published::Unmatched, "the other way is gone");
        assert_eq!(bench.row(instance).await.steps, ["t".into()]);
        assert_eq!(publish("a", 0).await.unwrap(), reached);
        assert_eq!(bench.row(instance).await.steps, ["last".into()]);
        assert_eq!(publish("b", 0).await.unwrap(), reached);
        assert!(bench.is(instance, InstanceStatus::Completed).await);
        assert_eq!(publish("note", 3).await.unwrap(), Published::Unmatched, "nobody is there");
        bench.stop().await;
    });
}

#[test]
fn messages_and_signals_come_in_by_the_door() {
    on_every_database("messages_and_signals_come_in_by_the_door", |database| async move {
        let house = House::with_example(database).await;
        let (admin, olga) = (house.browser_of("admin").await, house.browser_of("olga").await);
        let deployed = admin
            .request(Method::POST, "/api/v1/deployments?fileName=catcher.bpmn")
            .header("content-type", "application/xml")
            .body(catcher("catcher"))
            .send()
            .await
            .unwrap();
        assert_eq!(deployed.status(), 200, "{}", deployed.text().await.unwrap());
        let start = json!({ "processDefinitionId": "catcher", "variables": { "order": "7" } });
        let started: Json =
            admin.post("/api/v1/process-instances", &start).await.json().await.unwrap();
        let key = started["processInstanceKey"].as_str().unwrap();
        let said = async |body: Json| -> Json {
            let answer = olga.post("/api/v1/messages", &body).await;
            assert_eq!(answer.status(), 200);
            answer.json().await.unwrap()
        };
        let none = said(json!({ "name": "paid", "correlationKey": "8" })).await;
        assert_eq!(none, json!({ "outcome": "UNMATCHED", "processInstanceKeys": [] }));
        let body = json!({ "name": "paid", "correlationKey": "8", "timeToLive": "PT1H" });
        assert_eq!(said(body).await["outcome"], "BUFFERED");
        let body = json!({
            "name": "paid", "correlationKey": "7", "messageId": "m1", "variables": { "rate": 4.90 },
        });
        let got = said(body.clone()).await;
        assert_eq!(got, json!({ "outcome": "CORRELATED", "processInstanceKeys": [key] }));
        problem(olga.post("/api/v1/messages", &body).await, 409).await;
        let path = format!("/api/v1/process-instances/{key}");
        let detail: Json = olga.get(&path).await.json().await.unwrap();
        assert_eq!(detail["state"], "COMPLETED");
        assert_eq!(detail["variables"]["rate"], 4.9);
        for (wrong, status) in [
            (json!({ "name": "" }), 400),
            (json!({ "name": "x".repeat(256) }), 400),
            (json!({ "name": "paid", "timeToLive": "P31D" }), 400),
            (json!({ "name": "paid", "correlationKey": "a\u{0}" }), 400),
            (json!({ "name": "paid", "ttl": 5 }), 400),
            (json!({ "name": "paid", "variables": { "a": "x".repeat(270_000) } }), 413),
        ] {
            problem(olga.post("/api/v1/messages", &wrong).await, status).await;
        }
        let signal = json!({ "name": "go", "variables": { "a": 1 } });
        assert_eq!(olga.post("/api/v1/signals", &signal).await.status(), 204);
        problem(olga.post("/api/v1/signals", &json!({ "name": "" })).await, 400).await;
        let ben = house.browser_of("ben").await;
        problem(ben.post("/api/v1/signals", &signal).await, 403).await;
        problem(ben.post("/api/v1/messages", &json!({ "name": "paid" })).await, 403).await;
        house.close().await;
    });
}

#[test]
fn a_suspended_instance_gets_what_is_its_own_when_it_goes_on() {
    on_every_database("a_suspended_instance_gets_what_is_its_own", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let steps = [models::user_task("check", "Check it", "clerks")];
        bench.deploy(&models::sequence("child", &steps)).await;
        let (caller, catcher) =
            (bench.deploy(&caller()).await, bench.deploy(&catcher("catcher")).await);
        let nodes = r#"<bpmn:startEvent id="s"/><bpmn:intermediateCatchEvent id="wait">
            <bpmn:signalEventDefinition signalRef="go"/></bpmn:intermediateCatchEvent>
            <bpmn:endEvent id="e"/>"#;
        let hearer =
            bench.deploy(&models::shaped("hearer", GO, nodes, &["s wait", "wait e"])).await;
        let calls = bench.begin(caller, order("7")).await;
        bench.until("the call", || async { bench.all("child").await.len() == 1 }).await;
        let (waits, hears) =
            (bench.begin(catcher, order("7")).await, bench.begin(hearer, order("7")).await);
        let all = [calls, waits, hears];
        for instance in all {
            bench
                .submit(instance, Command::SuspendInstance { reason: String::new() }, "olga")
                .await
                .unwrap();
        }
        let task = bench.tasks("ben", &["clerks"], TaskSelection::Groups).await[0].key;
        bench.claim(task, "ben").await.unwrap();
        bench.complete(task, "ben").await.unwrap();
        bench.runtime.exchange.signal("go", Variables::default(), None).await.unwrap();
        assert_eq!(bench.paid("7", 60).await.unwrap(), Published::Waits, "it passes by");
        bench.until("all that can be is done", || bench.is_outbox_empty()).await;
        for instance in all {
            assert!(bench.is(instance, InstanceStatus::Active).await);
            bench.submit(instance, Command::ResumeInstance, "olga").await.unwrap();
        }
        for instance in all {
            bench.until_completed(instance).await;
        }
        bench.stop().await;
    });
}
