//! Decisions behind the doors: a new version governs the next instance, what was decided stays
//! with its version and rule, and who may not see it does not.

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use spartito_core::ids::InstanceId;

use crate::databases::on_every_database;
use crate::house::{Browser, House};

const MODEL: &str = include_str!("../../examples/loan-application/loan-risk.dmn");

async fn asked(browser: &Browser, path: &str) -> Value {
    let answer = browser.get(path).await;
    let (status, text) = (answer.status(), answer.text().await.unwrap());
    assert_eq!(status, StatusCode::OK, "{path}: {text}");
    serde_json::from_str(&text).unwrap()
}

async fn deploy(admin: &Browser, text: &str) -> (StatusCode, Value) {
    let request = admin.request(Method::POST, "/api/v1/deployments?fileName=loan-risk.dmn");
    let sent = request.header("content-type", "application/xml").body(text.to_owned()).send();
    let answer = sent.await.unwrap();
    (answer.status(), answer.json().await.unwrap())
}

/// Uses of the decision that a rule of a version is asked for, once there are as many as that.
async fn uses(house: &House, admin: &Browser, query: &str, count: usize) -> Vec<Value> {
    let path = format!("/call/decisions/uses?decision=RiskClass{query}");
    let found = || async { asked(admin, &path).await["uses"].as_array().unwrap().clone() };
    let enough = || async { found().await.len() == count };
    house.until(&format!("{count} uses of {path}"), enough).await;
    found().await
}

#[test]
fn a_changed_table_governs_the_next_instance_and_says_which_rule_decided_which() {
    on_every_database("decisions_change", |database| async move {
        let house = House::with_example(database).await;
        let (sofia, admin) = (house.browser_of("sofia").await, house.browser_of("admin").await);
        let first = house.loan(&sofia, "Anna Keller").await;
        let made = uses(&house, &admin, "", 1).await;
        assert_eq!((&made[0]["version"], &made[0]["instance"]), (&json!(1), &made[0]["instance"]));
        let rule = made[0]["rules"][0].as_u64().unwrap();
        assert_eq!(made[0]["rules"].as_array().unwrap().len(), 1);

        // Deployed again as it is, nothing changes; with another rule there is a second version.
        let (status, outcome) = deploy(&admin, MODEL).await;
        assert_eq!(status, StatusCode::OK, "{outcome}");
        let stricter = MODEL.replace("&lt; 500", "&lt; 849").replace("[500..600)", "[849..849]");
        let stricter =
            stricter.replace("[600..720)", "(849..850)").replace("&gt;= 720", "&gt;= 850");
        assert_ne!(stricter, MODEL);
        let (status, outcome) = deploy(&admin, &stricter).await;
        assert_eq!(status, StatusCode::OK, "{outcome}");

        house.loan(&sofia, "Anna Keller").await;
        let second = uses(&house, &admin, "&filter[version]=2", 1).await;
        assert_eq!((&second[0]["rules"], &second[0]["outcome"]), (&json!([1]), &json!("too high")));
        assert_eq!(uses(&house, &admin, "&filter[version]=1", 1).await[0]["rules"], json!([rule]));
        uses(&house, &admin, &format!("&filter[version]=1&filter[rule]={rule}"), 1).await;
        uses(&house, &admin, &format!("&filter[version]=1&filter[rule]={}", rule % 8 + 1), 0).await;

        let detail = asked(&admin, "/call/decisions/detail?decision=RiskClass").await;
        assert_eq!(detail["shown"], 2);
        assert_eq!(detail["made_last_week"], 1);
        assert_eq!(detail["rules_last_week"], json!([1, 0, 0, 0, 0, 0, 0, 0]));
        let made: Vec<&Value> =
            detail["versions"].as_array().unwrap().iter().map(|version| &version["made"]).collect();
        assert_eq!(made, [&json!(1), &json!(1)], "latest first");
        let list = asked(&admin, "/call/decisions/list").await;
        let of_list = list["decisions"].as_array().unwrap();
        let assessment = of_list.iter().find(|it| it["id"] == "LoanAssessment").unwrap();
        assert_eq!(assessment["used_by"][0]["id"], "loan-application");
        assert_eq!(assessment["made_last_week"], 2);

        // The why stays with the instance that was decided by the first version.
        let first: InstanceId = first.parse().unwrap();
        let instance = format!("/call/instances/detail?key={}", first.number());
        let told = asked(&admin, &instance).await;
        assert_eq!(told["decisions"][0]["version"], 1);
        let steps = told["decisions"][0]["decisions"].as_array().unwrap();
        let risk = steps.iter().find(|step| step["id"] == "RiskClass").unwrap();
        assert_eq!(risk["rules"], json!([rule]));
        house.close().await;
    });
}

#[test]
fn a_table_with_overlapping_rules_is_refused_with_its_rule_and_nothing_is_deployed() {
    on_every_database("decisions_refused", |database| async move {
        let house = House::with_example(database).await;
        let admin = house.browser_of("admin").await;
        let overlapping = MODEL.replace("[600..720)", "[590..720)");
        let (status, problem) = deploy(&admin, &overlapping).await;
        assert_eq!(status, StatusCode::BAD_REQUEST);
        let text = problem.to_string();
        assert!(text.contains("RiskClass_rule_"), "the rule is named: {text}");
        let detail = asked(&admin, "/call/decisions/detail?decision=RiskClass").await;
        assert_eq!(detail["versions"].as_array().unwrap().len(), 1);
        house.close().await;
    });
}

#[test]
fn trying_out_keeps_nothing_and_needs_the_right_to_see_instances() {
    on_every_database("decisions_tried", |database| async move {
        let house = House::with_example(database).await;
        let (sofia, admin) = (house.browser_of("sofia").await, house.browser_of("admin").await);
        let path = "/call/decisions/try?decision=LoanAssessment&answers[score]=790\
                    &answers[amount]=5200&answers[term]=18&answers[income]=2900";
        let tried = asked(&admin, path).await;
        let steps = tried["decisions"].as_array().unwrap();
        let rules = |id: &str| steps.iter().find(|step| step["id"] == id).unwrap()["rules"].clone();
        assert_eq!((rules("RiskClass"), rules("RequiredChecks")), (json!([6]), json!([1])));
        let wrong = path.replace("790", "plenty");
        let tried = asked(&admin, &wrong).await;
        assert!(tried["problems"][0].as_str().unwrap().contains("plenty"), "{tried}");
        uses(&house, &admin, "", 0).await;
        let pages = ["detail?decision=RiskClass", "list", "uses?decision=RiskClass"];
        for page in pages.map(|page| format!("/call/decisions/{page}")) {
            assert_eq!(sofia.get(&page).await.status(), StatusCode::FORBIDDEN, "{page}");
        }
        assert_eq!(sofia.get(path).await.status(), StatusCode::FORBIDDEN);
        let unknown = admin.get("/call/decisions/detail?decision=nothing").await;
        assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
        house.close().await;
    });
}
