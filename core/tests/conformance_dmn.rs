//! DMN against the technology compatibility kit: every test of every folder.
//!
//! Reads `dmn-tck` in the folder of suites; where the folder is absent the test is skipped with a
//! printed line.

#[path = "dmn_kit/mod.rs"]
mod dmn_kit;

use std::fmt::Write as _;

use dmn_kit::{Folder, folders};

/// Runs all folders of a level and holds that every test of it passes.
fn run(level: &str) {
    let Some(folders) = folders(level) else {
        println!("skipped {level}: there is no folder of suites (SPARTITO_SUITES)");
        return;
    };
    let mut report = String::new();
    let (mut passed, mut all) = (0, 0);
    for Folder { name, files, tests } in folders {
        let failures = dmn_kit::run(&files, &tests, &mut all);
        for failure in &failures {
            writeln!(report, "{name}: {failure}").expect("writing to a string");
        }
        passed += 1_usize.saturating_sub(failures.len());
    }
    let failed = report.lines().count();
    println!("{level}: {} of {all} expectations hold, {passed} folders whole", all - failed);
    assert!(report.is_empty(), "{failed} of {all} fail\n{report}");
}

#[test]
fn every_test_of_level_2_passes() {
    run("compliance-level-2");
}

#[test]
fn every_test_of_level_3_passes() {
    run("compliance-level-3");
}

#[test]
fn every_test_that_is_not_of_a_level_passes() {
    run("non-compliant");
}
