//! Who may do what, and what a refusal gives away. Numbers are those of the catalogue of bad
//! inputs.

use std::time::{Duration, Instant};

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use spartito_core::ids::PersonId;

use crate::databases::{on_every_database, sqlite};
use crate::house::{Browser, House, PASSWORD, cookie_of, problem};

#[test]
fn case_41_guessing_is_held_back_and_an_unknown_name_is_answered_alike() {
    on_every_database("case 41", |database| async {
        let house = House::with_example(database).await;
        let mut texts = Vec::new();
        for name in ["ursula", "nobody"] {
            let mut guesser = house.visitor();
            let refused = problem(guesser.sign_in(name, "a wrong password").await, 401).await;
            for _ in 1..10 {
                assert_eq!(guesser.sign_in(name, "a wrong password").await.status(), 401);
            }
            let held = problem(guesser.sign_in(name, PASSWORD).await, 429).await;
            texts.push((refused, held));
        }
        assert_eq!(texts[0], texts[1], "the same words whether the name exists or not");
        house.clock.advance(Duration::from_secs(61));
        house.browser_of("ursula").await;
        house.close().await;
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn case_51_an_address_that_a_request_claims_is_not_believed() {
    let house = House::with_example(sqlite()).await;
    let stranger = house.visitor();
    let attempt = |number: u32| {
        let body = json!({ "name": format!("name{number}"), "password": "a wrong password" });
        stranger
            .request(Method::POST, "/api/v1/sessions")
            .header("x-forwarded-for", format!("203.0.113.{number}"))
            .header("forwarded", format!("for=203.0.113.{number}"))
            .json(&body)
            .send()
    };
    for number in 0..30 {
        assert_eq!(attempt(number).await.unwrap().status(), 401);
    }
    problem(attempt(30).await.unwrap(), 429).await;
    house.close().await;
}

#[test]
fn case_42_signing_in_gives_a_new_session_id() {
    on_every_database("case 42", |database| async {
        let house = House::with_example(database).await;
        let planted = "spartito=AAAAAAAAAAAAAAAAAAAAAA";
        let mut sofia = house.visitor();
        sofia.cookie = Some(planted.to_owned());
        let answer = sofia.sign_in("sofia", PASSWORD).await;
        let cookie = answer.headers()["set-cookie"].to_str().unwrap().to_owned();
        assert!(cookie.contains("HttpOnly") && cookie.contains("SameSite=Lax"), "{cookie}");
        assert!(cookie.contains("Path=/"), "{cookie}");
        let first = sofia.cookie.clone().unwrap();
        assert_ne!(first, planted);
        sofia.sign_in("sofia", PASSWORD).await;
        assert_ne!(sofia.cookie.clone().unwrap(), first, "again a new one");
        let old = Browser { cookie: Some(first), ..house.visitor() };
        problem(old.get("/api/v1/me").await, 401).await;
        house.close().await;
    });
}

#[test]
fn case_43_signing_out_and_disabling_end_every_session_at_once() {
    on_every_database("case 43", |database| async {
        let house = House::with_example(database).await;
        let (phone, laptop) = (house.browser_of("ben").await, house.browser_of("ben").await);
        let mut stream = laptop.get("/api/v1/stream?topic=tasks").await;
        assert_eq!(stream.status(), 200);
        let ended = phone.delete("/api/v1/sessions").await;
        assert_eq!(ended.status(), StatusCode::NO_CONTENT);
        problem(phone.get("/api/v1/me").await, 401).await;
        assert_eq!(laptop.get("/api/v1/me").await.status(), 200, "another session");
        let admin = house.browser_of("admin").await;
        let begun = Instant::now();
        let disabled = admin
            .request(Method::POST, "/call/people/disable")
            .header("content-type", "application/x-www-form-urlencoded")
            .body("person=ben")
            .send();
        assert_eq!(disabled.await.unwrap().status(), 200);
        problem(laptop.get("/api/v1/me").await, 401).await;
        while stream.chunk().await.is_ok_and(|chunk| chunk.is_some()) {}
        assert!(begun.elapsed() < Duration::from_secs(1), "{:?}", begun.elapsed());
        let refused = house.visitor().sign_in("ben", PASSWORD).await;
        let wrong = house.visitor().sign_in("ben", "a wrong password").await;
        assert_eq!(problem(refused, 401).await, problem(wrong, 401).await);
        house.close().await;
    });
}

#[test]
fn a_session_ends_when_it_is_not_used_or_too_old() {
    on_every_database("idle and age", |database| async {
        let house = House::with_example(database).await;
        let hour = Duration::from_secs(3_600);
        let (used, idle) = (house.browser_of("sofia").await, house.browser_of("sofia").await);
        for _ in 0..2 {
            house.clock.advance(7 * hour);
            assert_eq!(used.get("/api/v1/me").await.status(), 200);
        }
        problem(idle.get("/api/v1/me").await, 401).await;
        for _ in 0..25 {
            house.clock.advance(6 * hour);
            assert_eq!(used.get("/api/v1/me").await.status(), 200, "younger than seven days");
        }
        house.clock.advance(6 * hour);
        problem(used.get("/api/v1/me").await, 401).await;
        house.close().await;
    });
}

#[test]
fn case_48_the_set_up_works_once() {
    on_every_database("case 48", |database| async {
        let house = House::empty(database).await;
        let link = house.set_up_link.clone().expect("a link");
        let path = link.strip_prefix(&house.url).unwrap().to_owned();
        let secret = path.strip_prefix("/set-up/").unwrap().to_owned();
        assert_eq!(secret.len(), 64, "256 bits");
        let visitor = house.visitor();
        assert_eq!(visitor.page(&path).await.status(), 200);
        let unknown = visitor.page("/set-up/0000").await;
        assert_eq!(unknown.status(), 404, "{}", unknown.text().await.unwrap());
        let form = |secret: &str| {
            let form = [
                ("token", secret.to_owned()),
                ("name", "Ada Admin".to_owned()),
                ("person", "ada".to_owned()),
                ("password", PASSWORD.to_owned()),
                ("choice", "example".to_owned()),
            ];
            let body =
                url::form_urlencoded::Serializer::new(String::new()).extend_pairs(form).finish();
            visitor
                .request(Method::POST, "/call/set-up/do")
                .header("content-type", "application/x-www-form-urlencoded")
                .body(body)
                .send()
        };
        assert_eq!(form("0000").await.unwrap().status(), 404);
        let answer = form(&secret).await.unwrap();
        assert_eq!(answer.status(), 200);
        let cookie = cookie_of(answer.headers()).expect("signed in");
        let outcome: Value = answer.json().await.unwrap();
        assert_eq!(outcome["people"].as_array().unwrap().len(), 3);
        let ada = Browser { cookie: Some(cookie), ..house.visitor() };
        let me: Value = ada.get("/api/v1/me").await.json().await.unwrap();
        assert_eq!(me["role"], "administrator");
        for person in outcome["people"].as_array().unwrap() {
            let (name, password) = (&person["person"], &person["password"]);
            let mut browser = house.visitor();
            let signed_in =
                browser.sign_in(name.as_str().unwrap(), password.as_str().unwrap()).await;
            assert_eq!(signed_in.status(), 200, "{name}");
        }
        assert_eq!(form(&secret).await.unwrap().status(), 404, "used");
        let store = &house.desk.runtime.store;
        let row = store.person(&PersonId::from("ada")).await.unwrap().unwrap();
        let gone = spartito::store::PersonRow { disabled: true, ..row };
        store.update_person(&gone).await.unwrap();
        assert_eq!(form(&secret).await.unwrap().status(), 404, "no administrator is left");
        assert_eq!(visitor.page(&path).await.status(), 404);
        house.close().await;
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_set_up_link_ends_after_half_an_hour() {
    let house = House::empty(sqlite()).await;
    let link = house.set_up_link.clone().expect("a link");
    let path = link.strip_prefix(&house.url).unwrap().to_owned();
    house.clock.advance(Duration::from_secs(30 * 60 + 1));
    assert_eq!(house.visitor().page(&path).await.status(), 404);
    house.close().await;
}

#[test]
fn case_59_of_two_claims_one_succeeds_and_the_other_names_the_holder() {
    on_every_database("case 59", |database| async {
        let house = House::with_example(database).await;
        let sofia = house.browser_of("sofia").await;
        let (ursula, uwe) = (house.browser_of("ursula").await, house.browser_of("uwe").await);
        house.loan(&sofia, "Anna Keller").await;
        to_decision(&house).await;
        let task = house.task(&ursula, "Decide").await;
        let path = format!("/api/v1/user-tasks/{task}/assignment");
        let nothing = json!({});
        let (one, other) = tokio::join!(ursula.post(&path, &nothing), uwe.post(&path, &nothing));
        let (won, lost, holder) = if one.status() == 200 {
            (one, other, "Ursula Weiss")
        } else {
            (other, one, "Uwe Lang")
        };
        assert_eq!(won.status(), 200);
        let detail = problem(lost, 409).await;
        assert!(detail.contains(holder), "{detail}");
        house.close().await;
    });
}

/// Brings the only loan up to its decision.
async fn to_decision(house: &House) {
    let ben = house.browser_of("ben").await;
    for (name, answers) in [
        (
            "Verify identity",
            json!({
                "identityDocument": "passport",
                "identityDocumentNumber": "C01X00T47",
                "identityMatches": "true",
            }),
        ),
        (
            "Check documents",
            json!({ "payslipsSeen": "true", "statementSeen": "true", "confirmedIncome": "5000" }),
        ),
    ] {
        let task = house.task(&ben, name).await;
        let path = format!("/api/v1/user-tasks/{task}");
        assert_eq!(ben.post(&format!("{path}/assignment"), &json!({})).await.status(), 200);
        let done = ben.post(&format!("{path}/completion"), &json!({ "answers": answers })).await;
        assert_eq!(done.status(), 200, "{}", done.text().await.unwrap());
    }
}

#[test]
fn cases_53_56_57_58_and_60_what_is_not_yours_is_hidden_or_refused() {
    on_every_database("cases 53 and 56 to 60", |database| async {
        let house = House::with_example(database).await;
        let sofia = house.browser_of("sofia").await;
        let (mark, olga) = (house.browser_of("mark").await, house.browser_of("olga").await);
        let (ben, ursula) = (house.browser_of("ben").await, house.browser_of("ursula").await);
        let loan = house.loan(&sofia, "Anna Keller").await;
        let task = house.task(&ben, "Verify identity").await;
        let path = format!("/api/v1/user-tasks/{task}");
        let instance = format!("/api/v1/process-instances/{loan}");

        // 56: what the list hides, the detail hides too.
        for stranger in [&mark, &ursula] {
            problem(stranger.get(&path).await, 404).await;
            problem(stranger.post(&format!("{path}/assignment"), &json!({})).await, 404).await;
        }
        problem(mark.get(&instance).await, 404).await;
        problem(mark.get(&format!("/api/v1/stream?topic=instance:{loan}")).await, 404).await;
        problem(mark.get("/api/v1/stream?topic=dashboard:loan-application").await, 403).await;
        let list: Value = mark.get("/api/v1/process-instances").await.json().await.unwrap();
        assert_eq!(list["items"].as_array().unwrap().len(), 0);
        for seeing in [&sofia, &ben, &olga] {
            assert_eq!(seeing.get(&instance).await.status(), 200);
        }
        assert_eq!(mark.page(&format!("/instances/{loan}")).await.status(), 404);
        assert_eq!(mark.page("/dashboard").await.status(), 403);
        assert_eq!(mark.page("/people").await.status(), 403);

        // 60: a task that somebody else holds.
        assert_eq!(ben.post(&format!("{path}/assignment"), &json!({})).await.status(), 200);
        let completion = json!({ "answers": {} });
        for other in [&olga, &house.browser_of("admin").await] {
            let refused = other.post(&format!("{path}/completion"), &completion).await;
            let detail = problem(refused, 403).await;
            assert!(detail.contains("Ben Okafor"), "{detail}");
        }

        // 57 and 58: rights of the role.
        let cancellation = format!("{instance}/cancellation");
        problem(sofia.post(&cancellation, &json!({ "reason": "no" })).await, 403).await;
        let incident = format!("/api/v1/incidents/{loan}-1/resolution");
        problem(ben.post(&incident, &json!({})).await, 403).await;
        for member in [&sofia, &ben, &olga] {
            let deploy = member.request(Method::POST, "/api/v1/deployments");
            let deploy = deploy.header("content-type", "application/xml").body("<x/>");
            problem(deploy.send().await.unwrap(), 403).await;
        }
        let cancelled = olga.post(&cancellation, &json!({ "reason": "Withdrawn" })).await;
        assert_eq!(cancelled.status(), StatusCode::NO_CONTENT);
        problem(ben.post(&format!("{path}/completion"), &completion).await, 409).await;
        house.close().await;
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn case_63_a_right_that_is_removed_is_gone_with_the_next_call() {
    let house = House::with_example(sqlite()).await;
    let olga = house.browser_of("olga").await;
    assert_eq!(olga.page("/dashboard").await.status(), 200);
    let store = &house.desk.runtime.store;
    let row = store.person(&PersonId::from("olga")).await.unwrap().unwrap();
    let member = spartito::store::PersonRow { role: "member".to_owned(), ..row };
    store.update_person(&member).await.unwrap();
    assert_eq!(olga.page("/dashboard").await.status(), 403);
    house.close().await;
}
