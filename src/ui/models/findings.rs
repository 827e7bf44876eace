//! What a deployment has to say about its files: each finding at its place, with what to do.

use leptos::prelude::*;
use spartito_core::bpmn::diagnostic::{Diagnostic, Severity};

use crate::ui::components::{Badge, IconName, Tone};
use crate::ui::words::counted;
use crate::wire::FileFindings;

/// Findings of all files that have any.
#[component]
pub fn Findings(
    /// Findings by file.
    files: Vec<FileFindings>,
) -> impl IntoView {
    files
        .into_iter()
        .filter(|file| !file.findings.is_empty())
        .map(|file| view! { <File file/> })
        .collect_view()
}

#[component]
fn File(file: FileFindings) -> impl IntoView {
    let FileFindings { file: name, findings, lines } = file;
    let summary = summary(&findings);
    let items = findings
        .into_iter()
        .map(|finding| {
            let text = lines.iter().find(|(line, _)| *line == finding.position.line);
            view! { <Finding finding text=text.map(|(_, text)| text.clone())/> }
        })
        .collect_view();
    view! {
        <section class="file-findings">
            <h3>{name} <span class="quiet">{format!(" · {summary}")}</span></h3>
            <ol class="findings">{items}</ol>
        </section>
    }
}

/// “2 errors, 1 warning”.
pub fn summary(findings: &[Diagnostic]) -> String {
    let count =
        |severity| findings.iter().filter(|finding| finding.severity == severity).count() as u64;
    [(Severity::Error, "error"), (Severity::Warning, "warning"), (Severity::Info, "note")]
        .into_iter()
        .filter_map(|(severity, noun)| {
            Some(count(severity)).filter(|count| *count > 0).map(|count| counted(count, noun))
        })
        .collect::<Vec<_>>()
        .join(", ")
}

#[component]
fn Finding(finding: Diagnostic, text: Option<String>) -> impl IntoView {
    let (tone, icon, word) = match finding.severity {
        Severity::Error => (Tone::Incident, IconName::Incident, "Error"),
        Severity::Warning => (Tone::Waiting, IconName::Alert, "Warning"),
        Severity::Info => (Tone::Neutral, IconName::Info, "Note"),
    };
    let place = place(&finding);
    let excerpt = text.map(|text| excerpt(finding.position.line, finding.position.column, &text));
    view! {
        <li class="finding">
            <p class="finding-head">
                <Badge tone icon>{word}</Badge>
                <span class="finding-message">{finding.message}</span>
            </p>
            <p class="finding-place">{place}</p>
            {excerpt.map(|excerpt| view! { <pre class="excerpt" tabindex="0"><code>{excerpt}</code></pre> })}
            <p class="finding-remedy">{finding.remedy}</p>
            <p class="finding-rule">{finding.rule}</p>
        </li>
    }
}

/// “Decide (decide), line 12, column 5”.
fn place(finding: &Diagnostic) -> String {
    let element = match (finding.name.is_empty(), finding.element.is_empty()) {
        (false, false) => format!("{} ({}), ", finding.name, finding.element),
        (false, true) => format!("{}, ", finding.name),
        (true, false) => format!("{}, ", finding.element),
        (true, true) => String::new(),
    };
    format!("{element}line {}, column {}", finding.position.line, finding.position.column)
}

/// The line with its number, and a caret under the place.
fn excerpt(line: u32, column: u32, text: &str) -> String {
    let text: String =
        text.chars().map(|letter| if letter.is_control() { ' ' } else { letter }).collect();
    let before = column.saturating_sub(1) as usize;
    let number = line.to_string();
    // Leading space is dropped, so that what matters is seen without scrolling.
    let indent = text.chars().take_while(|letter| *letter == ' ').count().min(before);
    let shown: String = text.chars().skip(indent).collect();
    if before > text.chars().count() {
        return format!("{number} │ {shown}");
    }
    let pad = " ".repeat(number.len());
    format!("{number} │ {shown}\n{pad} │ {}^", " ".repeat(before - indent))
}

#[cfg(test)]
mod tests {
    use super::{excerpt, place, summary};
    use spartito_core::bpmn::diagnostic::{Diagnostic, Position, Severity};

    fn finding(name: &str, severity: Severity) -> Diagnostic {
        Diagnostic {
            rule: "flow-target-missing".into(),
            severity,
            element: "decide".into(),
            name: name.into(),
            position: Position { line: 12, column: 5 },
            message: "The flow leads nowhere.".into(),
            remedy: "Connect it.".into(),
        }
    }

    #[test]
    fn the_caret_stands_under_the_place() {
        assert_eq!(excerpt(12, 5, "    <task/>"), "12 │ <task/>\n   │ ^");
        assert_eq!(excerpt(7, 3, "a <b/>\t"), "7 │ a <b/> \n  │   ^");
        assert_eq!(excerpt(7, 300, "cut"), "7 │ cut", "a place past the cut text has no caret");
    }

    #[test]
    fn findings_are_counted_and_placed_in_words() {
        let findings = [
            finding("Decide", Severity::Error),
            finding("", Severity::Error),
            finding("", Severity::Warning),
        ];
        assert_eq!(summary(&findings), "2 errors, 1 warning");
        assert_eq!(place(&findings[0]), "Decide (decide), line 12, column 5");
        assert_eq!(place(&findings[1]), "decide, line 12, column 5");
    }
}
