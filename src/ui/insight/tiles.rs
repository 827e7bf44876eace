//! The five figures of a process, each a link to what is behind it, most with a trend.

use leptos::prelude::*;

use crate::ui::components::{Sparkline, Tone};
use crate::ui::words::{day_iso, duration, number};
use crate::wire::{Dashboard, DayCount};

/// One figure.
#[component]
fn Tile(
    /// What it counts.
    label: &'static str,
    /// The figure.
    #[prop(into)]
    value: String,
    /// What puts it into proportion.
    #[prop(optional, into)]
    beside: String,
    /// The instances behind it.
    #[prop(into)]
    href: String,
    /// Its color.
    #[prop(optional)]
    tone: Tone,
    /// The last days, oldest first; no trend is drawn where empty.
    #[prop(optional)]
    trend: Vec<f64>,
) -> impl IntoView {
    let days = trend.len();
    view! {
        <li class="tile">
            <a class="tile-link" href=href>
                <span class="tile-label">{label}</span>
                <span class="tile-value">{value}</span>
                <span class="tile-beside">{beside}</span>
            </a>
            {(days > 1)
                .then(|| {
                    let label = format!("{label} over the last {days} days");
                    view! { <Sparkline values=trend label tone/> }
                })}
        </li>
    }
}

/// All figures.
#[component]
pub fn Tiles(
    /// Where they come from.
    dashboard: Dashboard,
    /// The process, as it stands in addresses.
    process: String,
) -> impl IntoView {
    let Dashboard { days, open, started_today, completed_today, now, .. } = dashboard;
    let Dashboard { cycle_median_ms, cycle_p90_ms, incidents_open, .. } = dashboard;
    let rate = dashboard.incident_rate_permille;
    let trend = |of: fn(&DayCount) -> u64| -> Vec<f64> {
        days.iter().map(|day| as_float(of(day))).collect()
    };
    let instances = move |rest: &str| format!("/instances?process={process}{rest}");
    let today = day_iso(now);
    let slow = cycle_p90_ms.map_or_else(
        || "Nothing completed yet".to_owned(),
        |p90| format!("9 of 10 within {}", duration(p90)),
    );
    let rate = rate.map_or_else(String::new, |permille| match permille {
        0 => "None has ever had one".to_owned(),
        _ => format!("{}.{}% of all ever had one", permille / 10, permille % 10),
    });
    let trouble = if incidents_open > 0 { Tone::Incident } else { Tone::Neutral };
    view! {
        <ul class="tiles" role="list">
            <Tile
                label="Open"
                value=number(open)
                beside=yesterday(&days, |day| day.open)
                href=instances("&state=active")
                tone=Tone::Running
                trend=trend(|day| day.open)
            />
            <Tile
                label="Started today"
                value=number(started_today)
                beside=yesterday(&days, |day| day.started)
                href=instances(&format!("&started_on={today}"))
                tone=Tone::Running
                trend=trend(|day| day.started)
            />
            <Tile
                label="Completed today"
                value=number(completed_today)
                beside=yesterday(&days, |day| day.completed)
                href=instances(&format!("&state=completed&ended_on={today}"))
                tone=Tone::Done
                trend=trend(|day| day.completed)
            />
            <Tile
                label="Cycle time, median"
                value=cycle_median_ms.map_or_else(|| "–".to_owned(), duration)
                beside=slow
                href=instances("&state=completed")
            />
            <Tile
                label="Open incidents"
                value=number(incidents_open)
                beside=rate
                href=instances("&incidents=true")
                tone=trouble
                trend=trend(|day| day.incidents)
            />
        </ul>
    }
}

/// The figure of the day before today.
fn yesterday(days: &[DayCount], of: fn(&DayCount) -> u64) -> String {
    days.iter()
        .rev()
        .nth(1)
        .map_or_else(String::new, |day| format!("{} yesterday", number(of(day))))
}

/// A count as the length of something drawn.
#[expect(clippy::cast_precision_loss, reason = "a drawing is less exact than any count")]
pub fn as_float(count: u64) -> f64 {
    count as f64
}
