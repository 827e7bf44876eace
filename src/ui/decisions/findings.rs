//! What the checks say about a decision: beside the rules they name, the others above.

use leptos::prelude::*;
use spartito_core::diagnostic::{Diagnostic, Severity};
use spartito_core::dmn::TableView;

use crate::ui::components::{Badge, IconName, Tone};

/// Findings of one decision, by where they are shown.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Placed {
    /// Those about no rule.
    pub(super) above: Vec<Diagnostic>,
    /// Those about a rule, in the order of the rules.
    pub(super) beside: Vec<(usize, Diagnostic)>,
}

/// Finds the place of each finding; a rule without an id cannot be told from others.
pub(super) fn placed(findings: &[Diagnostic], table: Option<&TableView>) -> Placed {
    let mut placed = Placed::default();
    for finding in findings {
        let rule = table.and_then(|table| {
            let named = |id: &str| !id.is_empty() && *id == finding.element;
            table.rows.iter().position(|row| named(&row.id))
        });
        match rule {
            Some(rule) => placed.beside.push((rule, finding.clone())),
            None => placed.above.push(finding.clone()),
        }
    }
    placed.beside.sort_by_key(|(rule, _)| *rule);
    placed
}

/// Findings in a list; nothing where there are none.
#[component]
pub(super) fn FindingList(
    /// The findings.
    findings: Vec<Diagnostic>,
) -> impl IntoView {
    (!findings.is_empty()).then(|| {
        let items = findings.into_iter().map(|finding| view! { <Finding finding/> }).collect_view();
        view! { <ul class="rule-findings" role="list">{items}</ul> }
    })
}

#[component]
fn Finding(finding: Diagnostic) -> impl IntoView {
    let (tone, icon, word) = match finding.severity {
        Severity::Error => (Tone::Incident, IconName::Incident, "Error"),
        Severity::Warning => (Tone::Waiting, IconName::Alert, "Warning"),
        Severity::Info => (Tone::Neutral, IconName::Info, "Note"),
    };
    view! {
        <li class="rule-finding">
            <Badge tone icon>{word}</Badge>
            <span>
                {finding.message}
                " "
                <span class="quiet">{finding.remedy}</span>
            </span>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::placed;
    use spartito_core::dmn::Decisions;

    const OVERLAPPING: &str = r##"<definitions xmlns="https://www.omg.org/spec/DMN/20191111/MODEL/"
        id="m" name="m" namespace="urn:m">
      <inputData id="a" name="amount"><variable name="amount" typeRef="number"/></inputData>
      <decision id="d" name="Discount"><variable name="Discount" typeRef="number"/>
        <informationRequirement id="r"><requiredInput href="#a"/></informationRequirement>
        <decisionTable id="t" hitPolicy="FIRST">
          <input id="i"><inputExpression id="e" typeRef="number"><text>amount</text></inputExpression></input>
          <output id="o" typeRef="number"/>
          <rule id="r1"><inputEntry id="c1"><text>&gt; 10</text></inputEntry><outputEntry id="x1"><text>1</text></outputEntry></rule>
          <rule id="r2"><inputEntry id="c2"><text>&gt; 20</text></inputEntry><outputEntry id="x2"><text>2</text></outputEntry></rule>
        </decisionTable>
      </decision>
    </definitions>"##;

    #[test]
    fn a_finding_about_a_rule_stands_beside_it_and_a_gap_above() {
        let reading = Decisions::read(&[OVERLAPPING]).expect("warnings do not hinder");
        let table = reading.decisions.table("d");
        let placed = placed(&reading.findings[0], table.as_ref());
        let beside: Vec<_> =
            placed.beside.iter().map(|(rule, finding)| (*rule, finding.rule.as_str())).collect();
        assert_eq!(beside, [(1, "rule-unreachable")]);
        assert!(placed.above.iter().any(|finding| finding.rule == "rules-gap"));
    }
}
