//! Models that others drew: each is read without a panic, and refused only with a reason.
//!
//! Reads the folder that `SPARTITO_SUITES` names, or `../shared/suites` beside the project;
//! skipped with a printed line where it is absent.

use std::path::{Path, PathBuf};

use spartito_core::bpmn::diagnostic::{Diagnostic, Severity};
use spartito_core::bpmn::{read, read_for_trial};

fn suites() -> PathBuf {
    std::env::var_os("SPARTITO_SUITES").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/suites"),
        PathBuf::from,
    )
}

/// All models below `folder` of the suites; `None`, said aloud, where it is absent.
#[expect(clippy::disallowed_methods, reason = "suites are files; only this test reads them")]
fn models(folder: &str) -> Option<Vec<(PathBuf, Vec<u8>)>> {
    let root = suites().join(folder);
    if !root.is_dir() {
        println!("skipped: no suite {}", root.display());
        return None;
    }
    let mut found = Vec::new();
    let mut open = vec![root];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).expect("the folder can be read") {
            let path = entry.expect("the entry can be read").path();
            let is_model = path.extension().is_some_and(|end| end == "bpmn" || end == "xml");
            if path.is_dir() {
                open.push(path);
            } else if is_model {
                let bytes = std::fs::read(&path).expect("the file can be read");
                found.push((path, bytes));
            }
        }
    }
    found.sort();
    assert!(!found.is_empty(), "the suite {folder} holds models");
    Some(found)
}

/// Rules about the file as a whole, which is no element with an id.
const ABOUT_THE_FILE: [&str; 4] =
    ["xml-encoding", "xml-syntax", "not-bpmn", "no-executable-process"];

fn assert_well_formed(path: &Path, text: &str, findings: &[Diagnostic]) {
    for finding in findings {
        let place = format!("{}: {finding:?}", path.display());
        assert!(!finding.message.is_empty() && !finding.remedy.is_empty(), "{place}");
        assert!(finding.position.line >= 1 && finding.position.column >= 1, "{place}");
        let line = text.lines().nth(finding.position.line as usize - 1).unwrap_or_default();
        assert!(finding.position.column as usize <= line.chars().count() + 1, "{place}");
        if finding.severity == Severity::Error && finding.element.is_empty() {
            let at: String = line.chars().skip(finding.position.column as usize - 1).collect();
            let tag = at.split('>').next().unwrap_or_default();
            let is_named = ABOUT_THE_FILE.contains(&finding.rule.as_str())
                || !tag.contains(" id=\"")
                || finding.message.contains('<');
            assert!(is_named, "{place} names no element although there is one");
        }
    }
}

fn read_all(folder: &str) {
    let Some(models) = models(folder) else { return };
    let (mut accepted, mut refused) = (0, 0);
    for (path, bytes) in &models {
        let text = String::from_utf8_lossy(bytes).replace("\r\n", "\n");
        match read(bytes) {
            Ok(reading) => {
                accepted += 1;
                let errors = reading.findings.iter().filter(|f| f.severity == Severity::Error);
                assert_eq!(errors.count(), 0, "{}", path.display());
                assert_well_formed(path, &text, &reading.findings);
            }
            Err(findings) => {
                refused += 1;
                let has_error = findings.iter().any(|f| f.severity == Severity::Error);
                assert!(has_error, "{} is refused without an error", path.display());
                assert_well_formed(path, &text, &findings);
            }
        }
    }
    println!("{folder}: {accepted} accepted, {refused} refused of {}", models.len());
}

#[test]
fn reads_the_models_of_other_engines_without_a_panic() {
    read_all("models");
}

#[test]
fn reads_the_reference_models_of_the_interchange_group() {
    read_all("miwg");
}

#[test]
fn reads_the_models_of_the_token_simulation() {
    read_all("token-simulation");
}

#[test]
fn every_drawing_of_the_token_simulation_can_be_played() {
    let Some(models) = models("token-simulation") else { return };
    for (path, bytes) in &models {
        let Err(findings) = read_for_trial(bytes) else { continue };
        let others: Vec<&Diagnostic> = findings
            .iter()
            .filter(|it| it.severity == Severity::Error && !it.message.contains("executed yet"))
            .collect();
        assert!(others.is_empty(), "{}: {others:#?}", path.display());
    }
}
