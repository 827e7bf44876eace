//! How long the reader takes to refuse each bad model, in one thread: the longest of 5 runs.
//!
//! The aim is less than 100 ms each. Nothing fails here; the numbers are printed.

#[path = "../tests/bad_xml/mod.rs"]
mod bad_xml;

use std::time::Instant;

use spartito_core::bpmn::diagnostic::Severity;
use spartito_core::bpmn::read;

#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn report(name: &str, xml: &[u8]) {
    let mut longest_us = 0;
    let mut rule = String::new();
    for _ in 0..5 {
        let start = Instant::now();
        let reading = read(xml);
        longest_us = longest_us.max(start.elapsed().as_micros());
        rule = match reading {
            Ok(reading) => format!("read, {} nodes", reading.definitions.processes[0].nodes.len()),
            Err(findings) => findings
                .into_iter()
                .find(|finding| finding.severity == Severity::Error)
                .map(|finding| finding.rule)
                .unwrap_or_default(),
        };
    }
    let (whole, rest) = (longest_us / 1000, longest_us % 1000);
    println!("{name:<42} {:>10} bytes {whole:>6}.{rest:03} ms  {rule}", xml.len());
}

fn main() {
    for number in bad_xml::MODELS {
        report(&format!("case {number}"), &bad_xml::case(number));
    }
    for (index, xml) in bad_xml::encodings().iter().enumerate() {
        report(&format!("case 9, encoding {index}"), xml);
    }
    let tasks =
        |number: usize| bad_xml::each(0..number, |index| format!("<userTask id='t{index}'/>"));
    report("10 MB on one line", bad_xml::process(&" ".repeat(9_000_000)).as_bytes());
    report("90,000 user tasks", bad_xml::process(&tasks(90_000)).as_bytes());
    report("300,000 user tasks", bad_xml::process(&tasks(300_000)).as_bytes());
    report("5 MB of references", bad_xml::process(&"&lt;".repeat(1_250_000)).as_bytes());
    report("600,000 unclosed tags", bad_xml::process(&"<a ".repeat(600_000)).as_bytes());
    for (name, body) in floods() {
        report(name, bad_xml::process(&body).as_bytes());
    }
    report("300 namespaces, one by one", &bad_xml::spread_namespaces(300));
}

/// Models within all limits that would be slow if anything were quadratic.
fn floods() -> Vec<(&'static str, String)> {
    let flows = "<sequenceFlow sourceRef='a' targetRef='a'/>".repeat(90_000);
    let lanes = format!("<laneSet><lane>{}", "<flowNodeRef>x</flowNodeRef>".repeat(45_000));
    let tasks: String = bad_xml::each(0..45_000, |index| format!("<userTask id='t{index}'/>"));
    let name = "n".repeat(5_000_000);
    let children = "<documentation x='1'/>".repeat(90_000);
    vec![
        ("90,000 flows without ids", format!("<userTask id='a'/>{flows}")),
        ("45,000 entries of a lane", format!("{tasks}{lanes}</lane></laneSet>")),
        (
            "5 MB name, 90,000 children",
            format!("<userTask id='a' name='{name}'>{children}</userTask>"),
        ),
    ]
}
