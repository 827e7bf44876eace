//! Hostile and broken models: each is refused, with the element, the line and what to do.
//!
//! The numbers are those of the list of bad inputs. Nothing here measures time; the bench
//! `bad_xml` does.

mod bad_xml;

use bad_xml::{DEEP, MODELS, case};
use spartito_core::bpmn::diagnostic::{Diagnostic, Severity};
use spartito_core::bpmn::{ATTRIBUTES_MAX, DEPTH_MAX, MODEL_BYTES_MAX, NAMESPACES_MAX, read};

/// The errors for which `xml` is refused.
fn errors(xml: &[u8]) -> Vec<Diagnostic> {
    let findings = read(xml).map(|_| ()).expect_err("the model is refused");
    for finding in &findings {
        assert!(!finding.message.is_empty() && !finding.remedy.is_empty(), "{finding:?}");
        assert!(finding.position.line > 0 && finding.position.column > 0, "{finding:?}");
    }
    let errors: Vec<_> = findings.into_iter().filter(|f| f.severity == Severity::Error).collect();
    assert!(!errors.is_empty());
    errors
}

/// The only error: rule, element, line and column.
fn only(xml: &[u8]) -> (String, String, u32, u32) {
    let mut errors = errors(xml);
    assert_eq!(errors.len(), 1, "{errors:#?}");
    let error = errors.remove(0);
    (error.rule, error.element, error.position.line, error.position.column)
}

fn is(found: &(String, String, u32, u32), rule: &str, element: &str, line: u32, column: u32) {
    assert_eq!(
        (found.0.as_str(), found.1.as_str(), found.2, found.3),
        (rule, element, line, column)
    );
}

#[test]
fn case_1_refuses_an_external_entity() {
    let xml = case(1);
    is(&only(&xml), "xml-entity", "", 2, 1);
    assert!(errors(&xml)[0].message.contains("“secret”"), "names the entity");
}

#[test]
fn case_2_refuses_a_billion_laughs() {
    is(&only(&case(2)), "xml-entity", "", 2, 1);
}

#[test]
fn case_3_refuses_quadratic_entities() {
    is(&only(&case(3)), "xml-entity", "", 2, 1);
}

#[test]
fn case_4_refuses_an_external_document_type() {
    let xml = case(4);
    is(&only(&xml), "xml-doctype", "", 2, 1);
    assert!(errors(&xml)[0].message.contains("<definitions>"), "names the element");
}

#[test]
fn case_5_refuses_an_inclusion() {
    let xml = case(5);
    is(&only(&xml), "xinclude-forbidden", "loan", 3, 1);
    assert!(errors(&xml)[0].message.contains("<xi:include>"));
}

#[test]
fn case_6_refuses_depth_257_and_reads_depth_256() {
    let found = only(&case(6));
    assert_eq!((found.0.as_str(), found.1.as_str()), ("xml-depth", "d256"));
    let allowed = read(&bad_xml::nested(DEPTH_MAX)).err().unwrap_or_default();
    assert!(allowed.iter().all(|error| error.rule != "xml-depth"), "{allowed:#?}");
    assert_eq!(DEEP, DEPTH_MAX + 1);
}

#[test]
fn case_7_refuses_an_element_with_80000_attributes() {
    let xml = case(7);
    let found = only(&xml);
    assert_eq!((found.0.as_str(), found.2), ("xml-attributes", 3));
    assert!(errors(&xml)[0].message.contains("<startEvent>"), "names the element");
    let allowed = errors(&bad_xml::attributes(ATTRIBUTES_MAX - 1));
    assert!(allowed.iter().all(|error| error.rule != "xml-attributes"), "the limit is allowed");
}

#[test]
fn case_8_refuses_300_namespaces() {
    assert_eq!(only(&case(8)).0, "xml-namespaces");
    assert_eq!(only(&bad_xml::spread_namespaces(300)).0, "xml-namespaces", "one by one, too");
    let allowed = read(&bad_xml::namespaces(NAMESPACES_MAX - 1));
    assert!(allowed.is_ok(), "{allowed:#?}");
}

#[test]
fn case_9_refuses_utf_16_and_utf_7() {
    for xml in bad_xml::encodings() {
        let found = only(&xml);
        assert_eq!(found.0, "xml-encoding", "{:?}", String::from_utf8_lossy(&xml));
    }
    is(&only(&case(9)), "xml-encoding", "", 1, 1);
}

#[test]
fn a_text_of_ascii_is_read_whatever_it_calls_its_encoding() {
    let model = bad_xml::process("<startEvent id='start'/>");
    assert!(read(model.replace("UTF-8", "ISO-8859-1").as_bytes()).is_ok());
}

#[test]
fn case_10_refuses_nul() {
    is(&only(&case(10)), "xml-character", "", 3, 25);
    let reference = bad_xml::process("<startEvent id='a' name='&#0;'/>");
    assert_eq!(only(reference.as_bytes()).0, "xml-entity", "nor as a reference");
}

#[test]
fn case_11_refuses_duplicate_ids() {
    let xml = case(11);
    is(&only(&xml), "id-duplicate", "end", 5, 1);
    assert!(errors(&xml)[0].message.contains("line 4"), "says where the first one is");
}

#[test]
fn case_12_refuses_a_flow_to_a_missing_node() {
    let xml = case(12);
    is(&only(&xml), "flow-target-missing", "flow", 4, 1);
    assert!(errors(&xml)[0].message.contains("“nowhere”"));
}

#[test]
fn case_13_tells_a_model_that_is_too_large_from_others() {
    let errors = errors(&case(13));
    assert!(errors[0].is_too_large());
    let mut fitting = bad_xml::process("<startEvent id='a'/>").into_bytes();
    fitting.resize(MODEL_BYTES_MAX, b'\n');
    assert!(read(&fitting).is_ok(), "the limit itself is allowed");
}

#[test]
fn case_15_refuses_a_script_of_a_host_language_by_name() {
    let xml = case(15);
    is(&only(&xml), "element-unsupported", "calculate", 4, 1);
    let error = &errors(&xml)[0];
    assert!(error.message.contains("<scriptTask>") && error.message.contains("groovy"));
    assert!(error.remedy.contains("FEEL"));
    assert_eq!(error.name, "Calculate");
}

#[test]
fn collects_all_findings_of_a_model_at_once() {
    let body = "<startEvent id='start'/>\n\
                <scriptTask id='script'/>\n\
                <sequenceFlow id='a' sourceRef='start' targetRef='script'/>\n\
                <sequenceFlow id='b' sourceRef='script' targetRef='gone'/>\n\
                <boundaryEvent id='late' attachedToRef='lost'/>\n\
                <parallelGateway id='start'/>";
    let rules: Vec<String> =
        errors(bad_xml::process(body).as_bytes()).into_iter().map(|error| error.rule).collect();
    assert_eq!(
        rules,
        ["element-unsupported", "flow-target-missing", "boundary-detached", "id-duplicate"]
    );
}

#[test]
fn a_flood_of_findings_is_cut_and_says_so() {
    let body = "<usrTask/>".repeat(5_000);
    let errors = errors(bad_xml::process(&body).as_bytes());
    assert_eq!(errors.len(), spartito_core::bpmn::FINDINGS_MAX + 1);
    assert_eq!(errors.last().map(|error| error.rule.as_str()), Some("findings-limit"));
}

#[test]
fn damaged_models_are_refused_without_a_panic() {
    let whole = include_bytes!("models/loan.bpmn");
    for cut in (0..whole.len()).step_by(97) {
        assert!(read(&whole[..cut]).is_err(), "cut at {cut}");
        let mut damaged = whole.to_vec();
        damaged[cut] = b'<';
        let _ = read(&damaged);
        damaged[cut] = b'&';
        let _ = read(&damaged);
        damaged[cut] = b'"';
        let _ = read(&damaged);
    }
    assert_eq!(MODELS.len(), 14);
}

/// Pieces of which a model is made, and pieces that break it.
const TOKENS: [&str; 34] = [
    "<",
    ">",
    "/>",
    "</",
    "<!",
    "<?",
    "?>",
    "<![CDATA[",
    "]]>",
    "<!--",
    "-->",
    "&",
    ";",
    "#x41",
    "'",
    "\"",
    "=",
    " ",
    "\n",
    "\r\n",
    "id",
    "xmlns",
    ":",
    "process",
    "startEvent",
    "sequenceFlow",
    "é",
    "𝄞",
    "<a>",
    "</a>",
    "<startEvent id='s'/>",
    "<sequenceFlow sourceRef='s'/>",
    "<!DOCTYPE",
    "[",
];

proptest::proptest! {
    #[test]
    fn no_soup_of_tokens_makes_the_reader_panic(
        picks in proptest::collection::vec(0..TOKENS.len(), 0..60),
        as_model in proptest::bool::ANY,
    ) {
        let soup: String = picks.into_iter().map(|pick| TOKENS[pick]).collect();
        let text = if as_model { bad_xml::process(&soup) } else { soup };
        if let Err(findings) = read(text.as_bytes()) {
            assert!(findings.iter().any(|finding| finding.severity == Severity::Error));
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in proptest::collection::vec(0_u8.., 0..200)) {
        assert!(read(&bytes).is_err());
    }
}
