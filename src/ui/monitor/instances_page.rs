//! Page `/instances`: every run of every process. The filter lives in the query string.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;

use super::filters::{FilterBar, FilterChips, StateTabs};
use super::rows::{InstanceRows, filter_of};
use crate::ui::address::value;
use crate::ui::asked::{answered, asked};
use crate::ui::components::{ButtonLink, IconName, PageHeader, SkeletonRows};
use crate::ui::live::use_live;
use crate::ui::models::{process_detail, processes};
use crate::ui::session::use_me;
use crate::wire::Permission;

/// The list of all instances.
#[component]
pub fn InstancesPage() -> impl IntoView {
    let query = use_query_map();
    let filter = Memo::new(move |_| query.with(filter_of));
    let version = use_live(Signal::derive(|| vec!["instances".to_owned()]));
    let choices = asked(|| (), |()| processes());
    let process = Memo::new(move |_| query.with(|query| value(query, "process")));
    let steps = asked(
        move || process.get(),
        |process| async move {
            match process {
                Some(process) => {
                    process_detail(process, None).await.map(|detail| detail.step_names)
                }
                None => Ok(Vec::new()),
            }
        },
    );
    view! {
        <PageHeader title="Instances">
            {use_me()
                .may(Permission::ViewInstances)
                .then(|| {
                    view! {
                        <ButtonLink href="/incidents" icon=IconName::Incident>"Incidents"</ButtonLink>
                    }
                })}
        </PageHeader>
        <StateTabs path="/instances"/>
        <Transition fallback=|| view! { <SkeletonRows rows=1/> }>
            {answered(
                move || async move { (choices.await, steps.await) },
                |(choices, steps)| {
                    let processes = choices.map(|list| list.processes).unwrap_or_default();
                    let steps = steps.unwrap_or_default();
                    view! {
                        <FilterBar path="/instances" processes/>
                        <FilterChips path="/instances" steps=Signal::stored(steps)/>
                    }
                },
            )}
        </Transition>
        <InstanceRows filter version path="/instances"/>
    }
}
