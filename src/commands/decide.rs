//! `spartito decide`: makes a decision of DMN models.

use std::process::ExitCode;

use clap::Args;
use spartito::runtime::{Clock, SystemClock};
use spartito_core::diagnostic::{Diagnostic, Severity};
use spartito_core::dmn::{Decisions, FileFindings, Outcome};
use spartito_core::feel::{Budget, Environment};
use spartito_core::time::Timestamp;
use spartito_core::value::Value;

use super::{context, read_input};

/// Flags of `spartito decide`.
#[derive(Debug, Args)]
pub struct DecideArgs {
    /// DMN models; those after the first may be imported. - reads a model from standard input
    #[arg(required = true, value_name = "MODEL")]
    models: Vec<String>,
    /// Name or id of the decision, decision service or business knowledge model
    #[arg(long, value_name = "NAME|ID")]
    decision: String,
    /// Inputs: a JSON object, or a file that holds one
    #[arg(long, value_name = "JSON|FILE")]
    input: Option<String>,
    /// The present for now() and today(), such as 2026-01-31T12:00:00Z [default: the clock]
    #[arg(long, value_name = "ISO")]
    now: Option<String>,
    /// Prints one JSON document with every decision on the way and the rules that matched
    #[arg(long)]
    json: bool,
}

/// Prints the value as JSON; warnings go to standard error.
pub fn run(args: &DecideArgs) -> anyhow::Result<ExitCode> {
    let mut files = Vec::with_capacity(args.models.len());
    for model in &args.models {
        files.push(read_input(model)?);
    }
    // What cannot be deployed can be tried all the same: what is wrong there is null.
    let reading = Decisions::read_to_try(&files).map_err(|findings| {
        anyhow::anyhow!("the models cannot be used{}", told(&args.models, &findings))
    })?;
    let wrong = errors(&reading.findings);
    if wrong.iter().any(|findings| !findings.is_empty()) {
        eprintln!("warning: the models cannot be deployed{}", told(&args.models, &wrong));
    }
    let decisions = reading.decisions;
    let now = match &args.now {
        Some(now) => Timestamp::parse(now)?,
        None => SystemClock.now(),
    };
    let inputs = decisions.typed(&args.decision, &context(args.input.as_deref())?);
    let outcome = decisions
        .decide(&args.decision, &inputs, &Environment { now, seed: 0 }, &Budget::default())
        .map_err(|error| anyhow::anyhow!("{error}"))?;
    let warnings: Vec<String> = outcome.warnings.iter().map(ToString::to_string).collect();
    if args.json {
        println!("{}", document(&outcome, &warnings).to_json());
    } else {
        for warning in warnings {
            eprintln!("warning: {warning}");
        }
        println!("{}", outcome.value.to_json());
    }
    Ok(ExitCode::SUCCESS)
}

/// The errors among the findings of each file.
fn errors(findings: &[FileFindings]) -> Vec<FileFindings> {
    let is_error = |finding: &&Diagnostic| finding.severity == Severity::Error;
    findings.iter().map(|of_file| of_file.iter().filter(is_error).cloned().collect()).collect()
}

/// Findings with their places, a line each.
fn told(files: &[String], findings: &[FileFindings]) -> String {
    let mut words = String::new();
    for (file, findings) in files.iter().zip(findings) {
        for Diagnostic { position, message, remedy, .. } in findings {
            let (line, column) = (position.line, position.column);
            words.push_str(&format!("\n  {file}:{line}:{column}: {message} {remedy}"));
        }
    }
    words
}

/// The whole outcome as one JSON document, numbers with all their digits.
fn document(outcome: &Outcome, warnings: &[String]) -> Value {
    let made = outcome.decisions.iter().map(|made| {
        let rules = made.matched.iter().map(|rule| Value::from(i64::from(rule.index)));
        Value::context([
            ("name", Value::string(made.name.clone())),
            ("value", made.value.clone()),
            ("matchedRules", Value::list(rules.collect())),
        ])
    });
    let warnings = warnings.iter().map(|warning| Value::from(warning.as_str()));
    Value::context([
        ("value", outcome.value.clone()),
        ("decisions", Value::list(made.collect())),
        ("warnings", Value::list(warnings.collect())),
    ])
}
