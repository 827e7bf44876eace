//! Elements that the engine carries out by itself, on the server: what lists and counts say of
//! loops, errors, compensation, conditions and what people choose.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::{Value as Json, json};
use spartito::connectors::{Catalogue, Connector, ConnectorError, Job};
use spartito::store::{InstanceStatus, NewDeployment, StepCountRow, TaskSelection};
use spartito_core::engine::Command;
use spartito_core::ids::{DefinitionKey, ElementInstanceId, InstanceId, ProcessId, UserTaskKey};
use spartito_core::time::Timestamp;
use spartito_core::value::{Value, Variables};

use crate::bench::{Bench, next_job_due};
use crate::databases::on_every_database;
use crate::house::{House, problem};
use crate::models::{self, flows, process, user_task};

/// The open tasks for clerks, by title.
async fn tasks(bench: &Bench) -> Vec<(String, UserTaskKey)> {
    let rows = bench.tasks("ben", &["clerks"], TaskSelection::Groups).await;
    let mut tasks: Vec<_> = rows.into_iter().map(|row| (row.title, row.key)).collect();
    tasks.sort();
    tasks
}

async fn titles(bench: &Bench) -> Vec<String> {
    tasks(bench).await.into_iter().map(|(title, _)| title).collect()
}

/// Does the first open task of this title.
async fn finish(bench: &Bench, title: &str) {
    let open = tasks(bench).await;
    let (_, key) = open.iter().find(|(found, _)| found == title).expect(title);
    bench.claim(*key, "ben").await.unwrap();
    bench.complete(*key, "ben").await.unwrap();
}

/// Open and completed visits of a node.
async fn counts(bench: &Bench, definition: DefinitionKey, node: &str) -> (u64, u64) {
    let rows = bench.runtime.store.step_counts(definition).await.unwrap();
    let found = rows.iter().find(|row: &&StepCountRow| row.node.as_str() == node);
    found.map_or((0, 0), |row| (row.active, row.completed))
}

async fn status(bench: &Bench, instance: InstanceId) -> InstanceStatus {
    bench.runtime.store.instance(instance).await.unwrap().unwrap().status
}

#[test]
fn a_task_for_each_item_counts_as_often_as_it_is_done() {
    on_every_database("a_task_for_each_item", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let task = user_task("check", "Check it", "clerks").replace(
            "</bpmn:userTask>",
            "<bpmn:multiInstanceLoopCharacteristics><bpmn:extensionElements>\
             <zeebe:loopCharacteristics inputCollection=\"=[1,2,3]\" inputElement=\"item\" \
             outputCollection=\"seen\" outputElement=\"=item * 2\" /></bpmn:extensionElements>\
             </bpmn:multiInstanceLoopCharacteristics></bpmn:userTask>",
        );
        let xml = models::sequence("each", &[task]);
        let definition = bench.deploy(&xml).await;
        let instance = bench.start_instance(definition, "anna", "LA-1").await;
        assert_eq!(titles(&bench).await, ["Check it"; 3]);
        assert_eq!(counts(&bench, definition, "check").await, (3, 0));
        finish(&bench, "Check it").await;
        assert_eq!(counts(&bench, definition, "check").await, (2, 1));
        finish(&bench, "Check it").await;
        finish(&bench, "Check it").await;
        assert_eq!(counts(&bench, definition, "check").await, (0, 3));
        assert_eq!(status(&bench, instance).await, InstanceStatus::Completed);
        let (state, _) = bench.runtime.store.load_state(instance).await.unwrap().unwrap();
        assert_eq!(state.variables().get("seen").map(Value::to_json).as_deref(), Some("[2,4,6]"));
        bench.stop().await;
    });
}

const BOUNDARY: &str = "bpmn:boundaryEvent";

#[test]
fn an_error_on_the_border_withdraws_what_is_open_inside() {
    on_every_database("an_error_on_the_border", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let inside = [
            "<bpmn:startEvent id=\"in\" /><bpmn:endEvent id=\"packed\" />".to_owned(),
            user_task("pay", "Pay", "clerks"),
            user_task("pack", "Pack", "clerks"),
            "<bpmn:endEvent id=\"declined\"><bpmn:errorEventDefinition errorRef=\"E\" />\
             </bpmn:endEvent>"
                .to_owned(),
            flows("in pay declined"),
            flows("in pack packed"),
        ];
        let content = [
            "<bpmn:startEvent id=\"start\" /><bpmn:endEvent id=\"end\" />".to_owned(),
            models::sub_process("order", &inside),
            format!(
                "<{BOUNDARY} id=\"caught\" attachedToRef=\"order\"><bpmn:errorEventDefinition errorRef=\"E\" /></{BOUNDARY}>"
            ),
            user_task("call", "Call the customer", "clerks"),
            flows("start order end"),
            flows("caught call end").replace("call-end", "call-to-end"),
        ];
        let xml = process("shop", &content.concat()).replace(
            "<bpmn:process",
            "<bpmn:error id=\"E\" name=\"Declined\" errorCode=\"declined\" /><bpmn:process",
        );
        let definition = bench.deploy(&xml).await;
        let instance = bench.start_instance(definition, "anna", "LA-1").await;
        assert_eq!(titles(&bench).await, ["Pack", "Pay"]);
        let pack = tasks(&bench).await[0].1;
        finish(&bench, "Pay").await;
        assert_eq!(titles(&bench).await, ["Call the customer"]);
        let withdrawn = bench.runtime.store.task(pack).await.unwrap().unwrap();
        assert!(!withdrawn.open);
        for node in ["order", "pack", "pay"] {
            assert_eq!(counts(&bench, definition, node).await.0, 0, "{node}");
        }
        finish(&bench, "Call the customer").await;
        assert_eq!(status(&bench, instance).await, InstanceStatus::Completed);
        bench.stop().await;
    });
}

/// Declines every job.
struct Declines;

#[async_trait]
impl Connector for Declines {
    async fn run(&self, _: &Job) -> Result<Variables, ConnectorError> {
        Err(ConnectorError::Raise {
            code: "declined".to_owned(),
            message: "The card was declined".to_owned(),
            variables: [("reason", Value::string("no money"))].into_iter().collect(),
        })
    }

    fn concurrency(&self) -> usize {
        1
    }
}

#[test]
fn an_error_that_a_worker_throws_is_caught_or_is_an_incident() {
    on_every_database("an_error_that_a_worker_throws", |database| async move {
        let mut connectors = Catalogue::default();
        connectors.add("card", Arc::new(Declines));
        let bench = Bench::start(&database.settings, connectors).await;
        let caught = [
            "<bpmn:startEvent id=\"start\" /><bpmn:endEvent id=\"end\" />".to_owned(),
            models::service_task("pay", "card", 3),
            format!(
                "<{BOUNDARY} id=\"caught\" attachedToRef=\"pay\"><bpmn:errorEventDefinition /></{BOUNDARY}>"
            ),
            user_task("call", "Call the customer", "clerks"),
            flows("start pay end"),
            flows("caught call"),
        ];
        let definition = bench.deploy(&process("shop", &caught.concat())).await;
        let instance = bench.start_instance(definition, "anna", "LA-1").await;
        bench.until("the call", || async { titles(&bench).await == ["Call the customer"] }).await;
        let (state, _) = bench.runtime.store.load_state(instance).await.unwrap().unwrap();
        assert_eq!(state.variables().get("reason"), Some(&Value::string("no money")));
        assert_eq!(state.jobs().count(), 0);
        let uncaught = models::sequence("kiosk", &[models::service_task("pay", "card", 3)]);
        let definition = bench.deploy(&uncaught).await;
        let instance = bench.start_instance(definition, "anna", "LA-2").await;
        let store = &bench.runtime.store;
        bench
            .until("an incident", || async {
                store.instance(instance).await.unwrap().unwrap().incidents == 1
            })
            .await;
        assert_eq!(next_job_due(store).await, None, "it is not tried by itself");
        bench.stop().await;
    });
}

#[test]
fn what_was_done_is_undone_by_people_too() {
    on_every_database("what_was_done_is_undone", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let undo = user_task("unbook", "Cancel the trip", "clerks")
            .replace("<bpmn:userTask ", "<bpmn:userTask isForCompensation=\"true\" ");
        let content = [
            "<bpmn:startEvent id=\"start\" /><bpmn:endEvent id=\"end\" />".to_owned(),
            user_task("book", "Book the trip", "clerks"),
            format!(
                "<{BOUNDARY} id=\"back\" attachedToRef=\"book\"><bpmn:compensateEventDefinition /></{BOUNDARY}>"
            ),
            undo,
            "<bpmn:association id=\"a\" sourceRef=\"back\" targetRef=\"unbook\" \
             associationDirection=\"One\" />"
                .to_owned(),
            "<bpmn:intermediateThrowEvent id=\"undo\" name=\"Undo\">\
             <bpmn:compensateEventDefinition /></bpmn:intermediateThrowEvent>"
                .to_owned(),
            flows("start book undo end"),
        ];
        let definition = bench.deploy(&process("trip", &content.concat())).await;
        let instance = bench.start_instance(definition, "anna", "LA-1").await;
        finish(&bench, "Book the trip").await;
        assert_eq!(titles(&bench).await, ["Cancel the trip"]);
        assert_eq!(counts(&bench, definition, "undo").await.0, 1, "it waits for the task");
        finish(&bench, "Cancel the trip").await;
        assert_eq!(status(&bench, instance).await, InstanceStatus::Completed);
        bench.stop().await;
    });
}

#[test]
fn a_condition_that_comes_true_lets_an_instance_go_on() {
    on_every_database("a_condition_that_comes_true", |database| async move {
        let bench = Bench::start(&database.settings, Catalogue::default()).await;
        let content = [
            "<bpmn:startEvent id=\"start\" /><bpmn:endEvent id=\"end\" />".to_owned(),
            "<bpmn:intermediateCatchEvent id=\"paid\" name=\"Paid\">\
             <bpmn:conditionalEventDefinition><bpmn:condition>=amount &gt; 10</bpmn:condition>\
             </bpmn:conditionalEventDefinition></bpmn:intermediateCatchEvent>"
                .to_owned(),
            flows("start paid end"),
        ];
        let definition = bench.deploy(&process("payment", &content.concat())).await;
        let instance = bench.start_instance(definition, "anna", "LA-1").await;
        let set = |amount: i64| Command::SetVariables {
            scope: ElementInstanceId::ROOT,
            variables: [("amount", Value::from(amount))].into_iter().collect::<Variables>(),
        };
        bench.submit(instance, set(9), "olga").await.unwrap();
        assert_eq!(status(&bench, instance).await, InstanceStatus::Active);
        bench.submit(instance, set(11), "olga").await.unwrap();
        assert_eq!(status(&bench, instance).await, InstanceStatus::Completed);
        bench.stop().await;
    });
}

#[test]
fn a_step_of_an_ad_hoc_sub_process_is_started_by_who_may_operate() {
    on_every_database("a_step_of_an_ad_hoc_sub_process", |database| async move {
        let house = House::with_example(database).await;
        let inside = [user_task("call", "Call", "verification"), user_task("visit", "Visit", "x")];
        let ad_hoc = format!(
            "<bpmn:adHocSubProcess id=\"work\" name=\"Work\">{}<bpmn:completionCondition>=seen\
             </bpmn:completionCondition></bpmn:adHocSubProcess>",
            inside.concat()
        );
        let xml = models::sequence("case", &[ad_hoc]);
        let new = NewDeployment {
            definitions: vec![models::definition(&xml, Timestamp::EPOCH)],
            forms: Vec::new(),
            decisions: Vec::new(),
            by: None,
            at: house.desk.now(),
        };
        house.desk.runtime.store.deploy(new).await.unwrap();
        house.desk.runtime.definitions.refresh().await.unwrap();
        let (olga, sofia) = (house.browser_of("olga").await, house.browser_of("sofia").await);
        let body = json!({
            "processDefinitionId": ProcessId::from("case").as_str(), "variables": {"seen": false},
        });
        let started = sofia.post("/api/v1/process-instances", &body).await;
        let started: Json = started.json().await.unwrap();
        let path = format!(
            "/api/v1/process-instances/{}",
            started["processInstanceKey"].as_str().unwrap()
        );
        let found: Json = olga.get(&path).await.json().await.unwrap();
        let choices: Vec<&str> = found["startableElements"]
            .as_array()
            .unwrap()
            .iter()
            .map(|step| step["elementId"].as_str().unwrap())
            .collect();
        assert_eq!(choices, ["call", "visit"], "{found:#}");
        let found: Json = sofia.get(&path).await.json().await.unwrap();
        assert_eq!(found["startableElements"], json!([]), "a member starts none");
        let start = format!("{path}/elements/call/activation");
        problem(sofia.post(&start, &json!({})).await, 403).await;
        problem(olga.post(&format!("{path}/elements/end/activation"), &json!({})).await, 409).await;
        let body = json!({ "scope": 77 });
        problem(olga.post(&start, &body).await, 404).await;
        let body = json!({ "variables": { "seen": true } });
        let answer = olga.post(&start, &body).await;
        assert_eq!(answer.status(), 204, "{}", answer.text().await.unwrap());
        let ben = house.browser_of("ben").await;
        let task = house.task(&ben, "Call").await;
        let task = format!("/api/v1/user-tasks/{task}");
        assert_eq!(ben.post(&format!("{task}/assignment"), &json!({})).await.status(), 200);
        assert_eq!(ben.post(&format!("{task}/completion"), &json!({})).await.status(), 200);
        let found: Json = olga.get(&path).await.json().await.unwrap();
        assert_eq!(found["state"], "COMPLETED", "{found:#}");
        house.close().await;
    });
}

#[test]
fn a_receive_task_without_a_message_is_triggered_by_who_may_operate() {
    on_every_database("a_receive_task_without_a_message", |database| async move {
        let house = House::with_example(database).await;
        let wait = "<bpmn:receiveTask id=\"wait\" name=\"Wait\"/>".to_owned();
        let xml = models::sequence("case", &[wait]);
        let new = NewDeployment {
            definitions: vec![models::definition(&xml, Timestamp::EPOCH)],
            forms: Vec::new(),
            decisions: Vec::new(),
            by: None,
            at: house.desk.now(),
        };
        house.desk.runtime.store.deploy(new).await.unwrap();
        house.desk.runtime.definitions.refresh().await.unwrap();
        let (olga, sofia) = (house.browser_of("olga").await, house.browser_of("sofia").await);
        let body = json!({ "processDefinitionId": "case", "variables": {} });
        // With the button on its page, without scripts.
        let started = sofia.post("/api/v1/process-instances", &body).await;
        let started: Json = started.json().await.unwrap();
        let key = started["processInstanceKey"].as_str().unwrap();
        let path = format!("/api/v1/process-instances/{key}");
        let found: Json = olga.get(&path).await.json().await.unwrap();
        let visit = &found["triggerableElements"][0]["visit"];
        let fields = format!("key={key}&visit={visit}&node=wait");
        let sent = olga.form("instances/trigger-step", &fields).await;
        assert_eq!(sent.headers()["location"], format!("/instances/{key}"));
        let found: Json = olga.get(&path).await.json().await.unwrap();
        assert_eq!(found["state"], "COMPLETED", "{found:#}");
        let started = sofia.post("/api/v1/process-instances", &body).await;
        let started: Json = started.json().await.unwrap();
        let key = started["processInstanceKey"].as_str().unwrap();
        let path = format!("/api/v1/process-instances/{key}");
        let found: Json = olga.get(&path).await.json().await.unwrap();
        assert_eq!(found["awaitedEvents"][0]["kind"], "TRIGGER", "{found:#}");
        let step = &found["triggerableElements"][0];
        assert_eq!(step["elementId"], "wait", "{found:#}");
        let page = olga.get(&format!("/instances/{key}")).await.text().await.unwrap();
        assert!(page.contains("somebody who triggers it"), "the page says what it waits for");
        assert!(page.contains("Trigger Wait"), "the page has a button");
        let found: Json = sofia.get(&path).await.json().await.unwrap();
        assert_eq!(found["triggerableElements"], json!([]), "a member triggers none");
        let trigger = format!("{path}/elements/wait/trigger");
        problem(sofia.post(&trigger, &json!({})).await, 403).await;
        problem(olga.post(&format!("{path}/elements/end/trigger"), &json!({})).await, 409).await;
        problem(olga.post(&trigger, &json!({ "visit": 77 })).await, 409).await;
        let body = json!({ "visit": step["visit"], "variables": { "came": true } });
        let answer = olga.post(&trigger, &body).await;
        assert_eq!(answer.status(), 204, "{}", answer.text().await.unwrap());
        let found: Json = olga.get(&path).await.json().await.unwrap();
        assert_eq!(found["state"], "COMPLETED", "{found:#}");
        assert_eq!(found["variables"]["came"], true, "{found:#}");
        problem(olga.post(&trigger, &json!({})).await, 409).await;
        house.close().await;
    });
}
