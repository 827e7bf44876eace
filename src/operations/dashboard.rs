//! Indicators of a process: exact counts from counters, times from a sketch.
//!
//! Never counts instances by looking at them.

use spartito_core::ids::ProcessId;
use spartito_core::insight::sketch;

use super::story::{find, title};
use super::{Desk, OperationError, models};
use crate::auth::Caller;
use crate::store::{DashboardRow, ProcessRow};
use crate::wire::{Dashboard, DashboardFilter, DayCount, Permission, ProcessOption, StepLoad};

/// Days shown.
const DAYS: u16 = 14;
/// Days whose completed visits and instances the times are about.
const TIME_DAYS: u16 = 90;

/// The indicators of one process; of the one with most open instances where none is named.
///
/// # Errors
/// The right is missing, or there is no such process.
pub async fn dashboard(
    desk: &Desk,
    caller: &Caller,
    filter: &DashboardFilter,
) -> Result<Dashboard, OperationError> {
    caller.require(Permission::ViewInsight)?;
    let now = desk.now();
    let rows = desk.runtime.store.processes().await?;
    let processes = rows
        .iter()
        .map(|row| ProcessOption { id: row.latest.process.clone(), name: row.latest.name.clone() })
        .collect();
    let wanted = filter.process.as_deref().filter(|id| !id.is_empty()).map(ProcessId::new);
    let chosen = match &wanted {
        Some(id) => Some(
            rows.iter()
                .find(|row| row.latest.process == *id)
                .ok_or_else(|| OperationError::NotFound("There is no such process.".to_owned()))?,
        ),
        None => rows.iter().rev().max_by_key(|row| row.active),
    };
    let Some(chosen) = chosen else {
        return Ok(Dashboard {
            processes,
            process: None,
            open: 0,
            started_today: 0,
            completed_today: 0,
            cycle_median_ms: None,
            cycle_p90_ms: None,
            incidents_open: 0,
            incident_rate_permille: None,
            days: Vec::new(),
            steps: Vec::new(),
            bottleneck: None,
            now,
        });
    };
    let row = desk.runtime.store.dashboard(&chosen.latest.process, now, DAYS, TIME_DAYS).await?;
    let steps = steps(desk, chosen, &row).await?;
    let today = row.days.last();
    Ok(Dashboard {
        processes,
        process: Some(ProcessOption {
            id: chosen.latest.process.clone(),
            name: chosen.latest.name.clone(),
        }),
        open: row.open,
        started_today: today.map_or(0, |day| day.started),
        completed_today: today.map_or(0, |day| day.completed),
        cycle_median_ms: sketch::quantile(&row.cycle_time, 0.5),
        cycle_p90_ms: sketch::quantile(&row.cycle_time, 0.9),
        incidents_open: row.incidents_open,
        incident_rate_permille: permille(row.with_incident, row.started),
        days: row
            .days
            .iter()
            .map(|day| DayCount {
                day: day.day,
                started: day.started,
                completed: day.completed,
                open: day.open,
                incidents: day.incidents,
            })
            .collect(),
        bottleneck: steps.first().filter(|step| step.waiting > 0).map(|step| step.element.clone()),
        steps,
        now,
    })
}

/// Steps that hold work, most waiting first.
async fn steps(
    desk: &Desk,
    chosen: &ProcessRow,
    row: &DashboardRow,
) -> Result<Vec<StepLoad>, OperationError> {
    let definition = models::definition(desk, chosen.latest.key).await?;
    let process = definition.process.model();
    let mut steps: Vec<StepLoad> = row
        .steps
        .iter()
        .filter_map(|step| {
            let kind = find(process, &step.counts.node).map(|node| node.kind.local_name());
            // A step of an earlier version is shown as long as work waits there.
            let kind = match kind {
                Some(kind @ ("userTask" | "serviceTask")) => kind,
                None if step.counts.active > 0 => "userTask",
                _ => return None,
            };
            Some(StepLoad {
                element: step.counts.node.to_string(),
                title: title(process, &step.counts.node),
                kind: kind.to_owned(),
                waiting: step.counts.active,
                share_percent: percent(step.counts.active, row.open),
                incidents: step.counts.incidents,
                completed_today: step.completed_today,
                median_ms: sketch::quantile(&step.visit_time, 0.5),
                p90_ms: sketch::quantile(&step.visit_time, 0.9),
            })
        })
        .collect();
    steps.sort_by(|one, other| {
        other.waiting.cmp(&one.waiting).then_with(|| one.title.cmp(&other.title))
    });
    Ok(steps)
}

/// `part` of `whole` in percent, rounded, at most 100.
fn percent(part: u64, whole: u64) -> u8 {
    if whole == 0 {
        return 0;
    }
    let percent = (u128::from(part) * 200 + u128::from(whole)) / (u128::from(whole) * 2);
    u8::try_from(percent.min(100)).unwrap_or(100)
}

fn permille(part: u64, whole: u64) -> Option<u32> {
    if whole == 0 {
        return None;
    }
    let permille = (u128::from(part) * 2_000 + u128::from(whole)) / (u128::from(whole) * 2);
    u32::try_from(permille.min(1_000)).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shares_are_rounded() {
        assert_eq!(percent(5, 8), 63);
        assert_eq!(percent(0, 8), 0);
        assert_eq!(percent(3, 0), 0);
        assert_eq!(percent(9, 8), 100);
        assert_eq!(permille(1, 3), Some(333));
        assert_eq!(permille(0, 0), None);
    }
}
