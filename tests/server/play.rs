//! `spartito play` as people call it: what it prints, what it writes, how it ends.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

fn play(folder: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_spartito"));
    command.arg("play").args(arguments).current_dir(folder).output().expect("it can be run")
}

/// A folder with one model and these scenarios.
fn folder(scenarios: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    let model = r#"<definitions xmlns="http://www.omg.org/spec/BPMN/20100524/MODEL"
        targetNamespace="t"><process id="p" isExecutable="true"><startEvent id="s"/>
        <userTask id="a"/><endEvent id="e"/><sequenceFlow id="f1" sourceRef="s" targetRef="a"/>
        <sequenceFlow id="f2" sourceRef="a" targetRef="e"/></process></definitions>"#;
    std::fs::write(folder.path().join("p.bpmn"), model).expect("it can be written");
    for (name, scenario) in scenarios {
        std::fs::write(folder.path().join(name), scenario).expect("it can be written");
    }
    folder
}

const DONE: &str = r#"{"models": ["p.bpmn"], "start": {"process": "p"},
    "steps": [{"complete": "a"}], "expect": {"state": "COMPLETED"}}"#;
const WRONG: &str = r#"{"models": ["p.bpmn"], "start": {"process": "p"},
    "expect": {"state": "COMPLETED"}}"#;

#[test]
fn one_scenario_is_one_document_and_its_end_says_whether_it_passed() {
    let folder = folder(&[("done.json", DONE), ("wrong.json", WRONG)]);
    let passed = play(folder.path(), &["done.json", "--json"]);
    assert_eq!(passed.status.code(), Some(0));
    let document: Value = serde_json::from_slice(&passed.stdout).expect("one JSON document");
    assert_eq!(document["state"], "COMPLETED");
    assert_eq!(document["trace"][0]["type"], "process");
    let again = play(folder.path(), &["done.json", "--json"]);
    assert_eq!(again.stdout, passed.stdout, "the same bytes");
    let failed = play(folder.path(), &["wrong.json"]);
    assert_eq!(failed.status.code(), Some(1));
    let words = String::from_utf8_lossy(&failed.stdout);
    assert!(words.contains("FAILED state: expected COMPLETED, but it is ACTIVE."), "{words}");
}

#[test]
fn a_folder_is_a_suite() {
    let folder = folder(&[("a.json", DONE), ("b.json", WRONG), ("data.json", "[1]")]);
    let suite = play(folder.path(), &[".", "--json", "--junit", "out.xml"]);
    assert_eq!(suite.status.code(), Some(1));
    let document: Value = serde_json::from_slice(&suite.stdout).expect("one JSON document");
    assert_eq!((&document["passed"], &document["failed"]), (&1.into(), &1.into()));
    assert_eq!(document["coverage"]["p"]["elements"]["reached"], 3);
    let report = std::fs::read_to_string(folder.path().join("out.xml")).expect("it was written");
    let expected = r#"<testsuite name="." tests="2" failures="1" errors="0">"#;
    assert!(report.contains(expected), "{report}");
    assert!(report.contains(r#"<testcase classname="." name="a.json"/>"#), "{report}");
    std::fs::remove_file(folder.path().join("b.json")).expect("it can be removed");
    assert_eq!(play(folder.path(), &["."]).status.code(), Some(0));
}

#[test]
fn what_cannot_be_played_says_where() {
    let unknown = DONE.replace("steps", "stepz");
    let missing = DONE.replace("p.bpmn", "q.bpmn");
    let folder = folder(&[("unknown.json", &unknown), ("missing.json", &missing)]);
    for (file, expected) in
        [("unknown.json", "stepz is not known"), ("missing.json", "models: cannot read q.bpmn")]
    {
        let refused = play(folder.path(), &[file]);
        assert_eq!(refused.status.code(), Some(2), "{file}");
        let words = String::from_utf8_lossy(&refused.stderr);
        assert!(words.contains(expected), "{words}");
    }
}
