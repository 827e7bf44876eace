//! Small charts as SVG, drawn on the server: thin lines, labels at the line, no decoration.
//!
//! Lines scale with the page, words do not: the drawing is stretched inside, the words are placed
//! outside of it in percent.

use std::fmt::Write as _;

use leptos::prelude::*;

use super::Tone;
use crate::ui::drawn::Drawn;

/// The stretched drawing's own width and height.
const PLANE: f64 = 100.0;

/// Room above the highest point, in percent of the height.
const HEADROOM: f64 = 8.0;

/// A line of a chart.
#[derive(Debug, Clone, PartialEq)]
pub struct Series {
    /// Its name, shown at its end.
    pub name: String,
    /// Its color.
    pub tone: Tone,
    /// Its values, one for each label of the chart.
    pub values: Vec<f64>,
}

/// The place of a value on the plane.
fn place(index: usize, count: usize, value: f64, top: f64) -> (f64, f64) {
    #[expect(clippy::cast_precision_loss, reason = "a chart has a few hundred points")]
    let x = if count < 2 { PLANE } else { index as f64 * PLANE / (count - 1) as f64 };
    let y = if top > 0.0 { PLANE - value / top * (PLANE - HEADROOM) } else { PLANE };
    (x, y)
}

/// The line through all values, as SVG path data.
fn line(values: &[f64], top: f64) -> String {
    let mut path = String::new();
    for (index, value) in values.iter().enumerate() {
        let (x, y) = place(index, values.len(), *value, top);
        let command = if index == 0 { 'M' } else { 'L' };
        // Writing to a string cannot fail.
        let _ = write!(path, "{command}{} {}", Drawn(x), Drawn(y));
    }
    path
}

/// The area under the line.
fn area(values: &[f64], top: f64) -> String {
    if values.is_empty() {
        return String::new();
    }
    format!("{}V{}H0Z", line(values, top), Drawn(PLANE))
}

/// The area between two lines.
fn band(lower: &[f64], upper: &[f64], top: f64) -> String {
    let mut path = line(upper, top);
    for (index, value) in lower.iter().enumerate().rev() {
        let (x, y) = place(index, lower.len(), *value, top);
        let _ = write!(path, "L{} {}", Drawn(x), Drawn(y));
    }
    path.push('Z');
    path
}

fn highest<'v>(values: impl IntoIterator<Item = &'v f64>) -> f64 {
    values.into_iter().copied().fold(0.0, f64::max)
}

/// A trend the size of a word.
#[component]
pub fn Sparkline(
    /// The values, oldest first.
    values: Vec<f64>,
    /// What it shows, for screen readers.
    #[prop(into)]
    label: String,
    /// Its color.
    #[prop(optional)]
    tone: Tone,
) -> impl IntoView {
    let top = highest(&values);
    view! {
        <svg
            class=format!("sparkline {}", tone.class())
            viewBox="0 0 100 100"
            preserveAspectRatio="none"
            role="img"
            aria-label=label
        >
            <path class="chart-area" d=area(&values, top)/>
            <path class="chart-line" d=line(&values, top)/>
        </svg>
    }
}

/// A value with a bar as long as its share of the largest.
#[component]
pub fn BarCell(
    /// The value.
    value: f64,
    /// The largest value of the column.
    max: f64,
    /// The value in words.
    #[prop(into)]
    text: String,
    /// The color of the bar.
    #[prop(optional)]
    tone: Tone,
) -> impl IntoView {
    view! {
        <span class=format!("bar-cell {}", tone.class())>
            <svg class="bar" aria-hidden="true">
                <rect class="bar-ground" width="100%" height="100%" rx="2"/>
                <rect class="bar-fill" width=percent(value, max) height="100%" rx="2"/>
            </svg>
            <span class="bar-text">{text}</span>
        </span>
    }
}

/// Two values in one bar, such as the usual and the slow time.
#[component]
pub fn SplitBar(
    /// The smaller value, drawn solid.
    inner: f64,
    /// The larger value, drawn lighter.
    outer: f64,
    /// The largest value of the column.
    max: f64,
    /// Both in words, for screen readers and on hover.
    #[prop(into)]
    label: String,
    /// The color of the bar.
    #[prop(optional)]
    tone: Tone,
) -> impl IntoView {
    view! {
        <svg class=format!("bar {}", tone.class()) role="img" aria-label=label.clone()>
            <title>{label.clone()}</title>
            <rect class="bar-ground" width="100%" height="100%" rx="2"/>
            <rect class="bar-outer" width=percent(outer, max) height="100%" rx="2"/>
            <rect class="bar-fill" width=percent(inner, max) height="100%" rx="2"/>
        </svg>
    }
}

fn percent(value: f64, max: f64) -> String {
    let share = if max > 0.0 { (value / max * PLANE).clamp(0.0, PLANE) } else { 0.0 };
    format!("{}%", Drawn(share))
}

/// Values over time as lines, with an optional band of quantiles behind them.
#[component]
pub fn TimeChart(
    /// What it shows, for screen readers.
    #[prop(into)]
    label: String,
    /// Words under the points, oldest first; those at the ends and in the middle are shown.
    labels: Vec<String>,
    /// The lines.
    series: Vec<Series>,
    /// Lower and upper bound of the band, one value each for each label.
    #[prop(optional)]
    quantiles: Option<(Vec<f64>, Vec<f64>)>,
    /// How a value is told.
    #[prop(optional)]
    words: Option<fn(f64) -> String>,
) -> impl IntoView {
    let words = words.unwrap_or(|value| Drawn(value.round()).to_string());
    let upper = quantiles.iter().flat_map(|(_, upper)| upper);
    let top = highest(series.iter().flat_map(|line| &line.values).chain(upper));
    let ground = quantiles.map(|(lower, upper)| {
        view! { <path class="chart-band" d=band(&lower, &upper, top)/> }
    });
    let lines = series
        .iter()
        .map(|one| {
            view! {
                <path class=format!("chart-line {}", one.tone.class()) d=line(&one.values, top)/>
            }
        })
        .collect_view();
    let table = chart_table(&labels, &series, words);
    view! {
        <figure class="chart">
            <figcaption class="visually-hidden">{label.clone()}</figcaption>
            <div class="chart-legend">{legend(&series, words)}</div>
            <svg class="chart-plane" aria-hidden="true">
                <text class="chart-top" x="0" y="12">{words(top)}</text>
                <svg
                    class="chart-drawing"
                    width="100%"
                    height="100%"
                    viewBox="0 0 100 100"
                    preserveAspectRatio="none"
                >
                    <line class="chart-zero" x1="0" x2="100" y1="100" y2="100"/>
                    {ground}
                    {lines}
                </svg>
            </svg>
            <div class="chart-axis" aria-hidden="true">{axis(&labels)}</div>
            {table}
        </figure>
    }
}

/// The names of the lines, each with its latest value.
fn legend(series: &[Series], words: fn(f64) -> String) -> impl IntoView + use<> {
    series
        .iter()
        .map(|one| {
            let latest = one.values.last().map(|value| words(*value)).unwrap_or_default();
            view! {
                <span class=format!("chart-name {}", one.tone.class())>
                    <svg class="chart-key" viewBox="0 0 12 12" aria-hidden="true">
                        <line x1="0" y1="6" x2="12" y2="6"/>
                    </svg>
                    {one.name.clone()}
                    <strong>{latest}</strong>
                </span>
            }
        })
        .collect_view()
}

/// First, middle and last label.
fn axis(labels: &[String]) -> impl IntoView + use<> {
    let chosen = match labels {
        [] => Vec::new(),
        [only] => vec![only.clone()],
        [first, last] => vec![first.clone(), last.clone()],
        [first, .., last] => vec![first.clone(), labels[labels.len() / 2].clone(), last.clone()],
    };
    chosen.into_iter().map(|label| view! { <span>{label}</span> }).collect_view()
}

/// The same numbers as a table, for screen readers and for copying.
fn chart_table(
    labels: &[String],
    series: &[Series],
    words: fn(f64) -> String,
) -> impl IntoView + use<> {
    let heads =
        series.iter().map(|one| view! { <th scope="col">{one.name.clone()}</th> }).collect_view();
    let rows = labels
        .iter()
        .enumerate()
        .map(|(index, label)| {
            let cells = series
                .iter()
                .map(|one| {
                    let value = one.values.get(index).map(|value| words(*value));
                    view! { <td class="number">{value}</td> }
                })
                .collect_view();
            view! {
                <tr>
                    <th scope="row">{label.clone()}</th>
                    {cells}
                </tr>
            }
        })
        .collect_view();
    view! {
        <details class="chart-numbers">
            <summary>"As a table"</summary>
            <table class="table table-dense table-plain">
                <thead>
                    <tr>
                        <th scope="col">"When"</th>
                        {heads}
                    </tr>
                </thead>
                <tbody>{rows}</tbody>
            </table>
        </details>
    }
}
