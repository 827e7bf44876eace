//! The headline of the dashboard: what matters most, in one sentence.
//!
//! Never rounds in favor of anybody: shares and medians come as the server counted them.

use crate::ui::words::{counted, duration, inside_sentence, number, plural};
use crate::wire::{Dashboard, StepLoad};

/// The sentence at the top: where the open work waits.
pub fn headline(dashboard: &Dashboard, process: &str) -> String {
    let noun = inside_sentence(process);
    let bottleneck = dashboard.bottleneck.as_deref();
    let step = dashboard.steps.iter().find(|step| Some(step.element.as_str()) == bottleneck);
    match (dashboard.open, step) {
        (0, _) if dashboard.days.iter().all(|day| day.started == 0) => {
            format!("No {noun} is open.")
        }
        (0, _) => format!("Nothing waits: no {noun} is open."),
        (open, None) => {
            let verb = if open == 1 { "is" } else { "are" };
            format!("{} {verb} on the way; none waits for anybody.", counted(open, &noun))
        }
        (open, Some(step)) => wait(open, step, &noun),
    }
}

/// “62% of open loan applications wait at Decide (median 3 h 10 min)”.
fn wait(open: u64, step: &StepLoad, noun: &str) -> String {
    let many = plural(noun);
    let subject = match (open, step.share_percent) {
        (1, _) => format!("The one open {noun} waits"),
        (_, 100..) => format!("All {} open {many} wait", number(open)),
        (_, 0) => format!("{} of {} open {many} wait", number(step.waiting), number(open)),
        (_, share) => format!("{share}% of open {many} wait"),
    };
    let median =
        step.median_ms.map_or_else(String::new, |ms| format!(" (median {})", duration(ms)));
    format!("{subject} at {}{median}", step.title)
}

/// What came and went today, and whether anything needs a person.
pub fn flow(dashboard: &Dashboard) -> String {
    let Dashboard { started_today, completed_today, incidents_open, .. } = dashboard;
    let came = match (started_today, completed_today) {
        (0, 0) => "Nothing was started or completed today.".to_owned(),
        (started, completed) => {
            format!("{} started today, {} completed.", number(*started), number(*completed))
        }
    };
    match incidents_open {
        0 => came,
        1 => format!("{came} 1 incident needs a person."),
        many => format!("{came} {} incidents need a person.", number(*many)),
    }
}

#[cfg(test)]
mod tests {
    use super::{flow, headline};
    use crate::wire::{Dashboard, StepLoad};
    use spartito_core::time::Timestamp;

    fn dashboard(open: u64, share_percent: u8, median_ms: Option<u64>) -> Dashboard {
        let decide = StepLoad {
            element: "decide".into(),
            title: "Decide".into(),
            kind: "userTask".into(),
            waiting: open * u64::from(share_percent) / 100,
            share_percent,
            incidents: 0,
            completed_today: 0,
            median_ms,
            p90_ms: None,
        };
        Dashboard {
            processes: vec![],
            process: None,
            open,
            started_today: 14,
            completed_today: 9,
            cycle_median_ms: None,
            cycle_p90_ms: None,
            incidents_open: 0,
            incident_rate_permille: None,
            days: vec![],
            steps: vec![decide],
            bottleneck: (share_percent > 0).then(|| "decide".into()),
            now: Timestamp::EPOCH,
        }
    }

    #[test]
    fn the_headline_names_the_step_that_holds_most() {
        let told =
            |open, share, median| headline(&dashboard(open, share, median), "Loan application");
        assert_eq!(
            told(50, 62, Some(11_400_000)),
            "62% of open loan applications wait at Decide (median 3 h 10 min)"
        );
        assert_eq!(told(4, 100, None), "All 4 open loan applications wait at Decide");
        assert_eq!(told(1, 100, None), "The one open loan application waits at Decide");
        assert_eq!(told(3, 0, None), "3 loan applications are on the way; none waits for anybody.");
        assert_eq!(told(0, 0, None), "No loan application is open.");
    }

    #[test]
    fn the_flow_of_today_is_told_with_its_incidents() {
        let mut today = dashboard(1, 100, None);
        assert_eq!(flow(&today), "14 started today, 9 completed.");
        today.incidents_open = 1;
        assert_eq!(flow(&today), "14 started today, 9 completed. 1 incident needs a person.");
    }
}
