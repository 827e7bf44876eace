//! `spartito play`: plays scenarios against models, without a server.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;
use spartito_core::play::junit::{self, Case};
use spartito_core::play::{self, Coverage, File, Outcome, Scenario};
use spartito_core::value::Value;

use super::read_input;

/// Bound on the scenarios of a folder.
const SCENARIOS_MAX: usize = 10_000;

/// Folders inside of folders that are looked into.
const DEPTH_MAX: usize = 16;

/// Flags of `spartito play`.
#[derive(Debug, Args)]
pub struct PlayArgs {
    /// A scenario, or a folder with scenarios (*.json that name "models" and "start"), at any
    /// depth. - reads a scenario from standard input; its models lie in the present folder
    #[arg(value_name = "SCENARIO|DIR")]
    path: String,
    /// Prints one JSON document instead of words
    #[arg(long)]
    json: bool,
    /// Writes the results to this file as JUnit does
    #[arg(long, value_name = "FILE")]
    junit: Option<PathBuf>,
}

/// A scenario that was played, or could not be.
struct Run {
    file: String,
    result: Result<Outcome, String>,
}

impl Run {
    fn passed(&self) -> bool {
        self.result.as_ref().is_ok_and(|outcome| outcome.failures.is_empty())
    }

    fn case(&self) -> Case {
        let (failures, error) = match &self.result {
            Ok(outcome) => (outcome.failures.clone(), None),
            Err(error) => (Vec::new(), Some(error.clone())),
        };
        Case { name: self.file.clone(), failures, error }
    }
}

/// Plays; 0 when all came as expected, 1 when something did not, 2 when nothing could be played.
pub fn run(args: &PlayArgs) -> anyhow::Result<ExitCode> {
    let path = Path::new(&args.path);
    if args.path != "-" && path.is_dir() {
        return play_folder(args, path);
    }
    let bytes = read_input(&args.path)?;
    let folder = path.parent().filter(|_| args.path != "-").unwrap_or(Path::new(""));
    let outcome = play_one(&bytes, folder)?;
    let run = Run { file: args.path.clone(), result: Ok(outcome) };
    write_junit(args, std::slice::from_ref(&run))?;
    if let Ok(outcome) = &run.result {
        if args.json {
            println!("{}", outcome.document().to_json());
        } else {
            print!("{}", outcome.words());
        }
    }
    Ok(if run.passed() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// Plays one scenario, whose models lie beside it.
fn play_one(bytes: &[u8], folder: &Path) -> anyhow::Result<Outcome> {
    let scenario = Scenario::read(bytes)?;
    let mut files = Vec::with_capacity(scenario.models.len());
    for name in &scenario.models {
        let path = folder.join(name);
        let bytes = std::fs::read(&path)
            .with_context(|| format!("models: cannot read {}", path.display()))?;
        files.push(File { name: name.clone(), bytes });
    }
    Ok(play::run(&scenario, &files)?)
}

fn play_folder(args: &PlayArgs, folder: &Path) -> anyhow::Result<ExitCode> {
    let mut found = BTreeSet::new();
    find(folder, 0, &mut found)?;
    let mut runs = Vec::with_capacity(found.len());
    let mut coverage = Coverage::default();
    for path in found {
        let file = path.strip_prefix(folder).unwrap_or(&path).display().to_string();
        let bytes = std::fs::read(&path).with_context(|| format!("cannot read {file}"))?;
        if !Scenario::is_meant(&bytes) {
            eprintln!("{file} is passed over: it names no models and no start.");
            continue;
        }
        let beside = path.parent().unwrap_or(folder);
        let result = play_one(&bytes, beside).map_err(|error| format!("{error:#}"));
        if let Ok(outcome) = &result {
            coverage.add(&outcome.coverage);
        }
        runs.push(Run { file, result });
    }
    anyhow::ensure!(!runs.is_empty(), "there is no scenario in {}", folder.display());
    write_junit(args, &runs)?;
    let passed = runs.iter().filter(|run| run.passed()).count();
    if args.json {
        println!("{}", document(&runs, passed, &coverage).to_json());
    } else {
        print_words(&runs, passed, &coverage);
    }
    if runs.iter().all(|run| run.result.is_err()) {
        anyhow::bail!("no scenario in {} can be played", folder.display());
    }
    Ok(if passed == runs.len() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// All JSON files in `folder`; links are not followed.
fn find(folder: &Path, depth: usize, found: &mut BTreeSet<PathBuf>) -> anyhow::Result<()> {
    anyhow::ensure!(depth <= DEPTH_MAX, "{} nests too deep", folder.display());
    let entries = std::fs::read_dir(folder)
        .with_context(|| format!("cannot look into {}", folder.display()))?;
    for entry in entries {
        let entry = entry.with_context(|| format!("cannot look into {}", folder.display()))?;
        let (path, kind) = (entry.path(), entry.file_type()?);
        if kind.is_dir() {
            find(&path, depth + 1, found)?;
        } else if path.extension().is_some_and(|ending| ending.eq_ignore_ascii_case("json")) {
            found.insert(path);
        }
        let many = found.len() > SCENARIOS_MAX;
        anyhow::ensure!(!many, "there are more than {SCENARIOS_MAX} files in {}", folder.display());
    }
    Ok(())
}

fn write_junit(args: &PlayArgs, runs: &[Run]) -> anyhow::Result<()> {
    let Some(path) = &args.junit else { return Ok(()) };
    let cases: Vec<Case> = runs.iter().map(Run::case).collect();
    std::fs::write(path, junit::report(&args.path, &cases))
        .with_context(|| format!("cannot write {}", path.display()))
}

fn document(runs: &[Run], passed: usize, coverage: &Coverage) -> Value {
    let number = |count: usize| Value::from(i64::try_from(count).unwrap_or(i64::MAX));
    let scenarios = runs.iter().map(|run| {
        let (outcome, error) = match &run.result {
            Ok(outcome) => (outcome.document(), Value::Null),
            Err(error) => (Value::Null, Value::from(error.as_str())),
        };
        Value::context([
            ("file", Value::from(run.file.as_str())),
            ("passed", Value::from(run.passed())),
            ("outcome", outcome),
            ("error", error),
        ])
    });
    Value::context([
        ("scenarios", Value::list(scenarios.collect())),
        ("passed", number(passed)),
        ("failed", number(runs.len() - passed)),
        ("coverage", coverage.document()),
    ])
}

fn print_words(runs: &[Run], passed: usize, coverage: &Coverage) {
    for run in runs {
        let word = if run.passed() { "ok    " } else { "FAILED" };
        println!("{word} {}", run.file);
        match &run.result {
            Ok(outcome) => outcome.failures.iter().for_each(|failure| println!("       {failure}")),
            Err(error) => println!("       {}", error.replace('\n', "\n       ")),
        }
    }
    println!("{passed} of {} scenarios passed.", runs.len());
    println!("Reached:");
    coverage.lines().iter().for_each(|line| println!("  {line}"));
}
