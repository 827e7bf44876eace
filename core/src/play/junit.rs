//! Results of a suite in the XML form that build servers read, as JUnit writes it.

use std::fmt::Write as _;

use quick_xml::escape::escape as escape_markup;

/// The result of one scenario.
#[derive(Debug, Clone)]
pub struct Case {
    /// Its name: the path of its file.
    pub name: String,
    /// What failed; empty where it passed.
    pub failures: Vec<String>,
    /// Why it could not be played at all.
    pub error: Option<String>,
}

/// The document. It holds no times, so that the same suite gives the same bytes.
pub fn report(suite: &str, cases: &[Case]) -> String {
    let failed = cases.iter().filter(|case| !case.failures.is_empty()).count();
    let errors = cases.iter().filter(|case| case.error.is_some()).count();
    let (suite, tests) = (escape(suite), cases.len());
    let mut xml = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    // Writing to a string cannot fail.
    let _ = writeln!(
        xml,
        "<testsuites>\n  <testsuite name=\"{suite}\" tests=\"{tests}\" failures=\"{failed}\" \
         errors=\"{errors}\">"
    );
    for case in cases {
        let name = escape(&case.name);
        let _ = write!(xml, "    <testcase classname=\"{suite}\" name=\"{name}\"");
        if let Some(error) = &case.error {
            let error = escape(error);
            let _ = writeln!(xml, ">\n      <error message=\"{error}\"/>\n    </testcase>");
        } else if case.failures.is_empty() {
            xml.push_str("/>\n");
        } else {
            xml.push_str(">\n");
            let message = escape(&case.failures.join("\n"));
            let _ = writeln!(xml, "      <failure message=\"{message}\"/>\n    </testcase>");
        }
    }
    xml.push_str("  </testsuite>\n</testsuites>\n");
    xml
}

/// Text as it may stand in an attribute: what XML cannot hold becomes a replacement character.
fn escape(text: &str) -> String {
    let allowed = |letter: char| match letter {
        '\n' | '\r' | '\t' => letter,
        '\0'..='\u{1f}' | '\u{fffe}' | '\u{ffff}' => '\u{fffd}',
        _ => letter,
    };
    let text: String = text.chars().map(allowed).collect();
    escape_markup(text).replace('\n', "&#10;").replace('\r', "&#13;").replace('\t', "&#9;")
}
