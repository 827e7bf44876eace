//! Every rule that can be broken is described for people.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Rules that the sources report: the text behind `error(`, `warning(`, `info(` and the like.
#[expect(clippy::disallowed_methods, reason = "the sources are files; only this test reads them")]
fn reported() -> BTreeSet<String> {
    let mut rules = BTreeSet::new();
    let mut open: Vec<PathBuf> = vec![Path::new(env!("CARGO_MANIFEST_DIR")).join("src/bpmn")];
    while let Some(folder) = open.pop() {
        for entry in std::fs::read_dir(&folder).expect("the folder can be read") {
            let path = entry.expect("the entry can be read").path();
            if path.is_dir() {
                open.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).expect("the source can be read");
            for call in ["error(", "warning(", "info("] {
                for (_, rest) in text.match_indices(call).map(|(at, _)| text.split_at(at)) {
                    let first = rest[call.len()..].trim_start();
                    let rule = first.strip_prefix('"').and_then(|it| it.split_once('"'));
                    rules.extend(rule.map(|(rule, _)| rule.to_owned()));
                }
            }
        }
    }
    rules
}

#[test]
#[expect(clippy::disallowed_methods, reason = "the page is a file; only this test reads it")]
fn every_rule_of_a_process_model_is_on_the_page_of_checks() {
    let page = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/checks.md");
    let page = std::fs::read_to_string(page).expect("the page can be read");
    let rules = reported();
    assert!(rules.len() > 80, "{rules:?}");
    // A row may name rules of one kind by their ends: `event-gateway-target`, `-mixed`.
    let ends: BTreeSet<&str> = page.split('`').filter(|word| word.starts_with('-')).collect();
    let missing: Vec<&String> = rules
        .iter()
        .filter(|rule| {
            let by_end = ends.iter().any(|end| rule.ends_with(end));
            !page.contains(&format!("`{rule}`")) && !by_end
        })
        .collect();
    assert!(missing.is_empty(), "docs/checks.md says nothing of {missing:?}");
}

/// Rules about what a model does as a whole, which `soundness.rs` tests.
const SOUNDNESS: &str = "soundness-";

#[test]
#[expect(clippy::disallowed_methods, reason = "the cases are files; only this test reads them")]
fn every_rule_of_a_process_model_has_a_good_and_a_bad_model() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/rule_models");
    let files = std::fs::read_dir(folder).expect("there are cases");
    let text = files.map(|file| {
        std::fs::read_to_string(file.expect("it can be listed").path()).expect("it can be read")
    });
    let text: String = text.collect();
    let rules = reported().into_iter().filter(|rule| !rule.starts_with(SOUNDNESS));
    let missing: Vec<String> =
        rules.filter(|rule| !text.contains(&format!("rule: \"{rule}\""))).collect();
    assert!(missing.is_empty(), "no case of {missing:?}");
}
