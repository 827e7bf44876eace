//! Page `/processes`: every deployed process with its live counts.

use leptos::prelude::*;

use super::calls::{ProcessList, processes};
use crate::ui::asked::{answered, asked};
use crate::ui::components::{
    ButtonLink, Column, EmptyState, ErrorNotice, IconName, PageHeader, SkeletonRows, Table, Variant,
};
use crate::ui::live::use_live;
use crate::ui::response::set_status;
use crate::ui::words::{counted, number};
use crate::wire::ProcessSummary;

/// The list of processes.
#[component]
pub fn ProcessesPage() -> impl IntoView {
    let version = use_live(Signal::derive(|| vec!["processes".to_owned()]));
    let list = asked(move || version.get(), |_| processes());
    view! {
        <Transition fallback=|| view! { <SkeletonRows rows=5/> }>
            {answered(
                move || list,
                move |answer| match answer {
                    Ok(ProcessList { processes, may_deploy }) => {
                        let sentence = sentence(&processes);
                        view! {
                            <PageHeader title="Processes" sentence=move || sentence.clone()>
                                {may_deploy.then(|| view! { <DeployLink/> })}
                            </PageHeader>
                            <ProcessTable processes may_deploy/>
                        }
                            .into_any()
                    }
                    Err(error) => {
                        set_status(error.status());
                        view! { <ErrorNotice error page=true/> }.into_any()
                    }
                },
            )}
        </Transition>
    }
}

#[component]
fn DeployLink() -> impl IntoView {
    view! { <ButtonLink href="/deploy" icon=IconName::Upload>"Deploy"</ButtonLink> }
}

/// How much is on the way, in one sentence.
fn sentence(processes: &[ProcessSummary]) -> String {
    let active: u64 = processes.iter().map(|process| process.active).sum();
    let incidents: u64 = processes.iter().map(|process| process.incidents).sum();
    match (active, incidents) {
        (0, 0) if processes.is_empty() => String::new(),
        (0, 0) => "Nothing is on the way.".to_owned(),
        (active, 0) => format!("{} on the way, none stopped.", counted(active, "instance")),
        (active, incidents) => format!(
            "{} on the way, {} to look at.",
            counted(active, "instance"),
            counted(incidents, "incident")
        ),
    }
}

/// Columns of the list.
const COLUMNS: &[Column] = &[
    Column::words("Process"),
    Column::number("Version"),
    Column::number("Running"),
    Column::number("Incidents"),
    Column::number("Completed"),
    Column::words("Start"),
];

#[component]
fn ProcessTable(processes: Vec<ProcessSummary>, may_deploy: bool) -> impl IntoView {
    if processes.is_empty() {
        return view! { <NothingDeployed may_deploy/> }.into_any();
    }
    let rows = processes.into_iter().map(|process| view! { <ProcessRow process/> }).collect_view();
    view! { <Table label="Processes" columns=COLUMNS>{rows}</Table> }.into_any()
}

#[component]
fn NothingDeployed(may_deploy: bool) -> impl IntoView {
    let text = if may_deploy {
        "Draw a process in any BPMN 2.0 modeler and deploy the file: people then find it here, start \
         it, and see where every run stands."
    } else {
        "As soon as somebody who may do so deploys a process, it can be started here."
    };
    view! {
        <EmptyState icon=IconName::Workflow title="No process is deployed yet" text>
            {may_deploy
                .then(|| {
                    view! {
                        <ButtonLink href="/deploy" variant=Variant::Primary icon=IconName::Upload>
                            "Deploy a process"
                        </ButtonLink>
                    }
                })}
        </EmptyState>
    }
}

#[component]
fn ProcessRow(process: ProcessSummary) -> impl IntoView {
    let id = process.id.to_string();
    let page = format!("/processes/{id}");
    let instances = format!("/instances?process={id}");
    let troubled = process.incidents > 0;
    view! {
        <tr class="row-link">
            <th scope="row" class="main">
                <a href=page data-row="">{process.name.clone()}</a>
            </th>
            <td class="number" data-label="Version">{process.version}</td>
            <td class="number" data-label="Running">
                <a href=format!("{instances}&state=active")>{number(process.active)}</a>
            </td>
            <td class="number" data-label="Incidents">
                <a class:tone-incident=troubled href=format!("{instances}&incidents=true")>
                    {number(process.incidents)}
                </a>
            </td>
            <td class="number" data-label="Completed">
                <a href=format!("{instances}&state=completed")>{number(process.completed)}</a>
            </td>
            <td class="actions">
                {process
                    .may_start
                    .then(|| {
                        view! {
                            <ButtonLink
                                href=format!("/processes/{id}/start")
                                icon=IconName::Play
                                small=true
                            >
                                "Start"
                            </ButtonLink>
                        }
                    })}
            </td>
        </tr>
    }
}
