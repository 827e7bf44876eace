//! Calls against a server of our own that answers well, badly, or not at all.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::Arc;

use spartito_core::ids::{ElementInstanceId, InstanceId, JobKey};
use spartito_core::time::Timestamp;
use spartito_core::value::{Value, Variables, json};

use super::*;

/// Answers every request with these bytes, a number of times each, then keeps the line open or not.
fn server(answer: Vec<u8>, endless: bool) -> (SocketAddr, std::sync::mpsc::Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (sender, received) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { return };
            let mut request = vec![0; 16_384];
            let size = stream.read(&mut request).unwrap_or(0);
            let _ = sender.send(String::from_utf8_lossy(&request[..size]).into_owned());
            while stream.write_all(&answer).is_ok() && endless {}
        }
    });
    (address, received)
}

fn http(status: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let head = format!(
        "HTTP/1.1 {status}\r\ncontent-length: {}\r\nconnection: close\r\n{headers}\r\n",
        body.len()
    );
    [head.as_bytes(), body].concat()
}

fn job(inputs: &str, headers: &[(&str, &str)]) -> Job {
    let inputs = json::parse(inputs, json::Limits::default()).unwrap();
    Job {
        key: JobKey { instance: InstanceId::new(7), number: ElementInstanceId(3) },
        job_type: "http".into(),
        attempt: 1,
        inputs: inputs.as_context().unwrap().clone(),
        headers: headers
            .iter()
            .map(|(name, value)| (Arc::from(*name), Arc::from(*value)))
            .collect(),
        now: Timestamp::EPOCH,
    }
}

fn connector(address: SocketAddr) -> HttpConnector {
    let mut connections = Connections::default();
    connections.add("here", &format!("http://{address}")).unwrap();
    HttpConnector::new(connections).unwrap()
}

const HERE: &str = r#"{"connection": "here", "url": "/x", "readTimeoutInSeconds": 1}"#;

async fn outcome(answer: Vec<u8>, endless: bool) -> Result<Variables, ConnectorError> {
    let (address, _received) = server(answer, endless);
    let headers = [("resultVariable", "answer")];
    connector(address).run(&job(HERE, &headers)).await
}

fn retry(outcome: Result<Variables, ConnectorError>) -> String {
    match outcome {
        Err(ConnectorError::Retry { message, .. }) => message,
        other => panic!("expected another attempt, got {other:?}"),
    }
}

fn give_up(outcome: Result<Variables, ConnectorError>) -> String {
    match outcome {
        Err(ConnectorError::GiveUp { message }) => message,
        other => panic!("expected no other attempt, got {other:?}"),
    }
}

const JSON: &str = "content-type: application/json\r\n";

#[tokio::test]
async fn sends_the_inputs_and_gives_what_the_expression_says() {
    let (address, received) =
        server(http("200 OK", JSON, br#"{"score": 712.50, "band": "good"}"#), false);
    let inputs = r#"{"connection": "here", "url": "/bureau/scores", "method": "post",
        "headers": {"x-team": "loans"}, "queryParameters": {"q": "a b", "n": 2},
        "body": {"applicant": "Marta", "amount": 24000}}"#;
    let headers = [("resultExpression", "={score: response.body.score, code: response.status}")];
    let given = connector(address).run(&job(inputs, &headers)).await.unwrap();
    assert_eq!(given.get("score").unwrap().to_json(), "712.50");
    assert_eq!(given.get("code").unwrap().to_json(), "200");
    let request = received.recv().unwrap();
    assert!(request.starts_with("POST /bureau/scores?q=a+b&n=2 HTTP/1.1\r\n"), "{request}");
    for line in [
        "idempotency-key: 0000000000007-3",
        "content-type: application/json",
        "x-team: loans",
        r#"{"applicant":"Marta","amount":24000}"#,
    ] {
        assert!(request.contains(line), "{line} in {request}");
    }
}

#[tokio::test]
async fn a_text_is_kept_as_a_text() {
    let given = outcome(http("200 OK", "content-type: text/plain\r\n", b"fine"), false).await;
    let answer = given.unwrap().get("answer").unwrap().clone();
    assert_eq!(answer.get("body"), Some(&Value::string("fine")));
}

#[tokio::test]
async fn what_is_called_json_and_is_not_is_tried_again() {
    let message = retry(outcome(http("200 OK", JSON, b"<h1>It works!</h1>"), false).await);
    assert!(message.contains("answered 200") && message.contains("<h1>It works!"), "{message}");
}

#[tokio::test]
async fn a_failing_server_is_tried_again_and_a_wrong_request_is_not() {
    let busy = http("503 Service Unavailable", "retry-after: 7\r\n", b"later");
    match outcome(busy, false).await {
        Err(ConnectorError::Retry { after, message }) => {
            assert_eq!(after, Some(Duration::from_secs(7)));
            assert!(message.contains("503 Service Unavailable: later"), "{message}");
        }
        other => panic!("{other:?}"),
    }
    let long = vec![b'x'; 5_000];
    let message = give_up(outcome(http("404 Not Found", "", &long), false).await);
    assert!(message.contains("404 Not Found") && message.chars().count() < 300, "{message}");
}

#[tokio::test]
async fn silence_and_a_closed_port_are_tried_again() {
    let message = retry(outcome(Vec::new(), false).await);
    assert!(message.contains("broke off"), "{message}");
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let message = retry(connector(closed).run(&job(HERE, &[])).await);
    assert!(message.contains("connection refused"), "{message}");
}

/// Case 68 to 70: only a connection leads inside, only to its own host, and no redirect does.
#[tokio::test]
async fn cases_68_69_and_70_only_a_connection_leads_inside() {
    let (address, received) =
        server(http("302 Found", "location: http://169.254.169.254/\r\n", b""), false);
    let connector = connector(address);
    let direct = format!(r#"{{"url": "http://{address}/"}}"#);
    let message = give_up(connector.run(&job(&direct, &[])).await);
    assert!(message.contains("this machine"), "{message}");
    let by_name = format!(r#"{{"url": "http://localhost:{}/"}}"#, address.port());
    let message = give_up(connector.run(&job(&by_name, &[])).await);
    assert!(message.contains("“localhost” leads to"), "{message}");
    let other = r#"{"connection": "here", "url": "http://127.0.0.1:1/"}"#;
    give_up(connector.run(&job(other, &[])).await);
    assert!(received.try_recv().is_err(), "nothing was sent");
    let message = give_up(connector.run(&job(HERE, &[])).await);
    assert!(message.contains("302") && message.contains("not followed"), "{message}");
}

/// Case 73: what the model wants to send with credentials is not sent without.
#[tokio::test]
async fn authentication_is_refused_rather_than_left_out() {
    let (address, _received) = server(http("200 OK", "", b""), false);
    let inputs = r#"{"connection": "here", "url": "/", "authentication": {"type": "basic"}}"#;
    let message = give_up(connector(address).run(&job(inputs, &[])).await);
    assert!(message.contains("“basic” is not supported"), "{message}");
}

/// Case 74: a header cannot break out of its line.
#[tokio::test]
async fn case_74_a_line_break_in_a_header_is_refused() {
    let (address, _received) = server(http("200 OK", "", b""), false);
    let inputs = r#"{"connection": "here", "url": "/", "headers": {"x": "a\r\nhost: evil"}}"#;
    give_up(connector(address).run(&job(inputs, &[])).await);
}

/// Case 76: an endless answer and a bomb are cut.
#[tokio::test]
async fn case_76_an_endless_answer_is_cut() {
    let chunk = [format!("{:x}\r\n", 65_536).into_bytes(), vec![b'a'; 65_536], b"\r\n".to_vec()];
    let head = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n".to_vec();
    let (address, _received) = {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let thread = std::thread::spawn(move || {
            let (mut stream, _) = listener.accept().unwrap();
            let _ = stream.read(&mut [0; 4_096]);
            let _ = stream.write_all(&head);
            while stream.write_all(&chunk.concat()).is_ok() {}
        });
        (address, thread)
    };
    let message = retry(connector(address).run(&job(HERE, &[])).await);
    assert!(message.contains("more than 1 MB"), "{message}");
}

#[tokio::test]
async fn case_76_a_compressed_bomb_is_cut_after_decompression() {
    // 8 MiB in about 50 KB.
    let bomb = gzip_of_zeros(8 * 1024 * 1024);
    assert!(bomb.len() < 65_536);
    let headers = "content-encoding: gzip\r\ncontent-type: application/json\r\n";
    let message = retry(outcome(http("200 OK", headers, &bomb), false).await);
    assert!(message.contains("more than 1 MB"), "{message}");
}

/// A gzip file of `size` zeros (a multiple of 258, rounded down, plus one), by hand: one literal
/// and then the longest match again and again, in a block of fixed Huffman codes.
fn gzip_of_zeros(size: usize) -> Vec<u8> {
    let mut bits: Vec<bool> = vec![true, true, false];
    let code = |bits: &mut Vec<bool>, value: u32, length: u32| {
        bits.extend((0..length).rev().map(|n| value >> n & 1 == 1));
    };
    code(&mut bits, 0b0011_0000, 8); // the literal 0
    for _ in 0..(size - 1) / 258 {
        code(&mut bits, 0b1100_0101, 8); // length 258
        code(&mut bits, 0, 5); // distance 1
    }
    code(&mut bits, 0, 7); // the end
    let mut file = vec![0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255];
    for byte in bits.chunks(8) {
        file.push(byte.iter().enumerate().fold(0, |all, (n, bit)| all | (u8::from(*bit) << n)));
    }
    // The sums at the end are never reached.
    file.extend([0; 8]);
    file
}
