//! Which of the catalogue's bad inputs have a test: reads the sources, and fails with the numbers
//! that are missing. Also sees to it that every test that was written is run.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

/// Numbers of the cases that concern what is built.
const NEEDED: &[u8] = &[
    1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, // models
    41, 42, 43, 44, 48, 52, // sign-in and sessions
    59, 60, // claims and other people's tasks
    68, 69, 70, 71, 76, // calls to the outside
    81, 82, 83, 84, 85, // screens
    88, 89, 90, 91, 92, 93, 94, // resources
    95, 96, 97, 98, 99, 100, // timers
    101, 102, 103, 104, 105, 106, 107, 108, 109, // the database
    110, 111, 112, 113, 114, 115, 116, 117, // several servers
];

#[test]
fn every_case_that_concerns_what_is_built_has_a_test_with_its_number() {
    let mut found: BTreeMap<u8, Vec<String>> = BTreeMap::new();
    for folder in ["src", "core/src", "core/tests", "tests"] {
        for path in files_below(&root().join(folder)) {
            let text = fs::read_to_string(&path).expect("a readable file");
            for name in test_names(&text) {
                for number in numbers(name) {
                    found.entry(number).or_default().push(name.to_owned());
                }
            }
        }
    }
    for (number, names) in &found {
        println!("case {number}: {}", names.join(", "));
    }
    let missing: Vec<u8> =
        NEEDED.iter().copied().filter(|number| !found.contains_key(number)).collect();
    assert!(missing.is_empty(), "no test has the number of case {missing:?} in its name");
}

/// A file that no `mod` names is never compiled, and its tests are never run.
#[test]
fn every_file_of_the_server_tests_belongs_to_them() {
    let folder = root().join("tests/server");
    let main = fs::read_to_string(folder.join("main.rs")).expect("the server tests");
    let named: BTreeSet<&str> = main
        .lines()
        .filter_map(|line| line.trim().strip_prefix("mod ")?.strip_suffix(';'))
        .collect();
    for path in files_below(&folder) {
        let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
        assert!(
            name == "main" || named.contains(name.as_str()),
            "{} is in no `mod`",
            path.display()
        );
    }
}

#[test]
fn numbers_are_read_from_names_and_ranges_claim_nothing() {
    assert_eq!(numbers("case_7_refuses_80000_attributes"), [7]);
    assert_eq!(numbers("cases_30_32_and_35_a_request"), [30, 32, 35]);
    assert_eq!(numbers("cases_1_to_15_a_model"), [1], "the others are not named");
    assert_eq!(numbers("a_case_of_7"), [] as [u8; 0]);
    let text = "#[test]\nfn case_1_x() {}\nfn case_2_helper() {}\n#[tokio::test]\n\
                #[ignore]\nasync fn case_3_ignored() {}\n#[tokio::test(a = 2)]\nasync fn case_4_y() {}";
    assert_eq!(test_names(text).collect::<Vec<_>>(), ["case_1_x", "case_4_y"]);
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// All Rust files below `folder`.
fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).expect("a readable folder") {
        let path = entry.expect("a readable folder").path();
        if path.is_dir() {
            files.extend(files_below(&path));
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            files.push(path);
        }
    }
    files
}

/// Names of the functions that are tests and are not ignored.
fn test_names(text: &str) -> impl Iterator<Item = &str> {
    let lines: Vec<&str> = text.lines().map(str::trim).collect();
    let mut names = Vec::new();
    let mut attributes: Vec<&str> = Vec::new();
    for line in lines {
        if line.starts_with("#[") {
            attributes.push(line);
        } else if let Some((_, rest)) = line.split_once("fn ") {
            let is_test = attributes
                .iter()
                .any(|line| line.starts_with("#[test]") || line.starts_with("#[tokio::test"));
            let ignored = attributes.iter().any(|line| line.starts_with("#[ignore"));
            if is_test && !ignored {
                names.extend(rest.split(['(', '<']).next());
            }
            attributes.clear();
        } else if !line.starts_with("//") {
            attributes.clear();
        }
    }
    names.into_iter()
}

/// `7` of `case_7_…`; `30`, `32` and `35` of `cases_30_32_and_35_…`.
fn numbers(name: &str) -> Vec<u8> {
    let Some(rest) = name.strip_prefix("case_").or_else(|| name.strip_prefix("cases_")) else {
        return Vec::new();
    };
    let mut numbers = Vec::new();
    for word in rest.split('_').filter(|word| *word != "and") {
        match word.parse() {
            Ok(number) => numbers.push(number),
            Err(_) => break,
        }
    }
    numbers
}
