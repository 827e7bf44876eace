//! Models that two other engines refuse: where BPMN forbids them an error names the element.

use std::collections::{BTreeMap, BTreeSet};

use spartito_core::bpmn::diagnostic::{Diagnostic, Severity};
use spartito_core::bpmn::inspect;

/// Refused there for a rule of one engine only, or for two files as a pair. Each stands with its
/// reason in `docs/bpmn-conformance.md`; the second word is the rule of our warning, if any.
const ACCEPTED: [(&str, &str); 20] = [
    ("AsyncAfterTest.testTransitionIdRequired.bpmn20.xml", "extension-foreign"),
    ("BpmnDeploymentTest.testGetBpmnXmlFileThroughService.bpmn20.xml", ""),
    ("BpmnDeploymentTest.testGetBpmnXmlFileThroughService2.bpmn20.xml", ""),
    ("BpmnParseTest.testInvalidAsyncAfterEventBasedGateway.bpmn", "extension-foreign"),
    ("BpmnParseTest.testInvalidExecutionListenerClassDefinition.bpmn", "extension-foreign"),
    ("BpmnParseTest.testInvalidExecutionListenerDelegateDefinition.bpmn", "extension-foreign"),
    ("BpmnParseTest.testMultipleTimerStartEvents.bpmn20.xml", "start-several"),
    ("EscalationEventParseInvalidProcessTest.invalidAttachement.bpmn20.xml", ""),
    (
        "EscalationEventParseInvalidProcessTest.\
         multipleEscalationEventSubprocessWithAndWithoutEscalationCode.bpmn20.xml",
        "catcher-overlap",
    ),
    ("ExternalTaskParseTest.testParseExternalTaskWithoutTopic.bpmn20.xml", "topic-missing"),
    ("InputOutputEventTest.testMessageBoundaryEvent.bpmn20.xml", ""),
    ("InputOutputEventTest.testMessageStartEvent.bpmn20.xml", ""),
    ("InputOutputEventTest.testNoneEndEvent.bpmn20.xml", ""),
    ("InputOutputTest.testInterruptingEventSubprocessIoSupport.bpmn", "receive-by-hand"),
    (
        "StartEventOperatonFormDefinitionParseTest.shouldNotParseOperatonFormDefinitionAndFormKey.\
         bpmn20.xml",
        "",
    ),
    (
        "StartEventOperatonFormDefinitionParseTest.\
         shouldNotParseOperatonFormDefinitionUnsupportedBinding.bpmn20.xml",
        "",
    ),
    (
        "UserTaskOperatonFormDefinitionParseTest.shouldNotParseOperatonFormDefinitionAndFormKey.\
         bpmn20.xml",
        "",
    ),
    (
        "UserTaskOperatonFormDefinitionParseTest.\
         shouldNotParseOperatonFormDefinitionUnsupportedBinding.bpmn20.xml",
        "",
    ),
    ("invalidPrioProcess.bpmn20.xml", "extension-foreign"),
    ("multipleStartEvent.bpmn20.xml", "start-several"),
];

/// Findings, but those about what the engine does not execute yet: these are no judgement.
fn judged(bytes: &[u8]) -> Vec<Diagnostic> {
    let mut findings = inspect(bytes).findings;
    findings.retain(|finding| !finding.message.contains("executed yet"));
    findings
}

/// By file: ids of the elements that other engines name.
fn manifest(text: &[u8]) -> BTreeMap<String, BTreeSet<String>> {
    let entries: serde_json::Value = serde_json::from_slice(text).expect("the manifest is JSON");
    let mut named: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for entry in entries.as_array().into_iter().flatten() {
        let path = entry["path"].as_str().unwrap_or_default();
        let name = path.rsplit('/').next().unwrap_or_default().to_owned();
        let elements = entry["elements"].as_array().into_iter().flatten();
        let elements = elements.filter_map(|it| it.as_str()).map(str::to_owned);
        named.entry(name).or_default().extend(elements);
    }
    named
}

#[test]
fn a_model_that_bpmn_forbids_is_refused_and_its_element_named() {
    let Some(files) = super::files("bad-input") else { return };
    let accepted: BTreeMap<&str, &str> = ACCEPTED.into();
    let manifest_file = files.iter().find(|(name, _)| name == "manifest.json");
    let elements = manifest(&manifest_file.expect("a manifest").1);
    let mut failures = Vec::new();
    let mut refused = 0;
    for (name, bytes) in files.iter().filter(|(name, _)| super::is_model(name)) {
        let findings = judged(bytes);
        let errors: Vec<&Diagnostic> =
            findings.iter().filter(|it| it.severity == Severity::Error).collect();
        if let Some(rule) = accepted.get(name.as_str()) {
            let warned = rule.is_empty() || findings.iter().any(|it| it.rule == *rule);
            if !errors.is_empty() || !warned {
                failures.push(format!("{name} is accepted, with {rule}: {findings:#?}"));
            }
            continue;
        }
        refused += 1;
        let expected = elements[name].clone();
        let names_it =
            expected.is_empty() || errors.iter().any(|it| expected.contains(&it.element));
        if errors.is_empty() || !names_it {
            failures.push(format!("{name} is refused for {expected:?}: {errors:#?}"));
        }
    }
    println!("bad-input: {refused} refused with their element, {} accepted", accepted.len());
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}
