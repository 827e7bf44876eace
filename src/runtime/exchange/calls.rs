//! Call activities: which version is called, its start and its end.

use spartito_core::engine::Command;
use spartito_core::engine::command::CallOutcome;
use spartito_core::engine::event::{CallBinding, Called, Caller};
use spartito_core::ids::DefinitionKey;
use spartito_core::value::Variables;

use super::{Exchange, command_id};
use crate::runtime::SubmitError;
use crate::store::{Origin, OutboxRow, StoreError, WantedVersion};

/// Why a called instance is ended with its caller.
const CANCELED: &str = "the step that called it was canceled";

impl Exchange {
    /// Starts the called process, or tells the caller why that cannot be.
    pub(super) async fn call(
        &self,
        row: &OutboxRow,
        caller: &Caller,
        called: &Called,
        variables: &Variables,
    ) -> Result<(), SubmitError> {
        let message = match self.resolve(caller, called).await? {
            Ok(definition) => {
                let instance = self.orchestrator.new_instance_id();
                let command = Command::StartInstance {
                    instance,
                    definition,
                    business_key: called.business_key.clone(),
                    variables: variables.clone(),
                    node: None,
                    occurred: None,
                    caller: Some(caller.clone()),
                };
                let id = command_id(row.origin, "call");
                match self.orchestrator.queue(instance, command, None, Some(id)).await {
                    Ok(_) => return Ok(()),
                    Err(SubmitError::Rejected(rejection)) => {
                        format!("The process “{}” cannot be started: {rejection}.", called.process)
                    }
                    Err(SubmitError::Internal(reason)) => {
                        tracing::error!(process = %called.process, reason, "a call failed");
                        format!("An error inside Spartito stopped “{}”.", called.process)
                    }
                    Err(
                        error @ (SubmitError::UnknownInstance
                        | SubmitError::LeaseLost
                        | SubmitError::Overloaded
                        | SubmitError::ShuttingDown
                        | SubmitError::Store(_)
                        | SubmitError::Unknown(_)),
                    ) => return Err(error),
                }
            }
            Err(message) => message,
        };
        let outcome = CallOutcome::Failed { message };
        let command = Command::EndCall { element: caller.element, outcome };
        self.tell_caller(row, caller, command).await
    }

    /// The version that is called, or why there is none.
    async fn resolve(
        &self,
        caller: &Caller,
        called: &Called,
    ) -> Result<Result<DefinitionKey, String>, StoreError> {
        let process = &called.process;
        let (wanted, words) = match &called.binding {
            CallBinding::Latest => (WantedVersion::Latest, String::new()),
            CallBinding::VersionTag(tag) => {
                (WantedVersion::Tag(tag), format!(" with the tag “{tag}”"))
            }
            CallBinding::Version(version) => {
                (WantedVersion::Number(*version), format!(" in version {version}"))
            }
            CallBinding::Deployment => {
                let words = " in the deployment of the calling process".to_owned();
                let Some(row) = self.store.instance(caller.instance).await? else {
                    return Ok(Err("The calling instance is gone.".to_owned()));
                };
                let Some(calling) = self.store.definition(row.definition).await? else {
                    return Ok(Err("The calling process is gone.".to_owned()));
                };
                (WantedVersion::Deployment(calling.deployment), words)
            }
        };
        let found = self.store.called_definition(process, &wanted).await?;
        Ok(found.ok_or_else(|| format!("The process “{process}” is not deployed{words}.")))
    }

    /// Ends what a call started.
    pub(super) async fn cancel_call(
        &self,
        origin: Origin,
        caller: &Caller,
    ) -> Result<(), SubmitError> {
        for instance in self.store.open_called(caller).await? {
            let command = Command::TerminateInstance { reason: CANCELED.to_owned() };
            let id = command_id(origin, &format!("cancel {instance}"));
            self.submit(instance, command, None, id).await?;
        }
        Ok(())
    }
}
