//! Traces of the token simulation of bpmn.io, played step by step.
//!
//! The simulation knows no data: a gateway goes where the trace says (or along its first flow),
//! which is written into the model as conditions before it is played.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use spartito_core::play::{self, File, Happened, Outcome, Scenario};

/// Traces that the standard tells otherwise, with the reason; `docs/bpmn-conformance.md` has them
/// too.
const DEVIATIONS: &[(&str, &str)] = &[
    ("event-based-gateway", "the token passes the gateway and its flow before the event"),
    ("signal-trigger-event-based-gateway", "the token passes the gateway and its flow"),
    ("error-no-catch", "an error that nobody catches does not let its scope complete"),
];

#[test]
fn traces_agree_with_those_of_the_token_simulation() {
    let Some(files) = super::files("token-simulation") else { return };
    let models: BTreeMap<&str, &[u8]> =
        files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice())).collect();
    let manifest: Vec<Value> =
        serde_json::from_slice(models["manifest.json"]).expect("the manifest is JSON");
    let (mut agreed, mut failures) = (0, Vec::new());
    for entry in manifest.iter().filter(|entry| entry["simple"] == true) {
        let model = models[entry["bpmn"].as_str().expect("a model")];
        match compare(entry, &String::from_utf8_lossy(model)) {
            Ok(()) => agreed += 1,
            Err(difference) => failures.push(difference),
        }
    }
    let unexpected: Vec<&String> = failures
        .iter()
        .filter(|failure| !DEVIATIONS.iter().any(|(name, _)| failure.starts_with(name)))
        .collect();
    println!("token-simulation: {agreed} traces agree, {} deviate as written", DEVIATIONS.len());
    assert!(unexpected.is_empty(), "{agreed} agree;\n{unexpected:#?}");
    assert_eq!(failures.len(), DEVIATIONS.len(), "a deviation is gone");
}

/// Plays one trace; the difference, if there is one.
fn compare(entry: &Value, model: &str) -> Result<(), String> {
    let name = entry["name"].as_str().expect("a name");
    let actions = entry["actions"].as_array().expect("actions");
    let text = |action: &Value, key: &str| action[key].as_str().map(str::to_owned);
    let mut chosen = BTreeMap::new();
    for action in actions {
        if let Some(gateway) = text(action, "config") {
            chosen.insert(gateway, text(action, "value").expect("a choice"));
        }
    }
    let mut model = decided(model, &chosen);
    let triggers = triggers(actions);
    // A plain task waits in the simulation where something is attached to it.
    for task in attached(&model, &triggers) {
        if let Some((before, after)) = model.split_once(&format!("<bpmn:task id=\"{task}\"")) {
            let after = after.replacen("</bpmn:task>", "</bpmn:receiveTask>", 1);
            model = format!("{before}<bpmn:receiveTask id=\"{task}\"{after}");
        }
    }
    let mut starts: Vec<Vec<Value>> = Vec::new();
    let mut outcomes: Vec<Outcome> = Vec::new();
    let mut firsts = Vec::new();
    for trigger in &triggers {
        let starts_anew = model.contains(&format!("startEvent id=\"{trigger}\""))
            && !model.contains("triggeredByEvent")
            || outcomes.is_empty();
        if let (false, Some(steps)) = (starts_anew, starts.last_mut()) {
            steps.push(json!({"trigger": trigger}));
            let last = outcomes.len() - 1;
            outcomes[last] = play(&model, &firsts[last], steps)?;
        } else {
            let start = json!({"element": trigger});
            starts.push(Vec::new());
            let steps = starts.last_mut().expect("it was just put there");
            outcomes.push(play(&model, &start, steps).map_err(|it| format!("{name}: {it}"))?);
            firsts.push(start);
        }
    }
    let participants = participants(&model);
    let (mut expected, mut entered) = (Vec::new(), BTreeSet::new());
    for action in actions {
        for line in action["expectTrace"].as_array().into_iter().flatten() {
            let mut parts = line.as_str().expect("a line").split(':');
            let (what, element) = (parts.next(), parts.next().expect("an element"));
            // What is drawn on a plane of its own is named after that.
            let element = element.trim_end_matches("_plane");
            let is_message_flow = model.contains(&format!("messageFlow id=\"{element}\""));
            if what == Some("enter") {
                entered.insert(element.to_owned());
            } else if what == Some("exit") && !is_message_flow {
                let process = participants.get(element).cloned();
                expected.push(process.unwrap_or_else(|| element.to_owned()));
            }
        }
    }
    let trace = || outcomes.iter().flat_map(|outcome| &outcome.trace);
    let elements = |all: &[Happened]| -> Vec<String> {
        let fitting = trace().filter(|entry| all.contains(&entry.happened));
        fitting.map(|entry| entry.element.to_string()).collect()
    };
    let found = elements(&[Happened::Completed, Happened::Taken]);
    // The simulation says of what is interrupted that it is left.
    let missing = without(&without(&expected, &found), &elements(&[Happened::Terminated]));
    // It does not say of an event that ends its own scope that it is left, only that it is entered.
    let mut surplus = without(&found, &expected);
    surplus.retain(|element| !(entered.contains(element) && ends(&model, element)));
    if missing.is_empty() && surplus.is_empty() {
        return Ok(());
    }
    let failures: Vec<_> = outcomes.iter().flat_map(|outcome| &outcome.failures).collect();
    let incidents: Vec<_> = outcomes.iter().flat_map(|outcome| &outcome.incidents).collect();
    Err(format!(
        "{name} ({}): missing {missing:?}, surplus {surplus:?} {failures:?} {incidents:?}",
        entry["bpmn"]
    ))
}

/// Whether an element is an end event.
fn ends(model: &str, element: &str) -> bool {
    model.contains(&format!("endEvent id=\"{element}\""))
}

/// What is triggered, in order; a trace that begins with a signal nobody sent names it itself.
fn triggers(actions: &[Value]) -> Vec<String> {
    let mut triggers = Vec::new();
    let mut is_answered = true;
    for action in actions {
        if let Some(trigger) = action["trigger"].as_str() {
            triggers.push(trigger.to_owned());
            is_answered = false;
        } else if let Some(first) = action["expectTrace"][0].as_str() {
            if let (true, Some(signal)) = (is_answered, first.strip_prefix("signal:")) {
                triggers.extend(signal.split(':').next().map(str::to_owned));
            }
            is_answered = true;
        }
    }
    triggers
}

fn without(all: &[String], less: &[String]) -> Vec<String> {
    let mut left = less.to_vec();
    let mut without = Vec::new();
    for one in all {
        match left.iter().position(|other| other == one) {
            Some(at) => drop(left.remove(at)),
            None => without.push(one.clone()),
        }
    }
    without
}

/// The activities that something is attached to which is triggered.
fn attached(model: &str, triggers: &[String]) -> BTreeSet<String> {
    let attached = model.split("<bpmn:boundaryEvent id=\"").skip(1).filter_map(|rest| {
        let id = rest.split('"').next()?;
        let task = rest.split("attachedToRef=\"").nth(1)?.split('"').next()?;
        triggers.iter().any(|it| it == id || it == task).then(|| task.to_owned())
    });
    attached.collect()
}

/// Plays; whoever waits for a person goes on at once, as in the simulation.
fn play(model: &str, start: &Value, steps: &mut Vec<Value>) -> Result<Outcome, String> {
    let files = [File { name: "m.bpmn".to_owned(), bytes: model.as_bytes().to_vec() }];
    loop {
        let scenario = json!({"models": ["m.bpmn"], "start": start, "steps": steps});
        let scenario = Scenario::read(scenario.to_string().as_bytes()).map_err(|it| it.message)?;
        let outcome = play::run(&scenario, &files).map_err(|it| it.message)?;
        let works = |reason: &str| reason == "USER_TASK" || reason == "JOB";
        let Some(waiting) = outcome.waiting.iter().find(|waiting| works(&waiting.reason)) else {
            return Ok(outcome);
        };
        steps.push(json!({"complete": waiting.element}));
        if steps.len() > 200 {
            return Err("it does not come to rest".to_owned());
        }
    }
}

/// The processes of the participants, by the id of the participant.
fn participants(model: &str) -> BTreeMap<String, String> {
    let attribute = |tag: &str, name: &str| {
        let at = tag.find(&format!(" {name}=\""))? + name.len() + 3;
        Some(tag[at..].split('"').next()?.to_owned())
    };
    let tags = model.split('<').filter(|tag| tag.contains("participant "));
    tags.filter_map(|tag| Some((attribute(tag, "id")?, attribute(tag, "processRef")?))).collect()
}

/// The model with a condition on each flow that leaves a gateway which has to choose: those that
/// the trace names, else the first.
fn decided(model: &str, chosen: &BTreeMap<String, String>) -> String {
    let attribute = |tag: &str, name: &str| {
        let at = tag.find(&format!(" {name}=\""))? + name.len() + 3;
        Some(tag[at..].split('"').next()?.to_owned())
    };
    let mut gateways = BTreeMap::new();
    for tag in model.split('<') {
        if tag.starts_with("bpmn:exclusiveGateway") || tag.starts_with("bpmn:inclusiveGateway") {
            gateways.insert(attribute(tag, "id").expect("an id"), attribute(tag, "default"));
        }
    }
    let mut first = BTreeSet::new();
    let mut decided = String::new();
    for tag in model.split_inclusive('>') {
        let flow = tag.find("<bpmn:sequenceFlow ").map(|at| &tag[at + 1..]);
        let source = flow.and_then(|flow| attribute(flow, "sourceRef"));
        let (Some(flow), Some(source)) = (flow, source) else {
            decided.push_str(tag);
            continue;
        };
        let id = attribute(flow, "id").expect("an id");
        let Some(default) = gateways.get(&source) else {
            decided.push_str(tag);
            continue;
        };
        let is_first = first.insert(source.clone());
        let is_taken = match chosen.get(&source) {
            Some(chosen) => chosen.contains(&format!("'{id}'")),
            None => default.is_none() && is_first,
        };
        if default.as_ref() == Some(&id) || !tag.ends_with("/>") {
            decided.push_str(tag);
            continue;
        }
        decided.push_str(tag.trim_end_matches("/>"));
        decided.push_str("><bpmn:conditionExpression>=");
        decided.push_str(if is_taken { "true" } else { "false" });
        decided.push_str("</bpmn:conditionExpression></bpmn:sequenceFlow>");
    }
    decided
}
