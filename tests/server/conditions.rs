//! Conditional start events: data from outside start what has waited for them.

use reqwest::Method;
use serde_json::{Value as Json, json};

use crate::databases::on_every_database;
use crate::house::{House, problem};
use crate::models;

/// Begins when there is much of something.
fn flood() -> String {
    let nodes = r#"<bpmn:startEvent id="s"><bpmn:conditionalEventDefinition>
        <bpmn:condition>=level &gt; 5</bpmn:condition></bpmn:conditionalEventDefinition>
        </bpmn:startEvent><bpmn:endEvent id="e"/>"#;
    models::shaped("flood", "", nodes, &["s e"])
}

#[test]
fn an_instance_begins_where_a_condition_holds() {
    on_every_database("an_instance_begins_where_a_condition_holds", |database| async {
        let house = House::with_example(database).await;
        let admin = house.browser_of("admin").await;
        for _ in 0..2 {
            let deployed = admin
                .request(Method::POST, "/api/v1/deployments?fileName=flood.bpmn")
                .header("content-type", "application/xml")
                .body(flood())
                .send()
                .await
                .unwrap();
            assert_eq!(deployed.status(), 200, "{}", deployed.text().await.unwrap());
        }
        let asked = async |variables: Json| -> Json {
            let body = json!({ "variables": variables });
            let answer = admin.post("/api/v1/conditionals/evaluation", &body).await;
            assert_eq!(answer.status(), 200);
            answer.json().await.unwrap()
        };
        let low = asked(json!({ "level": 5 })).await;
        assert_eq!(low, json!({ "processInstanceKeys": [], "undecided": [] }));
        let high = asked(json!({ "level": 6 })).await;
        let keys = high["processInstanceKeys"].as_array().unwrap();
        assert_eq!(keys.len(), 1, "the latest version alone");
        let path = format!("/api/v1/process-instances/{}", keys[0].as_str().unwrap());
        let detail: Json = admin.get(&path).await.json().await.unwrap();
        assert_eq!(
            (&detail["state"], &detail["variables"]["level"]),
            (&json!("COMPLETED"), &json!(6))
        );
        let unknown = asked(json!({})).await;
        assert_eq!(unknown["processInstanceKeys"], json!([]));
        assert_eq!(unknown["undecided"][0]["elementId"], "s");
        let ben = house.browser_of("ben").await;
        problem(ben.post("/api/v1/conditionals/evaluation", &json!({})).await, 403).await;
        house.close().await;
    });
}
