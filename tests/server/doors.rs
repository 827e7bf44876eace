//! What the doors refuse before any operation is asked: strangers, hostile requests, other sites.
//! Numbers are those of the catalogue of bad inputs.

use std::time::{Duration, Instant};

use reqwest::Method;
use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::databases::{on_every_database, sqlite};
use crate::house::{House, PASSWORD, problem};

const INSTANCE: &str = "0000000000001";
const TASK: &str = "0000000000001-1";
const JOB: &str = "0000000000001-1-1-1";

/// Every route of the REST door.
const ROUTES: &[(&str, &str)] = &[
    ("DELETE", "/api/v1/sessions"),
    ("GET", "/api/v1/me"),
    ("POST", "/api/v1/deployments"),
    ("GET", "/api/v1/process-instances"),
    ("POST", "/api/v1/process-instances"),
    ("GET", "/api/v1/process-instances/KEY"),
    ("POST", "/api/v1/process-instances/KEY/cancellation"),
    ("POST", "/api/v1/user-tasks/search"),
    ("GET", "/api/v1/user-tasks/TASK"),
    ("POST", "/api/v1/user-tasks/TASK/assignment"),
    ("DELETE", "/api/v1/user-tasks/TASK/assignment"),
    ("PUT", "/api/v1/user-tasks/TASK/draft"),
    ("POST", "/api/v1/user-tasks/TASK/completion"),
    ("POST", "/api/v1/process-instances/KEY/suspension"),
    ("POST", "/api/v1/process-instances/KEY/resumption"),
    ("POST", "/api/v1/process-instances/KEY/elements/step/activation"),
    ("POST", "/api/v1/process-instances/KEY/elements/step/trigger"),
    ("POST", "/api/v1/incidents/TASK/resolution"),
    ("POST", "/api/v1/incidents/search"),
    ("POST", "/api/v1/incidents/resolution"),
    ("GET", "/api/v1/batch-operations/KEY"),
    ("GET", "/api/v1/batch-operations/KEY/items"),
    ("POST", "/api/v1/batch-operations/KEY/cancellation"),
    ("GET", "/api/v1/retention"),
    ("PUT", "/api/v1/retention"),
    ("GET", "/api/v1/process-definitions/KEY/retention"),
    ("PUT", "/api/v1/process-definitions/KEY/retention"),
    ("DELETE", "/api/v1/process-definitions/KEY/retention"),
    ("GET", "/api/v1/process-definitions/KEY/suspension"),
    ("POST", "/api/v1/process-definitions/KEY/suspension"),
    ("POST", "/api/v1/process-definitions/KEY/resumption"),
    ("GET", "/api/v1/outbound-work"),
    ("POST", "/api/v1/outbound-work/release"),
    ("GET", "/api/v1/integrity"),
    ("POST", "/api/v1/conditionals/evaluation"),
    ("POST", "/api/v1/messages"),
    ("POST", "/api/v1/signals"),
    ("GET", "/api/v1/stream?topic=tasks"),
    ("POST", "/api/v1/jobs/activation"),
    ("PATCH", "/api/v1/jobs/JOB"),
    ("POST", "/api/v1/jobs/JOB/completion"),
    ("POST", "/api/v1/jobs/JOB/failure"),
    ("POST", "/api/v1/jobs/JOB/error"),
];

fn path_of(route: &str) -> String {
    route.replace("KEY", INSTANCE).replace("TASK", TASK).replace("JOB", JOB)
}

#[test]
fn case_28_every_route_needs_a_session() {
    on_every_database("case 28", |database| async {
        let house = House::with_example(database).await;
        for cookie in [None, Some("spartito=AAAAAAAAAAAAAAAAAAAAAA"), Some("spartito=x; a=b")] {
            let mut stranger = house.visitor();
            stranger.cookie = cookie.map(ToOwned::to_owned);
            for (method, route) in ROUTES {
                let method = Method::from_bytes(method.as_bytes()).unwrap();
                let request = stranger.request(method.clone(), &path_of(route));
                let answer = request.json(&json!({})).send().await.unwrap();
                let detail = problem(answer, 401).await;
                assert!(detail.contains("Sign in"), "{method} {route}: {detail}");
            }
        }
        house.close().await;
    });
}

#[tokio::test(flavor = "multi_thread")]
async fn case_29_other_spellings_of_a_path_open_nothing() {
    let house = House::with_example(sqlite()).await;
    let (stranger, mark) = (house.visitor(), house.browser_of("mark").await);
    for path in [
        "/api/v1//me",
        "/api/v1/me/",
        "/API/v1/me",
        "/api/v1/%6De",
        "/api/v1/me%2e",
        "/api//v1/me",
        "/api/v1/../v1/me",
        "/api/v1/me;x=1",
        "/api/v1/me.json",
    ] {
        let answer = stranger.get(path).await;
        // What is no path of this door is a page's, which leads a stranger to the sign-in.
        let to = answer.headers().get("location").map(|to| to.to_str().unwrap().to_owned());
        match (answer.status().as_u16(), to) {
            (401 | 404, None) => {}
            (303, Some(to)) if to.starts_with("/sign-in?next=") && path.starts_with("/API") => {}
            other => panic!("{path}: {other:?}"),
        }
        let answer = mark.get(path).await;
        assert!(matches!(answer.status().as_u16(), 200 | 404), "{path}: {}", answer.status());
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cases_30_32_34_and_35_a_request_is_read_strictly() {
    let house = House::with_example(sqlite()).await;
    let sofia = house.browser_of("sofia").await;
    let send = |kind: &'static str, body: String| {
        let request = sofia.request(Method::POST, "/api/v1/user-tasks/search");
        request.header("content-type", kind).body(body).send()
    };
    let deep = format!("{{\"filter\":{}{}}}", "[".repeat(200), "]".repeat(200));
    for body in [
        r#"{"filter":{"view":"mine","view":"groups"}}"#,
        r#"{"filter":{"role":"administrator"}}"#,
        r#"{"filter":{"view":1}}"#,
        r#"{"page":{"after":null,"limit":1000000000}}"#,
        r#"{"filter":{}} trailing"#,
        "",
        &deep,
    ] {
        problem(send("application/json", body.to_owned()).await.unwrap(), 400).await;
    }
    problem(send("text/plain", "{}".to_owned()).await.unwrap(), 415).await;
    let admin = house.browser_of("admin").await;
    let json = admin.request(Method::POST, "/api/v1/deployments").json(&json!({}));
    problem(json.send().await.unwrap(), 415).await;
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_too_large_is_not_taken_in() {
    let house = House::with_example(sqlite()).await;
    let admin = house.browser_of("admin").await;
    let deploy = |body: Vec<u8>, encoding: &'static str| {
        admin
            .request(Method::POST, "/api/v1/deployments")
            .header("content-type", "application/xml")
            .header("content-encoding", encoding)
            .body(body)
            .send()
    };
    let byte_over = vec![b' '; 10 * 1024 * 1024 + 1];
    problem(deploy(byte_over, "identity").await.unwrap(), 413).await;
    let gzip = b"\x1f\x8b\x08\0\0\0\0\0\0\xff".to_vec();
    problem(deploy(gzip.clone(), "gzip").await.unwrap(), 413).await;
    problem(deploy(gzip, "identity").await.unwrap(), 413).await;
    problem(deploy(b"PK\x03\x04 and so on".to_vec(), "identity").await.unwrap(), 413).await;
    let stranger = house.visitor();
    let flood = stranger.request(Method::POST, "/api/v1/sessions").body(vec![b'x'; 70_000]);
    problem(flood.send().await.unwrap(), 413).await;
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_broken_variant_of_the_example_is_refused_with_its_place_and_nothing_is_deployed() {
    let house = House::with_example(sqlite()).await;
    let admin = house.browser_of("admin").await;
    let deploy = |body: String| {
        let request = admin.request(Method::POST, "/api/v1/deployments?fileName=bad.bpmn");
        request.header("content-type", "application/xml").body(body).send()
    };
    let example = include_str!("../../examples/loan-application/loan-application.bpmn");
    let entity = "<!DOCTYPE x [<!ENTITY e SYSTEM \"file:///etc/passwd\">]>";
    for body in [
        example.replace("?>", &format!("?>{entity}")),
        example.replace("sourceRef=\"Applied\"", "sourceRef=\"Nowhere\""),
        example.replace("<bpmn:serviceTask id=\"PayOut\"", "<bpmn:serviceTask id=\"Fork\""),
        example.replace("bpmn:userTask", "bpmn:scriptTask"),
        example.replace("Loan application", "Loan \0 application"),
        "<html></html>".to_owned(),
    ] {
        let answer = deploy(body).await.unwrap();
        let status = answer.status();
        let said: Value = answer.json().await.unwrap();
        assert_eq!(status, StatusCode::BAD_REQUEST, "{said}");
        let finding = &said["files"][0]["findings"][0];
        assert!(finding["line"].as_u64().unwrap() >= 1, "{said}");
        assert!(finding["column"].as_u64().unwrap() >= 1, "{said}");
        assert!(!finding["message"].as_str().unwrap().is_empty(), "{said}");
    }
    let unchanged = deploy(example.to_owned()).await.unwrap();
    let said: Value = unchanged.json().await.unwrap();
    assert_eq!(said["processes"][0]["version"], 1, "{said}");
    assert_eq!(said["processes"][0]["unchanged"], true, "{said}");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn case_40_a_body_that_does_not_arrive_is_not_waited_for() {
    let house = House::with_example(sqlite()).await;
    let mut connection = TcpStream::connect(house.addr).await.unwrap();
    let head = "POST /api/v1/sessions HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\n\
                content-length: 50\r\n\r\n{\"name\":";
    connection.write_all(head.as_bytes()).await.unwrap();
    let mut answer = vec![0; 1024];
    let read = tokio::time::timeout(Duration::from_secs(15), connection.read(&mut answer));
    let length = read.await.expect("an answer in time").unwrap();
    let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
    assert!(answer.contains("application/problem+json"), "{answer}");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn case_44_a_change_that_another_site_asks_for_is_refused() {
    let house = House::with_example(sqlite()).await;
    let sofia = house.browser_of("sofia").await;
    let ask = |headers: &[(&'static str, &str)]| {
        let mut request = sofia.request(Method::POST, "/api/v1/user-tasks/search").json(&json!({}));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        request.send()
    };
    for headers in [
        [("sec-fetch-site", "cross-site"), ("origin", "https://evil.example")],
        [("sec-fetch-site", "same-site"), ("origin", "https://evil.example")],
        [("x-unrelated", "1"), ("origin", "https://evil.example")],
        [("x-unrelated", "1"), ("origin", "null")],
    ] {
        problem(ask(&headers).await.unwrap(), 403).await;
    }
    let form = sofia.request(Method::POST, "/call/account/sign-out");
    let form = form.header("sec-fetch-site", "cross-site").body("").send().await.unwrap();
    problem(form, 403).await;
    assert_eq!(ask(&[("sec-fetch-site", "same-origin")]).await.unwrap().status(), 200);
    assert_eq!(ask(&[("origin", &house.url)]).await.unwrap().status(), 200);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn cases_84_and_85_every_answer_carries_its_headers() {
    let house = House::with_example(sqlite()).await;
    let sofia = house.browser_of("sofia").await;
    let stranger = house.visitor();
    let mut policies = Vec::new();
    for answer in [
        stranger.page("/sign-in").await,
        sofia.page("/tasks").await,
        sofia.page("/no-such-page").await,
        sofia.get("/api/v1/me").await,
        stranger.get("/api/v1/me").await,
        stranger.get("/pkg/spartito.css").await,
        stranger.get("/healthz").await,
    ] {
        let (url, headers) = (answer.url().path().to_owned(), answer.headers().clone());
        let text = |name: &str| {
            headers.get(name).unwrap_or_else(|| panic!("{url}: {name}")).to_str().unwrap()
        };
        assert_eq!(text("x-content-type-options"), "nosniff", "{url}");
        assert_eq!(text("x-frame-options"), "DENY", "{url}");
        assert_eq!(text("referrer-policy"), "same-origin", "{url}");
        assert!(text("permissions-policy").contains("camera=()"), "{url}");
        let policy = text("content-security-policy").to_owned();
        assert!(policy.contains("frame-ancestors 'none'"), "{url}: {policy}");
        assert!(!policy.contains("'unsafe-eval'"), "{url}: {policy}");
        let scripts = policy.split(';').find(|part| part.trim().starts_with("script-src"));
        let page = answer.text().await.unwrap();
        match scripts {
            None => assert!(policy.starts_with("default-src 'none'"), "{url}: {policy}"),
            Some(scripts) => {
                assert!(!scripts.contains("unsafe-inline"), "{url}: {scripts}");
                let nonce = scripts.split("'nonce-").nth(1).expect("a nonce");
                let nonce = nonce.split('\'').next().unwrap().to_owned();
                for script in page.split("<script").skip(1) {
                    let tag = script.split('>').next().unwrap();
                    assert!(tag.contains(&format!("nonce=\"{nonce}\"")), "{url}: {tag}");
                }
                assert!(!page.contains(" onclick="), "{url}: no script in an attribute");
                policies.push(nonce);
            }
        }
    }
    assert_eq!(policies.len(), 3, "three pages");
    policies.dedup();
    assert_eq!(policies.len(), 3, "each answer has a nonce of its own");
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_page_needs_a_session_and_the_sign_in_leads_back_to_it() {
    let house = House::with_example(sqlite()).await;
    let answer = house.visitor().page("/tasks?view=groups").await;
    assert_eq!(answer.status(), StatusCode::SEE_OTHER);
    assert_eq!(answer.headers()["location"], "/sign-in?next=%2Ftasks%3Fview%3Dgroups");
    let sofia = house.browser_of("sofia").await;
    assert_eq!(sofia.page("/tasks?view=groups").await.status(), 200);
    assert_eq!(sofia.page("/no-such-page").await.status(), 404);
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn built_files_are_kept_by_their_tag() {
    let house = House::with_example(sqlite()).await;
    let first = house.visitor().get("/pkg/spartito.css").await;
    assert_eq!(first.status(), 200);
    let tag = first.headers()["etag"].clone();
    let again = house.visitor().request(Method::GET, "/pkg/spartito.css");
    let again = again.header("if-none-match", tag).send().await.unwrap();
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    for path in ["/pkg/../spartito.db", "/pkg/%2e%2e/spartito.db", "/spartito.db", "/pkg/"] {
        assert_ne!(house.visitor().get(path).await.status(), 200, "{path}");
    }
    house.close().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn requests_under_way_end_and_streams_are_closed_when_the_server_stops() {
    let house = House::with_example(sqlite()).await;
    let sofia = house.browser_of("sofia").await;
    let mut stream = sofia.get("/api/v1/stream?topic=tasks").await;
    assert!(stream.chunk().await.unwrap().is_some(), "it has begun");
    let begun = Instant::now();
    let body = json!({ "name": "sofia", "password": PASSWORD }).to_string();
    let address = house.addr;
    let head = format!(
        "POST /api/v1/sessions HTTP/1.1\r\nhost: {address}\r\ncontent-type: application/json\r\n\
         content-length: {}\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n",
        body.len()
    );
    let mut slow = TcpStream::connect(address).await.unwrap();
    slow.write_all(head.as_bytes()).await.unwrap();
    // Asked to go on, it is under way.
    let mut asked = [0; 25];
    slow.read_exact(&mut asked).await.unwrap();
    assert_eq!(&asked, b"HTTP/1.1 100 Continue\r\n\r\n");
    let ((), answer) = tokio::join!(house.close(), async {
        slow.write_all(body.as_bytes()).await.unwrap();
        let mut answer = String::new();
        slow.read_to_string(&mut answer).await.unwrap();
        answer
    });
    assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    while stream.chunk().await.is_ok_and(|chunk| chunk.is_some()) {}
    assert!(begun.elapsed() < Duration::from_secs(10), "well before the bound");
}
