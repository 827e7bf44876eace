//! The steps of a drawing as a table: what the drawing says, in words.

use leptos::prelude::*;

use super::StepHref;
use super::step::step_name;
use crate::ui::components::{Column, Table};
use crate::ui::words;
use crate::wire::DiagramView;

const COLUMNS: [Column; 4] = [
    Column::words("Step"),
    Column::number("Waiting"),
    Column::number("Incidents"),
    Column::number("Completed"),
];

/// The steps where something goes on or has gone on, in the order in which they are drawn from
/// left to right; folded until asked for.
#[component]
pub fn StepList(
    /// The drawing and what is going on.
    view: DiagramView,
    /// Where a click on a step leads.
    #[prop(optional, into)]
    step_href: Option<StepHref>,
) -> impl IntoView {
    let mut shapes =
        view.diagram.shapes.into_iter().filter(|shape| shape.symbol.is_step()).collect::<Vec<_>>();
    shapes.sort_by(|one, other| one.bounds.x.total_cmp(&other.bounds.x));
    let rows = shapes
        .into_iter()
        .filter_map(|shape| {
            let count = view.steps.iter().find(|step| step.element == shape.element)?.clone();
            let name = step_name(&shape);
            let name = match step_href {
                Some(href) => view! { <a href=href.run(shape.element)>{name}</a> }.into_any(),
                None => name.into_any(),
            };
            Some(view! {
                <tr>
                    <td class="main">{name}</td>
                    <td class="number" data-label="Waiting">{words::number(count.active)}</td>
                    <td class="number" data-label="Incidents">{words::number(count.incidents)}</td>
                    <td class="number" data-label="Completed">{words::number(count.completed)}</td>
                </tr>
            })
        })
        .collect_view();
    view! {
        <details class="step-list">
            <summary>"The same as a list"</summary>
            <Table label="Steps" columns=&COLUMNS dense=true>
                {rows}
            </Table>
        </details>
    }
}
