//! Page `/people`: who may sign in, in what role, in which groups.

use leptos::prelude::*;
use leptos_router::hooks::use_query_map;
use spartito_core::ids::PersonId;

use super::calls::{AddPerson, DisablePerson, EnablePerson, ResetPassword, made_password, people};
use crate::ui::account::Credentials;
use crate::ui::asked::{answered, asked};
use crate::ui::call::{Call, CallForm};
use crate::ui::components::{
    Badge, Button, Callout, Choice, Column, Dialog, DialogButton, DialogClose, ErrorNotice,
    IconName, PageHeader, Refusal, SelectField, SkeletonRows, Table, TextField, Tone, Variant,
    close_dialog,
};
use crate::ui::response::set_status;
use crate::ui::session::{role_words, use_me};
use crate::ui::words;
use crate::wire::{CallError, PersonCredentials, PersonSummary, Role};

/// Id of the dialog that adds a person.
const ADD_DIALOG: &str = "add-person";

const COLUMNS: &[Column] = &[
    Column::words("Name"),
    Column::words("Sign-in name"),
    Column::words("Role"),
    Column::words("Groups"),
    Column::words("Last sign-in"),
    Column::words(""),
];

/// The actions of the page.
#[derive(Clone, Copy)]
struct Actions {
    add: Call<AddPerson>,
    disable: Call<DisablePerson>,
    enable: Call<EnablePerson>,
    reset: Call<ResetPassword>,
}

impl Actions {
    fn new() -> Self {
        Self { add: Call::new(), disable: Call::new(), enable: Call::new(), reset: Call::new() }
    }

    /// Changes each time something has been done.
    fn version(self) -> usize {
        let Self { add, disable, enable, reset } = self;
        [add.version(), disable.version(), enable.version(), reset.version()]
            .iter()
            .map(Get::get)
            .sum()
    }

    /// What the last refused action said.
    fn refusal(self) -> Option<CallError> {
        let Self { add, disable, enable, reset } = self;
        let all = [
            add.value().get().and_then(Result::err),
            disable.value().get().and_then(Result::err),
            enable.value().get().and_then(Result::err),
            reset.value().get().and_then(Result::err),
        ];
        all.into_iter().flatten().next()
    }

    /// The password that was made last.
    fn made(self) -> Option<PersonCredentials> {
        let reset = self.reset.value().get().and_then(Result::ok);
        reset.or_else(|| self.add.value().get().and_then(Result::ok))
    }
}

/// All people.
#[component]
pub fn PeoplePage() -> impl IntoView {
    let actions = Actions::new();
    let list = asked(move || actions.version(), |_| people());
    view! {
        <PageHeader
            title="People"
            sentence=|| "Who may sign in, what they may do, and whose tasks they see."
        >
            <DialogButton dialog=ADD_DIALOG variant=Variant::Primary icon=IconName::Plus>
                "Add a person"
            </DialogButton>
        </PageHeader>
        <Outcome actions/>
        <MadeBefore/>
        <AddDialog add=actions.add/>
        <Transition fallback=|| view! { <SkeletonRows rows=5/> }>
            {answered(
                move || list,
                move |answer| match answer {
                    Ok(people) => {
                        let rows = people
                            .into_iter()
                            .map(|person| view! { <PersonRow person actions/> })
                            .collect_view();
                        view! { <Table label="People" columns=COLUMNS>{rows}</Table> }.into_any()
                    }
                    Err(error) => {
                        set_status(error.status());
                        view! { <ErrorNotice error/> }.into_any()
                    }
                },
            )}
        </Transition>
    }
}

/// What the last action has brought: a refusal, or a password that is shown once.
#[component]
fn Outcome(actions: Actions) -> impl IntoView {
    let made = move || actions.made().map(|made| view! { <Made people=vec![made]/> });
    view! {
        <Refusal error=Signal::derive(move || actions.refusal())/>
        {made}
    }
}

/// A password that the call before this page has made, where no scripts could show it.
#[component]
fn MadeBefore() -> impl IntoView {
    let query = use_query_map();
    let wanted = move || query.with(|query| query.get_str("made").is_some());
    let made = asked(wanted, |wanted| async move {
        if wanted { made_password().await.unwrap_or_default() } else { Vec::new() }
    });
    view! {
        <Transition>
            {answered(
                move || made,
                |people| (!people.is_empty()).then(|| view! { <Made people/> }),
            )}
        </Transition>
    }
}

/// Passwords that are shown once.
#[component]
fn Made(people: Vec<PersonCredentials>) -> impl IntoView {
    let names = people.iter().map(|person| person.name.as_str()).collect::<Vec<_>>().join(", ");
    let words = format!(
        "The password of {names} is shown only now. Hand it over; it can be changed under Account."
    );
    view! {
        <Callout tone=Tone::Done alert=true>
            <p>{words}</p>
            <Credentials people/>
        </Callout>
    }
}

fn choices() -> Vec<Choice> {
    [Role::Member, Role::Operator, Role::Administrator]
        .into_iter()
        .map(|role| Choice::new(role_words(role).to_lowercase(), role_words(role)))
        .collect()
}

#[component]
fn AddDialog(add: Call<AddPerson>) -> impl IntoView {
    let problem = move |field: &'static str| {
        Signal::derive(move || match add.value().get() {
            Some(Err(CallError::Invalid { fields, .. })) => fields
                .into_iter()
                .find(|problem| problem.field == field)
                .map(|problem| problem.message),
            _ => None,
        })
    };
    Effect::new(move |_| {
        if add.value().with(|added| matches!(added, Some(Ok(_)))) {
            close_dialog(ADD_DIALOG);
        }
    });
    view! {
        <Dialog id=ADD_DIALOG title="Add a person">
            <CallForm call=add attr:class="form">
                <TextField
                    name="name"
                    label="Name"
                    hint="As others will see it"
                    error=problem("name")
                    autofocus=true
                />
                <TextField
                    name="person"
                    label="Sign-in name"
                    hint="2 to 64 of a–z, 0–9, “.”, “-” and “_”"
                    error=problem("person")
                />
                <SelectField name="role" label="Role" choices=choices() value="member"/>
                <TextField
                    name="groups"
                    label="Groups"
                    hint="Separated by commas, such as underwriters, back-office"
                    error=problem("groups")
                    optional=true
                />
                <div class="dialog-actions">
                    <Button variant=Variant::Primary busy=add.pending()>"Add the person"</Button>
                    <DialogClose dialog=ADD_DIALOG>"Cancel"</DialogClose>
                </div>
            </CallForm>
        </Dialog>
    }
}

#[component]
fn PersonRow(person: PersonSummary, actions: Actions) -> impl IntoView {
    let PersonSummary { person, name, role, groups, disabled, last_sign_in } = person;
    let groups = groups.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
    let groups = if groups.is_empty() { "–".to_owned() } else { groups };
    let seen = last_sign_in.map_or_else(|| "Never".to_owned(), words::moment);
    let myself = use_me().person == person;
    view! {
        <tr>
            <td class="main">
                {name.clone()}
                {disabled
                    .then(|| {
                        view! { <Badge tone=Tone::Paused icon=IconName::Ended>"Disabled"</Badge> }
                    })}
            </td>
            <td data-label="Sign-in name"><code>{person.to_string()}</code></td>
            <td data-label="Role">{role_words(role)}</td>
            <td data-label="Groups">{groups}</td>
            <td data-label="Last sign-in">{seen}</td>
            <td class="actions">
                {(!myself).then(|| view! { <PersonActions person name disabled actions/> })}
            </td>
        </tr>
    }
}

/// What can be done with another person.
#[component]
fn PersonActions(
    person: PersonId,
    name: String,
    disabled: bool,
    actions: Actions,
) -> impl IntoView {
    let id = person.to_string();
    let reset_id = id.clone();
    let dialog = format!("disable-{id}");
    let switch = if disabled {
        view! {
            <CallForm call=actions.enable>
                <input type="hidden" name="person" value=id.clone()/>
                <Button small=true>"Enable"</Button>
            </CallForm>
        }
        .into_any()
    } else {
        view! {
            <DialogButton dialog=dialog.clone() small=true>"Disable"</DialogButton>
            <Dialog id=dialog.clone() title=format!("Disable {name}?")>
                <p>
                    "They are signed out everywhere and cannot sign in again until enabled. Their \
                     tasks stay with them until somebody gives them to others."
                </p>
                <CallForm call=actions.disable>
                    <input type="hidden" name="person" value=id.clone()/>
                    <div class="dialog-actions">
                        <Button variant=Variant::Danger>"Disable"</Button>
                        <DialogClose dialog=dialog>"Keep enabled"</DialogClose>
                    </div>
                </CallForm>
            </Dialog>
        }
        .into_any()
    };
    view! {
        <div class="row-actions">
            <CallForm call=actions.reset>
                <input type="hidden" name="person" value=reset_id/>
                <Button small=true icon=IconName::Key>"New password"</Button>
            </CallForm>
            {switch}
        </div>
    }
}
