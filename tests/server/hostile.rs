//! What hostile or careless people send into models, names, files and addresses, through the doors
//! of a real server. Numbers are those of the catalogue of bad inputs.

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use spartito_core::bpmn::diagnostic::{Diagnostic, Severity};
use spartito_core::bpmn::{self, MODEL_BYTES_MAX};
use spartito_core::ids::ProcessId;

use crate::bad_xml;
use crate::databases::sqlite;
use crate::house::{Browser, House, problem};

const EXAMPLE: &str = include_str!("../../examples/loan-application/loan-application.bpmn");

/// Sends a model as it is.
async fn deploy(browser: &Browser, model: Vec<u8>) -> Response {
    let request = browser.request(Method::POST, "/api/v1/deployments?fileName=bad.bpmn");
    request.header("content-type", "application/xml").body(model).send().await.unwrap()
}

/// Sends files as a form with files does.
async fn upload(browser: &Browser, path: &str, field: &str, files: &[(&str, &[u8])]) -> Response {
    let boundary = "spartito-test";
    let mut body = Vec::new();
    for (name, content) in files {
        let head = format!(
            "--{boundary}\r\ncontent-disposition: form-data; name=\"{field}\"; \
             filename=\"{name}\"\r\ncontent-type: application/octet-stream\r\n\r\n"
        );
        body.extend([head.as_bytes(), content, b"\r\n"].concat());
    }
    // Of a page without scripts: the outcome is remembered, and the browser is sent on.
    let plain = "content-disposition: form-data; name=\"plain\"\r\n\r\n1";
    body.extend(format!("--{boundary}\r\n{plain}\r\n--{boundary}--\r\n").into_bytes());
    browser
        .request(Method::POST, path)
        .header("content-type", format!("multipart/form-data; boundary={boundary}"))
        .body(body)
        .send()
        .await
        .unwrap()
}

/// Cases 1 to 13 and 15, each as `core/tests/bad_models.rs` has it, and what the core says of it.
#[tokio::test(flavor = "multi_thread")]
async fn every_bad_model_is_refused_with_its_place_and_nothing_is_deployed() {
    let house = House::with_example(sqlite()).await;
    let admin = house.browser_of("admin").await;
    for number in bad_xml::MODELS {
        let model = bad_xml::case(number);
        let findings = bpmn::read(&model).map(|_| ()).unwrap_err();
        let answer = deploy(&admin, model).await;
        let status = answer.status().as_u16();
        let said: Value = answer.json().await.unwrap();
        let wanted = if number == 13 { 413 } else { 400 };
        assert_eq!((status, &said["status"]), (wanted, &json!(wanted)), "{number}: {said}");
        assert!(said["detail"].as_str().unwrap().contains("nothing was deployed"), "{said}");
        let told = &said["files"][0]["findings"][0];
        let is_error = |finding: &&Diagnostic| finding.severity == Severity::Error;
        let finding = findings.iter().filter(is_error).min_by_key(|it| it.position).unwrap();
        assert_eq!(told["rule"], finding.rule, "{number}: {said}");
        assert_eq!(told["line"], finding.position.line, "{number}: {said}");
        assert_eq!(told["column"], finding.position.column, "{number}: {said}");
        assert_eq!(told["message"], finding.message, "{number}: {said}");
        let versions = house.desk.runtime.store.versions(&ProcessId::from("loan")).await.unwrap();
        assert!(versions.is_empty(), "{number} was stored");
    }
    assert_eq!(admin.get("/api/v1/me").await.status(), 200, "the server goes on");
    house.close().await;
}

/// A model of `bytes`, of which most are empty lines.
fn padded(bytes: usize) -> Vec<u8> {
    let mut model = bad_xml::process("<startEvent id='start'/>").into_bytes();
    model.resize(bytes, b'\n');
    model
}

#[tokio::test(flavor = "multi_thread")]
async fn case_13_the_largest_model_is_taken_and_a_byte_more_is_not() {
    let house = House::with_example(sqlite()).await;
    let admin = house.browser_of("admin").await;
    let over = padded(MODEL_BYTES_MAX + 1);
    assert_eq!(deploy(&admin, over.clone()).await.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let files = [("large.bpmn", over.as_slice())];
    let sent = upload(&admin, "/api/v1/deployments", "resources", &files).await;
    assert_eq!(sent.status(), StatusCode::PAYLOAD_TOO_LARGE);
    let largest = padded(MODEL_BYTES_MAX);
    let files = [("large.bpmn", largest.as_slice())];
    let taken = upload(&admin, "/api/v1/deployments?dryRun=true", "resources", &files).await;
    assert_eq!(taken.status(), 200, "{}", taken.text().await.unwrap());
    let taken = deploy(&admin, largest).await;
    assert_eq!(taken.status(), 200, "{}", taken.text().await.unwrap());
    house.close().await;
}

/// A real bomb: 64 MiB of zeros, in a zip file and as a compressed body.
#[tokio::test(flavor = "multi_thread")]
async fn case_14_a_bomb_is_not_unpacked() {
    let house = House::with_example(sqlite()).await;
    let admin = house.browser_of("admin").await;
    let zip = b"PK\x03\x04\x14\0\0\0\x08\0 and what would become 64 MiB";
    let gzip = b"\x1f\x8b\x08\0\0\0\0\0\0\xff and what would become 64 MiB";
    for (name, content) in [("loan.bpmn", &zip[..]), ("loan.zip", zip), ("loan.bpmn", gzip)] {
        let files = [(name, content)];
        for path in ["/api/v1/deployments", "/call/deployments/deploy"] {
            let field = if path.starts_with("/call") { "files" } else { "resources" };
            let refused = upload(&admin, path, field, &files).await;
            assert_eq!(refused.status(), 413, "{path} {name}: {:?}", refused.text().await);
        }
        problem(deploy(&admin, content.to_vec()).await, 413).await;
    }
    let packed = admin
        .request(Method::POST, "/api/v1/deployments")
        .header("content-type", "application/xml")
        .header("content-encoding", "gzip")
        .body(gzip.to_vec());
    problem(packed.send().await.unwrap(), 413).await;
    house.close().await;
}

/// All pages that show what people have written.
async fn pages(house: &House, admin: &Browser, loan: &str, task: &str) -> Vec<(String, String)> {
    let mut pages = Vec::new();
    for path in [
        "/processes",
        "/processes/loan-application",
        "/processes/loan-application/start",
        "/tasks?view=groups",
        &format!("/tasks/{task}"),
        "/instances",
        &format!("/instances/{loan}"),
        "/dashboard?process=loan-application",
        "/deploy?outcome=last",
        "/people",
        "/account",
    ] {
        let page = admin.page(path).await;
        assert_eq!(page.status(), 200, "{path}");
        pages.push((path.to_owned(), page.text().await.unwrap()));
    }
    assert_eq!(house.visitor().page("/sign-in").await.status(), 200);
    pages
}

#[tokio::test(flavor = "multi_thread")]
async fn cases_81_and_82_what_people_write_is_text_on_every_page() {
    let house = House::with_example(sqlite()).await;
    let admin = house.browser_of("admin").await;
    let script = "&lt;script&gt;alert(1)&lt;/script&gt;";
    let link = "javascript:alert(2)";
    let model = EXAMPLE
        .replace("name=\"Loan application\"", &format!("name=\"{script}\""))
        .replace("name=\"Verify identity\"", &format!("name=\"{link} {script}\""))
        .replace("name=\"Decide\"", &format!("name=\"{link}\""));
    let deployed = deploy(&admin, model.into_bytes()).await;
    assert_eq!(deployed.status(), 200, "{}", deployed.text().await.unwrap());
    // The page of the last deployment shows names of files and findings.
    let form = format!(
        "{{\"id\": \"x\", \"type\": \"default\", \"components\": [{{\"type\": \"text\", \
         \"text\": \"[go]({link}) <a href='{link}'>go</a> <img src=x onerror=alert(3)>\"}}]}}"
    );
    let files: [(&str, &[u8]); 2] = [
        ("<img src=x onerror=alert(4)>.bpmn", b"<x/>"),
        ("javascript:alert(5).form", form.as_bytes()),
    ];
    let sent = upload(&admin, "/call/deployments/deploy", "files", &files).await;
    assert!(sent.status().is_success() || sent.status() == 302, "{}", sent.status());
    let loan = house.loan(&admin, "<script>alert(6)</script>").await;
    let task = house.task(&admin, "Check documents").await;
    for (path, page) in pages(&house, &admin, &loan, &task).await {
        for live in ["<script>alert", "<img src=x"] {
            let at = page.find(live);
            let around = at.map(|at| page[at.saturating_sub(200)..].chars().take(300).collect());
            assert_eq!(around, None::<String>, "{path}");
        }
        for attribute in ["href", "src", "action", "formaction", "xlink:href", "data"] {
            for quote in ["", "\"", "'"] {
                let live = format!("{attribute}={quote}javascript:");
                assert!(!page.to_lowercase().contains(&live), "{path}: {live}");
            }
        }
    }
    for path in ["/processes", "/tasks?view=groups", &format!("/instances/{loan}")] {
        let page = admin.page(path).await.text().await.unwrap();
        assert!(page.contains("&lt;script&gt;alert("), "{path} shows what was written");
    }
    // Where the sign-in leads to is an address that people can be sent with.
    let page = house.visitor().page("/sign-in?next=javascript%3Aalert(7)").await;
    let page = page.text().await.unwrap();
    assert!(!page.contains("href=\"javascript:") && !page.contains("action=\"javascript:"));
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn case_83_a_drawing_or_a_page_that_is_sent_is_never_shown_as_one() {
    let house = House::with_example(sqlite()).await;
    let admin = house.browser_of("admin").await;
    let drawing = b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>";
    let page = b"<!doctype html><script>alert(1)</script>";
    for (name, content) in [
        ("drawing.svg", &drawing[..]),
        ("page.html", page),
        ("drawing.bpmn", drawing),
        ("page.bpmn", page),
    ] {
        let files = [(name, content)];
        let refused = upload(&admin, "/api/v1/deployments", "resources", &files).await;
        assert_eq!(refused.status(), 400, "{name}");
        assert_eq!(refused.headers()["content-type"], "application/problem+json");
        assert_eq!(refused.headers()["x-content-type-options"], "nosniff");
        let raw = deploy(&admin, content.to_vec()).await;
        assert_eq!(raw.status(), 400, "{name}");
        assert_eq!(raw.headers()["content-type"], "application/problem+json");
        for path in [format!("/{name}"), format!("/pkg/{name}"), format!("/deploy/{name}")] {
            assert_eq!(admin.get(&path).await.status(), 404, "{path}");
        }
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_exist_is_a_404_with_a_page_that_says_so() {
    let house = House::with_example(sqlite()).await;
    let admin = house.browser_of("admin").await;
    let (instance, task) = ("0000000000001", "0000000000001-1");
    for (path, words) in [
        (format!("/instances/{instance}"), "There is no such instance"),
        ("/instances/no-key".to_owned(), ""),
        (format!("/tasks/{task}"), "There is no such task"),
        ("/tasks/no-key".to_owned(), ""),
        ("/processes/unknown".to_owned(), ""),
        ("/processes/unknown/start".to_owned(), ""),
        ("/no-such-page".to_owned(), "There is no page at this address"),
    ] {
        let page = admin.page(&path).await;
        assert_eq!(page.status(), StatusCode::NOT_FOUND, "{path}");
        let text = page.text().await.unwrap();
        assert!(text.contains(words), "{path} says {words}");
        assert!(text.contains("class=\"notice\"") && text.contains("<h1"), "{path} is designed");
        assert!(text.contains("href=\"/tasks\""), "{path} leads on");
    }
    for (method, path) in [
        (Method::GET, format!("/api/v1/process-instances/{instance}")),
        (Method::POST, format!("/api/v1/process-instances/{instance}/cancellation")),
        (Method::GET, format!("/api/v1/user-tasks/{task}")),
        (Method::POST, format!("/api/v1/user-tasks/{task}/assignment")),
        (Method::DELETE, format!("/api/v1/user-tasks/{task}/assignment")),
        (Method::POST, format!("/api/v1/user-tasks/{task}/completion")),
        (Method::POST, format!("/api/v1/incidents/{task}/resolution")),
        (Method::GET, "/api/v1/process-instances/no-key".to_owned()),
        (Method::GET, "/api/v1/unknown".to_owned()),
    ] {
        let mut request = admin.request(method.clone(), &path);
        if method == Method::POST {
            request = request.json(&json!({}));
        }
        let detail = problem(request.send().await.unwrap(), 404).await;
        assert!(!detail.is_empty(), "{path}");
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missing_right_is_a_403_with_a_page_that_says_so() {
    let house = House::with_example(sqlite()).await;
    let mark = house.browser_of("mark").await;
    for path in ["/dashboard", "/people", "/deploy", "/upkeep"] {
        let page = mark.page(path).await;
        assert_eq!(page.status(), StatusCode::FORBIDDEN, "{path}");
        let text = page.text().await.unwrap();
        assert!(text.contains("class=\"notice\"") && text.contains("<h1"), "{path} is designed");
        assert!(text.contains("href=\"/tasks\""), "{path} leads on");
    }
    house.close().await;
}
