//! `spartito check`: says all that is wrong or suspicious in models and forms.

use std::collections::BTreeMap;
use std::process::ExitCode;

use clap::Args;
use serde::Serialize;
use spartito_core::bpmn;
use spartito_core::bpmn::soundness::{self, Soundness};
use spartito_core::diagnostic::{Diagnostic, Severity};
use spartito_core::dmn::Decisions;
use spartito_core::engine::ExecutableProcess;
use spartito_core::forms;
use spartito_core::ids::DefinitionKey;

use super::read_input;

/// Flags of `spartito check`.
#[derive(Debug, Args)]
pub struct CheckArgs {
    /// BPMN models (.bpmn), DMN models (.dmn) and forms (.form); - reads a model from standard
    /// input. DMN models may import each other
    #[arg(required = true, value_name = "FILE")]
    files: Vec<String>,
    /// Prints one JSON document instead of words
    #[arg(long)]
    json: bool,
}

/// A finding with its file.
#[derive(Serialize)]
struct Finding<'f> {
    file: &'f str,
    #[serde(flatten)]
    diagnostic: &'f Diagnostic,
    /// What is known about the tokens of a process model, with the finding that says so.
    #[serde(skip_serializing_if = "Option::is_none")]
    soundness: Option<&'f Soundness>,
}

/// Prints all findings; 0 when there is no error, 1 when there is one.
pub fn run(args: &CheckArgs) -> anyhow::Result<ExitCode> {
    let mut all: Vec<(&str, Vec<Diagnostic>)> = Vec::new();
    let mut verdicts: BTreeMap<&str, Soundness> = BTreeMap::new();
    let mut decisions: Vec<(usize, Vec<u8>)> = Vec::new();
    for (index, file) in args.files.iter().enumerate() {
        let bytes = read_input(file)?;
        let mut findings = Vec::new();
        if is_form(file) {
            findings = check_form(&bytes)?;
        } else if is_dmn(file, &bytes) {
            decisions.push((index, bytes));
        } else {
            let (found, soundness) = check_model(&bytes);
            findings = found;
            verdicts.extend(soundness.map(|soundness| (file.as_str(), soundness)));
        }
        findings.sort_by_key(|finding| finding.position);
        all.push((file, findings));
    }
    let texts: Vec<&[u8]> = decisions.iter().map(|(_, bytes)| bytes.as_slice()).collect();
    let found = match Decisions::read(&texts) {
        Ok(reading) => reading.findings,
        Err(findings) => findings,
    };
    for ((index, _), findings) in decisions.iter().zip(found) {
        all[*index].1 = findings;
    }
    let found: Vec<Finding<'_>> = all
        .iter()
        .flat_map(|(file, findings)| {
            let verdict = verdicts.get(file);
            findings.iter().map(move |diagnostic| {
                let soundness = verdict.filter(|_| diagnostic.rule == soundness::VERDICT_RULE);
                Finding { file, diagnostic, soundness }
            })
        })
        .collect();
    if args.json {
        println!("{}", serde_json::to_string_pretty(&found)?);
    } else {
        print_words(&found, args.files.len());
    }
    let has_error = found.iter().any(|finding| finding.diagnostic.severity == Severity::Error);
    Ok(if has_error { ExitCode::FAILURE } else { ExitCode::SUCCESS })
}

fn print_words(found: &[Finding<'_>], files: usize) {
    for Finding { file, diagnostic, .. } in found {
        let grade = match diagnostic.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
            Severity::Info => "info",
        };
        let place = format!("{file}:{}:{}", diagnostic.position.line, diagnostic.position.column);
        println!("{place}: {grade}: {} ({})", diagnostic.message, diagnostic.rule);
        if !diagnostic.remedy.is_empty() {
            println!("    {}", diagnostic.remedy);
        }
    }
    if found.is_empty() {
        println!("Nothing found in {files} file{}.", if files == 1 { "" } else { "s" });
    }
}

fn is_form(file: &str) -> bool {
    file.rsplit_once('.').is_some_and(|(_, kind)| {
        kind.eq_ignore_ascii_case("form") || kind.eq_ignore_ascii_case("json")
    })
}

/// A DMN model, by its name or, from standard input, by its outermost element.
fn is_dmn(file: &str, bytes: &[u8]) -> bool {
    match file.rsplit_once('.') {
        Some((_, kind)) => kind.eq_ignore_ascii_case("dmn"),
        None => Decisions::head(bytes).is_some_and(|head| head.is_dmn),
    }
}

fn check_form(bytes: &[u8]) -> anyhow::Result<Vec<Diagnostic>> {
    let (_, findings) = forms::inspect(std::str::from_utf8(bytes)?);
    Ok(findings)
}

/// All findings of a process model, and what is known about its tokens.
fn check_model(bytes: &[u8]) -> (Vec<Diagnostic>, Option<Soundness>) {
    let inspection = bpmn::inspect(bytes);
    let mut findings = inspection.findings;
    let Some(definitions) = inspection.definitions else { return (findings, None) };
    let soundness = inspection.is_whole.iter().all(|is_whole| *is_whole).then(|| {
        let exploration = soundness::explore(&definitions);
        findings.push(exploration.soundness.finding(&definitions));
        findings.extend(exploration.findings);
        exploration.soundness
    });
    let has_error = findings.iter().any(|finding| finding.severity == Severity::Error);
    for process in definitions.processes.into_iter().filter(|it| it.is_executable && !has_error) {
        // The key and version do not matter: nothing is kept of what is compiled.
        if let Err(more) = ExecutableProcess::compile(DefinitionKey::new(0), 1, process) {
            findings.extend(more);
        }
    }
    (findings, soundness)
}
