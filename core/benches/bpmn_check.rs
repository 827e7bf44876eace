//! How long a large model takes to be read, judged by rules and explored, in one thread: the longest
//! of 5 runs.
//!
//! The aim is less than 100 ms for 5,000 nodes. Nothing fails here; the numbers are printed.

use std::fmt::Write as _;
use std::time::Instant;

use spartito_core::bpmn::{inspect, soundness};

#[expect(clippy::disallowed_methods, reason = "a bench measures time")]
fn report(name: &str, xml: &str) {
    let (mut reading_us, mut exploring_us) = (0, 0);
    let mut words = String::new();
    for _ in 0..5 {
        let start = Instant::now();
        let inspection = inspect(xml.as_bytes());
        reading_us = reading_us.max(start.elapsed().as_micros());
        let definitions = inspection.definitions.expect("a model of BPMN");
        let nodes: usize = definitions.processes.iter().map(|it| it.nodes.len()).sum();
        let start = Instant::now();
        let explored = soundness::explore(&definitions).soundness;
        exploring_us = exploring_us.max(start.elapsed().as_micros());
        words =
            format!("{nodes} nodes, {} states, complete {}", explored.states, explored.complete);
    }
    println!("{name:<34} read {reading_us:>7} us, explored {exploring_us:>7} us: {words}");
}

/// A process out of blocks, one behind the other, with a shape and an edge for each element.
fn model(blocks: usize, block: impl Fn(usize) -> (String, usize)) -> String {
    let (mut body, mut nodes) = (String::from("<startEvent id='n0'/>"), 0);
    for _ in 0..blocks {
        let (text, last) = block(nodes);
        body.push_str(&text);
        nodes = last;
    }
    let mut drawing = String::new();
    for node in 0..=nodes {
        write!(
            drawing,
            "<di:BPMNShape bpmnElement='n{node}'><dc:Bounds x='{}' y='0' width='90' height='60'/>\
             </di:BPMNShape>",
            node * 100
        )
        .expect("writing to a string");
    }
    format!(
        "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' \
         xmlns:di='http://www.omg.org/spec/BPMN/20100524/DI' \
         xmlns:dc='http://www.omg.org/spec/DD/20100524/DC'>\
         <process id='p' isExecutable='true'>{body}<endEvent id='n{end}'/>{last}</process>\
         <di:BPMNDiagram><di:BPMNPlane bpmnElement='p'>{drawing}</di:BPMNPlane></di:BPMNDiagram>\
         </definitions>",
        end = nodes + 1,
        last = flow(nodes, nodes + 1),
    )
}

fn flow(from: usize, to: usize) -> String {
    format!("<sequenceFlow id='f{from}_{to}' sourceRef='n{from}' targetRef='n{to}'/>")
}

fn task(node: usize) -> String {
    format!("<userTask id='n{node}' name='Task {node}'/>")
}

/// One task behind node `at`.
fn sequence(at: usize) -> (String, usize) {
    (task(at + 1) + &flow(at, at + 1), at + 1)
}

/// A split behind node `at`, tasks side by side, and a join.
fn split(kind: &str, width: usize) -> impl Fn(usize) -> (String, usize) + '_ {
    move |at| {
        let (split, join) = (at + 1, at + width + 2);
        let mut text = format!("<{kind} id='n{split}'/><{kind} id='n{join}'/>{}", flow(at, split));
        for node in split + 1..join {
            text.push_str(&(task(node) + &flow(split, node) + &flow(node, join)));
        }
        (text, join)
    }
}

fn main() {
    report("5,000 tasks in a row", &model(5_000, sequence));
    report("1,250 choices of 2", &model(1_250, split("exclusiveGateway", 2)));
    report("1,250 parallel splits of 2", &model(1_250, split("parallelGateway", 2)));
    report("1,250 inclusive splits of 2", &model(1_250, split("inclusiveGateway", 2)));
    report("500 parallel splits of 8", &model(500, split("parallelGateway", 8)));
    report("1 parallel split of 5,000", &model(1, split("parallelGateway", 5_000)));
}
