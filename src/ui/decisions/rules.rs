//! A decision table as a table to be read: conditions, results, annotations; what the checks say
//! beside the rules they name, which rules match what is tried, and how often each decided.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use spartito_core::dmn::{TableColumn, TableRow, TableView};

use super::findings::{FindingList, placed};
use super::trying::Trying;
use super::words::{hit_policy_words, share, share_words};
use crate::ui::address::{address, value};
use crate::ui::components::{BarCell, Icon, IconName, SectionHeader, Tone};
use crate::ui::words::{counted, number};
use crate::wire::DecisionDetail;

/// Rules that a page shows at most.
const ROWS_MAX: usize = 500;

/// What all rows need.
#[derive(Clone, Copy)]
struct Sheet {
    detail: RwSignal<DecisionDetail>,
    matched: Memo<Vec<u32>>,
    path: StoredValue<String>,
    /// Columns of the table.
    columns: usize,
}

/// The table.
#[component]
pub(super) fn Rules(
    /// The table.
    table: TableView,
    /// The decision, with its counts as they are now.
    detail: RwSignal<DecisionDetail>,
    /// The page of the decision.
    path: String,
    /// What is tried.
    trying: Trying,
) -> impl IntoView {
    let (name, findings) =
        detail.with_untracked(|detail| (detail.decision.name.clone(), detail.findings.clone()));
    let placed = placed(&findings, Some(&table));
    let policy = hit_policy_words(table.hit_policy);
    let letter = table.hit_policy.letter();
    let rules = counted(table.rows.len() as u64, "rule");
    let caption = format!("Rules of {name}: {rules}; {policy}");
    let columns = 2 + table.inputs.len() + table.outputs.len() + table.annotations.len();
    let sheet = Sheet { detail, matched: trying.matched(), path: StoredValue::new(path), columns };
    let left_out = table.rows.len().saturating_sub(ROWS_MAX);
    let rows = (1..)
        .zip(table.rows.iter().take(ROWS_MAX).cloned())
        .map(|(rule, row): (u32, TableRow)| {
            let at = rule as usize - 1;
            let beside = placed.beside.iter().filter(|(place, _)| *place == at);
            let beside: Vec<_> = beside.map(|(_, finding)| finding.clone()).collect();
            view! {
                <Rule rule row sheet/>
                {(!beside.is_empty())
                    .then(|| {
                        view! {
                            <tr class="rule-note">
                                <td></td>
                                <td colspan=(sheet.columns - 1).to_string()>
                                    <FindingList findings=beside/>
                                </td>
                            </tr>
                        }
                    })}
            }
        })
        .collect_view();
    view! {
        <section class="rules" aria-labelledby="rules">
            <SectionHeader title="Rules" id="rules">
                <span class="hit-policy">
                    <abbr class="hit-policy-letter" title="Hit policy">{letter}</abbr>
                    {policy}
                </span>
            </SectionHeader>
            <FindingList findings=placed.above/>
            <div class="rules-scroll" tabindex="0" role="group" aria-label="Table of rules">
                <table class="rules-table">
                    <caption class="visually-hidden">{caption}</caption>
                    <Head table=table.clone()/>
                    <tbody>{rows}</tbody>
                </table>
            </div>
            {(left_out > 0)
                .then(|| {
                    view! {
                        <p class="quiet">
                            {format!("{} more are not shown here.", number(left_out as u64))}
                        </p>
                    }
                })}
        </section>
    }
}

#[component]
fn Head(table: TableView) -> impl IntoView {
    let group = |count: usize, class: &'static str, words: String| {
        (count > 0).then(|| {
            view! {
                <th scope="colgroup" class=class colspan=count.to_string()>
                    {words}
                </th>
            }
        })
    };
    let then = if table.output_label.is_empty() {
        "Then".to_owned()
    } else {
        format!("Then: {}", table.output_label)
    };
    let column = |column: &TableColumn, class: &'static str| {
        view! {
            <th scope="col" class=class>
                <ColumnHead column=column.clone()/>
            </th>
        }
    };
    let inputs = table.inputs.iter().map(|it| column(it, "rule-input")).collect_view();
    let outputs = table.outputs.iter().map(|it| column(it, "rule-output")).collect_view();
    let annotations = table
        .annotations
        .iter()
        .map(|name| {
            let name = if name.is_empty() { "Note".to_owned() } else { name.to_string() };
            view! { <th scope="col" class="rule-annotation">{name}</th> }
        })
        .collect_view();
    view! {
        <thead>
            <tr class="rules-groups">
                <th scope="col" rowspan="2" class="rule-number">"Rule"</th>
                {group(table.inputs.len(), "rule-input", "When".to_owned())}
                {group(table.outputs.len(), "rule-output", then)}
                {group(table.annotations.len(), "rule-annotation", "Remarks".to_owned())}
                <th scope="col" rowspan="2" class="rule-share">"Last 7 days"</th>
            </tr>
            <tr>{inputs} {outputs} {annotations}</tr>
        </thead>
    }
}

/// Label, expression where it says something else, type and what else is known of a column.
#[component]
fn ColumnHead(column: TableColumn) -> impl IntoView {
    let TableColumn { label, text, type_name, allowed, default, .. } = column;
    let said = label.to_lowercase() == text.to_lowercase();
    let expression = (!said && !text.is_empty()).then(|| view! { <code>{text.to_string()}</code> });
    let allowed = (!allowed.is_empty()).then(|| format!("one of {allowed}"));
    let default = (!default.is_empty()).then(|| format!("else {default}"));
    let known = allowed.or_else(|| (!type_name.is_empty()).then(|| type_name.to_string()));
    let known: Vec<String> = known.into_iter().chain(default).collect();
    view! {
        <span class="column-label">{label.to_string()}</span>
        {expression}
        <span class="column-type">{known.join("; ")}</span>
    }
}

#[component]
fn Rule(rule: u32, row: TableRow, sheet: Sheet) -> impl IntoView {
    let query = use_query_map();
    let matches = Memo::new(move |_| sheet.matched.with(|matched| matched.contains(&rule)));
    let chosen = move || {
        query.with(|query| value(query, "rule")).is_some_and(|asked| asked == rule.to_string())
    };
    let condition = |text: &std::sync::Arc<str>| {
        if matches_all(text) {
            view! { <td class="rule-input rule-any" title="Any value">"–"</td> }.into_any()
        } else {
            view! { <td class="rule-input">{text.to_string()}</td> }.into_any()
        }
    };
    let inputs = row.inputs.iter().map(condition).collect_view();
    let outputs = row
        .outputs
        .iter()
        .map(|text| view! { <td class="rule-output">{text.to_string()}</td> })
        .collect_view();
    let annotations = row
        .annotations
        .iter()
        .map(|text| view! { <td class="rule-annotation">{text.to_string()}</td> })
        .collect_view();
    view! {
        <tr
            class="rule"
            id=format!("rule-{rule}")
            class:rule-matches=move || matches.get()
            class:rule-chosen=chosen
        >
            <th scope="row" class="rule-number">
                {rule}
                {move || {
                    matches
                        .get()
                        .then(|| {
                            view! {
                                <span class="rule-match">
                                    <Icon name=IconName::Check size=14/>
                                    "matches"
                                </span>
                            }
                        })
                }}
            </th>
            {inputs}
            {outputs}
            {annotations}
            <td class="rule-share"><Share rule sheet/></td>
        </tr>
    }
}

/// Whether a condition holds for any value.
fn matches_all(text: &str) -> bool {
    matches!(text.trim(), "" | "-")
}

/// How often a rule decided, as a link to where it did.
#[component]
fn Share(rule: u32, sheet: Sheet) -> impl IntoView {
    let query = use_query_map();
    let counts = Memo::new(move |_| {
        sheet.detail.with(|detail| {
            let part = detail.rules_last_week.get(rule as usize - 1).copied().unwrap_or(0);
            (part, detail.made_last_week, detail.shown)
        })
    });
    move || {
        let (part, whole, shown) = counts.get();
        if whole == 0 {
            return view! { <span class="quiet">"–"</span> }.into_any();
        }
        let (shown, number) = (shown.to_string(), rule.to_string());
        let changes = [("version", Some(shown.as_str())), ("rule", Some(number.as_str()))];
        let href = query.with(|query| sheet.path.with_value(|path| address(path, query, &changes)));
        let label = share_words(rule, part, whole);
        #[expect(clippy::cast_precision_loss, reason = "the length of a bar")]
        let (value, max) = (part as f64, whole as f64);
        view! {
            <a href=format!("{href}#uses") aria-label=label.clone() title=label>
                <BarCell value max text=share(part, whole) tone=Tone::Running/>
            </a>
        }
        .into_any()
    }
}

#[cfg(test)]
mod tests {
    use super::matches_all;

    #[test]
    fn a_dash_or_nothing_holds_for_any_value() {
        assert!(matches_all(" - ") && matches_all(""));
        assert!(!matches_all("-1"));
    }
}
