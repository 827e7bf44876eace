//! Small models to run.

use spartito::runtime::{self, Starts};
use spartito::store::{NewDefinition, NewNode};
use spartito_core::bpmn;
use spartito_core::bpmn::model::FlowNodeKind;
use spartito_core::engine::ExecutableProcess;
use spartito_core::ids::DefinitionKey;
use spartito_core::time::Timestamp;

const HEAD: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL"
  xmlns:zeebe="http://camunda.org/schema/zeebe/1.0" targetNamespace="http://spartito.example/test">
"#;

/// A process of steps one after another; each is the XML of a task without its flows.
pub fn sequence(process: &str, steps: &[String]) -> String {
    use std::fmt::Write;
    let mut xml =
        format!("{HEAD}<bpmn:process id=\"{process}\" name=\"{process}\" isExecutable=\"true\">\n");
    xml.push_str("<bpmn:startEvent id=\"start\" />\n");
    for step in steps {
        xml.push_str(step);
    }
    xml.push_str("<bpmn:endEvent id=\"end\" />\n");
    let ids: Vec<&str> = steps.iter().map(|step| step.split('"').nth(1).unwrap()).collect();
    let stops: Vec<&str> =
        std::iter::once("start").chain(ids).chain(std::iter::once("end")).collect();
    for (n, pair) in stops.windows(2).enumerate() {
        let (source, target) = (pair[0], pair[1]);
        writeln!(
            xml,
            "<bpmn:sequenceFlow id=\"flow{n}\" sourceRef=\"{source}\" targetRef=\"{target}\" />"
        )
        .unwrap();
    }
    xml.push_str("</bpmn:process></bpmn:definitions>");
    xml
}

/// A process of its own shape: what stands beside it in the file, its nodes, and its flows, each
/// named by the nodes it joins, such as `a b`.
pub fn shaped(process: &str, beside: &str, nodes: &str, flows: &[&str]) -> String {
    use std::fmt::Write;
    let mut xml = format!(
        "{HEAD}{beside}<bpmn:process id=\"{process}\" name=\"{process}\" isExecutable=\"true\">\n\
         {nodes}\n"
    );
    for flow in flows {
        let (source, target) = flow.split_once(' ').unwrap();
        writeln!(
            xml,
            "<bpmn:sequenceFlow id=\"{source}-{target}\" sourceRef=\"{source}\" \
             targetRef=\"{target}\" />"
        )
        .unwrap();
    }
    xml.push_str("</bpmn:process></bpmn:definitions>");
    xml
}

/// A process of these elements and flows.
pub fn process(id: &str, content: &str) -> String {
    format!(
        "{HEAD}<bpmn:process id=\"{id}\" name=\"{id}\" isExecutable=\"true\">{content}\
         </bpmn:process></bpmn:definitions>"
    )
}

/// Sequence flows along `path`, such as `start check end`.
pub fn flows(path: &str) -> String {
    let ids: Vec<&str> = path.split(' ').collect();
    let flow = |pair: &[&str]| {
        let [from, to] = [pair[0], pair[1]];
        format!("<bpmn:sequenceFlow id=\"{from}-{to}\" sourceRef=\"{from}\" targetRef=\"{to}\" />")
    };
    ids.windows(2).map(flow).collect()
}

/// A timer event of this kind: `timeDate`, `timeDuration` or `timeCycle`.
pub fn timer(kind: &str, text: &str) -> String {
    format!(
        "<bpmn:timerEventDefinition><bpmn:{kind}>{text}</bpmn:{kind}></bpmn:timerEventDefinition>"
    )
}

/// A user task for a group.
pub fn user_task(id: &str, name: &str, group: &str) -> String {
    format!(
        "<bpmn:userTask id=\"{id}\" name=\"{name}\"><bpmn:extensionElements><zeebe:userTask />\
         <zeebe:assignmentDefinition candidateGroups=\"{group}\" />\
         </bpmn:extensionElements></bpmn:userTask>\n"
    )
}

/// A service task of a type, tried `retries` times with a short backoff.
pub fn service_task(id: &str, job_type: &str, retries: u32) -> String {
    format!(
        "<bpmn:serviceTask id=\"{id}\" name=\"{id}\"><bpmn:extensionElements>\
         <zeebe:taskDefinition type=\"{job_type}\" retries=\"{retries}\" />\
         <zeebe:taskHeaders><zeebe:header key=\"retryBackoff\" value=\"PT10S\" /></zeebe:taskHeaders>\
         </bpmn:extensionElements></bpmn:serviceTask>\n"
    )
}

/// A sub-process whose steps begin at the same time.
pub fn sub_process(id: &str, steps: &[String]) -> String {
    format!("<bpmn:subProcess id=\"{id}\" name=\"{id}\">{}</bpmn:subProcess>\n", steps.concat())
}

/// A script task that sets `variable`.
pub fn script_task(id: &str, expression: &str, variable: &str) -> String {
    format!(
        "<bpmn:scriptTask id=\"{id}\" name=\"{id}\"><bpmn:extensionElements>\
         <zeebe:script expression=\"={expression}\" resultVariable=\"{variable}\" />\
         </bpmn:extensionElements></bpmn:scriptTask>\n"
    )
}

/// The only process of a model, ready to run.
fn compiled(xml: &str) -> ExecutableProcess {
    let reading = bpmn::read(xml.as_bytes()).unwrap_or_else(|findings| panic!("{findings:#?}"));
    let process = reading.definitions.processes[0].clone();
    ExecutableProcess::compile(DefinitionKey::new(0), 1, process).unwrap()
}

/// What a deployment at `now` says about the only process of a model.
pub fn definition(xml: &str, now: Timestamp) -> NewDefinition {
    let reading = bpmn::read(xml.as_bytes()).unwrap_or_else(|findings| panic!("{findings:#?}"));
    let process = &reading.definitions.processes[0];
    let nodes = process
        .nodes
        .iter()
        .map(|node| NewNode {
            node: node.id.clone(),
            title: if node.name.is_empty() { node.id.to_string() } else { node.name.to_string() },
            kind: match node.kind {
                FlowNodeKind::UserTask(_) => "userTask",
                FlowNodeKind::ServiceTask(_) => "serviceTask",
                _ => "other",
            }
            .to_owned(),
        })
        .collect();
    let Starts { timers: start_timers, awaited: starts } =
        runtime::starts_of(&compiled(xml), now, 1);
    NewDefinition {
        process: process.id.clone(),
        name: process.name.clone(),
        version_tag: process.version_tag.clone(),
        start_form: None,
        xml: xml.to_owned(),
        nodes,
        starts,
        start_timers,
    }
}
