//! What can happen to the tokens, against the verdicts of a model checker (network: a bag).

use spartito_core::bpmn::inspect;
use spartito_core::bpmn::soundness::explore;

#[test]
fn verdicts_agree_with_those_of_the_model_checker() {
    let Some(files) = super::files("fbpmn") else { return };
    let mut failures = Vec::new();
    let mut agreed = 0;
    for (name, bytes) in files.iter().filter(|(name, _)| super::is_model(name)) {
        let stem = name.trim_end_matches(".bpmn");
        let report = files.iter().find(|(other, _)| *other == format!("{stem}.json"));
        let report: serde_json::Value =
            serde_json::from_slice(&report.expect("a report").1).expect("the report is JSON");
        let verdict = |property: &str| report[stem]["Network01Bag"][property]["value"].as_bool();
        let (Some(safe), Some(sound), Some(relaxed)) =
            (verdict("Prop02Safe"), verdict("Prop03Sound"), verdict("Prop04MsgSound"))
        else {
            println!("{stem}: the report is empty");
            continue;
        };
        let definitions = inspect(bytes).definitions.expect("a model of BPMN");
        let found = explore(&definitions).soundness;
        if (found.safe, found.sound, found.message_sound) == (safe, sound, relaxed) {
            agreed += 1;
        } else {
            failures.push(format!("{stem}: {safe} {sound} {relaxed}, not {found:?}"));
        }
    }
    println!("fbpmn: {agreed} models with the same verdicts");
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    assert!(agreed >= 25, "{agreed}");
}

#[test]
fn every_model_of_others_is_explored_without_a_panic() {
    for folder in ["models", "token-simulation", "miwg"] {
        let Some(files) = super::files(folder) else { return };
        let (mut explored, mut complete) = (0, 0);
        for (_, bytes) in files.iter().filter(|(name, _)| super::is_model(name)) {
            if let Some(definitions) = inspect(bytes).definitions {
                explored += 1;
                complete += usize::from(explore(&definitions).soundness.complete);
            }
        }
        println!("{folder}: {explored} explored, {complete} of them whole");
        assert!(complete * 10 >= explored * 9, "{folder}: {complete} of {explored}");
    }
}
