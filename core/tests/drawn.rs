//! Drawn models, one for each element and control-flow pattern, and what must come of playing them.
#![expect(clippy::expect_used, reason = "a test that cannot go on says why")]
#![expect(clippy::disallowed_methods, reason = "the models are files; only tests read them")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};
use spartito_core::play::{self, File, Scenario};

/// Flow nodes of BPMN, each of which is drawn in some file.
const NODES: [&str; 24] = [
    "startEvent",
    "intermediateCatchEvent",
    "intermediateThrowEvent",
    "boundaryEvent",
    "endEvent",
    "task",
    "manualTask",
    "userTask",
    "serviceTask",
    "sendTask",
    "receiveTask",
    "businessRuleTask",
    "scriptTask",
    "callActivity",
    "subProcess",
    "transaction",
    "adHocSubProcess",
    "exclusiveGateway",
    "parallelGateway",
    "inclusiveGateway",
    "eventBasedGateway",
    "complexGateway",
    "multiInstanceLoopCharacteristics",
    "standardLoopCharacteristics",
];

/// Event definitions, each by the places the standard has for it that are drawn here.
const EVENTS: [&str; 45] = [
    "startEvent messageEventDefinition",
    "startEvent timerEventDefinition",
    "startEvent signalEventDefinition",
    "startEvent errorEventDefinition",
    "startEvent escalationEventDefinition",
    "intermediateCatchEvent messageEventDefinition",
    "intermediateCatchEvent timerEventDefinition",
    "intermediateCatchEvent signalEventDefinition",
    "intermediateCatchEvent conditionalEventDefinition",
    "intermediateCatchEvent linkEventDefinition",
    "intermediateThrowEvent signalEventDefinition",
    "intermediateThrowEvent escalationEventDefinition",
    "intermediateThrowEvent compensateEventDefinition",
    "intermediateThrowEvent linkEventDefinition",
    "boundaryEvent messageEventDefinition",
    "boundaryEvent timerEventDefinition",
    "boundaryEvent signalEventDefinition",
    "boundaryEvent conditionalEventDefinition",
    "boundaryEvent errorEventDefinition",
    "boundaryEvent escalationEventDefinition",
    "boundaryEvent compensateEventDefinition",
    "boundaryEvent cancelEventDefinition",
    "startEvent conditionalEventDefinition",
    "intermediateThrowEvent messageEventDefinition",
    "endEvent messageEventDefinition",
    "endEvent compensateEventDefinition",
    "endEvent errorEventDefinition",
    "endEvent escalationEventDefinition",
    "endEvent cancelEventDefinition",
    "endEvent signalEventDefinition",
    "endEvent terminateEventDefinition",
    "startEvent compensateEventDefinition",
    "startEvent messageEventDefinition, not interrupting",
    "startEvent timerEventDefinition, not interrupting",
    "startEvent signalEventDefinition, not interrupting",
    "startEvent escalationEventDefinition, not interrupting",
    "startEvent conditionalEventDefinition, not interrupting",
    "startEvent in parallel",
    "intermediateCatchEvent in parallel",
    "boundaryEvent messageEventDefinition, not interrupting",
    "boundaryEvent timerEventDefinition, not interrupting",
    "boundaryEvent signalEventDefinition, not interrupting",
    "boundaryEvent escalationEventDefinition, not interrupting",
    "boundaryEvent conditionalEventDefinition, not interrupting",
    "boundaryEvent in parallel",
];

/// What surrounds and qualifies flow nodes.
const OTHERS: [&str; 14] = [
    "participant",
    "lane",
    "messageFlow",
    "dataObject",
    "dataInputAssociation",
    "dataOutputAssociation",
    "property",
    "globalUserTask",
    "complexBehaviorDefinition",
    "activationCondition",
    "completionCondition",
    "timeDate",
    "timeDuration",
    "timeCycle",
];

/// An element that is open: its name, what it draws, its points, and whether it is an event that
/// interrupts nothing.
type Entered = (String, Option<String>, usize, bool);

/// What a file has and draws.
#[derive(Default)]
struct Drawing {
    nodes: BTreeSet<String>,
    flows: BTreeSet<String>,
    shapes: BTreeSet<String>,
    edges: BTreeSet<String>,
    used: BTreeSet<String>,
}

fn attribute(element: &BytesStart, name: &str) -> Option<String> {
    let found = element.try_get_attribute(name).expect("attributes are well formed")?;
    Some(found.value.into_owned())
}

impl Drawing {
    fn read(text: &str) -> Self {
        let mut drawing = Self::default();
        let mut reader = Reader::from_str(text);
        let mut path: Vec<Entered> = Vec::new();
        loop {
            match reader.read_event().expect("the model is well formed") {
                Event::Start(element) => {
                    let entered = drawing.enter(&element, &mut path);
                    path.push(entered);
                }
                Event::Empty(element) => {
                    let entered = drawing.enter(&element, &mut path);
                    drawing.leave(entered);
                }
                Event::End(_) => {
                    let left = path.pop().expect("it was entered");
                    drawing.leave(left);
                }
                Event::Eof => return drawing,
                Event::Text(_)
                | Event::CData(_)
                | Event::Comment(_)
                | Event::Decl(_)
                | Event::PI(_)
                | Event::DocType(_)
                | Event::GeneralRef(_) => {}
            }
        }
    }

    fn enter(&mut self, element: &BytesStart, path: &mut [Entered]) -> Entered {
        let local = element.local_name().as_ref().to_owned();
        let parent = path.last_mut();
        if let Some(parent) = parent {
            if local == "Bounds" || local == "waypoint" {
                parent.2 += 1;
            }
            if local.ends_with("EventDefinition") {
                self.used.insert(format!("{} {local}", parent.0));
                if parent.3 {
                    self.used.insert(format!("{} {local}, not interrupting", parent.0));
                }
            }
        }
        if attribute(element, "parallelMultiple").is_some_and(|value| value == "true") {
            self.used.insert(format!("{local} in parallel"));
        }
        if NODES.contains(&&*local) {
            self.used.insert(local.clone());
            self.nodes.extend(attribute(element, "id"));
        } else if local == "sequenceFlow" || local == "association" {
            self.flows.extend(attribute(element, "id"));
        } else if OTHERS.contains(&&*local) {
            self.used.insert(local.clone());
        }
        let interrupts = |name| attribute(element, name).is_none_or(|value| value != "false");
        let goes_on = !interrupts("isInterrupting") || !interrupts("cancelActivity");
        (local, attribute(element, "bpmnElement"), 0, goes_on)
    }

    fn leave(&mut self, (local, drawn, points, _): Entered) {
        if local == "BPMNShape" && points >= 1 {
            self.shapes.extend(drawn);
        } else if local == "BPMNEdge" && points >= 2 {
            self.edges.extend(drawn);
        }
    }
}

fn files(extension: &str) -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/drawn");
    let listed = std::fs::read_dir(folder).expect("there are drawn models");
    let mut files: Vec<PathBuf> =
        listed.map(|file| file.expect("it can be listed").path()).collect();
    files.retain(|file| file.extension().is_some_and(|found| found == extension));
    files.sort();
    files
}

#[test]
fn every_scenario_comes_out_as_the_standard_demands() {
    let mut failures = Vec::new();
    let scenarios = files("json");
    for path in &scenarios {
        let name = path.display();
        let scenario = Scenario::read(&std::fs::read(path).expect("it can be read"));
        let scenario = match scenario {
            Ok(scenario) => scenario,
            Err(unusable) => {
                failures.push(format!("{name}: {}", unusable.message));
                continue;
            }
        };
        let models = scenario.models.iter().map(|model| {
            let bytes = std::fs::read(path.with_file_name(model)).expect("the model lies there");
            File { name: model.clone(), bytes }
        });
        match play::run(&scenario, &models.collect::<Vec<_>>()) {
            Ok(outcome) => {
                failures.extend(outcome.failures.iter().map(|text| format!("{name}: {text}")));
            }
            Err(unusable) => failures.push(format!("{name}: {}", unusable.message)),
        }
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert_eq!(scenarios.len(), files("bpmn").len(), "each model is played");
}

#[test]
fn every_node_and_flow_is_drawn_and_every_element_has_a_file() {
    let mut used = BTreeSet::new();
    for path in files("bpmn") {
        let text = std::fs::read_to_string(&path).expect("it can be read");
        let drawing = Drawing::read(&text);
        let name = path.display();
        let missed: Vec<_> = drawing.nodes.difference(&drawing.shapes).collect();
        assert!(missed.is_empty(), "{name}: no shape of {missed:?}");
        let missed: Vec<_> = drawing.flows.difference(&drawing.edges).collect();
        assert!(missed.is_empty(), "{name}: no edge of {missed:?}");
        assert!(!drawing.nodes.is_empty(), "{name}: has no node");
        used.extend(drawing.used);
    }
    let missed: Vec<_> = NODES
        .iter()
        .chain(&EVENTS)
        .chain(&OTHERS)
        .filter(|element| !used.contains(**element))
        .collect();
    assert!(missed.is_empty(), "drawn nowhere: {missed:?}");
}
