//! What the process pages ask of the server.
//!
//! Never decides anything: each call finds the caller and hands over to one operation.

use leptos::prelude::*;
use leptos::server_fn::codec::{GetUrl, MultipartData, MultipartFormData};
use serde::{Deserialize, Serialize};
use spartito_core::forms::Answers;

use crate::wire::{Answer, CallError, DeployOutcome, ProcessDetail, ProcessSummary, StartForm};

/// The list of processes, and whether the caller may add to it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessList {
    /// Every deployed process with its live counts.
    pub processes: Vec<ProcessSummary>,
    /// Whether the caller may deploy.
    pub may_deploy: bool,
}

/// What became of a start form.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Begun {
    /// The draft was kept.
    Saved,
    /// An instance has begun; the browser is sent to it.
    Started,
}

/// Every deployed process with its live counts.
#[server(prefix = "/call", endpoint = "processes/list", output = Answer, input = GetUrl)]
pub async fn processes() -> Result<ProcessList, CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    let processes = crate::operations::processes::list(&desk, &caller).await?;
    Ok(ProcessList { processes, may_deploy: caller.may(crate::wire::Permission::Deploy) })
}

/// One process: the drawing of a version with its counts; the latest version where none is named.
#[server(name = ReadProcess, prefix = "/call", endpoint = "processes/detail", output = Answer, input = GetUrl)]
pub async fn process_detail(
    process: String,
    #[server(default)] version: Option<u32>,
) -> Result<ProcessDetail, CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    Ok(crate::operations::processes::detail(&desk, &caller, &process.as_str().into(), version)
        .await?)
}

/// Sets how long finished instances of a process are kept, or without one those of all that have no
/// rule of their own: `keep` says `all`, `ever` or `days`.
#[server(prefix = "/call", endpoint = "processes/retention", output = Answer)]
pub async fn set_retention(
    #[server(default)] process: String,
    keep: String,
    #[server(default)] days: String,
) -> Result<(), CallError> {
    use crate::operations::retention::{Keep, set};

    let (caller, desk) = crate::ui::response::ask().await?;
    let keep = Keep::parse(&keep, &days)?;
    if process.is_empty() {
        set(&desk, &caller, None, keep).await?;
        crate::ui::response::go_to("/upkeep");
        return Ok(());
    }
    let process = process.as_str().into();
    set(&desk, &caller, Some(&process), keep).await?;
    crate::ui::response::go_to(&format!("/processes/{process}"));
    Ok(())
}

/// Lets all open instances of a process stand still.
#[server(prefix = "/call", endpoint = "processes/pause", output = Answer)]
pub async fn pause_process(
    process: String,
    #[server(default)] reason: String,
) -> Result<(), CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    let process = process.as_str().into();
    crate::operations::pauses::pause(&desk, &caller, &process, &reason).await?;
    crate::ui::response::go_to(&format!("/processes/{process}"));
    Ok(())
}

/// Lets all open instances of a process go on that stand still.
#[server(prefix = "/call", endpoint = "processes/resume", output = Answer)]
pub async fn resume_process(process: String) -> Result<(), CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    let process = process.as_str().into();
    crate::operations::pauses::resume(&desk, &caller, &process).await?;
    crate::ui::response::go_to(&format!("/processes/{process}"));
    Ok(())
}

/// The form that starts an instance of a process.
#[server(name = ReadStartForm, prefix = "/call", endpoint = "processes/start-form", output = Answer, input = GetUrl)]
pub async fn start_form(process: String) -> Result<StartForm, CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    Ok(crate::operations::processes::start_form(&desk, &caller, &process.as_str().into()).await?)
}

/// Keeps the start form as a draft where `save` is there; else starts an instance, and goes to it.
#[server(prefix = "/call", endpoint = "processes/start", output = Answer)]
pub async fn start_process(
    process: String,
    #[server(default)] answers: Answers,
    #[server(default)] save: Option<String>,
) -> Result<Begun, CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    let process = process.as_str().into();
    if save.is_some() {
        crate::operations::processes::save_start_draft(&desk, &caller, &process, answers).await?;
        return Ok(Begun::Saved);
    }
    let started =
        crate::operations::processes::start(&desk, &caller, &process, answers, None).await?;
    crate::ui::response::go_to(&format!("/instances/{}", started.instance));
    Ok(Begun::Started)
}

/// Checks files and deploys them, or with `intent=check` only checks them.
///
/// A form that was sent without scripts carries `plain`: the outcome is then remembered, and shown
/// by the page that the browser is sent to.
#[server(prefix = "/call", endpoint = "deployments/deploy", output = Answer, input = MultipartFormData)]
pub async fn deploy(data: MultipartData) -> Result<DeployOutcome, CallError> {
    use crate::wire::UploadedFile;
    /// Files of one deployment.
    const FILES_MAX: usize = 50;
    /// Bytes of all files of one deployment.
    const UPLOAD_BYTES_MAX: usize = 16 * 1024 * 1024;
    let (caller, desk) = crate::ui::response::ask().await?;
    let too_large = || {
        CallError::TooLarge("At most 50 files of together 16 MB can be sent at once.".to_owned())
    };
    let broken = |_| CallError::Invalid {
        message: "The upload broke off or is not a form with files. Send it again.".to_owned(),
        fields: Vec::new(),
    };
    let mut parts = data.into_inner().ok_or_else(too_large)?;
    let (mut files, mut bytes, mut dry_run, mut plain) = (Vec::new(), 0, false, false);
    while let Some(part) = parts.next_field().await.map_err(broken)? {
        match part.name() {
            Some("intent") => dry_run = part.text().await.map_err(broken)? == "check",
            Some("plain") => plain = true,
            Some("files") => {
                let name = part.file_name().unwrap_or("unnamed").to_owned();
                let content = part.bytes().await.map_err(broken)?.to_vec();
                bytes += content.len();
                // A form without a chosen file still sends one part, nameless and empty.
                if !(name.is_empty() && content.is_empty()) {
                    files.push(UploadedFile { name, content });
                }
                if files.len() > FILES_MAX || bytes > UPLOAD_BYTES_MAX {
                    return Err(too_large());
                }
            }
            _ => {}
        }
    }
    let outcome = crate::operations::deployments::deploy(&desk, &caller, files, dry_run).await?;
    if plain {
        crate::operations::deployments::remember(&desk, &caller, &outcome).await?;
        crate::ui::response::go_to("/deploy?outcome=last");
    }
    Ok(outcome)
}

/// Whether the caller may deploy at all, and with `last` the outcome of the caller's last
/// deployment that was sent without scripts.
#[server(prefix = "/call", endpoint = "deployments/outcome", output = Answer, input = GetUrl)]
pub async fn remembered_outcome(last: bool) -> Result<Option<DeployOutcome>, CallError> {
    let (caller, desk) = crate::ui::response::ask().await?;
    caller
        .require(crate::wire::Permission::Deploy)
        .map_err(|lacking| CallError::Forbidden(lacking.to_string()))?;
    if !last {
        return Ok(None);
    }
    Ok(crate::operations::deployments::remembered(&desk, &caller).await?)
}
