//! Deployments: processes, decisions and forms, all files or none.
//!
//! Never deploys a file with an error, and never stops at the first one: the outcome says all
//! that is to be said about every file.

use std::collections::{BTreeMap, BTreeSet};

use spartito_core::bpmn;
use spartito_core::bpmn::diagnostic::{Diagnostic, Position, Severity};
use spartito_core::bpmn::model::Process;
use spartito_core::bpmn::soundness;
use spartito_core::engine::ExecutableProcess;
use spartito_core::forms;
use spartito_core::ids::{DecisionId, DefinitionKey, FormId, PersonId, ProcessId};
use spartito_core::time::Timestamp;

use super::decision_files::{self, DecisionFile, KnownModels};
use super::decisions::called_decisions;
use super::story::title;
use super::{Desk, OperationError, models};
use crate::auth::Caller;
use crate::runtime::{self, Starts};
use crate::store::{Draft, NewDecisionModel, NewDefinition, NewDeployment, NewForm, NewNode};
use crate::wire::{
    DeployOutcome, DeployedDecisions, DeployedProcess, FileFindings, Permission, UploadedFile,
};

/// Most bytes of all files of a deployment (10 MiB).
pub const DEPLOYMENT_BYTES_MAX: usize = 10 * 1024 * 1024;
/// Most files of a deployment.
const FILES_MAX: usize = 50;
/// Most characters of a file name.
const FILE_NAME_CHARACTERS_MAX: usize = 255;
/// Most characters shown of a line that a finding points to.
const LINE_CHARACTERS_MAX: usize = 200;
/// Name under which the outcome of a person's last deployment is kept.
const OUTCOME: &str = "deployment outcome";
/// How archives begin: their true size is not known before they are unpacked.
const ARCHIVES: [&[u8]; 5] =
    [b"PK\x03\x04", b"\x1f\x8b", b"BZh", b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd"];

/// Checks files and deploys them, unless it is a dry run.
///
/// # Errors
/// The right is missing, nothing was sent, or too much. What is wrong with the files is no error
/// but the outcome.
pub async fn deploy(
    desk: &Desk,
    caller: &Caller,
    files: Vec<UploadedFile>,
    dry_run: bool,
) -> Result<DeployOutcome, OperationError> {
    caller.require(Permission::Deploy)?;
    carry_out(desk, &caller.person, files, dry_run).await
}

/// [`deploy`] without asking for the right.
pub(super) async fn carry_out(
    desk: &Desk,
    by: &PersonId,
    files: Vec<UploadedFile>,
    dry_run: bool,
) -> Result<DeployOutcome, OperationError> {
    bounded(&files)?;
    let at = desk.now();
    let known = Known {
        forms: desk.runtime.store.latest_forms().await?.into_keys().collect(),
        decisions: desk.runtime.definitions.current().decisions.ids().cloned().collect(),
        models: desk.runtime.definitions.latest_decision_models(),
    };
    // Reading a large model takes a while and nothing else may wait for it.
    let (now, seed) = (desk.now(), desk.runtime.chance.number());
    let (contents, mut outcome) =
        tokio::task::spawn_blocking(move || Contents::read(&files, &known, now, seed))
            .await
            .expect("reading models does not panic");
    if dry_run || contents.has_error {
        return Ok(outcome);
    }
    let made = desk
        .runtime
        .store
        .deploy(NewDeployment {
            definitions: contents.definitions.clone(),
            forms: contents.forms.clone(),
            decisions: contents.decisions.clone(),
            by: Some(by.clone()),
            at,
        })
        .await?;
    desk.runtime.definitions.refresh().await?;
    outcome.deployed = true;
    outcome.processes = contents
        .definitions
        .into_iter()
        .zip(made.definitions)
        .map(|(new, version)| DeployedProcess {
            id: new.process,
            name: new.name,
            version: version.version,
            unchanged: version.unchanged,
        })
        .collect();
    outcome.forms = contents.forms.into_iter().map(|form| form.form.to_string()).collect();
    outcome.decisions = contents
        .decisions
        .into_iter()
        .zip(made.decisions)
        .map(|(new, version)| DeployedDecisions {
            name: new.name,
            first: new.decisions.first().map(|first| first.decision.clone()),
            version: version.version,
            unchanged: version.unchanged,
        })
        .collect();
    tracing::info!(
        processes = outcome.processes.len(),
        decisions = outcome.decisions.len(),
        forms = outcome.forms.len(),
        %by,
        "deployed"
    );
    Ok(outcome)
}

fn bounded(files: &[UploadedFile]) -> Result<(), OperationError> {
    if files.is_empty() {
        return Err(OperationError::invalid("Choose at least one .bpmn, .dmn or .form file."));
    }
    if files.len() > FILES_MAX {
        return Err(OperationError::TooLarge(format!("Send at most {FILES_MAX} files at once.")));
    }
    let bytes: usize = files.iter().map(|file| file.content.len()).sum();
    if bytes > DEPLOYMENT_BYTES_MAX {
        return Err(OperationError::TooLarge(
            "The files are larger than 10 MiB together.".to_owned(),
        ));
    }
    for file in files {
        if file.name.chars().count() > FILE_NAME_CHARACTERS_MAX {
            return Err(OperationError::invalid("A file name has at most 255 characters."));
        }
        if ARCHIVES.iter().any(|start| file.content.starts_with(start)) {
            return Err(OperationError::TooLarge(format!(
                "“{}” is an archive, whose size is not known before it is unpacked. Send the \
                 files themselves.",
                file.name
            )));
        }
    }
    Ok(())
}

/// What was deployed before.
struct Known {
    forms: BTreeSet<FormId>,
    decisions: BTreeSet<DecisionId>,
    models: KnownModels,
}

/// What the files hold.
#[derive(Default)]
struct Contents {
    definitions: Vec<NewDefinition>,
    forms: Vec<NewForm>,
    decisions: Vec<NewDecisionModel>,
    has_error: bool,
    /// When it is deployed.
    now: Timestamp,
    /// The source of random numbers of what starts by itself.
    seed: u64,
}

/// Findings about one file, with the text they point into.
struct Findings<'f> {
    file: &'f UploadedFile,
    list: Vec<Diagnostic>,
}

impl Contents {
    /// Reads all files beside what was deployed before.
    fn read(
        files: &[UploadedFile],
        known: &Known,
        now: Timestamp,
        seed: u64,
    ) -> (Self, DeployOutcome) {
        let mut contents = Self { now, seed, ..Self::default() };
        let mut all: Vec<Findings<'_>> = Vec::new();
        let mut wanted: Vec<(usize, Process)> = Vec::new();
        let mut decision_texts: Vec<(usize, &[u8])> = Vec::new();
        for (index, file) in files.iter().enumerate() {
            let mut findings = Findings { file, list: Vec::new() };
            if is_kind(&file.name, &["bpmn", "xml"]) {
                for process in contents.read_model(&mut findings) {
                    wanted.push((index, process));
                }
            } else if is_kind(&file.name, &["form", "json"]) {
                contents.read_form(&mut findings);
            } else if is_kind(&file.name, &["dmn"]) {
                decision_texts.push((index, &file.content));
            } else {
                findings.add(
                    Severity::Error,
                    "file-kind",
                    "",
                    Words {
                        message: "This is neither a BPMN or DMN model nor a form.",
                        remedy: "Send files that end in .bpmn, .dmn or .form.",
                    },
                );
            }
            all.push(findings);
        }
        contents.read_decisions(&mut all, &decision_texts, &known.models);
        for (index, process) in &wanted {
            contents.miss_forms(&mut all[*index], process, &known.forms);
            contents.miss_decisions(&mut all[*index], process, &known.decisions);
        }
        contents.find_doubles(&mut all, &wanted);
        contents.has_error = all
            .iter()
            .flat_map(|findings| &findings.list)
            .any(|finding| finding.severity == Severity::Error);
        let outcome = DeployOutcome {
            files: all.into_iter().map(Findings::into_view).collect(),
            ..DeployOutcome::default()
        };
        (contents, outcome)
    }

    fn read_model(&mut self, findings: &mut Findings<'_>) -> Vec<Process> {
        let reading = match bpmn::read(&findings.file.content) {
            Ok(reading) => reading,
            Err(list) => {
                findings.list.extend(list);
                return Vec::new();
            }
        };
        findings.list.extend(reading.findings);
        findings.list.extend(soundness::explore(&reading.definitions).findings);
        let Ok(xml) = std::str::from_utf8(&findings.file.content) else {
            findings.add(
                Severity::Error,
                "encoding",
                "",
                Words { message: "The text is not UTF-8.", remedy: "Save the model as UTF-8." },
            );
            return Vec::new();
        };
        let mut processes = Vec::new();
        for process in reading.definitions.processes {
            if !process.is_executable {
                continue;
            }
            // The key and version do not matter here: nothing is kept of what is compiled.
            let compiled = ExecutableProcess::compile(DefinitionKey::new(0), 1, process.clone());
            let Starts { timers: start_timers, awaited: starts } = match compiled {
                Ok(compiled) => runtime::starts_of(&compiled, self.now, self.seed),
                Err(list) => {
                    findings.list.extend(list);
                    Starts::default()
                }
            };
            let read = definition(&process, xml);
            self.definitions.push(NewDefinition { starts, start_timers, ..read });
            processes.push(process);
        }
        if processes.is_empty() {
            findings.add(
                Severity::Error,
                "nothing-executable",
                "",
                Words {
                    message: "The model holds no process that can be executed.",
                    remedy: "Set isExecutable=\"true\" on the process that shall run.",
                },
            );
        }
        processes
    }

    fn read_form(&mut self, findings: &mut Findings<'_>) {
        let Ok(json) = std::str::from_utf8(&findings.file.content) else {
            findings.add(
                Severity::Error,
                "encoding",
                "",
                Words { message: "The text is not UTF-8.", remedy: "Save the form as UTF-8." },
            );
            return;
        };
        let (form, list) = forms::inspect(json);
        findings.list.extend(list);
        if let Some(form) = form {
            self.forms.push(NewForm { form: form.id, json: json.to_owned() });
        }
    }

    fn read_decisions(
        &mut self,
        all: &mut [Findings<'_>],
        texts: &[(usize, &[u8])],
        known: &KnownModels,
    ) {
        let mut seen = BTreeSet::new();
        for DecisionFile { index, findings, model } in decision_files::read(texts, known) {
            let failed = findings.iter().any(|finding| finding.severity == Severity::Error);
            all[index].list.extend(findings);
            let Some(model) = model else {
                if !failed {
                    let message = "The model holds nothing that can be decided.";
                    let remedy = "Add a decision, or leave the file out.";
                    all[index].add(
                        Severity::Error,
                        "nothing-to-decide",
                        "",
                        Words { message, remedy },
                    );
                }
                continue;
            };
            for decision in &model.decisions {
                if !seen.insert(decision.decision.clone()) {
                    let message = format!("The decision “{}” stands twice.", decision.decision);
                    let remedy = "Give each decision an id of its own.";
                    let words = Words { message: &message, remedy };
                    let element = decision.decision.as_str();
                    all[index].add(Severity::Error, "decision-twice", element, words);
                }
            }
            self.decisions.push(model);
        }
    }

    /// Warns of decisions that a process calls and that are neither here nor deployed.
    fn miss_decisions(
        &self,
        findings: &mut Findings<'_>,
        process: &Process,
        known: &BTreeSet<DecisionId>,
    ) {
        let decisions = self.decisions.iter().flat_map(|model| &model.decisions);
        let here: BTreeSet<&str> = decisions.map(|it| it.decision.as_str()).collect();
        for id in called_decisions(process) {
            if !known.contains(id) && !here.contains(id) {
                let message = format!(
                    "The decision “{id}” is neither in this deployment nor deployed before."
                );
                findings.add(Severity::Warning, "decision-not-deployed", process.id.as_str(), Words {
                    message: &message,
                    remedy: "Deploy its DMN model; until then the step that calls it stops as an \
                             incident.",
                });
            }
        }
    }

    /// Warns of forms that a process names and that are neither here nor deployed.
    fn miss_forms(&self, findings: &mut Findings<'_>, process: &Process, known: &BTreeSet<FormId>) {
        let here: BTreeSet<&FormId> = self.forms.iter().map(|form| &form.form).collect();
        for id in models::form_ids(process) {
            if !known.contains(id) && !here.contains(id) {
                let message =
                    format!("The form “{id}” is neither in this deployment nor deployed before.");
                findings.add(Severity::Warning, "form-not-deployed", process.id.as_str(), Words {
                    message: &message,
                    remedy: "Deploy the form; until then a step that needs it stops as an incident.",
                });
            }
        }
    }

    /// Refuses a process or form that stands twice in one deployment.
    fn find_doubles(&self, all: &mut [Findings<'_>], wanted: &[(usize, Process)]) {
        let mut seen = BTreeMap::<&ProcessId, usize>::new();
        for (index, process) in wanted {
            if seen.insert(&process.id, *index).is_some() {
                let message = format!("The process “{}” stands twice.", process.id);
                all[*index].add(
                    Severity::Error,
                    "process-twice",
                    process.id.as_str(),
                    Words { message: &message, remedy: "Give each process an id of its own." },
                );
            }
        }
        let mut seen = BTreeSet::new();
        for form in &self.forms {
            if !seen.insert(&form.form) {
                let message = format!("The form “{}” stands twice.", form.form);
                if let Some(findings) = all.last_mut() {
                    findings.add(
                        Severity::Error,
                        "form-twice",
                        form.form.as_str(),
                        Words { message: &message, remedy: "Give each form an id of its own." },
                    );
                }
            }
        }
    }
}

/// What a finding says.
struct Words<'w> {
    message: &'w str,
    remedy: &'w str,
}

impl Findings<'_> {
    fn add(&mut self, severity: Severity, rule: &str, element: &str, words: Words<'_>) {
        self.list.push(Diagnostic {
            rule: rule.to_owned(),
            severity,
            element: element.to_owned(),
            name: String::new(),
            position: Position { line: 1, column: 1 },
            message: words.message.to_owned(),
            remedy: words.remedy.to_owned(),
        });
    }

    /// Errors first, then by place; with the lines that are pointed to.
    fn into_view(mut self) -> FileFindings {
        self.list.sort_by_key(|finding| {
            let grade = match finding.severity {
                Severity::Error => 0,
                Severity::Warning => 1,
                Severity::Info => 2,
            };
            (grade, finding.position)
        });
        let wanted: BTreeSet<u32> = self.list.iter().map(|finding| finding.position.line).collect();
        let text = String::from_utf8_lossy(&self.file.content);
        let lines = (1..)
            .zip(text.lines())
            .filter(|(number, _)| wanted.contains(number))
            .map(|(number, line)| (number, super::words::cut(line, LINE_CHARACTERS_MAX)))
            .collect();
        FileFindings { file: self.file.name.clone(), findings: self.list, lines }
    }
}

fn definition(process: &Process, xml: &str) -> NewDefinition {
    NewDefinition {
        process: process.id.clone(),
        name: process.name.clone(),
        version_tag: process.version_tag.clone(),
        start_form: models::start_form_id(process).cloned(),
        xml: xml.to_owned(),
        nodes: process
            .nodes
            .iter()
            .map(|node| NewNode {
                node: node.id.clone(),
                title: title(process, &node.id),
                kind: node.kind.local_name().to_owned(),
            })
            .collect(),
        starts: Vec::new(),
        start_timers: Vec::new(),
    }
}

fn is_kind(name: &str, kinds: &[&str]) -> bool {
    name.rsplit_once('.')
        .is_some_and(|(_, kind)| kinds.iter().any(|known| kind.eq_ignore_ascii_case(known)))
}

/// Keeps the outcome of the caller's deployment for the page that the browser is sent to.
///
/// # Errors
/// The database does not answer.
pub async fn remember(
    desk: &Desk,
    caller: &Caller,
    outcome: &DeployOutcome,
) -> Result<(), OperationError> {
    let answers = serde_json::to_string(outcome).expect("an outcome can be written as JSON");
    let draft = Draft { answers, saved_at: desk.now() };
    desk.runtime.store.save_draft(&caller.person, OUTCOME, &draft).await?;
    Ok(())
}

/// The outcome of the caller's last deployment that was kept.
///
/// # Errors
/// The right is missing.
pub async fn remembered(
    desk: &Desk,
    caller: &Caller,
) -> Result<Option<DeployOutcome>, OperationError> {
    caller.require(Permission::Deploy)?;
    let kept = desk.runtime.store.draft(&caller.person, OUTCOME).await?;
    Ok(kept.and_then(|kept| serde_json::from_str(&kept.answers).ok()))
}
