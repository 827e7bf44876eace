//! With the feature `otlp`, a server sends its spans to the collector that the environment names.

#![cfg(all(feature = "ssr", feature = "otlp"))]
#![expect(clippy::unwrap_used, reason = "a test stops at what it does not expect")]

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::time::{Duration, Instant};

const DEADLINE: Duration = Duration::from_secs(60);

/// A collector that takes everything: gives the path and the body of each request.
fn collector() -> (String, mpsc::Receiver<(String, Vec<u8>)>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let (sender, receiver) = mpsc::channel();
    std::thread::spawn(move || {
        for connection in listener.incoming() {
            let sender = sender.clone();
            std::thread::spawn(move || take(connection.unwrap(), &sender));
        }
    });
    (url, receiver)
}

fn take(connection: TcpStream, sender: &mpsc::Sender<(String, Vec<u8>)>) {
    let mut reader = BufReader::new(connection);
    let mut line = String::new();
    while reader.read_line(&mut line).is_ok_and(|count| count > 0) {
        let path = line.split(' ').nth(1).unwrap().to_owned();
        let mut length = 0;
        loop {
            line.clear();
            reader.read_line(&mut line).unwrap();
            if line.trim().is_empty() {
                break;
            }
            if let Some(value) = line.to_ascii_lowercase().strip_prefix("content-length:") {
                length = value.trim().parse().unwrap();
            }
        }
        let mut body = vec![0; length];
        reader.read_exact(&mut body).unwrap();
        let answer =
            "HTTP/1.1 200 OK\r\ncontent-type: application/x-protobuf\r\ncontent-length: 0\r\n\r\n";
        reader.get_mut().write_all(answer.as_bytes()).unwrap();
        let _ = sender.send((path, body));
        line.clear();
    }
}

fn holds(body: &[u8], text: &str) -> bool {
    body.windows(text.len()).any(|part| part == text.as_bytes())
}

#[test]
fn the_span_of_a_request_arrives_at_the_collector_with_its_id() {
    let (url, received) = collector();
    let folder = tempfile::tempdir().unwrap();
    let address = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    let mut server = Command::new(env!("CARGO_BIN_EXE_spartito"))
        .args(["serve", "--addr", &address.to_string(), "--data"])
        .arg(folder.path().join("data"))
        .env("OTEL_EXPORTER_OTLP_ENDPOINT", &url)
        .current_dir(folder.path())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .spawn()
        .unwrap();
    let begun = Instant::now();
    let ask = || -> std::io::Result<String> {
        let mut stream = TcpStream::connect(address)?;
        let request = "GET /readyz HTTP/1.1\r\nhost: here\r\nx-request-id: from-the-test-of-spans\r\n\
                       connection: close\r\n\r\n";
        stream.write_all(request.as_bytes())?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer)?;
        Ok(answer)
    };
    while !ask().is_ok_and(|answer| answer.starts_with("HTTP/1.1 200")) {
        assert!(begun.elapsed() < DEADLINE, "the server did not start");
        std::thread::sleep(Duration::from_millis(20));
    }
    // What is left is sent when it stops.
    let told = Command::new("kill").args(["-s", "TERM", &server.id().to_string()]).status();
    assert!(told.unwrap().success());
    assert!(server.wait().unwrap().success(), "it stops well");
    let mut bodies = Vec::new();
    while let Ok((path, body)) = received.try_recv() {
        assert_eq!(path, "/v1/traces");
        bodies.extend(body);
    }
    for text in ["service.name", "spartito", "request", "/readyz", "from-the-test-of-spans"] {
        assert!(holds(&bodies, text), "no {text} in {} bytes", bodies.len());
    }
}
