//! BPMN against suites that others wrote: models that must be refused, verdicts of a model checker,
//! models that must be written as they were read.
//!
//! Reads the folder that `SPARTITO_SUITES` names, or `../shared/suites` beside the project; skipped
//! with a printed line where it is absent.

mod bad_input;
mod soundness;
mod token_simulation;
mod write;

use std::path::{Path, PathBuf};

fn suites() -> PathBuf {
    std::env::var_os("SPARTITO_SUITES").map_or_else(
        || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared/suites"),
        PathBuf::from,
    )
}

/// All files below `folder` of the suites, by name; `None`, said aloud, where it is absent.
#[expect(clippy::disallowed_methods, reason = "suites are files; only this test reads them")]
fn files(folder: &str) -> Option<Vec<(String, Vec<u8>)>> {
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
            if path.is_dir() {
                open.push(path);
            } else {
                let bytes = std::fs::read(&path).expect("the file can be read");
                let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
                found.push((name, bytes));
            }
        }
    }
    found.sort();
    Some(found)
}

/// Whether a file is a model by its name.
fn is_model(name: &str) -> bool {
    Path::new(name).extension().is_some_and(|end| end == "bpmn" || end == "xml")
}
