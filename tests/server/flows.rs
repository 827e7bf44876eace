//! What people do from end to end through the REST door: a loan from its form to the payout,
//! drafts, incidents, and hearing of changes.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use tokio::time::timeout;

use crate::databases::{on_every_database, sqlite};
use crate::house::{Browser, House, problem};

async fn complete(browser: &Browser, task: &str, body: &Value) {
    let path = format!("/api/v1/user-tasks/{task}");
    let claimed = browser.post(&format!("{path}/assignment"), &json!({})).await;
    assert_eq!(claimed.status(), 200, "{}", claimed.text().await.unwrap());
    let done = browser.post(&format!("{path}/completion"), body).await;
    assert_eq!(done.status(), 200, "{}", done.text().await.unwrap());
}

/// The instance, once `is_there` says so.
async fn instance(browser: &Browser, key: &str, is_there: impl Fn(&Value) -> bool) -> Value {
    let begun = Instant::now();
    loop {
        let path = format!("/api/v1/process-instances/{key}");
        let found: Value = browser.get(&path).await.json().await.unwrap();
        if is_there(&found) {
            return found;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{found:#}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

#[test]
fn three_people_take_a_loan_from_its_form_to_the_payout() {
    on_every_database("loan", |database| async {
        let house = House::with_example(database).await;
        let sofia = house.browser_of("sofia").await;
        let (ben, ursula) = (house.browser_of("ben").await, house.browser_of("ursula").await);
        let loan = house.loan(&sofia, "Anna Keller").await;
        let identity = json!({ "variables": {
            "identityDocument": "passport",
            "identityDocumentNumber": "C01X00T47",
            "identityMatches": true,
        } });
        complete(&ben, &house.task(&ben, "Verify identity").await, &identity).await;
        let documents = json!({ "answers": {
            "payslipsSeen": "true", "statementSeen": "true", "confirmedIncome": "5000.00",
        } });
        complete(&ben, &house.task(&ben, "Check documents").await, &documents).await;
        let task = house.task(&ursula, "Decide").await;
        let decision = json!({ "answers": { "rate": "4.9" }, "action": "approve" });
        complete(&ursula, &task, &decision).await;
        let done = instance(&sofia, &loan, |found| found["state"] == "COMPLETED").await;
        assert_eq!(done["businessKey"], "LA-1001");
        assert_eq!(done["variables"]["approved"], true);
        assert_eq!(done["variables"]["rate"], 4.9);
        assert!(done["variables"]["paymentId"].is_string(), "{done:#}");
        let history = done["history"].as_array().unwrap();
        let told = |what: &str, who: Option<&str>| {
            let found = history.iter().any(|entry| {
                entry["what"] == what && entry.get("who").and_then(Value::as_str) == who
            });
            assert!(found, "{what}: {history:#?}");
        };
        told("LA-1001 was started", Some("Sofia Conti"));
        told("Credit score was done", None);
        told("Decide was completed: Approve loan", Some("Ursula Weiss"));
        told("Reached “Paid out”", None);
        house.close().await;
    });
}

#[test]
fn what_is_refused_is_kept_as_a_draft() {
    on_every_database("draft", |database| async {
        let house = House::with_example(database).await;
        let sofia = house.browser_of("sofia").await;
        let ben = house.browser_of("ben").await;
        let bad = json!({ "processDefinitionId": "loan-application", "variables": {
            "applicant": "Anna Keller", "amount": 12, "term": 48, "income": 5000, "tier": "gold",
        } });
        let refused = sofia.post("/api/v1/process-instances", &bad).await;
        let refused: Value = refused.json().await.unwrap();
        assert_eq!(refused["status"], 400);
        assert_eq!(refused["fields"][0]["field"], "amount", "{refused}");
        house.loan(&sofia, "Anna Keller").await;
        let task = house.task(&ben, "Check documents").await;
        let path = format!("/api/v1/user-tasks/{task}");
        ben.post(&format!("{path}/assignment"), &json!({})).await;
        let answers = json!({ "answers": {
            "payslipsSeen": "true", "confirmedIncome": "a lot", "income": "1", "other": "x",
        } });
        let refused = ben.post(&format!("{path}/completion"), &answers).await;
        let refused: Value = refused.json().await.unwrap();
        let fields: Vec<&str> = refused["fields"]
            .as_array()
            .unwrap()
            .iter()
            .map(|field| field["field"].as_str().unwrap())
            .collect();
        assert_eq!(fields, ["statementSeen", "confirmedIncome"], "{refused}");
        let detail: Value = ben.get(&path).await.json().await.unwrap();
        assert_eq!(detail["answers"]["confirmedIncome"], "a lot");
        assert_eq!(detail["answers"]["income"], "5000", "what is only shown is not taken over");
        assert!(detail["answers"].get("other").is_none());
        assert!(detail["draftSavedAt"].is_string());
        house.close().await;
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn an_incident_says_what_came_back_and_a_retry_says_what_came_of_it() {
    let house = House::with_example(sqlite()).await;
    let (sofia, olga) = (house.browser_of("sofia").await, house.browser_of("olga").await);
    house.sandbox_mode("down").await;
    let loan = house.loan(&sofia, "Anna Keller").await;
    let begun = Instant::now();
    let stopped = loop {
        house.clock.advance(Duration::from_secs(10));
        let path = format!("/api/v1/process-instances/{loan}");
        let found: Value = olga.get(&path).await.json().await.unwrap();
        if found["hasIncident"] == true {
            break found;
        }
        assert!(begun.elapsed() < Duration::from_secs(20), "{found:#}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    };
    let incident = &stopped["incidents"][0];
    assert_eq!(incident["elementName"], "Credit score");
    assert!(incident["errorMessage"].as_str().unwrap().contains("503"), "{incident}");
    let key = incident["incidentKey"].as_str().unwrap();
    let path = format!("/api/v1/incidents/{key}/resolution");
    let again: Value = olga.post(&path, &json!({})).await.json().await.unwrap();
    assert_eq!(again["outcome"], "FAILED_AGAIN", "{again}");
    house.sandbox_mode("ok").await;
    house.clock.advance(Duration::from_secs(60));
    instance(&olga, &loan, |found| found["hasIncident"] == false).await;
    let before: Value = olga.post(&path, &json!({})).await.json().await.unwrap();
    assert_eq!(before["outcome"], "RESOLVED_BEFORE");
    house.task(&house.browser_of("ben").await, "Verify identity").await;
    house.close().await;
}

#[test]
fn a_change_is_heard_soon_by_who_listens() {
    on_every_database("live", |database| async {
        let house = House::with_example(database).await;
        let sofia = house.browser_of("sofia").await;
        let ben = house.browser_of("ben").await;
        house.loan(&sofia, "Anna Keller").await;
        let task = house.task(&ben, "Verify identity").await;
        house.task(&ben, "Check documents").await;
        let path = "/api/v1/stream?topic=tasks&topic=process%3Aloan-application";
        let mut stream = ben.get(path).await;
        assert_eq!(stream.headers()["content-type"], "text/event-stream");
        assert_eq!(stream.headers()["cache-control"], "no-cache");
        let opened = stream.chunk().await.unwrap().expect("it opens");
        assert!(String::from_utf8_lossy(&opened).starts_with("event: open"));
        let assignment = format!("/api/v1/user-tasks/{task}/assignment");
        assert_eq!(ben.post(&assignment, &json!({})).await.status(), 200);
        let committed = Instant::now();
        let mut heard = String::new();
        while !(heard.contains("data: tasks") && heard.contains("data: process:loan-application")) {
            let chunk = timeout(Duration::from_secs(5), stream.chunk()).await.expect("in time");
            heard.push_str(&String::from_utf8_lossy(&chunk.unwrap().expect("it goes on")));
        }
        assert!(committed.elapsed() < Duration::from_secs(2), "{:?}", committed.elapsed());
        house.close().await;
    });
}

/// Changes of a rush; a stream gathers those that come within a moment.
const CHANGES_IN_A_RUSH: usize = 15;

#[tokio::test(flavor = "multi_thread")]
async fn each_change_is_heard_by_who_waits_for_it_however_fast_they_come() {
    let house = House::with_example(sqlite()).await;
    let sofia = house.browser_of("sofia").await;
    let ben = house.browser_of("ben").await;
    house.loan(&sofia, "Anna Keller").await;
    let task = house.task(&ben, "Verify identity").await;
    house.task(&ben, "Check documents").await;
    let mut stream = ben.get("/api/v1/stream?topic=tasks").await;
    assert!(stream.chunk().await.unwrap().is_some(), "it opens");
    let assignment = format!("/api/v1/user-tasks/{task}/assignment");
    for n in 0..CHANGES_IN_A_RUSH {
        let answer = if n % 2 == 0 {
            ben.post(&assignment, &json!({})).await
        } else {
            ben.delete(&assignment).await
        };
        assert!(answer.status().is_success(), "{}", answer.status());
        let chunk = timeout(Duration::from_secs(5), stream.chunk()).await.expect("it is heard");
        let chunk = chunk.unwrap().expect("it goes on");
        assert!(String::from_utf8_lossy(&chunk).contains("data: tasks"), "change {n}");
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_deployment_takes_all_files_or_none() {
    let house = House::with_example(sqlite()).await;
    let admin = house.browser_of("admin").await;
    let boundary = "spartito-test";
    let send = |files: Vec<(&str, String)>| {
        let mut body = String::new();
        for (name, content) in files {
            body.push_str(&format!(
                "--{boundary}\r\ncontent-disposition: form-data; name=\"resources\"; \
                 filename=\"{name}\"\r\n\r\n{content}\r\n"
            ));
        }
        body.push_str(&format!("--{boundary}--\r\n"));
        admin
            .request(Method::POST, "/api/v1/deployments")
            .header("content-type", format!("multipart/form-data; boundary={boundary}"))
            .body(body)
            .send()
    };
    let model = include_str!("../../examples/loan-application/loan-application.bpmn")
        .replace("name=\"Decide\"", "name=\"Decide now\"");
    let form = include_str!("../../examples/loan-application/forms/decide-loan.form");
    let broken = send(vec![("a.bpmn", model.clone()), ("b.form", "{".to_owned())]).await.unwrap();
    assert_eq!(broken.status(), 400);
    let none = send(vec![]).await.unwrap();
    problem(none, 400).await;
    let both = send(vec![("a.bpmn", model), ("b.form", form.to_owned())]).await.unwrap();
    let said: Value = both.json().await.unwrap();
    assert_eq!(said["processes"][0]["version"], 2, "the broken one made no version: {said}");
    assert_eq!(said["forms"][0], "decide-loan");
    house.close().await;
}
