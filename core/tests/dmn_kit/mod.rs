//! The technology compatibility kit of DMN: its folders, its test files, how results compare.

pub mod xml;

use std::fs;
use std::path::{Path, PathBuf};

use spartito_core::dmn::Decisions;
use spartito_core::feel::{Budget, Environment, equal};
use spartito_core::time::Timestamp;
use spartito_core::value::{Context, Decimal, Value, parse_temporal};

use xml::Element;

/// One folder of the kit.
pub struct Folder {
    pub name: String,
    /// Name and content of each model.
    pub files: Vec<(String, Vec<u8>)>,
    pub tests: Vec<Element>,
}

/// The folder of suites, where there is one.
pub fn suites() -> Option<PathBuf> {
    let folder = std::env::var_os("SPARTITO_SUITES").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/suites"),
        PathBuf::from,
    );
    folder.is_dir().then_some(folder)
}

/// The folders of one level in order; `None` where there is no folder of suites.
#[expect(clippy::disallowed_methods, reason = "suites are files; only tests read them")]
pub fn folders(level: &str) -> Option<Vec<Folder>> {
    let root = suites()?.join("dmn-tck").join(level);
    let mut paths: Vec<PathBuf> =
        fs::read_dir(root).ok()?.map(|entry| entry.expect("a readable folder").path()).collect();
    paths.sort();
    let folders = paths.into_iter().map(|path| {
        let mut files = Vec::new();
        let mut tests = Vec::new();
        let mut inside: Vec<PathBuf> = fs::read_dir(&path)
            .expect("a folder of the kit")
            .map(|entry| entry.expect("a readable folder").path())
            .collect();
        inside.sort();
        for file in inside {
            let name = file.file_name().map(|it| it.to_string_lossy().into_owned());
            let content = fs::read(&file).expect("a readable file");
            match file.extension().and_then(|it| it.to_str()) {
                Some("dmn") => files.push((name.unwrap_or_default(), content)),
                Some("xml") => {
                    let text = String::from_utf8(content).expect("the kit is UTF-8");
                    tests.push(xml::parse(&text));
                }
                _ => {}
            }
        }
        let name = path.file_name().map(|it| it.to_string_lossy().into_owned());
        Folder { name: name.unwrap_or_default(), files, tests }
    });
    Some(folders.collect())
}

/// Runs all test files of a folder; counts the expectations and gives those that do not hold.
pub fn run(files: &[(String, Vec<u8>)], tests: &[Element], count: &mut usize) -> Vec<String> {
    let mut failures = Vec::new();
    for test in tests.iter().filter(|test| test.name == "testCases") {
        let model = test.child("modelName").map(|it| it.text.trim()).unwrap_or_default();
        let mut ordered: Vec<&(String, Vec<u8>)> = files.iter().collect();
        ordered.sort_by_key(|(name, _)| name != model);
        let contents: Vec<&[u8]> = ordered.iter().map(|(_, content)| content.as_slice()).collect();
        let decisions = match Decisions::read_to_try(&contents) {
            Ok(reading) => reading.decisions,
            Err(findings) => {
                *count += 1;
                let errors: Vec<String> = findings
                    .iter()
                    .flatten()
                    .map(|it| format!("{}:{} {}", it.position.line, it.rule, it.message))
                    .collect();
                failures.push(format!("{model} is refused: {}", errors.join(" | ")));
                continue;
            }
        };
        for case in test.children("testCase") {
            run_case(&decisions, case, count, &mut failures);
        }
    }
    failures
}

fn run_case(decisions: &Decisions, case: &Element, count: &mut usize, failures: &mut Vec<String>) {
    let id = case.attribute("id").unwrap_or_default();
    let inputs: Context = case
        .children("inputNode")
        .map(|node| (node.attribute("name").unwrap_or_default().to_owned(), value(node)))
        .collect();
    let env = Environment { now: now(), seed: 1 };
    let results: Vec<&Element> = case.children("resultNode").collect();
    for node in &results {
        *count += 1;
        let name = node.attribute("name").unwrap_or_default();
        let asked = case.attribute("invocableName").unwrap_or(name);
        let expected = match node.child("expected") {
            Some(expected) if node.attribute("errorResult") != Some("true") => value(expected),
            _ => Value::Null,
        };
        let outcome = match decisions.decide(asked, &inputs, &env, &Budget::default()) {
            Ok(outcome) => outcome,
            Err(error) => {
                failures.push(format!("{id} {name}: {error}"));
                continue;
            }
        };
        let outputs = decisions.find(asked).map_or(0, |it| it.requires.len());
        let found = match outcome.value.get(name) {
            Some(part) if asked != name && outputs > 1 => part.clone(),
            _ => outcome.value,
        };
        if !matches(&found, &expected) {
            let warnings: Vec<String> = outcome.warnings.iter().map(ToString::to_string).collect();
            failures
                .push(format!("{id} {name}: {found:?} not {expected:?} {}", warnings.join(" | ")));
        }
    }
}

/// A day in January: a case with a named zone holds in winter only.
fn now() -> Timestamp {
    Timestamp::parse("2026-01-15T12:00:00Z").expect("a moment")
}

/// The value in an element of a test file.
fn value(node: &Element) -> Value {
    if let Some(list) = node.child("list") {
        return Value::list(list.children("item").map(value).collect());
    }
    if node.child("component").is_some() {
        let entries = node.children("component").map(|component| {
            (component.attribute("name").unwrap_or_default().to_owned(), value(component))
        });
        return Value::context(entries);
    }
    let Some(value) = node.child("value") else { return Value::Null };
    if value.attribute("nil") == Some("true") {
        return Value::Null;
    }
    let text = value.text.as_str();
    let of = value.attribute("type").unwrap_or_default();
    match of.rsplit(':').next().unwrap_or_default() {
        "boolean" => Value::Boolean(text.trim() == "true"),
        "decimal" | "double" | "integer" | "int" | "long" => {
            Value::Number(text.trim().parse::<Decimal>().expect("a number of the kit"))
        }
        "date" | "time" | "dateTime" | "duration" => {
            parse_temporal(text.trim()).unwrap_or_else(|| panic!("a temporal: {text}"))
        }
        "" => untyped(text),
        _ => Value::from(text),
    }
}

/// A value that names no type, as old tests write all of theirs: what it looks like.
fn untyped(text: &str) -> Value {
    let text = text.trim();
    match text {
        "true" => Value::Boolean(true),
        "false" => Value::Boolean(false),
        "" => Value::Null,
        _ => text
            .parse::<Decimal>()
            .ok()
            .map(Value::Number)
            .or_else(|| parse_temporal(text))
            .unwrap_or_else(|| Value::from(text)),
    }
}

/// Equal, numbers within 1e-8.
fn matches(found: &Value, expected: &Value) -> bool {
    match (found, expected) {
        (Value::Number(found), Value::Number(expected)) => {
            let tolerance = Decimal::new(1, 8).expect("a small number");
            found.minus(*expected).is_ok_and(|difference| difference.abs() <= tolerance)
        }
        (Value::List(found), Value::List(expected)) => {
            found.len() == expected.len()
                && found.iter().zip(expected.iter()).all(|(found, it)| matches(found, it))
        }
        (Value::Context(found), Value::Context(expected)) => {
            found.len() == expected.len()
                && expected
                    .iter()
                    .all(|(name, it)| found.get(name).is_some_and(|found| matches(found, it)))
        }
        _ => equal(found, expected, now()) == Some(true),
    }
}
