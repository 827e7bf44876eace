//! Page `/batches/:key?outcome=`: how far a retry of many is, and what came of each.

use leptos::prelude::*;
use leptos_router::hooks::{use_params_map, use_query_map};
use spartito_core::ids::BatchKey;
use spartito_core::time::Timestamp;

use super::calls::{CancelBatch, batch_detail};
use crate::ui::address::{address, value};
use crate::ui::asked::{answered, asked};
use crate::ui::call::{Call, CallForm};
use crate::ui::components::{
    Badge, Button, Column, Crumb, IconName, Moment, NextPage, PageHeader, Refusal, SkeletonRows,
    SplitBar, Tab, Table, Tabs, Tone, whole_page,
};
use crate::ui::live::use_live;
use crate::ui::words::{counted, number};
use crate::wire::{
    BatchCounts, BatchDetail, BatchItem, BatchItemOutcome, BatchState, BatchSummary, CallError,
};

const COLUMNS: &[Column] =
    &[Column::words("Case"), Column::words("What came of it"), Column::words("What went wrong")];

/// An outcome: its word in the address, its name, how many have it, and how that looks.
struct Shown {
    outcome: BatchItemOutcome,
    word: &'static str,
    name: &'static str,
    tone: Tone,
    icon: IconName,
    count: fn(&BatchCounts) -> u64,
}

/// All outcomes, those that need somebody first.
const OUTCOMES: [Shown; 8] = [
    Shown {
        outcome: BatchItemOutcome::FailedAgain,
        word: "failed",
        name: "Failed again",
        tone: Tone::Incident,
        icon: IconName::Incident,
        count: |counts| counts.failed_again,
    },
    Shown {
        outcome: BatchItemOutcome::Refused,
        word: "refused",
        name: "Could not be tried",
        tone: Tone::Incident,
        icon: IconName::Alert,
        count: |counts| counts.refused,
    },
    Shown {
        outcome: BatchItemOutcome::StillRunning,
        word: "running",
        name: "Still running",
        tone: Tone::Running,
        icon: IconName::Running,
        count: |counts| counts.still_running,
    },
    Shown {
        outcome: BatchItemOutcome::Trying,
        word: "trying",
        name: "Being tried",
        tone: Tone::Running,
        icon: IconName::Running,
        count: |counts| counts.trying,
    },
    Shown {
        outcome: BatchItemOutcome::Waiting,
        word: "waiting",
        name: "Waiting",
        tone: Tone::Waiting,
        icon: IconName::Waiting,
        count: |counts| counts.waiting,
    },
    Shown {
        outcome: BatchItemOutcome::Fixed,
        word: "fixed",
        name: "Fixed",
        tone: Tone::Done,
        icon: IconName::Done,
        count: |counts| counts.fixed,
    },
    Shown {
        outcome: BatchItemOutcome::ResolvedBefore,
        word: "before",
        name: "Resolved before",
        tone: Tone::Neutral,
        icon: IconName::Check,
        count: |counts| counts.resolved_before,
    },
    Shown {
        outcome: BatchItemOutcome::NotTried,
        word: "not-tried",
        name: "Not tried",
        tone: Tone::Paused,
        icon: IconName::Ended,
        count: |counts| counts.not_tried,
    },
];

fn shown(outcome: BatchItemOutcome) -> &'static Shown {
    OUTCOMES.iter().find(|shown| shown.outcome == outcome).unwrap_or(&OUTCOMES[0])
}

/// The page of one batch.
#[component]
pub fn BatchPage() -> impl IntoView {
    let params = use_params_map();
    let query = use_query_map();
    let key = Memo::new(move |_| params.with(|params| params.get("key").unwrap_or_default()));
    let wanted = Memo::new(move |_| {
        let word = query.with(|query| value(query, "outcome"))?;
        OUTCOMES.iter().find(|shown| shown.word == word).map(|shown| shown.outcome)
    });
    let after = Memo::new(move |_| query.with(|query| value(query, "after")));
    let cancel = Call::<CancelBatch>::new();
    let version = use_live(Signal::derive(|| vec!["instances".to_owned()]));
    let detail = asked(
        move || {
            let changed = version.get() + cancel.version().get() as u64;
            (key.get(), wanted.get(), after.get(), changed)
        },
        |(key, wanted, after, _)| async move {
            let unknown = |_| CallError::NotFound(format!("There is no batch “{key}”."));
            batch_detail(key.parse::<BatchKey>().map_err(unknown)?, wanted, after).await
        },
    );
    let refused = move || cancel.value().get().and_then(Result::err);
    view! {
        <Transition fallback=|| view! { <SkeletonRows rows=6/> }>
            {answered(
                move || detail,
                move |answer| {
                    whole_page(answer, |detail| view! { <Batch detail cancel/> }.into_any())
                },
            )}
        </Transition>
        <Refusal error=Signal::derive(refused)/>
    }
}

#[component]
fn Batch(detail: BatchDetail, cancel: Call<CancelBatch>) -> impl IntoView {
    let query = use_query_map().get_untracked();
    let BatchDetail { batch, shown: outcome, items, next, may_cancel, now } = detail;
    let path = format!("/batches/{}", batch.key);
    let (counts, state) = (batch.counts, batch.state);
    let told = sentence(&batch);
    let title = format!("Retry of {}", counted(counts.total, "incident"));
    let badge = move || view! { <StateWord state counts/> };
    let tabs = OUTCOMES
        .iter()
        .filter(|shown| (shown.count)(&counts) > 0 || shown.outcome == outcome)
        .map(|shown| {
            let href = address(&path, &query, &[("outcome", Some(shown.word))]);
            let current = shown.outcome == outcome;
            let count = Some((shown.count)(&counts));
            view! {
                <Tab
                    href=Signal::stored(href)
                    current=Signal::stored(current)
                    count=Signal::stored(count)
                    tone=shown.tone
                >
                    {shown.name}
                </Tab>
            }
        })
        .collect_view();
    let nothing = items.is_empty();
    let rows = items.into_iter().map(|item| view! { <Item item/> }).collect_view();
    let next = next.map(|next| address(&path, &query, &[("after", Some(&next))]));
    let pending = cancel.pending();
    view! {
        <PageHeader
            title
            crumbs=vec![Crumb::new("Instances", "/instances"), Crumb::new("Incidents", "/incidents")]
            badge
            sentence=move || told.clone()
        >
            {may_cancel
                .then(|| {
                    view! {
                        <CallForm call=cancel>
                            <input type="hidden" name="key" value=batch.key.to_string()/>
                            <Button icon=IconName::Ended busy=pending>"Stop retrying"</Button>
                        </CallForm>
                    }
                })}
        </PageHeader>
        <Progress counts/>
        <p class="quiet">
            {format!("{}. Asked by {} ", batch.asked, batch.created_by)}
            <Moment at=batch.created_at now/> "."
        </p>
        <Tabs label="What came of the incidents">{tabs}</Tabs>
        {if nothing {
            view! { <p class="quiet">"None."</p> }.into_any()
        } else {
            view! {
                <Table label=shown(outcome).name columns=COLUMNS>{rows}</Table>
                <NextPage href=next/>
            }
                .into_any()
        }}
    }
}

/// How much of it is done, as a bar.
#[component]
fn Progress(counts: BatchCounts) -> impl IntoView {
    let done = settled(&counts);
    let label = format!("{} of {} have an outcome", number(done), number(counts.total));
    let went_well = counts.fixed + counts.resolved_before;
    let tone = if went_well == done { Tone::Done } else { Tone::Incident };
    // Counts are far below 2^52.
    #[expect(clippy::cast_precision_loss, reason = "a length on the screen")]
    let of = |n: u64| n as f64;
    view! {
        <div class="progress" role="status">
            <SplitBar inner=of(went_well) outer=of(done) max=of(counts.total.max(1)) label tone/>
        </div>
    }
}

/// Items that have an outcome.
fn settled(counts: &BatchCounts) -> u64 {
    counts.total - counts.waiting - counts.trying
}

/// Items that did not succeed.
fn failed(counts: &BatchCounts) -> u64 {
    counts.failed_again + counts.still_running + counts.refused
}

/// How far it is, in one sentence.
fn sentence(batch: &BatchSummary) -> String {
    let BatchSummary { counts, state, canceled_by, .. } = batch;
    let parts: Vec<String> = OUTCOMES
        .iter()
        .filter(|shown| !matches!(shown.word, "waiting" | "trying"))
        .map(|shown| ((shown.count)(counts), shown.name))
        .filter(|(n, _)| *n > 0)
        .map(|(n, name)| format!("{} {}", number(n), name.to_lowercase()))
        .collect();
    let parts = if parts.is_empty() { String::new() } else { format!(": {}", parts.join(", ")) };
    match state {
        BatchState::Created => format!("Finding what matches: {} so far.", number(counts.total)),
        BatchState::Running => {
            let (done, total) = (number(settled(counts)), number(counts.total));
            match canceled_by {
                Some(by) => format!("{by} stopped it; what is under way is waited for{parts}."),
                None => format!("{done} of {total} tried{parts}."),
            }
        }
        BatchState::Done if counts.total == 0 => "Nothing matched.".to_owned(),
        BatchState::PartlyFailed if failed(counts) == counts.total => {
            format!("All were tried, and none went on{parts}.")
        }
        BatchState::Done | BatchState::PartlyFailed => format!("All were tried{parts}."),
        BatchState::Canceled => {
            let by = canceled_by.as_deref().unwrap_or("Somebody");
            format!("{by} stopped it{parts}.")
        }
    }
}

#[component]
fn StateWord(state: BatchState, counts: BatchCounts) -> impl IntoView {
    let (tone, icon, word) = state_words(state, &counts);
    view! { <Badge tone icon=icon>{word}</Badge> }
}

fn state_words(state: BatchState, counts: &BatchCounts) -> (Tone, IconName, &'static str) {
    match state {
        BatchState::Created | BatchState::Running => (Tone::Running, IconName::Running, "Running"),
        BatchState::Done => (Tone::Done, IconName::Done, "Done"),
        BatchState::PartlyFailed if counts.still_running == counts.total => {
            (Tone::Waiting, IconName::Waiting, "Still running")
        }
        BatchState::PartlyFailed if counts.failed_again + counts.refused == counts.total => {
            (Tone::Incident, IconName::Incident, "All failed")
        }
        BatchState::PartlyFailed => (Tone::Incident, IconName::Incident, "Partly failed"),
        BatchState::Canceled => (Tone::Paused, IconName::Ended, "Stopped"),
    }
}

#[component]
fn Item(item: BatchItem) -> impl IntoView {
    let name = item.business_key.clone().unwrap_or_else(|| item.instance.to_string());
    let Shown { name: outcome, tone, icon, .. } = shown(item.outcome);
    let message = item.message.unwrap_or_else(|| "–".to_owned());
    view! {
        <tr class="row-link">
            <th scope="row" class="main">
                <a href=format!("/instances/{}", item.instance) data-row="">{name}</a>
            </th>
            <td data-label="What came of it">
                <Badge tone=*tone icon=*icon>{*outcome}</Badge>
            </td>
            <td data-label="What went wrong">{message}</td>
        </tr>
    }
}

/// A batch in the list of those before.
#[component]
pub(super) fn BatchRow(batch: BatchSummary, now: Timestamp) -> impl IntoView {
    let told = sentence(&batch);
    let (state, counts, at) = (batch.state, batch.counts, batch.created_at);
    view! {
        <li class="version">
            <a href=format!("/batches/{}", batch.key)>{batch.asked}</a>
            <StateWord state counts/>
            <span class="quiet">{format!("{told} {} ", batch.created_by)} <Moment at now/></span>
        </li>
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(state: BatchState, counts: BatchCounts) -> BatchSummary {
        BatchSummary {
            key: BatchKey::new(1),
            state,
            asked: "All incidents".to_owned(),
            counts,
            created_at: Timestamp::EPOCH,
            created_by: "Olga".to_owned(),
            canceled_by: None,
            ended_at: None,
        }
    }

    #[test]
    fn a_batch_says_how_far_it_is_and_what_failed() {
        let counts = BatchCounts {
            total: 40,
            waiting: 6,
            trying: 3,
            fixed: 28,
            failed_again: 3,
            ..BatchCounts::default()
        };
        let words = sentence(&batch(BatchState::Running, counts));
        assert_eq!(words, "31 of 40 tried: 3 failed again, 28 fixed.");
        let counts = BatchCounts { total: 2, fixed: 2, ..BatchCounts::default() };
        assert_eq!(sentence(&batch(BatchState::Done, counts)), "All were tried: 2 fixed.");
        let counts =
            BatchCounts { total: 2, failed_again: 1, refused: 1, ..BatchCounts::default() };
        assert_eq!(
            sentence(&batch(BatchState::PartlyFailed, counts)),
            "All were tried, and none went on: 1 failed again, 1 could not be tried."
        );
        assert_eq!(state_words(BatchState::PartlyFailed, &counts).2, "All failed");
        let counts = BatchCounts { fixed: 1, total: 3, ..counts };
        assert_eq!(state_words(BatchState::PartlyFailed, &counts).2, "Partly failed");
        let none = BatchCounts::default();
        assert_eq!(sentence(&batch(BatchState::Done, none)), "Nothing matched.");
    }

    #[test]
    fn every_outcome_has_a_word_of_its_own() {
        let mut words: Vec<_> = OUTCOMES.iter().map(|shown| shown.word).collect();
        words.sort_unstable();
        words.dedup();
        assert_eq!(words.len(), OUTCOMES.len());
    }
}
