//! What signing in and out, the set-up and one's own account ask.

use leptos::prelude::*;

use crate::wire::{Answer, CallError, SetUpChoice, SetUpOutcome};

/// Where the set-up leads without scripts.
pub const SET_UP_DONE_PATH: &str = "/set-up/done";

/// Signs in and goes on to `next`, a page of ours.
#[server(prefix = "/call", endpoint = "account/sign-in", output = Answer)]
pub async fn sign_in(
    name: String,
    password: String,
    #[server(default)] next: String,
) -> Result<(), CallError> {
    let (visitor, desk) = crate::ui::response::visit()?;
    crate::operations::account::sign_in(&desk, &visitor.session, visitor.address, &name, &password)
        .await?;
    crate::ui::response::go_to(if next.is_empty() { "/tasks" } else { &next });
    Ok(())
}

/// Signs out and goes to the sign-in.
#[server(prefix = "/call", endpoint = "account/sign-out", output = Answer)]
pub async fn sign_out() -> Result<(), CallError> {
    let (visitor, desk) = crate::ui::response::visit()?;
    crate::operations::account::sign_out(&desk, &visitor.session, visitor.caller.as_ref()).await?;
    crate::ui::response::go_to("/sign-in");
    Ok(())
}

/// Changes the caller's password.
#[server(prefix = "/call", endpoint = "account/password", output = Answer)]
pub async fn change_password(
    present: String,
    new: String,
    repeated: String,
) -> Result<(), CallError> {
    use crate::operations::account::PasswordChange;

    if new != repeated {
        return Err(CallError::Invalid {
            message: "The new password was not repeated as it is.".to_owned(),
            fields: vec![crate::wire::FieldProblem {
                field: "repeated".to_owned(),
                message: "Enter the new password once more, exactly as above".to_owned(),
            }],
        });
    }
    let (visitor, desk) = crate::ui::response::visit()?;
    let caller = visitor.caller.as_ref().ok_or(CallError::SignInNeeded)?;
    let change = PasswordChange { present: &present, new: &new };
    crate::operations::account::change_password(
        &desk,
        &visitor.session,
        caller,
        visitor.address,
        change,
    )
    .await?;
    crate::ui::response::go_to("/account?done=password");
    Ok(())
}

/// Whether a set-up link can be used.
#[server(prefix = "/call", endpoint = "set-up/open", output = Answer, input = leptos::server_fn::codec::GetUrl)]
pub async fn set_up_open(token: String) -> Result<bool, CallError> {
    let desk = crate::ui::response::desk()?;
    Ok(crate::operations::set_up::open(&desk, &token).await?)
}

/// Makes the administrator, and the example where it is wanted; signs the administrator in.
#[server(prefix = "/call", endpoint = "set-up/do", output = Answer)]
pub async fn set_up(
    token: String,
    name: String,
    person: String,
    password: String,
    choice: SetUpChoice,
) -> Result<SetUpOutcome, CallError> {
    use crate::operations::set_up::SetUpRequest;

    let (visitor, desk) = crate::ui::response::visit()?;
    let request = SetUpRequest { secret: token, person, name, password, choice };
    let outcome = crate::operations::set_up::set_up(&desk, &visitor.session, &request).await?;
    if crate::ui::response::is_plain() {
        desk.once.keep(&outcome.administrator, outcome.people.clone(), desk.now());
        crate::ui::response::go_to(SET_UP_DONE_PATH);
    }
    Ok(outcome)
}

/// What the set-up has made, for the page that says so without scripts; its passwords only once.
#[server(prefix = "/call", endpoint = "set-up/outcome", output = Answer, input = leptos::server_fn::codec::GetUrl)]
pub async fn what_set_up_made() -> Result<SetUpOutcome, CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    let people = desk.once.take(&caller.person, desk.now());
    Ok(SetUpOutcome { administrator: caller.person, people })
}
