//! Decisions: their versions, tables, findings and uses.

use serde::{Deserialize, Serialize};
use spartito_core::diagnostic::Diagnostic;
use spartito_core::dmn::{DecisionTrace, Invocable, InvocableKind, TableView, Tried};
use spartito_core::ids::{DecisionId, DecisionModelKey, InstanceId, ProcessId};
use spartito_core::time::Timestamp;
use spartito_core::value::words::readable_value;

/// A decision in the list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionSummary {
    /// The decision.
    pub id: DecisionId,
    /// Its name.
    pub name: String,
    /// What it is.
    pub kind: InvocableKind,
    /// Name of the model that holds it.
    pub model: String,
    /// Its latest version, from 1.
    pub version: u32,
    /// When that was deployed.
    pub deployed_at: Timestamp,
    /// How often it was made in the last seven days, over all versions.
    pub made_last_week: u64,
    /// Processes whose latest version calls it.
    pub used_by: Vec<ProcessName>,
}

/// The list of decisions.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionList {
    /// By name.
    pub decisions: Vec<DecisionSummary>,
    /// Whether the caller may deploy.
    pub may_deploy: bool,
    /// The server's time when this was read.
    pub now: Timestamp,
}

/// A process, to be linked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessName {
    /// The process.
    pub id: ProcessId,
    /// Its name.
    pub name: String,
}

/// A version of a decision.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionVersionSummary {
    /// From 1.
    pub version: u32,
    /// The tag by which it can be bound.
    pub version_tag: Option<String>,
    /// When it was deployed.
    pub deployed_at: Timestamp,
    /// Name of who deployed it.
    pub deployed_by: Option<String>,
    /// How often it was made, over all time.
    pub made: u64,
}

/// All that the page of a decision shows besides its uses.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecisionDetail {
    /// The decision, its inputs and what it requires.
    pub decision: Invocable,
    /// Name of the model that holds it.
    pub model_name: String,
    /// The version shown.
    pub shown: u32,
    /// Its versions, latest first.
    pub versions: Vec<DecisionVersionSummary>,
    /// Its table, where its logic is one.
    pub table: Option<TableView>,
    /// The text of its expression, where its logic is one.
    pub expression: Option<String>,
    /// Decisions that it requires directly, to be linked.
    pub requires: Vec<DecisionName>,
    /// What the checks say about this decision.
    pub findings: Vec<Diagnostic>,
    /// How often the shown version was made in the last seven days.
    pub made_last_week: u64,
    /// How often each of its rules matched then, in the order of the table.
    pub rules_last_week: Vec<u64>,
    /// Processes whose latest version calls it.
    pub used_by: Vec<ProcessName>,
    /// Whether the caller may deploy a new version.
    pub may_deploy: bool,
    /// The server's time when this was read.
    pub now: Timestamp,
}

/// A decision, to be linked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionName {
    /// The decision.
    pub id: DecisionId,
    /// Its name.
    pub name: String,
}

/// Which uses of a decision are wanted; lives in the query string.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionUseFilter {
    /// Only by this version.
    #[serde(default)]
    pub version: Option<u32>,
    /// Only where this rule matched.
    #[serde(default)]
    pub rule: Option<u32>,
    /// Page after this cursor.
    #[serde(default)]
    pub after: Option<String>,
}

/// An instance that a decision was made for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionUse {
    /// The instance.
    pub instance: InstanceId,
    /// Name of the case.
    pub business_key: Option<String>,
    /// Name of its process.
    pub process_name: String,
    /// The version of the decision.
    pub version: u32,
    /// Numbers of the rules that matched.
    pub rules: Vec<u32>,
    /// What was decided, for people.
    pub outcome: String,
    /// When.
    pub at: Timestamp,
}

/// A page of uses.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionUses {
    /// Latest first.
    pub uses: Vec<DecisionUse>,
    /// Cursor of the next page.
    pub next: Option<String>,
    /// The server's time when this was read.
    pub now: Timestamp,
}

/// The texts of a version of a decision model, for trying it out in the browser.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionTexts {
    /// The model, then what it imports.
    pub texts: Vec<String>,
    /// The present of the trial.
    pub now: Timestamp,
}

/// What came of trying a decision out.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// What was decided, for people; `None` where nothing could be.
    pub outcome: Option<String>,
    /// Every decision on the way, the tried one last.
    pub decisions: Vec<MadeDecision>,
    /// What of the answers could not be read, and why nothing could be decided.
    pub problems: Vec<String>,
    /// Why parts are missing.
    pub warnings: Vec<String>,
}

impl From<&Tried> for Trial {
    fn from(tried: &Tried) -> Self {
        let mut trial = Self { problems: tried.problems.clone(), ..Self::default() };
        if let Some(outcome) = &tried.outcome {
            trial.outcome = Some(readable_value(&outcome.value));
            trial.decisions = outcome.decisions.iter().map(MadeDecision::from).collect();
            trial.warnings = outcome.warnings.iter().map(ToString::to_string).collect();
            trial.warnings.dedup();
        }
        trial
    }
}

/// A decision that was made, for people.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MadeDecision {
    /// The decision.
    pub id: DecisionId,
    /// The version of it, where it belongs to an instance and is known.
    #[serde(default)]
    pub version: Option<u32>,
    /// Its name.
    pub name: String,
    /// What was decided.
    pub outcome: String,
    /// Numbers of the rules that matched.
    pub rules: Vec<u32>,
    /// The inputs of its table: label and value.
    pub inputs: Vec<(String, String)>,
}

impl From<&DecisionTrace> for MadeDecision {
    fn from(made: &DecisionTrace) -> Self {
        let mut rules: Vec<u32> = made.matched.iter().map(|rule| rule.index).collect();
        rules.dedup();
        let inputs = made.inputs.iter();
        Self {
            id: DecisionId::new(made.id.clone()),
            version: None,
            name: made.name.to_string(),
            outcome: readable_value(&made.value),
            rules,
            inputs: inputs
                .map(|input| (input.name.to_string(), readable_value(&input.value)))
                .collect(),
        }
    }
}

/// A decision that was made for an instance, with what it required.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InstanceDecision {
    /// When.
    pub at: Timestamp,
    /// Name of the step.
    pub step: String,
    /// The decision that was called.
    pub id: DecisionId,
    /// The version of it.
    pub version: u32,
    /// The version of its model.
    pub model: DecisionModelKey,
    /// Every decision on the way, the called one last.
    pub decisions: Vec<MadeDecision>,
    /// Why parts of it are missing.
    pub warnings: Vec<String>,
}
